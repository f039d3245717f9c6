/* api_connections.c - a locked list; looked through once a second. */
#include "api/api_connections.h"

#include "mixer/base/clock.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { WRITE_TIMES = 4 }; /* an answer may take so many times longer than a request */

struct api_connection {
    struct api_connections *connections;
    void *owner;
    int fd;
    int64_t due_ns; /* monotonic; 0: nothing is due */
    bool reads;
    bool streams, sends; /* a file comes, or goes */
    uint64_t moved;      /* of it, in bytes, up to when the deadline was set */
    struct api_connection *previous, *next;
};

struct api_connections {
    unsigned most;
    int64_t timeout_ns;
    bool is_plain;
    pthread_mutex_t lock; /* for the two below, and each connection */
    unsigned count;
    struct api_connection *first;
};

struct api_connections *api_connections_create(unsigned most, unsigned timeout_s, bool is_plain)
{
    struct api_connections *connections = calloc(1, sizeof(*connections));
    if (!connections)
        return NULL;
    connections->most = most;
    connections->is_plain = is_plain;
    connections->timeout_ns = timeout_s * CLOCK_NS_PER_S;
    pthread_mutex_init(&connections->lock, NULL);
    return connections;
}

void api_connections_destroy(struct api_connections *connections)
{
    if (!connections)
        return;
    pthread_mutex_destroy(&connections->lock);
    free(connections);
}

/* Nothing else was sent yet, and nothing else will be. */
static void say_too_slow(const struct api_connection *connection)
{
    static const char answer[] =
        "HTTP/1.1 408 Request Timeout\r\nContent-Type: application/problem+json\r\n"
        "Connection: close\r\nContent-Length: 142\r\n\r\n"
        "{\"type\": \"urn:raduno:problem:too_slow\", \"title\": \"Request Timeout\", "
        "\"status\": 408, \"code\": \"too_slow\", \"detail\": \"The body comes too slowly.\"}";
    if (connection->streams && connection->connections->is_plain)
        send(connection->fd, answer, sizeof(answer) - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void cut(struct api_connection *connection)
{
    say_too_slow(connection);
    shutdown(connection->fd, SHUT_RDWR);
    connection->due_ns = 0;
    connection->reads = false;
}

/* Only one that is in the middle of reading: an answer that is made or sent is work done. */
static void make_place(struct api_connections *connections)
{
    struct api_connection *oldest = NULL;
    if (connections->count + 1 + connections->most / 8 < connections->most)
        return;
    for (struct api_connection *at = connections->first; at; at = at->next) {
        if (at->reads && (!oldest || at->due_ns < oldest->due_ns))
            oldest = at;
    }
    if (oldest)
        cut(oldest);
}

void *api_connection_owner(const struct api_connection *connection)
{
    return connection->owner;
}

struct api_connection *api_connections_add(struct api_connections *connections, int fd,
                                           void *owner)
{
    struct api_connection *connection = calloc(1, sizeof(*connection));
    if (!connection)
        return NULL;
    connection->connections = connections;
    connection->fd = fd;
    connection->owner = owner;
    connection->due_ns = clock_monotonic_ns() + connections->timeout_ns;
    connection->reads = true;
    pthread_mutex_lock(&connections->lock);
    make_place(connections);
    connection->next = connections->first;
    if (connection->next)
        connection->next->previous = connection;
    connections->first = connection;
    connections->count++;
    pthread_mutex_unlock(&connections->lock);
    return connection;
}

void api_connections_remove(struct api_connection *connection)
{
    if (!connection)
        return;
    struct api_connections *connections = connection->connections;
    pthread_mutex_lock(&connections->lock);
    if (connection->previous)
        connection->previous->next = connection->next;
    else
        connections->first = connection->next;
    if (connection->next)
        connection->next->previous = connection->previous;
    connections->count--;
    pthread_mutex_unlock(&connections->lock);
    free(connection);
}

static void set(struct api_connection *connection, bool reads, int times)
{
    if (!connection)
        return;
    struct api_connections *connections = connection->connections;
    int64_t due_ns = times ? clock_monotonic_ns() + times * connections->timeout_ns : 0;
    pthread_mutex_lock(&connections->lock);
    connection->reads = reads;
    connection->streams = connection->sends = false;
    connection->due_ns = due_ns;
    pthread_mutex_unlock(&connections->lock);
}

void api_connection_reads(struct api_connection *connection)
{
    set(connection, true, 1);
}

void api_connection_waits(struct api_connection *connection)
{
    set(connection, false, 0);
}

void api_connection_writes(struct api_connection *connection)
{
    set(connection, false, WRITE_TIMES);
}

/* What the other end has of all that was sent; 0: no TCP. */
static uint64_t taken_of(const struct api_connection *connection)
{
    struct tcp_info info = {0};
    socklen_t length = sizeof(info);
    getsockopt(connection->fd, IPPROTO_TCP, TCP_INFO, &info, &length);
    return info.tcpi_bytes_acked;
}

void api_connection_streams(struct api_connection *connection)
{
    set(connection, false, 1);
    if (!connection)
        return;
    pthread_mutex_lock(&connection->connections->lock);
    connection->streams = true;
    connection->moved = 0;
    pthread_mutex_unlock(&connection->connections->lock);
}

void api_connection_moved(struct api_connection *connection, size_t bytes)
{
    if (!connection)
        return;
    pthread_mutex_lock(&connection->connections->lock);
    connection->moved += bytes;
    if (connection->moved >= API_CONNECTION_LEAST_BYTES) {
        connection->moved = 0;
        connection->due_ns = clock_monotonic_ns() + connection->connections->timeout_ns;
    }
    pthread_mutex_unlock(&connection->connections->lock);
}

void api_connection_sends(struct api_connection *connection)
{
    set(connection, false, 1);
    if (!connection)
        return;
    pthread_mutex_lock(&connection->connections->lock);
    connection->sends = true;
    connection->moved = taken_of(connection);
    pthread_mutex_unlock(&connection->connections->lock);
}

/* True, and it has time again, if a file that goes has moved enough. */
static bool goes_on(struct api_connection *connection, int64_t now_ns)
{
    const uint64_t taken = connection->sends ? taken_of(connection) : 0;
    if (taken < connection->moved + API_CONNECTION_LEAST_BYTES)
        return false;
    connection->moved = taken;
    connection->due_ns = now_ns + connection->connections->timeout_ns;
    return true;
}

void api_connections_cut_late(struct api_connections *connections, int64_t now_ns)
{
    pthread_mutex_lock(&connections->lock);
    for (struct api_connection *at = connections->first; at; at = at->next) {
        if (at->due_ns && at->due_ns <= now_ns && !goes_on(at, now_ns))
            cut(at);
    }
    pthread_mutex_unlock(&connections->lock);
}

unsigned api_connections_count(struct api_connections *connections)
{
    pthread_mutex_lock(&connections->lock);
    unsigned count = connections->count;
    pthread_mutex_unlock(&connections->lock);
    return count;
}
