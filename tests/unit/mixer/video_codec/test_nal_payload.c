/* test_nal_payload.c - NAL units cut and put together again, by the two codecs that have them:
 * against a plain twin, and at the limits. */
#include "mixer/video_codec/nal_payload.h"
#include "tests/unit/mixer/video_codec/annex_b_units.h"
#include "tests/unit/mixer/video_codec/payload_check.h"

enum { MOST_UNITS = 8 };

static const struct format {
    const char *name;
    size_t head;                      /* bytes of a unit's header */
    uint8_t unit[4][3];               /* how units begin */
    uint8_t keep, piece, type, shift; /* bits of the first byte that a piece keeps, its type */
    uint8_t aggregate[2], greatest;
    uint8_t filler[2];
} formats[] = {
    {.name = "H264",
     .head = 1,
     .unit = {{0x41, 0x88}, {0x01, 0x9a}, {0x61, 0x88}, {0x21, 0x9a}},
     .keep = 0x60,
     .piece = 28,
     .type = 0x1f,
     .aggregate = {24},
     .greatest = 0x60,
     .filler = {0x0c, 0xff}},
    {.name = "H265",
     .head = 2,
     .unit = {{0x02, 0x01, 0xd1}, {0x00, 0x02, 0xd1}, {0x26, 0x01, 0xaf}, {0x03, 0x09, 0xd1}},
     .keep = 0x01,
     .piece = 49 << 1,
     .type = 0x7e,
     .shift = 1,
     .aggregate = {48 << 1, 1},
     .filler = {38 << 1, 0x01}},
};
enum { FORMATS = sizeof(formats) / sizeof(formats[0]) };

static const struct video_params mode_1 = {.packetization = 1};

/* ---- the twin ---- */

static unsigned count_gathered(const struct format *format, const struct annex_b_unit *units,
                               unsigned count, size_t most)
{
    size_t length = format->head;
    unsigned fit = 0;
    while (fit < count && (length += 2 + units[fit].length) <= most)
        fit++;
    return fit >= 2 ? fit : 0;
}

static void expect_aggregate(const struct format *format, const struct annex_b_unit *units,
                             unsigned count, struct packets *want)
{
    uint8_t bytes[PACKETS_BYTES], greatest = 0;
    size_t at = format->head;
    for (unsigned i = 0; i < count; i++) {
        bytes[at++] = (uint8_t)(units[i].length / 256);
        bytes[at++] = (uint8_t)(units[i].length % 256);
        memcpy(bytes + at, units[i].bytes, units[i].length);
        at += units[i].length;
        if ((units[i].bytes[0] & format->greatest) > greatest)
            greatest = units[i].bytes[0] & format->greatest;
    }
    memcpy(bytes, format->aggregate, format->head);
    bytes[0] |= greatest;
    packets_add(want, bytes, at, 0, false);
}

static void expect_pieces(const struct format *format, const struct annex_b_unit *unit,
                          size_t most, struct packets *want)
{
    const size_t head = format->head, length = unit->length - head;
    size_t count = 1;
    while (count * (most - head - 1) < length)
        count++;
    for (size_t i = 0, at = head; i < count; i++) {
        const size_t piece = (length + count - 1 - i) / count;
        uint8_t bytes[PACKETS_BYTES];
        memcpy(bytes, unit->bytes, head);
        bytes[0] = (uint8_t)((unit->bytes[0] & format->keep) | format->piece);
        bytes[head] = (uint8_t)((unit->bytes[0] & format->type) >> format->shift);
        bytes[head] |= i == 0 ? 0x80 : 0;
        bytes[head] |= i == count - 1 ? 0x40 : 0;
        memcpy(bytes + head + 1, unit->bytes + at, piece);
        packets_add(want, bytes, head + 1 + piece, 0, false);
        at += piece;
    }
}

static void expect(const struct format *format, const struct annex_b_unit *units,
                   unsigned count, size_t most, struct packets *want)
{
    want->count = 0;
    unsigned i = count_gathered(format, units, count, most);
    if (i)
        expect_aggregate(format, units, i, want);
    for (; i < count; i++) {
        if (units[i].length <= most)
            packets_add(want, units[i].bytes, units[i].length, 0, false);
        else
            expect_pieces(format, &units[i], most, want);
    }
}

/* ---- tests ---- */

/* Of several units, with a filler that is left out somewhere among them. */
static struct video_frame make_picture(const struct format *format, uint32_t *seed,
                                       size_t longest, uint8_t *out)
{
    struct video_frame frame = {.bytes = out};
    const unsigned count = 1 + signal_random(seed) % (MOST_UNITS - 1);
    const unsigned filler = signal_random(seed) % (2 * MOST_UNITS);
    for (unsigned i = 0; i < count; i++) {
        const size_t least = i ? format->head : 5; /* the first is a whole slice header */
        const size_t length = least + signal_random(seed) % longest;
        frame.length += annex_b_units_add(seed, format->unit[signal_random(seed) % 4], 3,
                                          length, out + frame.length);
        if (i == filler)
            frame.length += annex_b_units_add(seed, format->filler, 2, 40, out + frame.length);
    }
    return frame;
}

