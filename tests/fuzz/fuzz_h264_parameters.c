/* fuzz_h264_parameters.c - any bytes as a NAL unit and as sprop-parameter-sets. */
#include "mixer/video_codec/h264_parameters.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_as_sprop(const uint8_t *data, size_t size)
{
    uint8_t bytes[256];
    char text[512];
    char *sprop = malloc(size + 1);
    assert(sprop);
    memcpy(sprop, data, size);
    sprop[size] = '\0';
    const int length = h264_parameters_from_sprop(sprop, bytes, sizeof(bytes));
    assert(length <= (int)sizeof(bytes));
    if (length > 0)
        h264_parameters_to_sprop(bytes, (size_t)length, text, sizeof(text));
    free(sprop);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct annex_b_unit unit = {data, size};
    struct h264_sps sps;
    struct h264_pps pps;
    struct h264_slice slice;
    uint32_t number = 0;
    read_as_sprop(data, size);
    if (!size)
        return 0;
    if (h264_parameters_sps(&unit, &sps) == 0) {
        assert(sps.width && sps.height && sps.id <= H264_MAX_SPS_ID);
        assert(sps.frame_number_bits >= 4 && sps.frame_number_bits <= 16);
    }
    if (h264_parameters_pps(&unit, &pps) == 0)
        assert(pps.sps_id <= H264_MAX_SPS_ID);
    const struct h264_sps any = {.frame_number_bits = 16, .separate_planes = size & 1};
    if (h264_parameters_slice(&unit, &slice) == 0 &&
        h264_parameters_frame_number(&unit, &any, &number) == 0)
        assert(number <= UINT16_MAX);
    h264_parameters_is_recovery_point(&unit);
    return 0;
}
