/* nal_payload.c - NAL units to packets and back; the two codecs differ in their headers only.
 */
#include "mixer/video_codec/nal_payload.h"
#include "mixer/video_codec/annex_b.h"
#include "mixer/video_codec/even_cut.h"

#include <errno.h>
#include <string.h>

enum { FORBIDDEN = 0x80, PIECE_FIRST = 0x80, PIECE_LAST = 0x40, SIZE_BYTES = 2 };

static uint8_t type_of(const struct nal_format *format, uint8_t header)
{
    return (uint8_t)((header & format->type_bits) >> format->type_shift);
}

/* A unit header's first byte with another type. */
static uint8_t with_type(const struct nal_format *format, uint8_t header, uint8_t type)
{
    return (uint8_t)((header & ~(FORBIDDEN | format->type_bits)) | type << format->type_shift);
}

static bool is_single(const struct nal_format *format, uint8_t header)
{
    const uint8_t type = type_of(format, header);
    return !(header & FORBIDDEN) && type >= format->first_single && type <= format->last_single;
}

/* ---- receiving ---- */

static int append(struct assembly *assembly, const uint8_t *bytes, size_t length)
{
    const int result = assembly_append(assembly, annex_b_start, sizeof(annex_b_start));
    return result < 0 ? result : assembly_append(assembly, bytes, length);
}

static int add_unit(const struct nal_format *format, struct assembly *assembly,
                    const uint8_t *bytes, size_t length)
{
    if (!is_single(format, bytes[0]))
        return -EBADMSG;
    return type_of(format, bytes[0]) == format->filler ? 0 : append(assembly, bytes, length);
}

static int add_aggregate(const struct nal_format *format, struct assembly *assembly,
                         const uint8_t *payload, size_t length)
{
    size_t at = format->head_bytes;
    while (at < length) {
        if (length - at < SIZE_BYTES + (size_t)format->head_bytes)
            return -EBADMSG;
        const size_t size = (size_t)(payload[at] << 8 | payload[at + 1]);
        at += SIZE_BYTES;
        if (size < format->head_bytes || size > length - at)
            return -EBADMSG;
        const int result = add_unit(format, assembly, payload + at, size);
        if (result < 0)
            return result;
        at += size;
    }
    return length > format->head_bytes ? 0 : -EBADMSG;
}

static int begin_unit(const struct nal_format *format, struct nal_piece *piece,
                      struct assembly *assembly, const uint8_t *payload, uint8_t type)
{
    uint8_t header[NAL_PAYLOAD_HEAD_BYTES];
    memcpy(header, payload, format->head_bytes);
    header[0] = with_type(format, payload[0], type);
    if (!is_single(format, header[0]))
        return -EBADMSG;
    *piece = (struct nal_piece){true, type};
    return append(assembly, header, format->head_bytes);
}

static int add_piece(const struct nal_format *format, struct nal_piece *piece,
                     struct assembly *assembly, const uint8_t *payload, size_t length)
{
    const size_t head = (size_t)format->head_bytes + 1;
    if (length < head)
        return -EBADMSG;
    const uint8_t flags = payload[head - 1];
    const uint8_t type = flags & (format->type_bits >> format->type_shift);
    if (flags & PIECE_FIRST) {
        assembly->is_torn |= piece->is_begun;
        const int result = begin_unit(format, piece, assembly, payload, type);
        if (result < 0)
            return result;
    } else if (!piece->is_begun) {
        const bool is_known = assembly->is_torn || assembly->is_after_gap;
        assembly->is_torn = true;
        return is_known ? 0 : -EBADMSG;
    } else if (type != piece->type) {
        return -EBADMSG;
    }
    piece->is_begun = !(flags & PIECE_LAST);
    return assembly_append(assembly, payload + head, length - head);
}

int nal_payload_add(const struct nal_format *format, struct nal_piece *piece,
                    struct assembly *assembly, const struct video_packet *packet)
{
    const uint8_t *payload = packet->payload;
    if (packet->gap)
        piece->is_begun = false;
    if (packet->length < format->head_bytes || payload[0] & FORBIDDEN)
        return -EBADMSG;
    const uint8_t type = type_of(format, payload[0]);
    if (type == format->piece)
        return add_piece(format, piece, assembly, payload, packet->length);
    assembly->is_torn |= piece->is_begun;
    piece->is_begun = false;
    if (type == type_of(format, format->aggregate[0]))
        return add_aggregate(format, assembly, payload, packet->length);
    return add_unit(format, assembly, payload, packet->length);
}

