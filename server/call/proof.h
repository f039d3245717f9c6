/*
 * proof.h - who asks proves to know the password of an account, by digest authentication: what
 * is said in a challenge, and what becomes of the answer. The same for SIP and for HTTP.
 *
 *   if (proof_read(proof, text, &credentials))              for our realm, as we have asked
 *       verdict = proof_judge(proof, &credentials, &asked, &account);
 *   switch (verdict) ...PROOF_PASSED: account...            else
 *   count = proof_challenge(proof, source, verdict == PROOF_STALE, now_ns, challenges);
 *
 * Nothing is kept of who does not pass but a count for the source (ban.h). An account that does
 * not exist takes the same time and gets the same answer as a wrong password. A password is
 * only looked at together with a nonce that was sent to this very address (nonce.h).
 *
 * Thread   control; time is given.
 * Source   RFC 7616, RFC 8760 section 2.4 (the best algorithm first, a challenge for each).
 */
#ifndef SERVER_CALL_PROOF_H
#define SERVER_CALL_PROOF_H

#include "server/account/account_list.h"
#include "server/call/ban.h"
#include "server/call/digest.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct proof;

struct proof_config { /* borrowed for the proof's life */
    struct account_list *accounts;
    const char *realm;
    bool md5, sha256;      /* what is offered, and taken: one at least */
    struct ban_list *bans; /* who guesses is noted there  */
    unsigned ban_s;        /* for so long: for the log    */
};

/** @return NULL: no memory. */
struct proof *proof_create(const struct proof_config *config);
void proof_destroy(struct proof *proof); /* NULL is allowed */

/** Reads the value of an Authorization header. @return false: it is none that our challenges
 *  ask for. */
bool proof_read(const struct proof *proof, const char *text,
                struct digest_credentials *credentials);

enum proof_verdict {
    PROOF_PASSED,
    PROOF_STALE,  /* whatever the password is: the nonce is not known, or used up */
    PROOF_WRONG,  /* name or password                                             */
    PROOF_BANNED, /* as WRONG, and one time too often: banned from now on         */
};

struct proof_asked { /* the request */
    const struct sockaddr *source;
    const char *method;
    struct slice body;
    bool is_for_here; /* its credentials' URI is that of the request (RFC 7616 section 3.4.6) */
    int64_t now_ns;   /* monotonic */
};

/** *account is borrowed until accounts change, and set with PROOF_PASSED only. */
enum proof_verdict proof_judge(struct proof *proof,
                               const struct digest_credentials *credentials,
                               const struct proof_asked *asked, const struct account **account);

enum { PROOF_CHALLENGES = 2 };

/** Values of WWW-Authenticate headers. @return how many there are: one at least. */
unsigned proof_challenge(struct proof *proof, const struct sockaddr *source, bool is_stale,
                         int64_t now_ns, char out[PROOF_CHALLENGES][DIGEST_CHALLENGE_BYTES]);

#endif
