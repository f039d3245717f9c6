/*
 * media_play.h - the worker's side of a sound that is played to a room or a leg (media.h).
 *
 * Thread   create, reach, destroy: control. The rest: the media worker of its room.
 * Owner    born on control by media_play(), goes to the worker with COMMAND_PLAY, comes home
 *          with EVENT_PLAYED; freed when the worker has also answered COMMAND_FORGET, behind
 *          which no older command can still name it.
 */
#ifndef SERVER_MEDIA_MEDIA_PLAY_H
#define SERVER_MEDIA_MEDIA_PLAY_H

#include "mixer/audio/audio_resample.h"
#include "mixer/base/pcm.h"
#include "server/leg/leg_counters.h"
#include "server/media/media.h"

struct media_part;
struct media_worker;

struct media_play {
    struct { /* control only */
        struct media_worker *at;
        struct media_part *part; /* while it is not over */
        struct leg *leg;         /* NULL: the room       */
        void *owner;
        bool is_over, is_stopping;
        struct media_play *next; /* of the engine's */
    } control;

    struct media_sound sound; /* clips, stream: owned; constant while it is away */
    leg_counter position_ms;  /* worker writes, control reads */
    struct {                  /* worker only, while it is away */
        bool paused;
        unsigned clip;  /* that is played now       */
        size_t at;      /* [samples] in it          */
        uint64_t taken; /* [samples of 48 kHz] of all clips */
        unsigned rate;  /* rate index of `source`   */
        bool is_silent; /* nothing in this tick     */
        int16_t source[PCM_MAX_TICK_SAMPLES];
        struct media_play *next; /* of the room's */
    } rt;
    struct audio_resample *path[PCM_RATES][PCM_RATES]; /* [from][to], as the clips and those who
                                                          hear it need; control adds, and the
                                                          worker learns of it by a command */
};

enum { MEDIA_PLAY_ALL_RATES = (1 << PCM_RATES) - 1 };

/** Takes references to the clips, and the stream. It is heard at @p rates, a bit per rate
 * index. NULL: no memory. */
struct media_play *media_play_create(const struct media_sound *sound, unsigned rates,
                                     void *owner);
/** Control, before the worker learns that it is also heard at @p rates. @return 0 or -ENOMEM.
 */
int media_play_reach(struct media_play *play, unsigned rates);
/** Lets go of clips and stream. NULL is allowed. */
void media_play_destroy(struct media_play *play);

/** Goes on by a tick. @return false: it is over, there is none. */
bool media_play_advance(struct media_play *play);

/** Writes this tick at @p bus, whose rate it reaches: pcm_bus_values(bus) values. */
void media_play_frame(struct media_play *play, unsigned bus, int16_t *out);

/** From @p ms after the begin of the first clip, or of the stream. */
void media_play_go_to(struct media_play *play, unsigned ms);

#endif
