/*
 * room_internal.h - what the files of server/room share. Nobody else includes it.
 *
 * Who ends what: only room_sweep.c frees rooms, participants and media rooms, and it
 * runs from the loop, never inside a call into rooms. So every pointer that an event, a
 * listener or a hang_up() sees stays valid until the next turn of the loop, whatever they do in
 * between.
 *
 * Thread   control.
 */
#ifndef SERVER_ROOM_ROOM_INTERNAL_H
#define SERVER_ROOM_ROOM_INTERNAL_H

#include "server/room/pin_desk.h"
#include "server/room/pin_entry.h"
#include "server/room/pin_guard.h"
#include "server/room/room_files.h"
#include "server/room/room_list.h"
#include "server/room/room_offers.h"
#include "server/room/room_play.h"
#include "server/room/room_policy.h"
#include "server/room/room_presentation.h"
#include "server/room/room_recordings.h"

#include "mixer/base/mailbox.h"
#include "mixer/base/name_index.h"
#include "mixer/file/prompts.h"
#include "server/file/file_desk.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

/* ---- room_event.c: listeners, and events in the order in which things happened ---- */

struct room_events {
    struct room_listener *first; /* in the order they came                                */
    unsigned held;               /* above 0: events wait                                  */
    struct room_event *waiting;  /* [size], the oldest at `next`                          */
    size_t next, count, size;
};

void room_events_finish(struct room_events *events);
void room_events_listen(struct room_events *events, struct room_listener *listener);
void room_events_unlisten(struct room_events *events, struct room_listener *listener);

/** Tells all listeners now; or, if events are held or one is being told, after those. */
void room_events_raise(struct room_events *events, const struct room_event *event);

/** Between the two, what is raised waits: a change of several events is told as a whole. */
void room_events_hold(struct room_events *events);
void room_events_release(struct room_events *events);

/* ---- room_number.c: rooms by their number ---- */

/** No other room has it, or it is "". */
bool room_number_is_free(const struct room *room, const char *number);
/** By its settings; of no effect if it has none. */
void room_number_insert(struct room *room);
/** Before its number changes, or it is forgotten. */
void room_number_remove(struct room *room);

struct recorder;

/* ---- what a sound that is played belongs to: media_play_owner() ---- */

struct play_owner {
    void (*on_played)(struct play_owner *owner, struct media_play *media);
};

/* ---- the nouns ---- */

struct room {
    struct room_list *list;
    struct participant *first, *last; /* in the order they came; none is ENDED */
    unsigned participants;         /* in that list                                          */
    unsigned present;              /* of them, CONNECTED: in the mix                        */
    unsigned waiting;              /* of them, in the lobby                                 */
    unsigned legs;                 /* in media_room, until on_left                          */
    struct media_room *media_room; /* NULL: nobody is connected                             */
    unsigned filmed;               /* legs in video_room, until on_left                     */
    struct video_room *video_room; /* NULL: nobody has video                                */
    int64_t created_ns;
    bool persistent;
    bool is_reception; /* room_list_reception()'s */
    bool deleted;      /* not in the index any more; legs may be on their way home */
    bool is_suspect;
    struct room *next_suspect;
    struct participant *speaker;  /* who talks now, as of the mix; NULL: nobody did yet    */
    struct room_circles *circles; /* NULL: nobody has named one                            */
    struct room_play *plays;      /* in the order they began; none is ENDED                */
    struct room_play *music;      /* of those, what who is alone hears                     */
    int64_t began_ns;          /* wall: the first of those who are in came; 0: nobody is in */
    struct loop_timer clock;   /* until it has to end, if it has to                      */
    struct loop_timer opening; /* until it opens, if it calls somebody then              */
    int64_t opening_ns;        /* what it runs for                                       */
    bool has_begun;            /* and has called them, since all had left                */
    bool is_warned, is_ending; /* all were told that it ends soon, that it has ended     */
    struct room_bans bans;
    bool music_is_over;      /* not begun again until somebody comes or goes          */
    struct room_file *files; /* in the order they came, those that are coming, too     */
    unsigned file_count, files_revision;
    struct room_presentation *presentation; /* NULL: none */
    struct room_offer *offers;              /* in the order they were made */
    uint64_t file_bytes; /* of them, with what is reserved                         */
    struct room_recording *recording; /* that is being made; NULL: none                     */
    bool is_film_recorded;            /* its pictures, too */
    unsigned finishing;               /* of its recordings, threads that are not over       */
    bool is_unrecordable;         /* it could not be: not tried again until it was empty    */
    struct pin_bucket wrong_pins; /* how many may still be tried                           */
    struct chat chat;
    bool has_chat;    /* what the store has of it was read */
    unsigned typists; /* participants with info.typing     */
    struct room_settings settings;
    char name[ROOM_NAME_BYTES];
};

