/* eye_payload.c - start codes by search; one packet at a time both ways. */
#include "tests/bench/eye_payload.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    NAL_IDR = 5,
    NAL_DELIMITER = 9,
    NAL_STAP_A = 24,
    NAL_FU_A = 28,
    FU_HEAD_BYTES = 2,
    VPX_HEAD_BYTES = 4,
};

struct unit { /* a NAL unit */
    const uint8_t *bytes;
    size_t length;
};

/* ---- cutting ---- */

static int add_piece(struct eye_pieces *pieces, const uint8_t *head, size_t head_length,
                     const uint8_t *bytes, size_t length)
{
    if (pieces->count == EYE_MAX_PIECES || head_length + length > EYE_PAYLOAD_BYTES)
        return -E2BIG;
    struct eye_piece *piece = &pieces->piece[pieces->count++];
    if (head_length)
        memcpy(piece->bytes, head, head_length);
    memcpy(piece->bytes + head_length, bytes, length);
    piece->length = (uint16_t)(head_length + length);
    return 0;
}

static const uint8_t *find_start_code(const uint8_t *at, const uint8_t *end)
{
    for (; end - at >= 3; at++)
        if (!at[0] && !at[1] && at[2] == 1)
            return at;
    return end;
}

/* The next NAL unit of *at .. end; zeros before the next start code belong to that. */
static bool next_unit(const uint8_t **at, const uint8_t *end, struct unit *unit)
{
    const uint8_t *start = find_start_code(*at, end);
    if (start == end)
        return false;
    start += 3;
    const uint8_t *next = find_start_code(start, end), *last = next;
    while (last > start && !last[-1])
        last--;
    *at = next;
    *unit = (struct unit){start, (size_t)(last - start)};
    return true;
}

static int cut_fu_a(const struct unit *unit, struct eye_pieces *pieces)
{
    const size_t room = EYE_PAYLOAD_BYTES - FU_HEAD_BYTES;
    uint8_t head[FU_HEAD_BYTES] = {(uint8_t)((unit->bytes[0] & 0xe0) | NAL_FU_A), 0};
    int error = 0;
    for (size_t at = 1; at < unit->length && !error; at += room) {
        size_t part = unit->length - at < room ? unit->length - at : room;
        head[1] = (uint8_t)((at == 1 ? 0x80 : 0) | (at + part == unit->length ? 0x40 : 0) |
                            (unit->bytes[0] & 0x1f));
        error = add_piece(pieces, head, sizeof(head), unit->bytes + at, part);
    }
    return error;
}

/* Small units one behind the other, as many as fit; these are parameter sets. */
static int cut_stap_a(const struct unit *unit, unsigned count, struct eye_pieces *pieces)
{
    uint8_t bytes[EYE_PAYLOAD_BYTES];
    size_t length = 1;
    bytes[0] = NAL_STAP_A;
    for (unsigned i = 0; i < count; i++) {
        bytes[0] = (uint8_t)((bytes[0] & 0x1f) | (bytes[0] & 0x60) | (unit[i].bytes[0] & 0x60));
        bytes[length] = (uint8_t)(unit[i].length >> 8);
        bytes[length + 1] = (uint8_t)unit[i].length;
        memcpy(bytes + length + 2, unit[i].bytes, unit[i].length);
        length += 2 + unit[i].length;
    }
    return add_piece(pieces, NULL, 0, bytes, length);
}

static int flush_small(struct unit *small, unsigned *count, struct eye_pieces *pieces)
{
    int error = 0;
    if (*count == 1)
        error = add_piece(pieces, NULL, 0, small[0].bytes, small[0].length);
    else if (*count)
        error = cut_stap_a(small, *count, pieces);
    *count = 0;
    return error;
}

static int cut_h264(const struct eye_cutter *cutter, const uint8_t *bytes, size_t length,
                    struct eye_pieces *pieces)
{
    enum { MAX_SMALL = 8 };
    struct unit unit, small[MAX_SMALL];
    unsigned count = 0;
    size_t together = 1;
    int error = 0;
    for (const uint8_t *at = bytes; !error && next_unit(&at, bytes + length, &unit);) {
        if (!unit.length || (unit.bytes[0] & 0x1f) == NAL_DELIMITER)
            continue;
        bool fits = together + 2 + unit.length <= EYE_PAYLOAD_BYTES;
        if (count && (cutter->single || count == MAX_SMALL || !fits)) {
            error = flush_small(small, &count, pieces);
            together = 1;
        }
        if (unit.length <= EYE_PAYLOAD_BYTES - 3) {
            small[count++] = unit;
            together += 2 + unit.length;
        } else if (!error) {
            error = cutter->single ? -E2BIG : cut_fu_a(&unit, pieces);
        }
    }
    return error ? error : flush_small(small, &count, pieces);
}

