/* eye_clip.c - written under another name first, so that two programs may make the same one. */
#include "tests/bench/eye_clip.h"

#include "tests/bench/eye_scene.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { VERSION = 3, PATH_BYTES = 512 }; /* another version: the scene has changed */

void eye_clip_folder(char *path, size_t room)
{
    const char *cache = getenv("XDG_CACHE_HOME");
    snprintf(path, room, "%s/raduno-bench-video", cache && *cache ? cache : "/tmp");
}

static unsigned key_frames_apart(const struct eye_coder_plan *plan)
{
    return EYE_CLIP_KEY_SECONDS * plan->fps;
}

bool eye_clip_is_key(const struct eye_clip *clip, unsigned frame)
{
    return frame % key_frames_apart(&clip->plan) == 0;
}

unsigned eye_clip_next_key(const struct eye_clip *clip, unsigned frame)
{
    unsigned apart = key_frames_apart(&clip->plan);
    return (frame + apart - 1) / apart * apart % clip->ivf.count;
}

static int encode_all(const struct eye_coder_plan *plan, unsigned sender,
                      struct eye_encoder *encoder, struct picture *picture, FILE *file)
{
    struct eye_scene *scene = eye_scene_create();
    int error = scene ? 0 : -ENOMEM;
    for (unsigned i = 0; i < EYE_CLIP_SECONDS * plan->fps && !error; i++) {
        const uint8_t *bytes = NULL;
        size_t length = 0;
        eye_scene_draw(scene, sender, i, picture);
        error = eye_encode(encoder, picture, i % key_frames_apart(plan) == 0, &bytes, &length);
        if (!error)
            error = eye_ivf_write(file, bytes, length, i * 1000ULL / plan->fps);
    }
    eye_scene_destroy(scene);
    return error;
}

static int make(const char *path, const struct eye_coder_plan *plan, unsigned sender)
{
    char draft[PATH_BYTES + 16];
    struct eye_encoder *encoder = NULL;
    struct picture *picture = NULL;
    const struct eye_ivf_head head = {plan->codec, plan->width, plan->height};
    snprintf(draft, sizeof(draft), "%s.%d", path, (int)getpid());
    FILE *file = fopen(draft, "wb");
    int error = file ? eye_ivf_write_head(file, &head) : -errno;
    if (!error)
        error = eye_encoder_create(plan, &encoder);
    if (!error)
        error = picture_create(plan->width, plan->height, &picture);
    if (!error) {
        picture->matrix = plan->bt709 ? PICTURE_BT709 : PICTURE_BT601;
        picture->full_range = plan->full_range;
        error = encode_all(plan, sender, encoder, picture, file);
    }
    if (file && fclose(file) && !error)
        error = -errno;
    if (!error && rename(draft, path))
        error = -errno;
    if (error)
        unlink(draft);
    picture_release(&picture);
    eye_encoder_destroy(encoder);
    return error;
}

int eye_clip_open(const char *folder, const struct eye_coder_plan *plan, unsigned sender,
                  struct eye_clip *clip)
{
    char path[PATH_BYTES];
    mkdir(folder, 0755); /* it may be there; if it cannot be made, what follows fails */
    snprintf(path, sizeof(path), "%s/%s-%ux%u-%u-%uk-%u%s%s%s%s-v%u.ivf", folder,
             eye_codec_name(plan->codec), plan->width, plan->height, plan->fps, plan->kbps,
             sender, plan->slice_bytes ? "-slices" : "", plan->high ? "-high" : "",
             plan->bt709 ? "-709" : "", plan->full_range ? "-full" : "", VERSION);
    *clip = (struct eye_clip){.plan = *plan};
    int error = access(path, R_OK) ? make(path, plan, sender) : 0;
    if (!error)
        error = eye_ivf_read(path, &clip->ivf);
    if (!error && clip->ivf.count != EYE_CLIP_SECONDS * plan->fps) {
        eye_clip_close(clip);
        error = -EBADMSG;
    }
    return error;
}

void eye_clip_close(struct eye_clip *clip)
{
    eye_ivf_finish(&clip->ivf);
}
