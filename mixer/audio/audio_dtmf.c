/* audio_dtmf.c - a look at 20 ms of sound, every 10 ms, at 8 kHz whatever the rate is. */
#include "mixer/audio/audio_dtmf.h"

#include "mixer/base/pcm.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum {
    RATE_HZ = 8000,
    HOP = AUDIO_DTMF_HOP,
    LOOK = 2 * HOP, /* samples; tones 50 Hz apart are told apart in it */
    TICK = RATE_HZ / PCM_TICKS_PER_S,
    TONES = AUDIO_DTMF_TONES,
    LOW = 4, /* the first of the high tones */
    TAPS_PER_FACTOR = AUDIO_DTMF_MAX_TAPS / (PCM_MAX_RATE_HZ / RATE_HZ),
    /* A look hits if nine tenths of it are tone: two in a row need more than 26 ms, and 37 ms
     * are enough wherever they begin. */
    HITS = 2,
    MISSES = 3,
    CLOSE_HZ = 120,
};

enum probe { NOMINAL, FAR_BELOW, BELOW, ABOVE, FAR_ABOVE, PROBES };
static_assert((int)PROBES == AUDIO_DTMF_PROBES, "the header counts them");

static const double tone_hz[TONES] = {697, 770, 852, 941, 1209, 1336, 1477, 1633};
static const char keys[LOW][TONES - LOW + 1] = {"123A", "456B", "789C", "*0#D"};

/* A tone is nearer to its nominal place than to one 4.5 % beside it up to 2.25 % off. */
static const double place[PROBES] = {1, 0.955, 0.985, 1.015, 1.045};

/* Ratios of power. A tone of 0 dBm0 is 3.14 dB below full scale (ITU-T G.711): 2.6e8. */
static const float least_power = 2.6e8F / 6300; /* -38 dBm0                             */
static const float high_over_low = 4.0F;        /*   6 dB                               */
static const float low_over_high = 10.0F;       /*  10 dB                               */
static const float over_others = 4.0F;          /*   6 dB: the other tones of its group */
static const float other_share = 0.01F;         /* -20 dB: any other tone               */
static const float rough_share = 0.3F;          /* of all power, to look closer         */
static const float tones_share = 0.9F;          /* of all power, to be believed         */
static const float held_share = 0.5F;           /* of all power, to be believed still   */

/* Every 100 Hz, from 200 Hz on. */
static double other_hz(unsigned index)
{
    return 200 + 100.0 * index;
}

/* A windowed sinc with its middle at 3.2 kHz: flat up to 1.7 kHz, and what would fold onto the
 * tones, above 6.3 kHz, is 50 dB down. */
static void make_filter(struct audio_dtmf *dtmf)
{
    const double cut = 3200.0 / RATE_HZ / dtmf->factor, middle = (dtmf->taps - 1) / 2.0;
    double tap[AUDIO_DTMF_MAX_TAPS], sum = 0;
    for (unsigned i = 0; i < dtmf->taps; i++) {
        const double t = i - middle, x = 2 * M_PI * cut * t;
        tap[i] = (t == 0 ? 1 : sin(x) / x) * (0.54 + 0.46 * cos(M_PI * t / (middle + 1)));
        sum += tap[i];
    }
    for (unsigned i = 0; i < dtmf->taps; i++)
        dtmf->tap[i] = (int16_t)lround(32767 * tap[i] / sum);
}

void audio_dtmf_init(struct audio_dtmf *dtmf, unsigned rate_hz)
{
    assert(pcm_rate_index(rate_hz) >= 0);
    *dtmf = (struct audio_dtmf){.factor = rate_hz / RATE_HZ, .heard = -1};
    if (dtmf->factor > 1) {
        dtmf->taps = TAPS_PER_FACTOR * dtmf->factor;
        make_filter(dtmf);
    }
    for (unsigned k = 0; k < PROBES; k++)
        for (unsigned tone = 0; tone < TONES; tone++)
            dtmf->probe[k][tone] =
                (float)(2 * cos(2 * M_PI * tone_hz[tone] * place[k] / RATE_HZ));
    for (unsigned i = 0; i < AUDIO_DTMF_OTHERS; i++)
        dtmf->other[i] = (float)(2 * cos(2 * M_PI * other_hz(i) / RATE_HZ));
    for (unsigned i = 0; i < LOOK; i++)
        dtmf->window[i] = (float)(1 - cos(2 * M_PI * (i + 0.5) / LOOK));
}

