/* audio_agc.c - the mean of the speech says where the gain should be; the rest is patience. */
#include "mixer/audio/audio_agc.h"

#include "mixer/base/pcm.h"

#include <math.h>

enum {
    ABOVE_FLOOR = 10,     /* dB: quieter ticks are no speech                              */
    BELOW_SPEECH = 16,    /* dB: nor are these; ITU-T P.56 has 15.9 dB for the same thing */
    DIP = 8,              /* dB below the mean: a gap between syllables                   */
    LIVELY_TICKS = 35,    /* 700 ms after a dip the gain may rise                         */
    MEAN_TICKS = 250,     /* 5 s of speech                                                */
    FAINT_TICKS = 100,    /* 2 s of talk, all of it too faint to count: another speaker   */
    QUIET_FLOOR = 70,     /* -dBov: of a line that sends nothing in pauses                */
    LOUDEST_NOISE = 45,   /* -dBov: no floor is raised above that                         */
    LIMIT_RAMP_PARTS = 10 /* of a tick: 2 ms                                              */
};

/* Above the knee an amplified sample is bent so that full scale comes out as full scale. */
static const float knee = 24576, room = INT16_MAX - 24576;

static float power_of(unsigned level)
{
    return powf(10, -(float)level / 10);
}

static float level_of(float power)
{
    return -10 * log10f(power);
}

static float factor_of(float db)
{
    return db == 0 ? 1 : powf(10, db / 20);
}

/* Speech dips again and again, and rises from the dip; what does neither is noise, or a tone.
 */
static bool is_lively(struct audio_agc *agc, unsigned level)
{
    const bool dips = agc->speech_ticks && (float)level >= level_of(agc->power) + DIP;
    if (dips)
        agc->lively_ticks = LIVELY_TICKS;
    else if (agc->lively_ticks)
        agc->lively_ticks--;
    return !dips && agc->lively_ticks;
}

/* Takes a tick into the mean if it is speech. @return true if it is. */
static bool learn(struct audio_agc *agc, unsigned level)
{
    if (!audio_floor_below(&agc->floor, level, ABOVE_FLOOR))
        return false;
    if (agc->speech_ticks && (float)level > level_of(agc->power) + BELOW_SPEECH) {
        if (++agc->faint_ticks >= FAINT_TICKS)
            agc->speech_ticks = agc->faint_ticks = 0;
        return false;
    }
    agc->faint_ticks = 0;
    if (agc->speech_ticks < MEAN_TICKS)
        agc->speech_ticks++;
    agc->power += (power_of(level) - agc->power) / (float)agc->speech_ticks;
    return true;
}

static float clamp(float x, float least, float most)
{
    return x < least ? least : x > most ? most : x;
}

static void move(struct audio_agc *agc, bool may_rise)
{
    const float rise = may_rise ? (float)AUDIO_AGC_RISE_DB_PER_S / PCM_TICKS_PER_S : 0;
    const float fall = (float)AUDIO_AGC_FALL_DB_PER_S / PCM_TICKS_PER_S;
    const float most = (float)agc->floor.level_q4 / 16 - LOUDEST_NOISE;
    const float want = clamp(level_of(agc->power) - AUDIO_AGC_TARGET, AUDIO_AGC_MIN_DB,
                             clamp(most, 0, AUDIO_AGC_MAX_DB));
    agc->gain_db += clamp(want - agc->gain_db, -fall, rise);
}

/* Continuous in both arguments, with the slope of 1 at the knee, never above INT16_MAX. */
static float bend(float loud, float gain)
{
    if (loud <= knee || gain <= 1)
        return loud;
    const float over = loud - knee;
    const float most = gain * (INT16_MAX + 1) - knee; /* the most that `over` can be */
    return knee + over * room / (room + over * (1 - room / most));
}

/* Half away from zero; lrintf() would keep the compiler from doing four at once. */
static int32_t rounded(float x)
{
    return (int32_t)(x + (x < 0 ? -0.5F : 0.5F));
}

static void amplify(int16_t *pcm, unsigned samples, float gain, float step)
{
    for (unsigned i = 0; i < samples; i++)
        pcm[i] = (int16_t)rounded((gain + step * (float)(i + 1)) * pcm[i]);
}

/* The same where some of it is above the knee. */
static void amplify_bent(int16_t *pcm, unsigned samples, float gain, float step)
{
    for (unsigned i = 0; i < samples; i++) {
        const float now = gain + step * (float)(i + 1), x = now * pcm[i];
        pcm[i] = pcm_clip(rounded(copysignf(bend(fabsf(x), now), x)));
    }
}

static int32_t peak_of(const int16_t *pcm, unsigned samples)
{
    int32_t peak = 0;
    for (unsigned i = 0; i < samples; i++) {
        const int32_t size = pcm[i] < 0 ? -pcm[i] : pcm[i];
        peak = size > peak ? size : peak;
    }
    return peak;
}

void audio_agc_run(struct audio_agc *agc, int16_t *pcm, unsigned samples, bool talking,
                   unsigned level)
{
    const float from = factor_of(agc->gain_db);
    audio_floor_follow(&agc->floor, level < AUDIO_LEVEL_SILENCE ? level : QUIET_FLOOR);
    const bool lively = is_lively(agc, level);
    if (talking && learn(agc, level))
        move(agc, lively);
    float to = factor_of(agc->gain_db);
    if (from == 1 && to == 1)
        return;
    unsigned ramp = samples;
    const float peak = (float)peak_of(pcm, samples), most = fmaxf(from, to);
    if (peak * most > INT16_MAX && most > 1) {
        to = fminf(to, fmaxf(1, INT16_MAX / peak));
        agc->gain_db = 20 * log10f(to);
        ramp = samples / LIMIT_RAMP_PARTS;
    }
    const float step = ramp ? (to - from) / (float)ramp : 0;
    if (peak * most < knee) {
        amplify(pcm, ramp, from, step);
        return;
    }
    amplify_bent(pcm, ramp, from, step);
    amplify_bent(pcm + ramp, samples - ramp, to, 0);
}
