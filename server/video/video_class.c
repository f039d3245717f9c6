/* video_class.c - one encoder for all who get the same. */
#include "server/video/video_class.h"

#include "mixer/base/clock.h"
#include "mixer/file/recorder.h"
#include "server/leg/video_send.h"
#include "server/video/room_scene.h"

#include <stdlib.h>
#include <string.h>

enum {
    STILL_MS = 1000,     /* a picture in which nothing moves is sent so often */
    SHARPEN_FRAMES = 15, /* ... after so many more, in which it gets sharper  */
    RISE_PERCENT = 115,  /* of a better step's rate: it is taken              */
    FALL_PERCENT = 95,   /* of its rate: it is left                           */
    LEAST_BITRATE_BPS = 64000,
    LEAST_WIDTH = 160,
};

/* ---- what a receiver gets ---- */

struct level {
    unsigned rate_divisor;
    unsigned size_num, size_den;
    unsigned fps_divisor;
};
static const struct level levels[VIDEO_CLASS_STEPS] = {
    {1, 1, 1, 1}, {2, 1, 1, 1}, {4, 1, 2, 1}, {8, 1, 2, 2}, {16, 1, 4, 2}};

static unsigned rate_of(unsigned bitrate_bps, unsigned step)
{
    const unsigned rate = bitrate_bps / levels[step].rate_divisor;
    return rate < LEAST_BITRATE_BPS ? LEAST_BITRATE_BPS : rate;
}

static unsigned choose_step(unsigned bitrate_bps, uint64_t bandwidth_bps, bool may_rise,
                            unsigned step)
{
    while (step + 1 < VIDEO_CLASS_STEPS &&
           bandwidth_bps < (uint64_t)rate_of(bitrate_bps, step) * FALL_PERCENT / 100)
        step++;
    const uint64_t wanted =
        step ? (uint64_t)rate_of(bitrate_bps, step - 1) * RISE_PERCENT / 100 : 0;
    /* the best step cannot be exceeded: its own rate is enough */
    const uint64_t enough = step == 1 ? rate_of(bitrate_bps, 0) : wanted;
    if (step && may_rise && bandwidth_bps >= enough)
        step--;
    return step;
}

static unsigned even(unsigned pixels)
{
    return pixels & ~1U;
}

/* The largest of some fractions of the canvas that fits: the shape is kept, and few sizes are
 * in use. */
static void choose_size(const struct video_plan_codec *row, struct video_class_spec *spec)
{
    static const struct {
        unsigned num, den;
    } fractions[] = {{1, 1}, {3, 4}, {2, 3}, {1, 2}, {3, 8}, {1, 3}, {1, 4}, {1, 8}};
    unsigned most_width = spec->width, most_height = spec->height, fps = spec->fps;
    row->codec->params_limit(&row->params, &most_width, &most_height, &fps);
    while (spec->fps > fps && spec->divisor < 6) {
        spec->fps = spec->fps * spec->divisor / (spec->divisor + 1);
        spec->divisor++;
    }
    const unsigned width = spec->width, height = spec->height;
    for (unsigned i = 0; i < sizeof(fractions) / sizeof(fractions[0]); i++) {
        spec->width = even(width * fractions[i].num / fractions[i].den);
        spec->height = even(height * fractions[i].num / fractions[i].den);
        if (spec->width < LEAST_WIDTH ||
            (spec->width <= most_width && spec->height <= most_height))
            return;
    }
}

void video_class_choose(const struct video_plan *plan, unsigned width, unsigned height,
                        unsigned fps, unsigned bitrate_bps, uint64_t bandwidth_bps,
                        bool may_rise, struct video_class_spec *spec)
{
    const struct video_plan_codec *row = &plan->codec[0];
    const uint64_t wanted =
        row->params.max_bitrate_kbps ? row->params.max_bitrate_kbps * 1000ULL : UINT64_MAX;
    if (bandwidth_bps > wanted)
        bandwidth_bps = wanted;
    spec->step = choose_step(bitrate_bps, bandwidth_bps, may_rise, spec->step);
    const struct level *level = &levels[spec->step];
    spec->codec = row->codec;
    spec->params = row->params;
    spec->params.parameter_set_size = 0; /* what it sends itself: of no matter here */
    memset(spec->params.parameter_sets, 0, sizeof(spec->params.parameter_sets));
    spec->bitrate_bps = rate_of(bitrate_bps, spec->step);
    spec->width = even(width * level->size_num / level->size_den);
    spec->height = even(height * level->size_num / level->size_den);
    spec->divisor = level->fps_divisor;
    spec->fps = fps / level->fps_divisor;
    choose_size(row, spec);
}

bool video_class_is(const struct video_class *class, const struct video_class_spec *spec)
{
    const struct video_class_spec *own = &class->spec;
    return own->scene == spec->scene && own->codec == spec->codec &&
           own->width == spec->width && own->height == spec->height &&
           own->divisor == spec->divisor && own->fps == spec->fps &&
           own->bitrate_bps == spec->bitrate_bps &&
           own->codec->params_match(&own->params, &spec->params);
}

/* ---- classes ---- */

static struct video_class *end_class(struct video_class *class)
{
    for (unsigned i = 0; i < class->recent_count; i++)
        video_packets_release(&class->recent[i]);
    class->spec.codec->encoder_destroy(class->encoder);
    free(class->fragments);
    free(class);
    return NULL;
}

