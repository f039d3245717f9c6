/* fuzz_h264_payload.c - any bytes as H.264 packets, parameter sets and fmtp. */
#include "mixer/video_codec/h264_fmtp.h"
#include "mixer/video_codec/h264_payload.h"
#include "tests/fuzz/video_packets.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_as_fmtp(const uint8_t *data, size_t size)
{
    struct video_params params, own;
    char out[VIDEO_FMTP_BYTES];
    char *text = malloc(size + 1);
    assert(text);
    memcpy(text, data, size);
    text[size] = '\0';
    if (h264_fmtp_read(text, &params) == 0) {
        assert(params.parameter_set_size <= VIDEO_PARAMETER_SET_BYTES);
        h264_fmtp_write(&params, out);
        assert(strlen(out) < VIDEO_FMTP_BYTES);
        h264_fmtp_answer(&params, &own);
        assert(h264_fmtp_match(&params, &own));
    }
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct video_params params = {.packetization = 1};
    struct video_assembler *assembler;
    read_as_fmtp(data, size);
    assert(h264_payload_assembler_create(&assembler) == 0);
    h264_payload_prime(assembler, data, size);
    video_packets_run(assembler, h264_payload_assemble, h264_payload_fragment, &params, data,
                      size);
    h264_payload_assembler_destroy(assembler);
    return 0;
}
