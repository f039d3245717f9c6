/* audio_key.c - two sines, with soft ends. */
#include "mixer/audio/audio_key.h"

#include "mixer/base/pcm.h"

#include <errno.h>
#include <math.h>
#include <string.h>

enum { SILENT_TICKS = 2 };

static const char digits[] = "123A456B789C*0#D"; /* rows of four */
static const double low_hz[] = {697, 770, 852, 941};
static const double high_hz[] = {1209, 1336, 1477, 1633};

/* A tone of 0 dBm0 is 3.14 dB below full scale (ITU-T G.711), so its peak 22830. */
static const double low_peak = 7220;  /* -10 dBm0 */
static const double high_peak = 9090; /*  -8 dBm0 */
static const double soft_s = 0.002;   /* against clicks */

int audio_key_press(struct audio_key *key, char digit, unsigned duration_ms)
{
    if (!digit || !strchr(digits, digit))
        return -EINVAL;
    if (audio_key_active(key))
        return -EBUSY;
    *key = (struct audio_key){.digit = digit, .ticks = duration_ms / PCM_TICK_MS};
    if (!key->ticks)
        key->ticks = 1;
    return 0;
}

bool audio_key_active(const struct audio_key *key)
{
    return key->digit != '\0';
}

/* From 0 to 1 at the begin, and back at the end. */
static double loudness(double from_begin_s, double to_end_s)
{
    const double nearest_s = fmin(from_begin_s, to_end_s);
    return nearest_s >= soft_s ? 1 : nearest_s / soft_s;
}

void audio_key_render(const struct audio_key *key, unsigned rate_hz, int16_t *out)
{
    const unsigned samples = rate_hz / PCM_TICKS_PER_S;
    memset(out, 0, samples * sizeof(*out));
    if (!audio_key_active(key) || key->at_tick >= key->ticks)
        return;
    const unsigned place = (unsigned)(strchr(digits, key->digit) - digits);
    const double low = 2 * M_PI * low_hz[place / 4], high = 2 * M_PI * high_hz[place % 4];
    const double end_s = (double)key->ticks / PCM_TICKS_PER_S;
    for (unsigned i = 0; i < samples; i++) {
        const double t = (double)key->at_tick / PCM_TICKS_PER_S + (double)i / rate_hz;
        out[i] = (int16_t)lround(loudness(t, end_s - t) *
                                 (low_peak * sin(low * t) + high_peak * sin(high * t)));
    }
}

void audio_key_advance(struct audio_key *key)
{
    if (audio_key_active(key) && ++key->at_tick >= key->ticks + SILENT_TICKS)
        *key = (struct audio_key){.digit = '\0'};
}
