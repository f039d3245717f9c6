/* audio_speakers.c - a score per leg, and the best few of them in one pass. */
#include "mixer/audio/audio_speakers.h"

#include <stddef.h>

enum {
    ABOVE_FLOOR = 4,  /* dB                                                  */
    ALWAYS_LOUD = 45, /* -dBov                                               */
    HANG_TICKS = AUDIO_SPEAKER_HANG_TICKS,
    HOLD_TICKS = 15,   /* 300 ms; then the bonus is used up after 450 ms      */
    FALL_Q4 = 13,      /* 40 dB a second                                      */
    GAP_TICKS = 10,    /* 200 ms: a longer gap ends the talk                  */
    FLOOR_TICKS = 10,  /* 200 ms of talk, or of being louder, for the floor   */
    SILENT_TICKS = 15, /* 300 ms                                              */
    LOUDER_Q4 = 3 * 16,
};

static bool is_loud(const struct audio_speaker *speaker, unsigned level)
{
    return level <= ALWAYS_LOUD || (level < AUDIO_LEVEL_SILENCE &&
                                    audio_floor_below(&speaker->floor, level, ABOVE_FLOOR));
}

/* Up at once, down slowly and not before the hold is over. */
static void score(struct audio_speaker *speaker, unsigned level)
{
    const unsigned now = (AUDIO_LEVEL_SILENCE - level) * 16;
    if (now >= speaker->score_q4) {
        speaker->score_q4 = (uint16_t)now;
        speaker->hold_ticks = HOLD_TICKS;
    } else if (speaker->hold_ticks) {
        speaker->hold_ticks--;
    } else {
        const unsigned least = speaker->score_q4 > FALL_Q4 ? speaker->score_q4 - FALL_Q4 : 0;
        speaker->score_q4 = (uint16_t)(now > least ? now : least);
    }
}

void audio_speaker_update(struct audio_speaker *speaker, unsigned level)
{
    if (level > AUDIO_LEVEL_SILENCE)
        level = AUDIO_LEVEL_SILENCE;
    const bool loud = is_loud(speaker, level);
    audio_floor_follow(&speaker->floor, level);
    score(speaker, level);
    speaker->candidate = loud || speaker->hang_ticks;
    if (loud) {
        speaker->hang_ticks = HANG_TICKS;
        speaker->talk_ticks = (uint8_t)(speaker->talk_ticks + (speaker->talk_ticks < 255));
    } else if (speaker->hang_ticks) {
        speaker->hang_ticks--;
        if (speaker->hang_ticks == HANG_TICKS - GAP_TICKS)
            speaker->talk_ticks = 0;
    }
    if (!speaker->candidate)
        speaker->wait_ticks = 0;
}

struct rank {
    uint32_t key;
    struct audio_speaker *speaker;
};

/* By score; among equals he who has a place keeps it, then he who has waited longest gets it.
 */
static uint32_t key_of(const struct audio_speaker *speaker, bool had_place)
{
    const uint32_t score = speaker->score_q4 + (had_place ? AUDIO_SPEAKERS_BONUS_DB * 16U : 0);
    return score << 8 | (had_place ? UINT8_MAX : speaker->wait_ticks);
}

/* Keeps the best of all in falling order. @return how many of them there are now. */
static unsigned insert(struct rank *best, unsigned used, unsigned places, struct rank rank)
{
    if (used == places && (!places || rank.key <= best[used - 1].key))
        return used;
    unsigned at = used < places ? used++ : used - 1;
    for (; at && best[at - 1].key < rank.key; at--)
        best[at] = best[at - 1];
    best[at] = rank;
    return used;
}

unsigned audio_speakers_choose(struct audio_speaker *const speakers[], unsigned count,
                               unsigned places)
{
    struct rank best[AUDIO_SPEAKERS_MAX_PLACES];
    unsigned used = 0;
    if (places > AUDIO_SPEAKERS_MAX_PLACES)
        places = AUDIO_SPEAKERS_MAX_PLACES;
    for (unsigned i = 0; i < count; i++) {
        struct audio_speaker *speaker = speakers[i];
        if (!speaker->candidate && !speaker->chosen && !speaker->left)
            continue;
        speaker->left = speaker->chosen; /* until it is found among the best */
        speaker->chosen = speaker->entered = false;
        if (!speaker->candidate)
            continue;
        const struct rank rank = {key_of(speaker, speaker->left), speaker};
        used = insert(best, used, places, rank);
        speaker->wait_ticks = (uint8_t)(speaker->wait_ticks + (speaker->wait_ticks < 254));
    }
    for (unsigned i = 0; i < used; i++) {
        struct audio_speaker *speaker = best[i].speaker;
        speaker->chosen = true;
        speaker->entered = !speaker->left;
        speaker->left = false;
        speaker->wait_ticks = 0;
    }
    return used;
}

static bool is_silent(const struct audio_speaker *speaker)
{
    return !speaker->chosen || speaker->hang_ticks <= HANG_TICKS - SILENT_TICKS;
}

/* The loudest of all others who may have the floor; NULL if there is none. */
static const struct audio_speaker *loudest_other(const struct audio_speaker *present,
                                                 struct audio_speaker *const speakers[],
                                                 unsigned count)
{
    const struct audio_speaker *best = NULL;
    for (unsigned i = 0; i < count; i++) {
        const struct audio_speaker *speaker = speakers[i];
        if (!speaker->chosen || speaker->talk_ticks < FLOOR_TICKS || speaker == present ||
            is_silent(speaker))
            continue;
        if (!best || speaker->score_q4 > best->score_q4)
            best = speaker;
    }
    return best;
}

static const struct audio_speaker *give_floor(struct audio_dominant *dominant,
                                              const struct audio_speaker *speaker)
{
    *dominant = (struct audio_dominant){.speaker = speaker};
    return speaker;
}

const struct audio_speaker *audio_dominant_update(struct audio_dominant *dominant,
                                                  struct audio_speaker *const speakers[],
                                                  unsigned count)
{
    const struct audio_speaker *present = dominant->speaker;
    const struct audio_speaker *other = loudest_other(present, speakers, count);
    if (other && (!present || is_silent(present)))
        return give_floor(dominant, other);
    if (!other || other->score_q4 < present->score_q4 + LOUDER_Q4) {
        dominant->rival = NULL;
        return NULL;
    }
    dominant->rival_ticks = other == dominant->rival ? dominant->rival_ticks + 1 : 1;
    dominant->rival = other;
    return dominant->rival_ticks >= FLOOR_TICKS ? give_floor(dominant, other) : NULL;
}

void audio_dominant_forget(struct audio_dominant *dominant, const struct audio_speaker *speaker)
{
    if (dominant->speaker == speaker)
        dominant->speaker = NULL;
    if (dominant->rival == speaker)
        dominant->rival = NULL;
}
