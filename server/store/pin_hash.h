/*
 * pin_hash.h - what is kept of a PIN: how long it is, and PBKDF2-HMAC-SHA256 of it.
 *
 *   pin_hash_make("4711", "", kept);                     "4$20000$SALT$HASH"
 *   pin_hash_make("0815", kept, moderator);              another one of the same room
 *   if (pin_hash_judge("4711", kept, moderator) & PIN_HASH_FIRST) ...
 *
 * PINs of one room share their salt, so that one derivation compares with both. The length is
 * kept so that callers need not press # behind the last digit; it spares who has stolen the
 * file a tenth of the guesses (all shorter PINs), and can be heard at the door anyway.
 *
 * A PIN of four digits is found by ten thousand guesses, whatever each of them costs: the hash
 * keeps PINs from being read in a backup or over a shoulder, and long ones from being found.
 * So PIN_HASH_ITERATIONS are what takes about 4 ms: a hundred callers a second are half a core.
 *
 * Thread   any; pure. Making and judging take some milliseconds: not for control.
 * Errors   -EINVAL: no PIN; -ENOTSUP: OpenSSL does not do it here.
 * Source   RFC 8018 section 5.2 (PBKDF2).
 */
#ifndef SERVER_STORE_PIN_HASH_H
#define SERVER_STORE_PIN_HASH_H

#include <stdbool.h>

enum {
    PIN_LEAST = 3,
    PIN_BYTES = 17,
    PIN_HASH_BYTES = 112,
    PIN_HASH_ITERATIONS = 20000,
    PIN_HASH_MOST_ITERATIONS = 1000000, /* of a hash that another version has made */
};

enum { PIN_HASH_FIRST = 1, PIN_HASH_SECOND = 2 };

/** True for PIN_LEAST to 16 digits. */
bool pin_is_valid(const char *pin);

/** @p other: a hash whose salt is taken; "": a new one. @p out may be @p other. */
int pin_hash_make(const char *pin, const char *other, char out[PIN_HASH_BYTES]);

/** True for what pin_hash_make() writes, and for "": no PIN. */
bool pin_hash_is_valid(const char *hash);

/** True if both were made with one salt, so that equal PINs have equal hashes; or if one is "".
 */
bool pin_hash_share_salt(const char *one, const char *other);

/** How many digits the PIN has; 0: there is none. */
unsigned pin_hash_length(const char *hash);

/** Which of the two @p typed is. Each may be ""; how long it takes does not tell what is wrong.
 *  @return PIN_HASH_FIRST, PIN_HASH_SECOND, both, or 0; an error: it could not be judged. */
int pin_hash_judge(const char *typed, const char *first, const char *second);

#endif
