/* offer_formats.c - four lists, one behind the other. */
#include "server/sdp/offer_formats.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct offer_formats_kept {
    uint8_t types, listed, video_types, video_listed; /* how many of each */
    unsigned char bytes[];
};
static_assert(OFFER_TYPES_MAX <= UINT8_MAX && VIDEO_TYPES_MAX <= UINT8_MAX, "counts must fit");

static unsigned char *put(unsigned char *at, const void *rows, size_t bytes)
{
    memcpy(at, rows, bytes);
    return at + bytes;
}

static const unsigned char *take(const unsigned char *at, void *rows, size_t bytes)
{
    memcpy(rows, at, bytes);
    return at + bytes;
}

struct offer_formats_kept *offer_formats_keep(const struct offer_formats *formats)
{
    const size_t types = formats->types.count * sizeof(formats->types.type[0]);
    const size_t listed = formats->listed.count * sizeof(formats->listed.type[0]);
    const size_t video_types =
        formats->video_types.count * sizeof(formats->video_types.type[0]);
    const size_t video_listed =
        formats->video_listed.count * sizeof(formats->video_listed.type[0]);
    struct offer_formats_kept *kept =
        malloc(sizeof(*kept) + types + listed + video_types + video_listed);
    if (!kept)
        return NULL;
    *kept = (struct offer_formats_kept){.types = (uint8_t)formats->types.count,
                                        .listed = (uint8_t)formats->listed.count,
                                        .video_types = (uint8_t)formats->video_types.count,
                                        .video_listed = (uint8_t)formats->video_listed.count};
    unsigned char *at = put(kept->bytes, formats->types.type, types);
    at = put(at, formats->listed.type, listed);
    at = put(at, formats->video_types.type, video_types);
    put(at, formats->video_listed.type, video_listed);
    return kept;
}

void offer_formats_open(const struct offer_formats_kept *kept, struct offer_formats *formats)
{
    memset(formats, 0, sizeof(*formats));
    if (!kept)
        return;
    formats->types.count = kept->types;
    formats->listed.count = kept->listed;
    formats->video_types.count = kept->video_types;
    formats->video_listed.count = kept->video_listed;
    const unsigned char *at = kept->bytes;
    at = take(at, formats->types.type, kept->types * sizeof(formats->types.type[0]));
    at = take(at, formats->listed.type, kept->listed * sizeof(formats->listed.type[0]));
    at = take(at, formats->video_types.type,
              kept->video_types * sizeof(formats->video_types.type[0]));
    take(at, formats->video_listed.type,
         kept->video_listed * sizeof(formats->video_listed.type[0]));
}
