/*
 * room_media.h - the media half of a room: its legs, and one tick of their mix.
 *
 * Thread   create, destroy: control, while it has no legs. The rest: its worker.
 */
#ifndef SERVER_MEDIA_ROOM_MEDIA_H
#define SERVER_MEDIA_ROOM_MEDIA_H

#include "mixer/audio/audio_mix.h"
#include "mixer/audio/audio_tone.h"
#include "mixer/base/pcm.h"
#include "server/leg/leg_media.h"

#include <stdbool.h>
#include <stdint.h>

struct room_media {
    struct leg_media *legs; /* a list, newest first                     */
    unsigned leg_count;
    struct audio_tone tone;
    bool noise_when_alone;
    uint32_t noise_seed;
    struct room_media *next, *previous; /* the worker's list of rooms with legs */
};

/** What a tick needs and forgets: one per worker, whose rooms use it in turn. */
struct room_media_scratch {
    struct audio_mix mix[PCM_RATES]; /* a bus per rate                  */
    int16_t tone[PCM_RATES][PCM_MAX_TICK_SAMPLES];
    int16_t out[PCM_MAX_TICK_SAMPLES];
    uint64_t packets_received, packets_sent, packets_malformed; /* totals, for media_stats */
    unsigned skipped; /* ticks left out before this one  */
    struct rtp_batch *batch;
};

/** Gives one datagram to its leg and counts it. */
void room_media_take(struct leg_media *leg, bool rtcp, const struct rtp_datagram *datagram,
                     struct room_media_scratch *scratch);

void room_media_add(struct room_media *room, struct leg_media *leg);
void room_media_remove(struct room_media *room, struct leg_media *leg);

/**
 * 20 ms of this room: take what came, decode, sum, and send to each all but its own.
 *
 * There is one sum per rate at which somebody listens; a voice is brought to that rate before
 * it is added. So wideband callers hear each other in full whoever else is there, and a
 * listener costs no resampling.
 */
void room_media_tick(struct room_media *room, struct room_media_scratch *scratch,
                     int64_t now_ns);

#endif
