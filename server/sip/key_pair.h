/*
 * key_pair.h - a certificate, those that lead to its authority, and the private key: read from
 * PEM files, or made.
 *
 *   if (!certificate)
 *       key_pair_make(directory, host, &paths, &is_new, &why);
 *   key_pair_read(certificate, key, &pair, &why);
 *
 * Thread   control. Reads and writes files: at start and on SIGHUP only.
 * Errors   0 or a negative errno and *why, a line for a person that names the file, owned by
 *          the caller (free(); NULL if memory is out).
 * Source   RFC 5280 (6.3: CRLs, of the certificate itself); RFC 5922 section 7.1 (names in
 *          certificates of SIP).
 */
#ifndef SERVER_SIP_KEY_PAIR_H
#define SERVER_SIP_KEY_PAIR_H

#include <openssl/ssl.h>
#include <stdbool.h>

struct key_pair {
    X509 *leaf;
    STACK_OF(X509) * chain; /* NULL: nothing else is in the file */
    EVP_PKEY *key;
};

struct key_pair_paths {
    char *certificate, *key; /* owned */
};

/** Reads a pair and checks that the two belong together. @p key NULL: it is in the same file.
 *  A certificate that is out of date is only warned of: callers say what they think of it. */
int key_pair_read(const char *certificate, const char *key, struct key_pair *pair, char **why);
void key_pair_finish(struct key_pair *pair); /* a zeroed one is allowed */

/** Reads the same, and says how many whole days the certificate is good for from now on; less
 *  than 0: it is out of date. */
int key_pair_days_left(const char *certificate, const char *key, int *days, char **why);

/** Writes a self-signed pair (P-256) for this machine and @p host (an address or a name; NULL:
 *  none) to @p directory, both files with mode 0600, unless it is there. */
int key_pair_make(const char *directory, const char *host, struct key_pair_paths *paths,
                  bool *is_new, char **why);
void key_pair_paths_finish(struct key_pair_paths *paths); /* a zeroed one is allowed */

/** The SHA-256 fingerprint of @p pair: "1A:2B:...". */
void key_pair_fingerprint(const struct key_pair *pair, char out[3 * 32]);

/** The authorities of a PEM file, or of all files of a directory, and their lists of what is
 *  revoked (CRLs), which are asked if there are any. @return NULL and *why, or a store owned by
 *  the caller. */
X509_STORE *key_pair_authorities(const char *path, char **why);

#endif
