/* video_codec_h264.c - H.264's row (RFC 6184). */
#include "mixer/video_codec/h264_encoder.h"
#include "mixer/video_codec/h264_fmtp.h"
#include "mixer/video_codec/h264_payload.h"
#include "mixer/video_codec/libav_decoder.h"
#include "mixer/video_codec/video_codec_internal.h"

const struct video_codec video_codec_h264 = {
    .name = "H264",
    .preferred_payload_type = 96,
    .variants = H264_FMTP_VARIANTS,
    .can_encode = true,
    .params_offer = h264_fmtp_offer,
    .fmtp_read = h264_fmtp_read,
    .params_answer = h264_fmtp_answer,
    .fmtp_write = h264_fmtp_write,
    .params_match = h264_fmtp_match,
    .params_limit = h264_fmtp_limit,
    .assembler_create = h264_payload_assembler_create,
    .assembler_destroy = h264_payload_assembler_destroy,
    .assembler_prime = h264_payload_prime,
    .assemble = h264_payload_assemble,
    .fragment = h264_payload_fragment,
    .decoder_create = libav_decoder_create_h264,
    .decoder_destroy = libav_decoder_destroy,
    .decode = libav_decoder_decode,
    .encoder_create = h264_encoder_create,
    .encoder_destroy = h264_encoder_destroy,
    .encode = h264_encoder_encode,
    .encoder_set_bitrate = h264_encoder_set_bitrate,
};