/** One picture of a participant. */
struct participant_film {
    struct video_leg *leg;   /* NULL: not opened                                     */
    struct video_plan *plan; /* owned: the newest; NULL, or no codecs: none          */
    struct room *in;         /* whose video room has its leg; NULL: at home          */
    bool leaves;             /* it is called home from there                         */
};

struct participant {
    struct participant_info info;
    struct room *room; /* where it belongs                                             */
    char source[ADDRESS_BLOCK_TEXT_BYTES]; /* its IP address; "": not known           */
    struct room *mixed_in; /* whose mix has its leg (MOVING: the old room); NULL: at home   */
    struct participant *previous, *next; /* in room->first...                         */
    struct participant *next_dead;       /* in sweep.dead                             */
    bool has_pin;                      /* it has entered it                                  */
    bool is_by_trunk;                  /* its address is that of a gateway                   */
    bool is_known;                     /* it has shown who it is: room_admission             */
    bool is_invited;                   /* who runs the rooms has moved it here, or let it in */
    bool is_announced_moderator;       /* by its PIN: it is told so when it comes in       */
    bool is_early;                     /* its call is not answered, and may have media     */
    bool listens_early;                /* the same, in the mix of its room                 */
    bool is_leaving;                   /* its leg, heard before the answer, is called home */
    enum room_refusal refusal;         /* that it has come to hear; ROOM_ADMITTED: none    */
    const struct prompts *prompts;     /* borrowed: in which it hears it; NULL: the room's */
    const struct prompts *own_prompts; /* borrowed: in which it is spoken to, before those of
                                          any room; NULL: none */
    unsigned group;                    /* of dial-outs of which one may answer; 0: none */
    const struct participant_link *link; /* from before its first event              */
    void *call;
    struct leg *leg;
    struct digit_filter digits;
    struct menu_reader menu;
    unsigned help_at;       /* the entry of the menu that is explained next                 */
    struct saying *saying;  /* a prompt that it hears                                       */
    struct room_play *play; /* what is played to it alone, but prompts                      */
    struct room_door_place *at_door; /* before it comes in, until the leg is home */
    int64_t since_ns; /* monotonic: came, or joined the mix                           */
    struct leg_plan *next_plan; /* owned: one that came while MOVING; or NULL               */
    struct participant_film film[VIDEO_STREAMS];
    bool presents_by_slides;       /* since its slides have come, and as long as they do    */
    bool slides_are_refused;       /* it was said not to present, until they end            */
    struct video_member *seat;     /* in its room's pictures without video; or NULL       */
    uint64_t joined;               /* rising: the order of those who are in               */
    struct attributes *attributes; /* owned; NULL: none                                   */
    char *avatar;                  /* owned: a file of ours, removed with it; or NULL     */
    struct chat_rate chat_rate;
    struct loop_timer typing_timer; /* runs while info.typing */
};

/* The longest that a prompt may keep a caller from a time-out, whoever has recorded it. */
enum { ROOM_PROMPT_MS = 30000 };

