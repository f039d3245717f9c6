/* rtp_guard.c - RFC 3711's transform over nettle's ciphers; RFC 7714's beside it. */
#include "server/rtp/rtp_guard.h"

#include "server/rtp/bytes.h"

#include <nettle/aes.h>
#include <nettle/ctr.h>
#include <nettle/gcm.h>
#include <nettle/hmac.h>
#include <nettle/memops.h>

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum {
    HEADER = 12, /* bytes of RTP's */
    RTCP_HEADER = 8,
    INDEX = 4, /* bytes: E bit and SRTCP index                       */
    AUTH_KEY = 20,
    GCM_TAG = 16,
    BLOCK = 16,
    WORDS = RTP_GUARD_WINDOW / 64,
};
#define MOST_RTCP_INDEX 0x7fffffffU
#define E_BIT 0x80000000U

/* What was seen of one kind of packet of one SSRC: a ring of bits, by index. */
struct window {
    bool has_begun;
    uint64_t highest; /* 48 bits: roll-over counter and sequence; or the SRTCP index */
    uint64_t seen[WORDS];
};

struct source {
    uint32_t ssrc;
    uint64_t used; /* when, by the guard's count of packets; 0: free */
    struct window rtp, rtcp;
};

/* Session keys of one kind of packet: of counter mode and HMAC, or of GCM, whose tables of 4 KB
 * the others shall not carry around. */
struct counting {
    struct hmac_sha1_ctx hmac;
    union {
        struct aes128_ctx aes128;
        struct aes256_ctx aes256;
    };
};

struct cipher {
    uint8_t salt[BLOCK]; /* as long as the suite says, then 0 */
    union {
        void *keys;
        struct counting *counting;
        struct gcm_aes128_ctx *gcm128;
        struct gcm_aes256_ctx *gcm256;
    };
};

/* What every packet needs comes first. */
struct rtp_guard {
    const struct rtp_suite_row *row;
    bool is_aead;
    bool is_long; /* AES-256 */
    uint8_t mki_bytes;
    size_t bytes; /* of all of it */
    uint64_t packets;
    struct cipher rtp, rtcp;
    struct source source[RTP_GUARD_SOURCES];
    uint8_t mki[RTP_KEYS_MAX_MKI];
    max_align_t keys[]; /* of RTP, then of RTCP */
};

/* ---- session keys: RFC 3711 section 4.3 ---- */

static void derive(const struct rtp_keys *keys, unsigned label, uint8_t *out, size_t bytes)
{
    uint8_t counter[BLOCK] = {0};
    memcpy(counter, keys->salt, sizeof(keys->salt));
    counter[7] ^= (uint8_t)label;
    memset(out, 0, bytes);
    if (rtp_suite_row(keys->suite)->key_bytes == AES256_KEY_SIZE) {
        struct aes256_ctx aes;
        aes256_set_encrypt_key(&aes, keys->key);
        ctr_crypt(&aes, (nettle_cipher_func *)aes256_encrypt, BLOCK, counter, bytes, out, out);
        explicit_bzero(&aes, sizeof(aes));
    } else {
        struct aes128_ctx aes;
        aes128_set_encrypt_key(&aes, keys->key);
        ctr_crypt(&aes, (nettle_cipher_func *)aes128_encrypt, BLOCK, counter, bytes, out, out);
        explicit_bzero(&aes, sizeof(aes));
    }
}

static void cipher_init(struct cipher *cipher, const struct rtp_keys *keys, unsigned label)
{
    const struct rtp_suite_row *row = rtp_suite_row(keys->suite);
    const bool is_long = row->key_bytes == AES256_KEY_SIZE;
    uint8_t key[AES256_KEY_SIZE], auth[AUTH_KEY];
    derive(keys, label, key, row->key_bytes);
    derive(keys, label + 1, auth, sizeof(auth));
    derive(keys, label + 2, cipher->salt, row->salt_bytes);
    if (row->is_aead && is_long) {
        gcm_aes256_set_key(cipher->gcm256, key);
    } else if (row->is_aead) {
        gcm_aes128_set_key(cipher->gcm128, key);
    } else {
        hmac_sha1_set_key(&cipher->counting->hmac, sizeof(auth), auth);
        if (is_long)
            aes256_set_encrypt_key(&cipher->counting->aes256, key);
        else
            aes128_set_encrypt_key(&cipher->counting->aes128, key);
    }
    explicit_bzero(key, sizeof(key));
    explicit_bzero(auth, sizeof(auth));
}

