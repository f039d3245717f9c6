/* audio_limiter.c - a gain that is a line between one millisecond and the next. */
#include "mixer/audio/audio_limiter.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

enum {
    RELEASE_MS = 50, /* by when a gain has come back by 63 %, after a single peak        */
    CROWD_MS = 500,  /* so long loud, and it takes twice that: fewer ups and downs       */
};

static const float nearly_one = 1 - 1.0F / 65536; /* from here no sample changes by its half */

void audio_limiter_init(struct audio_limiter *limiter, unsigned rate_hz, unsigned channels)
{
    assert(rate_hz && rate_hz % 1000 == 0 && rate_hz <= 48000);
    assert(channels == 1 || channels == 2);
    *limiter = (struct audio_limiter){
        .channels = channels, .step = rate_hz / 1000 * channels, .gain = 1};
    for (unsigned i = 0; i < AUDIO_LIMITER_HOLD_MS; i++)
        limiter->need[i] = 1;
}

/* The loops stand alone, know by `restrict` that nothing overlaps, and have no branch: so the
 * compiler can work on several samples at once. */

static bool any_beyond(const int32_t *sum, unsigned values)
{
    int32_t found = 0;
    for (unsigned i = 0; i < values; i++)
        found |= (sum[i] > AUDIO_LIMITER_CEILING) | (sum[i] < -AUDIO_LIMITER_CEILING);
    return found;
}

/* Both ends instead of an absolute value: INT32_MIN has none. */
static int64_t peak(const int32_t *sum, unsigned values)
{
    int32_t most = 0, least = 0;
    for (unsigned i = 0; i < values; i++) {
        most = sum[i] > most ? sum[i] : most;
        least = sum[i] < least ? sum[i] : least;
    }
    return most > -(int64_t)least ? most : -(int64_t)least;
}

static void copy(const int32_t *restrict sum, int16_t *restrict out, unsigned values)
{
    for (unsigned i = 0; i < values; i++)
        out[i] = (int16_t)sum[i];
}

/* A cast cuts towards 0: above 0, and moved by a half, that rounds. */
static void ramp(const int32_t *restrict sum, int16_t *restrict out, int32_t values,
                 unsigned channels, float from, float to)
{
    const float slope = (to - from) * (float)channels / (float)values;
    const unsigned pair = channels - 1;
    for (int32_t i = 0; i < values; i++) {
        float gain = from + slope * (float)(i >> pair);
        out[i] = (int16_t)((int32_t)((float)sum[i] * gain + 32768.5F) - 32768);
    }
}

static float least_need(const struct audio_limiter *limiter)
{
    float least = 1;
    for (unsigned i = 0; i < AUDIO_LIMITER_HOLD_MS; i++)
        least = limiter->need[i] < least ? limiter->need[i] : least;
    return least;
}

/* The gain at the border of the step that was late and the one that comes in, whose peak is
 * `loudest`: no more than either of them needs, so the lines on both sides of it are below. */
static float next_gain(struct audio_limiter *limiter, int64_t loudest)
{
    const bool loud = loudest > AUDIO_LIMITER_CEILING;
    limiter->need[limiter->at] = loud ? AUDIO_LIMITER_CEILING / (float)loudest : 1;
    limiter->at = (limiter->at + 1) % AUDIO_LIMITER_HOLD_MS;
    const float least = least_need(limiter), gain = limiter->gain;
    if (least < 1)
        limiter->crowd += limiter->crowd < CROWD_MS;
    else
        limiter->crowd -= limiter->crowd > 0;
    if (least <= gain)
        return least;
    const float slowness = RELEASE_MS * (1 + (float)limiter->crowd / CROWD_MS);
    const float risen = gain + (least - gain) / slowness;
    return risen < nearly_one ? risen : 1;
}

static void limit(struct audio_limiter *limiter, const int32_t *sum, int16_t *out,
                  unsigned steps)
{
    const unsigned step = limiter->step;
    const int32_t *late = limiter->late;
    for (unsigned i = 0; i < steps; i++) {
        const float gain = next_gain(limiter, peak(sum, step));
        ramp(late, out, (int32_t)step, limiter->channels, limiter->gain, gain);
        limiter->gain = gain;
        late = sum;
        sum += step;
        out += step;
    }
}

void audio_limiter_run(struct audio_limiter *limiter, const int32_t *sum, int16_t *out,
                       unsigned samples)
{
    const unsigned step = limiter->step, values = samples * limiter->channels;
    const unsigned steps = values / step;
    assert(steps && values == steps * step);
    if (limiter->gain < 1 || least_need(limiter) < 1 || any_beyond(sum, values)) {
        limit(limiter, sum, out, steps);
    } else {
        copy(limiter->late, out, step);
        copy(sum, out + step, values - step);
        limiter->crowd -= limiter->crowd < steps ? limiter->crowd : steps;
    }
    memcpy(limiter->late, sum + (values - step), step * sizeof(*sum));
}
