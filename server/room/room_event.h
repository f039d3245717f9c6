/*
 * room_event.h - what rooms tell whoever listens: the API's event stream, later the conference
 * event package. A room does not know who listens.
 *
 * Each room's story is whole: every participant is ADDED, may have JOINED, and LEFT; after a
 * move it is ADDED and JOINED in the new room. Every listener hears all events in the same
 * order, the order in which things happened: a listener may call rooms (kick, move, delete,
 * ...), and what that raises is told to all once the present event has been.
 *
 * Thread   control. A listener must not run the loop.
 */
#ifndef SERVER_ROOM_ROOM_EVENT_H
#define SERVER_ROOM_ROOM_EVENT_H

#include <stdbool.h>

struct chat_message;
struct room;
struct participant;
struct room_play;
struct room_file;
struct room_offer;
struct room_recording;

enum room_event_kind {
    ROOM_EVENT_ROOM_CREATED,
    ROOM_EVENT_ROOM_CHANGED, /* settings: lock, limits, name, tones                    */
    ROOM_EVENT_ROOM_DELETED,
    ROOM_EVENT_ROOM_DIALLED,       /* dialled: its conference begins (room_dial_list.h)      */
    ROOM_EVENT_ROOM_ENDING,        /* in ROOM_WARNED_S all are hung up                       */
    ROOM_EVENT_ROOM_BANS,          /* the list is another one                                */
    ROOM_EVENT_ROOM_PRESENTATION,  /* room_presentation() is another                          */
    ROOM_EVENT_ROOM_SPEAKER,       /* participant talks now; NULL: who did is gone or muted   */
    ROOM_EVENT_PARTICIPANT_ADDED,  /* a dial-out began, a call came, it was moved here: state */
    ROOM_EVENT_PARTICIPANT_STATE,  /* calling, ringing, connecting: call progress            */
    ROOM_EVENT_PARTICIPANT_JOINED, /* is in the mix (also after a move, in the new room)     */
    ROOM_EVENT_PARTICIPANT_CHANGED, /* muted, volume, hold, name, role, hand, circles, ...    */
    ROOM_EVENT_PARTICIPANT_TALKING, /* participant_info.talking changed                       */
    ROOM_EVENT_PARTICIPANT_DIGIT,   /* digit                                                  */
    ROOM_EVENT_PARTICIPANT_LEFT,    /* reason; also of a failed dial-out, and of a move      */
    ROOM_EVENT_PARTICIPANT_TYPING,  /* participant_info.typing changed                        */
    ROOM_EVENT_PLAY_ENDED,          /* play, with its ending                                 */
    ROOM_EVENT_MESSAGE,         /* message; participant wrote it (NULL: nobody who is in)    */
    ROOM_EVENT_MESSAGE_DELETED, /* message, without its text                                 */
    ROOM_EVENT_MESSAGE_SETTLED, /* message: what has become of it with all whom it was for   */
    ROOM_EVENT_FILE_SHARED,     /* file                                                  */
    ROOM_EVENT_FILE_REMOVED,    /* file, with its ending                                 */
    ROOM_EVENT_FILE_OFFER,      /* offer: of a file to one who is in, as it stands now   */
    ROOM_EVENT_RECORDING_STARTED, /* recording                                           */
    ROOM_EVENT_RECORDING_CHANGED, /* recording: paused, or goes on                       */
    ROOM_EVENT_RECORDING_ENDED,   /* recording, with its ending: nothing more is recorded */
    ROOM_EVENT_RECORDING_READY,   /* recording: it can be had, or is broken              */
    ROOM_EVENT_RECORDING_REMOVED, /* recording                                           */
    ROOM_EVENT_KINDS              /* how many */
};

enum { ROOM_DIALLED_BYTES = 256 };

/** Whom the room has called by itself. */
struct room_dialled {
    char uri[ROOM_DIALLED_BYTES];
    int error; /* room_dial()'s; 0: the call has begun, and participant is who is called */
};

/** Borrowed for the call; what it points to stays until the next turn of the loop. */
struct room_event {
    enum room_event_kind kind;
    struct room *room;
    struct participant *participant;    /* NULL for room events but SPEAKER, DIALLED */
    struct room_play *play;             /* of PLAY_ENDED        */
    struct room_file *file;             /* of FILE_SHARED, FILE_REMOVED */
    struct room_offer *offer;           /* of FILE_OFFER        */
    struct room_recording *recording;   /* of RECORDING_...     */
    const struct chat_message *message; /* of MESSAGE...     */
    char digit;                         /* of DIGIT             */
    struct room_dialled dialled;        /* of DIALLED           */
};

/** Embedded in the listener, who fills on_event and context; room_list_listen() links it. */
struct room_listener {
    void (*on_event)(void *context, const struct room_event *event);
    void *context;
    struct room_listener *next; /* room_list's */
};

/** The name in the API: "participant_joined". A constant. */
const char *room_event_word(enum room_event_kind kind);

#endif