/* What the keys of one kind of packet take, in the largest unit of alignment. */
static size_t places_of(const struct rtp_suite_row *row, bool is_long)
{
    const size_t bytes = !row->is_aead ? sizeof(struct counting)
                         : is_long     ? sizeof(struct gcm_aes256_ctx)
                                       : sizeof(struct gcm_aes128_ctx);
    return (bytes + sizeof(max_align_t) - 1) / sizeof(max_align_t);
}

int rtp_guard_create(const struct rtp_keys *keys, struct rtp_guard **guard)
{
    enum { LABEL_RTP = 0, LABEL_RTCP = 3 };
    if (keys->suite == RTP_SUITE_NONE || keys->mki_bytes > RTP_KEYS_MAX_MKI)
        return -EINVAL;
    const struct rtp_suite_row *row = rtp_suite_row(keys->suite);
    const bool is_long = row->key_bytes == AES256_KEY_SIZE;
    const size_t places = places_of(row, is_long);
    const size_t bytes = sizeof(struct rtp_guard) + 2 * places * sizeof(max_align_t);
    struct rtp_guard *made = calloc(1, bytes);
    if (!made)
        return -ENOMEM;
    *made = (struct rtp_guard){.row = row,
                               .is_aead = row->is_aead,
                               .is_long = is_long,
                               .mki_bytes = (uint8_t)keys->mki_bytes,
                               .bytes = bytes,
                               .rtp.keys = made->keys,
                               .rtcp.keys = made->keys + places};
    memcpy(made->mki, keys->mki, sizeof(made->mki));
    cipher_init(&made->rtp, keys, LABEL_RTP);
    cipher_init(&made->rtcp, keys, LABEL_RTCP);
    *guard = made;
    return 0;
}

void rtp_guard_destroy(struct rtp_guard *guard)
{
    if (guard)
        explicit_bzero(guard, guard->bytes);
    free(guard);
}

static void fetch(const void *from, size_t bytes)
{
    enum { LINE = 64 };
    for (size_t i = 0; i < bytes; i += LINE)
        __builtin_prefetch((const uint8_t *)from + i, 1);
}

/* The beginning, the source that was first, and keys. Of GCM's table only as much as GHASH by
 * carry-less multiplication reads; its counter and its AES lie behind. */
void rtp_guard_expect(const struct rtp_guard *guard)
{
    enum { TABLE = 256 };
    if (!guard)
        return;
    fetch(guard, offsetof(struct rtp_guard, source[0].rtcp));
    if (!guard->is_aead) {
        fetch(guard->keys, sizeof(struct counting));
    } else {
        fetch(guard->keys, TABLE);
        fetch((const uint8_t *)guard->keys + offsetof(struct gcm_aes128_ctx, gcm),
              sizeof(struct gcm_aes256_ctx) - offsetof(struct gcm_aes256_ctx, gcm));
    }
}

/* ---- sources ---- */

static struct source *find(struct rtp_guard *guard, uint32_t ssrc)
{
    for (unsigned i = 0; i < RTP_GUARD_SOURCES; i++) {
        if (guard->source[i].ssrc == ssrc && guard->source[i].used)
            return &guard->source[i];
    }
    return NULL;
}

/* Free ones first: they were never used. */
static struct source *oldest(struct rtp_guard *guard)
{
    struct source *found = &guard->source[0];
    for (unsigned i = 1; i < RTP_GUARD_SOURCES; i++) {
        if (guard->source[i].used < found->used)
            found = &guard->source[i];
    }
    return found;
}

