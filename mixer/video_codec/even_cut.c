/* even_cut.c - the first pieces are one byte longer, until the rest of the division is used. */
#include "mixer/video_codec/even_cut.h"

#include <assert.h>

size_t even_cut_count(size_t length, size_t most)
{
    assert(most);
    return length / most + (length % most != 0);
}

size_t even_cut_length(size_t length, size_t count, size_t index)
{
    assert(index < count);
    return length / count + (index < length % count);
}
