/* test_assembly.c - packets to pictures, with a format of which every byte is a picture's but
 * 'x', which is refused, and 'p', which alone makes no picture. */
#include "mixer/video_codec/assembly.h"
#include "tests/unit/mixer/allocation.h"
#include "tests/unit/mixer/video_codec/packets.h"

#include <errno.h>

struct video_assembler {
    struct assembly assembly;
    unsigned begun;
};

static void begin(struct video_assembler *assembler)
{
    assembler->begun++;
}

static int add(struct video_assembler *assembler, const struct video_packet *packet)
{
    if (packet->length && packet->payload[0] == 'x')
        return -EBADMSG;
    return assembly_append(&assembler->assembly, packet->payload, packet->length);
}

static bool finish(struct video_assembler *assembler, struct video_frame *frame)
{
    const struct assembly *assembly = &assembler->assembly;
    frame->is_broken = assembly->is_torn;
    frame->is_key = assembly->is_after_gap; /* only to see it */
    return assembly->is_torn || (assembly->length && assembly->bytes[0] != 'p');
}

static int take(struct video_assembler *assembler, const struct video_packet *packet,
                struct video_frame *frame)
{
    static const struct assembly_format format = {begin, add, finish};
    return assembly_take(&assembler->assembly, assembler, &format, packet, frame);
}

/* A row: a packet, and what comes of it. */
struct step {
    const char *payload;
    uint32_t timestamp;
    bool marker, gap;
    const char *frame; /* NULL: none */
    bool is_broken, is_after_gap;
    int error;
};

static void run(const struct step *steps, unsigned count)
{
    struct video_assembler assembler = {{0}, 0};
    for (unsigned i = 0; i < count; i++) {
        const struct step *step = &steps[i];
        struct packets_packet packet = {.length = strlen(step->payload),
                                        .timestamp = step->timestamp,
                                        .marker = step->marker,
                                        .gap = step->gap};
        struct video_frame frame = {0};
        memcpy(packet.bytes, step->payload, packet.length);
        const int result = packets_take(take, &assembler, &packet, &frame);
        assert_int_equal(result, step->error ? step->error : step->frame != NULL);
        if (!step->frame)
            continue;
        assert_int_equal(frame.length, strlen(step->frame));
        assert_memory_equal(frame.bytes, step->frame, frame.length);
        assert_int_equal(frame.is_broken, step->is_broken);
        assert_int_equal(frame.is_key, step->is_after_gap);
    }
    assembly_finish(&assembler.assembly);
    assembly_finish(&assembler.assembly);
}
#define RUN(steps) run(steps, sizeof(steps) / sizeof(steps[0]))

static void the_marker_ends_a_picture(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {"ab", 1, false, false, NULL, false, false, 0},
        {"cd", 1, true, false, "abcd", false, true, 0}, /* the first of all: who knows */
        {"ef", 2, true, false, "ef", false, false, 0},
        {"gh", 3, true, true, "gh", false, true, 0},
        {"i", 4, false, false, NULL, false, false, 0},
        {"j", 4, true, true, "ij", true, false, 0},
    };
    RUN(steps);
}

static void another_time_stamp_ends_a_picture(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {"a", 1, false, false, NULL, false, false, 0},
        {"b", 2, false, false, "a", false, true, 0},
        {"c", 2, false, false, NULL, false, false, 0},
        {"d", 3, false, false, "bc", false, false, 0},
        {"e", 4, false, false, "d", false, false, 0},
        {"f", 5, true, false, "e", false, false, 0}, /* f is kept, whole */
        {"g", 6, true, false, "f", false, false, 0},
        {"h", 7, false, false, "g", false, false, 0},
        {"i", 7, true, false, "hi", false, false, 0}, /* and the lag is gone */
    };
    RUN(steps);
}

static void a_torn_picture_makes_no_lag(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {"a", 1, true, false, "a", false, true, 0},
        {"b", 2, false, false, NULL, false, false, 0},
        {"c", 3, true, true, "c", false, true, 0}, /* b is left out */
        {"d", 4, false, false, NULL, false, false, 0},
        {"e", 5, false, true, "d", true, false, 0},
        {"f", 5, true, false, "ef", false, true, 0},
    };
    RUN(steps);
}

