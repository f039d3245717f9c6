/* audio_level.c - how loud, and whether that is somebody talking. */
#include "mixer/audio/audio_level.h"

#include <math.h>

unsigned audio_level(const int16_t *pcm, unsigned samples)
{
    int64_t sum = 0;
    for (unsigned i = 0; i < samples; i++)
        sum += pcm[i] * pcm[i];
    if (!sum)
        return AUDIO_LEVEL_SILENCE;
    double full = (double)samples * INT16_MAX * INT16_MAX;
    double level = 10 * log10(full / (double)sum);
    return level <= 0 ? 0 : level >= 126 ? 126 : (unsigned)lround(level);
}

/* Levels are -dBov: greater is quieter. A tone of -30 dBFS has 33. Everything louder than
 * FLOOR_LOUDEST - ABOVE_FLOOR = 38 is somebody talking however long it lasts, since the floor
 * never creeps up to it; nothing quieter than QUIETEST_TALK is, however still the line was. */
enum {
    QUIETEST_TALK = 52,
    ABOVE_FLOOR = 10,
    FLOOR_START = 60,
    FLOOR_LOUDEST = 48,
    FLOOR_QUIETEST = 70,
    ON_TICKS = 3,   /*  60 ms */
    OFF_TICKS = 25, /* 500 ms */
};

/* Down by a quarter of the way in a tick, up by 3 dB a second: pauses between words pull the
 * floor down faster than the words push it up. */
static void follow_floor(struct audio_talk *talk, unsigned level)
{
    const unsigned now = level * 16;
    if (!talk->floor_q4)
        talk->floor_q4 = FLOOR_START * 16;
    if (now > talk->floor_q4)
        talk->floor_q4 += (now - talk->floor_q4 + 3) / 4;
    else if (now < talk->floor_q4)
        talk->floor_q4--;
    if (talk->floor_q4 < FLOOR_LOUDEST * 16)
        talk->floor_q4 = FLOOR_LOUDEST * 16;
    if (talk->floor_q4 > FLOOR_QUIETEST * 16)
        talk->floor_q4 = FLOOR_QUIETEST * 16;
}

static bool is_loud(const struct audio_talk *talk, unsigned level)
{
    return level <= QUIETEST_TALK && (level + ABOVE_FLOOR) * 16 <= talk->floor_q4;
}

bool audio_talk_update(struct audio_talk *talk, unsigned level)
{
    const bool was = talk->talking;
    if (level < AUDIO_LEVEL_SILENCE) /* of nothing no floor can be learnt: muted, DTX, a gap */
        follow_floor(talk, level);
    if (is_loud(talk, level)) {
        talk->quiet_ticks = 0;
        if (talk->loud_ticks < ON_TICKS)
            talk->loud_ticks++;
    } else {
        talk->loud_ticks = 0;
        if (talk->quiet_ticks < OFF_TICKS)
            talk->quiet_ticks++;
    }
    if (talk->loud_ticks == ON_TICKS)
        talk->talking = true;
    else if (talk->quiet_ticks == OFF_TICKS)
        talk->talking = false;
    return talk->talking != was;
}
