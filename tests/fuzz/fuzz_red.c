/* fuzz_red.c - any bytes as redundant audio: what is read lies inside and writes back. */
#include "mixer/codec/red.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct red red;
    if (red_read(data, size, &red) < 0)
        return 0;
    assert(red.count >= 1 && red.count <= RED_MAX_BLOCKS);
    const uint8_t *at = red.block[0].bytes;
    for (unsigned i = 0; i < red.count; i++) {
        assert(red.block[i].bytes == at && red.block[i].payload_type <= 127);
        at += red.block[i].length;
    }
    assert(at == data + size && red.block[0].bytes > data);
    uint8_t *out = malloc(size);
    assert(out);
    assert(red_write(red.block, red.count, out, size) == (int)size);
    assert(memcmp(out, data, size) == 0);
    free(out);
    return 0;
}
