/* fuzz_h264_reorder.c - any bytes as a key frame: no more is written than there is room for,
 * and what was left out is not there any more. */
#include "mixer/video_codec/h264_reorder.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *out = malloc(size + H264_REORDER_SPARE_BYTES);
    assert(out);
    const size_t written = h264_reorder_forget(data, size, out);
    assert(written <= size + H264_REORDER_SPARE_BYTES);
    if (written && size < 1000) { /* fewer sets than are changed at once */
        uint8_t *again = malloc(written + H264_REORDER_SPARE_BYTES);
        assert(again);
        assert(h264_reorder_forget(out, written, again) == 0);
        free(again);
    }
    free(out);
    return 0;
}
