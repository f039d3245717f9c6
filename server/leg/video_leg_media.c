/* video_leg_media.c - where the parts of a video leg meet: plans, datagrams, its end. */
#include "server/leg/video_leg_media.h"

#include "mixer/base/check.h"
#include "mixer/base/clock.h"
#include "server/leg/video_receive.h"
#include "server/leg/video_report.h"
#include "server/leg/video_send.h"
#include "server/rtp/rtp_guard.h"
#include "server/rtp/rtp_packet.h"

#include <errno.h>
#include <stdlib.h>

bool video_leg_is_secure(const struct video_leg_media *media)
{
    return media->plan->security.kind != RTP_SECURITY_NONE;
}

bool video_leg_is_from(const struct video_leg_media *media, struct latch *latch,
                       const struct sockaddr *from)
{
    return media->plan->security.by_path || latch_accept_authentic(latch, from);
}

bool video_leg_can_send(const struct video_leg_media *media)
{
    return !video_leg_is_secure(media) || media->guard_out;
}

const struct sockaddr *video_leg_target(const struct video_leg_media *media)
{
    const struct sockaddr *to = &media->receive.latch.current.any;
    if (!media->plan ||
        ((const struct sockaddr *)&media->plan->remote_rtp)->sa_family == AF_UNSPEC ||
        !video_leg_can_send(media))
        return NULL; /* held by 0.0.0.0 */
    return to->sa_family == AF_UNSPEC ? NULL : to;
}

/* The same keys go on with the counters that they have. Without memory nothing passes. */
static void set_guard(struct rtp_guard **guard, const struct rtp_keys *keys,
                      const struct rtp_keys *old)
{
    if (*guard && old && rtp_keys_equal(keys, old))
        return;
    rtp_guard_destroy(*guard);
    *guard = NULL;
    if (keys->suite)
        (void)rtp_guard_create(keys, guard);
}

void video_leg_set_plan(struct video_leg_media *media, struct video_plan *plan,
                        struct video_step *step)
{
    ASSERT_VIDEO();
    struct video_plan *old = media->plan;
    media->plan = plan;
    if (old && !latch_same((const struct sockaddr *)&old->remote_rtp,
                           (const struct sockaddr *)&plan->remote_rtp)) {
        media->is_settled = false;
        (void)rtp_socket_connect(media->socket, NULL);
    }
    set_guard(&media->guard_in, &plan->security.receive, old ? &old->security.receive : NULL);
    set_guard(&media->guard_out, &plan->security.send, old ? &old->security.send : NULL);
    video_receive_replan(media, old, step);
    video_send_replan(media, old, step);
    video_report_replan(media, old, step);
    free(old);
}

void video_leg_empty(struct video_leg_media *media, struct video_step *step)
{
    ASSERT_VIDEO();
    video_receive_empty(media, step);
    video_send_empty(media);
    media->is_settled = false; /* the plan stays: whose packets are taken is settled */
}

/* Who can prove who he is may come from elsewhere at any time. As long as his RTP is heard, it
 * does not. */
static bool is_heard(const struct video_leg_media *media, const struct video_step *step)
{
    return step->now_ns - media->receive.packet_ns < CLOCK_NS_PER_S;
}

void video_leg_begin(struct video_leg_media *media, const struct video_step *step)
{
    if (!media->plan || !media->is_settled || !video_leg_is_secure(media) ||
        is_heard(media, step))
        return;
    media->is_settled = false;
    (void)rtp_socket_connect(media->socket, NULL);
}

static bool is_peer_final(const struct video_leg_media *media, const struct video_step *step)
{
    const struct latch *latch = &media->receive.latch;
    if (media->plan->security.by_path)
        return false; /* checks come from everywhere */
    return video_leg_is_secure(media) ? latch->latched && is_heard(media, step)
                                      : latch_is_final(latch, step->now_ns);
}

static void count_unopened(struct video_leg_media *media, int error, struct video_step *step)
{
    struct video_leg_counters *counters = media->counters;
    if (error == -EALREADY)
        leg_counter_add(&counters->packets_duplicate, 1);
    else if (error == -EBADMSG)
        leg_counter_add(&counters->packets_malformed, 1);
    else
        leg_counter_add(&counters->packets_unauthentic, 1);
    step->packets_unauthentic += error != -EALREADY && error != -EBADMSG;
}

/* @return its length in step->clear; 0: it is not authentic, or not for the first time. */
static size_t open_packet(struct video_leg_media *media, bool is_report,
                          const struct rtp_datagram *datagram, struct video_step *step)
{
    size_t clear = 0;
    int error = -EKEYREJECTED;
    if (media->guard_in && datagram->length <= sizeof(step->clear))
        error = is_report ? rtp_guard_open_rtcp(media->guard_in, datagram->data,
                                                datagram->length, step->clear, &clear)
                          : rtp_guard_open(media->guard_in, datagram->data, datagram->length,
                                           step->clear, &clear);
    if (error)
        count_unopened(media, error, step);
    return error ? 0 : clear;
}

void video_leg_receive(struct video_leg_media *media, bool rtcp,
                       const struct rtp_datagram *came, struct video_step *step)
{
    struct rtp_datagram datagram = *came;
    if (!rtcp && handshake_way_take(&step->handshakes, media->plan->security.handshake,
                                    came->data, came->length, came->from))
        return;
    const bool is_report =
        rtcp || (media->plan->rtcp_mux && rtp_packet_is_rtcp(came->data, came->length));
    if (video_leg_is_secure(media)) {
        datagram.data = step->clear;
        datagram.length = open_packet(media, is_report, came, step);
        if (!datagram.length)
            return;
    }
    if (is_report)
        video_report_packet(media, &datagram, step);
    else
        video_receive_packet(media, &datagram, step);
    if (!media->is_settled && is_peer_final(media, step)) {
        media->is_settled = true; /* a refusal only costs: once is enough to ask */
        (void)rtp_socket_connect(media->socket, &media->receive.latch.current.any);
    }
}
