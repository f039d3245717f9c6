/* resolver_conf.c - a filtered copy in memory, read by its path below /proc. */
#include "server/sip/resolver_conf.h"

#include <netdb.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* connect() of a datagram socket sends nothing: it only asks for a route. */
static bool is_routed(const char *address)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_DGRAM}, *found;
    if (getaddrinfo(address, "53", &hints, &found) != 0)
        return false;
    int fd = socket(found->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool routed = fd >= 0 && connect(fd, found->ai_addr, found->ai_addrlen) == 0;
    if (fd >= 0)
        close(fd);
    freeaddrinfo(found);
    return routed;
}

void resolver_conf_filter(FILE *from, FILE *to)
{
    char line[512], address[128];
    bool has_any = false;
    fputs("options edns0\n", to); /* the system's options come behind it, and win */
    while (from && fgets(line, sizeof(line), from)) {
        bool is_server = sscanf(line, " nameserver %127s", address) == 1;
        if (is_server && !is_routed(address))
            continue;
        has_any |= is_server;
        fputs(line, to);
    }
    if (!has_any)
        fputs("\nnameserver 127.0.0.1\n", to);
}

uint16_t resolver_conf_port(void)
{
    char line[512];
    unsigned port = 0;
    FILE *from = fopen("/etc/resolv.conf", "re");
    while (from && fgets(line, sizeof(line), from))
        sscanf(line, " port %5u", &port);
    if (from)
        fclose(from);
    return port <= UINT16_MAX ? (uint16_t)port : 0;
}

const char *resolver_conf_path(void)
{
    static char path[32];
    if (path[0])
        return path;
    int fd = memfd_create("resolv.conf", MFD_CLOEXEC);
    int writing = fd < 0 ? -1 : dup(fd);
    FILE *to = writing < 0 ? NULL : fdopen(writing, "w");
    if (to) {
        FILE *from = fopen("/etc/resolv.conf", "re");
        resolver_conf_filter(from, to);
        if (from)
            fclose(from);
        fclose(to);
        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        return path;
    }
    if (fd >= 0)
        close(fd);
    return NULL;
}
