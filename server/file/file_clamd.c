/* file_clamd.c - one connection for each file: the bytes in pieces with their lengths, then a
 * line. */
#include "server/file/file_clamd.h"

#include "mixer/base/clock.h"
#include "mixer/base/log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { PIECE_BYTES = 64 << 10, REPLY_BYTES = 512 };

struct talk {
    int socket, stop_fd;
    int64_t due_ns;
    char reply[REPLY_BYTES]; /* so far */
    size_t reply_length;
};

/* ---- the way there ---- */

union address {
    struct sockaddr any;
    struct sockaddr_un local;
    struct sockaddr_in ipv4;
    struct sockaddr_in6 ipv6;
};

/* "/PATH", "192.0.2.7:3310", "[2001:db8::7]:3310". @return its length; 0: none of these. */
static socklen_t read_address(const char *text, union address *address)
{
    const char *colon = strrchr(text, ':');
    char host[INET6_ADDRSTRLEN + 2];
    *address = (union address){.any.sa_family = AF_UNSPEC};
    if (*text == '/' && strlen(text) < sizeof(address->local.sun_path)) {
        address->local.sun_family = AF_UNIX;
        snprintf(address->local.sun_path, sizeof(address->local.sun_path), "%s", text);
        return sizeof(address->local);
    }
    if (!colon || (size_t)(colon - text) >= sizeof(host))
        return 0;
    snprintf(host, sizeof(host), "%.*s", (int)(colon - text), text);
    const in_port_t port = htons((uint16_t)atoi(colon + 1));
    if (inet_pton(AF_INET, host, &address->ipv4.sin_addr) == 1) {
        address->ipv4.sin_family = AF_INET;
        address->ipv4.sin_port = port;
        return sizeof(address->ipv4);
    }
    host[strcspn(host, "]")] = '\0';
    if (*host != '[' || inet_pton(AF_INET6, host + 1, &address->ipv6.sin6_addr) != 1)
        return 0;
    address->ipv6.sin6_family = AF_INET6;
    address->ipv6.sin6_port = port;
    return sizeof(address->ipv6);
}

/* ---- waiting ---- */

/* @return what is ready of @p events; a negative errno. */
static int wait_for(const struct talk *talk, short events)
{
    struct pollfd either[] = {{.fd = talk->socket, .events = events},
                              {.fd = talk->stop_fd, .events = POLLIN}};
    for (;;) {
        const int64_t left_ms = (talk->due_ns - clock_monotonic_ns()) / CLOCK_NS_PER_MS;
        const int count = poll(either, 2, left_ms > 0 ? (int)left_ms : 0);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return -errno;
        if (either[1].revents)
            return -ECANCELED;
        return count == 0 ? -ETIMEDOUT : either[0].revents;
    }
}

static int connect_to(struct talk *talk, const char *clamd)
{
    union address address;
    const socklen_t length = read_address(clamd, &address);
    int error = 0;
    socklen_t size = sizeof(error);
    if (!length)
        return -EINVAL;
    talk->socket = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (talk->socket < 0)
        return -errno;
    if (connect(talk->socket, &address.any, length) == 0)
        return 0;
    if (errno != EINPROGRESS)
        return -errno;
    int ready = wait_for(talk, POLLOUT);
    if (ready < 0)
        return ready;
    return getsockopt(talk->socket, SOL_SOCKET, SO_ERROR, &error, &size) < 0 ? -errno : -error;
}

/* ---- there and back ---- */

/* @return 1: more may come; 0: that was all; a negative errno. */
static int read_reply(struct talk *talk)
{
    const size_t room = sizeof(talk->reply) - 1 - talk->reply_length;
    ssize_t count = recv(talk->socket, talk->reply + talk->reply_length, room, 0);
    if (count < 0)
        return errno == EINTR || errno == EAGAIN ? 1 : -errno;
    talk->reply_length += (size_t)count;
    const bool is_whole = memchr(talk->reply, '\0', talk->reply_length) != NULL;
    talk->reply[talk->reply_length] = '\0';
    return count > 0 && !is_whole && (size_t)count < room;
}

/* It may answer before it has all, and then takes no more. @return 0: it has answered; 1: it
 * was sent. */
static int send_all(struct talk *talk, const void *bytes, size_t length)
{
    const char *at = bytes;
    while (length) {
        int ready = wait_for(talk, POLLOUT | POLLIN);
        if (ready < 0)
            return ready;
        if (ready & POLLIN)
            return 0;
        ssize_t count = send(talk->socket, at, length, MSG_NOSIGNAL);
        if (count < 0 && errno != EINTR && errno != EAGAIN)
            return -errno;
        if (count > 0) {
            at += count;
            length -= (size_t)count;
        }
    }
    return 1;
}

/* A piece and its length before it; 0 bytes end the file. */
static int send_piece(struct talk *talk, char *piece, size_t bytes)
{
    const uint32_t length = htonl((uint32_t)bytes);
    memcpy(piece, &length, sizeof(length));
    return send_all(talk, piece, sizeof(length) + bytes);
}

static int send_file(struct talk *talk, int fd)
{
    static const char command[] = "zINSTREAM"; /* with its NUL */
    char *piece = malloc(sizeof(uint32_t) + PIECE_BYTES);
    off_t at = 0;
    ssize_t count = 1;
    int result = piece ? send_all(talk, command, sizeof(command)) : -ENOMEM;
    while (result == 1 && count > 0) {
        count = pread(fd, piece + sizeof(uint32_t), PIECE_BYTES, at);
        if (count < 0 && errno != EINTR)
            result = -errno;
        else if (count >= 0)
            result = send_piece(talk, piece, (size_t)count);
        at += count > 0 ? count : 0;
        count = count < 0 ? 1 : count;
    }
    free(piece);
    return result < 0 ? result : 0;
}

static int hear(struct talk *talk)
{
    int more = 1;
    while (more > 0) {
        more = wait_for(talk, POLLIN);
        if (more > 0)
            more = read_reply(talk);
    }
    return more;
}

/* ---- what it says ---- */

static bool ends_with(const char *text, const char *end)
{
    const size_t length = strlen(text), end_length = strlen(end);
    return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

static int judge(const struct talk *talk)
{
    if (strcmp(talk->reply, "stream: OK") == 0)
        return 0;
    if (ends_with(talk->reply, " FOUND")) {
        log_warn("file", "clamd refuses a file: %.200s", talk->reply);
        return -EACCES;
    }
    log_warn("file", "clamd could not say: \"%.200s\"", talk->reply);
    return -EBUSY;
}

int file_clamd_scan(const struct file_rules *rules, int fd, int stop_fd)
{
    struct talk talk = {.socket = -1, .stop_fd = stop_fd};
    talk.due_ns = clock_monotonic_ns() + rules->scanner_timeout_s * CLOCK_NS_PER_S;
    int err = connect_to(&talk, rules->clamd);
    if (err == 0)
        err = send_file(&talk, fd);
    if (err == 0 || err == -EPIPE || err == -ECONNRESET) /* it may have said why before */
        err = hear(&talk);
    if (talk.socket >= 0)
        close(talk.socket);
    if (err == -ECANCELED || err == 0)
        return err < 0 ? err : judge(&talk);
    log_warn("file", "clamd at %s could not say: %s", rules->clamd, strerror(-err));
    return -EBUSY;
}
