/*
 * leg_kit.h - a plan and the machinery for it (codecs, buffers), made on control, used on
 * media.
 *
 * A re-negotiation that changes no codec must not be heard. So a kit is two parts: the plan,
 * which is always new, and the machine, which a new kit takes over from the old one if the
 * codecs are the same. What is seldom needed (a second decoder, a resampler to another rate) is
 * made when media finds that it misses it: leg_events.on_need, then leg_kit_part_create() and
 * leg_media_fit().
 *
 *   control: leg_kit_create(&plan, old_plan_or_NULL, &config, &kit);   control:
 * leg_kit_destroy(kit); media:   old = leg_media_set_kit(media, kit);                      old
 * goes back to control
 *
 * Thread   create and destroy: control. The fields: whoever has the kit.
 */
#ifndef SERVER_LEG_LEG_KIT_H
#define SERVER_LEG_LEG_KIT_H

#include "mixer/audio/audio_resample.h"
#include "mixer/base/pcm.h"
#include "mixer/codec/codec.h"
#include "server/leg/leg_plan.h"
#include "server/rtp/jitter.h"

#include <stdbool.h>
#include <stdint.h>

/** A voice's way from one rate to another, and this tick's frame at the end of it. */
struct leg_path {
    struct audio_resample *resample;
    int16_t frame[]; /* [to_hz / 50] */
};

/** Samples that wait: a packet's audio is seldom a tick's. */
struct leg_fifo {
    unsigned room, count; /* [samples] */
    int16_t *samples;     /* [room]    */
};

struct leg_machine {
    struct codec_encoder *encoder; /* of plan.codec[0]                     */
    struct codec_decoder *decoder[LEG_PLAN_MAX_CODECS]; /* [0] always, others when needed */
    struct jitter *jitter;
    struct leg_fifo in;                          /* decoded, not yet played              */
    struct leg_fifo out;                         /* mixed, not yet a whole packet        */
    struct leg_path *path[PCM_RATES][PCM_RATES]; /* [from][to], when needed              */
    int16_t decoded[];                           /* [the longest packet's samples]       */
};

struct leg_kit {
    struct leg_plan plan;
    struct leg_machine *machine; /* NULL: take over the old kit's */
};

struct leg_kit_config {
    unsigned jitter_ms, jitter_limit_ms;
};

/**
 * Makes a kit for @p plan; without a machine if @p old_plan has the same codecs.
 *
 * @return 0 and *kit, owned by the caller; -EINVAL (a codec refuses, or no codec); -ENOMEM.
 */
int leg_kit_create(const struct leg_plan *plan, const struct leg_plan *old_plan,
                   const struct leg_kit_config *config, struct leg_kit **kit);
void leg_kit_destroy(struct leg_kit *kit); /* NULL is allowed */

/** A missing part: a decoder, or a path between two rates. By value in messages. */
struct leg_part {
    bool is_decoder;
    uint8_t codec_index; /* of the plan                       */
    uint8_t from, to;    /* rate indices of a path (pcm.h)    */
    union {
        struct codec_decoder *decoder;
        struct leg_path *path;
    };
    const struct codec *codec; /* of the decoder: who can destroy it */
};

/** Makes what @p part names for a plan. @return 0, -ENOMEM or -EINVAL. */
int leg_part_create(const struct leg_plan *plan, struct leg_part *part);
void leg_part_destroy(struct leg_part *part);

/** Fifo: adds @p count samples (cut to the room), takes @p count (which must be there). */
void leg_fifo_put(struct leg_fifo *fifo, const int16_t *samples, unsigned count);
void leg_fifo_take(struct leg_fifo *fifo, int16_t *samples, unsigned count);

#endif
