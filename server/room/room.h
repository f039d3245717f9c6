/*
 * room.h - a conference: its settings, who is in it, and the one door by which all come in.
 *
 * Thread   control. A room without participants has no media room and no timer.
 * Source   RFC 4353 (focus, conference policy), RFC 4579 section 3.
 */
#ifndef SERVER_ROOM_ROOM_H
#define SERVER_ROOM_ROOM_H

#include "mixer/base/setting.h"
#include "mixer/file/languages.h"
#include "server/leg/codec_choice.h"
#include "server/leg/media_srtp.h"
#include "server/room/menu.h"
#include "server/room/participant.h"
#include "server/room/pin_desk.h"
#include "server/room/room_bans.h"
#include "server/room/room_dial_list.h"
#include "server/room/room_event.h"
#include "server/room/room_video.h"

#include <stdbool.h>
#include <stdint.h>

struct room;

enum {
    ROOM_NAME_BYTES = 65,
    ROOM_DISPLAY_NAME_BYTES = 129,
    ROOM_MAX_PARTICIPANTS = 10000,
    ROOM_MAX_LOUDEST = 32,
    ROOM_MAX_LOBBY_S = 86400,
    ROOM_MAX_DURATION_S = 604800,
    ROOM_WARNED_S = 60, /* before its end */
    ROOM_PIN_MAX_TRIES = 10,
    ROOM_PIN_LEAST_S = 3,
    ROOM_PIN_MAX_S = 120,
    ROOM_SOUND_BYTES = 129,
    ROOM_MOVED_BYTES = 256,
    ROOM_NUMBER_BYTES = 13,
};

enum room_tone { ROOM_TONE_NONE, ROOM_TONE_JOIN, ROOM_TONE_LEAVE, ROOM_TONE_BOTH };
enum room_alone { ROOM_ALONE_SILENCE, ROOM_ALONE_NOISE, ROOM_ALONE_MUSIC };

/** Who waits in the lobby: nobody; who has not shown who he is (an account, a token); all.
 * Never moderators, nor who is called or moved here. Asked by room_policy_waits(). */
enum room_lobby { ROOM_LOBBY_OFF, ROOM_LOBBY_GUESTS, ROOM_LOBBY_ALL };

/** Whether a room is recorded: never, when somebody asks for it, whenever somebody is in. */
enum room_recorded { ROOM_RECORDED_NEVER, ROOM_RECORDED_ON_REQUEST, ROOM_RECORDED_ALWAYS };

/** What becomes of who is in when the time of the room is over. */
enum room_at_end { ROOM_AT_END_LET_FINISH, ROOM_AT_END_HANG_UP };

/** Who may do something in a room: asked by room_policy_allows(). */
enum room_right { ROOM_RIGHT_ALL, ROOM_RIGHT_MODERATORS, ROOM_RIGHT_NOBODY };

/** Who is told who is in: room_policy_may_watch(). */
enum room_watch {
    ROOM_WATCH_PARTICIPANTS,
    ROOM_WATCH_ACCOUNTS, /* these, too, unless the door would ask them */
    ROOM_WATCH_MODERATORS,
    ROOM_WATCH_NOBODY,
};

/** A value of 3 KiB without a pointer, so that it is copied, changed and compared as one; ten
 *  thousand rooms have 30 MiB of them. What each may be: room_setting_at(). */