/* Where somebody stands who has still to enter a PIN, or to be let in: a mix of his own. */
/** What somebody at the door is asked for, and what comes of it. */
struct door_question {
    struct pin_entry_rules (*rules_of)(const struct room *room);
    void (*on_whole)(struct participant *participant); /* entry.digits are to be judged */
    void (*on_too_many_keys)(struct participant *participant);
    enum participant_reason late; /* who keys nothing is sent away with: */
    enum prompt late_prompt;
};

struct room_door_place {
    struct media_room *media_room;
    struct participant *participant;
    const struct door_question *question; /* that its digits answer; NULL: none yet */
    struct pin_entry entry;
    struct pin_job *judging; /* its digits, on the desk; NULL: none are */
    struct loop_timer timer; /* when the entry, the wait, or a farewell has lasted too long  */
    bool waits;              /* in the lobby: it counts in room->waiting               */
    bool says_farewell;      /* no digit counts any more                                     */
    enum participant_reason farewell;
    char detail[64];
    struct room_door_place *next_dead;
};

struct room_play {
    struct play_owner owner; /* first: see room_play.c */
    struct room_list *list;
    struct room *room;        /* as long as it has not ENDED             */
    struct room_play *next;   /* in room->plays, or sweep.plays     */
    struct media_play *media; /* NULL: not yet, or the engine has let go */
    struct stream *stream;    /* media's; NULL: clips                    */
    struct room_movie *movie; /* NULL: no film, or all hear and none see */
    unsigned length_ms;       /* of clips                                */
    unsigned start_ms;        /* what was asked for while it was fetched */
    bool starts_paused;
    bool is_film; /* it is to be seen, too */
    struct room_play_info info;
};

struct room_file {
    struct room_file_info info;
    struct room_list *list;
    struct room *room;      /* as long as it is in its list; NULL: a parcel   */
    struct room_file *next; /* in room->files, files.parcels, sweep.files */
    uint64_t charged;       /* of its room's and the server's quota           */
    bool is_announced;
    bool is_lent;        /* to who writes it, or to the desk               */
    int64_t used_ns;     /* COMING: when it was last lent (monotonic)      */
    struct file_job job; /* the desk's look; its hash is owned             */
    room_file_on_checked *on_checked;
    void *waiting;
};

struct room_offer {
    struct room_offer_info info;
    struct room *room;
    struct room_file *file;  /* NULL: it is over */
    struct participant *to;  /* the same */
    struct room_offer *next; /* in room->offers, sweep.offers */
};

struct room_recording {
    struct room_recording_info info;
    struct room_list *list;
    char room_name[ROOM_NAME_BYTES];
    struct room *room;           /* while it has a recorder                             */
    struct recorder *recorder;   /* owned; NULL: it is over, or of an earlier process   */
    bool is_unwanted;            /* removed as soon as nobody writes it any more        */
    struct file_facts facts;     /* written by its thread or the mender before its last word */
    uint64_t mended_ms;          /* as above: its length */
    bool has_no_end;             /* it has to be mended, also later */
    struct room_recording *next; /* in list->recordings, or sweep.recordings */
};

/* What is common to all recordings. */
struct room_recordings {
    const struct room_recordings_config *config; /* NULL: there are none */
    char *directory;
    struct room_recording *first; /* the oldest first */
    struct mailbox *reports;      /* of their threads */
    struct loop_watch *watch;
    struct loop_timer timer;
    uint64_t dropped_ticks, failed; /* of those that are over */
    pthread_t mender;
    bool has_mender;
    atomic_bool is_closing;         /* as stop_fd: nothing more is mended, or hashed */
    int stop_fd;                    /* readable: so                                  */
    struct room_recording **broken; /* [broken_count]: what it mends */
    size_t broken_count;
};

