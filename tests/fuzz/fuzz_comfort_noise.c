/* fuzz_comfort_noise.c - any bytes as a run of comfort noise packets: each is described the
 * same when written again, and makes no more noise than may be. */
#include "mixer/codec/comfort_noise.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Each packet is one byte of length, then so many of payload. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct comfort_noise_generator generator;
    comfort_noise_generator_init(&generator, 8000);
    while (size > 1) {
        const size_t most = data[0] % 16, length = most < size - 1 ? most : size - 1;
        uint8_t *payload = malloc(length ? length : 1);
        assert(payload);
        memcpy(payload, data + 1, length);
        data += 1 + length;
        size -= 1 + length;
        struct comfort_noise noise, back;
        const int result = comfort_noise_read(payload, length, &noise);
        assert((result == 0) == (length > 0));
        if (result == 0) {
            uint8_t out[COMFORT_NOISE_MAX_BYTES];
            const size_t written = comfort_noise_write(&noise, out);
            assert(noise.level <= 127 && noise.order <= COMFORT_NOISE_MAX_ORDER);
            assert(written == 1U + noise.order && written <= length);
            assert(memcmp(out + 1, payload + 1, written - 1) == 0);
            assert(comfort_noise_read(out, written, &back) == 0 && back.order == noise.order);
            comfort_noise_generator_update(&generator, &noise);
        }
        free(payload);
        int16_t pcm[160];
        comfort_noise_make(&generator, pcm, 160);
        for (unsigned i = 0; i < COMFORT_NOISE_MAX_ORDER; i++)
            assert(generator.backward[i] == generator.backward[i]); /* a number */
    }
    return 0;
}
