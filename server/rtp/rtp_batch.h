/*
 * rtp_batch.h - buffers for the datagrams that one recvmmsg() brings, and when each arrived.
 *
 *   control:  batch = rtp_batch_create();             one per worker, for all its legs
 *   worker:   n = rtp_socket_receive(socket, batch);  see rtp_socket.h
 *             for (i < n)  datagram = rtp_batch_at(batch, i) ...
 *
 * The kernel writes into place; nothing is copied or cleared per packet.
 *
 * Shape    arrival times are monotonic ns made from the kernel's receive stamp (if the socket
 *          has SO_TIMESTAMPNS), not from when we looked; without a stamp, or with one that a
 *          jump of the wall clock has made senseless: now.
 * Thread   create, destroy: control. The rest: one media worker; never waits or allocates.
 */
#ifndef SERVER_RTP_RTP_BATCH_H
#define SERVER_RTP_RTP_BATCH_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum { RTP_BATCH_DATAGRAMS = 16, RTP_BATCH_DATAGRAM_BYTES = 2048 };

struct rtp_batch;

/** One datagram of a batch; all of it is borrowed until the next receive into that batch. */
struct rtp_datagram {
    const uint8_t *data;
    size_t length;
    int64_t arrival_ns; /* monotonic */
    const struct sockaddr *from;
};

struct rtp_batch *rtp_batch_create(void);        /* about 36 KiB. NULL: no memory */
void rtp_batch_destroy(struct rtp_batch *batch); /* NULL is allowed               */

/** Takes what waits on @p fd, in one system call. @return datagrams, 0..RTP_BATCH_DATAGRAMS;
 *  one that is longer than its buffer is dropped and added to *too_long. */
unsigned rtp_batch_fill(struct rtp_batch *batch, int fd, uint32_t *too_long);

/** Datagram @p i of the last receive. */
const struct rtp_datagram *rtp_batch_at(const struct rtp_batch *batch, unsigned i);

#endif
