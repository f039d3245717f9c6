/* fuzz_vp8_payload.c - any bytes as packets of VP8, and as one of its frames. */
#include "mixer/video_codec/vp8_payload.h"
#include "tests/fuzz/video_packets.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct video_params params = {0};
    struct video_assembler *assembler;
    struct vp8_payload_header header;
    if (vp8_payload_header(data, size, &header) == 0)
        assert(!header.is_key || (header.width && header.height));
    assert(vp8_payload_assembler_create(&assembler) == 0);
    video_packets_run(assembler, vp8_payload_assemble, vp8_payload_fragment, &params, data,
                      size);
    vp8_payload_assembler_destroy(assembler);
    return 0;
}
