/* encoder_plan.c - the same limits and times for all encoders. */
#include "mixer/video_codec/encoder_plan.h"

enum {
    LEAST_SIDE = 16,
    MOST_SIDE = 8192,
    MIN_BITRATE_KBPS = 20,
    MAX_BITRATE_KBPS = 100000,
    MAX_FPS = 120,
    MAX_THREADS = 16,
    MAX_PAUSE = 5 * VIDEO_CLOCK_HZ,
};

static bool is_side(unsigned length)
{
    return length >= LEAST_SIDE && length <= MOST_SIDE;
}

bool encoder_plan_is_possible(const struct video_encoder_config *config)
{
    return is_side(config->width) && is_side(config->height) && config->fps &&
           config->fps <= MAX_FPS && config->threads <= MAX_THREADS;
}

unsigned encoder_plan_kbps(unsigned bitrate_bps)
{
    const unsigned kbps = bitrate_bps / 1000;
    return kbps < MIN_BITRATE_KBPS   ? MIN_BITRATE_KBPS
           : kbps > MAX_BITRATE_KBPS ? MAX_BITRATE_KBPS
                                     : kbps;
}

unsigned encoder_plan_threads(const struct video_encoder_config *config)
{
    return config->threads > 1 ? config->threads : 1;
}

unsigned encoder_plan_tile_columns(unsigned threads)
{
    unsigned log2 = 0;
    while (threads >>= 1)
        log2++;
    return log2;
}

struct encoder_plan_clock encoder_plan_clock_of(unsigned fps)
{
    return (struct encoder_plan_clock){.duration = VIDEO_CLOCK_HZ / fps};
}

int64_t encoder_plan_next(struct encoder_plan_clock *clock, uint32_t timestamp)
{
    uint32_t step = timestamp - clock->timestamp;
    if (step == 0 || step > MAX_PAUSE)
        step = clock->duration;
    clock->pts += clock->has_begun ? step : 0;
    clock->timestamp = timestamp;
    clock->has_begun = true;
    return clock->pts;
}
