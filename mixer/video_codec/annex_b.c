/* annex_b.c - looks for start codes, from one 01 to the next. */
#include "mixer/video_codec/annex_b.h"

#include <string.h>

enum { CODE_BYTES = 3, ESCAPE = 3 };

const uint8_t annex_b_start[ANNEX_B_START_BYTES] = {0, 0, 0, 1};

/* The next 00 00 01, or the end. */
static const uint8_t *find_code(const uint8_t *at, const uint8_t *end)
{
    for (const uint8_t *one = at; end - one >= CODE_BYTES; one++) {
        one = memchr(one + 2, 1, (size_t)(end - one) - 2);
        if (!one)
            break;
        one -= 2;
        if (one[0] == 0 && one[1] == 0)
            return one;
    }
    return end;
}

struct annex_b annex_b_of(const uint8_t *bytes, size_t length)
{
    if (!length)
        return (struct annex_b){0};
    return (struct annex_b){find_code(bytes, bytes + length), bytes + length};
}

bool annex_b_next(struct annex_b *scan, struct annex_b_unit *unit)
{
    while (scan->end - scan->at >= CODE_BYTES) {
        const uint8_t *begin = scan->at + CODE_BYTES;
        const uint8_t *end = scan->at = find_code(begin, scan->end);
        while (end > begin && !end[-1])
            end--;
        *unit = (struct annex_b_unit){begin, (size_t)(end - begin)};
        if (unit->length)
            return true;
    }
    return false;
}

size_t annex_b_unescape(const struct annex_b_unit *unit, uint8_t *out, size_t room)
{
    size_t written = 0;
    unsigned zeros = 0;
    for (size_t i = 0; i < unit->length && written < room; i++) {
        const uint8_t byte = unit->bytes[i];
        if (zeros >= 2 && byte == ESCAPE) {
            zeros = 0;
            continue;
        }
        zeros = byte ? 0 : zeros + 1;
        out[written++] = byte;
    }
    return written;
}