struct room_presentation {
    struct file_job job; /* first: see room_presentation.c */
    struct room_list *list;
    struct room *room;  /* NULL: it has ended, and only a job is still away         */
    char *path;         /* of the file                                              */
    char *picture;      /* what is shown; NULL: nothing yet                         */
    char *next_picture; /* what is being drawn                                      */
    bool is_drawn;      /* pictures are made of it, and removed after use           */
    bool is_drawing;
    unsigned shown_page;
    struct video_member *seat; /* NULL: nobody could see it */
    struct room_presentation_info info;
};

enum { ROOM_FILES_LOOK_MS = 60000 }; /* for files that have expired, at least so often */

/* What is common to the files of all rooms. */
struct room_files {
    const struct room_files_config *config; /* NULL: there are none */
    char *directory;
    struct file_desk *desk;
    struct room_file *parcels; /* in the order they came, as room->files */
    uint64_t bytes;            /* with what is reserved */
    struct loop_timer expiry;
    int64_t due_ns; /* wall; 0: the timer does not run */
};

/* What is over, until the loop comes round (room_sweep.c). */
struct room_sweep {
    struct loop_timer timer;
    struct room *suspects;    /* may have become empty */
    struct participant *dead; /* these are freed, and all that follows */
    struct room_play *plays;
    struct room_file *files;
    struct room_offer *offers;
    struct room_recording *recordings;
    struct room_door_place *places;
    struct chat_message *messages;
};

struct room_list {
    struct room_list_config config;
    struct media *media;
    struct video *video;     /* NULL: this server has no video */
    struct name_index rooms; /* by name */
    struct room_events events;
    struct name_index templates;
    const struct room_dialer *dialer;
    unsigned participants; /* of all rooms                                                 */
    unsigned living;       /* those, and the ended ones whose leg is not yet home           */
    uint64_t joins;        /* so far */
    unsigned groups;       /* so far */
    bool draining;
    struct room_sweep sweep;
    struct room_files files;
    struct room_recordings recordings;
    struct pin_guard pin_guard;
    struct pin_desk *pin_desk;
    struct movies *movies;           /* of all films that are played    */
    struct name_index numbers;       /* rooms that have a number, by it */
    struct pin_bucket wrong_numbers; /* of the menu: how many may still be tried */
    struct clip *hold_tone; /* for the lobby without music; NULL: memory was out       */
};

/* ---- room.c ---- */

/** What the door says now. @p waits: it goes to the lobby. */
enum room_refusal room_ask(const struct room *room, enum room_door door, bool waits);
/** It has answered: the others of its group are not called any more. */
void room_group_answered(struct participant *participant);
void room_link(struct room *room, struct participant *participant);
void room_unlink(struct participant *participant);
void room_raise(struct room *room, enum room_event_kind kind, struct participant *participant);

/** @p participant is the one who talks now (NULL: nobody); told if it is another. */
void room_set_speaker(struct room *room, struct participant *participant);
/** It cannot be the one who talks any more. */
void room_speaker_gone(struct participant *participant);

/* ---- room_ban.c ---- */

/** Writes all its bans: it has become one that stays. */
int room_bans_save(const struct room *room);
/** A row of the store. */
void room_ban_load(struct room *room, const struct store_ban *row);

/* ---- room_template.c ---- */

void room_templates_init(struct room_list *list);
int room_templates_load(struct room_list *list);
void room_templates_finish(struct room_list *list);

/* ---- room_clock.c: when it has to end ---- */

/** Who is in, or its settings, have changed. */
void room_clock_update(struct room *room);
/** The first has come in. */
void room_clock_began(struct room *room);

/* ---- room_dial_list.c: whom it calls when its conference begins ---- */

/** A moderator has come in, or become one. */
void room_dial_list_came_in(const struct participant *participant);
/** Its settings have changed, or it was made. */
void room_dial_list_update(struct room *room);

/* ---- room_settings.c ---- */

bool room_settings_equal(const struct room_settings *one, const struct room_settings *other);
/** True if every number, PIN and name is in its range. */
bool room_settings_are_valid(const struct room_settings *settings);
struct media_room_settings room_settings_to_media(const struct room_settings *settings);
/** Writes the room's row, if there is a store. */
int room_settings_save(const struct room *room, const struct room_settings *settings);
int room_settings_save_template(const struct room_list *list, const char *name,
                                const struct room_settings *settings);
