/*
 * seal_keys.h - with what the server signs and opens bodies (S/MIME), and whom it believes.
 *
 *   seal_keys_create(&config, &keys, &why);
 *   smime_open(seal_keys_identity(keys), sender, ...);
 *   seal_keys_certificates(keys)            for who has none of ours: 493
 *
 * Thread   control. Reads files: at start and on SIGHUP only.
 * Errors   0 or a negative errno and *why, a line for a person that names key and file, owned
 *          by the caller (free(); NULL if memory is out).
 * Source   RFC 3261 section 23; RFC 8551 section 3.8 (certificates alone).
 */
#ifndef SERVER_SIP_SEAL_KEYS_H
#define SERVER_SIP_SEAL_KEYS_H

#include "server/body/smime.h"

struct seal_keys;

struct seal_keys_config { /* paths, borrowed for the life of the keys */
    const char *certificate;
    const char *key;         /* NULL: in the certificate's file */
    const char *authorities; /* NULL: none                      */
};

int seal_keys_create(const struct seal_keys_config *config, struct seal_keys **keys,
                     char **why);
void seal_keys_destroy(struct seal_keys *keys); /* NULL is allowed */

/** Reads the files again; what was before stays if one cannot be read. */
int seal_keys_reload(struct seal_keys *keys, char **why);

/** Borrowed until the next reload, as is what follows. NULL of NULL. */
const struct smime_identity *seal_keys_identity(const struct seal_keys *keys);
/** Writes the first SIP URI that our certificate is for. @return false: it is for none. */
bool seal_keys_uri(const struct seal_keys *keys, char *out, size_t room);
/** Our certificate and those that lead to its authority, of SMIME_CERTIFICATES_TYPE. */
struct slice seal_keys_certificates(const struct seal_keys *keys);

#endif
