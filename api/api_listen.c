/* api_listen.c - own socket, so that what goes wrong can be said. */
#include "api/api_listen.h"

#include "mixer/base/explain.h"

#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 128, HOST_BYTES = 64 };

static int split(const char *address, char host[HOST_BYTES], const char **port)
{
    const char *colon = strrchr(address, ':');
    size_t length = colon ? (size_t)(colon - address) : 0;
    bool has_brackets = length >= 2 && address[0] == '[' && address[length - 1] == ']';
    if (has_brackets) {
        address++;
        length -= 2;
    }
    if (!length || length >= HOST_BYTES)
        return -EINVAL;
    memcpy(host, address, length);
    host[length] = '\0';
    *port = colon + 1;
    return 0;
}

static int bind_to(const struct addrinfo *to)
{
    int on = 1;
    int fd = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, to->ai_addr, to->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int err = -errno;
    close(fd);
    return err;
}

int api_listen(const char *address, char **why)
{
    char host[HOST_BYTES];
    const char *port;
    struct addrinfo *to = NULL;
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
    int fd = split(address, host, &port);
    if (fd == 0)
        fd = getaddrinfo(host, port, &hints, &to) == 0 ? bind_to(to) : -EINVAL;
    if (to)
        freeaddrinfo(to);
    return fd < 0 ? explain(fd, why, "cannot listen on %s: %s", address, strerror(-fd)) : fd;
}
