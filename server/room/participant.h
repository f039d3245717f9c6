/*
 * participant.h - one member of a room (RFC 4353): who it is, how it stands, its leg, its call.
 *
 * Born by room_admit() (somebody dialled in) or room_dial() (we dial out). It ends in one of
 * two ways, both final: participant_left() when its call is over, participant_kick() when the
 * room ends it, which calls link->hang_up() exactly once. After either, the caller must not
 * touch it; until the next turn of the loop doing so is harmless and without effect
 * (-ENOTCONN), so that a listener may end a participant in the midst of any call into rooms.
 *
 * Thread   control.
 * Source   RFC 4353 section 3 (participant, focus), RFC 4575 section 5.6 (status words).
 */
#ifndef SERVER_ROOM_PARTICIPANT_H
#define SERVER_ROOM_PARTICIPANT_H

#include "server/leg/leg.h"
#include "server/leg/leg_plan.h"
#include "server/leg/video_leg.h"
#include "server/room/attributes.h"
#include "server/room/digit_filter.h"
#include "server/room/room_circles.h"

#include <stdbool.h>
#include <stdint.h>

struct chat_message;
struct participant;
struct room;

enum { PARTICIPANT_ID_BYTES = 20, PARTICIPANT_NAME_BYTES = 128, PARTICIPANT_URI_BYTES = 256 };

enum participant_state {
    PARTICIPANT_CALLING,    /* dial-out: INVITE sent                                */
    PARTICIPANT_RINGING,    /* dial-out: 180 or 183 came                            */
    PARTICIPANT_CONNECTING, /* dial-in: admitted, not yet in the mix                */
    PARTICIPANT_MENU,       /* at no room's door yet: asked for the number of one   */
    PARTICIPANT_PIN,        /* at the door: asked for the PIN, heard by nobody      */
    PARTICIPANT_LOBBY,      /* at the door: waits until it is let in, heard by nobody */
    PARTICIPANT_CONNECTED,  /* in the mix                                           */
    PARTICIPANT_MOVING,     /* between two rooms' mixes                             */
    PARTICIPANT_ENDED,      /* over; its media half is on its way home              */
};

/** Why it ended; the words are the API's ("hung_up"). */
enum participant_reason {
    PARTICIPANT_HUNG_UP, /* the far end sent BYE (or CANCEL before it was in)     */
    PARTICIPANT_KICKED,  /* by the API                                            */
    PARTICIPANT_ROOM_DELETED,
    PARTICIPANT_MOVED,         /* only in the old room's LEFT event                     */
    PARTICIPANT_BUSY,          /* dial-out: 486, 600                                    */
    PARTICIPANT_NO_ANSWER,     /* dial-out: 408, 480, ring time-out                     */
    PARTICIPANT_DECLINED,      /* dial-out: 603, 403 and the like                       */
    PARTICIPANT_NOT_FOUND,     /* dial-out: 404, 410, 484, 604, name not resolved       */
    PARTICIPANT_INCOMPATIBLE,  /* 488, 606, 415: no codec in common                     */
    PARTICIPANT_FAILED,        /* any other error; see `detail`                         */
    PARTICIPANT_NO_MEDIA,      /* no RTP for too long                                   */
    PARTICIPANT_TIMED_OUT,     /* session timer expired, no ACK, the longest call time  */
    PARTICIPANT_SHUTDOWN,      /* the server drains                                     */
    PARTICIPANT_WRONG_PIN,     /* too often                                             */
    PARTICIPANT_PIN_TIMEOUT,   /* none was entered                                      */
    PARTICIPANT_REFUSED,       /* the right PIN, but the room is locked or full: `detail` */
    PARTICIPANT_ELSEWHERE,     /* dial-out: another of its group has answered         */
    PARTICIPANT_BANNED,        /* kicked, and may not come again                      */
    PARTICIPANT_TIME_OVER,     /* the room's                                          */
    PARTICIPANT_NOT_ADMITTED,  /* refused while it was in the lobby                     */
    PARTICIPANT_LOBBY_TIMEOUT, /* nobody has let it in                                  */
    PARTICIPANT_WRONG_NUMBER,  /* in the menu, too often                                */
    PARTICIPANT_MENU_TIMEOUT,  /* no number was entered there                           */
};

enum participant_role { PARTICIPANT_GUEST, PARTICIPANT_MODERATOR };

