/* comfort_noise.c - noise described, and noise made of its description. */
#include "mixer/codec/comfort_noise.h"

#include "mixer/codec/dbov.h"

#include <errno.h>
#include <math.h>
#include <string.h>

enum {
    LEVEL = 0x7f,
    INDEX_ZERO = 127, /* of a coefficient of 0; the greatest is twice that */
    INDEX_RESERVED = 255,
    BLOCKS_PER_S = 200,
    LOUDEST = 20,      /* -dBov */
    UPDATE_TICKS = 10, /* 200 ms */
    CHANGE_TICKS = 3,  /*  60 ms */
    CHANGE_DB = 3,
};

static const float index_step = 258.0F / 32768;
static const float reflection_most = 0.99F; /* near 1 noise would be a tone, and swing up */
static const float block_share = 0.125F;    /* of the way to the target in each block */
static const float negligible = 0.001F;     /* of a coefficient */
static const float inaudible = 0.25F;       /* rms; no sample of it would round to 1 often */

static float limit(float x, float most)
{
    return fminf(fmaxf(x, -most), most);
}

/* ---- payload ---- */

int comfort_noise_read(const uint8_t *payload, size_t length, struct comfort_noise *noise)
{
    if (!length)
        return -EBADMSG;
    struct comfort_noise read = {.level = payload[0] & LEVEL};
    for (size_t i = 1; i < length && read.order < COMFORT_NOISE_MAX_ORDER; i++) {
        if (payload[i] == INDEX_RESERVED) /* of an encoding that is yet to be defined */
            break;
        read.reflection[read.order++] = index_step * (float)(payload[i] - INDEX_ZERO);
    }
    *noise = read;
    return 0;
}

size_t comfort_noise_write(const struct comfort_noise *noise,
                           uint8_t out[COMFORT_NOISE_MAX_BYTES])
{
    out[0] = noise->level & LEVEL;
    for (unsigned i = 0; i < noise->order; i++) {
        const float index = limit(noise->reflection[i] / index_step, INDEX_ZERO);
        out[1 + i] = (uint8_t)(INDEX_ZERO + (int)lroundf(index));
    }
    return 1 + (size_t)noise->order;
}

/* ---- generator ---- */

void comfort_noise_generator_init(struct comfort_noise_generator *generator, unsigned rate_hz)
{
    *generator = (struct comfort_noise_generator){
        .target.level = DBOV_SILENCE, .block = rate_hz / BLOCKS_PER_S, .random = 2463534242U};
}

void comfort_noise_generator_update(struct comfort_noise_generator *generator,
                                    const struct comfort_noise *noise)
{
    generator->target = *noise;
    if (generator->target.level < LOUDEST)
        generator->target.level = LOUDEST;
}

/* Coefficients between two stable sets are stable as well. The gain of the filter depends on
 * them, and the excitation goes the other way. */
static void begin_block(struct comfort_noise_generator *generator)
{
    const struct comfort_noise *target = &generator->target;
    const float share = generator->started ? block_share : 1;
    const float rms = sqrtf((float)dbov_power(target->level));
    float rest = 1; /* of the power, behind the filter's inverse */
    generator->rms += share * (rms - generator->rms);
    generator->order = 0;
    for (unsigned i = 0; i < COMFORT_NOISE_MAX_ORDER; i++) {
        float *now = &generator->reflection[i];
        const float k = i < target->order ? limit(target->reflection[i], reflection_most) : 0;
        *now += share * (k - *now);
        rest *= 1 - *now * *now;
        if (fabsf(*now) > negligible)
            generator->order = i + 1;
    }
    generator->excitation = generator->rms * sqrtf(3 * rest); /* even distribution: a third */
    generator->left = generator->block;
    generator->started = generator->started || target->level < DBOV_SILENCE;
}

static float excite(struct comfort_noise_generator *generator)
{
    uint32_t x = generator->random;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    generator->random = x;
    return (float)(int32_t)x * (1.0F / 2147483648.0F) * generator->excitation;
}

/* One step of the all-pole lattice. */
static float filter(struct comfort_noise_generator *generator, float forward)
{
    float *backward = generator->backward;
    const float *k = generator->reflection;
    for (unsigned m = generator->order; m >= 1; m--) {
        forward -= k[m - 1] * backward[m - 1];
        if (m < COMFORT_NOISE_MAX_ORDER)
            backward[m] = backward[m - 1] + k[m - 1] * forward;
    }
    backward[0] = forward;
    return forward;
}

void comfort_noise_make(struct comfort_noise_generator *generator, int16_t *pcm,
                        unsigned samples)
{
    for (unsigned i = 0; i < samples; i++) {
        if (!generator->left)
            begin_block(generator);
        generator->left--;
        if (generator->rms < inaudible) { /* also: no denormal numbers, which are slow */
            memset(generator->backward, 0, sizeof(generator->backward));
            pcm[i] = 0;
            continue;
        }
        const float made = filter(generator, excite(generator));
        pcm[i] = (int16_t)lrintf(limit(made, INT16_MAX));
    }
}

/* ---- sender ---- */

uint8_t comfort_noise_sender_level(const struct comfort_noise_sender *sender)
{
    return (uint8_t)((sender->level_q4 + 8) / 16);
}

static enum comfort_noise_step send_update(struct comfort_noise_sender *sender)
{
    sender->since_sent = 0;
    sender->sent_level = comfort_noise_sender_level(sender);
    return COMFORT_NOISE_UPDATE;
}

enum comfort_noise_step comfort_noise_sender_tick(struct comfort_noise_sender *sender,
                                                  unsigned level, bool talking)
{
    const int now_q4 = (int)(level > DBOV_SILENCE ? DBOV_SILENCE : level) * 16;
    if (talking) {
        const bool resumes = sender->pausing;
        sender->pausing = false;
        return resumes ? COMFORT_NOISE_RESUME : COMFORT_NOISE_SPEAK;
    }
    if (!sender->pausing) {
        sender->pausing = true;
        sender->level_q4 = (uint16_t)now_q4;
        return send_update(sender);
    }
    const int away_q4 = now_q4 - sender->level_q4; /* an eighth of it, rounded away from 0 */
    sender->level_q4 = (uint16_t)(sender->level_q4 + (away_q4 + (away_q4 > 0 ? 7 : -7)) / 8);
    sender->since_sent++;
    const int change_q4 = sender->level_q4 - sender->sent_level * 16;
    const bool changed = change_q4 > CHANGE_DB * 16 || change_q4 < -CHANGE_DB * 16;
    if (sender->since_sent >= UPDATE_TICKS || (changed && sender->since_sent >= CHANGE_TICKS))
        return send_update(sender);
    return COMFORT_NOISE_PAUSE;
}