/* The tick at 8 kHz. The sums fit: the taps' sizes add up to less than 1.5. */
static void decimate(struct audio_dtmf *dtmf, const int16_t *pcm, int16_t *out)
{
    if (dtmf->factor == 1) {
        memcpy(out, pcm, TICK * sizeof(*out));
        return;
    }
    const unsigned samples = TICK * dtmf->factor, taps = dtmf->taps;
    int16_t in[AUDIO_DTMF_MAX_TAPS + PCM_MAX_TICK_SAMPLES];
    memcpy(in, dtmf->past, taps * sizeof(*in));
    memcpy(in + taps, pcm, samples * sizeof(*in));
    memcpy(dtmf->past, in + samples, taps * sizeof(*in));
    for (unsigned i = 0; i < TICK; i++) {
        const int16_t *at = in + i * dtmf->factor;
        int32_t sum = 0;
        for (unsigned k = 0; k < taps; k++)
            sum += at[k] * dtmf->tap[k];
        out[i] = pcm_clip(sum / 32768);
    }
}

/* Goertzel: power[k] of the sine whose 2 cos(w) is probe[k], for eight at a time; two loops of
 * four, so that the compiler keeps each in three registers. */
static void measure(const float *x, const float *probe, float *power)
{
    for (unsigned group = 0; group < TONES; group += LOW) {
        float one[LOW] = {0}, two[LOW] = {0}, now[LOW], c[LOW];
        for (unsigned k = 0; k < LOW; k++)
            c[k] = probe[group + k];
        for (unsigned i = 0; i < LOOK; i++) {
            for (unsigned k = 0; k < LOW; k++) {
                now[k] = c[k] * one[k] + (x[i] - two[k]);
                two[k] = one[k];
                one[k] = now[k];
            }
        }
        for (unsigned k = 0; k < LOW; k++)
            power[group + k] = (one[k] * one[k] + two[k] * two[k] - c[k] * one[k] * two[k]) *
                               2 / (LOOK * LOOK);
    }
}

/* The loudest of four, if it stands out; -1 if it does not. */
static int loudest(const float *power)
{
    unsigned best = 0;
    for (unsigned i = 1; i < LOW; i++)
        best = power[i] > power[best] ? i : best;
    for (unsigned i = 0; i < LOW; i++)
        if (i != best && power[i] * over_others > power[best])
            return -1;
    return (int)best;
}

/* True if the four beside a tone, FAR_BELOW .. FAR_ABOVE, say that it is in its place; then
 * *power is that of the top of a parabola through the middle three: nobody is on the spot. */
static bool is_in_place(const float *beside, float *power)
{
    if (*power <= beside[0] || *power <= beside[3])
        return false;
    const float left = sqrtf(beside[1]), middle = sqrtf(*power), right = sqrtf(beside[2]);
    const float bend = left - 2 * middle + right, slope = right - left;
    if (bend < 0) {
        const float top = middle - slope * slope / (8 * bend);
        *power = top * top;
    }
    return true;
}

static bool are_in_place(const struct audio_dtmf *dtmf, const float *x, unsigned row,
                         unsigned column, float *low, float *high)
{
    float probe[TONES], beside[TONES];
    for (unsigned k = 0; k < 4; k++) {
        probe[k] = dtmf->probe[FAR_BELOW + k][row];
        probe[4 + k] = dtmf->probe[FAR_BELOW + k][LOW + column];
    }
    measure(x, probe, beside);
    return is_in_place(beside, low) && is_in_place(beside + 4, high);
}