/** Of what a room has a default for. */
enum participant_choice { PARTICIPANT_AS_ROOM, PARTICIPANT_ON, PARTICIPANT_OFF };

/** Why somebody who could have video has voice only; the words are the API's. */
enum participant_video_refusal {
    PARTICIPANT_VIDEO_NOT_REFUSED,
    PARTICIPANT_VIDEO_NO_CAPACITY, /* the machine is full                          */
    PARTICIPANT_VIDEO_FAILED,      /* no memory and the like: the log says which   */
};

/** Whether the phone of a participant takes files that are sent to it in its call. */
enum participant_files {
    PARTICIPANT_FILES_NEVER,
    PARTICIPANT_FILES_PERHAPS, /* nobody knows before it is tried         */
    PARTICIPANT_FILES_TAKEN,   /* it knows the protocol, and can say no */
};

/** How a participant reaches its signalling: given by server/sip; constant. */
struct participant_link {
    /** The room ended it: say BYE, CANCEL or a refusal with a Reason (RFC 3326). The call must
     *  forget the participant before it returns. */
    void (*hang_up)(void *call, enum participant_reason reason);
    /** A key frame is needed, and RTCP cannot ask for it: by SIP INFO (RFC 5168). May be NULL.
     */
    void (*request_key)(void *call);
    /** Sends a digit in the call's own way. -ENOSYS: it has none, so as a telephone-event. May
     * be NULL. */
    int (*send_digit)(void *call, char digit, unsigned duration_ms);
    /** Passes a line of the chat on; what becomes of it comes later, by room_chat_report().
     *  @return 0; else it cannot: -ENOTSUP, -ENOBUFS. May be NULL. */
    int (*send_message)(void *call, const struct chat_message *message);
    /** Whether the far end knows messages, as far as it has told. There if send_message is. */
    bool (*takes_messages)(const void *call);
    /** Somebody else in the room writes, or nobody does any more. May be NULL. */
    void (*send_typing)(void *call, bool is_typing);
    /** It has waited at the door before it was answered, and goes in: answer the call now.
     * There if participant_begin_early() is said of one that has called. */
    void (*answer)(void *call);
    /** Whether files can be sent there. May be NULL: never. */
    enum participant_files (*takes_files)(const void *call);
    /** Of the offers of files for it (room_offers.h) one waits, or is over. There if
     * takes_files is. */
    void (*send_files)(void *call);
    /** It sees the chat in the events of its room: a browser. */
    bool shows_chat;
};

/** What everybody may read. Borrowed, valid until the next turn of the loop. Texts that came
 *  from the network are valid UTF-8 of one line (room_text.h), but not escaped for HTML. */
struct participant_info {
    char id[PARTICIPANT_ID_BYTES];             /* unguessable, unique                        */
    char display_name[PARTICIPANT_NAME_BYTES]; /* UTF-8, control bytes removed; may be ""    */
    char uri[PARTICIPANT_URI_BYTES];           /* of the far end, "sip:alice@example.com"    */
    bool dialled_out;                          /* we called it                               */
    enum participant_state state;
    bool early_media; /* its media flows, and its call is not answered yet */
    bool on_hold;     /* the far end holds us                       */
    bool talking;
    bool muted, deafened;
    bool hard_muted;                    /* and it cannot unmute itself; it is muted then  */
    double volume_in_db, volume_out_db; /* [-60, 20]                                  */
    enum participant_choice level_voice, suppress_noise;
    int place; /* in stereo, [-100 left, 100 right]          */
    bool hand_raised;
    bool typing; /* it writes a line of the chat now */
    enum participant_role role;
    bool video_muted;            /* its avatar is shown instead of its picture */
    bool presents;               /* what it shows goes into the large tile     */
    bool hidden;                 /* not shown at all                           */
    unsigned pinned;             /* 1 first, 2 next, ...; 0: not               */
    bool showing[VIDEO_STREAMS]; /* its picture has come, and is whole; its slides come  */
    enum participant_video_refusal video_refusal;
    uint32_t says, hears;           /* circles: see participant_says()            */
    int64_t created_ns, joined_ns;  /* wall; joined (this room) 0: not yet        */
    int64_t joined_before_ns;       /* the room that it was moved from; 0: none   */
    enum participant_reason reason; /* once ENDED; MOVED while MOVING             */
    char detail[128];               /* once ENDED: "486 Busy Here", may be ""     */
};

