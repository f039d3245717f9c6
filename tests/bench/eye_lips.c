/* eye_lips.c - two lists of moments on one clock. */
#include "tests/bench/eye_lips.h"

#include "mixer/base/clock.h"
#include "tests/bench/eye_pip.h"
#include "tests/bench/load_stats.h"

#include <math.h>
#include <stdlib.h>

enum { MOMENTS = 4096, NEAR_MS = 450, SOUND_HZ = 8000, PICTURE_HZ = 90000 };

struct stream {
    bool has_report;
    int64_t report_ns; /* of the far end's clock */
    uint32_t report_timestamp;
    int64_t moment_ns[MOMENTS];
    unsigned count;
};

struct eye_lips {
    unsigned sender;
    struct eye_pip_ear ear;
    unsigned frame; /* that was seen last */
    bool saw;
    struct stream stream[EYE_LIPS_STREAMS];
};

struct eye_lips *eye_lips_create(unsigned sender)
{
    struct eye_lips *lips = calloc(1, sizeof(*lips));
    if (lips)
        lips->sender = sender;
    return lips;
}

void eye_lips_destroy(struct eye_lips *lips)
{
    free(lips);
}

void eye_lips_report(struct eye_lips *lips, enum eye_lips_stream which, uint64_t ntp,
                     uint32_t timestamp)
{
    struct stream *stream = &lips->stream[which];
    const uint64_t part_ns = (ntp & UINT32_MAX) * (uint64_t)CLOCK_NS_PER_S >> 32;
    stream->has_report = true;
    stream->report_ns = (int64_t)(ntp >> 32) * CLOCK_NS_PER_S + (int64_t)part_ns;
    stream->report_timestamp = timestamp;
}

static void note(struct eye_lips *lips, enum eye_lips_stream which, uint32_t timestamp,
                 unsigned clock_hz)
{
    struct stream *stream = &lips->stream[which];
    if (!stream->has_report || stream->count == MOMENTS)
        return;
    const int32_t units = (int32_t)(timestamp - stream->report_timestamp);
    stream->moment_ns[stream->count++] =
        stream->report_ns + (int64_t)units * CLOCK_NS_PER_S / clock_hz;
}

void eye_lips_sound(struct eye_lips *lips, uint32_t timestamp, const uint8_t *payload,
                    size_t length)
{
    uint32_t onset;
    if (eye_pip_hear(&lips->ear, timestamp, payload, length, &onset))
        note(lips, EYE_LIPS_SOUND, onset, SOUND_HZ);
}

void eye_lips_picture(struct eye_lips *lips, uint32_t timestamp, const struct eye_mark *mark)
{
    if (mark->sender != lips->sender || (lips->saw && mark->frame == lips->frame))
        return;
    lips->saw = true;
    lips->frame = mark->frame;
    if (mark->frame % EYE_LIPS_EVERY == 0)
        note(lips, EYE_LIPS_PICTURE, timestamp, PICTURE_HZ);
}

void eye_lips_reset(struct eye_lips *lips)
{
    for (unsigned i = 0; i < EYE_LIPS_STREAMS; i++)
        lips->stream[i].count = 0;
}

static bool nearest(const struct stream *sound, int64_t picture_ns, double *offset_ms)
{
    bool found = false;
    for (unsigned i = 0; i < sound->count; i++) {
        const double ms = (double)(picture_ns - sound->moment_ns[i]) / CLOCK_NS_PER_MS;
        if (fabs(ms) > NEAR_MS || (found && fabs(ms) >= fabs(*offset_ms)))
            continue;
        *offset_ms = ms;
        found = true;
    }
    return found;
}

void eye_lips_read(const struct eye_lips *lips, struct eye_lips_result *result)
{
    static double offset_ms[MOMENTS], distance_ms[MOMENTS]; /* too large for a stack */
    const struct stream *picture = &lips->stream[EYE_LIPS_PICTURE];
    *result = (struct eye_lips_result){0};
    for (unsigned i = 0; i < picture->count; i++) {
        double *offset = &offset_ms[result->count];
        if (!nearest(&lips->stream[EYE_LIPS_SOUND], picture->moment_ns[i], offset))
            continue;
        distance_ms[result->count++] = fabs(*offset);
    }
    result->p50_ms = load_stats_percentile(offset_ms, result->count, 0.5);
    result->p95_ms = load_stats_percentile(distance_ms, result->count, 0.95);
    result->worst_ms = load_stats_percentile(distance_ms, result->count, 1);
}
