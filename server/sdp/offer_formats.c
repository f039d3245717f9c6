/* offer_formats.c - the lists, one behind the other. */
#include "server/sdp/offer_formats.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct offer_formats_kept {
    uint8_t types, listed; /* how many of each */
    struct {
        uint8_t types, listed;
    } video[VIDEO_STREAMS];
    unsigned char bytes[];
};
static_assert(OFFER_TYPES_MAX <= UINT8_MAX && VIDEO_TYPES_MAX <= UINT8_MAX, "counts must fit");

static size_t sound_bytes(unsigned count)
{
    return count * sizeof(struct offer_type);
}

static size_t video_bytes(unsigned count)
{
    return count * sizeof(struct video_type);
}

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

static size_t all_bytes(const struct offer_formats *formats)
{
    size_t bytes = sound_bytes(formats->types.count + formats->listed.count);
    for (unsigned i = 0; i < VIDEO_STREAMS; i++)
        bytes += video_bytes(formats->video[i].types.count + formats->video[i].listed.count);
    return bytes;
}

struct offer_formats_kept *offer_formats_keep(const struct offer_formats *formats)
{
    struct offer_formats_kept *kept = malloc(sizeof(*kept) + all_bytes(formats));
    if (!kept)
        return NULL;
    *kept = (struct offer_formats_kept){.types = (uint8_t)formats->types.count,
                                        .listed = (uint8_t)formats->listed.count};
    unsigned char *at = put(kept->bytes, formats->types.type, sound_bytes(kept->types));
    at = put(at, formats->listed.type, sound_bytes(kept->listed));
    for (unsigned i = 0; i < VIDEO_STREAMS; i++) {
        const struct offer_video_formats *video = &formats->video[i];
        kept->video[i].types = (uint8_t)video->types.count;
        kept->video[i].listed = (uint8_t)video->listed.count;
        at = put(at, video->types.type, video_bytes(video->types.count));
        at = put(at, video->listed.type, video_bytes(video->listed.count));
    }
    return kept;
}

void offer_formats_open(const struct offer_formats_kept *kept, struct offer_formats *formats)
{
    memset(formats, 0, sizeof(*formats));
    if (!kept)
        return;
    formats->types.count = kept->types;
    formats->listed.count = kept->listed;
    const unsigned char *at = kept->bytes;
    at = take(at, formats->types.type, sound_bytes(kept->types));
    at = take(at, formats->listed.type, sound_bytes(kept->listed));
    for (unsigned i = 0; i < VIDEO_STREAMS; i++) {
        struct offer_video_formats *video = &formats->video[i];
        video->types.count = kept->video[i].types;
        video->listed.count = kept->video[i].listed;
        at = take(at, video->types.type, video_bytes(video->types.count));
        at = take(at, video->listed.type, video_bytes(video->listed.count));
    }
}