/* In @p known, or in place of the one that was not heard for longest. */
static struct source *keep(struct rtp_guard *guard, struct source *known, uint32_t ssrc)
{
    struct source *source = known ? known : oldest(guard);
    if (!known) {
        memset(source, 0, sizeof(*source));
        source->ssrc = ssrc;
    }
    source->used = ++guard->packets;
    return source;
}

/* For sending: a source with a counter is never given up. */
static struct source *find_or_add(struct rtp_guard *guard, uint32_t ssrc)
{
    struct source *known = find(guard, ssrc);
    if (!known && oldest(guard)->used)
        return NULL;
    return keep(guard, known, ssrc);
}

/* ---- indexes: RFC 3711 sections 3.3.1, 3.3.2 ---- */

/* The index nearest to the highest so far. @return false: it would lie before the first. */
static bool guess(const struct window *window, uint16_t sequence, uint64_t *index)
{
    enum { HALF = 1 << 15, WHOLE = 1 << 16 };
    if (!window || !window->has_begun) {
        *index = sequence;
        return true;
    }
    const uint16_t last = (uint16_t)window->highest;
    const uint64_t base = window->highest - last;
    *index = base + sequence;
    if (last < HALF && sequence > last + HALF) {
        if (!base)
            return false;
        *index -= WHOLE;
    } else if (last >= HALF && sequence < last - HALF) {
        *index += WHOLE;
    }
    return *index >> 48 == 0;
}

static bool was_seen(const struct window *window, uint64_t index)
{
    if (!window || !window->has_begun || index > window->highest)
        return false;
    if (window->highest - index >= RTP_GUARD_WINDOW)
        return true;
    return window->seen[index % RTP_GUARD_WINDOW / 64] >> index % 64 & 1;
}

static void note_seen(struct window *window, uint64_t index)
{
    if (!window->has_begun || index > window->highest + RTP_GUARD_WINDOW) {
        memset(window->seen, 0, sizeof(window->seen));
        window->highest = index;
    }
    for (; window->highest < index; window->highest++) {
        const uint64_t next = window->highest + 1;
        window->seen[next % RTP_GUARD_WINDOW / 64] &= ~(UINT64_C(1) << next % 64);
    }
    window->has_begun = true;
    window->seen[index % RTP_GUARD_WINDOW / 64] |= UINT64_C(1) << index % 64;
}

/* ---- ciphers ---- */

/* Counter mode, RFC 3711 section 4.1.1: both ways the same. @p out may be @p in. */
static void count_crypt(const struct rtp_guard *guard, const struct cipher *cipher,
                        uint32_t ssrc, uint64_t index, const uint8_t *in, size_t bytes,
                        uint8_t *out)
{
    uint8_t counter[BLOCK], where[BLOCK] = {0};
    bytes_put32(where + 4, ssrc);
    bytes_put32(where + 8, (uint32_t)(index >> 16));
    bytes_put16(where + 12, (unsigned)(index & 0xffff));
    for (unsigned i = 0; i < BLOCK; i++)
        counter[i] = cipher->salt[i] ^ where[i];
    if (guard->is_long)
        ctr_crypt(&cipher->counting->aes256, (nettle_cipher_func *)aes256_encrypt, BLOCK,
                  counter, bytes, out, in);
    else
        ctr_crypt(&cipher->counting->aes128, (nettle_cipher_func *)aes128_encrypt, BLOCK,
                  counter, bytes, out, in);
}

/* The tag over @p bytes and, of RTP, the roll-over counter behind them. */
static void authenticate(struct cipher *cipher, const uint8_t *data, size_t bytes,
                         const uint32_t *roll_over, size_t tag_bytes, uint8_t *tag)
{
    uint8_t counter[4];
    hmac_sha1_update(&cipher->counting->hmac, bytes, data);
    if (roll_over) {
        bytes_put32(counter, *roll_over);
        hmac_sha1_update(&cipher->counting->hmac, sizeof(counter), counter);
    }
    hmac_sha1_digest(&cipher->counting->hmac, tag_bytes, tag);
}

