/*
 * codec.h - the audio codecs: one table says what exists; a new codec is one file and one row.
 *
 *   const struct codec *codec = codec_by_name("opus", 48000, 2);
 *   codec->encoder_create(&params, &encoder);  codec->encode(encoder, pcm, n, payload, room);
 *   codec->decoder_create(&params, &decoder);
 *   codec_decode(codec, decoder, payload, length, pcm, room);
 *
 * Shape    PCM is int16_t at sample_rate_hz; two channels (max_channels 2 and asked for by the
 *          params) are interleaved. A count of samples is per channel. One frame = one packet's
 *          audio.
 * Thread   create and destroy: control. encode, decode, conceal, recover, quiet, copy, tune:
 *          the media worker that has the leg; they never lock, allocate or log. The rest is
 *          pure.
 * Errors   0, a length, or a negative errno. A payload is hostile: -EBADMSG, never a crash, and
 *          the decoder stays usable.
 * Source   RFC 3551 (static types, G.722's clock), RFC 7587 (Opus), RFC 3264/8866 (rtpmap,
 *          fmtp).
 */
#ifndef MIXER_CODEC_CODEC_H
#define MIXER_CODEC_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CODEC_MAX_PAYLOAD_BYTES = 1500,
    CODEC_MAX_PACKET_MS = 120,
    CODEC_MAX_PACKET_SAMPLES =
        48 * CODEC_MAX_PACKET_MS, /* the longest Opus packet, 48 kHz mono */
    CODEC_FMTP_BYTES = 256,
};

/** What offer/answer settled for one codec in one direction. Zeroed: all defaults. */
struct codec_params {
    unsigned ptime_ms; /* of the packets to send; 0: 20                                     */
    unsigned bitrate_bps; /* most the far end wants (maxaveragebitrate); 0: codec's default */
    unsigned max_rate_hz; /* most the far end plays (maxplaybackrate); 0: all */
    bool fec;    /* far end wants in-band FEC (useinbandfec)                          */
    bool dtx;    /* far end allows DTX (usedtx)                                       */
    bool cbr;    /* far end wants constant bit rate                                   */
    bool stereo; /* far end prefers stereo (stereo): the encoder has two channels         */
    bool sends_stereo; /* far end sends stereo (sprop-stereo): the decoder has two channels */
    unsigned mode;     /* a codec's own variant, as iLBC's mode or AMR's mode-set; 0: none  */
    bool octet_align;  /* AMR's payload form (RFC 4867)                                     */
};

struct codec_encoder; /* each codec has its own */
struct codec_decoder;

/** One row of the table. All constant; a row's functions are its file's. */
struct codec {
    const char *name;           /* encoding name of a=rtpmap, compared without case       */
    unsigned rtp_clock_hz;      /* of a=rtpmap and the RTP time stamp; G.722: 8000 (!)    */
    unsigned sdp_channels;      /* of a=rtpmap; Opus: always 2, else 1                    */
    unsigned sample_rate_hz;    /* of the PCM; G.722: 16000, Opus: 48000                  */
    int static_payload_type;    /* RFC 3551 section 6; -1: dynamic                        */
    int preferred_payload_type; /* in our own offers                                    */
    unsigned max_payload_bytes; /* of a packet of 60 ms (or the most ever): buffer size */
    unsigned max_channels;      /* of the PCM: 1, or 2 if params may ask for stereo     */
    unsigned frame_ms;          /* packets are whole multiples of it; 10 for most       */
    unsigned max_ptime_ms;      /* the longest packet we send; 0: as long as any codec's */
    bool is_offered;            /* in our own offers; the others are taken if offered   */
    bool encodes_alone;         /* an encoder's state cannot be copied: one per listener */

