/*
 * eye_coder.h - the video codecs of libavcodec, as the bench needs them: encode and decode one
 * picture at a time, at once, on one thread.
 *
 * Shape    pictures are I420; coded H.264 is Annex B with parameter sets before key frames.
 * Thread   one per object.
 * Errors   0 or a negative errno. -ENOTSUP: this libavcodec has no such codec.
 */
#ifndef TESTS_BENCH_EYE_CODER_H
#define TESTS_BENCH_EYE_CODER_H

#include "mixer/base/picture.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum eye_codec { EYE_H264, EYE_VP8, EYE_VP9, EYE_CODECS };

struct eye_coder_plan {
    enum eye_codec codec;
    unsigned width, height, fps, kbps;
    unsigned slice_bytes;   /* H.264: the longest slice; 0: one slice a picture */
    bool high;              /* H.264: high profile; else constrained baseline   */
    bool bt709, full_range; /* H.264: said in the stream                      */
};

/** H.264: superfast, zerolatency; VP8, VP9: realtime, speed 8. All: constant bit rate, buffer
 * of one second, no key frame but the first and those asked for. */
struct eye_encoder;
int eye_encoder_create(const struct eye_coder_plan *plan, struct eye_encoder **encoder);
void eye_encoder_destroy(struct eye_encoder *encoder); /* NULL is allowed */

/** @return 0 and *bytes, borrowed until the next call; *length is 0 if the picture was left
 * out. */
int eye_encode(struct eye_encoder *encoder, const struct picture *picture, bool key,
               const uint8_t **bytes, size_t *length);

struct eye_decoder;
int eye_decoder_create(enum eye_codec codec, struct eye_decoder **decoder);
void eye_decoder_destroy(struct eye_decoder *decoder); /* NULL is allowed */

/** @return 0 and *picture, whose planes are borrowed until the next call; -EAGAIN: nothing to
 *  show; -EBADMSG. */
int eye_decode(struct eye_decoder *decoder, const uint8_t *bytes, size_t length,
               struct picture *picture);

const char *eye_codec_name(enum eye_codec codec); /* "H264", as a=rtpmap has it */
int eye_codec_by_option(const char *option);      /* "h264"; -1: none such      */

#endif
