/*
 * load_speech.h - something like speech, made by formula and encoded once for all legs.
 *
 * A voice is a row of pulses at its own pitch, shaped by two resonances that change from
 * syllable to syllable, with a hiss now and then; it never pauses for breath, which is the
 * worst case for a mixer. "Quiet" is noise at about -66 dBFS: a line that is open and says
 * nothing.
 *
 * Shape    a frame is 20 ms, one packet's payload. Voices and frames wrap around.
 * Thread   one; nothing is allocated after load_speech_create().
 */
#ifndef TESTS_BENCH_LOAD_SPEECH_H
#define TESTS_BENCH_LOAD_SPEECH_H

#include <stdbool.h>
#include <stdint.h>

enum { LOAD_FRAME_BYTES = 510, LOAD_VOICES = 8, LOAD_VOICE_FRAMES = 400 };

/** How a codec is called and timed in SDP and RTP. */
struct load_codec {
    const char *option; /* of --codec                         */
    const char *rtpmap; /* of a=rtpmap and of the SDP answer  */
    uint8_t payload_type;
    unsigned clock_hz; /* of the RTP time stamp              */
    unsigned pcm_hz;
};

struct load_frame {
    uint16_t length;
    uint8_t bytes[LOAD_FRAME_BYTES];
};

struct load_speech;

/** The codec of a --codec option; NULL if there is none such. */
const struct load_codec *load_codec_by_option(const char *option);

/** @return 0 and *speech, owned by the caller; -ENOMEM, or what the encoder said. */
int load_speech_create(const struct load_codec *codec, struct load_speech **speech);
void load_speech_destroy(struct load_speech *speech); /* NULL is allowed */

/** Frame @p index of a voice, or of the quiet line. Borrowed from @p speech. */
const struct load_frame *load_speech_frame(const struct load_speech *speech, unsigned voice,
                                           unsigned index);
const struct load_frame *load_speech_quiet(const struct load_speech *speech, unsigned index);

#endif