struct room_settings {
    char display_name[ROOM_DISPLAY_NAME_BYTES]; /* UTF-8; may be ""                   */
    char number[ROOM_NUMBER_BYTES];  /* keyed in the menu, or dialled: of no other room; "" */
    bool locked;                     /* nobody new is admitted             */
    char moved_to[ROOM_MOVED_BYTES]; /* the URI where it is now: who comes is sent there; "" */
    unsigned max_participants;       /* 1..ROOM_MAX_PARTICIPANTS           */
    enum room_tone tone;             /* heard by all when somebody comes or goes */
    enum room_alone alone;           /* what a lone participant hears      */
    char
        music[ROOM_SOUND_BYTES]; /* for ALONE_MUSIC: a file of the sounds directory; "": none */
    unsigned loudest;            /* voices heard at once, 1..ROOM_MAX_LOUDEST         */
    bool level_voices;           /* bring voices to one loudness; a participant       */
    bool suppress_noise;         /* and take noise out of them;   may say otherwise   */
    char pin[PIN_HASH_BYTES];    /* asked of who dials in: its hash; "": none      */
    char moderator_pin[PIN_HASH_BYTES]; /* who enters this one is a moderator             */
    unsigned pin_tries;                 /* wrong ones that end the call                   */
    unsigned pin_timeout_s;             /* for the next digit                             */
    char language[LANGUAGE_BYTES];      /* of prompts (languages.h)                       */
    bool announcements;                 /* "You are the only one" and the like            */
    struct menu menu;                   /* what digits do                                 */
    struct room_video video;            /* how pictures are composed                      */
    enum media_srtp srtp;       /* of who comes in, is called, or agrees anew from now on     */
    struct codec_choice codecs; /* of the same                                           */
    bool mute_on_entry;    /* who comes in is muted, but moderators                        */
    bool allow_unmute;     /* who is muted may unmute himself; moderators always may        */
    enum room_lobby lobby; /* who waits at the door until he is let in                 */
    unsigned lobby_timeout_s;    /* that ends the wait; 0: none                              */
    unsigned max_waiting;        /* in the lobby at once; 0: as many as the room takes       */
    int64_t opens_ns, closes_ns; /* wall; before and after nobody is admitted; 0: open     */
    unsigned max_duration_s;     /* since the first came in; then as after closes_ns; 0: none */
    enum room_at_end at_end;     /* what becomes of who is in then                           */
    char dial_at_start[ROOM_DIAL_LIST_BYTES]; /* who is called: room_dial_list.h; "": nobody */
    enum room_right may_share, may_chat, may_present; /* files, messages, the large tile  */
    enum room_recorded recording;
    bool record_video; /* of ALWAYS, and where the request does not say */
    enum room_right may_record;
    enum room_watch may_watch;
};

/** Why somebody was not let in. The call maps it to a SIP status, the API to a problem. */
enum room_refusal {
    ROOM_ADMITTED = 0,
    ROOM_REFUSED_BANNED,
    ROOM_REFUSED_EARLY, /* it has not begun: room_opens_in_s() */
    ROOM_REFUSED_OVER,  /* its time is                         */
    ROOM_REFUSED_LOCKED,
    ROOM_REFUSED_MOVED, /* see moved_to */
    ROOM_REFUSED_FULL,
    ROOM_REFUSED_LOBBY_FULL,
    ROOM_REFUSED_DRAINING, /* the server is going down          */
    ROOM_REFUSED_PLAIN,    /* moved: its media is not encrypted, as it has to be here */
    ROOM_REFUSED_SECURE,   /* moved: its media is encrypted, which is off here        */
    ROOM_REFUSED_NO_MEMORY,
    /* of who types the PIN before: */
    ROOM_REFUSED_PIN_MISSING,
    ROOM_REFUSED_PIN_WRONG,
    ROOM_REFUSED_PIN_TOO_OFTEN, /* from there, or into this room: not looked at */
    ROOM_REFUSED_PIN_UNJUDGED,  /* it could not be: no try                      */
};

/** 1 to 64 of A-Z a-z 0-9 . _ - and not beginning with a dot; a + may come first, as in
 *  +4930123. */
bool room_name_is_valid(const char *name);

const char *room_name(const struct room *room);
const struct room_settings *room_settings(const struct room *room);
/** True: made by the API or kept in the store; false: made by a call, gone when empty. */
bool room_is_persistent(const struct room *room);
int64_t room_created_ns(const struct room *room); /* wall */
/** Who talks now; NULL: nobody did yet, or who did is gone or muted. */
struct participant *room_speaker(const struct room *room);
unsigned room_participant_count(const struct room *room);
unsigned room_waiting_count(const struct room *room); /* of them, in the lobby */

/** What the video of those who have some now costs, in cores: as it is if all see the same, and
 *  if nobody is to see himself. @return false: this server has no video. */
