/*
 * api_voice_metrics.h - how the calls of now sound, in the Prometheus text format.
 *
 *   raduno_voice_legs{codec="opus"}            participants who send it
 *   raduno_voice_loss_ratio{quantile="0.9"}    and jitter, round trip, score: half, nine of
 *                                              ten, 99 of 100, and the worst (1) are no worse
 *
 * Thread   control. It looks at every leg once.
 */
#ifndef API_API_VOICE_METRICS_H
#define API_API_VOICE_METRICS_H

#include "server/room/room_list.h"

#include <stdio.h>

void api_voice_metrics_write(FILE *out, const struct room_list *rooms);

#endif
