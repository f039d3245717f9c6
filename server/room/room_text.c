/* room_text.c - UTF-8, checked character by character. */
#include "server/room/room_text.h"

#include "mixer/base/utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

static bool is_control(uint32_t character)
{
    return character < 0x20 || (character >= 0x7f && character < 0xa0) ||
           (character >= 0x2028 && character <= 0x202e) || /* separators, direction overrides */
           (character >= 0x2066 && character <= 0x2069);   /* direction isolates              */
}

/* The character at [at, end), of which a copy is read: there may be no NUL behind it. */
static unsigned read_bounded(const char *at, const char *end, uint32_t *character)
{
    char copy[5] = {0};
    memcpy(copy, at, end - at < 4 ? (size_t)(end - at) : 4);
    return utf8_read(copy, character);
}

/* The first of CR LF is left out, another CR is a line's end like LF. */
static bool is_left_out(uint32_t character, const char *behind, const char *end, bool has_lines)
{
    bool is_pair = character == '\r' && behind < end && behind[0] == '\n';
    bool stays = character == '\n' || character == '\t' || character == '\r';
    return is_control(character) && (!has_lines || !stays || is_pair);
}

static size_t clean(char *out, size_t room, const char *in, size_t length, bool has_lines)
{
    size_t written = 0;
    const char *end = in + length;
    for (const char *at = in; at < end;) {
        uint32_t character = 0;
        unsigned bytes = read_bounded(at, end, &character);
        const char *from = bytes ? at : replacement;
        size_t wanted = bytes ? bytes : sizeof(replacement) - 1;
        at += bytes ? bytes : 1;
        if (bytes && is_left_out(character, at, end, has_lines))
            continue;
        if (written + wanted >= room)
            break;
        memmove(out + written, character == '\r' ? "\n" : from, wanted);
        written += wanted;
    }
    out[written] = '\0';
    return written;
}

void room_text_clean(char *out, size_t room, const char *in)
{
    clean(out, room, in ? in : "", in ? strlen(in) : 0, false);
}

size_t room_text_clean_lines(char *out, size_t room, const char *in, size_t length)
{
    return clean(out, room, in, length, true);
}

void room_text_name(char *out, size_t room, const char *name, const char *uri)
{
    const char *colon = strchr(uri, ':');
    const char *user = colon ? colon + 1 : uri;
    if (name[0])
        snprintf(out, room, "%s", name);
    else
        snprintf(out, room, "%.*s", (int)strcspn(user, "@;?"), user);
}

void room_text_size(uint64_t bytes, char out[ROOM_TEXT_SIZE_BYTES])
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    double size = (double)bytes;
    unsigned unit = 0;
    while (size >= 999.5 && unit + 1 < sizeof(units) / sizeof(units[0])) {
        size /= 1000;
        unit++;
    }
    snprintf(out, ROOM_TEXT_SIZE_BYTES, unit && size < 9.95 ? "%.1f %s" : "%.0f %s", size,
             units[unit]);
}
