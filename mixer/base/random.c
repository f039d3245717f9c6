/* random.c - unpredictable numbers and names. */
#include "mixer/base/random.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

void random_bytes(void *out, size_t length)
{
    uint8_t *at = out;
    while (length) {
        ssize_t got = getrandom(at, length, 0);
        if (got < 0 && errno != EINTR)
            abort(); /* nothing unpredictable to be had: keys and ids would be guessable */
        if (got > 0) {
            at += got;
            length -= (size_t)got;
        }
    }
}

uint32_t random_u32(void)
{
    uint32_t value;
    random_bytes(&value, sizeof(value));
    return value;
}

void random_name(char *out, size_t length)
{
    static const char alphabet[] = "0123456789abcdefghijklmnopqrstuv"; /* 32: no modulo bias */
    random_bytes(out, length - 1);
    for (size_t i = 0; i + 1 < length; i++)
        out[i] = alphabet[(unsigned char)out[i] % 32];
    out[length - 1] = '\0';
}
