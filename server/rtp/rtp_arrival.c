/* rtp_arrival.c - from the kernel's receive stamp to a monotonic time. */
#include "server/rtp/rtp_arrival.h"

#include "mixer/base/clock.h"
#include "mixer/base/pcm.h"

#include <string.h>
#include <time.h>

/* A stamp older than this is no truth: nobody leaves a socket alone for so long but a leg that
 * was not yet joined, and then the exact time does not matter. Nor is one that is as far in the
 * future; a little is right, of what came while a tick was reading. */
#define FARTHEST_NS CLOCK_NS_PER_S

/* The thread may be interrupted between two looks at the clocks: then once more. */
void rtp_moment_now(struct rtp_moment *now)
{
    enum { TRIES = 3, CLOSE_NS = 20000 };
    now->monotonic_ns = clock_monotonic_ns();
    for (unsigned tries = 0; tries < TRIES; tries++) {
        int64_t before_ns = now->monotonic_ns;
        now->wall_ns = clock_wall_ns();
        now->monotonic_ns = clock_monotonic_ns();
        if (now->monotonic_ns - before_ns < CLOSE_NS)
            break;
    }
}

/* @return the kernel's stamp [wall ns], or INT64_MIN if it gave none. */
static int64_t stamp_of(const struct msghdr *header)
{
    struct msghdr *messages = (struct msghdr *)header; /* CMSG_NXTHDR() knows no const */
    for (struct cmsghdr *at = CMSG_FIRSTHDR(messages); at; at = CMSG_NXTHDR(messages, at)) {
        if (at->cmsg_level == SOL_SOCKET && at->cmsg_type == SCM_TIMESTAMPNS) {
            struct timespec stamp;
            memcpy(&stamp, CMSG_DATA(at), sizeof(stamp));
            return (int64_t)stamp.tv_sec * CLOCK_NS_PER_S + stamp.tv_nsec;
        }
    }
    return INT64_MIN;
}

int64_t rtp_arrival_ns(const struct msghdr *header, const struct rtp_moment *now)
{
    int64_t stamp_ns = stamp_of(header);
    if (stamp_ns < now->wall_ns - FARTHEST_NS || stamp_ns > now->wall_ns + FARTHEST_NS)
        return now->monotonic_ns;
    return now->monotonic_ns - (now->wall_ns - stamp_ns);
}

bool rtp_arrival_is_punctual(int64_t before_ns, int64_t arrival_ns, int64_t now_ns)
{
    const int64_t tick_ns = PCM_TICK_MS * CLOCK_NS_PER_MS;
    const int64_t most_ns = RTP_ARRIVAL_PUNCTUAL_MS * CLOCK_NS_PER_MS;
    int64_t late_ns = arrival_ns - before_ns - tick_ns;
    return late_ns >= -most_ns && late_ns <= most_ns && now_ns - arrival_ns < tick_ns;
}