/* What GCM is begun with: RFC 7714 sections 8.1 and 9.1. @p index is RTP's 48 bits, or RTCP's
 * 31; both lie at the end. */
static void aead_begin(const struct rtp_guard *guard, struct cipher *cipher, uint32_t ssrc,
                       uint64_t index)
{
    uint8_t nonce[GCM_IV_SIZE], where[GCM_IV_SIZE] = {0};
    bytes_put32(where + 2, ssrc);
    bytes_put16(where + 6, (unsigned)(index >> 32));
    bytes_put32(where + 8, (uint32_t)index);
    for (unsigned i = 0; i < GCM_IV_SIZE; i++)
        nonce[i] = cipher->salt[i] ^ where[i];
    if (guard->is_long)
        gcm_aes256_set_iv(cipher->gcm256, sizeof(nonce), nonce);
    else
        gcm_aes128_set_iv(cipher->gcm128, sizeof(nonce), nonce);
}

/* What is authenticated and not encrypted: to be given all at once, before the rest. */
static void aead_add(const struct rtp_guard *guard, struct cipher *cipher, const uint8_t *data,
                     size_t bytes)
{
    if (guard->is_long)
        gcm_aes256_update(cipher->gcm256, bytes, data);
    else
        gcm_aes128_update(cipher->gcm128, bytes, data);
}

static void aead_encrypt(const struct rtp_guard *guard, struct cipher *cipher, uint8_t *data,
                         size_t bytes)
{
    if (guard->is_long) {
        gcm_aes256_encrypt(cipher->gcm256, bytes, data, data);
        gcm_aes256_digest(cipher->gcm256, GCM_TAG, data + bytes);
    } else {
        gcm_aes128_encrypt(cipher->gcm128, bytes, data, data);
        gcm_aes128_digest(cipher->gcm128, GCM_TAG, data + bytes);
    }
}

/* @return whether the tag behind the @p bytes is right. */
static bool aead_decrypt(const struct rtp_guard *guard, struct cipher *cipher,
                         const uint8_t *data, size_t bytes, uint8_t *out)
{
    uint8_t tag[GCM_TAG];
    if (guard->is_long) {
        gcm_aes256_decrypt(cipher->gcm256, bytes, out, data);
        gcm_aes256_digest(cipher->gcm256, sizeof(tag), tag);
    } else {
        gcm_aes128_decrypt(cipher->gcm128, bytes, out, data);
        gcm_aes128_digest(cipher->gcm128, sizeof(tag), tag);
    }
    return memeql_sec(tag, data + bytes, sizeof(tag));
}

static size_t put_mki(const struct rtp_guard *guard, uint8_t *at)
{
    memcpy(at, guard->mki, guard->mki_bytes);
    return guard->mki_bytes;
}

static bool is_mki(const struct rtp_guard *guard, const uint8_t *at)
{
    return memcmp(at, guard->mki, guard->mki_bytes) == 0;
}

/* ---- RTP ---- */

/* Header, CSRCs and extension, which stay as they are. @return 0: no RTP packet. */
static size_t header_of(const uint8_t *data, size_t length)
{
    if (length < HEADER || data[0] >> 6 != 2)
        return 0;
    size_t bytes = HEADER + (size_t)4 * (data[0] & 0x0f);
    if (data[0] & 0x10) {
        if (length < bytes + 4)
            return 0;
        bytes += 4 + (size_t)4 * bytes_get16(data + bytes + 2);
    }
    return bytes <= length ? bytes : 0;
}