int nal_payload_insert(struct assembly *assembly, const uint8_t *bytes, size_t length,
                       size_t *at)
{
    const int result = assembly_insert(assembly, *at, annex_b_start, sizeof(annex_b_start));
    if (result < 0)
        return result;
    *at += sizeof(annex_b_start);
    const int inserted = assembly_insert(assembly, *at, bytes, length);
    *at += inserted < 0 ? 0 : length;
    return inserted;
}

/* ---- sending ---- */

static bool put(struct video_fragments *fragments, const struct video_fragment *fragment)
{
    if (fragments->count == VIDEO_MAX_FRAGMENTS)
        return false;
    fragments->fragment[fragments->count++] = *fragment;
    return true;
}

static bool next_unit(const struct nal_format *format, struct annex_b *scan,
                      struct annex_b_unit *unit)
{
    bool is_there;
    do {
        is_there = annex_b_next(scan, unit);
    } while (is_there && (unit->length < format->head_bytes ||
                          type_of(format, unit->bytes[0]) == format->filler));
    return is_there;
}

/* One aggregate of as many units as fit, if they are at least two. @return how many. */
static unsigned gather(const struct nal_format *format, struct annex_b scan, size_t most,
                       struct video_fragments *fragments)
{
    uint8_t *out = fragments->gathered;
    struct annex_b_unit unit;
    size_t at = format->head_bytes;
    uint8_t greatest = 0;
    unsigned units = 0;
    if (most > sizeof(fragments->gathered))
        most = sizeof(fragments->gathered);
    while (next_unit(format, &scan, &unit) && at + SIZE_BYTES + unit.length <= most) {
        const uint8_t bits = unit.bytes[0] & format->greatest;
        out[at++] = (uint8_t)(unit.length >> 8);
        out[at++] = (uint8_t)unit.length;
        memcpy(out + at, unit.bytes, unit.length);
        at += unit.length;
        greatest = bits > greatest ? bits : greatest;
        units++;
    }
    memcpy(out, format->aggregate, format->head_bytes);
    out[0] |= greatest;
    const struct video_fragment fragment = {.bytes = out, .length = at};
    return units >= 2 && put(fragments, &fragment) ? units : 0;
}

static int cut(const struct nal_format *format, const struct annex_b_unit *unit, size_t most,
               struct video_fragments *fragments)
{
    const uint8_t head = format->head_bytes;
    if (most <= head + 1U)
        return -E2BIG;
    const uint8_t *at = unit->bytes + head;
    const size_t length = unit->length - head;
    const size_t count = even_cut_count(length, most - head - 1);
    for (size_t i = 0; i < count; i++) {
        struct video_fragment fragment = {
            .head_length = (uint8_t)(head + 1),
            .bytes = at,
            .length = even_cut_length(length, count, i),
        };
        memcpy(fragment.head, unit->bytes, head);
        fragment.head[0] = with_type(format, unit->bytes[0], format->piece);
        fragment.head[head] =
            (uint8_t)((i == 0 ? PIECE_FIRST : 0) | (i + 1 == count ? PIECE_LAST : 0) |
                      type_of(format, unit->bytes[0]));
        if (!put(fragments, &fragment))
            return -E2BIG;
        at += fragment.length;
    }
    return 0;
}

int nal_payload_fragment(const struct nal_format *format, const struct video_frame *frame,
                         bool is_cut, size_t max_payload_bytes,
                         struct video_fragments *fragments)
{
    struct annex_b scan = annex_b_of(frame->bytes, frame->length);
    struct annex_b_unit unit;
    fragments->count = 0;
    unsigned gathered = is_cut ? gather(format, scan, max_payload_bytes, fragments) : 0;
    while (next_unit(format, &scan, &unit)) {
        const struct video_fragment whole = {.bytes = unit.bytes, .length = unit.length};
        int result = 0;
        if (gathered)
            gathered--;
        else if (unit.length > max_payload_bytes)
            result = is_cut ? cut(format, &unit, max_payload_bytes, fragments) : -E2BIG;
        else if (!put(fragments, &whole))
            result = -E2BIG;
        if (result < 0)
            return result;
    }
    return 0;
}
