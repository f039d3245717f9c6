/*
 * smime.h - bodies signed and encrypted: S/MIME, as SIP has it.
 *
 *   struct smime_opened opened;
 *   err = smime_open(&identity, alices_certificate, type, encoding, body, &opened);
 *   if (err == -ENOKEY) ...493 Undecipherable...
 *   ...opened.type, opened.body; smime_signer_is(opened.signer, "sip:alice@example.com")...
 *   smime_opened_finish(&opened);
 *
 *   smime_wrap(&identity, true, alices_certificate, opened.manner, type, body, &wrapped);
 *
 * One signature and one encryption, each around the other, are taken off. A second of either,
 * compression, more of anything than cms_bounds.h allows, digests below SHA-256, and bodies
 * that grow above DESCRIPTION_MAX_BYTES are refused. We sign with a detached signature that
 * says which ciphers we read, then encrypt with one that the far end has said it reads, or
 * has used.
 *
 * What was encrypted and not signed within may be of anybody: who has seen it on its way can
 * send it as his own, or change it (is_tamperproof: not that), and see what becomes of it.
 * Whether to believe it is the caller's matter; seal.h does not.
 *
 * Thread   any: nothing is kept from call to call.
 * Errors   -ENOTSUP: not S/MIME, or a kind of it that we do not read; -EBADMSG: broken;
 *          -ENOKEY: encrypted, but not for us; -EACCES: a signature that does not fit what was
 *          signed; -ENODATA: nobody knows the certificate of who has signed it; -EMSGSIZE;
 *          -ENOMEM.
 * Source   RFC 3261 section 23; RFC 8551 sections 2 and 3; RFC 5652, 5083, 5084 (CMS).
 */
#ifndef SERVER_BODY_SMIME_H
#define SERVER_BODY_SMIME_H

#include "server/sdp/description.h"

#include <openssl/x509.h>
#include <stdbool.h>

#define SMIME_TYPES "application/pkcs7-mime, multipart/signed"
#define SMIME_CERTIFICATES_TYPE "application/pkcs7-mime;smime-type=certs-only;name=smime.p7c"

enum { SMIME_LAYERS = 2, SMIME_TYPE_BYTES = 192 };

/** What bodies are encrypted with, the best first. */
enum smime_cipher {
    SMIME_AES_256_GCM,
    SMIME_AES_128_GCM,
    SMIME_AES_256_CBC,
    SMIME_AES_128_CBC,
    SMIME_CIPHERS
};

/** How the far end writes, so that it can read what we write. Zeroed: nothing is known. */
struct smime_manner {
    enum smime_cipher cipher; /* the best that it reads                          */
    bool is_binary;           /* its detached signatures are bytes, and no base64 */
};

/** Who we are, and whom we believe; all borrowed. */
struct smime_identity {
    X509 *certificate;
    EVP_PKEY *key;
    X509_STORE *authorities; /* NULL: nobody is vouched for */
};

struct smime_opened {
    struct slice type, body; /* in memory, or in what was read, if it has no layer */
    bool was_encrypted, was_signed;
    bool is_tamperproof;   /* encrypted so that a change of it is noticed          */
    bool is_signed_around; /* the signature was around what is encrypted           */
    struct smime_manner manner;
    bool is_vouched;            /* an authority of ours has signed the signer's certificate */
    X509 *signer;               /* owned; NULL: not signed                              */
    char *memory[SMIME_LAYERS]; /* owned */
};

/** True if @p type is one that smime_open() reads. */
bool smime_is(struct slice type);

/** Takes all layers off. @p sender: the certificate that is known of who has sent it, which
 *  then may be left out of it; NULL: none is. @p encoding: of a body that has no header lines
 *  of its own; may be "". */
int smime_open(const struct smime_identity *identity, X509 *sender, struct slice type,
               struct slice encoding, struct slice body, struct smime_opened *opened);
void smime_opened_finish(struct smime_opened *opened); /* a zeroed one is allowed */

/** Whether the certificate is that address's: "sip:alice@example.com" is in it as URI, or
 *  alice@example.com as e-mail (RFC 3261 section 23.1). */
bool smime_signer_is(X509 *certificate, const char *uri);

/** Writes the first SIP URI that the certificate is for. @return false: it has none, or a
 * longer one. */
bool smime_certificate_uri(X509 *certificate, char *out, size_t room);

/** Reads the first certificate of a PEM text. @return one that the caller owns; NULL: none. */
X509 *smime_read_certificate(const char *pem);
/** Whether that can be encrypted for: an RSA key or one of a curve, neither short nor long. */
bool smime_can_encrypt(X509 *certificate);
/** Both, for a text from outside. */
bool smime_certificate_is_valid(const char *pem);

/** Writes certificates alone, for SMIME_CERTIFICATES_TYPE; DER, owned (free()). @p others:
 * those that lead to its authority; may be NULL. @return 0 or -ENOMEM. */
int smime_write_certificates(X509 *certificate, STACK_OF(X509) * others, char **der,
                             size_t *length);

struct smime_wrapped {
    char type[SMIME_TYPE_BYTES]; /* for Content-Type */
    char *body;                  /* owned (free()) */
    size_t length;
};

/** Signs, if @p signs, and encrypts for @p recipient, if there is one. One of both at least. */
int smime_wrap(const struct smime_identity *identity, bool signs, X509 *recipient,
               struct smime_manner manner, struct slice type, struct slice body,
               struct smime_wrapped *wrapped);

#endif
