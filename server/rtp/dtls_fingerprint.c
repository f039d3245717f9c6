/* dtls_fingerprint.c - what SDP says of a certificate: a hash of it. */
#include "server/rtp/dtls_fingerprint.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *name;
    size_t bytes;
    const EVP_MD *(*digest)(void);
} hashes[] = {
    [DTLS_NO_HASH] = {"", 0, NULL},
    [DTLS_SHA_256] = {"sha-256", 32, EVP_sha256},
    [DTLS_SHA_384] = {"sha-384", 48, EVP_sha384},
    [DTLS_SHA_512] = {"sha-512", 64, EVP_sha512},
};

enum { HASHES = sizeof(hashes) / sizeof(hashes[0]) };

static enum dtls_hash hash_of(const char *name, size_t length)
{
    for (unsigned i = DTLS_NO_HASH + 1; i < HASHES; i++) {
        if (strlen(hashes[i].name) == length && strncasecmp(hashes[i].name, name, length) == 0)
            return (enum dtls_hash)i;
    }
    return DTLS_NO_HASH;
}

static int nibble(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* "XX:XX:..:XX", @p bytes of them. */
static bool read_value(const char *text, size_t length, size_t bytes, uint8_t *value)
{
    if (length != 3 * bytes - 1)
        return false;
    for (size_t i = 0; i < bytes; i++) {
        const int high = nibble(text[3 * i]), low = nibble(text[3 * i + 1]);
        if (high < 0 || low < 0 || (i + 1 < bytes && text[3 * i + 2] != ':'))
            return false;
        value[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

int dtls_fingerprint_read(const char *text, size_t length, struct dtls_fingerprint *fingerprint)
{
    const char *blank = length ? memchr(text, ' ', length) : NULL;
    if (!blank || blank == text)
        return -EBADMSG;
    struct dtls_fingerprint read = {.hash = hash_of(text, (size_t)(blank - text))};
    if (read.hash == DTLS_NO_HASH)
        return -ENOTSUP;
    size_t left = length - (size_t)(blank - text);
    while (left && *blank == ' ')
        blank++, left--;
    while (left && blank[left - 1] == ' ')
        left--;
    if (!read_value(blank, left, hashes[read.hash].bytes, read.value))
        return -EBADMSG;
    *fingerprint = read;
    return 0;
}

void dtls_fingerprint_write(const struct dtls_fingerprint *fingerprint,
                            char out[DTLS_FINGERPRINT_TEXT_BYTES])
{
    int at = snprintf(out, DTLS_FINGERPRINT_TEXT_BYTES, "%s", hashes[fingerprint->hash].name);
    for (size_t i = 0; i < hashes[fingerprint->hash].bytes; i++)
        at += snprintf(out + at, (size_t)(DTLS_FINGERPRINT_TEXT_BYTES - at), "%c%02X",
                       i ? ':' : ' ', fingerprint->value[i]);
}

int dtls_fingerprint_of(X509 *certificate, enum dtls_hash hash,
                        struct dtls_fingerprint *fingerprint)
{
    struct dtls_fingerprint made = {.hash = hash};
    unsigned bytes = 0;
    if (hash == DTLS_NO_HASH || (unsigned)hash >= HASHES ||
        !X509_digest(certificate, hashes[hash].digest(), made.value, &bytes) ||
        bytes != hashes[hash].bytes)
        return -ENOTSUP;
    *fingerprint = made;
    return 0;
}

bool dtls_fingerprint_fits(const struct dtls_fingerprint *fingerprint, X509 *certificate)
{
    struct dtls_fingerprint has;
    return dtls_fingerprint_of(certificate, fingerprint->hash, &has) == 0 &&
           CRYPTO_memcmp(has.value, fingerprint->value, sizeof(has.value)) == 0;
}
