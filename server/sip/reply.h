/*
 * reply.h - one response, with all that makes a refusal useful: Warning, Retry-After, Accept.
 *
 * Thread   control, inside ua_on_event().
 * Source   RFC 3261 sections 20.33 (Retry-After), 20.43 (Warning), 21.
 */
#ifndef SERVER_SIP_REPLY_H
#define SERVER_SIP_REPLY_H

#include "server/sdp/offer.h"
#include "server/sip/sip_internal.h"

struct reply {
    int status;
    const char *phrase;                 /* a constant: the stack keeps the pointer         */
    char detail[DESCRIPTION_WHY_BYTES]; /* follows the phrase; "": none              */
    struct offer_warning warning;       /* code 0: none                                    */
    const char *contact;    /* of a 302, borrowed for the reply; NULL: none                  */
    unsigned retry_after_s; /* 0: none                                         */
    struct slice certificates; /* ours, of a 493; length 0: none                 */
    const char *accept; /* the types of a 415, a constant; with Accept-Encoding; NULL: none */
};

/** A reply with a phrase for a person, which is a constant. */
struct reply reply_make(int status, const char *phrase);
/** 503 with Retry-After. */
struct reply reply_later(const char *phrase);
/** What an SDP body deserves that was not taken. */
struct reply reply_of_failure(const struct offer_failure *failure);

/** Refuses the request of the event that is being handled, whose handle ends with it. */
void reply_refuse(struct ua_line *line, nua_handle_t *handle, const struct reply *reply);

/** Refuses the INVITE that @p handle still has to answer, outside its event. */
void reply_refuse_later(struct ua_line *line, nua_handle_t *handle, const struct reply *reply);

/** Refuses a request within a dialog, again the one of this event. The detail goes into a
 * Warning: in the phrase it would have to live as long as the dialog. */
void reply_refuse_in_dialog(struct ua_line *line, nua_handle_t *handle,
                            const struct reply *reply);

/** 200 to @p bye, of this event or one before. */
void reply_accept_bye(struct ua_line *line, nua_handle_t *handle, msg_t *bye);

/** The body of @p sip in *body, whatever its type; length 0: none. @return false: *reply says
 * why not, and that @p accept would be taken. */
bool reply_find_any_body(const sip_t *sip, const char *accept, struct slice *body,
                         struct reply *reply);

/** 415: @p phrase is a constant, as is @p accept. */
struct reply reply_unsupported_type(const char *phrase, const char *accept);

#endif
