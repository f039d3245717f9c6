/* test_h264_payload.c - H.264 cut and put together again, with and without loss. */
#include "mixer/video_codec/h264_parameters.h"
#include "mixer/video_codec/h264_payload.h"
#include "tests/unit/mixer/signal.h"
#include "tests/unit/mixer/video_codec/annex_b_units.h"
#include "tests/unit/mixer/video_codec/payload_check.h"
#include "tests/unit/mixer/video_codec/stream_h264.h"

static const struct video_params mode_0 = {.packetization = 0}, mode_1 = {.packetization = 1};

/* Of stream_refresh and of nobody else. */
static const uint8_t refresh_sets[] = {0x00, 0x00, 0x00, 0x01, 0x67, 0x42, 0xc0, 0x0a, 0xda,
                                       0x11, 0xec, 0x04, 0x40, 0x00, 0x00, 0x03, 0x00, 0x40,
                                       0x00, 0x00, 0x0f, 0x03, 0xc4, 0x89, 0xa8, 0x00, 0x00,
                                       0x00, 0x01, 0x68, 0xce, 0x01, 0x64, 0xb2};
enum { REFRESH_SPS = 25, REFRESH_PPS = 9 };

static int assembler_create(void **state)
{
    struct video_assembler *assembler;
    assert_int_equal(h264_payload_assembler_create(&assembler), 0);
    *state = assembler;
    return 0;
}

static int assembler_destroy(void **state)
{
    h264_payload_assembler_destroy(*state);
    h264_payload_assembler_destroy(NULL);
    return 0;
}

static void mode_0_does_not_cut(void **state)
{
    static struct packets packets;
    uint8_t picture[2000];
    uint32_t seed = 3;
    struct video_frame in = {.bytes = picture}, out;
    in.length = annex_b_units_add(&seed, "\x67\x88", 2, 20, picture);
    in.length += annex_b_units_add(&seed, "\x68\x88", 2, 5, picture + in.length);
    in.length += annex_b_units_add(&seed, "\x65\x88", 2, 1200, picture + in.length);
    assert_int_equal(packets_cut(&packets, h264_payload_fragment, &mode_0, &in, 1200, NULL), 0);
    assert_int_equal(packets.count, 3);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(packets_take(h264_payload_assemble, *state, &packets.packet[i], &out),
                         i == 2);
    annex_b_units_same(&out, &in);
    assert_int_equal(packets_cut(&packets, h264_payload_fragment, &mode_0, &in, 1199, NULL),
                     -E2BIG);
}

/* ---- streams of x264 ---- */

static const struct payload_check
    gop = {.codec = "H264", .params = &mode_1, PAYLOAD_CHECK_STREAM(stream_gop)},
    refresh = {.codec = "H264", .params = &mode_1, PAYLOAD_CHECK_STREAM(stream_refresh)},
    slices = {.codec = "H264", .params = &mode_1, PAYLOAD_CHECK_STREAM(stream_slices)};

/* Loses picture @p index whole. */
static void lose_picture(struct packets *packets, unsigned index)
{
    for (unsigned i = 0; i < packets->count;) {
        if (packets->packet[i].picture == index)
            packets_drop(packets, i);
        else
            i++;
    }
}

/* @return a letter for each picture that comes out: K key, p others need it, b nobody does;
 * '-' before it: broken. */
static const char *letters(struct video_assembler *assembler, const struct packets *packets)
{
    static char text[256];
    size_t at = 0;
    for (unsigned i = 0; i < packets->count; i++) {
        struct video_frame frame;
        const int result =
            packets_take(h264_payload_assemble, assembler, &packets->packet[i], &frame);
        assert_true(result >= 0);
        if (!result)
            continue;
        if (frame.is_broken)
            text[at++] = '-';
        text[at++] = frame.is_key ? 'K' : frame.is_discardable ? 'b' : 'p';
    }
    text[at] = '\0';
    return text;
}

