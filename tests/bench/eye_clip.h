/*
 * eye_clip.h - what a sender plays, encoded once and kept in a cache folder: six seconds of its
 * scene (eye_scene.h), a key frame every two.
 *
 * Picture i of the clip has frame i in its mark. It begins anew behind the last.
 *
 * Errors   0 or a negative errno; what the encoder says.
 */
#ifndef TESTS_BENCH_EYE_CLIP_H
#define TESTS_BENCH_EYE_CLIP_H

#include "tests/bench/eye_ivf.h"

enum { EYE_CLIP_SECONDS = 6, EYE_CLIP_KEY_SECONDS = 2 };

struct eye_clip {
    struct eye_coder_plan plan;
    struct eye_ivf ivf;
};

/** Loads the clip of @p sender from @p folder; makes it first if it is not there. */
int eye_clip_open(const char *folder, const struct eye_coder_plan *plan, unsigned sender,
                  struct eye_clip *clip);
void eye_clip_close(struct eye_clip *clip); /* a zeroed one is allowed */

bool eye_clip_is_key(const struct eye_clip *clip, unsigned frame);

/** The first key frame from @p frame on, around the end of the clip. */
unsigned eye_clip_next_key(const struct eye_clip *clip, unsigned frame);

/** Where clips are kept if nobody says: $XDG_CACHE_HOME, else /tmp, and "/raduno-bench-video".
 */
void eye_clip_folder(char *path, size_t room);

#endif
