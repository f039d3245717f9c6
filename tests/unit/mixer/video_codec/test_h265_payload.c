/* test_h265_payload.c - H.265 cut and put together again, with and without loss. */
#include "mixer/video_codec/h265_payload.h"
#include "tests/unit/mixer/video_codec/annex_b_units.h"
#include "tests/unit/mixer/video_codec/payload_check.h"
#include "tests/unit/mixer/video_codec/stream_h265.h"

/* Parameter sets, alone or in an AP. */
static bool has_sets(const struct packets_packet *packet)
{
    return packet->bytes[0] >> 1 >= 32 && packet->bytes[0] >> 1 <= 48;
}

static const struct payload_check check = {
    .codec = "H265",
    PAYLOAD_CHECK_STREAM(stream),
    .gop = 5,
    .has_discarded = true,
    .least = 30,
    .width = 64,
    .height = 48,
    .has_sets = has_sets,
    .assert_same = annex_b_units_same,
};

static int assembler_create(void **state)
{
    struct video_assembler *assembler;
    assert_int_equal(h265_payload_assembler_create(&assembler), 0);
    *state = assembler;
    return 0;
}

static int assembler_destroy(void **state)
{
    h265_payload_assembler_destroy(*state);
    h265_payload_assembler_destroy(NULL);
    return 0;
}

static void every_single_loss(void **state)
{
    (void)state;
    payload_check_losses(&check);
}

/* The IDR picture alone: with sets of SDP it is a key frame, and they come before it. */
static void sets_are_put_before_key_frames(void **state)
{
    static struct packets packets;
    const struct video_frame whole = payload_check_picture(&check, 0);
    struct annex_b scan = annex_b_of(whole.bytes, whole.length);
    struct annex_b_unit unit = {0};
    for (unsigned i = 0; i < 4; i++)
        assert_true(annex_b_next(&scan, &unit));
    uint8_t alone[512] = {0, 0, 0, 1};
    memcpy(alone + 4, unit.bytes, unit.length);
    struct video_frame in = {.bytes = alone, .length = 4 + unit.length}, out;
    packets_cut(&packets, h265_payload_fragment, NULL, &in, 1200, NULL);
    assert_int_equal(packets_take(h265_payload_assemble, *state, &packets.packet[0], &out), 1);
    assert_true(out.is_broken && !out.is_key);
    h265_payload_prime(*state, whole.bytes, (size_t)(unit.bytes - whole.bytes) - 3);
    assert_int_equal(packets_take(h265_payload_assemble, *state, &packets.packet[0], &out), 1);
    assert_true(out.is_key && !out.is_broken);
    annex_b_units_same(&out, &whole);
}

/* A picture that leads a CRA picture needs what was before it. */
static void leading_pictures(void **state)
{
    static const uint8_t cra[] = {0x2a, 0x01, 0xaf, 0x80}, rasl[] = {0x10, 0x01, 0xd0, 0x80};
    const struct video_frame whole = payload_check_picture(&check, 0);
    struct video_frame out;
    h265_payload_prime(*state, whole.bytes, whole.length);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(
            packets_take_bytes(h265_payload_assemble, *state, cra, 4, 10 * i + 1, true, &out),
            1);
        assert_true(out.is_key && !out.is_broken);
        assert_int_equal(
            packets_take_bytes(h265_payload_assemble, *state, rasl, 4, 10 * i + 2, true, &out),
            1);
        assert_int_equal(out.is_broken,
                         i == 0); /* the second time there was a picture before */
    }
}

/* The end of a picture that no other needs is not there, and no packet is missing: what comes
 * then is whole. */
static void a_torn_picture_that_nobody_needs(void **state)
{
    static const uint8_t piece[] = {0x62, 0x01, 0x80, 0xd0, 0x80},
                         next[] = {0x02, 0x01, 0xd0, 0x80};
    static struct packets packets;
    struct video_frame out;
    payload_check_cut(&check, 1400, &packets);
    for (unsigned i = 0; packets.packet[i].picture == 0; i++)
        packets_take(h265_payload_assemble, *state, &packets.packet[i], &out);
    assert_true(out.is_key && !out.is_broken);
    assert_int_equal(packets_take_bytes(h265_payload_assemble, *state, piece, sizeof(piece),
                                        10 * PAYLOAD_CHECK_TICKS, true, &out),
                     1);
    assert_true(out.is_broken && out.is_discardable);
    assert_int_equal(packets_take_bytes(h265_payload_assemble, *state, next, sizeof(next),
                                        11 * PAYLOAD_CHECK_TICKS, true, &out),
                     1);
    assert_false(out.is_broken);
}

static void what_is_refused(void **state)
{
    static const struct {
        uint8_t bytes[12];
        size_t length;
    } rows[] = {
        {{0x02}, 1},                                  /* half a header */
        {{0x82, 0x01, 0xd0}, 3},                      /* the forbidden bit */
        {{0x64, 0x01, 0xd0}, 3},                      /* PACI */
        {{0x60, 0x01}, 2},                            /* AP of nothing */
        {{0x60, 0x01, 0x00, 0x01, 0x02}, 5},          /* of half a header */
        {{0x60, 0x01, 0x00, 0x04, 0x02, 0x01, 1}, 7}, /* longer than the payload */
        {{0x60, 0x01, 0x00, 0x02, 0x60, 0x01}, 6},    /* AP within AP */
        {{0x62, 0x01}, 2},                            /* FU without its header */
        {{0x62, 0x01, 0xb0, 1}, 4},                   /* of an AP */
    };
    struct video_frame frame;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(packets_take_bytes(h265_payload_assemble, *state, rows[i].bytes,
                                            rows[i].length, 7, true, &frame),
                         -EBADMSG);
}

static void any_bytes(void **state)
{
    (void)state;
    payload_check_any_bytes(&check, 500, 16);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, assembler_create, assembler_destroy)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_single_loss), TEST(sets_are_put_before_key_frames),
        TEST(leading_pictures),  TEST(a_torn_picture_that_nobody_needs),
        TEST(what_is_refused),   TEST(any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
