/*
 * call_internal.h - what the files call*.c share.
 *
 * Thread   control.
 */
#ifndef SERVER_SIP_CALL_INTERNAL_H
#define SERVER_SIP_CALL_INTERNAL_H

#include "server/call/handshakes.h"
#include "server/sdp/offer.h"
#include "server/sip/call.h"
#include "server/sip/call_file.h"
#include "server/sip/call_message.h"
#include "server/sip/call_msrp.h"
#include "server/sip/call_push.h"
#include "server/sip/diversion.h"
#include "server/sip/header_map.h"
#include "server/sip/lookup.h"
#include "server/sip/reply.h"
#include "server/sip/seal.h"
#include "server/sip/trunk_out.h"
#include "server/sip/uri.h"
#include "server/trunk/trunk_list.h"

enum {
    CALL_MAX_TARGETS = 8,
    CALL_DIVERSION_BYTES = 2 * DIVERSION_TEXT_BYTES + 64,
    CALL_CALL_ID_BYTES = 25,
    CALL_END_GUARD_MS = 40000,
    CALL_FAREWELL_MS = 2000, /* a BYE waits so long for what was asked before it */
    CALL_REFRESH_AGAIN_MS = 5000,
    CALL_KEY_INTERVAL_MS = 1000 /* between two requests for a key frame */
};

enum call_state {
    CALL_NEW,      /* in: INVITE in hand                                              */
    CALL_EARLY,    /* in: 180 or 183 sent, its PRACK or the room's word is awaited      */
    CALL_ANSWERED, /* in: 200 sent, its ACK is awaited                                 */
    CALL_DIALLING, /* out: INVITE sent                                                 */
    CALL_UP,
    CALL_ENDING, /* the participant is gone; BYE, CANCEL or refusal is on its way    */
};

/** Where requests of its dialog go, as the stack has it. All owned; NULL: not known, none. */
struct call_way {
    char *target, *route, *proxy;
    bool leads_back; /* to the address where the call comes from */
};

/** Of a 3xx. */
struct call_target {
    char *uri;
    unsigned diversions; /* how many had sent the call on when it was named */
};

/** What a reliable 1xx to a call of ours has settled: it waits for the 200 to be connected. */
struct call_agreed {
    struct leg_plan plan;
    struct video_plans video;
};

struct call {
    struct ua *ua;
    struct ua_line *line;
    nua_handle_t *handle;
    struct call *next, **place; /* in ua->calls                                     */
    enum call_state state;
    bool is_out;
    bool was_up;                     /* counted as answered                              */
    char id[PARTICIPANT_ID_BYTES];   /* that its participant has, or will have           */
    struct participant *participant; /* NULL: over, for the room                         */
    struct offer_session offers;
    struct seal seal; /* of all bodies with SDP */
    bool is_known;    /* its far end has shown the password of an account: to call, or
                         to register the phone that we call */
    char
        account[ACCOUNT_NAME_BYTES]; /* that account, or the one that it says to be; "": none */
    enum media_srtp account_srtp;    /* of who has called, as it was then */
    struct trunk *trunk;             /* whose line it has; NULL: none     */
    enum media_srtp trunk_srtp;      /* as it was when it began           */
    enum trunk_dtmf trunk_dtmf;      /* the same                              */
    struct codec_choice *trunk_codecs; /* owned: the same; NULL: it has chosen none */
    enum trunk_early trunk_early;      /* the same                              */
    unsigned early_limit_s;            /* and this                              */
    bool trunk_says_early;             /* and this: by P-Early-Media            */
    char payer[TRUNK_PAYER_BYTES];     /* of a line out                  */
    struct handshakes handshakes;
    struct sockaddr_storage peer; /* where its signalling comes from or goes          */
    struct sockaddr_storage flow; /* of who has called: where its phone is (source.h) */
    char contact[SIP_CONTACT_BYTES];
    struct loop_timer reap, limit, refresh, farewell;
    enum participant_reason bye_for;   /* why BYE was said */
    unsigned infos;                    /* of ours, not answered yet */
    bool far_has_update, far_has_info; /* its Allow says so                                */
    bool far_refuses_keys;             /* it has refused to be asked for a key frame       */
    int64_t key_asked_ns;              /* when it was last asked; 0: not yet               */
    bool by_source;                    /* requests go where its last one came from         */
    bool is_inviting;                  /* an INVITE of ours is open                        */
    msg_t *bye;                        /* a reference: its BYE, answered when that one is  */
    struct call_messages messages;
    struct call_way way;
    struct call_msrp *msrp;              /* owned: the chat by MSRP; NULL: none */
    struct call_file *files;             /* owned: on their way, either way     */
    struct call_push push;               /* of those, the ones that we offer    */
    enum participant_reason hung_up_for; /* ENDING because the room said so  */
    struct call_early *early;            /* owned: in, with early media; NULL: without */