bool room_video_cost(const struct room *room, double *shared, double *own_view);
/** What is composed now. @return false: nothing, nobody has video. */
bool room_video_stats(const struct room *room, struct video_room_stats *stats);
/** Takes a picture of the room, or of what @p participant (NULL: the room) sends.
 *  @return 0 and video_snapshot()'s @p on_done comes; -ENODATA: there is none; its errors. */
int room_snapshot(struct room *room, struct participant *participant, unsigned max_width,
                  video_on_snapshot *on_done, void *context);

/** True for "" and for a sip:, sips: or https: URI of printable ASCII without <>"\^`{|}. */
bool room_moved_is_valid(const char *uri);
/** True for "" and for the name of a file (a picture's, too): no slash, no control characters,
 *  no dot first. */
bool room_sound_is_valid(const char *name);

const char *room_right_word(enum room_right right); /* "all", "moderators", "nobody" */

/** The settings by the API's names, from 0. NULL: there are no more. */
const struct setting *room_setting_at(unsigned index);
/** Sets one from text. @return 0; -EINVAL: it cannot be that; -ENOENT: there is none of that
 *  name. */
int room_setting_read(const char *name, const char *text, struct room_settings *settings);

/** Participants in the order they came; NULL behind the last. The list may change when an event
 *  is raised: do not hold a place in it over other calls. */
struct participant *room_first(const struct room *room);
struct participant *room_next(const struct participant *participant);
struct participant *room_find(const struct room *room, const char *id);

/** Replaces the settings, saves them if the room is persistent, raises CHANGED if they differ.
 *  @return 0; -EADDRINUSE: another room has that number; -ENOMEM; store_room_put()'s errors:
 *  nothing changed. */
int room_change(struct room *room, const struct room_settings *settings);

/** Somebody who wants in. Strings are copied. */
struct room_admission {
    const char *id; /* of participant_new_id(): its call is in the log already; NULL: new */
    const char *display_name, *uri;
    const struct participant_link *link;
    void *call; /* handed to the link */
    /** Who has a keyboard gives the PIN with the request, and is refused without; who has not
     * is asked at the door. */
    bool types_pin;
    const char *pin;                     /* NULL: none was given */
    const struct pin_job *judged;        /* of it, by room_judge(); NULL: it could be none */
    bool is_by_trunk;                    /* source is that of a gateway, uri of who calls */
    bool is_known;                       /* by the password of an account, or a token */
    const struct attributes *attributes; /* copied; NULL: none    */
    const char *source;   /* the IP address that it comes from; NULL: not known */
    const char *language; /* in which it alone is spoken to; NULL, "", or one that is not there
                             (any more): the room's */
    /** Why @p refused_by does not let it in, which it is to hear in its words: admitted to
     *  room_list_reception(), where it is told so and hung up. ROOM_ADMITTED: nobody has
     * refused it. */
    enum room_refusal refusal;
    const struct room *refused_by;
};

/** Whether there are words for @p refusal, so that who is refused may hear why. */
bool room_refusal_is_said(enum room_refusal refusal);

/** Until it opens, at least 1; 0: it has. */
unsigned room_opens_in_s(const struct room *room);
/** When it has to end (wall), by closes_ns or max_duration_s; 0: it has not. */
int64_t room_ends_ns(const struct room *room);

/** Who may not come in: room_bans_find() and the list itself; kept as the room is. */
const struct room_bans *room_bans(const struct room *room);
/** One of uri and address. Strings are copied. */
struct room_ban_request {
    const char *uri, *address, *note;
};
/** Who is in stays. @return 0 and *ban, borrowed until the list changes; -EINVAL: neither an
 *  address of SIP nor of IP; room_bans_add()'s and the store's errors. */
int room_ban(struct room *room, const struct room_ban_request *request,
             const struct room_ban **ban);
/** 0, too, if there is no such ban; or store errors. */
int room_unban(struct room *room, const char *id);

/** Whether the PIN of @p admission has to be judged before room_admit() is asked: one was
 * typed, it is looked at, and admission->judged is not of the PINs that the room has now. */
