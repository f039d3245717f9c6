/* pin_hash.c - a text of four parts, read strictly: it is from a file. */
#include "server/store/pin_hash.h"

#include "mixer/base/hex.h"
#include "mixer/base/random.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

enum { SALT_BYTES = 16, DIGEST_BYTES = 32 };

struct parts {
    unsigned length, iterations;
    uint8_t salt[SALT_BYTES], digest[DIGEST_BYTES];
};

bool pin_is_valid(const char *pin)
{
    size_t length = strspn(pin, "0123456789");
    return !pin[length] && length >= PIN_LEAST && length < PIN_BYTES;
}

/* ---- as text ---- */

/* A number of digits alone, and its $. */
static bool read_number(const char **at, unsigned least, unsigned most, unsigned *number)
{
    enum { DIGITS = 7 };
    size_t digits = strspn(*at, "0123456789");
    if (!digits || digits > DIGITS || (*at)[digits] != '$')
        return false;
    *number = (unsigned)strtoul(*at, NULL, 10);
    *at += digits + 1;
    return *number >= least && *number <= most;
}

static bool read_bytes(const char **at, uint8_t *out, size_t count, char end)
{
    if (strspn(*at, "0123456789abcdef") != 2 * count || (*at)[2 * count] != end)
        return false;
    for (size_t i = 0; i < count; i++) {
        const char digits[] = {(*at)[2 * i], (*at)[2 * i + 1], '\0'};
        out[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
    *at += 2 * count + 1;
    return true;
}

static bool read_parts(const char *hash, struct parts *parts)
{
    const char *at = hash;
    return read_number(&at, PIN_LEAST, PIN_BYTES - 1, &parts->length) &&
           read_number(&at, 1, PIN_HASH_MOST_ITERATIONS, &parts->iterations) &&
           read_bytes(&at, parts->salt, SALT_BYTES, '$') &&
           read_bytes(&at, parts->digest, DIGEST_BYTES, '\0');
}

static size_t write_bytes(char *out, const uint8_t *bytes, size_t count)
{
    hex_write(out, bytes, count);
    return 2 * count;
}

static void write_parts(const struct parts *parts, char out[PIN_HASH_BYTES])
{
    size_t used = (size_t)snprintf(out, PIN_HASH_BYTES, "%u$%u$", parts->length % PIN_BYTES,
                                   parts->iterations % (PIN_HASH_MOST_ITERATIONS + 1));
    used += write_bytes(out + used, parts->salt, SALT_BYTES);
    out[used++] = '$';
    write_bytes(out + used, parts->digest, DIGEST_BYTES);
}

bool pin_hash_is_valid(const char *hash)
{
    struct parts parts;
    return !hash[0] || read_parts(hash, &parts);
}

static bool share_salt(const struct parts *one, const struct parts *other)
{
    return one->iterations == other->iterations &&
           memcmp(one->salt, other->salt, SALT_BYTES) == 0;
}

bool pin_hash_share_salt(const char *one, const char *other)
{
    struct parts parts[2];
    return !read_parts(one, &parts[0]) || !read_parts(other, &parts[1]) ||
           share_salt(&parts[0], &parts[1]);
}

unsigned pin_hash_length(const char *hash)
{
    struct parts parts;
    return read_parts(hash, &parts) ? parts.length : 0;
}

/* ---- the derivation ---- */

static int derive(const char *pin, const struct parts *parts, uint8_t digest[DIGEST_BYTES])
{
    int done = PKCS5_PBKDF2_HMAC(pin, (int)strlen(pin), parts->salt, SALT_BYTES,
                                 (int)parts->iterations, EVP_sha256(), DIGEST_BYTES, digest);
    ERR_clear_error(); /* others on this thread look at it */
    return done == 1 ? 0 : -ENOTSUP;
}

int pin_hash_make(const char *pin, const char *other, char out[PIN_HASH_BYTES])
{
    struct parts parts;
    if (!pin_is_valid(pin))
        return -EINVAL;
    if (!read_parts(other, &parts)) {
        parts.iterations = PIN_HASH_ITERATIONS;
        random_bytes(parts.salt, sizeof(parts.salt));
    }
    parts.length = (unsigned)strlen(pin);
    int err = derive(pin, &parts, parts.digest);
    if (err == 0)
        write_parts(&parts, out);
    return err;
}

int pin_hash_judge(const char *typed, const char *first, const char *second)
{
    const char *const hashes[] = {first, second};
    struct parts parts[2];
    uint8_t digest[DIGEST_BYTES];
    const struct parts *derived = NULL;
    int fits = 0, err = 0;
    for (unsigned i = 0; i < 2 && err == 0; i++) {
        if (!read_parts(hashes[i], &parts[i]))
            continue;
        if (!derived || !share_salt(derived, &parts[i]))
            err = derive(typed, &parts[i], digest);
        derived = &parts[i];
        if (err == 0 && CRYPTO_memcmp(digest, parts[i].digest, DIGEST_BYTES) == 0)
            fits |= 1 << i;
    }
    OPENSSL_cleanse(digest, sizeof(digest));
    return err < 0 ? err : fits;
}
