/* hex.c - two digits a byte. */
#include "mixer/base/hex.h"

#include <string.h>

static const char digits[] = "0123456789abcdef";

void hex_write(char *out, const unsigned char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        *out++ = digits[bytes[i] >> 4];
        *out++ = digits[bytes[i] & 15];
    }
    *out = '\0';
}

/* @return -1: it is none. */
static int value_of(char digit)
{
    const char *at = digit ? strchr(digits, digit) : NULL;
    return at ? (int)(at - digits) : -1;
}

bool hex_read(const char *text, unsigned char *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const int high = value_of(text[2 * i]);
        const int low = high >= 0 ? value_of(text[2 * i + 1]) : -1;
        if (low < 0)
            return false;
        out[i] = (unsigned char)(high << 4 | low);
    }
    return text[2 * count] == '\0';
}
