/* audio_stretch.c - finds two places that look alike, and fades from one to the other. */
#include "mixer/audio/audio_stretch.h"

#include "mixer/base/pcm.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    VIEW_MS = 40,    /* what is looked at                      */
    FADE_MS = 12,    /* and what is compared                   */
    PLACE_MS = 5,    /* between the places that are tried      */
    PIECE_MS = 5,    /* whose loudness tells steady from not   */
    COARSE = 8,      /* samples per ms of the first search     */
    MIN_PERIOD = 20, /* in those: 2.5 ms                       */
    MAX_PERIOD = AUDIO_STRETCH_MOST_MS * COARSE,
    COARSE_FADE = FADE_MS * COARSE,
    MAX_PER_MS = PCM_MAX_RATE_HZ / 1000,
    SCALED_PEAK = 1023, /* so that the products of a fade fit into 32 bits */
    SILENT_PEAK = 100,  /* -50 dBFS: nobody hears how it is cut            */
    STEADY_RATIO = 8,   /* of energies: 9 dB                               */
};
static_assert(AUDIO_STRETCH_MOST_MS + FADE_MS <= AUDIO_STRETCH_LEAST_MS,
              "both places must fit");
static_assert(FADE_MS * MAX_PER_MS <= INT32_MAX / SCALED_PEAK / SCALED_PEAK / 2, "must fit");

static const float alike = 0.75F; /* good enough to fade          */
static const float unlike = 0.5F; /* no voice: any place will do  */

/* The part of a block that is looked at: one channel, as loud as SCALED_PEAK. */
struct view {
    unsigned per_ms;                             /* samples                       */
    unsigned length;                             /* samples in fine               */
    int32_t peak;                                /* as it came                    */
    int16_t fine[VIEW_MS * MAX_PER_MS];          /* at the block's rate           */
    int16_t coarse[VIEW_MS * COARSE];            /* the same at 8 kHz             */
    int32_t coarse_energy[VIEW_MS * COARSE + 1]; /* of all before a coarse sample */
};

/* Two places, `lag` apart, of which the first is at `at`; lag 0: none. Samples per channel. */
struct splice {
    unsigned at, lag;
    float likeness; /* 1: equal, 0: nothing in common */
};

static int32_t product(const int16_t *restrict a, const int16_t *restrict b, unsigned samples)
{
    int32_t sum = 0;
    for (unsigned i = 0; i < samples; i++)
        sum += a[i] * b[i];
    return sum;
}

/* Unlike a correlation it sees a difference in loudness too: it is 1 less the energy of the
 * difference in that of both. */
static float likeness(int32_t both, int32_t energy_a, int32_t energy_b)
{
    return 2 * (float)both / ((float)energy_a + (float)energy_b + 1);
}

/* Half the sum or half the difference of two channels, whichever has more in it: voices that
 * cancel out in one are in the other. */
static void fold(const int16_t *restrict in, unsigned samples, int16_t *restrict out)
{
    uint32_t sum = 0, difference = 0;
    for (size_t i = 0; i < samples; i++) {
        sum += (uint32_t)abs(in[2 * i] + in[2 * i + 1]);
        difference += (uint32_t)abs(in[2 * i] - in[2 * i + 1]);
    }
    const int32_t sign = sum >= difference ? 1 : -1;
    for (size_t i = 0; i < samples; i++)
        out[i] = (int16_t)((in[2 * i] + sign * in[2 * i + 1]) / 2);
}

static void scale(struct view *view)
{
    int32_t most = 1, least = -1;
    for (unsigned i = 0; i < view->length; i++) {
        most = view->fine[i] > most ? view->fine[i] : most;
        least = view->fine[i] < least ? view->fine[i] : least;
    }
    view->peak = most > -least ? most : -least;
    const float factor = SCALED_PEAK / (float)view->peak;
    for (unsigned i = 0; i < view->length; i++)
        view->fine[i] = (int16_t)(factor * view->fine[i]);
}

static void make_coarse(struct view *view)
{
    const unsigned step = view->per_ms / COARSE;
    const int16_t *at = view->fine;
    view->coarse_energy[0] = 0;
    for (unsigned i = 0; i < view->length / step; i++) {
        int32_t sum = 0;
        for (unsigned k = 0; k < step; k++)
            sum += *at++;
        view->coarse[i] = (int16_t)(sum / (int32_t)step);
        view->coarse_energy[i + 1] = view->coarse_energy[i] + view->coarse[i] * view->coarse[i];
    }
}

/* Where the block changes its loudness, it is no noise, however little it is like itself. */
static bool is_steady(const struct view *view)
{
    const unsigned piece = PIECE_MS * view->per_ms;
    int32_t most = 0, least = INT32_MAX;
    for (unsigned at = 0; at + piece <= view->length; at += piece) {
        const int32_t energy = product(view->fine + at, view->fine + at, piece);
        most = energy > most ? energy : most;
        least = energy < least ? energy : least;
    }
    return most / STEADY_RATIO <= least;
}

static int32_t coarse_energy(const struct view *view, unsigned at)
{
    return view->coarse_energy[at + COARSE_FADE] - view->coarse_energy[at];
}

