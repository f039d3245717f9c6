/* load_speech.c - pulses through two resonators, G.711 by its formula, the rest by mixer/codec.
 */
#include "tests/bench/load_speech.h"

#include "mixer/codec/codec.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_FRAME_SAMPLES = 960, SYLLABLES = 5, FRAMES_PER_SYLLABLE = 11, QUIET = LOAD_VOICES };

struct load_speech {
    struct load_frame frame[LOAD_VOICES + 1][LOAD_VOICE_FRAMES]; /* the last voice is quiet */
};

struct voice {
    unsigned index, pcm_hz;
    double phase;        /* of the pulse train, 0..1          */
    double memory[2][2]; /* of the two resonators             */
    uint32_t noise;
};

struct line {                    /* one encoder, whichever it is */
    uint8_t (*g711)(int sample); /* NULL: codec and encoder           */
    const struct codec *codec;
    struct codec_encoder *encoder;
};

static const struct load_codec codecs[] = {
    {"pcmu", "PCMU/8000", 0, 8000, 8000},
    {"pcma", "PCMA/8000", 8, 8000, 8000},
    {"g722", "G722/8000", 9, 8000, 16000}, /* clock: RFC 3551 section 4.5.2 */
    {"opus", "opus/48000/2", 96, 48000, 48000},
};

const struct load_codec *load_codec_by_option(const char *option)
{
    for (size_t i = 0; i < sizeof(codecs) / sizeof(codecs[0]); i++)
        if (!strcasecmp(option, codecs[i].option))
            return &codecs[i];
    return NULL;
}

/* G.711: the segment is the place of the highest bit, the mantissa the four bits behind it. */
static uint8_t encode_pcmu(int sample)
{
    int sign = sample < 0 ? 0x80 : 0;
    int magnitude = (sample < 0 ? -sample : sample) + 132;
    if (magnitude > 32767)
        magnitude = 32767;
    int segment = 7;
    while (segment > 0 && !(magnitude & (0x80 << segment)))
        segment--;
    return (uint8_t) ~(sign | segment << 4 | ((magnitude >> (segment + 3)) & 0x0f));
}

static uint8_t encode_pcma(int sample)
{
    int sign = sample < 0 ? 0 : 0x80;
    int magnitude = sample < 0 ? -sample - 1 : sample;
    int segment = 7;
    while (segment > 0 && !(magnitude & (0x80 << segment)))
        segment--;
    int mantissa = (magnitude >> (segment ? segment + 3 : 4)) & 0x0f;
    return (uint8_t)((sign | segment << 4 | mantissa) ^ 0x55);
}

static double noise_next(struct voice *voice)
{
    voice->noise = voice->noise * 1664525U + 1013904223U;
    return (double)(int32_t)voice->noise / 2147483648.0;
}

/* Answers a pulse with a sine of @p hz that fades, equally loud and long at any sample rate. */
static double resonate(struct voice *voice, unsigned which, double input, double hz)
{
    double *memory = voice->memory[which];
    const double bandwidth_hz = 80;
    double radius = exp(-M_PI * bandwidth_hz / voice->pcm_hz);
    double angle = 2 * M_PI * hz / voice->pcm_hz;
    double output =
        input * sin(angle) + 2 * radius * cos(angle) * memory[0] - radius * radius * memory[1];
    memory[1] = memory[0];
    memory[0] = output;
    return output;
}

/* The formants are about those of a, e, i, o, u; each voice runs through them in another order.
 */
