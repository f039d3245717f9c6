/* crypto_lines.c - a=crypto, word by word. */
#include "server/sdp/crypto_lines.h"

#include <string.h>
#include <strings.h>

enum { MAX_BYTES = RTP_KEYS_MAX_KEY + RTP_KEYS_MAX_SALT, MAX_TAG = 999999999 };

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* ---- base64 ---- */

/* Exactly @p bytes; "=" at the end may be there or not (RFC 4568 section 6.1). */
static bool decode(struct slice text, uint8_t *out, size_t bytes)
{
    const size_t digits = (bytes * 8 + 5) / 6, padding = (3 - bytes % 3) % 3;
    uint32_t bits = 0;
    unsigned count = 0;
    if (text.length == digits + padding && memcmp(text.at + digits, "==", padding) == 0)
        text.length = digits;
    if (text.length != digits)
        return false;
    for (size_t i = 0; i < digits; i++) {
        const char *found = text.at[i] ? strchr(alphabet, text.at[i]) : NULL;
        if (!found)
            return false;
        bits = bits << 6 | (uint32_t)(found - alphabet);
        count += 6;
        if (count >= 8) {
            count -= 8;
            *out++ = (uint8_t)(bits >> count);
        }
    }
    return (bits & ((1U << count) - 1)) == 0;
}

static void encode(const uint8_t *data, size_t bytes, struct text *text)
{
    uint32_t bits = 0;
    unsigned count = 0;
    for (size_t i = 0; i < bytes; i++) {
        bits = bits << 8 | data[i];
        for (count += 8; count >= 6; count -= 6)
            text_add_bytes(text, &alphabet[bits >> (count - 6) & 63], 1);
    }
    if (count)
        text_add_bytes(text, &alphabet[bits << (6 - count) & 63], 1);
    text_add_bytes(text, "==", (3 - bytes % 3) % 3);
}

/* ---- reading ---- */

static bool is_digits(struct slice text)
{
    for (size_t i = 0; i < text.length; i++) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
    }
    return text.length > 0;
}

/* "2^20", or a number. */
static bool is_lifetime(struct slice text)
{
    enum { MOST_POWER = 48, MOST_DIGITS = 15 };
    unsigned long power;
    if (text.length > 2 && memcmp(text.at, "2^", 2) == 0)
        return slice_number((struct slice){text.at + 2, text.length - 2}, MOST_POWER, &power);
    return is_digits(text) && text.at[0] != '0' && text.length <= MOST_DIGITS;
}

/* "1:4": a number, and in how many bytes it is sent. */
static bool read_mki(struct slice text, struct rtp_keys *keys)
{
    struct slice value;
    unsigned long length;
    if (!slice_next_word(&text, ':', &value) || !text.length || !is_digits(value) ||
        !slice_number((struct slice){text.at + 1, text.length - 1}, RTP_KEYS_MAX_MKI,
                      &length) ||
        !length)
        return false;
    for (size_t i = 0; i < value.length; i++) {
        unsigned carry = (unsigned)(value.at[i] - '0');
        for (unsigned long k = length; k-- > 0;) {
            carry += keys->mki[k] * 10U;
            keys->mki[k] = (uint8_t)carry;
            carry >>= 8;
        }
        if (carry)
            return false;
    }
    keys->mki_bytes = (uint8_t)length;
    return true;
}

/* "inline:KEY|2^20|1:4" */
static bool read_key(struct slice text, struct rtp_keys *keys)
{
    static const char method[] = "inline:";
    const size_t method_bytes = sizeof(method) - 1;
    const struct rtp_suite_row *row = rtp_suite_row(keys->suite);
    uint8_t both[MAX_BYTES];
    struct slice key, word;
    if (text.length < method_bytes || strncasecmp(text.at, method, method_bytes) != 0 ||
        memchr(text.at, ';', text.length))
        return false;
    text.at += method_bytes;
    text.length -= method_bytes;
    if (!slice_next_word(&text, '|', &key) ||
        !decode(key, both, (size_t)row->key_bytes + row->salt_bytes))
        return false;
    memcpy(keys->key, both, row->key_bytes);
    memcpy(keys->salt, both + row->key_bytes, row->salt_bytes);
    bool more = slice_next_word(&text, '|', &word);
    if (more && !memchr(word.at, ':', word.length)) {
        if (!is_lifetime(word))
            return false;
        more = slice_next_word(&text, '|', &word);
    }
    return (!more || read_mki(word, keys)) && !text.length;
}

/* Of what may stand behind the key only a hint for the window of replays is harmless. */
static bool is_obeyed(struct slice parameter)
{
    struct slice value = {parameter.at + 4, parameter.length - 4};
    return parameter.at[0] == '-' || (parameter.length > 4 && is_digits(value) &&
                                      strncasecmp(parameter.at, "WSH=", 4) == 0);
}

static bool read_line(struct slice text, struct crypto_line *line)
{
    struct slice tag, suite, key, parameter;
    unsigned long number;
    memset(line, 0, sizeof(*line));
    if (!slice_next_word(&text, ' ', &tag) || !slice_number(tag, MAX_TAG, &number) ||
        !slice_next_word(&text, ' ', &suite) || !slice_next_word(&text, ' ', &key))
        return false;
    line->tag = (unsigned)number;
    line->keys.suite = rtp_suite_by_name(suite.at, suite.length);
    if (!line->keys.suite || !read_key(key, &line->keys))
        return false;
    while (slice_next_word(&text, ' ', &parameter)) {
        if (!is_obeyed(parameter))
            return false;
    }
    return true;
}

const struct crypto_line *crypto_lines_find(const struct crypto_lines *lines, unsigned tag)
{
    for (unsigned i = 0; i < lines->count; i++) {
        if (lines->line[i].tag == tag)
            return &lines->line[i];
    }
    return NULL;
}

void crypto_lines_read(struct slice lines, struct crypto_lines *theirs)
{
    char type;
    struct slice line, value;
    memset(theirs, 0, sizeof(*theirs));
    while (theirs->count < CRYPTO_MAX_LINES && slice_next_line(&lines, &type, &line)) {
        struct crypto_line read;
        if (type == 'a' && slice_is_attribute(line, "crypto", &value) &&
            read_line(value, &read) && !crypto_lines_find(theirs, read.tag))
            theirs->line[theirs->count++] = read;
    }
}

/* ---- writing ---- */

static void write_mki(const struct rtp_keys *keys, struct text *text)
{
    unsigned value = 0; /* ours are small */
    for (unsigned i = 0; i < keys->mki_bytes; i++)
        value = value << 8 | keys->mki[i];
    text_add(text, "|%u:%u", value, keys->mki_bytes);
}

void crypto_line_write(const struct crypto_line *line, struct text *text)
{
    const struct rtp_keys *keys = &line->keys;
    const struct rtp_suite_row *row = rtp_suite_row(keys->suite);
    uint8_t both[MAX_BYTES];
    memcpy(both, keys->key, row->key_bytes);
    memcpy(both + row->key_bytes, keys->salt, row->salt_bytes);
    text_add(text, "a=crypto:%u %s inline:", line->tag, row->name);
    encode(both, (size_t)row->key_bytes + row->salt_bytes, text);
    if (keys->mki_bytes)
        write_mki(keys, text);
    text_add(text, "\r\n");
}