/** Over @p settings, which are the defaults. 0 or -ENOMEM. */
int room_settings_from_row(const struct store_room *row, struct room_settings *settings);

/* ---- room_sweep.c: what is over, and ends when nobody stands on it ---- */

/** Has the sweep look whether the room has become empty. */
void room_sweep_suspect(struct room *room);
void room_sweep_bury_play(struct room_list *list, struct room_play *play);
void room_sweep_bury_file(struct room_list *list, struct room_file *file);
void room_sweep_bury_offer(struct room_list *list, struct room_offer *offer);
void room_sweep_bury_recording(struct room_list *list, struct room_recording *recording);
void room_sweep_bury_place(struct room_list *list, struct room_door_place *place);
/** All from @p first to @p last, which are linked. */
void room_sweep_bury_messages(struct room_list *list, struct chat_message *first,
                              struct chat_message *last);
/** The participant is over and its leg at home: the leg ends now, the rest in the sweep. */
void room_sweep_bury(struct room_list *list, struct participant *participant);
/** Now, as nobody can stand on it any more: the process ends. */
void room_sweep_now(struct room_list *list);

/* ---- room_list.c ---- */

/** It cannot be found any more; its legs may be on their way home. */
void room_list_forget(struct room *room);
/** With all that is in it. Only for the sweep. */
void room_list_free_room(struct room *room);

/* ---- participant.c ---- */

/** @p attributes are copied; NULL: none. */
void participant_set_attributes(struct participant *participant,
                                const struct attributes *attributes);

/** Makes a participant of @p room, not yet linked. @p id NULL: it gets one. NULL: no memory. */
struct participant *participant_create(struct room *room, enum participant_state state,
                                       const char *id, const char *uri,
                                       const char *display_name);
void participant_raise(struct participant *participant, enum room_event_kind kind);
/** Takes it back: it never was. For a call that could not be begun. */
void participant_discard(struct participant *participant);
/** Ends it, from either side; a second end is ignored. */
void participant_end(struct participant *participant, enum participant_reason reason,
                     const char *detail, bool hang_up);

/** Buries it if it is over and all that was away is home. Its room may be gone by then. */
void participant_bury(struct room_list *list, struct participant *participant);

/** @p plan is for the next mix. @return 0 or -ENOMEM. */
int participant_keep_plan(struct participant *participant, const struct leg_plan *plan);

/* ---- participant_early.c: media before the answer ---- */

/** It goes on from the door: its call is answered, if it was not. */
void participant_early_answer(struct participant *participant);
/** Who is called is heard in its room, who has called listens; or with another plan. Errors: participant_mix_take()'s,
 *  -ENOMEM. */
int participant_early_connect(struct participant *participant, const struct leg_plan *plan);
/** It is answered while its leg is on its way home: it goes in from there, with @p plan.
 * @return 0 or -ENOMEM. */
int participant_early_follow(struct participant *participant, const struct leg_plan *plan);
/** It is in the mix before the answer, heard or listening. */
bool participant_early_is_in(const struct participant *participant);
/** The same of one who is called. */
bool participant_early_is_heard(const struct participant *participant);
/** Being in, it is called home: it is over. */
void participant_early_leave(struct participant *participant);
/** The same: it belongs to another room now, and will be heard there. */
void participant_early_move(struct participant *participant);
/** Somebody else is called instead. */
void participant_early_forget(struct participant *participant);
/** Its leg is at home, and its call is still not answered. */
void participant_early_home(struct participant *participant);

/* ---- participant_video.c: into the pictures and home again ---- */

extern const struct video_events participant_video_events; /* context: the room_list */

