/* classic_stun.c - one request read, one answer written. */
#include "server/sip/classic_stun.h"

#include "server/rtp/address.h"
#include "server/rtp/bytes.h"

#include <stdbool.h>
#include <string.h>

enum {
    HEADER_BYTES = 20,
    HEAD_BYTES = 4, /* of an attribute */
    MAX_BYTES = 548,
    MAGIC_COOKIE = 0x2112a442, /* has it: not a classic one */
    BINDING_REQUEST = 0x0001,
    BINDING_RESPONSE = 0x0101,
    BINDING_ERROR = 0x0111,
    V4 = 1, /* address families */
    V6 = 2,
};

enum attribute {
    MAPPED_ADDRESS = 0x0001,
    CHANGE_REQUEST = 0x0003,
    USERNAME = 0x0006,
    MESSAGE_INTEGRITY = 0x0008,
    ERROR_CODE = 0x0009,
    UNKNOWN_ATTRIBUTES = 0x000a,
    OPTIONAL = 0x8000, /* from here on: may be ignored */
};

static bool is_known(unsigned type, const uint8_t *value, size_t length)
{
    if (type == CHANGE_REQUEST) /* of nothing, as many send it in their first request */
        return length == 4 && bytes_get32(value) == 0;
    return type == USERNAME || type == MESSAGE_INTEGRITY || type >= OPTIONAL;
}

/* @return false: the attributes do not fit the message. *unknown: the first that has to be
 * understood, and is not; 0: none. */
static bool read_attributes(const uint8_t *data, size_t length, unsigned *unknown)
{
    *unknown = 0;
    for (size_t at = HEADER_BYTES; at < length;) {
        if (length - at < HEAD_BYTES)
            return false;
        const unsigned type = bytes_get16(data + at);
        const size_t bytes = bytes_get16(data + at + 2);
        at += HEAD_BYTES;
        if (bytes > length - at)
            return false;
        if (!*unknown && !is_known(type, data + at, bytes))
            *unknown = type;
        at += bytes;
    }
    return true;
}

/* @return where its value goes. */
static uint8_t *add(uint8_t *out, size_t *used, unsigned type, size_t length)
{
    uint8_t *at = out + *used;
    bytes_put16(at, type);
    bytes_put16(at + 2, (unsigned)length);
    *used += HEAD_BYTES + length;
    return at + HEAD_BYTES;
}

static void add_mapped(uint8_t *out, size_t *used, const struct sockaddr *source)
{
    const union latch_address address = address_unmapped(source);
    const bool is_v4 = address.any.sa_family == AF_INET;
    const size_t bytes = is_v4 ? 4 : 16;
    uint8_t *value = add(out, used, MAPPED_ADDRESS, 4 + bytes);
    value[0] = 0;
    value[1] = is_v4 ? V4 : V6;
    bytes_put16(value + 2, address_port(&address));
    memcpy(value + 4,
           is_v4 ? (const void *)&address.v4.sin_addr : (const void *)&address.v6.sin6_addr,
           bytes);
}

/* The lengths of both have to be multiples of four (RFC 3489 sections 11.2.9, 11.2.10). */
static void add_refusal(uint8_t *out, size_t *used, unsigned unknown)
{
    static const char reason[] = "Unknown Attribute   ";
    uint8_t *value = add(out, used, ERROR_CODE, 4 + sizeof(reason) - 1);
    memcpy(value, (const uint8_t[]){0, 0, 4, 20}, 4);
    memcpy(value + 4, reason, sizeof(reason) - 1);
    value = add(out, used, UNKNOWN_ATTRIBUTES, 4);
    bytes_put16(value, unknown);
    bytes_put16(value + 2, unknown);
}

size_t classic_stun_answer(const uint8_t *data, size_t length, const struct sockaddr *source,
                           uint8_t *out, size_t room)
{
    unsigned unknown;
    if (length < HEADER_BYTES || length > MAX_BYTES || room < CLASSIC_STUN_ANSWER_BYTES ||
        bytes_get16(data) != BINDING_REQUEST || bytes_get32(data + 4) == MAGIC_COOKIE ||
        bytes_get16(data + 2) != length - HEADER_BYTES ||
        !read_attributes(data, length, &unknown))
        return 0;
    size_t used = HEADER_BYTES;
    memcpy(out, data, HEADER_BYTES); /* its transaction, all 16 bytes */
    bytes_put16(out, unknown ? BINDING_ERROR : BINDING_RESPONSE);
    if (unknown)
        add_refusal(out, &used, unknown);
    else
        add_mapped(out, &used, source);
    bytes_put16(out + 2, (unsigned)(used - HEADER_BYTES));
    return used;
}