size_t rtp_guard_protect(struct rtp_guard *guard, uint8_t *data, size_t length, size_t room)
{
    const size_t header = header_of(data, length);
    const size_t tag = guard->row->rtp_tag_bytes;
    uint64_t index;
    if (!header || room < length + tag + guard->mki_bytes)
        return 0;
    const uint32_t ssrc = bytes_get32(data + 8);
    struct source *source = find_or_add(guard, ssrc);
    if (!source || !guess(&source->rtp, bytes_get16(data + 2), &index))
        return 0;
    note_seen(&source->rtp, index);
    struct cipher *cipher = &guard->rtp;
    if (guard->is_aead) {
        aead_begin(guard, cipher, ssrc, index);
        aead_add(guard, cipher, data, header);
        aead_encrypt(guard, cipher, data + header, length - header);
        return length + tag + put_mki(guard, data + length + tag);
    }
    const uint32_t roll_over = (uint32_t)(index >> 16);
    count_crypt(guard, cipher, ssrc, index, data + header, length - header, data + header);
    const size_t mki = put_mki(guard, data + length);
    authenticate(cipher, data, length, &roll_over, tag, data + length + mki);
    return length + mki + tag;
}

/* Of @p length bytes without tag and MKI. */
static int open_rtp(struct rtp_guard *guard, const uint8_t *data, size_t header, size_t length,
                    uint64_t index, uint8_t *out)
{
    struct cipher *cipher = &guard->rtp;
    const uint32_t ssrc = bytes_get32(data + 8), roll_over = (uint32_t)(index >> 16);
    const size_t tag_bytes = guard->row->rtp_tag_bytes;
    uint8_t tag[SHA1_DIGEST_SIZE];
    if (guard->is_aead) {
        if (!is_mki(guard, data + length + tag_bytes))
            return -EKEYREJECTED;
        aead_begin(guard, cipher, ssrc, index);
        aead_add(guard, cipher, data, header);
        if (!aead_decrypt(guard, cipher, data + header, length - header, out + header))
            return -EKEYREJECTED;
    } else {
        authenticate(cipher, data, length, &roll_over, tag_bytes, tag);
        if (!is_mki(guard, data + length) ||
            !memeql_sec(tag, data + length + guard->mki_bytes, tag_bytes))
            return -EKEYREJECTED;
        count_crypt(guard, cipher, ssrc, index, data + header, length - header, out + header);
    }
    memcpy(out, data, header);
    return 0;
}

int rtp_guard_open(struct rtp_guard *guard, const uint8_t *data, size_t length, uint8_t *out,
                   size_t *out_length)
{
    const size_t behind = guard->row->rtp_tag_bytes + guard->mki_bytes;
    const size_t header = header_of(data, length);
    uint64_t index;
    if (!header || length < header + behind)
        return -EBADMSG;
    const uint32_t ssrc = bytes_get32(data + 8);
    struct source *source = find(guard, ssrc);
    const struct window *window = source ? &source->rtp : NULL;
    if (!guess(window, bytes_get16(data + 2), &index) || was_seen(window, index))
        return -EALREADY;
    int error = open_rtp(guard, data, header, length - behind, index, out);
    if (error)
        return error;
    note_seen(&keep(guard, source, ssrc)->rtp, index);
    *out_length = length - behind;
    return 0;
}

/* ---- RTCP ---- */

static bool is_rtcp(const uint8_t *data, size_t length)
{
    return length >= RTCP_HEADER && data[0] >> 6 == 2;
}

/* The header and, of RFC 7714 section 9.2, the word behind it. */
static void aead_add_rtcp(const struct rtp_guard *guard, struct cipher *cipher,
                          const uint8_t *header, const uint8_t *word)
{
    uint8_t added[RTCP_HEADER + INDEX];
    memcpy(added, header, RTCP_HEADER);
    memcpy(added + RTCP_HEADER, word, INDEX);
    aead_add(guard, cipher, added, sizeof(added));
}