    /** Reads a far end's a=fmtp value (may be "") into @p params, whose unknown parameters are
     *  ignored (RFC 3264). @return 0, or -EINVAL if this codec cannot be used with it. */
    int (*fmtp_read)(const char *fmtp, struct codec_params *params);
    /** Writes our own a=fmtp value, "" if none is needed: in answer to @p far's; NULL: in an
     *  offer of ours. @p out: CODEC_FMTP_BYTES. */
    void (*fmtp_write)(const struct codec_params *far, char *out);

    /** @return 0 and *encoder, owned by the caller; -ENOMEM or -EINVAL. */
    int (*encoder_create)(const struct codec_params *params, struct codec_encoder **encoder);
    void (*encoder_destroy)(struct codec_encoder *encoder); /* NULL is allowed */
    /** Encodes @p samples of PCM (one packet) into @p out. @return payload bytes; 0: nothing
     * need be sent (DTX); or a negative errno. */
    int (*encode)(struct codec_encoder *encoder, const int16_t *pcm, unsigned samples,
                  uint8_t *out, size_t room);

    /** Gives @p to the state of @p from, both made with the same params: what @p to encodes
     * next goes on where @p from was, so that the far end's decoder hears no seam. NULL: the
     * codec has no state, or it cannot be copied (encodes_alone). */
    void (*encoder_copy)(struct codec_encoder *to, const struct codec_encoder *from);
    /** Told what the far end loses [percent, 0..100], from its RTCP. NULL: of no use. */
    void (*encoder_tune)(struct codec_encoder *encoder, unsigned loss_percent);

    int (*decoder_create)(const struct codec_params *params, struct codec_decoder **decoder);
    void (*decoder_destroy)(struct codec_decoder *decoder); /* NULL is allowed */
    /** For codec_decode() only, which has asked payload_samples() for @p samples; there is room
     *  for them. @return samples written, perhaps fewer, or a negative errno. */
    int (*decode)(struct codec_decoder *decoder, const uint8_t *payload, size_t length,
                  int16_t *pcm, unsigned samples);
    /** Makes up @p samples for a packet that is lost: fades, never clicks. */
    void (*conceal)(struct codec_decoder *decoder, int16_t *pcm, unsigned samples);
    /** Makes @p samples of the packet that was lost just before @p next from what @p next
     *  carries of it (in-band FEC); @p next itself is decoded afterwards. @return samples, or
     *  -ENODATA: it carries nothing of use: conceal. NULL: the codec has no FEC. */
    int (*recover)(struct codec_decoder *decoder, const uint8_t *next, size_t length,
                   int16_t *pcm, unsigned samples);
    /** Fills a pause of the sender (DTX) with @p samples of the noise that was heard before it.
     *  NULL: silence. */
    void (*quiet)(struct codec_decoder *decoder, int16_t *pcm, unsigned samples);
    /** Samples in this payload without decoding it. @return -EBADMSG if it is none. */
    int (*payload_samples)(const uint8_t *payload, size_t length);
    /** How loud this payload is, cheaply, without a decoder: -dBov as in RFC 6464 (0 loudest,
     *  127 silence), within some dB. @return -ENODATA if that cannot be told; NULL: never. */
    int (*payload_level)(const uint8_t *payload, size_t length);
};

/** Row @p index of the table, best first (the order of our offers); NULL behind the last. */
const struct codec *codec_at(unsigned index);

/** The codec of an a=rtpmap value; name without case. NULL if we have none such. */
const struct codec *codec_by_name(const char *name, unsigned rtp_clock_hz, unsigned channels);

/** Decodes one payload. @return samples written (at most CODEC_MAX_PACKET_SAMPLES); -EBADMSG
 * for a payload that is none; -ENOBUFS if more than @p room samples. */
int codec_decode(const struct codec *codec, struct codec_decoder *decoder,
                 const uint8_t *payload, size_t length, int16_t *pcm, unsigned room);

/** The codec of a static payload type that came without a=rtpmap (RFC 3551). NULL: none. */
const struct codec *codec_by_static_type(unsigned payload_type);

#endif
