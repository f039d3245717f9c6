/* fuzz_h265_payload.c - any bytes as H.265 packets, parameter sets, one unit and fmtp. */
#include "mixer/video_codec/h265_fmtp.h"
#include "mixer/video_codec/h265_parameters.h"
#include "mixer/video_codec/h265_payload.h"
#include "tests/fuzz/video_packets.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_as_fmtp(const uint8_t *data, size_t size)
{
    struct video_params params;
    char *text = malloc(size + 1);
    assert(text);
    memcpy(text, data, size);
    text[size] = '\0';
    if (h265_fmtp_read(text, &params) == 0)
        assert(params.parameter_set_size <= VIDEO_PARAMETER_SET_BYTES);
    free(text);
}

static void read_as_unit(const uint8_t *data, size_t size)
{
    const struct annex_b_unit unit = {data, size};
    struct h265_set set;
    struct h265_slice slice;
    if (h265_parameters_set(&unit, &set) == 0)
        assert(set.type != H265_SPS || (set.width && set.height));
    if (h265_parameters_slice(&unit, &slice) == 0)
        assert(h265_parameters_is_slice(h265_parameters_type(&unit)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct video_params params = {0};
    struct video_assembler *assembler;
    read_as_fmtp(data, size);
    read_as_unit(data, size);
    assert(h265_payload_assembler_create(&assembler) == 0);
    h265_payload_prime(assembler, data, size);
    video_packets_run(assembler, h265_payload_assemble, h265_payload_fragment, &params, data,
                      size);
    h265_payload_assembler_destroy(assembler);
    return 0;
}