static void a_stream_comes_back(void **state)
{
    static struct packets packets;
    const struct payload_check *const streams[] = {&gop, &slices};
    for (unsigned s = 0; s < 2; s++) {
        for (size_t most = 20; most < 1400; most = most * 3 / 2) {
            payload_check_cut(streams[s], most, &packets);
            for (unsigned i = 0; i < packets.count; i++) {
                struct video_frame out;
                if (!packets_take(h264_payload_assemble, *state, &packets.packet[i], &out))
                    continue;
                const struct video_frame in =
                    payload_check_picture(streams[s], packets.packet[i].picture);
                annex_b_units_same(&out, &in);
                assert_int_equal(out.timestamp, in.timestamp);
                assert_int_equal(out.width, !out.is_key ? 0 : s ? 176 : 64);
                assert_int_equal(out.height, !out.is_key ? 0 : s ? 144 : 48);
            }
        }
    }
    payload_check_cut(&gop, 100, &packets);
    assert_string_equal(letters(*state, &packets), "KpbpbpbKpbpbpb");
}

static void loss_breaks_what_needs_it(void **state)
{
    (void)state;
    static const struct {
        unsigned lost;
        const char *want;
    } rows[] = {
        {0, "-p-b-p-b-p-bKpbpbpb"}, {1, "K-b-p-b-p-bKpbpbpb"}, {2, "KppbpbKpbpbpb"},
        {3, "Kpb-b-p-bKpbpbpb"},    {6, "KpbpbpKpbpbpb"},      {7, "Kpbpbpb-p-b-p-b-p-b"},
        {13, "KpbpbpbKpbpbp"},
    };
    static struct packets packets;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct video_assembler *assembler;
        assert_int_equal(h264_payload_assembler_create(&assembler), 0);
        payload_check_cut(&gop, 1200, &packets);
        lose_picture(&packets, rows[i].lost);
        assert_string_equal(letters(assembler, &packets), rows[i].want);
        h264_payload_assembler_destroy(assembler);
    }
    /* both pictures of a pair: the one that others need is missed */
    struct video_assembler *assembler;
    assert_int_equal(h264_payload_assembler_create(&assembler), 0);
    payload_check_cut(&gop, 1200, &packets);
    lose_picture(&packets, 2);
    lose_picture(&packets, 3);
    assert_string_equal(letters(assembler, &packets), "Kp-b-p-bKpbpbpb");
    h264_payload_assembler_destroy(assembler);
}

/* frame_num has 4 bits: after 16 pictures it is the same again, and no proof. */
static void a_long_gap_is_no_short_one(void **state)
{
    static struct packets packets;
    payload_check_cut(&gop, 1200, &packets);
    lose_picture(&packets, 2);
    for (unsigned i = 0; i < packets.count; i++) {
        if (packets.packet[i].picture > 2 && packets.packet[i].picture < 7)
            packets.packet[i].timestamp += 16 * PAYLOAD_CHECK_TICKS;
    }
    assert_string_equal(letters(*state, &packets), "Kp-p-b-p-bKpbpbpb");
}

/* Whether picture @p index cannot be shown if a packet of @p torn is lost, one of parameter
 * sets or of slices. */
static bool is_hit(const struct payload_check *stream, unsigned index, unsigned torn,
                   bool is_of_sets)
{
    const bool is_gop = stream == &gop;
    if (is_of_sets) /* those of the first picture are not known from before */
        return torn == 0 && index < (is_gop ? 7 : stream->pictures);
    const bool is_needed = !is_gop || torn % 7 == 0 || torn % 7 % 2;
    const bool is_same_gop = !is_gop || index / 7 == torn / 7;
    return index == torn || (index > torn && is_same_gop && is_needed);
}

