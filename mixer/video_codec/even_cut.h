/*
 * even_cut.h - a picture cut into payloads of the same size but for one byte: none is small, as
 * the last one would be, and a burst is as short as it can be.
 *
 *   count = even_cut_count(length, most);
 *   for i < count:   even_cut_length(length, count, i) bytes
 *
 * Thread   any; pure.
 */
#ifndef MIXER_VIDEO_CODEC_EVEN_CUT_H
#define MIXER_VIDEO_CODEC_EVEN_CUT_H

#include <stddef.h>

/** How many pieces of at most @p most (> 0) bytes. */
size_t even_cut_count(size_t length, size_t most);

size_t even_cut_length(size_t length, size_t count, size_t index);

#endif
