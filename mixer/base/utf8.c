/* utf8.c - one character of UTF-8, and nothing that only looks like one. */
#include "mixer/base/utf8.h"

#include <stdbool.h>

static bool is_tail(unsigned char byte)
{
    return (byte & 0xc0) == 0x80; /* false for the final NUL, too: nobody reads past it */
}

unsigned utf8_read(const char *text, uint32_t *character)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000}; /* below: overlong */
    const unsigned char *at = (const unsigned char *)text;
    unsigned length = at[0] < 0x80   ? 1
                      : at[0] < 0xc0 ? 0
                      : at[0] < 0xe0 ? 2
                      : at[0] < 0xf0 ? 3
                      : at[0] < 0xf8 ? 4
                                     : 0;
    if (length <= 1) {
        *character = at[0];
        return length;
    }
    uint32_t value = at[0] & (0x7fu >> length);
    for (unsigned i = 1; i < length; i++) {
        if (!is_tail(at[i]))
            return 0;
        value = value << 6 | (at[i] & 0x3fu);
    }
    if (value < least[length] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
        return 0;
    *character = value;
    return length;
}
