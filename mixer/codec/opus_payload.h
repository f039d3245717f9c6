/*
 * opus_payload.h - what an Opus packet says of itself without being decoded.
 *
 *   if (opus_payload_is_quiet(payload, length)) ...its sender says that nobody talks...
 *
 * The first bits of a SILK frame (and of a hybrid one) are its voice activity flags, one for
 * each 20 ms, and whether a coarse copy of the packet before is in it (LBRR, in-band FEC); for
 * each channel. They are coded with probability 1/2 and so are plain bits of the first byte. A
 * CELT frame has neither; its first symbol says whether it is digital silence.
 *
 * Shape    samples are of 48 kHz, per channel.
 * Thread   any; pure.
 * Errors   -EBADMSG for a payload that is no Opus packet; questions about one say false.
 * Source   RFC 6716 sections 3.1 (first byte), 3.2 (frames), 4.2.3 and 4.2.4 (flags of SILK),
 *          4.3 (silence of CELT).
 */
#ifndef MIXER_CODEC_OPUS_PAYLOAD_H
#define MIXER_CODEC_OPUS_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Samples in the packet: at most 120 ms. @return -EBADMSG. */
int opus_payload_samples(const uint8_t *payload, size_t length);

/** True if it is coded by CELT alone. @p length is not 0. */
bool opus_payload_is_celt(const uint8_t *payload);

/** Samples, just before this packet, of which it carries a copy: one frame; 0: of none. */
unsigned opus_payload_redundant_samples(const uint8_t *payload, size_t length);

/** True if all frames are empty (DTX), flagged as without voice, or digital silence. It is the
 *  sender's word: libopus also says it of a tone or chord that has been still for a second. */
bool opus_payload_is_quiet(const uint8_t *payload, size_t length);

#endif
