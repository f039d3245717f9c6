/*
 * video_receive.h - from a datagram to the picture that is to be seen now.
 *
 * Thread   the video worker that has the leg; it may allocate.
 */
#ifndef SERVER_LEG_VIDEO_RECEIVE_H
#define SERVER_LEG_VIDEO_RECEIVE_H

#include "server/leg/video_leg_media.h"

void video_receive_packet(struct video_leg_media *media, const struct rtp_datagram *datagram,
                          struct video_step *step);
void video_receive_run(struct video_leg_media *media, struct video_step *step);
/** It is seen from now on, or not any more: then nothing of it is decoded. */
void video_receive_want(struct video_leg_media *media, bool wanted, struct video_step *step);
/** The picture to be seen now, borrowed, or NULL; @p changed: another one than last time. */
struct picture *video_receive_picture(struct video_leg_media *media, int64_t now_ns,
                                      bool *changed);
/** One was measured: by a report, or by how long a packet took that was asked for. */
void video_receive_note_round_trip(struct video_leg_media *media, int64_t round_trip_ns);
/** It should send no more than this. */
void video_receive_ask(struct video_leg_media *media, uint64_t bps);
void video_receive_replan(struct video_leg_media *media, struct video_plan *old,
                          struct video_step *step);
void video_receive_empty(struct video_leg_media *media, struct video_step *step);

#endif
