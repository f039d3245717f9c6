/* test_video_codec_memory.c - a create that gets no memory leaves nothing and says so. */
#include "mixer/video_codec/video_codec.h"
#include "tests/unit/mixer/allocation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { MANY = 2000 };

static const struct video_encoder_config config = {
    .width = 320,
    .height = 180,
    .fps = 30,
    .bitrate_bps = 300000,
    .max_payload_bytes = 1200,
    .params.packetization = 1,
};
static const struct video_limits limits = {640, 360};

/* libavcodec's VP9, dav1d and libaom do not all look at what malloc says: of those only our own
 * allocation may fail here. */
static unsigned most_of(const struct video_codec *codec)
{
    static const char *const careful[] = {"H264", "VP8"};
    for (unsigned i = 0; i < sizeof(careful) / sizeof(careful[0]); i++) {
        if (strcmp(codec->name, careful[i]) == 0)
            return MANY;
    }
    return 1;
}

/* What libraries can do without, they do without: 0 is right, too, but for our own, the first.
 */
static void creates_fail_cleanly(void **state)
{
    (void)state;
    if (!ALLOCATION_IS_COUNTED)
        skip();
    const struct video_codec *codec;
    for (unsigned row = 0; (codec = video_codec_at(row)); row++) {
        bool failed = true;
        for (unsigned n = 1; failed && n <= most_of(codec); n++) {
            struct video_decoder *decoder = NULL;
            allocation_fail_at = allocation_count + n;
            const int err = codec->decoder_create(&limits, &decoder);
            failed = allocation_count >= allocation_fail_at;
            allocation_fail_at = 0;
            assert_int_equal(err == 0, decoder != NULL);
            assert_true(n > 1 || err < 0);
            codec->decoder_destroy(decoder);
        }
        failed = codec->can_encode;
        for (unsigned n = 1; failed && n <= most_of(codec); n++) {
            struct video_encoder *encoder = NULL;
            allocation_fail_at = allocation_count + n;
            const int err = codec->encoder_create(&config, &encoder);
            failed = allocation_count >= allocation_fail_at;
            allocation_fail_at = 0;
            assert_int_equal(err == 0, encoder != NULL);
            assert_true(n > 1 || err < 0);
            if (encoder)
                codec->encoder_destroy(encoder);
        }
        assert_false(failed && most_of(codec) == MANY); /* the last one had all it wanted */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(creates_fail_cleanly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