    /* only if is_out */
    bool offers_chat;                 /* by MSRP                                         */
    char call_id[CALL_CALL_ID_BYTES]; /* its Call-ID                                     */
    struct call_target target[CALL_MAX_TARGETS]; /* [target_count], owned: still to be tried */
    struct diversion_list *diversions; /* owned: who has sent it on; NULL: nobody     */
    unsigned forwards; /* of these, the oldest: before it went to where it goes now */
    unsigned target_count, redirects;
    bool is_sips; /* the last target was: it is not redirected to less          */
    unsigned ring_timeout_s, session_expires_s, min_expires_s;
    unsigned longer_sessions; /* that it was asked for by 422                            */
    struct uri_target goal;   /* whom it calls now */
    struct lookup lookup;     /* where that is     */
    char *awaits_tls;     /* owned: the host whose connection is not there yet; NULL: none    */
    uint16_t awaits_port; /* of its URI; 0: none is said                                   */
    bool awaits_handshake; /* that has begun                                                */
    char *early_answer;    /* SDP of a 1xx: counts if the 200 has none          */
    struct call_agreed *agreed; /* owned: the same, of a reliable one; NULL: none */
    unsigned early_changes;     /* of it, that were heard                            */
    bool early_is_silent;       /* the far end says that it sends nothing            */
    struct loop_timer ring;
    char *replaces;         /* owned: of the first INVITE (RFC 3891); NULL: none */
    struct call_fork *fork; /* owned: of an account, whose phones ring together; NULL: none */
    struct trunk_out *out;  /* owned: of a trunk; NULL: it goes by none */
    struct call *beside;    /* whose phones ring, too (call_beside.h); NULL: none    */
    unsigned beside_hop;    /* of that one's: by whom it was sent here               */
    int refused_with;       /* the final status of the last attempt; 0: none         */
    struct loop_timer patience; /* with the phones of an account */
    struct loop_timer joining;  /* until numbers ring beside them */
    struct loop_timer gateway;  /* that has not answered, or does not ring */
};

extern const struct participant_link call_link;

/** A call without participant, in ua->calls. @p handle moves in; may be NULL. @p id is its
 * participant's; NULL: there is none yet. NULL: no memory. */
struct call *call_create(struct ua_line *line, nua_handle_t *handle, const char *id);

/** The media of its call is as this trunk wants it now; what is changed of it later is no
 * matter of the call. @return 0; -ENOMEM. */
int call_note_trunk(struct call *call, const struct trunk *trunk);

/** Gives its line back, if it has one. */
void call_give_line(struct call *call);

/** The call in @p room, past its door, that a request outside of its dialog comes from: its
 * From, from the address and port of its signalling, or those that a proxy of ours says.
 * NULL: none. */
struct call *call_of_sender(const struct ua_line *line, const struct room *room,
                            const sip_t *sip);

/** The call that the value of a Replaces header means, if it is up. NULL: none. */
struct call *call_of_replaces(const struct ua *ua, const char *text);
/** The same of one that was parsed. */
struct call *call_of_dialog(const struct ua *ua, const sip_replaces_t *replaces);

/** Frees the call at the loop's next turn. */
void call_reap_soon(struct call *call);

/** The far end or the stack ended it: the participant leaves, timers stop. The dialog's own end
 *  is the caller's matter. */
void call_leave(struct call *call, enum participant_reason reason, const char *detail);

/** We end it because its media cannot be had: with @p detail as the text of a Reason. */
void call_fail(struct call *call, enum participant_reason reason, const char *detail);

/** Ends a dialog by BYE with the Reason that fits. State becomes ENDING. */
void call_bye(struct call *call, enum participant_reason reason);

/** Puts the offer and the answer at hand into force, or leaves all as it was before. */
void call_commit(struct call *call);
void call_withdraw(struct call *call);

/** Our media as the far end at @p remote (may be of AF_UNSPEC) has to see it. @p video: with
 *  ports for a picture, if the room has one; that there are none is no error. @return 0 or
 *  -errno. */
int call_local(const struct call *call, const struct sockaddr *remote, unsigned videos,
               struct offer_local *local);

/** Of a call, or of what is to be one's: as the configuration has it. */
void call_begin_offers(const struct ua *ua, struct offer_session *offers);

