/* fuzz_av1_payload.c - any bytes as packets of AV1, and as its units. */
#include "mixer/video_codec/av1_obu.h"
#include "mixer/video_codec/av1_payload.h"
#include "tests/fuzz/video_packets.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_as_units(const uint8_t *data, size_t size)
{
    struct av1_obu_sequence sequence = {0};
    struct av1_obu obu;
    size_t at = 0;
    while (av1_obu_next(data, size, &at, &obu) == 1) {
        assert(at <= size && obu.payload + obu.length == data + at);
        if (av1_obu_sequence(&obu, &sequence) == 0)
            assert(sequence.width && sequence.height);
        av1_obu_is_key(&obu, &sequence);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct video_params params = {0};
    struct video_assembler *assembler;
    read_as_units(data, size);
    assert(av1_payload_assembler_create(&assembler) == 0);
    video_packets_run(assembler, av1_payload_assemble, av1_payload_fragment, &params, data,
                      size);
    av1_payload_assembler_destroy(assembler);
    return 0;
}