static int cut_vpx(const struct eye_cutter *cutter, const uint8_t *bytes, size_t length,
                   bool is_key, struct eye_pieces *pieces)
{
    const size_t room = EYE_PAYLOAD_BYTES - VPX_HEAD_BYTES;
    const uint8_t id[2] = {(uint8_t)(0x80 | (cutter->picture_id >> 8 & 0x7f)),
                           (uint8_t)cutter->picture_id};
    int error = 0;
    for (size_t at = 0; at < length && !error; at += room) {
        size_t part = length - at < room ? length - at : room;
        bool first = at == 0, last = at + part == length;
        uint8_t vp8[] = {(uint8_t)(0x80 | (first ? 0x10 : 0)), 0x80, id[0], id[1]};
        uint8_t vp9[] = {
            (uint8_t)(0x80 | (is_key ? 0 : 0x40) | (first ? 8 : 0) | (last ? 4 : 0)), id[0],
            id[1]};
        error = cutter->codec == EYE_VP8
                    ? add_piece(pieces, vp8, sizeof(vp8), bytes + at, part)
                    : add_piece(pieces, vp9, sizeof(vp9), bytes + at, part);
    }
    return error;
}

int eye_cut(struct eye_cutter *cutter, const uint8_t *bytes, size_t length, bool is_key,
            struct eye_pieces *pieces)
{
    pieces->count = 0;
    if (cutter->codec == EYE_H264)
        return cut_h264(cutter, bytes, length, pieces);
    int error = cut_vpx(cutter, bytes, length, is_key, pieces);
    cutter->picture_id = (cutter->picture_id + 1) & 0x7fff;
    return error;
}

/* ---- joining ---- */

struct eye_joiner {
    enum eye_codec codec;
    size_t length;
    bool in_unit; /* H.264: within a fragmented unit; VP8, VP9: within a picture */
    bool is_key, is_broken;
    uint8_t bytes[EYE_MAX_PICTURE_BYTES];
};

int eye_joiner_create(enum eye_codec codec, struct eye_joiner **joiner)
{
    struct eye_joiner *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->codec = codec;
    *joiner = made;
    return 0;
}

void eye_joiner_destroy(struct eye_joiner *joiner)
{
    free(joiner);
}

static bool append(struct eye_joiner *joiner, const uint8_t *bytes, size_t length)
{
    if (length > sizeof(joiner->bytes) - joiner->length)
        return false;
    memcpy(joiner->bytes + joiner->length, bytes, length);
    joiner->length += length;
    return true;
}

static bool begin_unit(struct eye_joiner *joiner, uint8_t head)
{
    static const uint8_t start_code[] = {0, 0, 0, 1};
    joiner->is_key |= (head & 0x1f) == NAL_IDR;
    return append(joiner, start_code, sizeof(start_code)) && append(joiner, &head, 1);
}

static bool join_stap_a(struct eye_joiner *joiner, const uint8_t *payload, size_t length)
{
    for (size_t at = 1; at < length;) {
        if (length - at < 3)
            return false;
        size_t unit = (size_t)payload[at] << 8 | payload[at + 1];
        at += 2;
        if (!unit || unit > length - at || !begin_unit(joiner, payload[at]) ||
            !append(joiner, payload + at + 1, unit - 1))
            return false;
        at += unit;
    }
    return true;
}

static bool join_fu_a(struct eye_joiner *joiner, const uint8_t *payload, size_t length)
{
    if (length <= FU_HEAD_BYTES)
        return false;
    bool begins = payload[1] & 0x80;
    if (begins == joiner->in_unit)
        return false;
    if (begins && !begin_unit(joiner, (uint8_t)((payload[0] & 0xe0) | (payload[1] & 0x1f))))
        return false;
    joiner->in_unit = !(payload[1] & 0x40);
    return append(joiner, payload + FU_HEAD_BYTES, length - FU_HEAD_BYTES);
}

