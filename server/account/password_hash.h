/*
 * password_hash.h - what is kept of a password: HA1 = H(name ":" realm ":" password).
 *
 * It is not the password, but whoever has it can authenticate in this realm: it is kept as
 * privately (the store's file has mode 0600) and never shown.
 *
 * Thread   any; pure.
 * Source   RFC 7616 section 3.4.2, RFC 8760.
 */
#ifndef SERVER_ACCOUNT_PASSWORD_HASH_H
#define SERVER_ACCOUNT_PASSWORD_HASH_H

#include <stdbool.h>

enum {
    PASSWORD_MD5_BYTES = 33,
    PASSWORD_SHA256_BYTES = 65,
    PASSWORD_LEAST = 8,
    PASSWORD_MOST = 128
};

/** In lower-case hexadecimal digits, as they go into the next hash. */
struct password_hash {
    char md5[PASSWORD_MD5_BYTES], sha256[PASSWORD_SHA256_BYTES];
};

/** @return 0; -ENOTSUP: OpenSSL does not do one of the two here (a FIPS provider, say). */
int password_hash_make(const char *name, const char *realm, const char *password,
                       struct password_hash *hash);

/** PASSWORD_LEAST to PASSWORD_MOST bytes of UTF-8 without control characters. */
bool password_is_valid(const char *password);

#endif
