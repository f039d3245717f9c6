/* video_snapshot.c - a picture of the room, for a page or a person. */
#include "server/video/video_snapshot.h"

#include "mixer/video/image.h"
#include "mixer/video/scale.h"

#include <errno.h>
#include <stdlib.h>

enum { QUALITY = 85 };

void video_snapshot_take(struct video_snapshot *snapshot, const struct picture *picture)
{
    unsigned width = picture->width, height = picture->height;
    if (snapshot->max_width && width > snapshot->max_width) {
        height = height * snapshot->max_width / width;
        width = snapshot->max_width;
    }
    width = width < 16 ? 16 : width & ~1U;
    height = height < 16 ? 16 : height & ~1U;
    if (picture_create(width, height, &snapshot->picture) == 0)
        scale_picture(picture, snapshot->picture);
}

void video_snapshot_write(struct video_snapshot *snapshot)
{
    snapshot->error = snapshot->picture ? image_write_jpeg(snapshot->picture, QUALITY,
                                                           &snapshot->jpeg, &snapshot->length)
                                        : -ENODATA;
    picture_release(&snapshot->picture);
}

void video_snapshot_end(struct video_snapshot *snapshot)
{
    snapshot->on_done(snapshot->context, snapshot->error, snapshot->jpeg, snapshot->length);
    picture_release(&snapshot->picture);
    free(snapshot->jpeg);
    free(snapshot);
}