/* The best place for a lag; everything in coarse samples. */
static struct splice best_place(const struct view *view, unsigned lag)
{
    struct splice best = {.lag = lag, .likeness = -1};
    const unsigned last = view->length / view->per_ms * COARSE - COARSE_FADE - lag;
    for (unsigned at = 0; at <= last; at += PLACE_MS * COARSE) {
        const int32_t both = product(view->coarse + at, view->coarse + at + lag, COARSE_FADE);
        const float found =
            likeness(both, coarse_energy(view, at), coarse_energy(view, at + lag));
        if (found > best.likeness) {
            best.likeness = found;
            best.at = at;
        }
    }
    return best;
}

static float fine_likeness(const struct view *view, unsigned at, unsigned lag)
{
    const unsigned fade = FADE_MS * view->per_ms;
    const int16_t *a = view->fine + at, *b = a + lag;
    return likeness(product(a, b, fade), product(a, a, fade), product(b, b, fade));
}

/* From coarse samples to those of the block: the best lag near the one that was found. */
static struct splice refine(const struct view *view, struct splice coarse, unsigned most)
{
    const unsigned step = view->per_ms / COARSE;
    struct splice best = {.at = coarse.at * step, .likeness = -1};
    for (unsigned lag = coarse.lag * step - step + 1; lag < (coarse.lag + 1) * step; lag++) {
        if (lag > most || best.at + lag + FADE_MS * view->per_ms > view->length)
            break;
        const float found = fine_likeness(view, best.at, lag);
        if (found > best.likeness) {
            best.likeness = found;
            best.lag = lag;
        }
    }
    return best;
}

static struct splice anywhere(const struct view *view, unsigned most)
{
    const unsigned room = view->length - FADE_MS * view->per_ms - most;
    return (struct splice){
        .at = room / 2, .lag = most, .likeness = fine_likeness(view, room / 2, most)};
}

static struct splice find(const struct view *view, unsigned most)
{
    const unsigned step = view->per_ms / COARSE;
    struct splice best = {.likeness = -1};
    float most_alike = -1; /* of all periods: a voice is one too if its period is too long */
    if (view->peak <= SILENT_PEAK)
        return anywhere(view, most);
    for (unsigned lag = MIN_PERIOD; lag <= MAX_PERIOD; lag++) {
        const struct splice found = best_place(view, lag);
        if (found.likeness > most_alike)
            most_alike = found.likeness;
        if (found.likeness > best.likeness && lag * step <= most)
            best = found;
    }
    if (best.likeness >= alike)
        return refine(view, best, most);
    if (most_alike < unlike && is_steady(view))
        return anywhere(view, most);
    return (struct splice){0};
}

/* Looks at the middle of a block. */
static struct splice look(const int16_t *in, unsigned samples, unsigned rate_hz,
                          unsigned channels, unsigned most)
{
    struct view view;
    assert(rate_hz && rate_hz % (COARSE * 1000) == 0 && rate_hz <= PCM_MAX_RATE_HZ);
    assert(channels == 1 || channels == 2);
    view.per_ms = rate_hz / 1000;
    view.length = samples < VIEW_MS * view.per_ms ? samples : VIEW_MS * view.per_ms;
    view.length -= view.length % view.per_ms;
    if (most > AUDIO_STRETCH_MOST_MS * view.per_ms)
        most = AUDIO_STRETCH_MOST_MS * view.per_ms;
    if (view.length < AUDIO_STRETCH_LEAST_MS * view.per_ms || !most)
        return (struct splice){0};
    const unsigned skipped = (samples - view.length) / 2;
    if (channels == 1)
        memcpy(view.fine, in + skipped, view.length * sizeof(*in));
    else
        fold(in + (size_t)skipped * 2, view.length, view.fine);
    scale(&view);
    make_coarse(&view);
    struct splice found = find(&view, most);
    found.at += skipped;
    return found;
}

/* Fades from `from` to `to`. Where they are alike the factors add up to 1; where they are not,
 * the middle would be up to 3 dB too quiet and is raised by 1 / sqrt(1 - x), as a series. The
 * first value is from's, the last one to's. */
static void fade(const int16_t *restrict from, const int16_t *restrict to,
                 int16_t *restrict out, int32_t samples, unsigned channels, float likeness)
{
    const float step = 1 / (float)(samples - 1);
    const float apart = 2 * (1 - (likeness < 0 ? 0 : likeness));
    const unsigned pair = channels - 1;
    for (int32_t i = 0; i < samples << pair; i++) {
        float t = step * (float)(i >> pair);
        float x = apart * t * (1 - t);
        float lift = 1 + x * (0.5F + x * (0.375F + x * (0.3125F + x * 0.2734F)));
        float y = lift * ((float)from[i] + t * (float)(to[i] - from[i]));
        out[i] = pcm_clip((int32_t)(y + 65536.5F) - 65536); /* a cast rounds only above 0 */
    }
}

unsigned audio_stretch_shorten(const int16_t *in, unsigned samples, unsigned rate_hz,
                               unsigned channels, unsigned most, int16_t *out)
{
    const struct splice splice = look(in, samples, rate_hz, channels, most);
    int16_t bridge[FADE_MS * MAX_PER_MS * 2];
    const unsigned length = splice.lag ? FADE_MS * rate_hz / 1000 : 0;
    const size_t from = splice.at * channels, to = (splice.at + splice.lag) * channels;
    const size_t faded = length * channels, rest = samples * channels - to - faded;
    if (length)
        fade(in + from, in + to, bridge, (int32_t)length, channels, splice.likeness);
    memmove(out + from + faded, in + to + faded, rest * sizeof(*in));
    memmove(out, in, from * sizeof(*in));
    memcpy(out + from, bridge, faded * sizeof(*in));
    return splice.lag;
}
