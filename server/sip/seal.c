/* seal.c - the rules of S/MIME in a call; the cryptography is smime.h's. */
#include "server/sip/seal.h"

#include "mixer/base/log.h"
#include "server/body/mime.h"
#include "server/sip/destination.h"
#include "server/sip/dialog_lines.h"
#include "server/sip/extension.h"
#include "server/sip/info_dtmf.h"
#include "server/sip/info_picture.h"
#include "server/sip/parking.h"
#include "server/sip/seal_keys.h"
#include "server/sip/tunnel.h"
#include "server/sip/uri.h"

#include <sofia-sip/sip_header.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char sdp_type[] = "application/sdp";

#define INFO_TYPES INFO_DTMF_TYPES ", " INFO_PICTURE_TYPE

/* What is taken of each kind: without, and with S/MIME. */
static const struct rule {
    const char *plain, *sealed;
    bool is_headers; /* all that it says is in its headers */
} rules[SEAL_KINDS] = {
    [SEAL_SDP] = {.plain = sdp_type, .sealed = "application/sdp, " SMIME_TYPES},
    [SEAL_MESSAGE] = {.plain = MESSAGE_BODY_TYPES,
                      .sealed = MESSAGE_BODY_TYPES ", " SMIME_TYPES},
    [SEAL_INFO] = {.plain = INFO_TYPES, .sealed = INFO_TYPES ", " SMIME_TYPES},
    [SEAL_REFER] = {.plain = "", .sealed = SMIME_TYPES, .is_headers = true},
    [SEAL_NOTIFY] = {.plain = "", .sealed = ""}, /* only ours */
};

void seal_begin(struct seal *seal, struct ua *ua, const struct account *account,
                const char *uri)
{
    const char *pem = account ? account->settings.certificate : NULL;
    *seal = (struct seal){.ua = ua, .policy = ACCOUNT_SMIME_OPTIONAL};
    if (account)
        seal->policy = account->settings.smime;
    if (pem)
        seal->certificate = smime_read_certificate(pem);
    snprintf(seal->uri, sizeof(seal->uri), "%s", uri);
}

/* All its phones have its certificate, so its key. */
void seal_begin_to(struct seal *seal, struct ua *ua, const struct account *account)
{
    char uri[PARTICIPANT_URI_BYTES];
    snprintf(uri, sizeof(uri), "sip:%s@%s", account ? account->name : "", ua->config.realm);
    seal_begin(seal, ua, account, uri);
}

void seal_begin_beside(struct seal *seal, const struct seal *call)
{
    *seal = *call;
    X509 *const certificates[] = {seal->certificate, seal->recipient, seal->signer};
    for (size_t i = 0; i < sizeof(certificates) / sizeof(certificates[0]); i++) {
        if (certificates[i])
            X509_up_ref(certificates[i]);
    }
}

void seal_finish(struct seal *seal)
{
    X509_free(seal->certificate);
    X509_free(seal->recipient);
    X509_free(seal->signer);
    *seal = (struct seal){.certificate = NULL};
}

/* For whom we encrypt from now on. */
static void take_recipient(struct seal *seal, X509 *certificate)
{
    X509_free(seal->recipient);
    X509_up_ref(certificate);
    seal->recipient = certificate;
}

bool seal_is_required(const struct seal *seal)
{
    return seal->policy == ACCOUNT_SMIME_REQUIRED || seal->policy == ACCOUNT_SMIME_WHOLE;
}

bool seal_is_asked_for(const sip_t *sip)
{
    const sip_accept_t *each = sip->sip_accept;
    while (each && (!each->ac_type || strcasecmp(each->ac_type, "application/pkcs7-mime") != 0))
        each = each->ac_next;
    return each != NULL;
}

static bool requires_whole(const struct seal *seal, enum seal_kind kind)
{
    return seal->is_tunnelled[kind] || seal->policy == ACCOUNT_SMIME_WHOLE ||
           (rules[kind].is_headers && seal_is_required(seal));
}

int seal_demand(struct seal *seal, enum seal_kind kind)
{
    bool can = seal->ua->seal_keys && seal->certificate;
    if (!can)
        return seal_is_required(seal) ? -ENOKEY : 0;
    if (seal->policy == ACCOUNT_SMIME_OFF)
        return 0;
    take_recipient(seal, seal->certificate);
    seal->is_signed[kind] = seal->is_encrypted[kind] = true;
    return 0;
}

/* ---- in ---- */

static bool refuse(const struct seal *seal, struct reply *reply, struct reply with)
{
    *reply = with;
    log_often("sip", NULL, seal->uri, "S/MIME of %s: %d %s", seal->uri, with.status,
              with.phrase);
    return false;
}

