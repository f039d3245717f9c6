/*
 * video_leg.h - the video of one participant: the control half. It owns ports and counters; its
 * other half, struct video_leg_media, is born here, works on a video worker, and is buried
 * here.
 *
 *   video_leg_create(ports, family, &config, &leg);   the ports are bound: SDP can be written
 *   video_join(video_room, leg, &plan, &look);        (server/video/video.h)
 *   video_leave(leg);  ...on_left...   video_leg_destroy(leg);
 *
 * A participant without video has none.
 *
 * Thread   control.
 */
#ifndef SERVER_LEG_VIDEO_LEG_H
#define SERVER_LEG_VIDEO_LEG_H

#include "server/leg/leg.h"
#include "server/leg/video_plan.h"
#include "server/rtp/rtp_socket.h"

#include <stdbool.h>
#include <stdint.h>

struct video_leg;

/** Counters: a copy, taken at one moment. */
struct video_leg_stats {
    uint64_t packets_received, octets_received, packets_sent, octets_sent;
    uint64_t packets_lost, packets_late, packets_duplicate, packets_refused, packets_malformed;
    uint64_t packets_unauthentic;        /* not encrypted with the key that was agreed */
    uint64_t packets_recovered;          /* came again after we asked           */
    uint64_t nacks_sent, nacks_received; /* sequence numbers                 */
    uint64_t packets_resent;             /* because it asked                    */
    uint64_t key_requests_sent, key_requests_received; /* PLI and FIR        */
    uint64_t frames_received, frames_decoded, frames_broken, frames_refused, frames_sent,
        key_frames_sent;
    uint64_t frozen_ms;     /* its picture stood still though it sends             */
    uint32_t width, height; /* of what it sends                     */
    uint32_t fps;           /* decoded in the last second           */
    uint32_t sent_width, sent_height, sent_fps, sent_bps; /* of its class      */
    uint32_t bandwidth_bps; /* what it can be sent, as estimated    */
    uint32_t asked_bps;     /* what it was asked to send at most    */
    uint32_t jitter_us, round_trip_us;
    uint8_t far_fraction_lost; /* of 256 */
    uint32_t skew_ms;          /* its picture waits so long for its voice       */
    bool showing;              /* its picture can be shown: it came, and is whole */
    const char *codec_received, *codec_sent; /* names; NULL: none               */
};

struct video_leg_config {
    const char *cname; /* borrowed: the same as the voice's                      */
    struct leg *voice; /* borrowed: of the same participant; may be NULL         */
    /* borrowed: what is presented beside it is here; NULL: this is the camera, and waits for its
     * voice */
    const struct video_leg *camera;
    unsigned no_media_timeout_s;
};

/** @return 0 and *leg, owned by the caller; rtp_socket_open()'s errors; -ENOMEM. */
int video_leg_create(struct rtp_ports *ports, int family, const struct video_leg_config *config,
                     struct video_leg **leg);
/** The same on a port that is shared: the inlet of @p transport for that picture. */
int video_leg_create_shared(struct shared_transport *transport,
                            const struct video_leg_config *config, struct video_leg **leg);
/** The media half must be at home. NULL is allowed. */
void video_leg_destroy(struct video_leg *leg);
bool video_leg_is_away(const struct video_leg *leg);

void video_leg_set_owner(struct video_leg *leg, void *owner);
void *video_leg_owner(const struct video_leg *leg);

/** Its place in a composition: set and read by server/video only. */
struct video_seat;
void video_leg_set_seat(struct video_leg *leg, struct video_seat *seat);
struct video_seat *video_leg_seat(const struct video_leg *leg);

/** The SSRCs of what it sends, and of what it sends again as RTX. */
uint32_t video_leg_ssrc(const struct video_leg *leg);
uint32_t video_leg_rtx_ssrc(const struct video_leg *leg);

uint16_t video_leg_port(const struct video_leg *leg);
/** As leg_rtp_fd(). */
int video_leg_rtp_fd(const struct video_leg *leg);

void video_leg_stats_read(const struct video_leg *leg, struct video_leg_stats *stats);

#endif