/* Every packet once: what is said to be whole is the same as it was sent. */
static void every_single_loss(void **state)
{
    (void)state;
    static struct packets packets;
    const struct payload_check *const streams[] = {&gop, &slices};
    for (unsigned s = 0; s < 2; s++) {
        payload_check_cut(streams[s], 60, &packets);
        const unsigned count = packets.count;
        for (unsigned lost = 0; lost < count; lost++) {
            struct video_assembler *assembler;
            assert_int_equal(h264_payload_assembler_create(&assembler), 0);
            payload_check_cut(streams[s], 60, &packets);
            const unsigned torn = packets.packet[lost].picture;
            const bool is_of_sets = (packets.packet[lost].bytes[0] & 0x1f) == 24;
            packets_drop(&packets, lost);
            for (unsigned i = 0; i < packets.count; i++) {
                struct video_frame out;
                const int result =
                    packets_take(h264_payload_assemble, assembler, &packets.packet[i], &out);
                assert_true(result >= 0);
                if (!result)
                    continue;
                const unsigned index = out.timestamp / PAYLOAD_CHECK_TICKS;
                const struct video_frame in = payload_check_picture(streams[s], index);
                assert_int_equal(out.is_broken, is_hit(streams[s], index, torn, is_of_sets));
                if (!out.is_broken)
                    annex_b_units_same(&out, &in);
            }
            h264_payload_assembler_destroy(assembler);
        }
    }
}

/* ---- parameter sets ---- */

static void sets_of_sdp_and_intra_refresh(void **state)
{
    static struct packets packets;
    payload_check_cut(&refresh, 100, &packets);
    assert_string_equal(letters(*state, &packets), "-p-p-p-p-p-p-p-p-p-p-p-p");
    h264_payload_prime(*state, refresh_sets, sizeof(refresh_sets));
    assert_string_equal(letters(*state, &packets), "KpppKpppKppp");
    lose_picture(&packets, 2); /* the next recovery point is as good as a key frame */
    assert_string_equal(letters(*state, &packets), "Kp-pKpppKppp");
    lose_picture(&packets, 0);
    struct video_frame frame = {0};
    for (unsigned i = 0; i < packets.count && !(frame.is_key && !frame.is_broken); i++)
        packets_take(h264_payload_assemble, *state, &packets.packet[i], &frame);
    assert_int_equal(frame.width, 64);
    assert_int_equal(frame.height, 48);
    assert_memory_equal(frame.bytes, refresh_sets, sizeof(refresh_sets)); /* put before it */
}

/* What the sender said once is put before its next key frame; not what comes with it. */
static void sets_are_remembered(void **state)
{
    static struct packets packets;
    const struct video_frame idr = payload_check_picture(&refresh, 0);
    struct video_frame in = {.bytes = refresh_sets, .length = REFRESH_SPS, .timestamp = 5}, out;
    packets_cut(&packets, h264_payload_fragment, &mode_1, &in, 1200, NULL);
    assert_int_equal(packets_take(h264_payload_assemble, *state, &packets.packet[0], &out), 0);
    uint8_t key[sizeof(refresh_sets) + 300];
    memcpy(key, refresh_sets + REFRESH_SPS, REFRESH_PPS);
    memcpy(key + REFRESH_PPS, idr.bytes, idr.length);
    in = (struct video_frame){.bytes = key, .length = REFRESH_PPS + idr.length, .timestamp = 9};
    packets.count = 0;
    packets_cut(&packets, h264_payload_fragment, &mode_0, &in, 1200, NULL);
    assert_int_equal(packets.count, 2);
    assert_int_equal(packets_take(h264_payload_assemble, *state, &packets.packet[0], &out), 0);
    assert_int_equal(packets_take(h264_payload_assemble, *state, &packets.packet[1], &out), 1);
    assert_true(out.is_key && !out.is_broken);
    assert_int_equal(out.length, REFRESH_SPS + in.length);
    assert_memory_equal(out.bytes, refresh_sets, REFRESH_SPS);
    uint8_t all[sizeof(refresh_sets) + 300];
    memcpy(all, refresh_sets, sizeof(refresh_sets));
    memcpy(all + sizeof(refresh_sets), idr.bytes, idr.length);
    in = (struct video_frame){.bytes = all, .length = sizeof(refresh_sets) + idr.length};
    annex_b_units_same(&out, &in);
}

