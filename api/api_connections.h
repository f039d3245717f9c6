/*
 * api_connections.h - which HTTP connections are late: with their request, or with taking the
 * answer.
 *
 * libmicrohttpd's own timeout counts silence only: a client that sends one byte every few
 * seconds could hold a connection for ever (slowloris). Here a whole request, and the whole of
 * an answer, has a deadline. A late connection is shut down; the HTTP thread then notices.
 * The bytes of a file may take as long as they like if they move: API_CONNECTION_LEAST_BYTES in
 * the time of a request. Who sends one more slowly is told (408) before it is cut, if it is
 * plain HTTP: libmicrohttpd cannot answer in the middle of a body. If connections are nearly
 * used up, the one that has been reading for longest goes at once.
 *
 * Thread   create, cut_late, destroy: control. The rest: HTTP. A lock is between them: a
 *          descriptor is shut down only while its connection is in the list, so never a
 *          descriptor that was closed and given to somebody else.
 */
#ifndef API_API_CONNECTIONS_H
#define API_API_CONNECTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct api_connections;
struct api_connection;

enum { API_CONNECTION_LEAST_BYTES = 64 << 10 };

/** @p most connections at once; a request has @p timeout_s; @p is_plain: without TLS. NULL: no
 *  memory. */
struct api_connections *api_connections_create(unsigned most, unsigned timeout_s,
                                               bool is_plain);
void api_connections_destroy(struct api_connections *connections); /* NULL is allowed */

/** A connection was accepted; its first request is due. @p owner is kept for who asks. NULL: no
 *  memory. */
struct api_connection *api_connections_add(struct api_connections *connections, int fd,
                                           void *owner);
void *api_connection_owner(const struct api_connection *connection);
void api_connections_remove(struct api_connection *connection); /* NULL is allowed */

/** Waits for a request: it is due. NULL is allowed, here and below. */
void api_connection_reads(struct api_connection *connection);
/** The request is complete: nothing is due. */
void api_connection_waits(struct api_connection *connection);
/** An answer is being sent: its end is due. */
void api_connection_writes(struct api_connection *connection);

/** The body of a request is a file, which comes: as long as it moves. */
void api_connection_streams(struct api_connection *connection);
/** So many bytes of it have come. */
void api_connection_moved(struct api_connection *connection, size_t bytes);
/** An answer is a file, which goes: as long as it moves. */
void api_connection_sends(struct api_connection *connection);

void api_connections_cut_late(struct api_connections *connections, int64_t now_ns);

/** Connections now. Thread: any. */
unsigned api_connections_count(struct api_connections *connections);

#endif
