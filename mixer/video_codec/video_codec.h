/*
 * video_codec.h - the video codecs: one table says what exists; a new codec is one file for its
 * payload format, one for its coder, and one row.
 *
 *   const struct video_codec *codec = video_codec_by_name("H264");
 *   in:   codec->assembler_create(&assembler);
 *         for each packet in order   codec->assemble(assembler, &packet, &frame);
 *         ...frame whole and its size allowed...  codec->decode(decoder, &frame, &picture);
 *   out:  codec->encode(encoder, picture, timestamp, key, &frame);
 *         codec->fragment(&frame, &fragments);     payloads for RTP, shared by all who see it
 *
 * Shape    a frame is one coded picture with all that belongs to it: H.264 in Annex B form
 *          (start codes, parameter sets before a key frame), VP8, VP9 and AV1 as their bit
 *          streams say it. Times are RTP's, at 90 kHz.
 * Thread   create and destroy: any. The rest: whoever has the object, one thread at a time: a
 *          video worker. They may allocate; they never lock or log.
 * Errors   0 or a negative errno. Payloads and frames are hostile: -EBADMSG, never a crash, and
 *          the object stays usable.
 * Source   RFC 6184 (H.264), 7741 (VP8), 9628 (VP9), 7798 (H.265), AV1 RTP specification 1.0;
 *          RFC 3264/8866 (rtpmap, fmtp).
 */
#ifndef MIXER_VIDEO_CODEC_VIDEO_CODEC_H
#define MIXER_VIDEO_CODEC_VIDEO_CODEC_H

#include "mixer/base/picture.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    VIDEO_CLOCK_HZ = 90000,
    VIDEO_FMTP_BYTES = 512,
    VIDEO_PARAMETER_SET_BYTES = 256,
    VIDEO_MAX_FRAME_BYTES = 2 << 20, /* of a coded picture; larger ones are refused  */
    VIDEO_MAX_FRAGMENTS = 2048,
    VIDEO_MAX_PAYLOAD_BYTES = 1400,
};

/** What an a=fmtp line says. By value in plans: what a codec does not use stays 0. */
struct video_params {
    /* H.264 (RFC 6184 section 8.1), H.265 (RFC 7798 section 7.1), VP9 (profile) */
    uint8_t profile;       /* profile_idc; profile-id                            */
    uint8_t constraints;   /* profile_iop                                        */
    uint8_t level;         /* level_idc; level-id                                */
    uint8_t packetization; /* packetization-mode: 0, 1; VP9: see vp9_payload.h   */
    bool level_asymmetry;  /* each side may have a level of its own              */
    /* the most that who wrote it receives; 0: not said, what the level says */
    uint32_t max_frame_blocks;   /* max-fs: macroblocks of 16 x 16                     */
    uint32_t max_blocks_per_s;   /* max-mbps                                           */
    uint32_t max_bitrate_kbps;   /* max-br, in 1,000 bit/s                             */
    uint32_t max_fps;            /* max-fr                                             */
    uint16_t parameter_set_size; /* of what it sends: sprop-parameter-sets, Annex B    */
    uint8_t parameter_sets[VIDEO_PARAMETER_SET_BYTES];
};

/** One RTP payload. Borrowed. */
struct video_packet {
    const uint8_t *payload;
    size_t length;
    uint32_t timestamp;
    bool marker;
    bool gap; /* packets before this one are lost for good */
};

/** A coded picture. @p bytes are borrowed from the assembler or the encoder, until its next
 *  call. */
struct video_frame {
    const uint8_t *bytes;
    size_t length;
    uint32_t timestamp;
    bool is_key;         /* decoding can begin here (IDR with parameter sets known)          */
    bool is_discardable; /* no other picture needs it                                        */
    bool is_broken;      /* something of it, or of what it needs, is missing: not to be shown */
    uint16_t width, height; /* of its header; 0: this picture does not say */
};

/** The most that is decoded for a sender: from conf. */
struct video_limits {
    unsigned max_width, max_height; /* either way round: portrait counts, too   */
};

/** How to encode. A class of receivers has one. */
struct video_encoder_config {
    unsigned width, height, fps;
    unsigned bitrate_bps;
    unsigned max_payload_bytes; /* of one RTP packet                                  */
    struct video_params params; /* what the receivers take: profile, packetization    */
    unsigned threads;           /* 0, 1: the caller's only                            */
    unsigned speed;             /* 0: the codec's default for real time; else 1 (best picture)
                                   .. 10 (least work)                                 */
};

/** Payloads of one frame. What they point to is borrowed from the frame's bytes and, where
 * small parts are put together, from gathered[]: the struct stays where it is. */
struct video_fragment {
    uint8_t head[8]; /* payload descriptor, FU header, ...; goes before the bytes */
    uint8_t head_length;
    const uint8_t *bytes;
    size_t length;
};
struct video_fragments {
    unsigned count;
    struct video_fragment
        fragment[VIDEO_MAX_FRAGMENTS];         /* the last one carries the marker bit */
    uint8_t gathered[VIDEO_MAX_PAYLOAD_BYTES]; /* of the codec's fragment() */
};