static void priming_with_garbage(void **state)
{
    uint32_t seed = 8;
    uint8_t bytes[600];
    h264_payload_prime(*state, NULL, 0);
    for (unsigned i = 0; i < 2000; i++) {
        memcpy(bytes, refresh_sets, sizeof(refresh_sets));
        signal_random_bytes(&seed, bytes + sizeof(refresh_sets),
                            sizeof(bytes) - sizeof(refresh_sets));
        bytes[signal_random(&seed) % sizeof(refresh_sets)] ^= (uint8_t)(1 << i % 8);
        h264_payload_prime(*state, bytes, signal_random(&seed) % sizeof(bytes));
    }
    static struct packets packets;
    h264_payload_prime(*state, refresh_sets, sizeof(refresh_sets));
    payload_check_cut(&refresh, 100, &packets);
    assert_string_equal(letters(*state, &packets), "KpppKpppKppp");
}

/* ---- hostile ---- */

static void payloads_that_are_none(void **state)
{
    static const struct {
        uint8_t bytes[12];
        size_t length;
    } rows[] = {
        {{0}, 0},
        {{0}, 1},                      /* type 0 */
        {{0x1e, 1}, 2},                /* type 30 */
        {{0x1f, 1}, 2},                /* type 31 */
        {{0x99, 0, 0, 0, 1, 0x65}, 6}, /* STAP-B */
        {{0x7a, 0, 0, 0, 0}, 5},       /* MTAP16 */
        {{0x7b, 0, 0, 0, 0}, 5},       /* MTAP24 */
        {{0x7d, 0x85, 0, 0, 1}, 5},    /* FU-B */
        {{0xe5, 0x88}, 2},             /* forbidden_zero_bit */
        {{0x78}, 1},                   /* STAP-A of nothing */
        {{0x78, 0}, 2},                /* its size is cut */
        {{0x78, 0, 1}, 3},             /* nothing behind it */
        {{0x78, 0, 0, 0, 1, 0x65}, 6}, /* a unit of no bytes */
        {{0x78, 0, 3, 0x65, 0x88}, 5}, /* longer than the payload */
        {{0x78, 0, 1, 0x65, 9}, 5},    /* a byte left over */
        {{0x78, 0, 2, 0x78, 0x88}, 5}, /* STAP-A within STAP-A */
        {{0x78, 0, 2, 0x7c, 0x88}, 5}, /* FU-A within STAP-A */
        {{0x7c}, 1},                   /* FU-A without its header */
        {{0x7c, 0x80, 1}, 3},          /* of type 0 */
        {{0x7c, 0x9c, 1}, 3},          /* of FU-A */
        {{0x7c, 0x98, 1}, 3},          /* of STAP-A */
    };
    struct video_frame frame;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const int result = packets_take_bytes(h264_payload_assemble, *state, rows[i].bytes,
                                              rows[i].length, 7, true, &frame);
        assert_int_equal(result, -EBADMSG);
    }
    static struct packets packets;
    payload_check_cut(&gop, 100, &packets); /* it stays usable */
    assert_string_equal(letters(*state, &packets), "-pKpbpbpbKpbpbpb");
}

static void pieces_out_of_order(void **state)
{
    static const uint8_t start[] = {0x7c, 0x85, 0x88}, middle[] = {0x7c, 0x05, 1};
    static const uint8_t end[] = {0x7c, 0x45, 1}, other[] = {0x7c, 0x01, 1};
    static const struct {
        const uint8_t *bytes;
        bool marker;
        int result;
    } rows[] = {
        {start, false, 0},        {middle, false, 0},
        {end, false, 0},          {middle, false, -EBADMSG}, /* of no unit that was begun */
        {start, false, 0},        {start, false, 0},         /* begun twice */
        {other, false, -EBADMSG},                            /* of another type */
        {end, true, 1},
    };
    struct video_frame frame;
    packets_take_bytes(h264_payload_assemble, *state, (const uint8_t[]){0x41, 0x9a}, 2, 0, true,
                       &frame);
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(packets_take_bytes(h264_payload_assemble, *state, rows[i].bytes, 3, 1,
                                            rows[i].marker, &frame),
                         rows[i].result);
    assert_true(frame.is_broken);
    assert_int_equal(
        packets_take_bytes(h264_payload_assemble, *state, start, 3, 2, true, &frame),
        1); /* never ended */
    assert_true(frame.is_broken);
}

