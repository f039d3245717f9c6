/* room_text.c - UTF-8, checked character by character. */
#include "server/room/room_text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

static bool is_tail(unsigned char byte)
{
    return (byte & 0xc0) == 0x80; /* false for the final NUL, too: nobody reads past it */
}

/* The character that begins at @p at, which is not NUL. Returns its bytes; 0: no UTF-8. */
static unsigned read_character(const unsigned char *at, uint32_t *character)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000}; /* below: overlong */
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

static bool is_control(uint32_t character)
{
    return character < 0x20 || (character >= 0x7f && character < 0xa0) ||
           (character >= 0x2028 && character <= 0x202e) || /* separators, direction overrides */
           (character >= 0x2066 && character <= 0x2069);   /* direction isolates              */
}

void room_text_clean(char *out, size_t room, const char *in)
{
    size_t length = 0;
    for (const char *at = in ? in : ""; *at;) {
        uint32_t character = 0;
        unsigned bytes = read_character((const unsigned char *)at, &character);
        const char *from = bytes ? at : replacement;
        size_t wanted = bytes ? bytes : sizeof(replacement) - 1;
        at += bytes ? bytes : 1;
        if (bytes && is_control(character))
            continue;
        if (length + wanted >= room)
            break;
        memmove(out + length, from, wanted);
        length += wanted;
    }
    out[length] = '\0';
}
