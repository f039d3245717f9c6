/*
 * h264_reorder.h - takes out of an H.264 stream what its sequence parameter sets say of
 * pictures that come in another order than they are shown in.
 *
 *   length = h264_reorder_forget(frame->bytes, frame->length, out);   0: nothing was said
 *
 * Many encoders, those of phones and cameras foremost, allow for B-frames and send none. A
 * decoder that goes by what they say keeps back as many pictures as could still be overtaken:
 * 33 ms each. One that is told nothing shows pictures as they come, and begins to wait when it
 * sees the first that comes late.
 *
 * Shape    Annex B in and out. The parameter sets before the first slice; all else is copied.
 * Thread   any; pure.
 * Source   ITU-T H.264 E.1.1 (bitstream_restriction_flag, which is the end of an SPS), 7.4.1
 *          (emulation prevention).
 */
#ifndef MIXER_VIDEO_CODEC_H264_REORDER_H
#define MIXER_VIDEO_CODEC_H264_REORDER_H

#include <stddef.h>
#include <stdint.h>

enum { H264_REORDER_SPARE_BYTES = 64 };

/** @p out has room for @p length + H264_REORDER_SPARE_BYTES. @return bytes written, or 0:
 *  nothing is to be changed, and nothing was written. */
size_t h264_reorder_forget(const uint8_t *bytes, size_t length, uint8_t *out);

#endif
