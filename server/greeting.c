/* greeting.c - the start-up message. */
#include "server/greeting.h"

#include "mixer/base/log.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first address of ours that others can reach; loopback if there is none. */
static void reachable_address(int family, char out[INET6_ADDRSTRLEN])
{
    snprintf(out, INET6_ADDRSTRLEN, "%s", family == AF_INET ? "127.0.0.1" : "::1");
    struct ifaddrs *all;
    if (getifaddrs(&all) < 0)
        return;
    for (const struct ifaddrs *one = all; one; one = one->ifa_next) {
        if (!one->ifa_addr || one->ifa_addr->sa_family != family ||
            (one->ifa_flags & IFF_LOOPBACK) || !(one->ifa_flags & IFF_UP))
            continue;
        if (family == AF_INET) {
            inet_ntop(family,
                      &((const struct sockaddr_in *)(const void *)one->ifa_addr)->sin_addr, out,
                      INET6_ADDRSTRLEN);
            break;
        }
        const struct in6_addr *address =
            &((const struct sockaddr_in6 *)(const void *)one->ifa_addr)->sin6_addr;
        if (!IN6_IS_ADDR_LINKLOCAL(address)) {
            inet_ntop(family, address, out, INET6_ADDRSTRLEN);
            break;
        }
    }
    freeifaddrs(all);
}

/* "udp:0.0.0.0:5060" as an address to dial. */
static void write_listener(FILE *out, const char *listen, const char *advertised)
{
    const char *address = strchr(listen, ':') + 1; /* checked by conf */
    const char *options = listen + strcspn(listen, ";");
    const char *port = (const char *)memrchr(listen, ':', (size_t)(options - listen)) + 1;
    char host[64], digits[8];
    snprintf(digits, sizeof(digits), "%.*s", (int)(options - port), port);
    snprintf(host, sizeof(host), "%.*s", (int)(port - 1 - address), address);
    char text[INET6_ADDRSTRLEN + 2];
    if (advertised && strchr(advertised, ':') == NULL && host[0] != '[') {
        snprintf(host, sizeof(host), "%s", advertised);
    } else if (strcmp(host, "0.0.0.0") == 0) {
        reachable_address(AF_INET, text);
        snprintf(host, sizeof(host), "%s", text);
    } else if (strcmp(host, "[::]") == 0) {
        reachable_address(AF_INET6, text);
        snprintf(host, sizeof(host), "[%s]", text);
    }
    if (listen[0] == 'w') {
        fprintf(out, "  phone  %.*s://%s:%s from a page that registers (WebSocket)\n",
                (int)(strchr(listen, ':') - listen), listen, host, digits);
        return;
    }
    bool is_tls = strncmp(listen, "tls:", 4) == 0;
    bool is_usual = strcmp(digits, is_tls ? "5061" : "5060") == 0;
    fprintf(out, "  dial   %s:ROOM@%s%s%s%s\n", is_tls ? "sips" : "sip", host,
            is_usual ? "" : ":", is_usual ? "" : digits,
            strncmp(listen, "tcp:", 4) == 0 ? ";transport=tcp" : "");
}

static void write_all(FILE *out, const struct conf *conf, const char *token_path,
                      const char *self_signed)
{
    const char *scheme = conf->api.tls_certificate ? "https" : "http";
    fprintf(out, "Raduno %s is ready.\n", RADUNO_VERSION);
    for (unsigned i = 0; i < conf->sip.listen_count; i++)
        write_listener(out, conf->sip.listen[i], conf->media.advertised_address);
    if (self_signed)
        fprintf(out,
                "         (the certificate is SELF-SIGNED, only for trying out: %s;\n"
                "          set sip.tls_certificate and sip.tls_key)\n",
                self_signed);
    if (!conf->rooms.auto_create)
        fprintf(out, "         (ROOM is a room made by the API: rooms.auto_create is off)\n");
    if (conf->media.browser_port)
        fprintf(out, "  join   %s://%s/join/ROOM with a browser\n", scheme, conf->api.listen);
    fprintf(out, "  API    %s://%s/api/v1\n", scheme, conf->api.listen);
    if (token_path)
        fprintf(out, "  token  in %s (Authorization: Bearer ...)\n", token_path);
    else
        fprintf(out, "  token  as configured (api.admin_token)\n");
    fprintf(out, "  data   in %s\n", conf->data.directory);
}

/* Each line as one of the log: what collects JSON can do nothing with others. */
static void log_lines(char *text)
{
    char *rest = text;
    for (const char *line = strtok_r(text, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest))
        log_info("main", "%s", line + strspn(line, " "));
}

void greeting_print(const struct conf *conf, const char *token_path, const char *self_signed)
{
    if (strcmp(conf->log.format, "json") != 0) {
        write_all(stdout, conf, token_path, self_signed);
        fflush(stdout);
        return;
    }
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    if (!out)
        return;
    write_all(out, conf, token_path, self_signed);
    if (fclose(out) == 0)
        log_lines(text);
    free(text);
}