/* A unit that was begun and not ended, whatever comes then, though what came of it can be read
 * as a slice. */
static void pieces_that_end_in_nothing(void **state)
{
    static const uint8_t start[] = {0x7c, 0x85, 0x88, 0x84}, end[] = {0x7c, 0x45, 0x84, 0x84};
    static const uint8_t single[] = {0x65, 0x88, 0x84, 0x84};
    static const uint8_t *const rows[][3] = {
        {start, end, NULL}, {start, start, end}, {start, single, single}};
    struct video_frame frame;
    h264_payload_prime(*state, refresh_sets, sizeof(refresh_sets));
    for (uint32_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (unsigned k = 0; k < 3 && rows[i][k]; k++) {
            const bool is_last = k == 2 || !rows[i][k + 1];
            assert_int_equal(packets_take_bytes(h264_payload_assemble, *state, rows[i][k], 4, i,
                                                is_last, &frame),
                             is_last);
        }
        assert_int_equal(frame.is_broken, i > 0);
    }
}

/* A parameter set behind a start code within a payload: the decoder sees it, so must we. */
static void a_hidden_parameter_set_is_seen(void **state)
{
    static const char huge[] = "\x67\x42\xc0\x3c\xda\x00\x20\x00\x08\x76\xc0\x44\x00\x00\x03"
                               "\x00\x04\x00\x00\x03\x00\xf0\x3c\x20\x10\xa8";
    uint8_t payload[64] = {0x41, 0x9a, 0, 0, 1};
    struct video_frame frame;
    memcpy(payload + 5, huge, sizeof(huge));
    assert_int_equal(packets_take_bytes(h264_payload_assemble, *state, payload,
                                        5 + sizeof(huge), 1, true, &frame),
                     1);
    assert_int_equal(frame.width, 8192);
    assert_int_equal(frame.height, 4320);
}

/* The PPS that the slices use comes again behind them, and names an SPS that nobody has. */
static void sets_that_change_within_a_picture(void **state)
{
    static const uint8_t other_pps[] = {0x00, 0x00, 0x00, 0x01, 0x68, 0x96}; /* of SPS 4 */
    static struct packets packets;
    const struct video_frame idr = payload_check_picture(&refresh, 0);
    uint8_t picture[sizeof(refresh_sets) + 300 + sizeof(other_pps)];
    struct video_frame in = {.bytes = picture}, out;
    memcpy(picture, refresh_sets, sizeof(refresh_sets));
    memcpy(picture + sizeof(refresh_sets), idr.bytes, idr.length);
    in.length = sizeof(refresh_sets) + idr.length;
    memcpy(picture + in.length, other_pps, sizeof(other_pps));
    in.length += sizeof(other_pps);
    packets_cut(&packets, h264_payload_fragment, &mode_1, &in, 1200, NULL);
    for (unsigned i = 0; i < packets.count; i++)
        assert_int_equal(packets_take(h264_payload_assemble, *state, &packets.packet[i], &out),
                         i + 1 == packets.count);
    assert_true(out.is_broken && !out.is_key);
}

static void any_bytes(void **state)
{
    (void)state;
    payload_check_any_bytes(&gop, 200, 8);
    payload_check_any_bytes(&slices, 200, 8);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, assembler_create, assembler_destroy)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(mode_0_does_not_cut),
        TEST(a_stream_comes_back),
        TEST(loss_breaks_what_needs_it),
        TEST(a_long_gap_is_no_short_one),
        TEST(every_single_loss),
        TEST(sets_of_sdp_and_intra_refresh),
        TEST(sets_are_remembered),
        TEST(priming_with_garbage),
        TEST(payloads_that_are_none),
        TEST(pieces_out_of_order),
        TEST(pieces_that_end_in_nothing),
        TEST(a_hidden_parameter_set_is_seen),
        TEST(sets_that_change_within_a_picture),
        TEST(any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
