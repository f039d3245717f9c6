/*
 * seal.h - what one far end's bodies have to be, signed and encrypted or not (S/MIME): opened
 * where they come in, made where they go out.
 *
 *   seal_begin(&seal, ua, account, uri);              account NULL: of nobody that we know
 *   if (!seal_open(&seal, SEAL_SDP, sip, &body, &reply)) ...refuse with reply...
 *   body.content                                      a body of body.type, until the event ends
 *   seal_make(&seal, SEAL_SDP, &(struct seal_text){"application/sdp", sdp, ...}, &sealed);
 *   nua_invite(handle, SEALED_TAGS(&sealed), ...); sealed_finish(&sealed);
 *
 * A far end that has sent a signed or encrypted body is answered so, and has to go on so: a
 * plain one after that could be anybody's. What an account requires is both. A signer has to
 * have the account's certificate, or one for the address that sip.smime_authorities vouch for.
 *
 * Who signs a message within the message (message/sip, tunnel.h) has its headers protected,
 * too, is answered so, and has to go on so; there is no other way to sign a REFER.
 *
 * Rules    what an account's `smime` means for each request, and for its responses:
 *
 *              request                          required            whole
 *              INVITE, UPDATE, PRACK, ACK: SDP  signed, encrypted   of the whole message
 *              MESSAGE; INFO with a body        signed, encrypted   of the whole message
 *              REFER (no body, or a list)       whole message       whole message
 *              NOTIFY of ours: rooms, REFERs    signed, encrypted   of the whole message
 *              SUBSCRIBE                        plain: what it asks for is encrypted for the
 *                                               account, whoever asks; who may, the room says
 *              OPTIONS                          plain: what it is told is no secret
 *              BYE, CANCEL; INFO, ACK, PRACK    plain: who knows the dialog can mostly cut the
 *              without a body                   line, too, and who only listens is kept out by
 *                                               TLS. A BYE that is refused leaves somebody in a
 *                                               room who has gone; a CANCEL has no body at all
 *              REGISTER                         plain: it has a password
 *
 *          "optional" takes all of them plain, until the far end has sealed one of that row;
 *          "off" takes nothing else. An INVITE without an offer shows in its ACK who it is of.
 *
 * Thread   control.
 * Source   RFC 3261 sections 21.4.13 (415), 21.4.28 (493), 23; RFC 3420, 3893.
 * Blocks   what goes out is signed on control, in the moment of sending: an answer that is
 *          settled but not sent yet would be one more state of all that is said in a call. With
 *          a key of P-256 that is 0.1 ms, of RSA 4096 3 ms; only who is let in is answered so.
 * Not      signers whose certificate is neither the account's nor in the message; several
 *          recipients; refusals of ours are not sealed.
 */
#ifndef SERVER_SIP_SEAL_H
#define SERVER_SIP_SEAL_H

#include "server/account/account_list.h"
#include "server/body/message_body.h"
#include "server/body/smime.h"
#include "server/room/participant.h"
#include "server/sip/reply.h"
#include "server/sip/sip_internal.h"

struct tunnel_lines;

enum seal_kind { SEAL_SDP, SEAL_MESSAGE, SEAL_INFO, SEAL_REFER, SEAL_NOTIFY, SEAL_KINDS };
enum { SEAL_SEQUENCE_BYTES = 48 };

struct seal {
    struct ua *ua;
    enum account_smime policy;
    X509 *certificate;               /* owned, of the account; NULL: none */
    char uri[PARTICIPANT_URI_BYTES]; /* whose certificates have to be */
    bool is_signed[SEAL_KINDS], is_encrypted[SEAL_KINDS], is_tunnelled[SEAL_KINDS];
    bool has_fragments;                 /* what the far end has tunnelled last was one  */
    char sequence[SEAL_SEQUENCE_BYTES]; /* CSeq of the last request that was opened; "" */
    X509 *recipient;                    /* owned; NULL: nothing was encrypted yet */
    X509 *signer;                       /* owned, of what was opened last; NULL: nothing was */
    struct smime_manner manner;         /* of that */
};

/** @p account NULL: none. @p uri: the address of the far end. */
void seal_begin(struct seal *seal, struct ua *ua, const struct account *account,
                const char *uri);
/** Of what goes to the phones of an account of ours. */
void seal_begin_to(struct seal *seal, struct ua *ua, const struct account *account);
/** Of what else is said to who has that call. */
void seal_begin_beside(struct seal *seal, const struct seal *call);
void seal_finish(struct seal *seal); /* a zeroed one is allowed */

/** Whether what comes and goes has to be signed and encrypted. */
bool seal_is_required(const struct seal *seal);
/** Whether its sender says in Accept that it reads what is encrypted. */
bool seal_is_asked_for(const sip_t *sip);
/** Before we send the first body: signs and encrypts if there is a certificate. @return 0;
 *  -ENOKEY: the account requires it, and we cannot. */
int seal_demand(struct seal *seal, enum seal_kind kind);

/** A body that is S/MIME, borrowed. */
struct seal_envelope {
    char type[SMIME_TYPE_BYTES];
    struct slice encoding, body;
};

/** @return false: it is none, or one that seal_open() will refuse without opening it. */
bool seal_find_envelope(const sip_t *sip, struct seal_envelope *envelope);

struct seal_body {
    const char *type; /* with its parameters, as they came; NULL: none is said */
    struct slice content;
};

/** The body of @p sip, of the event at hand, which was opened before (parking.h); length 0:
 *  none. @return false: *reply says why not. */
bool seal_open(struct seal *seal, enum seal_kind kind, const sip_t *sip, struct seal_body *body,
               struct reply *reply);
/** The types that are taken, a constant. */
const char *seal_accepts(const struct seal *seal, enum seal_kind kind);
/** 415, with the types that are taken. @p phrase is a constant. */
struct reply seal_unsupported(const struct seal *seal, enum seal_kind kind, const char *phrase);

/** seal_open(), and nothing but SDP is taken. */
bool seal_open_sdp(struct seal *seal, const sip_t *sip, struct slice *body,
                   struct reply *reply);

/** A REFER, which may be signed, and has to be if one was. @return false: *reply says why not.
 */
bool seal_check_refer(struct seal *seal, const sip_t *sip, struct seal_body *body,
                      struct reply *reply);

/** The MESSAGE of who is in no call. @return false: *reply says why not. */
bool seal_read_message(struct ua *ua, const sip_t *sip, struct message_body *read,
                       struct reply *reply);

struct sealed { /* a body on its way out */
    char type[SMIME_TYPE_BYTES];
    sip_payload_t *payload; /* NULL: none */
    su_home_t home[1];
};

/** What goes out, and in which message, should its headers have to be signed, too; all
 *  borrowed. */
struct seal_text {
    const char *type, *text; /* text NULL: no body                                        */
    const char *start;       /* its method, or "SIP/2.0 200 OK": the response to what was
                                opened last                                               */
    nua_handle_t *handle;    /* in whose dialog                                           */
    const char *contact;     /* that it will have, or could have                          */
    const struct tunnel_lines *lines; /* outside of a dialog, instead of the last three; NULL */
};

/** What cannot be sealed is not sent, so there is no payload then either. */
void seal_make(const struct seal *seal, enum seal_kind kind, const struct seal_text *text,
               struct sealed *sealed);
void sealed_finish(struct sealed *sealed);

#define SEALED_TAGS(sealed)                                                                    \
    TAG_IF((sealed)->payload, SIPTAG_CONTENT_TYPE_STR((sealed)->type)),                        \
        TAG_IF((sealed)->payload, SIPTAG_PAYLOAD((sealed)->payload))

#endif