const char *seal_accepts(const struct seal *seal, enum seal_kind kind)
{
    bool has_smime = seal->ua->seal_keys && seal->policy != ACCOUNT_SMIME_OFF;
    return has_smime ? rules[kind].sealed : rules[kind].plain;
}

struct reply seal_unsupported(const struct seal *seal, enum seal_kind kind, const char *phrase)
{
    return reply_unsupported_type(phrase, seal_accepts(seal, kind));
}

static struct reply reply_undecipherable(const struct seal *seal)
{
    struct reply reply = reply_make(493, "Undecipherable");
    reply.certificates = seal_keys_certificates(seal->ua->seal_keys);
    return reply;
}

static struct reply reply_of_error(const struct seal *seal, enum seal_kind kind, int error)
{
    switch (-error) {
    case ENOKEY:
        return reply_undecipherable(seal);
    case EACCES:
        return reply_make(403, "Signature Does Not Fit The Body");
    case ENODATA:
        return reply_make(403, "No Certificate Of The Signer Is Known");
    case EBUSY:
        return reply_later("Too Many Sealed Bodies At Once");
    case ENOTSUP:
        return seal_unsupported(seal, kind, "Unsupported Media Type: of S/MIME");
    case EMSGSIZE:
        return reply_make(413, "Request Entity Too Large");
    case ENOMEM:
        return reply_make(500, "Server Internal Error: out of memory");
    default:
        return reply_make(400, "Bad Request: broken S/MIME");
    }
}

static bool is_of_account(const struct seal *seal, const X509 *signer)
{
    return seal->certificate && X509_cmp(signer, seal->certificate) == 0 &&
           X509_cmp_current_time(X509_get0_notBefore(signer)) < 0 &&
           X509_cmp_current_time(X509_get0_notAfter(signer)) > 0;
}

static bool is_believed(const struct seal *seal, const struct smime_opened *opened)
{
    return is_of_account(seal, opened->signer) ||
           (opened->is_vouched && smime_signer_is(opened->signer, seal->uri));
}

/* A certificate of the account comes before the one that was signed with: that may be good for
 * signatures only. NULL: none is known. */
static X509 *choose_recipient(const struct seal *seal, const struct smime_opened *opened)
{
    if (seal->certificate)
        return seal->certificate;
    return smime_can_encrypt(opened->signer) ? opened->signer : NULL;
}

/* Who signs what he cannot read would see it come out in his own name: it has to say itself
 * whose it is, and nobody may have changed it (RFC 3261 section 23.4.3 has it so). */
static bool is_bound(const struct smime_opened *opened)
{
    return opened->is_tamperproof && tunnel_is(opened->type);
}

/* Nothing that came by the network is kept for the next call: only its user may say that a key
 * is another one now (RFC 3261 section 23.2), here to who runs the server. */
static void note_signer(struct seal *seal, X509 *signer)
{
    if (seal->signer && X509_cmp(seal->signer, signer) != 0)
        log_warn("sip", "S/MIME of %s: signs with another certificate than before", seal->uri);
    X509_up_ref(signer);
    X509_free(seal->signer);
    seal->signer = signer;
}

/* What has been opened, against what it has to be. */
static bool judge(struct seal *seal, enum seal_kind kind, const struct smime_opened *opened,
                  struct reply *reply)
{
    const bool is_required = seal_is_required(seal);
    X509 *recipient = opened->was_encrypted ? choose_recipient(seal, opened) : NULL;
    if (!opened->was_signed)
        return refuse(seal, reply, reply_make(403, "Body Has To Be Signed"));
    if (!is_believed(seal, opened))
        return refuse(seal, reply, reply_make(403, "Signer Is Not Known As The Sender"));
    if (opened->is_signed_around && !is_bound(opened))
        return refuse(seal, reply, reply_make(403, "Signature Has To Be Encrypted, Too"));
    if (!opened->was_encrypted && (is_required || seal->is_encrypted[kind]))
        return refuse(seal, reply, reply_make(403, "Body Has To Be Encrypted"));
    if (opened->was_encrypted && !recipient)
        return refuse(seal, reply, reply_make(403, "No Certificate Of The Sender Is Known"));
    if (recipient)
        take_recipient(seal, recipient);
    note_signer(seal, opened->signer);
    seal->manner = opened->manner;
    seal->is_signed[kind] = true;
    seal->is_encrypted[kind] |= opened->was_encrypted;
    return true;
}

static struct reply reply_of_tunnel(const struct seal *seal, enum seal_kind kind, int error)
{
    if (error == -EACCES)
        return reply_make(403, "Headers Do Not Fit Those That Are Signed");
    if (error == -ESTALE)
        return reply_make(403, "Message Was Signed At Another Time");
    return reply_of_error(seal, kind, error);
}

