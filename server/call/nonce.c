/* nonce.c - the MAC, and a set-associative table of counts. */
#include "server/call/nonce.h"

#include "mixer/base/clock.h"
#include "mixer/base/hex.h"
#include "mixer/base/random.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

enum { WAYS = 8, SECRET_BYTES = 32, PART_DIGITS = 16, MAC_BYTES = 16 };

struct used {
    uint64_t number; /* its random part */
    int64_t made_ms; /* 0: free */
    uint32_t count;  /* the last */
};

struct nonce_box {
    unsigned char secret[SECRET_BYTES];
    int64_t forgotten_ms; /* one made by then is believed only if it is in the table */
    size_t sets;
    struct used used[][WAYS]; /* [sets] */
};

struct nonce_box *nonce_box_create(unsigned most)
{
    size_t sets = most / WAYS + 1;
    struct nonce_box *box = calloc(1, sizeof(*box) + sets * sizeof(box->used[0]));
    if (!box)
        return NULL;
    box->sets = sets;
    random_bytes(box->secret, sizeof(box->secret));
    return box;
}

void nonce_box_destroy(struct nonce_box *box)
{
    if (!box)
        return;
    OPENSSL_cleanse(box->secret, sizeof(box->secret));
    free(box);
}

/* Monotonic time begins at 0: one more, for 0 is a free place. */
static int64_t ms_of(int64_t now_ns)
{
    return now_ns / CLOCK_NS_PER_MS + 1;
}

static size_t source_bytes(const struct sockaddr *source, unsigned char out[9])
{
    memset(out, 0, 9);
    if (source->sa_family == AF_INET) {
        out[0] = 4;
        memcpy(out + 1, &((const struct sockaddr_in *)(const void *)source)->sin_addr, 4);
    } else if (source->sa_family == AF_INET6) {
        out[0] = 6;
        memcpy(out + 1, &((const struct sockaddr_in6 *)(const void *)source)->sin6_addr, 8);
    }
    return 9;
}

/* The MAC's digits for the first two parts of @p text. */
static bool seal(const struct nonce_box *box, const char *text, const struct sockaddr *source,
                 char out[2 * MAC_BYTES + 1])
{
    unsigned char input[2 * PART_DIGITS + 9], mac[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    memcpy(input, text, 2 * PART_DIGITS);
    size_t used = 2 * PART_DIGITS + source_bytes(source, input + 2 * PART_DIGITS);
    if (!HMAC(EVP_sha256(), box->secret, SECRET_BYTES, input, used, mac, &length) ||
        length < MAC_BYTES)
        return false;
    hex_write(out, mac, MAC_BYTES);
    return true;
}

void nonce_make(struct nonce_box *box, const struct sockaddr *source, int64_t now_ns,
                char out[NONCE_BYTES])
{
    uint64_t number;
    random_bytes(&number, sizeof(number));
    snprintf(out, NONCE_BYTES, "%016llx%016llx", (unsigned long long)ms_of(now_ns),
             (unsigned long long)number);
    if (!seal(box, out, source, out + 2 * PART_DIGITS))
        memset(out + 2 * PART_DIGITS, '0', 2 * MAC_BYTES); /* it will be foreign */
    out[NONCE_BYTES - 1] = '\0';
}

/* Digits that are known to be ours. */
static uint64_t read_part(const char *text)
{
    char part[PART_DIGITS + 1];
    memcpy(part, text, PART_DIGITS);
    part[PART_DIGITS] = '\0';
    return strtoull(part, NULL, 16);
}

enum nonce_verdict nonce_judge(const struct nonce_box *box, const char *text, size_t length,
                               const struct sockaddr *source, int64_t now_ns)
{
    char mac[2 * MAC_BYTES + 1];
    if (length != NONCE_BYTES - 1 || !seal(box, text, source, mac) ||
        CRYPTO_memcmp(mac, text + 2 * PART_DIGITS, 2 * MAC_BYTES) != 0)
        return NONCE_FOREIGN;
    int64_t age_ms = ms_of(now_ns) - (int64_t)read_part(text);
    return age_ms <= NONCE_LIFE_S * 1000LL ? NONCE_FRESH : NONCE_EXPIRED;
}

/* Its place in the table; NULL: it is not there. *free_place: where it may go, and *oldest who
 * is there if nobody's time is up. */
static struct used *find(struct used *set, uint64_t number, int64_t made_ms, int64_t now_ms,
                         struct used **place)
{
    *place = set;
    for (unsigned i = 0; i < WAYS; i++) {
        bool is_over = now_ms - set[i].made_ms > NONCE_LIFE_S * 1000LL;
        if (set[i].made_ms == made_ms && set[i].number == number)
            return &set[i];
        if (is_over)
            set[i].made_ms = 0;
        if (set[i].made_ms < (*place)->made_ms)
            *place = &set[i];
    }
    return NULL;
}

bool nonce_use(struct nonce_box *box, const char *text, uint32_t count, int64_t now_ns)
{
    int64_t made_ms = (int64_t)read_part(text);
    uint64_t number = read_part(text + PART_DIGITS);
    struct used *place;
    struct used *used =
        find(box->used[number % box->sets], number, made_ms, ms_of(now_ns), &place);
    if (used) {
        bool is_new = count > used->count;
        if (is_new)
            used->count = count;
        return is_new;
    }
    if (made_ms <= box->forgotten_ms)
        return false;
    if (place->made_ms > box->forgotten_ms)
        box->forgotten_ms = place->made_ms;
    *place = (struct used){.number = number, .made_ms = made_ms, .count = count};
    return true;
}
