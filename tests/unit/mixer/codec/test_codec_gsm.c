/* test_codec_gsm.c - GSM's frames: their length, their signature, and the silence all know. */
#include "mixer/codec/codec.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { FRAME = 160, BYTES = 33 };

static void a_payload_is_whole_frames_each_signed(void **state)
{
    (void)state;
    const struct codec *codec = codec_by_static_type(3);
    uint8_t payload[8 * BYTES];
    memset(payload, 0xd5, sizeof(payload));
    for (size_t length = 0; length <= sizeof(payload); length++) {
        bool is_one = length && length % BYTES == 0 && length / BYTES <= 6;
        assert_int_equal(codec->payload_samples(payload, length),
                         is_one ? (int)length / BYTES * FRAME : -EBADMSG);
    }
    for (unsigned frame = 0; frame < 3; frame++) {
        payload[frame * BYTES] = 0xc5;
        assert_int_equal(codec->payload_samples(payload, 3 * BYTES), -EBADMSG);
        payload[frame * BYTES] = 0xd5;
    }
}

/* A decoder that starts with GSM 06.10's silence frame, which phones and gateways send, hears
 * next to nothing; an encoder that starts with silence makes it, in each of its frames. */
static void silence_is_the_frame_that_all_know(void **state)
{
    (void)state;
    static const uint8_t silence[BYTES] = {0xd8, 0x20, 0xa2, 0xe1, 0x5a, 0x50, 0x00, 0x49, 0x24,
                                           0x92, 0x49, 0x24, 0x50, 0x00, 0x49, 0x24, 0x92, 0x49,
                                           0x24, 0x50, 0x00, 0x49, 0x24, 0x92, 0x49, 0x24, 0x50,
                                           0x00, 0x49, 0x24, 0x92, 0x49, 0x24};
    const struct codec *codec = codec_by_name("gsm", 8000, 1);
    struct codec_params params = {0};
    struct codec_encoder *encoder;
    struct codec_decoder *decoder;
    int16_t pcm[2 * FRAME] = {0};
    uint8_t payload[2 * BYTES];
    codec->encoder_create(&params, &encoder);
    codec->decoder_create(&params, &decoder);
    assert_int_equal(codec->encode(encoder, pcm, 2 * FRAME, payload, sizeof(payload)),
                     2 * BYTES);
    assert_memory_equal(payload, silence, BYTES);
    assert_memory_equal(payload + BYTES, silence, BYTES);
    assert_int_equal(codec_decode(codec, decoder, silence, BYTES, pcm, FRAME), FRAME);
    for (unsigned i = 0; i < FRAME; i++)
        assert_in_range(pcm[i] + 32, 0, 64);
    codec->encoder_destroy(encoder);
    codec->decoder_destroy(decoder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_payload_is_whole_frames_each_signed),
        cmocka_unit_test(silence_is_the_frame_that_all_know),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