/* A message within the message: what it carries is the body. */
static bool open_tunnel(struct seal *seal, enum seal_kind kind, const sip_t *sip,
                        struct seal_body *body, struct reply *reply)
{
    static struct tunnel tunnel; /* `body` points into it; one at a time, on one thread */
    const struct slice type = {body->type, strlen(body->type)};
    bool is_tunnel = tunnel_is(type);
    if (!is_tunnel && requires_whole(seal, kind))
        return refuse(seal, reply, reply_make(403, "Headers Have To Be Signed"));
    if (!is_tunnel)
        return true;
    seal->has_fragments = mime_is(type, TUNNEL_FRAGMENT_TYPE);
    int error = tunnel_open(sip, type, body->content, sip_now(), &tunnel);
    if (error)
        return refuse(seal, reply, reply_of_tunnel(seal, kind, error));
    seal->is_tunnelled[kind] = true;
    body->type = tunnel.type[0] ? tunnel.type : NULL;
    body->content = tunnel.body;
    return true;
}

/* What is within was opened before the event came here. */
static bool take_opened(struct seal *seal, enum seal_kind kind, const sip_t *sip,
                        struct seal_body *body, struct reply *reply)
{
    static char type[SMIME_TYPE_BYTES]; /* `body` points into it, as above */
    struct ua *ua = seal->ua;
    int error;
    if (!ua->seal_keys || seal->policy == ACCOUNT_SMIME_OFF)
        return refuse(seal, reply,
                      seal_unsupported(seal, kind, "Unsupported Media Type: no S/MIME"));
    const struct smime_opened *opened = parking_opened(ua->parking, &error);
    if (opened && !slice_copy(opened->type, type, sizeof(type)))
        error = -EBADMSG;
    if (error)
        return refuse(seal, reply, reply_of_error(seal, kind, error));
    if (!judge(seal, kind, opened, reply))
        return false;
    body->type = type;
    body->content = opened->body;
    return open_tunnel(seal, kind, sip, body, reply);
}

bool seal_find_envelope(const sip_t *sip, struct seal_envelope *envelope)
{
    struct reply ignored;
    const char *encoding = extension_value(sip, "Content-Transfer-Encoding");
    if (!tunnel_write_type(sip->sip_content_type, envelope->type) ||
        !reply_find_any_body(sip, "", &envelope->body, &ignored))
        return false;
    envelope->encoding =
        (struct slice){encoding ? encoding : "", encoding ? strlen(encoding) : 0};
    return envelope->body.length &&
           smime_is((struct slice){envelope->type, strlen(envelope->type)});
}

bool seal_open(struct seal *seal, enum seal_kind kind, const sip_t *sip, struct seal_body *body,
               struct reply *reply)
{
    const sip_content_type_t *type = sip->sip_content_type;
    char text[SMIME_TYPE_BYTES];
    body->type = type ? type->c_type : NULL;
    if (sip->sip_request)
        snprintf(seal->sequence, sizeof(seal->sequence), "%u %s",
                 (unsigned)sip->sip_cseq->cs_seq, sip->sip_cseq->cs_method_name);
    if (!reply_find_any_body(sip, rules[kind].plain, &body->content, reply))
        return false;
    if (!body->content.length)
        return true;
    bool fits = tunnel_write_type(type, text);
    if (smime_is((struct slice){text, strlen(text)})) {
        if (!fits)
            return refuse(seal, reply, reply_of_error(seal, kind, -EBADMSG));
        return take_opened(seal, kind, sip, body, reply);
    }
    if (seal_is_required(seal) || seal->is_signed[kind] || seal->is_encrypted[kind])
        return refuse(
            seal, reply,
            reply_unsupported_type("Unsupported Media Type: S/MIME only", SMIME_TYPES));
    return true;
}

bool seal_open_sdp(struct seal *seal, const sip_t *sip, struct slice *body, struct reply *reply)
{
    struct seal_body opened;
    bool is_open = seal_open(seal, SEAL_SDP, sip, &opened, reply);
    *body = is_open ? opened.content : (struct slice){"", 0};
    if (!is_open || !body->length)
        return is_open;
    const struct slice type = {opened.type ? opened.type : "",
                               opened.type ? strcspn(opened.type, "; \t") : 0};
    if (type.length == strlen(sdp_type) && strncasecmp(type.at, sdp_type, type.length) == 0)
        return true;
    *body = (struct slice){"", 0};
    *reply = seal_unsupported(seal, SEAL_SDP, "Unsupported Media Type: application/sdp only");
    return false;
}

bool seal_check_refer(struct seal *seal, const sip_t *sip, struct seal_body *body,
                      struct reply *reply)
{
    if (!seal_open(seal, SEAL_REFER, sip, body, reply))
        return false;
    if (!sip->sip_payload && requires_whole(seal, SEAL_REFER))
        return refuse(seal, reply, reply_make(403, "Headers Have To Be Signed"));
    return true;
}

