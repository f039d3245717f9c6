/*
 * api_connections.h - which HTTP connections are late: with their request, or with taking the
 * answer.
 *
 * libmicrohttpd's own timeout counts silence only: a client that sends one byte every few
 * seconds could hold a connection for ever (slowloris). Here a whole request, and the whole of
 * an answer, has a deadline. A late connection is shut down; the HTTP thread then notices.
 * If connections are nearly used up, the one that has been reading for longest goes at once.
 *
 * Thread   create, cut_late, destroy: control. The rest: HTTP. A lock is between them: a
 *          descriptor is shut down only while its connection is in the list, so never a
 *          descriptor that was closed and given to somebody else.
 */
#ifndef API_API_CONNECTIONS_H
#define API_API_CONNECTIONS_H

#include <stdint.h>

struct api_connections;
struct api_connection;

/** @p most connections at once; a request has @p timeout_s. NULL: no memory. */
struct api_connections *api_connections_create(unsigned most, unsigned timeout_s);
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

void api_connections_cut_late(struct api_connections *connections, int64_t now_ns);

/** Connections now. Thread: any. */
unsigned api_connections_count(struct api_connections *connections);

#endif
