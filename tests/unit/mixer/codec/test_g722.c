/* test_g722.c - bit for bit what another implementation makes of the same input. */
#include "mixer/codec/g722.h"
#include "tests/unit/mixer/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { BLOCKS = 400, SAMPLES = 320 };

/* FNV-1a of what ffmpeg 5.1's adpcm_g722 encoder makes of make_block(0 .. 399), and of what its
 * decoder makes of those bytes, some blocks of them replaced by random or extreme ones. */
static const uint64_t known_bytes_hash = 0x551cbe738dc9c4e2ULL,
                      known_pcm_hash = 0x770458072c67ba7fULL;

/* Drives the low band's second pole to its upper limit, as no signal we know does. */
static const uint8_t extreme[] = {0x71, 0x5b, 0xda, 0x30, 0xed, 0x5c, 0xee, 0x37};

static uint64_t hash(uint64_t so_far, const void *data, size_t length)
{
    const uint8_t *at = data;
    for (size_t i = 0; i < length; i++)
        so_far = (so_far ^ at[i]) * 1099511628211ULL;
    return so_far;
}

/* Full-scale noise, a whisper of noise, steps between the ends, a square, a triangle; integers
 * only. */
static void make_block(uint32_t *seed, unsigned block, int16_t *pcm)
{
    for (unsigned i = 0; i < SAMPLES; i++) {
        int noise = (int)(signal_random(seed) >> 16) - 32768;
        int phase = (int)((block * SAMPLES + i) % 64);
        int triangle = (phase < 32 ? phase : 64 - phase) * 1000 - 16000;
        int kind = (int)(block / 20 % 5);
        pcm[i] = (int16_t)(kind == 0   ? noise
                           : kind == 1 ? noise / 1024
                           : kind == 2 ? (noise < 0 ? -32768 : 32767)
                           : kind == 3 ? (int)(i / 2 % 2) * 24000
                                       : triangle + noise / 64);
    }
}

static void equals_another_implementation(void **state)
{
    (void)state;
    struct g722_encoder encoder;
    struct g722_decoder decoder;
    g722_encoder_init(&encoder);
    g722_decoder_init(&decoder);
    uint32_t seed = 2;
    uint64_t bytes_hash = 14695981039346656037ULL, pcm_hash = bytes_hash;
    for (unsigned block = 0; block < BLOCKS; block++) {
        int16_t pcm[SAMPLES];
        uint8_t bytes[SAMPLES / 2];
        make_block(&seed, block, pcm);
        g722_encode(&encoder, pcm, SAMPLES, bytes);
        bytes_hash = hash(bytes_hash, bytes, sizeof(bytes));
        if (block % 10 == 9)
            signal_random_bytes(&seed, bytes, sizeof(bytes));
        for (unsigned i = 0; block < 4 && i < sizeof(bytes); i++)
            bytes[i] = extreme[i % sizeof(extreme)];
        g722_decode(&decoder, bytes, sizeof(bytes), pcm);
        pcm_hash = hash(pcm_hash, pcm, sizeof(pcm));
    }
    assert_true(bytes_hash == known_bytes_hash);
    assert_true(pcm_hash == known_pcm_hash);
}

static void odd_lengths_write_no_more_than_they_may(void **state)
{
    (void)state;
    struct g722_encoder encoder;
    struct g722_decoder decoder;
    g722_encoder_init(&encoder);
    g722_decoder_init(&decoder);
    int16_t pcm[4] = {1, 2, 3, 0x5a5a};
    uint8_t bytes[2] = {0, 0x5a};
    g722_encode(&encoder, pcm, 3, bytes);
    assert_int_equal(bytes[1], 0x5a);
    g722_decode(&decoder, bytes, 1, pcm);
    assert_int_equal(pcm[3], 0x5a5a);
    g722_decode(&decoder, bytes, 0, pcm);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_another_implementation),
        cmocka_unit_test(odd_lengths_write_no_more_than_they_may),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
