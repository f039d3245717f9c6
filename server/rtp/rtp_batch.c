/* rtp_batch.c - one recvmmsg() into buffers that were prepared once. */
#include "server/rtp/rtp_batch.h"

#include "mixer/base/clock.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A stamp older than this is no truth: nobody leaves a socket alone for so long but a leg that
 * was not yet joined, and then the exact time does not matter. */
#define OLDEST_NS CLOCK_NS_PER_S

struct place {
    uint8_t data[RTP_BATCH_DATAGRAM_BYTES];
    struct sockaddr_storage from;
    union {
        struct cmsghdr header; /* aligns it */
        uint8_t bytes[CMSG_SPACE(sizeof(struct timespec))];
    } control;
};

struct rtp_batch {
    unsigned count; /* of datagram[] */
    unsigned dirty; /* of message[]: places whose sizes the kernel has overwritten */
    struct rtp_datagram datagram[RTP_BATCH_DATAGRAMS];
    struct mmsghdr message[RTP_BATCH_DATAGRAMS];
    struct iovec vector[RTP_BATCH_DATAGRAMS];
    struct place place[RTP_BATCH_DATAGRAMS];
};

struct rtp_batch *rtp_batch_create(void)
{
    struct rtp_batch *batch = calloc(1, sizeof(*batch));
    if (!batch)
        return NULL;
    for (unsigned i = 0; i < RTP_BATCH_DATAGRAMS; i++) {
        struct msghdr *header = &batch->message[i].msg_hdr;
        batch->vector[i] = (struct iovec){batch->place[i].data, RTP_BATCH_DATAGRAM_BYTES};
        header->msg_iov = &batch->vector[i];
        header->msg_iovlen = 1;
        header->msg_name = &batch->place[i].from;
        header->msg_control = &batch->place[i].control;
    }
    batch->dirty = RTP_BATCH_DATAGRAMS;
    return batch;
}

void rtp_batch_destroy(struct rtp_batch *batch)
{
    free(batch);
}

static void prepare(struct rtp_batch *batch)
{
    for (unsigned i = 0; i < batch->dirty; i++) {
        struct msghdr *header = &batch->message[i].msg_hdr;
        header->msg_namelen = sizeof(batch->place[i].from);
        header->msg_controllen = sizeof(batch->place[i].control);
    }
    batch->dirty = 0;
}

/* @return the kernel's stamp [wall ns], or INT64_MIN if it gave none. */
static int64_t stamp_of(struct msghdr *header)
{
    for (struct cmsghdr *at = CMSG_FIRSTHDR(header); at; at = CMSG_NXTHDR(header, at)) {
        if (at->cmsg_level == SOL_SOCKET && at->cmsg_type == SCM_TIMESTAMPNS) {
            struct timespec stamp;
            memcpy(&stamp, CMSG_DATA(at), sizeof(stamp));
            return (int64_t)stamp.tv_sec * CLOCK_NS_PER_S + stamp.tv_nsec;
        }
    }
    return INT64_MIN;
}

/* One moment on both clocks. */
struct moment {
    int64_t monotonic_ns, wall_ns;
};

/* The thread may be interrupted between two looks at the clocks: then once more. */
static struct moment moment_now(void)
{
    enum { TRIES = 3, CLOSE_NS = 20000 };
    struct moment now = {.monotonic_ns = clock_monotonic_ns()};
    for (unsigned tries = 0; tries < TRIES; tries++) {
        int64_t before_ns = now.monotonic_ns;
        now.wall_ns = clock_wall_ns();
        now.monotonic_ns = clock_monotonic_ns();
        if (now.monotonic_ns - before_ns < CLOSE_NS)
            break;
    }
    return now;
}

static int64_t arrival_of(struct msghdr *header, const struct moment *now)
{
    int64_t stamp_ns = stamp_of(header);
    if (stamp_ns > now->wall_ns || stamp_ns < now->wall_ns - OLDEST_NS)
        return now->monotonic_ns;
    return now->monotonic_ns - (now->wall_ns - stamp_ns);
}

unsigned rtp_batch_fill(struct rtp_batch *batch, int fd, uint32_t *too_long)
{
    prepare(batch);
    batch->count = 0;
    int received = recvmmsg(fd, batch->message, RTP_BATCH_DATAGRAMS, MSG_DONTWAIT, NULL);
    if (received <= 0)
        return 0;
    batch->dirty = (unsigned)received;
    struct moment now = moment_now();
    for (unsigned i = 0; i < batch->dirty; i++) {
        struct msghdr *header = &batch->message[i].msg_hdr;
        if (header->msg_flags & MSG_TRUNC) {
            ++*too_long;
            continue;
        }
        batch->datagram[batch->count++] =
            (struct rtp_datagram){.data = batch->place[i].data,
                                  .length = batch->message[i].msg_len,
                                  .arrival_ns = arrival_of(header, &now),
                                  .from = (const struct sockaddr *)&batch->place[i].from};
    }
    return batch->count;
}

const struct rtp_datagram *rtp_batch_at(const struct rtp_batch *batch, unsigned i)
{
    assert(i < batch->count);
    return &batch->datagram[i];
}
