/* media_types.c - payload types in the order of their m= line, and what the a= lines say of
 * each. */
#include "server/sdp/media_types.h"

#include <string.h>

/* Notes each a=rtpmap and a=fmtp under its payload type, in one pass however many there are. */
static void note_types(struct slice lines, struct media_types *types)
{
    char type;
    struct slice line, value, number;
    unsigned long payload_type;
    while (slice_next_line(&lines, &type, &line)) {
        if (type != 'a')
            continue;
        bool is_map = slice_is_attribute(line, "rtpmap", &value);
        if (!is_map && !slice_is_attribute(line, "fmtp", &value))
            continue;
        if (!slice_next_word(&value, ' ', &number) ||
            !slice_number(number, MEDIA_TYPES - 1, &payload_type))
            continue;
        while (value.length && value.at[0] == ' ') {
            value.at++;
            value.length--;
        }
        struct slice *place =
            is_map ? &types->map[payload_type] : &types->parameters[payload_type];
        if (!place->at)
            *place = value;
    }
}

bool media_types_read_map(struct slice map, char name[MEDIA_NAME_BYTES], unsigned *clock_hz,
                          unsigned *channels)
{
    struct slice word;
    unsigned long number;
    if (!slice_next_word(&map, '/', &word) || !slice_copy(word, name, MEDIA_NAME_BYTES))
        return false;
    if (!slice_next_word(&map, '/', &word) || !slice_number(word, 1000000, &number) ||
        number == 0)
        return false;
    *clock_hz = (unsigned)number;
    *channels = 1;
    if (slice_next_word(&map, '/', &word)) {
        if (!slice_number(word, 255, &number))
            return false;
        *channels = (unsigned)number;
    }
    return true;
}

static void list_types(const struct description_media *media, bool rtcp_mux,
                       struct media_types *types)
{
    bool seen[MEDIA_TYPES] = {false};
    struct slice rest = media->formats, word;
    unsigned long type;
    while (slice_next_word(&rest, ' ', &word)) {
        if (!slice_number(word, MEDIA_TYPES - 1, &type) || seen[type])
            continue;
        seen[type] = true;
        if (rtcp_mux && type >= 64 && type <= 95)
            continue;
        types->place[type] = (uint8_t)types->count;
        types->list[types->count++] = (uint8_t)type;
    }
}

void media_types_read(const struct description_media *media, bool rtcp_mux,
                      struct media_types *types)
{
    memset(types, 0, sizeof(*types));
    list_types(media, rtcp_mux, types);
    note_types(media->lines, types);
}
