/*
 * call_file_internal.h - one file on its way by a call: what call_file.c, call_push.c share.
 *
 * Thread   control.
 */
#ifndef SERVER_SIP_CALL_FILE_INTERNAL_H
#define SERVER_SIP_CALL_FILE_INTERNAL_H

#include "server/msrp/msrp_service.h"
#include "server/room/room_offers.h"
#include "server/sdp/file_selector.h"
#include "server/sip/call_file.h"
#include "server/sip/call_internal.h"
#include "server/sip/file_sink.h"
#include "server/sip/file_source.h"
#include "server/sip/msrp_setup.h"

struct call_file {
    struct call *call;
    struct call_file *next;
    char id[FILE_SELECTOR_ID_BYTES];
    unsigned index; /* of its m= line */
    bool is_tls;
    bool is_new;  /* not agreed on yet */
    bool is_said; /* by the offer, or the answer, at hand */
    bool has_begun, is_over;
    bool is_settled; /* of ours: the room has heard what became of it */
    bool comes_in;
    struct file_selector selector; /* what was asked for, or is offered */
    uint64_t first, last;
    struct msrp_session *session;
    struct file_sink *sink;          /* comes in: the session's, borrowed */
    struct file_source *source;      /* goes out                          */
    char type[FILE_TYPE_BYTES];      /* of that                           */
    char offer[ROOM_OFFER_ID_BYTES]; /* that it goes out for; "": the far end has asked */
    char lines[OFFER_MESSAGE_BYTES];
};

/* ---- call_file.c ---- */

/** One that is new. NULL: no memory. */
struct call_file *call_file_create(struct call *call, const char *id);
/** Of one that is in no list. */
void call_file_destroy(struct call_file *file);
/** Into the list of its call, which has it then, and whose offers have it. */
void call_file_enlist(struct call_file *file);
void call_file_add_local(const struct call_file *file, struct offer_local *local);
/** Its participant is in, and it is agreed on. @return 0; why it ends now. */
int call_file_begin(struct call_file *file);
/** Those of which @p is_gone says so end; what is agreed on of them is to be closed. */
void call_files_drop(struct call *call, bool (*is_gone)(const struct call_file *file));
/** What is said of @p from, which goes out. */
void call_file_describe(struct call_file *file, const struct room_file *from);
bool call_file_is_new(const struct call_file *file);
/** @return 0; -ENOBUFS: there is no session to be had. */
int call_file_open_session(struct call_file *file, const char *address);
/** What we say of it, @p section being theirs. @p selector_text: as they have it; "": as
 *  `selector` has it. @return false: it is too long. */
bool call_file_write_lines(struct call_file *file, const struct message_section *section,
                           struct slice selector_text, enum setup ours);

/* ---- call_push.c ---- */

/** What we say of @p offer: its file, and a session for it. @return 0; -ENOBUFS: there is none;
 *  open()'s. */
int call_push_prepare(struct call_file *file, const struct room_offer *offer,
                      const char *address);
/** The room hears that it is offered, or why it cannot be: @p err. */
void call_push_note_said(struct room_offer *offer, int err);
/** Connects to who has answered with @p section. @return false: it cannot be had so. */
bool call_push_connect(struct call_file *file, const struct message_section *section);
/** What became of it; @p file may be gone afterwards. */
void call_push_settle(struct call_file *file, enum room_offer_state state, const char *detail);

/** The answer to an offer of ours. @return false: it cannot be had so. */
bool call_push_accept(struct call_file *file, const struct message_section *section);
/** Whether the room still wants it to go. */
bool call_push_is_wanted(const struct call_file *file);
void call_push_on_begun(struct call_file *file);
/** What the session says; @p file may be gone afterwards. */
void call_push_on_sent(struct call_file *file, const struct msrp_sent *sent);
void call_push_on_unreachable(struct call_file *file);
/** @p file is in no list any more, and ends. */
void call_push_on_dropped(const struct call_file *file);

#endif
