/* vp9_descriptor.c - read byte by byte, each only if it is there. */
#include "mixer/video_codec/vp9_descriptor.h"

#include <errno.h>

enum {
    HAS_ID = 0x80,
    PREDICTED = 0x40,
    HAS_LAYERS = 0x20,
    FLEXIBLE = 0x10,
    BEGIN = 0x08,
    END = 0x04,
    HAS_STRUCTURE = 0x02,
    LONG_ID = 0x80,
    /* layers */
    SWITCH_UP = 0x10,
    ON_LOWER = 0x01,
    /* structure */
    HAS_SIZES = 0x10,
    HAS_GROUP = 0x08,
};

struct reader {
    const uint8_t *at, *end;
    bool is_cut;
};

static uint8_t next(struct reader *reader)
{
    if (reader->at == reader->end) {
        reader->is_cut = true;
        return 0;
    }
    return *reader->at++;
}

static uint16_t next_16(struct reader *reader)
{
    const unsigned high = next(reader);
    return (uint16_t)(high << 8 | next(reader));
}

static void read_id(struct reader *reader, struct vp9_descriptor *descriptor)
{
    const uint8_t first = next(reader);
    descriptor->id_bits = first & LONG_ID ? 15 : 7;
    descriptor->id = first & 0x7f;
    if (first & LONG_ID)
        descriptor->id = (uint16_t)(descriptor->id << 8 | next(reader));
}

static void read_layers(struct reader *reader, struct vp9_descriptor *descriptor)
{
    const uint8_t layers = next(reader);
    descriptor->has_layers = true;
    descriptor->temporal = layers >> 5;
    descriptor->is_switch_up = layers & SWITCH_UP;
    descriptor->spatial = layers >> 1 & 7;
    descriptor->is_on_lower = layers & ON_LOWER;
    if (!descriptor->is_flexible)
        descriptor->base = next(reader);
}

static bool read_references(struct reader *reader, struct vp9_descriptor *descriptor)
{
    uint8_t difference;
    do {
        difference = next(reader);
        if (descriptor->references == VP9_DESCRIPTOR_REFERENCES || difference < 2)
            return false;
        descriptor->reference[descriptor->references++] = difference >> 1;
    } while (difference & 1);
    return true;
}

/* The group of pictures is not needed: TL0PICIDX says what is missing. */
static void read_structure(struct reader *reader, struct vp9_descriptor *descriptor)
{
    const uint8_t head = next(reader);
    const uint8_t layers = (uint8_t)((head >> 5) + 1);
    for (uint8_t i = 0; head & HAS_SIZES && i < layers; i++) {
        descriptor->width[i] = next_16(reader);
        descriptor->height[i] = next_16(reader);
    }
    descriptor->sizes = head & HAS_SIZES ? layers : 0;
    for (unsigned pictures = head & HAS_GROUP ? next(reader) : 0; pictures; pictures--) {
        for (unsigned references = next(reader) >> 2 & 3; references; references--)
            next(reader);
    }
}

int vp9_descriptor_read(const uint8_t *payload, size_t length,
                        struct vp9_descriptor *descriptor)
{
    if (!length)
        return -EBADMSG;
    struct reader reader = {payload, payload + length, false};
    const uint8_t first = next(&reader);
    struct vp9_descriptor read = {.is_predicted = first & PREDICTED,
                                  .is_flexible = first & FLEXIBLE,
                                  .is_begin = first & BEGIN,
                                  .is_end = first & END};
    if (first & HAS_ID)
        read_id(&reader, &read);
    else if (read.is_flexible)
        return -EBADMSG;
    if (first & HAS_LAYERS)
        read_layers(&reader, &read);
    if (read.is_flexible && read.is_predicted && !read_references(&reader, &read))
        return -EBADMSG;
    if (first & HAS_STRUCTURE)
        read_structure(&reader, &read);
    if (reader.is_cut || reader.at == reader.end)
        return -EBADMSG;
    *descriptor = read;
    return (int)(reader.at - payload);
}

size_t vp9_descriptor_write(const struct vp9_descriptor *descriptor, uint8_t *out)
{
    size_t at = 0;
    out[at++] = (uint8_t)(HAS_ID | (descriptor->is_flexible ? FLEXIBLE : 0) |
                          (descriptor->is_predicted ? PREDICTED : 0) |
                          (descriptor->is_begin ? BEGIN : 0) | (descriptor->is_end ? END : 0));
    out[at++] = (uint8_t)(LONG_ID | descriptor->id >> 8);
    out[at++] = (uint8_t)descriptor->id;
    if (descriptor->is_flexible && descriptor->is_predicted)
        out[at++] = (uint8_t)(descriptor->reference[0] << 1);
    return at;
}
