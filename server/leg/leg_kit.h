/*
 * leg_kit.h - a plan and the machinery for it (codecs, buffers), made on control, used on
 * media.
 *
 * A re-negotiation that changes no codec must not be heard. So a kit is two parts: the plan,
 * which is always new, and the machine, which a new kit takes over from the old one if the
 * codecs are the same. What is seldom needed (a second decoder, a resampler to another rate, a
 * noise suppressor) is made when media finds that it misses it: leg_events.on_need, then
 * leg_part_create() and leg_media_fit().
 *
 *   control:  leg_kit_create(&plan, old_plan_or_NULL, &config, &kit);
 *   media:    old = leg_media_set_kit(media, kit);        old goes back to control
 *   control:  leg_kit_destroy(old);
 *
 * Thread   create and destroy: control. The fields: whoever has the kit.
 */
#ifndef SERVER_LEG_LEG_KIT_H
#define SERVER_LEG_LEG_KIT_H

#include "mixer/audio/audio_denoise.h"
#include "mixer/audio/audio_dtmf.h"
#include "mixer/audio/audio_resample.h"
#include "mixer/base/pcm.h"
#include "mixer/codec/codec.h"
#include "server/leg/leg_fifo.h"
#include "server/leg/leg_out.h"
#include "server/leg/leg_plan.h"
#include "server/rtp/jitter.h"

#include <stdbool.h>
#include <stdint.h>

struct leg_machine {
    struct leg_out out; /* for plan.codec[0]                           */
    struct codec_decoder *decoder[LEG_PLAN_MAX_CODECS]; /* [0] always, others when needed   */
    struct jitter *jitter;
    struct leg_fifo in;                                /* decoded, not yet played          */
    struct audio_resample *path[PCM_RATES][PCM_RATES]; /* [from][to], when needed          */
    struct audio_denoise *denoise;                     /* when needed                      */
    unsigned denoise_rate;                             /* its rate index                   */
};

struct rtp_guard;

struct leg_kit {
    struct leg_plan plan;        /* constant: control reads it, too     */
    struct leg_machine *machine; /* NULL: take over the old kit's       */
    struct audio_dtmf *dtmf;     /* NULL: it tells its digits in events */
    /* of plan.security; NULL: plain, or the keys are not known yet. With the keys of before,
     * those of the old kit go on: their counters must never begin anew */
    struct rtp_guard *guard_in, *guard_out;
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

enum leg_part_kind {
    LEG_PART_NONE,    /* nothing to destroy                 */
    LEG_PART_DECODER, /* of codec `index` of the plan       */
    LEG_PART_PATH,    /* from one rate index to another     */
    LEG_PART_DENOISE, /* at rate index `from`               */
};

/** A missing part. By value in messages. */
struct leg_part {
    enum leg_part_kind kind;
    uint8_t index, from, to;
    union {
        struct codec_decoder *decoder;
        struct audio_resample *path;
        struct audio_denoise *denoise;
    };
    const struct codec *codec; /* of the decoder: who can destroy it */
};

/** Makes what @p part names for a plan. @return 0, -ENOMEM or -EINVAL. */
int leg_part_create(const struct leg_plan *plan, struct leg_part *part);
void leg_part_destroy(struct leg_part *part);

#endif
