/*
 * video_report.h - RTCP of a picture: reports, and feedback both ways.
 *
 * Thread   the video worker that has the leg; it may allocate.
 */
#ifndef SERVER_LEG_VIDEO_REPORT_H
#define SERVER_LEG_VIDEO_REPORT_H

#include "server/leg/video_leg_media.h"

void video_report_packet(struct video_leg_media *media, const struct rtp_datagram *datagram,
                         struct video_step *step);
/** @p bye: now, and the last. */
void video_report_run(struct video_leg_media *media, struct video_step *step, bool bye);
void video_report_nack(struct video_leg_media *media, const uint16_t *sequences, unsigned count,
                       struct video_step *step);
/** Asks the far end for a key frame, by whatever it understands. */
void video_report_ask_key(struct video_leg_media *media, struct video_step *step);
void video_report_replan(struct video_leg_media *media, const struct video_plan *old,
                         const struct video_step *step);

#endif