/* Its sender has shown no password: what it says to be is believed, which is no way around what
 * an account requires. */
static void begin_from(struct seal *seal, struct ua *ua, const sip_t *sip)
{
    char uri[PARTICIPANT_URI_BYTES];
    uri_plain(sip->sip_from->a_url, uri, sizeof(uri));
    seal_begin(seal, ua, destination_claimed_account(ua, uri), uri);
}

bool seal_read_message(struct ua *ua, const sip_t *sip, struct message_body *read,
                       struct reply *reply)
{
    struct seal seal;
    struct seal_body body;
    begin_from(&seal, ua, sip);
    bool is_open = seal_open(&seal, SEAL_MESSAGE, sip, &body, reply);
    int error = is_open ? message_body_read(body.type, body.content, read) : 0;
    if (error == -ENOTSUP)
        *reply = seal_unsupported(&seal, SEAL_MESSAGE, "Unsupported Media Type");
    else if (error < 0)
        *reply = reply_make(400, "Bad Request: it is not what its type says");
    seal_finish(&seal);
    return is_open && error == 0;
}

/* ---- out ---- */

/* @return 0 and the wrapped body; what smime_wrap() says. */
static int wrap(const struct seal *seal, bool signs, X509 *recipient, const char *type,
                struct slice content, struct sealed *sealed)
{
    struct smime_wrapped wrapped;
    int error =
        seal->ua->seal_keys
            ? smime_wrap(seal_keys_identity(seal->ua->seal_keys), signs, recipient,
                         seal->manner, (struct slice){type, strlen(type)}, content, &wrapped)
            : -ENOKEY;
    if (error)
        return error;
    snprintf(sealed->type, sizeof(sealed->type), "%s", wrapped.type);
    sealed->payload = sip_payload_create(sealed->home, wrapped.body, (isize_t)wrapped.length);
    free(wrapped.body);
    return 0;
}

static bool is_whole(const struct seal *seal, enum seal_kind kind)
{
    return seal->is_tunnelled[SEAL_SDP] || seal->is_tunnelled[kind] ||
           seal->policy == ACCOUNT_SMIME_WHOLE;
}

static int wrap_within(const struct seal *seal, X509 *recipient,
                       const struct tunnel_lines *lines, const struct seal_text *text,
                       struct sealed *sealed)
{
    struct slice content = {text->text, strlen(text->text)};
    const bool is_message = seal->is_tunnelled[SEAL_SDP] && !seal->has_fragments;
    char *whole = tunnel_write(lines, text->type, content, &content.length);
    content.at = whole;
    int error = whole ? wrap(seal, true, recipient,
                             is_message ? TUNNEL_TYPE : TUNNEL_FRAGMENT_TYPE, content, sealed)
                      : -ENOMEM;
    free(whole);
    return error;
}

/* Within its headers. */
static int wrap_whole(const struct seal *seal, X509 *recipient, const struct seal_text *text,
                      struct sealed *sealed)
{
    struct dialog_lines dialog;
    if (text->lines)
        return wrap_within(seal, recipient, text->lines, text, sealed);
    int error = dialog_lines_read(&dialog, text->handle, text->start, seal->sequence);
    dialog.lines.contact = text->contact;
    if (!error)
        error = wrap_within(seal, recipient, &dialog.lines, text, sealed);
    dialog_lines_finish(&dialog);
    return error;
}

void seal_make(const struct seal *seal, enum seal_kind kind, const struct seal_text *text,
               struct sealed *sealed)
{
    /* what is said in a call whose SDP is sealed is sealed as well */
    const bool signs = seal->is_signed[SEAL_SDP] || seal->is_signed[kind];
    const bool encrypts = seal->is_encrypted[SEAL_SDP] || seal->is_encrypted[kind];
    *sealed = (struct sealed){.home = {SU_HOME_INIT(sealed->home)}};
    su_home_init(sealed->home);
    if (!text->text)
        return;
    const struct slice content = {text->text, strlen(text->text)};
    if (!signs && !encrypts) {
        snprintf(sealed->type, sizeof(sealed->type), "%s", text->type);
        sealed->payload = sip_payload_create(sealed->home, text->text, (isize_t)content.length);
        return;
    }
    X509 *recipient = encrypts ? seal->recipient : NULL;
    int error = is_whole(seal, kind)
                    ? wrap_whole(seal, recipient, text, sealed)
                    : wrap(seal, signs, recipient, text->type, content, sealed);
    if (error)
        log_error("sip", "S/MIME for %s: nothing is sent: %s", seal->uri, strerror(-error));
}

void sealed_finish(struct sealed *sealed)
{
    su_home_deinit(sealed->home);
}
