/*
 * secure_policy.h - what TLS of the SIP stack has to be: versions and ciphers, which
 * certificate is shown for which name, and whom we believe. The connections are secure.h's.
 *
 *   secure_policy_create(&config, &policy, &why);
 *   secure_policy_apply(policy, ctx);            each context of the stack, once
 *   secure_policy_show_main(policy, ssl);        each connection, before its handshake
 *   secure_policy_reload(policy, &why);          SIGHUP; then secure_policy_apply() again
 *
 * Names    who asks for one (SNI) sees the pair of `more` whose certificate has it, by a
 *          wildcard too (key_ring.h); without a name, or with one that nobody has, the main
 *          pair: RFC 6066 leaves it to us, and callers that know better will hang up.
 * Kinds    of two pairs for one name with keys of two kinds (RSA and a curve) both are shown:
 *          OpenSSL takes the one that the caller can verify.
 * Thread   control. Reads files: at start and on SIGHUP only.
 * Errors   0 or a negative errno and *why, a line that names the key of the configuration and
 *          the file, owned by the caller (free(); NULL if memory is out).
 * Source   RFC 3261 section 26, RFC 5922, RFC 5246, RFC 6066 section 3, RFC 8446.
 */
#ifndef SERVER_SIP_SECURE_POLICY_H
#define SERVER_SIP_SECURE_POLICY_H

#include "server/sip/secure.h"

#include <openssl/ssl.h>

struct secure_policy;

/** @p config is borrowed until secure_policy_destroy(). Without a certificate a pair is made in
 *  its data_directory. */
int secure_policy_create(const struct secure_config *config, struct secure_policy **policy,
                         char **why);
void secure_policy_destroy(struct secure_policy *policy); /* NULL is allowed */

/** Reads what @p config names, but for a pair that would be made. */
int secure_policy_check(const struct secure_config *config, char **why);

/** Reads the files again, for what connects from now on; on error what was before stays. */
int secure_policy_reload(struct secure_policy *policy, char **why);

/** @return false: it cannot be used so. */
bool secure_policy_apply(struct secure_policy *policy, SSL_CTX *ctx);

/** What @p ssl shows, unless it is asked for another name. */
bool secure_policy_show_main(const struct secure_policy *policy, SSL *ssl);

/** Where the self-signed certificate is, or NULL: one is configured. Borrowed. */
const char *secure_policy_self_signed(const struct secure_policy *policy);

#endif
