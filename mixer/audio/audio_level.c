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

static unsigned floor_q4(const struct audio_floor *floor)
{
    return floor->level_q4 ? floor->level_q4 : FLOOR_START * 16;
}

void audio_floor_follow(struct audio_floor *floor, unsigned level)
{
    floor->level_q4 = floor_q4(floor);
    if (level >= AUDIO_LEVEL_SILENCE)
        return;
    const unsigned now = level * 16;
    if (now > floor->level_q4)
        floor->level_q4 += (now - floor->level_q4 + 3) / 4;
    else if (now < floor->level_q4)
        floor->level_q4--;
    if (floor->level_q4 < FLOOR_LOUDEST * 16)
        floor->level_q4 = FLOOR_LOUDEST * 16;
    if (floor->level_q4 > FLOOR_QUIETEST * 16)
        floor->level_q4 = FLOOR_QUIETEST * 16;
}

bool audio_floor_below(const struct audio_floor *floor, unsigned level, unsigned db)
{
    return (level + db) * 16 <= floor_q4(floor);
}

static bool is_loud(const struct audio_talk *talk, unsigned level)
{
    return level <= QUIETEST_TALK && audio_floor_below(&talk->floor, level, ABOVE_FLOOR);
}

bool audio_talk_update(struct audio_talk *talk, unsigned level)
{
    const bool was = talk->talking;
    audio_floor_follow(&talk->floor, level);
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
