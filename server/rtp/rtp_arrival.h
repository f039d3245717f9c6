/*
 * rtp_arrival.h - when a datagram came, from the stamp that the kernel gave it.
 *
 *   tick:  rtp_moment_now(&now);                      once for all that is read
 *          recvmsg(fd, &header, 0);
 *          arrival_ns = rtp_arrival_ns(&header, &now);
 *
 * The kernel stamps by the wall clock; ours are monotonic. One look at both clocks converts all
 * stamps of a tick.
 *
 * Shape    arrival times are monotonic ns. Without a stamp (SO_TIMESTAMPNS), or with one that a
 *          jump of the wall clock has made senseless: now.
 * Thread   any; pure but for the clocks.
 */
#ifndef SERVER_RTP_RTP_ARRIVAL_H
#define SERVER_RTP_RTP_ARRIVAL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

enum { RTP_ARRIVAL_PUNCTUAL_MS = 5 };

/** One moment on both clocks. */
struct rtp_moment {
    int64_t monotonic_ns, wall_ns;
};

void rtp_moment_now(struct rtp_moment *now);

/** Arrival of the datagram whose control data is in @p header. */
int64_t rtp_arrival_ns(const struct msghdr *header, const struct rtp_moment *now);

/** True of a packet that came one tick, +-RTP_ARRIVAL_PUNCTUAL_MS, after the one @p before_ns
 *  and less than a tick ago: the next is not due yet, and if it is there, it is early. */
bool rtp_arrival_is_punctual(int64_t before_ns, int64_t arrival_ns, int64_t now_ns);

#endif
