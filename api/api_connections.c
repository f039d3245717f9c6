/* api_connections.c - a locked list; looked through once a second. */
#include "api/api_connections.h"

#include "mixer/base/clock.h"

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
    struct api_connection *previous, *next;
};

struct api_connections {
    unsigned most;
    int64_t timeout_ns;
    pthread_mutex_t lock; /* for the two below, and each connection */
    unsigned count;
    struct api_connection *first;
};

struct api_connections *api_connections_create(unsigned most, unsigned timeout_s)
{
    struct api_connections *connections = calloc(1, sizeof(*connections));
    if (!connections)
        return NULL;
    connections->most = most;
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

static void cut(struct api_connection *connection)
{
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

void api_connections_cut_late(struct api_connections *connections, int64_t now_ns)
{
    pthread_mutex_lock(&connections->lock);
    for (struct api_connection *at = connections->first; at; at = at->next) {
        if (at->due_ns && at->due_ns <= now_ns)
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
