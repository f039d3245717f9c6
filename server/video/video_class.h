/*
 * video_class.h - receivers who get the same: one encoder for all of them.
 *
 * The same scene, codec, parameters, size, frame rate and step of the bit rate. A receiver with
 * a poor link is in a class of a lower step, and comes back slowly.
 *
 *   video_class_choose(room, leg, &spec);      what it should get
 *   video_class_find(&classes, &spec);         the class, made if there is none
 *   video_class_add(class, leg, now);          it gets a key frame soon: that of the last half
 *                                              second and what followed, or a new one
 *   video_class_run(class, frame, step);       each frame of the room
 *
 * Thread   the room's video worker.
 */
#ifndef SERVER_VIDEO_VIDEO_CLASS_H
#define SERVER_VIDEO_VIDEO_CLASS_H

#include "mixer/video_codec/video_codec.h"
#include "server/leg/video_leg_media.h"

#include <stdbool.h>
#include <stdint.h>

struct recorder;
struct room_scene;

enum {
    VIDEO_CLASS_STEPS = 5,
    VIDEO_CLASS_RECENT = 20,  /* frames that a joiner can be given at once  */
    VIDEO_KEY_SPACE_MS = 500, /* between two key frames of a class at least */
};

struct video_class_spec {
    struct room_scene *scene;
    const struct video_codec *codec;
    struct video_params params;
    unsigned width, height;
    unsigned fps, divisor; /* of the room's frame rate */
    unsigned bitrate_bps;
    unsigned step; /* 0: the best */
};

struct video_class_counters {
    uint64_t frames, key_frames, pixels; /* encoded */
};

struct video_class {
    struct video_class_spec spec;
    struct video_encoder *encoder;
    struct video_numbers numbers;
    struct video_fragments *fragments; /* scratch */
    struct video_leg_media *legs;
    unsigned leg_count;
    struct recorder *recorder; /* borrowed: it gets the frames, too; NULL: none */
    bool key_wanted;
    int64_t key_ns;         /* of the last key frame                            */
    int64_t encoded_ns;     /* of the last frame                                */
    uint64_t encoded_frame; /* the room's frame that it was of                  */
    unsigned recent_count;  /* from the last key frame; 0: too many by now      */
    struct video_packets *recent[VIDEO_CLASS_RECENT];
    struct video_class *next;
};

/** What a receiver with @p plan and @p bandwidth_bps gets of a canvas of @p width x @p height
 * at
 *  @p fps and at most @p bitrate_bps. @p step: of before; it is left for a better one only if
 *  the bandwidth is well above (@p may_rise: and it has been for long enough). Pure. */
void video_class_choose(const struct video_plan *plan, unsigned width, unsigned height,
                        unsigned fps, unsigned bitrate_bps, uint64_t bandwidth_bps,
                        bool may_rise, struct video_class_spec *spec);
bool video_class_is(const struct video_class *class, const struct video_class_spec *spec);

/** Makes one at the head of the list. @return NULL: no memory, or the codec refuses. */
struct video_class *video_class_make(struct video_class **classes,
                                     const struct video_class_spec *spec,
                                     const struct video_step *step);
/** Takes it out of the list and frees it; no leg may be in it. */
void video_class_drop(struct video_class **classes, struct video_class *class);

void video_class_add(struct video_class *class, struct video_leg_media *leg, int64_t now_ns);
void video_class_remove(struct video_leg_media *leg);

/** Encodes frame @p frame of the room if it is due, and gives it to all. */
void video_class_run(struct video_class *class, uint64_t frame, const struct video_step *step,
                     struct video_class_counters *counters);

#endif
