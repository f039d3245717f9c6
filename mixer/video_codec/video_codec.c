/* video_codec.c - the table. */
#include "mixer/video_codec/video_codec_internal.h"

#include <strings.h>

static const struct video_codec *const table[] = {
    &video_codec_h264, &video_codec_vp8,  &video_codec_vp9,
    &video_codec_av1,  &video_codec_h265, NULL,
};

const struct video_codec *video_codec_at(unsigned index)
{
    return index < sizeof(table) / sizeof(table[0]) ? table[index] : NULL;
}

const struct video_codec *video_codec_by_name(const char *name)
{
    for (unsigned i = 0; table[i]; i++) {
        if (strcasecmp(table[i]->name, name) == 0)
            return table[i];
    }
    return NULL;
}