struct video_class *video_class_make(struct video_class **classes,
                                     const struct video_class_spec *spec,
                                     const struct video_step *step)
{
    struct video_class *class = calloc(1, sizeof(*class));
    if (!class)
        return NULL;
    class->spec = *spec;
    class->key_wanted = true;
    class->fragments = malloc(sizeof(*class->fragments));
    const struct video_encoder_config config = {.width = spec->width,
                                                .height = spec->height,
                                                .fps = spec->fps,
                                                .bitrate_bps = spec->bitrate_bps,
                                                .max_payload_bytes =
                                                    (unsigned)step->max_payload_bytes,
                                                .params = spec->params};
    if (!class->fragments || spec->codec->encoder_create(&config, &class->encoder) < 0)
        return end_class(class);
    class->next = *classes;
    *classes = class;
    return class;
}

void video_class_drop(struct video_class **classes, struct video_class *class)
{
    for (struct video_class **at = classes; *at; at = &(*at)->next) {
        if (*at == class) {
            *at = class->next;
            break;
        }
    }
    end_class(class);
}

static void note_what_is_sent(const struct video_class *class, struct video_leg_media *leg)
{
    leg_counter_set(&leg->counters->sent_width, class->spec.width);
    leg_counter_set(&leg->counters->sent_height, class->spec.height);
    leg_counter_set(&leg->counters->sent_fps, class->spec.fps);
    video_send_set_rate(leg, class->spec.bitrate_bps);
}

void video_class_add(struct video_class *class, struct video_leg_media *leg, int64_t now_ns)
{
    leg->class = class;
    leg->class_next = class->legs;
    class->legs = leg;
    class->leg_count++;
    leg->send.needs_key = true;
    note_what_is_sent(class, leg);
    if (!class->recent_count || now_ns - class->key_ns > VIDEO_KEY_SPACE_MS * CLOCK_NS_PER_MS) {
        class->key_wanted = true;
        return;
    }
    for (unsigned i = 0; i < class->recent_count; i++)
        video_send_frame(leg, class->recent[i]);
}

void video_class_remove(struct video_leg_media *leg)
{
    struct video_class *class = leg->class;
    if (!class)
        return;
    for (struct video_leg_media **at = &class->legs; *at; at = &(*at)->class_next) {
        if (*at == leg) {
            *at = leg->class_next;
            break;
        }
    }
    class->leg_count--;
    leg->class = NULL;
    leg->class_next = NULL;
}

/* ---- frames ---- */

static void remember(struct video_class *class, struct video_packets *packets)
{
    if (packets->is_key || class->recent_count == VIDEO_CLASS_RECENT) {
        for (unsigned i = 0; i < class->recent_count; i++)
            video_packets_release(&class->recent[i]);
        class->recent_count = 0;
    }
    if (packets->is_key || class->recent_count)
        class->recent[class->recent_count++] = video_packets_reference(packets);
}

static void give(struct video_class *class, const struct video_frame *frame, int64_t now_ns,
                 const struct video_step *step)
{
    struct video_packets *packets = NULL;
    if (class->spec.codec->fragment(frame, &class->spec.params, step->max_payload_bytes,
                                    &class->numbers, class->fragments) < 0 ||
        video_packets_create(frame, class->fragments, &packets) < 0) {
        class->key_wanted = true; /* what follows needs what was left out */
        return;
    }
    if (frame->is_key)
        class->key_ns = now_ns;
    remember(class, packets);
    for (struct video_leg_media *leg = class->legs; leg; leg = leg->class_next) {
        if (frame->is_key)
            leg->send.key_asked = false;
        video_send_frame(leg, packets);
    }
    video_packets_release(&packets);
}

static bool wants_key(struct video_class *class, int64_t now_ns)
{
    bool wanted =
        class->key_wanted || (class->recorder && recorder_wants_key(class->recorder, now_ns));
    if (class->key_ns && now_ns - class->key_ns < VIDEO_KEY_SPACE_MS * CLOCK_NS_PER_MS)
        return false;
    for (struct video_leg_media *leg = class->legs; leg; leg = leg->class_next)
        wanted |= video_send_wants_key(leg, now_ns);
    return wanted;
}

/* Nothing has changed for some time: then the same again is of no use but once a second. */
static bool is_still(const struct video_class *class, uint64_t frame, int64_t now_ns)
{
    return frame > class->spec.scene->changed_frame + SHARPEN_FRAMES &&
           class->encoded_frame >= class->spec.scene->changed_frame &&
           now_ns - class->encoded_ns < STILL_MS * CLOCK_NS_PER_MS;
}

void video_class_run(struct video_class *class, uint64_t frame, const struct video_step *step,
                     struct video_class_counters *counters)
{
    const struct video_class_spec *spec = &class->spec;
    const int64_t now_ns = step->now_ns;
    if (frame % spec->divisor)
        return;
    const bool key = wants_key(class, now_ns);
    if (!key && is_still(class, frame, now_ns))
        return;
    const struct picture *picture =
        room_scene_picture(spec->scene, spec->width, spec->height, frame);
    const uint32_t timestamp = video_send_timestamp(now_ns);
    struct video_frame out;
    if (!picture || spec->codec->encode(class->encoder, picture, timestamp, key, &out) < 0)
        return;
    class->encoded_ns = now_ns;
    class->encoded_frame = frame;
    counters->frames++;
    counters->key_frames += out.is_key;
    counters->pixels += (uint64_t)spec->width * spec->height;
    if (key)
        class->key_wanted = false;
    if (out.length && class->recorder)
        recorder_picture(class->recorder, now_ns, out.bytes, out.length, out.is_key);
    if (out.length)
        give(class, &out, now_ns, step);
}