/** One of its legs is in some room's pictures, or on its way home. */
bool participant_is_filmed_anywhere(const struct participant *participant);
/** Makes room for plans, so that participant_video_take() cannot fail. 0 or -ENOMEM. */
int participant_video_prepare(struct participant *participant, const struct video_plans *plans);
/** The call's plans from now on; as participant_connect(). */
void participant_video_take(struct participant *participant, const struct video_plans *plans);
/** Its state, its room or the room's settings have changed: it comes into the pictures, or
 *  leaves them, by its video or without. */
void participant_video_update(struct participant *participant);
/** It is shown as it stands now. */
void participant_video_look(struct participant *participant);
/** Whether it may present was said anew, by its role or its room: who lost that presents no more,
 *  whose slides come does now. @return whether that is another than before. */
bool participant_video_right(struct participant *participant);
/** Whether it presents was said in so many words. */
void participant_video_told(struct participant *participant, bool presents);
/** It has the floor. */
void participant_video_talks(struct participant *participant);
/** Gives the ports of its video back: others may be bound. */
void participant_video_close(struct participant *participant);
/** Its legs are at home: frees what it has of video. */
void participant_video_finish(struct participant *participant);

/* ---- room_film.c: a room's pictures ---- */

/** 0 and there is a video room; or video_room_create()'s errors. */
int room_film_open(struct room *room);
/** The settings of its video have changed. */
void room_film_change(struct room *room);
/** What the video of somebody more would cost, in cores. The server has video. */
double room_film_cost_of_one(const struct room *room);
/** What recording it would cost, in cores, if nobody gets the same. The server has video. */
double room_film_cost_of_recording(const struct room *room);
/** Has it recorded, whether anybody has video or not. video_room_create()'s errors. */
int room_film_record(struct room *room, struct recorder *recorder);
/** Nothing if it is not. */
void room_film_record_end(struct room *room);
/** Ends it, if nobody has video any more. From the sweep. */
void room_film_close(struct room *room);

/* ---- room_chat.c ---- */

/** The room stays from now on: what was written in it goes to the store. */
void room_chat_keep(struct room *room);
/** Nobody is in: what the store has need not be in memory. From the sweep. */
void room_chat_rest(struct room *room);

/* ---- participant_change.c ---- */

/** It leaves its room: its circles have one user less. */
void participant_leave_circles(struct participant *participant);

/* ---- participant_say.c: prompts for one ---- */

/** NULL: there are none in that language. */
const struct prompts *room_list_prompts(const struct room_list *list, const char *language);
/** In the room's language, or the default if that is not there (any more). NULL: nothing is
 * said. */
const struct prompts *room_prompts(const struct room *room);
/** Those that it alone hears. NULL: nothing is said. */
const struct prompts *participant_prompts(const struct participant *participant);

/** Says prompts to a participant who is in a mix or at the door, instead of what it was told
 *  before. @p then (NULL: nothing) is called when all was said, or nothing could be; not if
 *  something else came instead. At most MEDIA_MAX_CLIPS. */
void participant_say(struct participant *participant, const enum prompt said[], unsigned count,
                     void (*then)(struct participant *participant));
void participant_say_clips(struct participant *participant, struct clip *const clips[],
                           unsigned count, void (*then)(struct participant *participant));
/** Ends what is being said. */
void participant_hush(struct participant *participant);
/** Plays to it in the same way. @return false: it could not be, and a stream is the caller's.
 */
bool participant_hear_sound(struct participant *participant, const struct media_sound *sound,
                            void (*then)(struct participant *participant));

/* ---- participant_menu.c ---- */

/** A digit of somebody who is in: perhaps it does something. */
void participant_menu_digit(struct participant *participant, char digit);

/* ---- participant_door.c: before it comes in ---- */

/** It is in the mix of its own there. */
bool participant_is_at_door(const struct participant *participant);
/** It has come: into the mix; or to the door, if it has to be asked for a PIN or to wait.
 *  Errors: media_room_create()'s and media_join()'s. */
int participant_door_arrive(struct participant *participant, const struct leg_plan *plan);
/** It has done what it stood there for: to the next stop, or into the mix; or it is sent away,
 * if the door has been closed meanwhile. */