static void what_is_refused_tears_its_picture(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {"a", 1, false, false, NULL, false, false, 0},
        {"x", 1, false, false, NULL, false, false, -EBADMSG},
        {"b", 1, true, false, "ab", true, true, 0},
        {"x", 2, true, false, NULL, false, false, -EBADMSG},
        {"c", 3, true, false, "c", false, false, 0},
        {"d", 4, false, false, NULL, false, false, 0},
        {"x", 5, false, false, "d", false, false, 0}, /* kept, refused in the next call */
        {"e", 5, true, false, "e", true, false, 0},
        {"", 6, false, false, NULL, false, false, 0},
        {"f", 6, true, false, "f", false, false, 0},
    };
    RUN(steps);
}

/* Nor does the gap before it get lost. */
static void what_is_no_picture_is_left_out(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {"a", 1, true, false, "a", false, true, 0},
        {"p", 2, true, true, NULL, false, false, 0},
        {"b", 3, true, false, "b", false, true, 0},
        {"p", 4, true, false, NULL, false, false, 0},
        {"c", 5, true, false, "c", false, false, 0},
        {"p", 6, true, false, NULL, false, false, 0},
        {"d", 6, true, false, NULL, false, false, 0}, /* of the same time: they belong together
                                                       */
    };
    RUN(steps);
}

static void memory_has_an_end(void **state)
{
    (void)state;
    struct assembly assembly = {0};
    uint8_t bytes[1 << 12];
    for (unsigned i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)i;
    for (size_t at = 0; at < VIDEO_MAX_FRAME_BYTES; at += sizeof(bytes))
        assert_int_equal(assembly_append(&assembly, bytes, sizeof(bytes)), 0);
    assert_int_equal(assembly_append(&assembly, bytes, 1), -EBADMSG);
    assert_int_equal(assembly_append(&assembly, bytes, SIZE_MAX), -EBADMSG);
    assert_int_equal(assembly_append(&assembly, NULL, 0), 0);
    assert_int_equal(assembly.length, VIDEO_MAX_FRAME_BYTES);
    assert_memory_equal(assembly.bytes + assembly.length - sizeof(bytes), bytes, sizeof(bytes));
    assembly.length = 4;
    assert_int_equal(assembly_insert(&assembly, 1, (const uint8_t *)"xyz", 3), 0);
    assert_memory_equal(assembly.bytes, "\0xyz\1\2\3", 7);
    assembly_finish(&assembly);
}

/* What could not be kept is lost, and said to be; everything after it goes on. */
static void memory_that_is_refused(void **state)
{
    (void)state;
    if (!ALLOCATION_IS_COUNTED)
        return;
    struct video_assembler assembler = {{0}, 0};
    struct video_packet packet = {.payload = (const uint8_t *)"ab", .length = 2};
    struct video_frame frame;
    allocation_fail_at = allocation_count + 1;
    assert_int_equal(take(&assembler, &packet, &frame), -ENOMEM);
    assert_int_equal(take(&assembler, &packet, &frame), 0);
    packet.timestamp = 1; /* has to be kept */
    allocation_fail_at = allocation_count + 1;
    assert_int_equal(take(&assembler, &packet, &frame), -ENOMEM);
    packet.marker = true;
    assert_int_equal(take(&assembler, &packet, &frame), 1);
    assert_int_equal(frame.timestamp, 1);
    assert_true(frame.is_key); /* after a gap */
    assembly_finish(&assembler.assembly);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_marker_ends_a_picture),
        cmocka_unit_test(another_time_stamp_ends_a_picture),
        cmocka_unit_test(a_torn_picture_makes_no_lag),
        cmocka_unit_test(what_is_refused_tears_its_picture),
        cmocka_unit_test(what_is_no_picture_is_left_out),
        cmocka_unit_test(memory_has_an_end),
        cmocka_unit_test(memory_that_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
