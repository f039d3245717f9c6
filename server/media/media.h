/*
 * media.h - the engine: workers that tick every 20 ms, the rooms' mixes on them, the legs in
 * those.
 *
 *   media_create(&config, loop, &events, context, &media);
 *   media_room_create(media, &settings, &room);          no timer without legs
 *   media_join(room, leg, &plan, &mix);                  the media half goes away
 *   media_replan(leg, &plan);  media_set_mix(leg, &mix); while it is away
 *   media_play(room, leg, &sound, owner, &play);         ...  events.on_played(play)
 *   media_record(room, recorder);  media_record_end(room);
 *   media_leave(leg);  ...  events.on_left(leg)          it is home again: leg_destroy(leg)
 *   media_room_destroy(room);                            once every leg has left
 *
 * Thread   control: every function and every event. Workers are inside.
 * Errors   0 or a negative errno; on error nothing moved.
 */
#ifndef SERVER_MEDIA_MEDIA_H
#define SERVER_MEDIA_MEDIA_H

#include "mixer/audio/audio_tone.h"
#include "mixer/file/clip.h"
#include "mixer/file/stream.h"
#include "server/leg/leg.h"
#include "server/loop/loop.h"

#include <stdbool.h>
#include <stdint.h>

struct media;
struct media_room;
struct media_play;
struct recorder;

enum { MEDIA_MAX_CLIPS = 16, MEDIA_MAX_LOUDEST = 32 };

/** What the workers tell. Called on control, from the loop. */
struct media_events {
    /** @p leg is home: it may be destroyed, or join another room. */
    void (*on_left)(void *context, struct leg *leg);
    /** A digit was heard: '0'..'9' '*' '#' 'A'..'D'; once per press; as a telephone-event, or
     *  (@p in_band) as a tone in the voice. */
    void (*on_digit)(void *context, struct leg *leg, char digit, bool in_band);
    /** The leg began or ended to talk (voice activity with hysteresis; muted legs never talk).
     */
    void (*on_talking)(void *context, struct leg *leg, bool talking);
    /** No media for the configured time though the plan says it should send: once. */
    void (*on_no_media)(void *context, struct leg *leg);
    /** Another leg of the room is the one who talks now (with hysteresis). */
    void (*on_speaker)(void *context, struct leg *leg);
    /** A sound is over: played to its end, stopped, or its leg or room went away. @p play is
     *  freed when this returns. */
    void (*on_played)(void *context, struct media_play *play);
};

struct handshake_service;

struct media_config {
    unsigned workers;    /* 0: one per core                                            */
    unsigned room_share; /* legs of a room on one worker, before another worker takes
                            some; 0: a room stays on one                               */
    struct handshake_service *handshakes; /* borrowed; workers 0.. put to it; NULL: none */
};

struct media_room_settings {
    bool noise_when_alone; /* comfort noise instead of silence                          */
    unsigned loudest;      /* voices heard at once: the loudest, 1..MEDIA_MAX_LOUDEST   */
};

/** A sound to be played: clips one after the other, or a stream. */
struct media_sound {
    struct clip *clips[MEDIA_MAX_CLIPS]; /* a reference to each is taken               */
    unsigned clip_count;
    struct stream *stream; /* moved: closed when it is over. NULL: clips   */
    bool loop;             /* of clips; a stream loops by itself           */
    audio_gain gain;
    bool over_mix; /* to a leg: beside what it hears anyway; false: instead */
};

/** Counters of the whole engine: for /metrics and the bench. */
struct media_stats {
    uint64_t ticks, ticks_late; /* late: begun more than one tick after its time; skipped */
    uint64_t
        lateness_ns[8]; /* ticks begun at most 0.1, 0.25, 0.5, 1, 2, 5, 20 ms late, or more */
    uint64_t lateness_sum_ns;
    uint64_t packets_received, packets_sent, packets_malformed, packets_unauthentic;
    uint64_t encodes, decodes; /* calls of codecs: what sharing and choosing save */
    uint64_t busy_ns;          /* in ticks, of all workers                        */
    uint64_t events_dropped;
    unsigned workers, rooms, legs;
};

int media_create(const struct media_config *config, struct loop *loop,
                 const struct media_events *events, void *context, struct media **media);

/** Stops the workers. Every leg must have left. NULL is allowed. */
void media_destroy(struct media *media);

int media_room_create(struct media *media, const struct media_room_settings *settings,
                      struct media_room **room);
void media_room_change(struct media_room *room, const struct media_room_settings *settings);
/** Every leg must have left (on_left called), and no recording go on. NULL is allowed. */
void media_room_destroy(struct media_room *room);

/** Sends the leg into the mix. -EBUSY: it is away already; -ENOMEM; -EINVAL: a codec will not
 * open. */
int media_join(struct media_room *room, struct leg *leg, const struct leg_plan *plan,
               const struct leg_mix *mix);

/** Asks for the leg back; on_left follows. Allowed once per join. */
void media_leave(struct leg *leg);

/** Replaces the plan of a leg that is away. */
int media_replan(struct leg *leg, const struct leg_plan *plan);

/** Changes how it stands in the mix. */
int media_set_mix(struct leg *leg, const struct leg_mix *mix);

/** Sends one digit as telephone-event. -ENOTSUP: none was negotiated; -EINVAL: no digit. */
int media_send_digit(struct leg *leg, char digit, unsigned duration_ms);
/** The same as its tones, in place of what the leg hears. -ENOTSUP: it hears nothing. */
int media_sound_digit(struct leg *leg, char digit, unsigned duration_ms);

/** Plays a tone to all in the room. Dropped if the room has no legs. */
void media_play_tone(struct media_room *room, enum audio_tone_kind kind);

/**
 * Plays to one leg of the room (@p leg), or to all in it (NULL). A leg that plays something
 * already gets the new sound instead; a room plays what it is given side by side.
 *
 * @return 0 and *play, valid until on_played(); -ENOTCONN: the leg is not in a mix, or the room
 *         has no legs; -EINVAL: no clip and no stream; -ENOMEM. On error the stream is the
 *         caller's.
 */
int media_play(struct media_room *room, struct leg *leg, const struct media_sound *sound,
               void *owner, struct media_play **play);
void *media_play_owner(const struct media_play *play);
void media_play_pause(struct media_play *play, bool paused);
/** From the begin of the first clip, or of the stream. */
void media_play_seek(struct media_play *play, unsigned ms);
/** Where it is [ms], as of the last tick. */
unsigned media_play_position_ms(const struct media_play *play);
/** Ends it: on_played() follows. Allowed once; not after on_played(). */
void media_play_stop(struct media_play *play);

/** Has all that is said to the room's main circle recorded, and what is played to all
 * (RECORDER_SOUND is lent).
 *  @return 0; -EBUSY: it is recorded already; -ENOTCONN: the room has no legs. */
int media_record(struct media_room *room, struct recorder *recorder);
/** Ends that: the recorder is returned soon. Nothing if it is not recorded. */
void media_record_end(struct media_room *room);

void media_stats_read(const struct media *media, struct media_stats *stats);

#endif