/** Whether @p offer has video, and is to be refused because @p local has none: the policy of a
 *  full machine. *why says so. */
bool call_refuses_video(const struct call *call, const struct offer *offer,
                        const struct offer_local *local, struct offer_failure *why);

/** Adds the chat of @p offer to @p local, as call_msrp_answer(). @return false: there is
 * neither sound nor a chat; *why says so. */
bool call_has_media(struct call *call, const struct offer *offer, const char *dialled,
                    struct offer_local *local, struct offer_failure *why);

/** handshakes_connect() with what it has. */
int call_connect(struct call *call, struct leg_plan *plan, struct video_plans *video);

/** What listener, account, trunk and the @p settings of the room (NULL: it says nothing) say of
 *  encryption and codecs, for the next offer or answer. @return 0; they contradict each other:
 *  -EPROTO of encryption, -EPROTONOSUPPORT of codecs. */
int call_settle_media(struct call *call, const struct room_settings *settings,
                      struct offer_failure *why);

/** @p text (NULL: none) as the far end has to get it in a request of @p method. */
void call_seal(const struct call *call, enum seal_kind kind, const char *method,
               const char *type, const char *text, struct sealed *sealed);
/** @p sdp (NULL: none) in a message that begins with @p start, as struct seal_text has it. */
void call_seal_sdp(const struct call *call, const char *start, const char *sdp,
                   struct sealed *sealed);

/** It is connected: starts the limit of its length. */
void call_is_up(struct call *call);

/** RFC 4028: notes who refreshes, and refreshes by re-INVITE if that is us and the far end has
 * no UPDATE. @p sip is the request or response that settled it. */
void call_note_session_timer(struct call *call, const sip_t *sip);

/** A timer's function: refreshes the session now. */
void call_refresh(void *call);

/** Sends what follows in the dialog to where this request came from, if it has to be so. */
void call_note_route(struct call *call, const sip_t *sip);

/** The far end's Allow. */
void call_note_far_end(struct call *call, const sip_t *sip);

/* in dialog: call_change.c */
void call_on_invite(struct call *call, const sip_t *sip);
void call_on_update(struct call *call, const sip_t *sip);
void call_on_ack(struct call *call, const sip_t *sip);
void call_on_prack(struct call *call, const sip_t *sip);
/** Takes the answer to our offer. @return false: *why says why not, what was before stands. */
bool call_take_answer(struct call *call, struct slice body, struct offer_failure *why);
/** The same before the call is answered: its sound is heard, and nothing is settled by it. */
bool call_hear_answer(struct call *call, struct slice body, struct offer_failure *why);
/** The same, reliably (RFC 3262): it is settled, and the far end may offer anew (RFC 3311). */
bool call_agree(struct call *call, struct slice body, struct offer_failure *why);
/** It is answered: what was settled is connected. @return as call_take_answer(). */
bool call_take_agreed(struct call *call, struct offer_failure *why);
/** Offers all that there is now, by a re-INVITE. @return false: it cannot be now, and nothing
 * has changed. */
bool call_reoffer(struct call *call);
/** Sends @p sdp, an offer, in an INVITE within the dialog. */
void call_reinvite(struct call *call, const char *sdp);
/** The response to a re-INVITE of ours. */
void call_on_reinvite_response(struct call *call, int status, const sip_t *sip);
/** Sends 200 to the INVITE at hand with @p sdp (NULL: none). */
void call_answer(struct call *call, const char *sdp);

/* its end beside the stack's queue: call_farewell.c */
/** Notes Contact and Record-Route of a request or response that makes the dialog, or changes
 *  its target. */
void call_note_way(struct call *call, const sip_t *sip);
/** Its requests go to @p proxy, a URI. */
void call_note_proxy(struct call *call, const char *proxy);
void call_way_finish(struct call *call);
/** Sends BYE at once, though another request of the dialog is not answered yet. @return false:
 *  the way is not known: nua_bye() has to do. */
bool call_farewell(const struct call *call, const char *reason);

/* in dialog: call_info.c */
void call_on_info(struct call *call, const sip_t *sip);
/** Asks the far end for a key frame, if it can be asked by INFO and was not in the last second:
 *  struct participant_link's function. */
void call_request_key(void *call);
/** Sends a digit as its trunk wants it: struct participant_link's function. */
int call_send_digit(void *call, char digit, unsigned duration_ms);
/** The response to either. */
void call_on_info_response(struct call *call, int status);

/** Rings: 180, with @p sdp if 100rel is required; or 183, reliable where the far end has that.
 */
