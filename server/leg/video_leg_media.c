/* video_leg_media.c - where the parts of a video leg meet: plans, datagrams, its end. */
#include "server/leg/video_leg_media.h"

#include "mixer/base/check.h"
#include "server/leg/video_receive.h"
#include "server/leg/video_report.h"
#include "server/leg/video_send.h"
#include "server/rtp/rtp_packet.h"

#include <stdlib.h>

const struct sockaddr *video_leg_target(const struct video_leg_media *media)
{
    const struct sockaddr *to = &media->receive.latch.current.any;
    if (!media->plan ||
        ((const struct sockaddr *)&media->plan->remote_rtp)->sa_family == AF_UNSPEC)
        return NULL; /* held by 0.0.0.0 */
    return to->sa_family == AF_UNSPEC ? NULL : to;
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

void video_leg_receive(struct video_leg_media *media, bool rtcp,
                       const struct rtp_datagram *datagram, struct video_step *step)
{
    if (rtcp || (media->plan->rtcp_mux && rtp_packet_is_rtcp(datagram->data, datagram->length)))
        video_report_packet(media, datagram, step);
    else
        video_receive_packet(media, datagram, step);
    if (!media->is_settled && latch_is_final(&media->receive.latch, step->now_ns)) {
        media->is_settled = true; /* a refusal only costs: once is enough to ask */
        (void)rtp_socket_connect(media->socket, &media->receive.latch.current.any);
    }
}