static double speak(struct voice *voice, unsigned frame, unsigned sample, unsigned samples)
{
    static const double formant[SYLLABLES][2] = {
        {730, 1090}, {530, 1840}, {270, 2290}, {570, 840}, {300, 870}};
    unsigned syllable = frame / FRAMES_PER_SYLLABLE;
    const double *vowel =
        formant[(syllable * (voice->index % 3 + 1) + voice->index) % SYLLABLES];
    double progress =
        (frame % FRAMES_PER_SYLLABLE + (double)sample / samples) / FRAMES_PER_SYLLABLE;
    double pitch_hz = (90 + 18 * voice->index) * (1.1 - 0.2 * progress);

    voice->phase += pitch_hz / voice->pcm_hz;
    double source = 0.05 * noise_next(voice);
    if (voice->phase >= 1) {
        voice->phase -= 1;
        source += 1;
    }
    if (syllable % 4 == 3 && progress < 0.3) /* a hiss, as of s or sh */
        source = 0.3 * noise_next(voice);
    double loudness = 0.15 + 0.85 * sin(M_PI * progress);
    return 4000 * loudness *
           (resonate(voice, 0, source, vowel[0]) + 0.5 * resonate(voice, 1, source, vowel[1]));
}

static void make_pcm(struct voice *voice, unsigned frame, int16_t *pcm, unsigned samples)
{
    for (unsigned i = 0; i < samples; i++) {
        double value =
            voice->index == QUIET ? 24 * noise_next(voice) : speak(voice, frame, i, samples);
        pcm[i] = (int16_t)fmax(-32000, fmin(32000, value));
    }
}

static int line_open(struct line *line, const struct load_codec *codec)
{
    *line = (struct line){0};
    if (codec->payload_type == 0 || codec->payload_type == 8) {
        line->g711 = codec->payload_type ? encode_pcma : encode_pcmu;
        return 0;
    }
    char name[16];
    size_t length = strcspn(codec->rtpmap, "/");
    memcpy(name, codec->rtpmap, length);
    name[length] = '\0';
    line->codec = codec_by_name(name, codec->clock_hz, codec->clock_hz == 48000 ? 2 : 1);
    const struct codec_params params = {.ptime_ms = 20};
    return line->codec ? line->codec->encoder_create(&params, &line->encoder) : -ENOTSUP;
}

static void line_close(struct line *line)
{
    if (line->codec)
        line->codec->encoder_destroy(line->encoder);
}

static int line_encode(struct line *line, const int16_t *pcm, unsigned samples,
                       struct load_frame *frame)
{
    if (line->codec) {
        int length = line->codec->encode(line->encoder, pcm, samples, frame->bytes,
                                         sizeof(frame->bytes));
        frame->length = (uint16_t)(length > 0 ? length : 0);
        return length > 0 ? 0 : length < 0 ? length : -EBADMSG;
    }
    for (unsigned i = 0; i < samples; i++)
        frame->bytes[i] = line->g711(pcm[i]);
    frame->length = (uint16_t)samples;
    return 0;
}

static int encode_voice(struct load_frame *frame, unsigned index,
                        const struct load_codec *codec)
{
    int16_t pcm[MAX_FRAME_SAMPLES];
    const unsigned samples = codec->pcm_hz / 50;
    struct voice voice = {.index = index, .pcm_hz = codec->pcm_hz, .noise = index + 1};
    struct line line;
    int error = line_open(&line, codec);
    for (unsigned i = 0; i < LOAD_VOICE_FRAMES && !error; i++) {
        make_pcm(&voice, i, pcm, samples);
        error = line_encode(&line, pcm, samples, &frame[i]);
    }
    line_close(&line);
    return error;
}

int load_speech_create(const struct load_codec *codec, struct load_speech **speech)
{
    struct load_speech *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    for (unsigned voice = 0; voice <= LOAD_VOICES; voice++) {
        int error = encode_voice(made->frame[voice], voice, codec);
        if (error) {
            free(made);
            return error;
        }
    }
    *speech = made;
    return 0;
}

void load_speech_destroy(struct load_speech *speech)
{
    free(speech);
}

const struct load_frame *load_speech_frame(const struct load_speech *speech, unsigned voice,
                                           unsigned index)
{
    return &speech->frame[voice % LOAD_VOICES][index % LOAD_VOICE_FRAMES];
}

const struct load_frame *load_speech_quiet(const struct load_speech *speech, unsigned index)
{
    return &speech->frame[QUIET][index % LOAD_VOICE_FRAMES];
}