/** What numbers the frames of one encoder in its payload descriptors (picture ID). Zeroed to
 *  begin. */
struct video_numbers {
    uint16_t picture_id;
    uint8_t tl0_index;
};

struct video_assembler; /* each codec has its own */
struct video_decoder;
struct video_encoder;

/** One row of the table. All constant. */
struct video_codec {
    const char *name;           /* encoding name of a=rtpmap, compared without case          */
    int preferred_payload_type; /* of the first variant in our own offers; others follow     */
    unsigned variants;          /* that our own offers list, best first: H.264 has profiles
                                   and packetization modes; 0: taken if offered              */
    bool can_encode;            /* in real time, here                                        */

    /* ---- SDP ---- */
    /** What we receive in variant @p variant. */
    void (*params_offer)(unsigned variant, struct video_params *params);
    /** Reads a far end's a=fmtp (may be ""). Unknown parameters are ignored. @return 0, or
     *  -EINVAL if we cannot use the codec with it. */
    int (*fmtp_read)(const char *fmtp, struct video_params *params);
    /** What we say of ourselves in answer to @p far's. */
    void (*params_answer)(const struct video_params *far, struct video_params *own);
    /** Writes @p params. @p out: VIDEO_FMTP_BYTES; "" if there is nothing to say. */
    void (*fmtp_write)(const struct video_params *params, char *out);
    /** Whether two of the same name are the same format (RFC 6184 section 8.2.2: profile and
     *  packetization mode). */
    bool (*params_match)(const struct video_params *a, const struct video_params *b);
    /** The largest size and rate that a receiver who says @p params may be sent, within
     *  @p width x @p height at @p fps, which are lowered; never below 160 x 90 at 5. */
    void (*params_limit)(const struct video_params *params, unsigned *width, unsigned *height,
                         unsigned *fps);

    /* ---- payload format ---- */
    int (*assembler_create)(struct video_assembler **assembler);  /* 0, -ENOMEM */
    void (*assembler_destroy)(struct video_assembler *assembler); /* NULL is allowed */
    /** Gives it parameter sets that the sender's SDP says (video_params). NULL: the codec has
     * none outside its stream. */
    void (*assembler_prime)(struct video_assembler *assembler, const uint8_t *parameter_sets,
                            size_t length);
    /** Takes the next packet in order. @return 1 and *frame: a picture is complete (or
     *  is_broken: as much as came of it); 0: more is needed; -EBADMSG: no payload of this
     * codec, and the picture it belongs to is broken. A packet with another time stamp ends the
     *  picture before it: *frame is that one, 1, and the packet is kept. */
    int (*assemble)(struct video_assembler *assembler, const struct video_packet *packet,
                    struct video_frame *frame);
    /** Cuts @p frame into payloads of at most @p max_payload_bytes; counts up @p numbers.
     *  @return 0; -E2BIG: more than VIDEO_MAX_FRAGMENTS, or a part that may not be cut
     *  (packetization-mode 0) is too long. */
    int (*fragment)(const struct video_frame *frame, const struct video_params *params,
                    size_t max_payload_bytes, struct video_numbers *numbers,
                    struct video_fragments *fragments);

    /* ---- coding ---- */
    int (*decoder_create)(const struct video_limits *limits, struct video_decoder **decoder);
    void (*decoder_destroy)(struct video_decoder *decoder); /* NULL is allowed */
    /** @return 0 and *picture (a reference, the caller's), or NULL if it shows nothing yet;
     *  -EBADMSG; -EFBIG: larger than the limits, refused before decoding. */
    int (*decode)(struct video_decoder *decoder, const struct video_frame *frame,
                  struct picture **picture);
    int (*encoder_create)(const struct video_encoder_config *config,
                          struct video_encoder **encoder);  /* 0, -EINVAL, -ENOMEM */
    void (*encoder_destroy)(struct video_encoder *encoder); /* NULL is allowed */
    /** Encodes one picture of the configured size, at once. @p key: must be a key frame. The
     *  stream says the picture's matrix and range, but VP8's, which is always taken for BT.601,
     *  limited; the first that has others than the one before (BT.601, limited, to begin with)
     *  becomes a key frame.
     *  @return 0 and *frame (length 0: the codec left it out), or a negative errno. */
    int (*encode)(struct video_encoder *encoder, const struct picture *picture,
                  uint32_t timestamp, bool key, struct video_frame *frame);
    /** From the next frame on. */
    void (*encoder_set_bitrate)(struct video_encoder *encoder, unsigned bitrate_bps);
};

/** Row @p index of the table, best first; NULL behind the last. */
const struct video_codec *video_codec_at(unsigned index);

/** The codec of an a=rtpmap value; name without case. NULL if we have none such. */
const struct video_codec *video_codec_by_name(const char *name);

#endif