void participant_door_pass(struct participant *participant);
/** It hears @p said and goodbye, and is hung up. */
void participant_door_dismiss(struct participant *participant, enum participant_reason reason,
                              const char *detail, enum prompt said);
/** The same, for what a door has said; of no effect if it has let it in. */
void participant_door_refuse(struct participant *participant, enum room_refusal refusal);
/** It does not stand there any more: it is over, or on its way in. Its leg is called home. */
void participant_door_leave(struct participant *participant);

/* ---- participant_question.c ---- */

/** Its digits, from now on, answer @p question (borrowed, static). */
void participant_question_begin(struct participant *participant,
                                const struct door_question *question);
/** Says these; time counts anew when they are over. */
void participant_question_say(struct participant *participant, const enum prompt *said,
                              unsigned count);
void participant_question_digit(struct participant *participant, char digit);

/* ---- participant_pin.c ---- */

/** True if it has to enter a PIN before it comes in. */
bool participant_pin_is_asked(const struct participant *participant);
/** Of who types it before. @return ROOM_ADMITTED and *role, if the room has a PIN; or why not.
 */
enum room_refusal participant_pin_typed(struct room *room,
                                        const struct room_admission *admission,
                                        enum participant_role *role);
/** At the door: asks for it. */
void participant_pin_ask(struct participant *participant);
void participant_pin_digit(struct participant *participant, char digit);
/** PINs may have gone: who is asked for one then comes in. */
void participant_pin_update(struct room *room);
/** Nobody waits any more for what is judged. */
void participant_pin_leave(struct room_door_place *place);

/** What its wrong tries are counted for. */
void participant_pin_source(const struct participant *participant,
                            char out[PIN_GUARD_SOURCE_BYTES]);

/* ---- participant_reception.c ---- */

/** Asks for the number of a room; who enters it goes to that room's door. */
void participant_reception_ask(struct participant *participant);
void participant_reception_digit(struct participant *participant, char digit);

/* ---- participant_lobby.c ---- */

/** True if it has to wait until somebody lets it in. */
bool participant_lobby_is_due(const struct participant *participant);
/** At the door: it is told to wait, and moderators are told that it does. */
void participant_lobby_wait(struct participant *participant);
/** Who has waited longest; NULL: nobody waits. */
struct participant *participant_lobby_first(const struct room *room);
/** The settings, or a role, have changed: who need not wait any more comes in. */
void participant_lobby_update(struct room *room);

/* ---- room_alone.c: what changes with how many are in, or heard ---- */

/** Somebody who is in already is greeted. */
void room_came_in(struct participant *participant);
/** It is in no more. */
void room_went_out(struct participant *participant);
/** Begins or ends the music for who is alone. */
void room_music_update(struct room *room);

/* ---- room_movie.c: the pictures of a film that is played to all ---- */

bool room_movie_is_one(const struct room *room, const struct room_file_info *file);
/** The play has begun. @return 0; -ENOMEM, -EAGAIN: it is heard, and not seen. */
int room_movie_begin(struct room_play *play, const struct room_file_info *file,
                     const char *path);
/** The sound may be at another place, or stand still. */
void room_movie_follow(struct room_play *play);
void room_movie_go_to(struct room_play *play, unsigned ms);
void room_movie_end(struct room_play *play); /* of no effect if it has none */
/** The room's pictures have begun, or end. */
void room_movies_update(struct room *room);

/* ---- room_play.c ---- */

/** What is played to it alone ends: it hears something else. */
void room_play_replace(struct participant *participant);
/** It leaves the room: what is played to it ends. */
void room_plays_leave(struct participant *participant);
/** Nobody is in any more. */
void room_plays_end(struct room *room);
/** It is the music of its room for who is alone. */
void room_play_is_music(struct room_play *play);
void room_play_free(struct room_play *play);

/* ---- room_files.c, room_files_load.c ---- */