bool room_has_to_judge(struct room *room, const struct room_admission *admission);
/** Judges a PIN of less than PIN_BYTES; @p job, a PIN_JOB_JUDGE, is told later. It says nothing
 *  of whether it was right by itself: room_admit() does, and counts the wrong ones. @return 0,
 *  or pin_desk_push()'s errors. */
int room_judge(struct room *room, const char *pin, struct pin_job *job);

/** The one door, for every kind of leg. On ADMITTED *participant is CONNECTING, and counts. It
 *  is set before ADDED is raised, so that a hang_up() from a listener finds it in the call
 *  already: pass the address of the call's own pointer. */
enum room_refusal room_admit(struct room *room, const struct room_admission *admission,
                             struct participant **participant);

/** A number to be called. Strings are borrowed for the call. */
struct room_dial {
    const char *uri;                     /* "sip:bob@example.com" */
    const char *display_name;            /* shown until the far end says its own; may be NULL */
    unsigned ring_timeout_s;             /* 0: the configured one */
    bool muted, deafened;                /* from the start        */
    bool chat;                           /* a session for it is offered, beside sound */
    const struct attributes *attributes; /* copied; NULL: none */
    const char *replaces; /* a dialog of the called one that the call takes over; or NULL */
    const char *from_name, *from_uri; /* who calls, if it is not the room; else NULL */
    const char *called; /* the number that has led to whom the URI says; NULL: none has */
    bool hides_history; /* who calls wants nobody named who sends the call on */
    unsigned group; /* of room_new_group(): of those who are called with it, only the first who
                       answers comes in; 0: none */
    const void *behalf; /* of whom, for the dialer alone; NULL: of the room */
};

/** Who can dial: given by server/sip. */
struct room_dialer {
    /** Begins a call for @p participant (CALLING) and sets its link with
     *  participant_set_call(); its progress and its end come in later turns of the loop. A
     *  number ("tel:+493012345") goes out by a trunk: -ENOENT, -EBUSY, -EDQUOT as trunk_list.h
     *  has them.
     *  @return 0; -EINVAL no usable URI; -EACCES not allowed to be dialled; -EHOSTDOWN an
     * account of ours that no phone has registered; -EUSERS too many dial-outs; -ESHUTDOWN;
     * -ENOSYS dial-out is off; -EPROTO: the room's srtp contradicts the server's; -ENOMEM. On
     * error nothing was begun. */
    int (*dial)(void *context, struct participant *participant,
                const struct room_dial *request);
    void *context;
};
/** A number that no other group of dial-outs has. */
unsigned room_new_group(struct room *room);
/** That of a dial-out; 0: none. */
unsigned participant_group(const struct participant *participant);
/** The same; who has none gets one. */
unsigned participant_share_group(struct participant *participant);
void participant_set_call(struct participant *participant, const struct participant_link *link,
                          void *call);

/** Adds a participant by calling it. The same door: lock does not stop a dial-out by the API,
 *  the limit does. @return 0 and *participant, set before ADDED is raised; dial()'s errors;
 *  -EUSERS if the room is full, too; -ETIME: its time is over. */
int room_dial(struct room *room, const struct room_dial *request,
              struct participant **participant);

/** Moves a participant into @p to, through the same door: a lock stops it, the limit does, too,
 *  and so does media that is not protected as the room's srtp wants it.
 *  ROOM_ADMITTED: LEFT (moved) in the old room, ADDED in the new one; if it was in the mix it
 *  is MOVING, and will have JOINED there. One that is not in a mix yet is moved as it is. To
 *  the room where it is: ROOM_ADMITTED, no effect. */
enum room_refusal room_move(struct participant *participant, struct room *to);

/** The same, from the menu or before it is connected, as if it had dialled @p to: bans, PIN and
 *  lobby bind it. @p voice, @p video: what it is going to be connected with; NULL: what it has.
 */
enum room_refusal room_forward(struct participant *participant, struct room *to,
                               const struct leg_plan *voice, const struct video_plans *video);

#endif
