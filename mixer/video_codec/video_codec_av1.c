/* video_codec_av1.c - AV1's row (AV1 RTP specification 1.0). */
#include "mixer/video_codec/av1_encoder.h"
#include "mixer/video_codec/av1_payload.h"
#include "mixer/video_codec/libav_decoder.h"
#include "mixer/video_codec/video_codec_internal.h"
#include "mixer/video_codec/vpx_fmtp.h"

const struct video_codec video_codec_av1 = {
    .name = "AV1",
    .preferred_payload_type = 103,
    .variants = 0,
    .can_encode = true,
    .params_offer = vpx_fmtp_offer_av1,
    .fmtp_read = vpx_fmtp_read_av1,
    .params_answer = vpx_fmtp_answer_av1,
    .fmtp_write = vpx_fmtp_write_av1,
    .params_match = vpx_fmtp_match,
    .params_limit = vpx_fmtp_limit_av1,
    .assembler_create = av1_payload_assembler_create,
    .assembler_destroy = av1_payload_assembler_destroy,
    .assemble = av1_payload_assemble,
    .fragment = av1_payload_fragment,
    .decoder_create = libav_decoder_create_av1,
    .decoder_destroy = libav_decoder_destroy,
    .decode = libav_decoder_decode,
    .encoder_create = av1_encoder_create,
    .encoder_destroy = av1_encoder_destroy,
    .encode = av1_encoder_encode,
    .encoder_set_bitrate = av1_encoder_set_bitrate,
};