/** Reads the store and the directory. Errors: a file desk's, the store's, mkdir()'s; the log
 * says which. */
int room_files_start(struct room_list *list);
/** Waits until all is home. No file is raised or removed after this. */
void room_files_finish(struct room_list *list);
/** @p file and those behind it, which are in no list any more. */
void room_files_free(struct room_file *file);
/** Removes what has expired, and looks again in time. */
void room_files_look(struct room_list *list);
/** The room ends. */
void room_files_end(struct room *room);
/** Into the list of @p room (NULL: of the parcels), with so many bytes reserved. */
void room_file_link(struct room *room, struct room_file *file, uint64_t bytes);
void room_file_unlink(struct room_file *file);
void room_file_remove_bytes(const struct room_file *file);

/** What somebody's files may be, and are. */
struct room_file_share {
    uint64_t quota_bytes, bytes;
    unsigned count;
};

/** Finds how many bytes are to be reserved for a file. Errors: room_file_open()'s. */
int room_file_reserve(const struct room_list *list, const struct room_file_plan *plan,
                      const struct room_file_share *share, uint64_t *bytes);
int room_file_reserve_in(struct room *room, const struct room_file_plan *plan, uint64_t *bytes);
/** @return one in no list, with an id of its own; NULL: memory is out. */
struct room_file *room_file_make(struct room_list *list, const struct room_file_plan *plan);
/** It is whole, looked at, and seen by all from now on. @return 0; the store's errors. */
int room_file_share(struct room_file *file, const struct file_facts *facts);

/* ---- room_offers.c ---- */

/** What is not over of it, or for it, has failed. */
void room_offers_file_gone(struct room *room, const struct room_file *file);
void room_offers_participant_gone(struct participant *to);
void room_offers_free(struct room_offer *first);

/* ---- room_recordings.c, room_recordings_load.c ---- */

/** Reads the store and the directory. Errors: the store's, mkdir()'s; the log says which. */
int room_recordings_start(struct room_list *list);
/** Waits until all is written. Nobody may be in any room. */
void room_recordings_finish(struct room_list *list);
/** How those who are in hear that it begins. */
enum room_recording_told { ROOM_RECORDING_TOLD_TO_ALL, ROOM_RECORDING_TOLD_BY_GREETING };
/** Somebody came or went, or the settings have changed: it begins, or ends. */
void room_recording_update(struct room *room, enum room_recording_told told);
/* of each other: */
int room_recordings_open(struct room_list *list);
void room_recordings_close(struct room_list *list);
void room_recording_link(struct room_recording *recording);
int room_recording_save(const struct room_recording *recording);
/** Looks again when one expires, and often while one is made. */
void room_recordings_watch(struct room_list *list);
/** On its own thread, or the mender's: its facts, of what is on the disk. */
void room_recording_hash(struct room_recording *recording);
/** By the mender, on its thread. */
void room_recording_mended(struct room_recording *recording);

/* ---- room_presentation.c ---- */

/** The room's pictures come or go. */
void room_presentation_update(struct room *room);
/** It is in no more: what it presents ends. */
void room_presentation_leave(const struct participant *participant);
/** The file goes: so does a presentation of it. */
void room_presentation_forget(struct room *room, const struct room_file *file);

/* ---- participant_mix.c: the way into the mix and home again ---- */

extern const struct media_events participant_mix_events; /* context: the room_list */

/** Its leg joins the mix of its room as it stands; or has another plan there, if it is in.
 *  Errors: media_room_create()'s, media_join()'s and media_replan()'s. */
int participant_mix_take(struct participant *participant, const struct leg_plan *plan);
/** Joins the mix of its room and says so. Errors: participant_mix_take()'s. */
int participant_mix_enter(struct participant *participant, const struct leg_plan *plan);
/** Calls the leg home; the others hear the tone. */
void participant_mix_leave(struct participant *participant);
/** Tells the mix how it stands, if it is in. */
void participant_mix_update(struct participant *participant);

#endif
