/* listener.c - where we listen. */
#include "server/sip/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int read_options(const char *text, enum media_srtp *srtp)
{
    static const char begin[] = ";srtp=";
    *srtp = MEDIA_SRTP_DEFAULT;
    if (!*text)
        return 0;
    return strncmp(text, begin, sizeof(begin) - 1) == 0
               ? media_srtp_parse(text + sizeof(begin) - 1, srtp)
               : -EINVAL;
}

/* @p text up to @p end. */
static int split(const char *text, const char *end, char host[LISTENER_HOST_BYTES],
                 uint16_t *port)
{
    const char *colon = memrchr(text, ':', (size_t)(end - text));
    if (!colon || colon + 1 == end || colon + 1 + strspn(colon + 1, "0123456789") != end ||
        end - colon > 6)
        return -EINVAL;
    unsigned long number = strtoul(colon + 1, NULL, 10);
    size_t length = (size_t)(colon - text);
    if (text[0] == '[' && length >= 2 && colon[-1] == ']') {
        text++;
        length -= 2;
    }
    if (number == 0 || number > 65535 || length >= LISTENER_HOST_BYTES)
        return -EINVAL;
    memcpy(host, text, length);
    host[length] = '\0';
    *port = (uint16_t)number;
    return 0;
}

static int family_of(const char *host)
{
    struct in6_addr bytes;
    if (inet_pton(AF_INET, host, &bytes) == 1)
        return AF_INET;
    return inet_pton(AF_INET6, host, &bytes) == 1 ? AF_INET6 : AF_UNSPEC;
}

bool listener_is_web(const struct listener_endpoint *endpoint)
{
    return endpoint->ws || endpoint->wss;
}

/* UDP and TCP are one. */
static bool is_one_kind(const struct listener_endpoint *one,
                        const struct listener_endpoint *other)
{
    return one->tls == other->tls && one->ws == other->ws && one->wss == other->wss;
}

int listener_add(struct listener_list *list, const char *text)
{
    struct listener_endpoint new = {.udp = strncmp(text, "udp:", 4) == 0,
                                    .tcp = strncmp(text, "tcp:", 4) == 0,
                                    .tls = strncmp(text, "tls:", 4) == 0,
                                    .ws = strncmp(text, "ws:", 3) == 0,
                                    .wss = strncmp(text, "wss:", 4) == 0};
    const char *end = text + strcspn(text, ";");
    const bool is_known = new.udp || new.tcp || new.tls || listener_is_web(&new);
    if (!is_known || split(text + (new.ws ? 3 : 4), end, new.host, &new.port) < 0 ||
        read_options(end, &new.srtp) < 0)
        return -EINVAL;
    new.family = family_of(new.host);
    if (new.family == AF_UNSPEC)
        return -EINVAL;
    for (unsigned i = 0; i < list->count; i++) {
        struct listener_endpoint *each = &list->endpoint[i];
        if (each->port == new.port && is_one_kind(each, &new) &&
            strcmp(each->host, new.host) == 0) {
            if (each->srtp != new.srtp)
                return -EPROTO;
            each->udp |= new.udp;
            each->tcp |= new.tcp;
            return 0;
        }
    }
    if (list->count == LISTENER_MAX_ENDPOINTS)
        return -E2BIG;
    list->endpoint[list->count++] = new;
    return 0;
}

socklen_t listener_address(const struct listener_endpoint *endpoint,
                           struct sockaddr_storage *address)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;
    *address = (struct sockaddr_storage){.ss_family = (sa_family_t)endpoint->family};
    if (endpoint->family == AF_INET) {
        inet_pton(AF_INET, endpoint->host, &v4->sin_addr);
        v4->sin_port = htons(endpoint->port);
        return sizeof(*v4);
    }
    inet_pton(AF_INET6, endpoint->host, &v6->sin6_addr);
    v6->sin6_port = htons(endpoint->port);
    return sizeof(*v6);
}

static int try_bind(const struct listener_endpoint *endpoint, int type)
{
    struct sockaddr_storage address;
    const socklen_t length = listener_address(endpoint, &address);
    int fd = socket(endpoint->family, type | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    int on = 1, error = 0;
    if (type == SOCK_STREAM) /* connections of the last run may still be in TIME_WAIT */
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (endpoint->family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
    if (bind(fd, (struct sockaddr *)&address, length) < 0 ||
        (type == SOCK_STREAM && listen(fd, 1) < 0))
        error = -errno;
    close(fd);
    return error;
}

int listener_try(const struct listener_endpoint *endpoint, const char **transport)
{
    *transport = "udp";
    int error = endpoint->udp ? try_bind(endpoint, SOCK_DGRAM) : 0;
    if (!error && (endpoint->tcp || endpoint->tls || listener_is_web(endpoint))) {
        *transport = endpoint->tls   ? "tls"
                     : endpoint->ws  ? "ws"
                     : endpoint->wss ? "wss"
                                     : "tcp";
        error = try_bind(endpoint, SOCK_STREAM);
    }
    return error;
}