size_t rtp_guard_protect_rtcp(struct rtp_guard *guard, uint8_t *data, size_t length,
                              size_t room)
{
    const size_t tag = guard->row->rtcp_tag_bytes;
    if (!is_rtcp(data, length) || room < length + tag + INDEX + guard->mki_bytes)
        return 0;
    const uint32_t ssrc = bytes_get32(data + 4);
    struct source *source = find_or_add(guard, ssrc);
    if (!source || (source->rtcp.has_begun && source->rtcp.highest == MOST_RTCP_INDEX))
        return 0;
    const uint64_t index = source->rtcp.has_begun ? source->rtcp.highest + 1 : 0;
    note_seen(&source->rtcp, index);
    struct cipher *cipher = &guard->rtcp;
    uint8_t word[INDEX];
    bytes_put32(word, (uint32_t)index | E_BIT);
    if (guard->is_aead) {
        aead_begin(guard, cipher, ssrc, index);
        aead_add_rtcp(guard, cipher, data, word);
        aead_encrypt(guard, cipher, data + RTCP_HEADER, length - RTCP_HEADER);
        memcpy(data + length + tag, word, INDEX);
        return length + tag + INDEX + put_mki(guard, data + length + tag + INDEX);
    }
    count_crypt(guard, cipher, ssrc, index, data + RTCP_HEADER, length - RTCP_HEADER,
                data + RTCP_HEADER);
    memcpy(data + length, word, INDEX);
    const size_t mki = put_mki(guard, data + length + INDEX);
    authenticate(cipher, data, length + INDEX, NULL, tag, data + length + INDEX + mki);
    return length + INDEX + mki + tag;
}

/* Of @p length bytes without tag, index and MKI; @p word is where the index stands. */
static int open_rtcp(struct rtp_guard *guard, const uint8_t *data, size_t length,
                     const uint8_t *word, uint64_t index, uint8_t *out)
{
    struct cipher *cipher = &guard->rtcp;
    const uint32_t ssrc = bytes_get32(data + 4);
    const size_t tag_bytes = guard->row->rtcp_tag_bytes;
    uint8_t tag[SHA1_DIGEST_SIZE];
    if (!is_mki(guard, word + INDEX))
        return -EKEYREJECTED;
    if (guard->is_aead) {
        aead_begin(guard, cipher, ssrc, index);
        aead_add_rtcp(guard, cipher, data, word);
        if (!aead_decrypt(guard, cipher, data + RTCP_HEADER, length - RTCP_HEADER,
                          out + RTCP_HEADER))
            return -EKEYREJECTED;
    } else {
        authenticate(cipher, data, length + INDEX, NULL, tag_bytes, tag);
        if (!memeql_sec(tag, word + INDEX + guard->mki_bytes, tag_bytes))
            return -EKEYREJECTED;
        count_crypt(guard, cipher, ssrc, index, data + RTCP_HEADER, length - RTCP_HEADER,
                    out + RTCP_HEADER);
    }
    memcpy(out, data, RTCP_HEADER);
    return 0;
}

int rtp_guard_open_rtcp(struct rtp_guard *guard, const uint8_t *data, size_t length,
                        uint8_t *out, size_t *out_length)
{
    const size_t tag = guard->row->rtcp_tag_bytes, behind = tag + INDEX + guard->mki_bytes;
    if (!is_rtcp(data, length) || length < RTCP_HEADER + behind)
        return -EBADMSG;
    const size_t clear = length - behind;
    const uint8_t *word = data + clear + (guard->is_aead ? tag : 0);
    const uint32_t ssrc = bytes_get32(data + 4), value = bytes_get32(word);
    const uint64_t index = value & MOST_RTCP_INDEX;
    struct source *source = find(guard, ssrc);
    if (!(value & E_BIT))
        return -EKEYREJECTED; /* in the clear, which was not agreed */
    if (was_seen(source ? &source->rtcp : NULL, index))
        return -EALREADY;
    int error = open_rtcp(guard, data, clear, word, index, out);
    if (error)
        return error;
    note_seen(&keep(guard, source, ssrc)->rtcp, index);
    *out_length = clear;
    return 0;
}
