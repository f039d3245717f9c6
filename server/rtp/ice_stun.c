/* ice_stun.c - the STUN messages of ICE, read and written. */
#include "server/rtp/ice_stun.h"

#include "server/rtp/address.h"
#include "server/rtp/bytes.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

enum {
    MAGIC_COOKIE = 0x2112a442,
    HEAD_BYTES = 4, /* of an attribute */
    HMAC_BYTES = 20,
    CRC_BYTES = 4,
    V4 = 1, /* address families */
    V6 = 2,
};

enum attribute {
    USERNAME = 0x0006,
    MESSAGE_INTEGRITY = 0x0008,
    ERROR_CODE = 0x0009,
    UNKNOWN_ATTRIBUTES = 0x000a,
    XOR_MAPPED_ADDRESS = 0x0020,
    PRIORITY = 0x0024,
    USE_CANDIDATE = 0x0025,
    OPTIONAL = 0x8000, /* from here on: may be ignored */
    FINGERPRINT = 0x8028,
    ICE_CONTROLLED = 0x8029,
    ICE_CONTROLLING = 0x802a,
};

#define FINGERPRINT_XOR 0x5354554eu

static size_t padded(size_t length)
{
    return (length + 3) & ~(size_t)3;
}

/* CRC-32 of ISO 3309, bit by bit: a message is short. */
static uint32_t crc32_of(const uint8_t *data, size_t length)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < length; i++) {
        crc ^= data[i];
        for (unsigned bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

static bool hmac_of(const uint8_t *data, size_t length, const char *password,
                    uint8_t out[HMAC_BYTES])
{
    unsigned bytes = HMAC_BYTES;
    return HMAC(EVP_sha1(), password, (int)strlen(password), data, length, out, &bytes) &&
           bytes == HMAC_BYTES;
}

/* ---- reading ---- */

static bool read_mapped(const uint8_t *value, size_t length, const uint8_t *header,
                        union latch_address *address)
{
    const bool is_v4 = length == 8 && value[1] == V4, is_v6 = length == 20 && value[1] == V6;
    if (!is_v4 && !is_v6)
        return false;
    uint8_t plain[16];
    const size_t bytes = length - 4;
    for (size_t i = 0; i < bytes; i++)
        plain[i] = value[4 + i] ^ header[4 + i]; /* the cookie, then the transaction */
    const in_port_t port = htons((uint16_t)(bytes_get16(value + 2) ^ MAGIC_COOKIE >> 16));
    memset(address, 0, sizeof(*address));
    if (is_v4) {
        address->v4.sin_family = AF_INET;
        address->v4.sin_port = port;
        memcpy(&address->v4.sin_addr, plain, bytes);
    } else {
        address->v6.sin6_family = AF_INET6;
        address->v6.sin6_port = port;
        memcpy(&address->v6.sin6_addr, plain, bytes);
    }
    return true;
}

static bool read_error_code(const uint8_t *value, size_t length, struct ice_stun *message)
{
    if (length < 4 || (value[2] & 7) < 3 || (value[2] & 7) > 6 || value[3] > 99)
        return false;
    if (!message->error_code)
        message->error_code = (value[2] & 7) * 100U + value[3];
    return true;
}

static bool read_role(enum ice_stun_role role, const uint8_t *value, size_t length,
                      struct ice_stun *message)
{
    if (length != 8)
        return false;
    if (message->role == ICE_STUN_NO_ROLE) {
        message->role = role;
        message->tie_breaker = (uint64_t)bytes_get32(value) << 32 | bytes_get32(value + 4);
    }
    return true;
}

static bool read_username(const uint8_t *value, size_t length, struct ice_stun *message)
{
    if (length > ICE_STUN_MAX_USERNAME)
        return false;
    if (!message->username) {
        message->username = (const char *)value;
        message->username_length = length;
    }
    return true;
}

static bool read_priority(const uint8_t *value, size_t length, struct ice_stun *message)
{
    if (length != 4)
        return false;
    if (!message->has_priority)
        message->priority = bytes_get32(value);
    message->has_priority = true;
    return true;
}

static void note_unknown(unsigned type, struct ice_stun *message)
{
    for (unsigned i = 0; i < message->unknown_count; i++) {
        if (message->unknown[i] == type)
            return;
    }
    if (message->unknown_count < ICE_STUN_MAX_UNKNOWN)
        message->unknown[message->unknown_count++] = (uint16_t)type;
}

static bool read_attribute(unsigned type, const uint8_t *value, size_t length,
                           struct ice_stun *message)
{
    switch (type) {
    case USERNAME:
        return read_username(value, length, message);
    case ERROR_CODE:
        return read_error_code(value, length, message);
    case UNKNOWN_ATTRIBUTES:
        return length % 2 == 0;
    case XOR_MAPPED_ADDRESS:
        return message->mapped.any.sa_family != AF_UNSPEC ||
               read_mapped(value, length, message->data, &message->mapped);
    case PRIORITY:
        return read_priority(value, length, message);
    case USE_CANDIDATE:
        message->use_candidate = true;
        return length == 0;
    case ICE_CONTROLLED:
        return read_role(ICE_STUN_CONTROLLED, value, length, message);
    case ICE_CONTROLLING:
        return read_role(ICE_STUN_CONTROLLING, value, length, message);
    default:
        if (type < OPTIONAL)
            note_unknown(type, message);
        return true;
    }
}

/* The last attribute: over all that is before it. */
static bool read_fingerprint(size_t at, size_t length, struct ice_stun *message)
{
    const uint8_t *value = message->data + at + HEAD_BYTES;
    message->has_fingerprint = true;
    return length == CRC_BYTES && at + HEAD_BYTES + CRC_BYTES == message->length &&
           bytes_get32(value) == (crc32_of(message->data, at) ^ FINGERPRINT_XOR);
}

static bool read_place(unsigned type, size_t at, size_t length, struct ice_stun *message)
{
    if (type == FINGERPRINT)
        return read_fingerprint(at, length, message);
    if (message->integrity_at)
        return true; /* not protected, so not read */
    if (type == MESSAGE_INTEGRITY) {
        message->integrity_at = at;
        return length == HMAC_BYTES;
    }
    return read_attribute(type, message->data + at + HEAD_BYTES, length, message);
}

static bool read_attributes(struct ice_stun *message)
{
    const uint8_t *data = message->data;
    for (size_t at = ICE_STUN_HEADER_BYTES; at < message->length;) {
        if (message->length - at < HEAD_BYTES)
            return false;
        const unsigned type = bytes_get16(data + at);
        const size_t length = bytes_get16(data + at + 2);
        if (message->length - at - HEAD_BYTES < padded(length))
            return false;
        if (!read_place(type, at, length, message))
            return false;
        at += HEAD_BYTES + padded(length);
    }
    return true;
}

int ice_stun_read(const uint8_t *data, size_t length, struct ice_stun *message)
{
    if (length < ICE_STUN_HEADER_BYTES || length > ICE_STUN_MAX_BYTES || data[0] > 0x3f ||
        bytes_get32(data + 4) != MAGIC_COOKIE || length % 4 != 0 ||
        bytes_get16(data + 2) != length - ICE_STUN_HEADER_BYTES)
        return -EBADMSG;
    const unsigned type = bytes_get16(data);
    struct ice_stun read = {
        .class = (enum ice_stun_class)((type >> 4 & 1) | (type >> 7 & 2)),
        .method = (type & 0xf) | (type >> 1 & 0x70) | (type >> 2 & 0xf80),
        .data = data,
        .length = length,
    };
    memcpy(read.transaction, data + 8, sizeof(read.transaction));
    if (!read_attributes(&read))
        return -EBADMSG;
    *message = read;
    return 0;
}

bool ice_stun_is_authentic(const struct ice_stun *message, const char *password)
{
    uint8_t copy[ICE_STUN_MAX_BYTES], expected[HMAC_BYTES];
    const size_t at = message->integrity_at;
    if (!at)
        return false;
    memcpy(copy, message->data, at);
    /* as if MESSAGE-INTEGRITY were the last attribute */
    bytes_put16(copy + 2, (unsigned)(at + HEAD_BYTES + HMAC_BYTES - ICE_STUN_HEADER_BYTES));
    return hmac_of(copy, at, password, expected) &&
           CRYPTO_memcmp(message->data + at + HEAD_BYTES, expected, HMAC_BYTES) == 0;
}

/* ---- writing ---- */

struct writer {
    uint8_t *out;
    size_t room, length;
    bool full;
};

static void add(struct writer *writer, unsigned type, const void *value, size_t length)
{
    const size_t bytes = HEAD_BYTES + padded(length);
    if (writer->full || writer->room - writer->length < bytes) {
        writer->full = true;
        return;
    }
    uint8_t *at = writer->out + writer->length;
    memset(at, 0, bytes);
    bytes_put16(at, type);
    bytes_put16(at + 2, (unsigned)length);
    if (length)
        memcpy(at + HEAD_BYTES, value, length);
    writer->length += bytes;
    bytes_put16(writer->out + 2, (unsigned)(writer->length - ICE_STUN_HEADER_BYTES));
}

static struct writer begin(uint8_t *out, size_t room, enum ice_stun_class class,
                           const uint8_t *transaction)
{
    struct writer writer = {.out = out, .room = room, .full = room < ICE_STUN_HEADER_BYTES};
    if (writer.full)
        return writer;
    bytes_put16(out,
                ICE_STUN_BINDING | ((unsigned)class & 1) << 4 | ((unsigned)class & 2) << 7);
    bytes_put16(out + 2, 0);
    bytes_put32(out + 4, MAGIC_COOKIE);
    memcpy(out + 8, transaction, ICE_STUN_TRANSACTION_BYTES);
    writer.length = ICE_STUN_HEADER_BYTES;
    return writer;
}

/* Both attributes are computed with a length that counts them already. */
static size_t end(struct writer *writer, const char *password)
{
    uint8_t value[HMAC_BYTES] = {0};
    if (password) {
        const size_t at = writer->length;
        add(writer, MESSAGE_INTEGRITY, value, HMAC_BYTES);
        if (!writer->full && !hmac_of(writer->out, at, password, writer->out + at + HEAD_BYTES))
            writer->full = true;
    }
    const size_t at = writer->length;
    add(writer, FINGERPRINT, value, CRC_BYTES);
    if (writer->full)
        return 0;
    bytes_put32(writer->out + at + HEAD_BYTES, crc32_of(writer->out, at) ^ FINGERPRINT_XOR);
    return writer->length;
}

size_t ice_stun_write_request(uint8_t *out, size_t room, const struct ice_stun_request *request,
                              const char *password)
{
    struct writer writer = begin(out, room, ICE_STUN_REQUEST, request->transaction);
    uint8_t value[8];
    add(&writer, USERNAME, request->username, strlen(request->username));
    if (request->priority) {
        bytes_put32(value, request->priority);
        add(&writer, PRIORITY, value, 4);
    }
    if (request->role != ICE_STUN_NO_ROLE) {
        bytes_put32(value, (uint32_t)(request->tie_breaker >> 32));
        bytes_put32(value + 4, (uint32_t)request->tie_breaker);
        add(&writer, request->role == ICE_STUN_CONTROLLED ? ICE_CONTROLLED : ICE_CONTROLLING,
            value, 8);
    }
    if (request->use_candidate)
        add(&writer, USE_CANDIDATE, NULL, 0);
    return end(&writer, password);
}

static void add_mapped(struct writer *writer, const struct sockaddr *mapped)
{
    const union latch_address address = address_unmapped(mapped);
    const bool is_v4 = address.any.sa_family == AF_INET;
    uint8_t value[20] = {0, is_v4 ? V4 : V6};
    const size_t bytes = is_v4 ? 4 : 16;
    if (is_v4)
        memcpy(value + 4, &address.v4.sin_addr, bytes);
    else
        memcpy(value + 4, &address.v6.sin6_addr, bytes);
    bytes_put16(value + 2, address_port(&address) ^ MAGIC_COOKIE >> 16);
    for (size_t i = 0; !writer->full && i < bytes; i++)
        value[4 + i] ^= writer->out[4 + i];
    add(writer, XOR_MAPPED_ADDRESS, value, 4 + bytes);
}

size_t ice_stun_write_success(uint8_t *out, size_t room,
                              const uint8_t transaction[ICE_STUN_TRANSACTION_BYTES],
                              const struct sockaddr *mapped, const char *password)
{
    struct writer writer = begin(out, room, ICE_STUN_SUCCESS, transaction);
    add_mapped(&writer, mapped);
    return end(&writer, password);
}

static const char *reason_of(unsigned code)
{
    return code == 400   ? "Bad Request"
           : code == 401 ? "Unauthenticated"
           : code == 420 ? "Unknown Attribute"
           : code == 487 ? "Role Conflict"
                         : "Server Error";
}

size_t ice_stun_write_error(uint8_t *out, size_t room, const struct ice_stun *refused,
                            unsigned code, const char *password)
{
    struct writer writer = begin(out, room, ICE_STUN_ERROR, refused->transaction);
    const char *reason = reason_of(code);
    const size_t length = strlen(reason);
    uint8_t value[32] = {0, 0, (uint8_t)(code / 100), (uint8_t)(code % 100)};
    memcpy(value + 4, reason, length);
    add(&writer, ERROR_CODE, value, 4 + length);
    if (code == 420) {
        uint8_t unknown[2 * ICE_STUN_MAX_UNKNOWN];
        for (unsigned i = 0; i < refused->unknown_count; i++)
            bytes_put16(unknown + 2 * i, refused->unknown[i]);
        add(&writer, UNKNOWN_ATTRIBUTES, unknown, 2 * (size_t)refused->unknown_count);
    }
    return end(&writer, password);
}
