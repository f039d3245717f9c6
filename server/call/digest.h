/*
 * digest.h - digest authentication: credentials of others read and checked, and ours written
 * for the challenge of another.
 *
 *   if (digest_read(text, length, &credentials) == 0 &&
 *       digest_is_right(&credentials, &hash, "INVITE", body))
 *
 *   if (digest_read_challenge(text, length, &challenge) == 0)
 *       digest_answer(&challenge, &who, "INVITE", "sip:bob@example.com", cnonce, out);
 *
 * What is between quotes is hashed as it came, with its backslashes (RFC 7616 section 3.3,
 * unq()). Only what a challenge of ours asks for is read: qop auth or auth-int; without qop a
 * replay could not be told, so it is -ENOTSUP. So are a hashed name (userhash) and one in
 * another character set (username*), which no challenge of ours asks for.
 *
 * Shape    slices point into the text. Numbers and words are checked, texts are bounded.
 * Thread   any; pure.
 * Errors   digest_read(): -EBADMSG no credentials, or with a field twice, or a required one
 *          missing; -ENOTSUP another scheme, algorithm or qop.
 * Source   RFC 3261 section 22, RFC 7616, RFC 8760.
 */
#ifndef SERVER_CALL_DIGEST_H
#define SERVER_CALL_DIGEST_H

#include "server/account/password_hash.h"
#include "server/sdp/description.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DIGEST_MOST_BYTES = 2048,
    DIGEST_MOST_FIELDS = 24,
    DIGEST_CHALLENGE_BYTES = 320,
    DIGEST_ANSWER_BYTES = 2 * DIGEST_MOST_BYTES,
};

enum digest_algorithm { DIGEST_MD5, DIGEST_SHA256 };
enum digest_qop {
    DIGEST_AUTH,
    DIGEST_AUTH_INT,
    DIGEST_NO_QOP, /* of others' challenges from before RFC 2617; never of ours */
};

struct digest_credentials {
    enum digest_algorithm algorithm;
    bool is_session; /* the -sess variant */
    enum digest_qop qop;
    uint32_t count; /* nc */
    struct slice username, realm, nonce, uri, response, cnonce, count_text;
};

/** Reads the value of an Authorization header, scheme included. */
int digest_read(const char *text, size_t length, struct digest_credentials *credentials);

/** Computes what `response` has to be, into @p out: 32 or 64 digits and NUL.
 *  @return 0; -ENOTSUP: OpenSSL does not do it here. */
int digest_response(const struct digest_credentials *credentials,
                    const struct password_hash *hash, const char *method, struct slice body,
                    char out[PASSWORD_SHA256_BYTES]);

/** True if the response is that of who knows the password. Takes as long if it is not. */
bool digest_is_right(const struct digest_credentials *credentials,
                     const struct password_hash *hash, const char *method, struct slice body);

/** What another asks for. Slices point into the text. */
struct digest_challenge {
    enum digest_algorithm algorithm;
    bool is_session;
    enum digest_qop qop; /* AUTH, or NO_QOP */
    bool is_stale;       /* the password was right, the nonce is too old */
    struct slice realm, nonce, opaque;
};

/** Reads the value of a WWW-Authenticate or Proxy-Authenticate header, scheme included.
 *  @return as digest_read(); -ENOTSUP, too, if only auth-int is offered. */
int digest_read_challenge(const char *text, size_t length, struct digest_challenge *challenge);

/** Writes the value of an Authorization header for a request without a body that counts.
 *  @p cnonce: a random word. @return 0; -ENOTSUP: OpenSSL does not do the algorithm here;
 *  -E2BIG. */
int digest_answer(const struct digest_challenge *challenge, const char *name,
                  const char *password, const char *method, const char *uri, const char *cnonce,
                  char out[DIGEST_ANSWER_BYTES]);

/** Writes the value of a WWW-Authenticate header. @p realm and @p nonce need no escapes. */
void digest_challenge(enum digest_algorithm algorithm, const char *realm, const char *nonce,
                      bool stale, char out[DIGEST_CHALLENGE_BYTES]);

#endif