/** For room_admission: a call has its id in the log before it has a participant. */
void participant_new_id(char id[PARTICIPANT_ID_BYTES]);

const struct participant_info *participant_info(const struct participant *participant);
struct room *participant_room(const struct participant *participant);

/** What others see: its name or, better than none, the user part of its address. */
void participant_shown_name(const struct participant *participant,
                            char out[PARTICIPANT_NAME_BYTES]);

/** The names of the circles that it says something to, and that it hears. Borrowed as info. */
struct room_circle_names participant_says(const struct participant *participant);
struct room_circle_names participant_hears(const struct participant *participant);

/** What came with it. NULL: nothing. Borrowed as info. */
const struct attributes *participant_attributes(const struct participant *participant);
/** Adds what became known of it later, in place of what is there of the same names: one CHANGED
 *  event. */
void participant_add_attributes(struct participant *participant,
                                const struct attributes *attributes);

const char *participant_role_word(enum participant_role role); /* "participant", "moderator" */
int participant_role_parse(const char *word, enum participant_role *role); /* 0 or -EINVAL */
const char *participant_state_word(enum participant_state state);
const char *participant_reason_word(enum participant_reason reason);

/* ---- for the call that owns it (server/sip; later browser legs) ---- */

/**
 * Binds the leg's ports, so that SDP can be written. Once per participant.
 *
 * @return 0 and participant_leg() works; -EADDRINUSE no port pair free; -EAFNOSUPPORT; -EMFILE;
 *         -ENOMEM.
 */
int participant_open_leg(struct participant *participant, int family);

/** Gives its ports back, and those of its video, so that others can be bound: of who has no
 *  media yet. @return 0; -EBUSY. */
int participant_close_leg(struct participant *participant);

/** The same on a port that is shared, as a browser has it. -ENOMEM. */
int participant_open_shared_leg(struct participant *participant,
                                struct shared_transport *transport);

/** Its leg (ports, local address, statistics), or NULL before it was opened. Borrowed. */
struct leg *participant_leg(const struct participant *participant);

/** A dial-out's progress: RINGING; CALLING again after a redirect. */
void participant_progress(struct participant *participant, enum participant_state state);

/** Answered: joins the mix with @p plan; or, if it is in already, gets the new plan (re-INVITE,
 *  UPDATE); while MOVING the plan is kept for the join. The leg must be open. @p video: the
 * same for its pictures, whose legs must be open then; NULL, or no codecs: the call has none
 * (any more). Video that does not work is told in the log and the API, and is no error: the
 * call goes on by voice.
 *  @return 0 or media_room_create()'s, media_join()'s and media_replan()'s errors, -ENOMEM:
 *  nothing changed. In a room with a PIN or a lobby, who has called joins a mix of his own at
 *  the door first. */
int participant_connect(struct participant *participant, const struct leg_plan *plan,
                        const struct video_plans *video);

/**
 * Its call is not answered yet, and what is connected from now on is early media (RFC 3960):
 *
 *   who has called   waits at the door, and hears what there is to be heard; before it goes in,
 *                    or is asked for digits, link->answer() is called, and this is over
 *   who is called    is heard in the mix of its room as it will be, by those who are in and in
 *                    recordings; it hears nothing of the room, and is not in: RINGING
 *
 * For who has called before the first participant_connect(); a redirect ends it, too. */
void participant_begin_early(struct participant *participant);

/** The same of one who has called and is not at a door: from now on it is in the mix of its room
 * to hear who is called there, says nothing, and is not in: CONNECTING. */
void participant_listen_early(struct participant *participant);

/** Its call is answered, wherever it stands; or there is no early media after all. */
void participant_end_early(struct participant *participant);

/** It is heard, or listens, no more, and its call is not answered yet. */
void participant_drop_early(struct participant *participant);

/* ---- its video, for the same call ---- */

/**
 * Asked when the far end offers video, or we may: true if the room has some and the machine can
 * bear one more, or if it has its video already. Slides are wanted beside a camera. If that was
 * said no to for want of capacity, the API shows it.
 */
bool participant_wants_video(struct participant *participant, enum video_stream stream);

/** participant_wants_video() has said no for want of capacity, and by configuration who offers
 *  video then is not to get voice only, but 488. */
