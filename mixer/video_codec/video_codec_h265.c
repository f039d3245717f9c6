/* video_codec_h265.c - H.265's row (RFC 7798): received, not sent. x265 would do 720p at 30 in
 * real time (13 ms a picture here), but its pictures are no better than x264's at that speed,
 * for five times the time; a new rate needs a new encoder; and each one loses memory. */
#include "mixer/video_codec/h265_fmtp.h"
#include "mixer/video_codec/h265_payload.h"
#include "mixer/video_codec/libav_decoder.h"
#include "mixer/video_codec/video_codec_internal.h"

const struct video_codec video_codec_h265 = {
    .name = "H265",
    .preferred_payload_type = 105,
    .variants = 0,
    .can_encode = false,
    .params_offer = h265_fmtp_offer,
    .fmtp_read = h265_fmtp_read,
    .params_answer = h265_fmtp_answer,
    .fmtp_write = h265_fmtp_write,
    .params_match = h265_fmtp_match,
    .params_limit = h265_fmtp_limit,
    .assembler_create = h265_payload_assembler_create,
    .assembler_destroy = h265_payload_assembler_destroy,
    .assembler_prime = h265_payload_prime,
    .assemble = h265_payload_assemble,
    .fragment = h265_payload_fragment,
    .decoder_create = libav_decoder_create_h265,
    .decoder_destroy = libav_decoder_destroy,
    .decode = libav_decoder_decode,
};