void call_ring(struct call *call, int status, const char *sdp);

/* before the answer: call_early.c */
/** Who sends @p invite has 100rel: a 183 gets there, and its PRACK may bring an answer. */
bool call_early_is_reliable(const sip_t *invite);
/** The room has not let in yet whom @p invite is of, or has refused him with @p refusal (NULL:
 * it has not): sends 183 with @p sdp, again in time, and answers when the room says so, or he
 * has waited for too long; or sends the refusal when the room hangs up. @return 0 or -ENOMEM.
 */
int call_early_begin(struct call *call, const sip_t *invite, const char *sdp,
                     const struct reply *refusal);
/** It goes in: struct participant_link's function. */
void call_early_answer(void *call);
/** The answer in its 183 has come to the far end. */
void call_early_on_prack(struct call *call);
/** Offer and answer were exchanged before the call is answered, so that a new offer may come.
 */
bool call_early_is_agreed(const struct call *call);
/** What it is refused with once it has heard why; NULL: it was not refused. */
const struct reply *call_early_refusal(const struct call *call);
void call_early_stop(struct call *call);
void call_early_destroy(struct call *call);
/** The SDP of a 1xx to a call of ours; "": it has none. By a trunk that has early media, it is
 *  heard: the newest, where several phones ring; but after a reliable one, no other counts. */
void call_early_progress(struct call *call, struct slice body, bool is_reliable);
/** What a 1xx or UPDATE says by P-Early-Media. */
void call_early_note_header(struct call *call, const sip_t *sip);
/** What @p call has before its answer is for its room to hear. */
bool call_early_is_heard(const struct call *call);
/** The room hears it. @return false: it cannot be used, or was changed too often. */
bool call_early_hear(struct call *call, struct slice body);

/* out, to an account: call_fork.c */
/** Calls all phones of @p account. @return 0; -EHOSTDOWN: none is registered; -ENOKEY: S/MIME
 * is required, and there is no certificate; the first one's error if none can be called. */
int call_fork_begin(struct call *call, const struct room_dial *request,
                    const struct account *account);
void call_fork_destroy(struct call_fork *fork); /* NULL is allowed */
/** Cancels what still rings. @return true: a phone has not answered yet; the call is reaped
 * when all have. */
bool call_fork_cancel(struct call *call, const char *reason);
/** @return true if the event is of a phone that is not, or not yet, the one that answered. */
bool call_fork_takes(struct call *call, nua_handle_t *handle, nua_event_t event, int status,
                     const char *phrase, const sip_t *sip);

/* out, on a 3xx: call_redirect.c */
/** Notes the contacts of a 3xx that may be dialled, in order, before those of earlier ones. */
void call_note_redirects(struct call *call, int status, const sip_t *sip);
/** The next, owned by the caller. NULL: there is none, or it was sent on too often. */
char *call_next_redirect(struct call *call);
void call_forget_redirects(struct call *call);
/** Who has sent it on (NULL: nobody), as headers of an INVITE to @p target; "": nobody. */
void call_write_diversions(const struct diversion_list *list, const char *target,
                           char out[CALL_DIVERSION_BYTES]);

/* out, beside the phones of an account: call_beside.c */
/** Those that ring beside @p call are to ring no more. */
void call_beside_end(struct call *call, enum participant_reason reason);
/** Of these, or of those beside whom @p call rings, another has early media that is heard. */
bool call_beside_is_heard(const struct call *call);
/** It is over without an answer: beside whom it rang learns so. */
void call_beside_over(struct call *call, enum participant_reason reason);

/* out: call_dial.c */
/** Calls @p number in place of what was called, at the expense of @p account. @p list, which
 *  moves in, says who has sent it on. @return 0; -ENOSYS: dial-out is off; -EUSERS: too many
 *  dial-outs; as room_dial(): by no trunk. */
int call_dial_on(struct call *call, const char *number, const struct account *account,
                 struct diversion_list *list);
/** Gives it the whole time to be answered in, from now on. */
void call_await_answer(struct call *call);
/** The address to dial, if it is one; else one that is routed like most: only to learn ours. */
void call_guess_peer(const char *host, int family, struct sockaddr_storage *peer);
/** Writes the headers that the attributes of its participant become. */
void call_write_headers(const struct call *call, char out[HEADER_MAP_BYTES]);
/** Writes the room of @p call as the From of what it dials. */
void call_write_room(const struct call *call, const char *host, char *out, size_t room);
void call_on_dial_response(struct call *call, int status, const char *phrase, const sip_t *sip);

#endif
