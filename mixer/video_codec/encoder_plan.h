/*
 * encoder_plan.h - what all encoders decide alike before their library is asked: what is
 * possible, the rate, the buffer, the threads, and when a picture is.
 *
 *   if (!encoder_plan_is_possible(config)) return -EINVAL;
 *   ...target = encoder_plan_kbps(config->bitrate_bps);
 *   struct encoder_plan_clock clock = encoder_plan_clock_of(config->fps);
 *   pts = encoder_plan_next(&clock, timestamp);
 *
 * Shape    pts at 90 kHz, as RTP's time stamps, but not wrapped: libraries want times that
 *          rise; how fast they do is the frame rate that the bits are shared by.
 * Thread   any; pure.
 */
#ifndef MIXER_VIDEO_CODEC_ENCODER_PLAN_H
#define MIXER_VIDEO_CODEC_ENCODER_PLAN_H

#include "mixer/video_codec/video_codec.h"

#include <stdbool.h>
#include <stdint.h>

/** For constant rate, of libvpx and libaom alike. */
enum {
    ENCODER_PLAN_BUFFER_MS = 1000,
    ENCODER_PLAN_BUFFER_BEGIN_MS = 500,
    ENCODER_PLAN_BUFFER_BEST_MS = 600,
    ENCODER_PLAN_OVERSHOOT_PERCENT = 15, /* how far the rate may go beyond */
    ENCODER_PLAN_MIN_QUANTIZER = 2,
    ENCODER_PLAN_MAX_QUANTIZER = 63,
};

/** Sides 16 to 8192, at most 120 frames a second and 16 threads. */
bool encoder_plan_is_possible(const struct video_encoder_config *config);

/** The rate, from 20 to 100,000 kbit/s. */
unsigned encoder_plan_kbps(unsigned bitrate_bps);

/** @return at least 1. */
unsigned encoder_plan_threads(const struct video_encoder_config *config);

/** The binary logarithm of as many tile columns as there are threads for, rounded down. */
unsigned encoder_plan_tile_columns(unsigned threads);

struct encoder_plan_clock {
    unsigned duration; /* of a picture at the configured rate */
    /* private: of the picture before */
    bool has_begun;
    uint32_t timestamp;
    int64_t pts;
};

struct encoder_plan_clock encoder_plan_clock_of(unsigned fps);

/** When the picture of @p timestamp is. The first is at 0. One of the same time stamp, of an
 *  older one, or after a pause of more than 5 s is one duration later than the one before. */
int64_t encoder_plan_next(struct encoder_plan_clock *clock, uint32_t timestamp);

#endif
