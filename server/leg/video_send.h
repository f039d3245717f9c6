/*
 * video_send.h - frames in, packets out at an even pace; and again, if asked.
 *
 * Thread   the video worker that has the leg; it may allocate.
 */
#ifndef SERVER_LEG_VIDEO_SEND_H
#define SERVER_LEG_VIDEO_SEND_H

#include "server/leg/video_leg_media.h"

void video_send_init(struct video_send *send);
void video_send_replan(struct video_leg_media *media, const struct video_plan *old,
                       const struct video_step *step);
/** What a room gives to one receiver at most; as much is believed in at first. */
void video_send_set_most(struct video_leg_media *media, uint64_t bps, int64_t now_ns);
/** The rate of its class, for the pace. */
void video_send_set_rate(struct video_leg_media *media, uint64_t bps);
/** It is to be sent pictures: it said so, and from where it hears is known. */
bool video_send_wanted(const struct video_leg_media *media);
/** RTP time, without a leg's offset: of a picture composed then, and for sender reports. */
uint32_t video_send_timestamp(int64_t now_ns);
void video_send_frame(struct video_leg_media *media, struct video_packets *packets);
void video_send_run(struct video_leg_media *media, struct video_step *step);
void video_send_again(struct video_leg_media *media, const uint16_t *sequences, unsigned count);
/** The far end wants a key frame. Who asks too often is not heard. */
void video_send_ask_key(struct video_leg_media *media, int64_t now_ns);
/** It asked for one, or dropped what it should have got: within the same bounds. */
bool video_send_wants_key(struct video_leg_media *media, int64_t now_ns);
void video_send_empty(struct video_leg_media *media);

#endif
