/*
 * comfort_noise.h - the noise of a quiet line, sent as its level and spectrum instead of audio
 * (RTP payload "CN").
 *
 *   sending, each tick:
 *       switch (comfort_noise_sender_tick(&sender, level, talking))
 *       case COMFORT_NOISE_RESUME:   ...send the audio with the marker bit...
 *       case COMFORT_NOISE_SPEAK:    ...send the audio...
 *       case COMFORT_NOISE_UPDATE:   noise.level = comfort_noise_sender_level(&sender);
 *                                    ...send what comfort_noise_write() makes of it...
 *       case COMFORT_NOISE_PAUSE:    ...send nothing...
 *   receiving:
 *       packet   if (comfort_noise_read(payload, length, &noise) == 0)
 *                    comfort_noise_generator_update(&generator, &noise);
 *       pause    comfort_noise_make(&generator, pcm, samples);
 *
 * The spectrum is an all-pole model, given by its reflection coefficients k[1..order] with
 * A(z) = 1 + a[1] z^-1 + ..., a[m] of order m being k[m]: noise with more of low than of high
 * tones has k[1] < 0.
 *
 * Shape    mono PCM of any of the house's rates, for which the coefficients hold; a level is
 *          -dBov, 0..127; a tick is 20 ms.
 * Thread   a sender or generator belongs to one leg and its media worker; no function locks,
 *          allocates or logs. The rest is pure.
 * Errors   -EBADMSG for an empty payload; there is no other that is none.
 * Source   RFC 3389 sections 3 (payload) and 4 (type 13 is that of 8000 Hz only).
 */
#ifndef MIXER_CODEC_COMFORT_NOISE_H
#define MIXER_CODEC_COMFORT_NOISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    COMFORT_NOISE_STATIC_TYPE = 13,
    COMFORT_NOISE_MAX_ORDER = 8, /* of longer models the first 8 coefficients are used */
    COMFORT_NOISE_MAX_BYTES = 1 + COMFORT_NOISE_MAX_ORDER,
};

struct comfort_noise {
    uint8_t level;
    uint8_t order; /* 0: white */
    float reflection[COMFORT_NOISE_MAX_ORDER];
};

/** @return 0 and *noise, or -EBADMSG. */
int comfort_noise_read(const uint8_t *payload, size_t length, struct comfort_noise *noise);

/** @return the bytes written: 1 + order. */
size_t comfort_noise_write(const struct comfort_noise *noise,
                           uint8_t out[COMFORT_NOISE_MAX_BYTES]);

/* ---- generator ---- */

/** The fields are comfort_noise.c's. */
struct comfort_noise_generator {
    struct comfort_noise target;
    bool started;
    unsigned block;                            /* samples between two small changes  */
    unsigned left;                             /* of this block                      */
    uint32_t random;                           /* state of the excitation            */
    float rms;                                 /* of the noise now                   */
    float excitation;                          /* greatest value                     */
    unsigned order;                            /* coefficients that matter now       */
    float reflection[COMFORT_NOISE_MAX_ORDER]; /* of the noise now                   */
    float backward[COMFORT_NOISE_MAX_ORDER];   /* the lattice's state, 0: last out   */
};

/** Silent until the first update. */
void comfort_noise_generator_init(struct comfort_noise_generator *generator, unsigned rate_hz);

/** What is made becomes @p noise: at once the first time, then within some 100 ms. A level
 *  above 20 dB below overload is taken as that: nobody is comforted by more. */
void comfort_noise_generator_update(struct comfort_noise_generator *generator,
                                    const struct comfort_noise *noise);

void comfort_noise_make(struct comfort_noise_generator *generator, int16_t *pcm,
                        unsigned samples);

/* ---- sender ---- */

enum comfort_noise_step {
    COMFORT_NOISE_SPEAK,
    COMFORT_NOISE_RESUME, /* speak; it is the first packet after a pause (RFC 3551 4.1) */
    COMFORT_NOISE_UPDATE, /* send one comfort noise packet                              */
    COMFORT_NOISE_PAUSE,  /* send nothing                                               */
};

/** Zeroed before first use: speaking. */
struct comfort_noise_sender {
    bool pausing;
    uint8_t sent_level;
    uint16_t level_q4;   /* smoothed, in 1/16 dB                */
    uint16_t since_sent; /* ticks since the last comfort noise  */
};

/**
 * Takes one tick's level and whether somebody talks (with hangover: audio_level.h has one).
 * A pause begins with an update; others follow when the level has changed by more than 3 dB, at
 * most every 60 ms, and every 200 ms in any case, as one may be lost.
 */
enum comfort_noise_step comfort_noise_sender_tick(struct comfort_noise_sender *sender,
                                                  unsigned level, bool talking);

/** The level of the noise in this pause, smoothed. */
uint8_t comfort_noise_sender_level(const struct comfort_noise_sender *sender);

#endif