static unsigned units_of(const struct format *format, const struct video_frame *frame,
                         struct annex_b_unit *units)
{
    struct annex_b scan = annex_b_of(frame->bytes, frame->length);
    unsigned count = 0;
    while (annex_b_next(&scan, &units[count]))
        count += units[count].bytes[0] != format->filler[0];
    return count;
}

/* A picture of @p units, as it comes back. */
static struct video_frame put_together(const struct annex_b_unit *units, unsigned count)
{
    static uint8_t bytes[1 << 18];
    struct video_frame frame = {.bytes = bytes};
    for (unsigned i = 0; i < count; i++) {
        memcpy(bytes + frame.length, annex_b_start, sizeof(annex_b_start));
        memcpy(bytes + frame.length + 4, units[i].bytes, units[i].length);
        frame.length += 4 + units[i].length;
    }
    return frame;
}

static void packets_are_the_twins(void **state)
{
    (void)state;
    static struct packets got, want;
    static uint8_t picture[1 << 18];
    uint32_t seed = 11;
    for (unsigned round = 0; round < 800; round++) {
        const struct format *format = &formats[round % FORMATS];
        const struct video_codec *codec = video_codec_by_name(format->name);
        const size_t least = format->head + 2;
        const size_t most =
            round < 80 ? least + round / 2 : 100 + signal_random(&seed) % (1400 - 100);
        const struct video_frame in = make_picture(format, &seed,
                                                   most < 100  ? 400
                                                   : round % 3 ? 300
                                                               : 20000,
                                                   picture);
        struct annex_b_unit units[MOST_UNITS + 1];
        const unsigned count = units_of(format, &in, units);
        expect(format, units, count, most, &want);
        got.count = 0;
        assert_int_equal(packets_cut(&got, codec->fragment, &mode_1, &in, most, NULL), 0);
        assert_int_equal(got.count, want.count);
        struct video_assembler *assembler;
        struct video_frame out = {0};
        assert_int_equal(codec->assembler_create(&assembler), 0);
        for (unsigned i = 0; i < got.count; i++) {
            assert_int_equal(got.packet[i].length, want.packet[i].length);
            assert_memory_equal(got.packet[i].bytes, want.packet[i].bytes,
                                want.packet[i].length);
            assert_int_equal(packets_take(codec->assemble, assembler, &got.packet[i], &out),
                             i + 1 == got.count);
        }
        const struct video_frame whole = put_together(units, count);
        assert_int_equal(out.length, whole.length);
        assert_memory_equal(out.bytes, whole.bytes, whole.length);
        codec->assembler_destroy(assembler);
    }
}

static void fillers_are_passed_over(void **state)
{
    (void)state;
    for (unsigned i = 0; i < FORMATS; i++) {
        const struct format *format = &formats[i];
        const struct video_codec *codec = video_codec_by_name(format->name);
        struct video_assembler *assembler;
        struct video_frame frame;
        assert_int_equal(codec->assembler_create(&assembler), 0);
        assert_int_equal(
            packets_take_bytes(codec->assemble, assembler, format->filler, 2, 1, false, &frame),
            0);
        assert_int_equal(
            packets_take_bytes(codec->assemble, assembler, format->unit[0], 3, 1, true, &frame),
            1);
        assert_int_equal(frame.length, 4 + 3);
        assert_memory_equal(frame.bytes + 4, format->unit[0], 3);
        codec->assembler_destroy(assembler);
    }
}

/* VIDEO_MAX_FRAGMENTS pieces of a byte, and one more; nothing at all. */
static void limits(void **state)
{
    (void)state;
    static struct packets packets;
    static uint8_t large[VIDEO_MAX_FRAGMENTS + 16];
    uint32_t seed = 3;
    memset(large, 1, sizeof(large));
    for (unsigned i = 0; i < FORMATS; i++) {
        const struct payload_check check = {.codec = formats[i].name, .params = &mode_1};
        const size_t head = formats[i].head;
        struct video_frame frame = {.bytes = large};
        frame.length =
            annex_b_units_add(&seed, formats[i].unit[0], 3, head + VIDEO_MAX_FRAGMENTS, large);
        payload_check_most(&check, frame, head + 2);
        frame.length = packets.count = 0;
        assert_int_equal(packets_cut(&packets, payload_check_codec(&check)->fragment, &mode_1,
                                     &frame, head + 2, NULL),
                         0);
        assert_int_equal(packets.count, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_are_the_twins),
        cmocka_unit_test(fillers_are_passed_over),
        cmocka_unit_test(limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