bool participant_video_is_refused(const struct participant *participant);

/** Binds the ports of its video, behind participant_open_leg(). 0, too, if they are bound
 *  already. @return also video_leg_create()'s errors; -ENOSYS: this server has no video;
 *  -ENOTCONN. */
int participant_open_video(struct participant *participant, enum video_stream stream,
                           int family);

/** The same, behind participant_open_shared_leg(). */
int participant_open_shared_video(struct participant *participant, enum video_stream stream,
                                  struct shared_transport *transport);

/** Its video's leg, or NULL before it was opened. Borrowed. It stays until the end, also while
 *  the call has no video. */
struct video_leg *participant_video(const struct participant *participant,
                                    enum video_stream stream);

/** What was agreed on of video; NULL: the call has none now. Borrowed until the next one. */
const struct video_plan *participant_video_plan(const struct participant *participant,
                                                enum video_stream stream);

/** The far end asked for a key frame by SIP INFO (RFC 5168). */
void participant_hear_key_request(struct participant *participant);

/** The far end pressed a key: '0'..'9' '*' '#' 'A'..'D'. The same press may be told once for
 *  each way that it came. Of no effect unless it is CONNECTED, or asked for
 *  a PIN or a number. */
void participant_hear_digit(struct participant *participant, char digit,
                            enum participant_digit_source source);

/** The call is over: no hang_up(). @p detail ("486 Busy Here", may be NULL) is copied. */
void participant_left(struct participant *participant, enum participant_reason reason,
                      const char *detail);

/* ---- for whoever runs the room (the API) ---- */

/** Ends it from our side: link->hang_up(), LEFT event. */
void participant_kick(struct participant *participant, enum participant_reason reason);

/** Kicks it, and bans it from its room: by its URI, a browser by its IP address. @return 0; on
 *  room_ban()'s errors it stays. */
int participant_ban(struct participant *participant);

/** What may be changed; a NULL field stays as it is. */
struct participant_change {
    const bool *muted, *deafened;
    const bool *hard_muted;                     /* true: muted, too */
    const double *volume_in_db, *volume_out_db; /* [-60, 20], checked by the caller */
    const char *display_name;                   /* copied, control bytes removed    */
    const enum participant_choice *level_voice, *suppress_noise;
    const int *place; /* [-100, 100], checked by the caller */
    const bool *hand_raised;
    const enum participant_role *role;
    const struct room_circle_names *says, *hears; /* valid ones */
    const bool *video_muted, *presents, *hidden;
    const unsigned *pinned;
};
/** One CHANGED event if anything changed. @return 0; -EUSERS: the room would have more than 31
 *  circles; -ENOMEM; nothing changed then. */
int participant_change(struct participant *participant,
                       const struct participant_change *change);

/** It stands at the door, and nobody has sent it away yet. */
bool participant_is_waiting(const struct participant *participant);
enum participant_files participant_takes_files(const struct participant *participant);

/** It stands at the door, or will, once it is connected, or where it moves to: what the room
 *  has is not for it. */
bool participant_is_outside(const struct participant *participant);
/** Lets it in from the door: no PIN, no lobby; a lock does not bind who does this.
 *  @return 0; -ENOTCONN: it is not waiting; -EUSERS: the room is full; -ETIME: its time is
 *  over; -ESHUTDOWN. */
int participant_admit(struct participant *participant);
/** Sends it away from the door: it is told so, then hung up (NOT_ADMITTED). Of no effect
 *  unless it is waiting. */
void participant_refuse(struct participant *participant);

/** What is shown where its picture would be: a file, which is the participant's now and is
 *  removed when it is replaced or the participant ends. @p path: moved, from malloc(); NULL:
 *  its initials. One CHANGED event. */
void participant_set_avatar(struct participant *participant, char *path);
/** NULL: none. Borrowed. */
const char *participant_avatar(const struct participant *participant);
/** NULL: not refused. */
const char *participant_video_refusal_word(enum participant_video_refusal refusal);

/** Sends one digit to it. -ENOTCONN; media_send_digit()'s errors, or those of its call. */
int participant_send_digit(struct participant *participant, char digit);

/** The same as sound, for calls whose way that is. */
int participant_sound_digit(struct participant *participant, char digit, unsigned duration_ms);

#endif
