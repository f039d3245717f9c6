/* video_codec_vp9.c - VP9's row (RFC 9628). */
#include "mixer/video_codec/libav_decoder.h"
#include "mixer/video_codec/video_codec_internal.h"
#include "mixer/video_codec/vp9_payload.h"
#include "mixer/video_codec/vpx_encoder.h"
#include "mixer/video_codec/vpx_fmtp.h"

const struct video_codec video_codec_vp9 = {
    .name = "VP9",
    .preferred_payload_type = 100,
    .variants = 1,
    .can_encode = true,
    .params_offer = vpx_fmtp_offer,
    .fmtp_read = vpx_fmtp_read_vp9,
    .params_answer = vpx_fmtp_answer,
    .fmtp_write = vpx_fmtp_write_vp9,
    .params_match = vpx_fmtp_match,
    .params_limit = vpx_fmtp_limit,
    .assembler_create = vp9_payload_assembler_create,
    .assembler_destroy = vp9_payload_assembler_destroy,
    .assemble = vp9_payload_assemble,
    .fragment = vp9_payload_fragment,
    .decoder_create = libav_decoder_create_vp9,
    .decoder_destroy = libav_decoder_destroy,
    .decode = libav_decoder_decode,
    .encoder_create = vpx_encoder_create_vp9,
    .encoder_destroy = vpx_encoder_destroy,
    .encode = vpx_encoder_encode,
    .encoder_set_bitrate = vpx_encoder_set_bitrate,
};