static bool join_h264(struct eye_joiner *joiner, const uint8_t *payload, size_t length)
{
    if (!length)
        return false;
    unsigned type = payload[0] & 0x1f;
    if (type == NAL_FU_A)
        return join_fu_a(joiner, payload, length);
    if (joiner->in_unit || !type || type > NAL_STAP_A)
        return false;
    if (type == NAL_STAP_A)
        return join_stap_a(joiner, payload, length);
    return begin_unit(joiner, payload[0]) && append(joiner, payload + 1, length - 1);
}

/* Bytes of the optional picture ID at @p at; 0 if it is cut off. */
static size_t id_bytes(const uint8_t *payload, size_t length, size_t at)
{
    return at >= length ? 0 : payload[at] & 0x80 ? 2 : 1;
}

/* @return the length of the descriptor; 0: it is malformed. */
static size_t read_vp8(const uint8_t *payload, size_t length, bool *begins)
{
    size_t at = 1;
    if (length < 2)
        return 0;
    *begins = (payload[0] & 0x17) == 0x10; /* S, partition 0 */
    if (!(payload[0] & 0x80))
        return at;
    uint8_t more = payload[at++];
    if (more & 0x80) {
        size_t bytes = id_bytes(payload, length, at);
        if (!bytes)
            return 0;
        at += bytes;
    }
    at += (more & 0x40 ? 1U : 0U) + (more & 0x30 ? 1U : 0U);
    return at < length ? at : 0;
}

/* The scalability structure of a key frame. */
static size_t skip_vp9_structure(const uint8_t *payload, size_t length, size_t at)
{
    if (at >= length)
        return 0;
    uint8_t head = payload[at++];
    if (head & 0x10)
        at += 4U * ((head >> 5) + 1U);
    if (!(head & 0x08))
        return at;
    if (at >= length)
        return 0;
    for (unsigned pictures = payload[at++]; pictures; pictures--) {
        if (at >= length)
            return 0;
        at += 1U + (payload[at] >> 2 & 3);
    }
    return at;
}

static size_t read_vp9(const uint8_t *payload, size_t length, bool *begins, bool *is_key)
{
    size_t at = 1;
    if (length < 2)
        return 0;
    uint8_t head = payload[0];
    *begins = head & 0x08;
    *is_key = !(head & 0x40);
    if (head & 0x80) {
        size_t bytes = id_bytes(payload, length, at);
        if (!bytes)
            return 0;
        at += bytes;
    }
    if (head & 0x20)
        at += head & 0x10 ? 1 : 2;
    if ((head & 0x50) == 0x50) { /* flexible: up to three references */
        bool more = true;
        for (unsigned i = 0; i < 3 && more; i++, at++) {
            if (at >= length)
                return 0;
            more = payload[at] & 1;
        }
    }
    if (head & 0x02 && !(at = skip_vp9_structure(payload, length, at)))
        return 0;
    return at < length ? at : 0;
}

static bool join_vpx(struct eye_joiner *joiner, const uint8_t *payload, size_t length)
{
    bool begins = false, is_key = false;
    size_t head = joiner->codec == EYE_VP8 ? read_vp8(payload, length, &begins)
                                           : read_vp9(payload, length, &begins, &is_key);
    if (!head || begins == joiner->in_unit)
        return false;
    if (begins)
        joiner->is_key = joiner->codec == EYE_VP8 ? !(payload[head] & 1) : is_key;
    joiner->in_unit = true;
    return append(joiner, payload + head, length - head);
}

bool eye_joiner_add(struct eye_joiner *joiner, const uint8_t *payload, size_t length,
                    bool marker, bool gap, struct eye_joined *joined)
{
    joiner->is_broken |= gap;
    bool good = joiner->codec == EYE_H264 ? join_h264(joiner, payload, length)
                                          : join_vpx(joiner, payload, length);
    joiner->is_broken |= !good;
    if (!marker)
        return false;
    bool cut_off = joiner->codec == EYE_H264 && joiner->in_unit;
    *joined = (struct eye_joined){joiner->bytes, joiner->length, joiner->is_key,
                                  joiner->is_broken || cut_off || !joiner->length};
    joiner->length = 0;
    joiner->in_unit = joiner->is_key = joiner->is_broken = false;
    return true;
}
