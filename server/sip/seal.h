/*
 * seal.h - what one far end's bodies have to be, signed and encrypted or not (S/MIME): opened
 * where they come in, made where they go out.
 *
 *   seal_begin(&seal, ua, account, uri);              account NULL: of nobody that we know
 *   if (!seal_open(&seal, SEAL_SDP, sip, &body, &reply)) ...refuse with reply...
 *   body.content                                      a body of body.type, until the next event
 *   seal_make(&seal, SEAL_SDP, "application/sdp", sdp, &sealed);
 *   nua_invite(handle, SEALED_TAGS(&sealed), ...); sealed_finish(&sealed);
 *
 * A far end that has sent a signed or encrypted body is answered so, and has to go on so: a
 * plain one after that could be anybody's. What an account requires is both. A signer has to
 * have the account's certificate, or one for the address that sip.smime_authorities vouch for.
 *
 * Who signs a message within the message (message/sip, tunnel.h) has its headers protected,
 * too, and has to go on so; there is no other way to sign a REFER.
 *
 * Thread   control.
 * Source   RFC 3261 sections 21.4.13 (415), 21.4.28 (493), 23.
 * Not      messages within messages of our own, so that no header of ours is protected; signers
 *          whose certificate is not in the message; several recipients; SUBSCRIBE and OPTIONS.
 */
#ifndef SERVER_SIP_SEAL_H
#define SERVER_SIP_SEAL_H

#include "server/account/account_list.h"
#include "server/body/message_body.h"
#include "server/body/smime.h"
#include "server/room/participant.h"
#include "server/sip/reply.h"

enum seal_kind { SEAL_SDP, SEAL_MESSAGE, SEAL_REFER, SEAL_KINDS };

struct seal {
    struct ua *ua;
    enum account_smime policy;
    X509 *certificate;               /* owned, of the account; NULL: none */
    char uri[PARTICIPANT_URI_BYTES]; /* whose certificates have to be */
    bool is_signed[SEAL_KINDS], is_encrypted[SEAL_KINDS], is_tunnelled[SEAL_KINDS];
    X509 *recipient; /* owned; NULL: nothing was encrypted yet */
    X509 *signer;    /* owned, of what was opened last; NULL: nothing was */
    enum smime_cipher cipher;
};

/** @p account NULL: none. @p uri: the address of the far end. */
void seal_begin(struct seal *seal, struct ua *ua, const struct account *account,
                const char *uri);
/** Of a request whose sender has shown no password: what it says to be is believed, which is no
 *  way around what an account requires. */
void seal_begin_from(struct seal *seal, struct ua *ua, const sip_t *sip);
/** Of what goes to the phones of an account of ours. */
void seal_begin_to(struct seal *seal, struct ua *ua, const struct account *account);
void seal_finish(struct seal *seal); /* a zeroed one is allowed */

/** Before we send the first body: signs and encrypts if there is a certificate. @return 0;
 *  -ENOKEY: the account requires it, and we cannot. */
int seal_demand(struct seal *seal, enum seal_kind kind);

struct seal_body {
    const char *type; /* with its parameters, as they came; NULL: none is said */
    struct slice content;
};

/** The body of @p sip; length 0: none. @return false: *reply says why not. */
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
bool seal_check_refer(struct seal *seal, const sip_t *sip, struct reply *reply);

/** The MESSAGE of who is in no call. @return false: *reply says why not. */
bool seal_read_message(struct ua *ua, const sip_t *sip, struct message_body *read,
                       struct reply *reply);

/** Frees what seal_open() has opened last. */
void seal_forget(struct ua *ua);

struct sealed { /* a body on its way out */
    char type[SMIME_TYPE_BYTES];
    sip_payload_t *payload; /* NULL: none */
    su_home_t home[1];
};

/** @p text NULL: no body. What cannot be sealed is not sent, so there is none then either. */
void seal_make(const struct seal *seal, enum seal_kind kind, const char *type, const char *text,
               struct sealed *sealed);
void sealed_finish(struct sealed *sealed);

#define SEALED_TAGS(sealed)                                                                    \
    TAG_IF((sealed)->payload, SIPTAG_CONTENT_TYPE_STR((sealed)->type)),                        \
        TAG_IF((sealed)->payload, SIPTAG_PAYLOAD((sealed)->payload))

#endif
