/* rtp_extension.c - the elements of an RTP header extension. */
#include "server/rtp/rtp_extension.h"

#include "server/rtp/bytes.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

enum {
    TWO_BYTE_MASK = 0xfff0,
    PADDING = 0,
    STOP = 15, /* of the one-byte form: reserved, ends it */
    ONE_BYTE_MAX_ID = 14,
    ONE_BYTE_MAX_LENGTH = 16,
    VOICE = 0x80,
    LEVEL = 0x7f,
};

/* ---- reading ---- */

int rtp_extension_begin(struct rtp_extension *extension, const struct rtp_packet *packet)
{
    const bool two_byte = (packet->extension_profile & TWO_BYTE_MASK) == RTP_EXTENSION_TWO_BYTE;
    if (!packet->extension_length ||
        (!two_byte && packet->extension_profile != RTP_EXTENSION_ONE_BYTE))
        return -ENOENT;
    *extension = (struct rtp_extension){
        .at = packet->extension, .left = packet->extension_length, .two_byte = two_byte};
    return 0;
}

/* Takes an element's head. False: none follows, or it is cut (then *error). */
static bool take_head(struct rtp_extension *extension, struct rtp_extension_element *element,
                      int *error)
{
    const uint8_t *at = extension->at;
    const size_t head = extension->two_byte ? 2 : 1;
    *error = -ENOENT;
    if (!extension->left)
        return false;
    if (extension->left < head) {
        *error = -EBADMSG;
        return false;
    }
    element->id = extension->two_byte ? at[0] : at[0] >> 4;
    element->length = extension->two_byte ? at[1] : (uint8_t)((at[0] & 15) + 1);
    extension->at += head;
    extension->left -= head;
    return true;
}

/* Section 4.2: an element of identifier 15, or of 0 with a length, ends the block. */
static bool is_stop(const struct rtp_extension *extension)
{
    if (extension->two_byte || !extension->left)
        return false;
    const unsigned id = extension->at[0] >> 4;
    return id == STOP || (id == PADDING && extension->at[0] != 0);
}

int rtp_extension_next(struct rtp_extension *extension, struct rtp_extension_element *element)
{
    struct rtp_extension_element next;
    int error;
    while (extension->left && extension->at[0] == PADDING) { /* one byte in both forms */
        extension->at++;
        extension->left--;
    }
    if (is_stop(extension))
        extension->left = 0;
    if (!take_head(extension, &next, &error))
        return error;
    if (next.length > extension->left) {
        extension->left = 0;
        return -EBADMSG;
    }
    next.bytes = extension->at;
    extension->at += next.length;
    extension->left -= next.length;
    *element = next;
    return 0;
}

int rtp_extension_find(const struct rtp_packet *packet, unsigned id,
                       struct rtp_extension_element *element)
{
    struct rtp_extension extension;
    struct rtp_extension_element next;
    int error = rtp_extension_begin(&extension, packet);
    while (!error && !(error = rtp_extension_next(&extension, &next))) {
        if (next.id == id) {
            *element = next;
            return 0;
        }
    }
    return error;
}

int rtp_extension_read_level(const struct rtp_extension_element *element,
                             struct rtp_extension_level *level)
{
    if (!element->length)
        return -EBADMSG;
    *level = (struct rtp_extension_level){.level = element->bytes[0] & LEVEL,
                                          .voice = element->bytes[0] & VOICE};
    return 0;
}

int rtp_extension_read_number(const struct rtp_extension_element *element, uint16_t *number)
{
    if (element->length < RTP_EXTENSION_NUMBER_LENGTH)
        return -EBADMSG;
    *number = bytes_get16(element->bytes);
    return 0;
}

/* ---- writing ---- */

static bool fits_one_byte(const struct rtp_extension_element *element)
{
    return element->id <= ONE_BYTE_MAX_ID && element->length &&
           element->length <= ONE_BYTE_MAX_LENGTH;
}

static uint8_t *write_element(uint8_t *at, const struct rtp_extension_element *element,
                              bool two_byte)
{
    if (two_byte) {
        *at++ = element->id;
        *at++ = element->length;
    } else {
        *at++ = (uint8_t)(element->id << 4 | (element->length - 1));
    }
    if (element->length)
        memcpy(at, element->bytes, element->length);
    return at + element->length;
}

size_t rtp_extension_write(const struct rtp_extension_element *elements, unsigned count,
                           uint8_t *out, size_t room, uint16_t *profile)
{
    bool two_byte = false;
    size_t bytes = 0;
    for (unsigned i = 0; i < count; i++) {
        if (elements[i].id == PADDING)
            return 0;
        two_byte = two_byte || !fits_one_byte(&elements[i]);
        bytes += elements[i].length;
    }
    bytes += (size_t)count * (two_byte ? 2 : 1);
    const size_t padded = (bytes + 3) / 4 * 4;
    if (!count || padded > room)
        return 0;
    uint8_t *at = out;
    for (unsigned i = 0; i < count; i++)
        at = write_element(at, &elements[i], two_byte);
    memset(at, PADDING, padded - bytes);
    *profile = two_byte ? RTP_EXTENSION_TWO_BYTE : RTP_EXTENSION_ONE_BYTE;
    return padded;
}

struct rtp_extension_element rtp_extension_levels(uint8_t id, const uint8_t *levels,
                                                  unsigned count, uint8_t bytes[RTP_MAX_CSRC])
{
    assert(count <= RTP_MAX_CSRC);
    for (unsigned i = 0; i < count; i++)
        bytes[i] = levels[i] > LEVEL ? LEVEL : levels[i]; /* the highest bit is reserved */
    return (struct rtp_extension_element){.id = id, .length = (uint8_t)count, .bytes = bytes};
}

struct rtp_extension_element rtp_extension_number(uint8_t id, uint16_t number,
                                                  uint8_t bytes[RTP_EXTENSION_NUMBER_LENGTH])
{
    bytes_put16(bytes, number);
    return (struct rtp_extension_element){
        .id = id, .length = RTP_EXTENSION_NUMBER_LENGTH, .bytes = bytes};
}
