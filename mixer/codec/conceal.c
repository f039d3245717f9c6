/* conceal.c - repeats the last pitch period, fading. */
#include "mixer/codec/conceal.h"

#include "mixer/base/pcm.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    HISTORY_MS = 32,
    WHOLE_MS = 20,   /* no fade before       */
    SILENT_MS = 100, /* nothing left after   */
    BLEND_MS = 5,    /* back to what is heard */
    WINDOW_MS = 15,  /* that a period is matched over */
    MIN_PERIOD_US = 2500,
    MAX_PERIOD_MS = 15, /* 67 Hz */
    SEAM_US = 2500,     /* over which a seam is bent */
};
static_assert(WINDOW_MS + MAX_PERIOD_MS < HISTORY_MS, "both copies of the window must fit");
static_assert(SEAM_US <= MIN_PERIOD_US, "a seam ends before the next begins");

struct conceal *conceal_create(unsigned rate_hz)
{
    assert(rate_hz == 8000 || rate_hz == 16000 || rate_hz == 48000);
    const unsigned per_ms = rate_hz / 1000;
    const size_t samples = (size_t)(HISTORY_MS + MAX_PERIOD_MS) * per_ms;
    struct conceal *conceal = calloc(1, sizeof(*conceal) + samples * sizeof(int16_t));
    if (!conceal)
        return NULL;
    conceal->per_ms = per_ms;
    conceal->cycle = conceal->history + HISTORY_MS * per_ms;
    return conceal;
}

void conceal_destroy(struct conceal *conceal)
{
    free(conceal);
}

/* How well the last window equals the one lag samples before it: correlation squared by energy.
 */
static float likeness(const int16_t *end, unsigned lag, unsigned window, unsigned step)
{
    float product = 0, energy = 1;
    for (unsigned i = 1; i <= window; i += step) {
        float then = end[-(int)(i + lag)];
        product += end[-(int)i] * then;
        energy += then * then;
    }
    return product > 0 ? product * product / energy : 0;
}

static unsigned find_period(const struct conceal *conceal)
{
    const unsigned per_ms = conceal->per_ms;
    const int16_t *end = conceal->history + HISTORY_MS * per_ms;
    const unsigned window = WINDOW_MS * per_ms, most = MAX_PERIOD_MS * per_ms;
    const unsigned step = per_ms / 8; /* as fine as 8 kHz: half a sample off is not heard */
    unsigned period = most;
    float best = 0;
    for (unsigned lag = MIN_PERIOD_US * per_ms / 1000; lag <= most; lag += step) {
        float found = likeness(end, lag, window, step);
        if (found > best) {
            best = found;
            period = lag;
        }
    }
    return period;
}

/* The last period, bent so that it goes on where the history ends; and since it ends with the
 * history too, every repetition goes on where the one before it ended. */
static void make_cycle(struct conceal *conceal)
{
    const int16_t *end = conceal->history + HISTORY_MS * conceal->per_ms;
    const int32_t seam = (int32_t)(SEAM_US * conceal->per_ms / 1000);
    conceal->period = find_period(conceal);
    const int16_t *begin = end - conceal->period;
    const int32_t jump = end[-1] - begin[-1];
    memcpy(conceal->cycle, begin, conceal->period * sizeof(*begin));
    for (int32_t i = 0; i < seam; i++)
        conceal->cycle[i] = pcm_clip(begin[i] + jump * (seam - i) / seam);
}

/* Sample number `at` of what is made up. */
static int32_t made_up(const struct conceal *conceal, unsigned at)
{
    const unsigned whole = WHOLE_MS * conceal->per_ms, silent = SILENT_MS * conceal->per_ms;
    if (at >= silent)
        return 0;
    int32_t x = conceal->cycle[at % conceal->period];
    return at < whole ? x : x * (int32_t)(silent - at) / (int32_t)(silent - whole);
}

static void remember(struct conceal *conceal, const int16_t *pcm, unsigned samples)
{
    const unsigned room = HISTORY_MS * conceal->per_ms;
    if (samples >= room) {
        memcpy(conceal->history, pcm + (samples - room), room * sizeof(*pcm));
        return;
    }
    memmove(conceal->history, conceal->history + samples, (room - samples) * sizeof(*pcm));
    memcpy(conceal->history + (room - samples), pcm, samples * sizeof(*pcm));
}

void conceal_heard(struct conceal *conceal, int16_t *pcm, unsigned samples)
{
    if (conceal->made) {
        const int32_t blend = (int32_t)(BLEND_MS * conceal->per_ms);
        for (int32_t i = 0; i < blend && i < (int32_t)samples; i++) {
            int32_t old = made_up(conceal, conceal->made + (unsigned)i);
            pcm[i] = (int16_t)((old * (blend - i) + pcm[i] * i) / blend);
        }
        conceal->made = 0;
    }
    remember(conceal, pcm, samples);
}

void conceal_make(struct conceal *conceal, int16_t *pcm, unsigned samples)
{
    if (!conceal->made)
        make_cycle(conceal);
    const unsigned silent = SILENT_MS * conceal->per_ms;
    for (unsigned i = 0; i < samples; i++)
        pcm[i] = (int16_t)made_up(conceal, conceal->made + i);
    conceal->made += samples;
    if (conceal->made > silent) /* a mark that cannot wrap */
        conceal->made = silent;
    remember(conceal, pcm, samples);
}

/* ---- as a decoder ---- */

static struct conceal *of(struct codec_decoder *decoder)
{
    return (struct conceal *)(void *)decoder;
}

int conceal_decoder_create(unsigned rate_hz, struct codec_decoder **decoder)
{
    struct conceal *conceal = conceal_create(rate_hz);
    if (!conceal)
        return -ENOMEM;
    *decoder = (struct codec_decoder *)(void *)conceal;
    return 0;
}

void conceal_decoder_destroy(struct codec_decoder *decoder)
{
    conceal_destroy(of(decoder));
}

void conceal_decoder_heard(struct codec_decoder *decoder, int16_t *pcm, unsigned samples)
{
    conceal_heard(of(decoder), pcm, samples);
}

void conceal_decoder_make(struct codec_decoder *decoder, int16_t *pcm, unsigned samples)
{
    conceal_make(of(decoder), pcm, samples);
}
