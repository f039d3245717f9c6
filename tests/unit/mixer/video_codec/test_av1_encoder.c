/* test_av1_encoder.c - what libaom is told, seen in its OBUs. */
#include "mixer/video_codec/av1_encoder.h"
#include "tests/unit/mixer/video_codec/encoder_check.h"

enum { SEQUENCE_HEADER = 1, TEMPORAL_DELIMITER = 2 };

/* A temporal delimiter is 2 bytes (type, size 0); a key frame goes on with a sequence header.
 */
static bool looks_key(const struct video_frame *frame)
{
    assert_true(frame->length > 3);
    assert_int_equal(frame->bytes[0] >> 3 & 15, TEMPORAL_DELIMITER);
    assert_int_equal(frame->bytes[1], 0);
    return (frame->bytes[2] >> 3 & 15) == SEQUENCE_HEADER;
}

static const struct encoder_check encoder = {
    av1_encoder_create,      av1_encoder_destroy, av1_encoder_encode,
    av1_encoder_set_bitrate, looks_key,
};

static void key_frames_come_when_asked_for(void **state)
{
    (void)state;
    encoder_check_keys(&encoder);
}

static void the_rate_is_kept_and_changes(void **state)
{
    (void)state;
    encoder_check_rate(&encoder);
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    encoder_check_sizes(&encoder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(key_frames_come_when_asked_for),
        cmocka_unit_test(the_rate_is_kept_and_changes),
        cmocka_unit_test(what_cannot_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