/* True if nothing else stands out anywhere. Between a voice's two strongest harmonics there are
 * others; between a key's tones there is at most noise, which is spread. The window (Hann's)
 * keeps the tones themselves out of what is more than 100 Hz beside them. */
static bool are_alone(const struct audio_dtmf *dtmf, const float *x, unsigned row,
                      unsigned column, float both)
{
    float windowed[LOOK], other[TONES];
    for (unsigned i = 0; i < LOOK; i++)
        windowed[i] = x[i] * dtmf->window[i];
    for (unsigned at = 0; at < AUDIO_DTMF_OTHERS; at += TONES) {
        measure(windowed, dtmf->other + at, other);
        for (unsigned k = 0; k < TONES; k++) {
            const double hz = other_hz(at + k);
            if (fabs(hz - tone_hz[row]) > CLOSE_HZ &&
                fabs(hz - tone_hz[LOW + column]) > CLOSE_HZ && other[k] > both * other_share)
                return false;
        }
    }
    return true;
}

/* The key of the two tones if nothing speaks against it; -1 if something does. */
static int judge(const struct audio_dtmf *dtmf, const float *x, const float *power, float all)
{
    const int row = loudest(power), column = loudest(power + LOW);
    if (row < 0 || column < 0)
        return -1;
    const unsigned r = (unsigned)row, c = (unsigned)column;
    float low = power[r], high = power[LOW + c];
    if (low + high < all * rough_share || !are_in_place(dtmf, x, r, c, &low, &high))
        return -1;
    if (fminf(low, high) < least_power || high > low * high_over_low ||
        low > high * low_over_high || low + high < all * tones_share)
        return -1;
    return are_alone(dtmf, x, r, c, low + high) ? row * LOW + column : -1;
}

/* What LOOK samples sound like: a key, or -1. *is_held: the one heard before may be down still.
 */
static int look(const struct audio_dtmf *dtmf, const int16_t *pcm, bool *is_held)
{
    float x[LOOK], power[TONES], mean = 0, all = 0;
    for (unsigned i = 0; i < LOOK; i++)
        mean += (float)pcm[i] / LOOK;
    for (unsigned i = 0; i < LOOK; i++) {
        x[i] = (float)pcm[i] - mean;
        all += x[i] * x[i] / LOOK;
    }
    *is_held = false;
    if (all < least_power)
        return -1;
    measure(x, dtmf->probe[NOMINAL], power);
    if (dtmf->heard >= 0)
        *is_held = power[dtmf->heard / LOW] + power[LOW + dtmf->heard % LOW] > all * held_share;
    return judge(dtmf, x, power, all);
}

/* Goes on by one look. @return true if a press is recognised with it. */
static bool follow(struct audio_dtmf *dtmf, const int16_t *pcm)
{
    bool is_held;
    const int key = look(dtmf, pcm, &is_held);
    if (dtmf->is_pressed) { /* until there is nothing for a while, no other key counts */
        dtmf->misses = key < 0 && !is_held ? dtmf->misses + 1 : 0;
        if (dtmf->misses >= MISSES) {
            dtmf->is_pressed = false;
            dtmf->heard = -1;
        }
        return false;
    }
    dtmf->hits = key < 0 ? 0 : key == dtmf->heard ? dtmf->hits + 1 : 1;
    dtmf->heard = key;
    dtmf->misses = 0;
    return dtmf->is_pressed = dtmf->hits >= HITS;
}

bool audio_dtmf_hear(struct audio_dtmf *dtmf, const int16_t *pcm, unsigned samples, char *digit)
{
    assert(samples == TICK * dtmf->factor);
    int16_t sound[HOP + TICK];
    bool is_new = false;
    memcpy(sound, dtmf->half, sizeof(dtmf->half));
    decimate(dtmf, pcm, sound + HOP);
    memcpy(dtmf->half, sound + TICK, sizeof(dtmf->half));
    for (unsigned at = 0; at < TICK; at += HOP)
        is_new |= follow(dtmf, sound + at);
    if (is_new)
        *digit = keys[dtmf->heard / LOW][dtmf->heard % LOW];
    return is_new;
}
