/* video_cost.c - a few pictures encoded, decoded and scaled, with a look at the clock. */
#include "server/video/video_cost.h"

#include "mixer/base/picture.h"
#include "mixer/video/scale.h"
#include "mixer/video_codec/video_codec.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

enum { WIDTH = 640, HEIGHT = 360, FPS = 30, BITRATE_BPS = 800000, FRAMES = 12 };

/* of a core of 2.5 GHz, until it is measured */
static const struct video_cost guess = {
    .decode_s = 0.006, .compose_s = 0.001, .encode_s = 0.012};

static double cpu_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Something moves over something that does not: as dear as a person before a wall. */
static void draw(struct picture *picture, unsigned frame)
{
    for (unsigned y = 0; y < picture->height; y++) {
        uint8_t *row = picture->plane[0] + y * (unsigned)picture->stride[0];
        for (unsigned x = 0; x < picture->width; x++) {
            const unsigned dx = x - picture->width / 2 - 4 * frame,
                           dy = y - picture->height / 2;
            const bool moves = dx * dx + dy * dy < picture->height * picture->height / 9;
            row[x] = (uint8_t)(moves ? 40 + (x * 7 + y * 13 + frame * 5) % 150
                                     : 60 + (x * 3 + y * 5) % 100);
        }
    }
}

struct bench {
    const struct video_codec *codec;
    struct video_encoder *encoder;
    struct video_decoder *decoder;
    struct picture *picture, *scaled;
    double decode_s, compose_s, encode_s;
};

static bool run_frame(struct bench *bench, unsigned frame)
{
    struct video_frame coded;
    struct picture *decoded = NULL;
    draw(bench->picture, frame);
    const double begin = cpu_s();
    if (bench->codec->encode(bench->encoder, bench->picture, frame * VIDEO_CLOCK_HZ / FPS,
                             frame == 0, &coded) < 0)
        return false;
    const double encoded = cpu_s();
    const int error = bench->codec->decode(bench->decoder, &coded, &decoded);
    const double done = cpu_s();
    if (error)
        return false;
    if (decoded)
        scale_picture(decoded, bench->scaled);
    const double scaled = cpu_s();
    picture_release(&decoded);
    if (frame == 0) /* the first one is dearer */
        return true;
    bench->encode_s += encoded - begin;
    bench->decode_s += done - encoded;
    bench->compose_s += scaled - done;
    return true;
}

static bool make_bench(struct bench *bench)
{
    const struct video_limits limits = {WIDTH, HEIGHT};
    for (unsigned i = 0; (bench->codec = video_codec_at(i)); i++) {
        if (bench->codec->can_encode)
            break;
    }
    if (!bench->codec)
        return false;
    struct video_encoder_config config = {.width = WIDTH,
                                          .height = HEIGHT,
                                          .fps = FPS,
                                          .bitrate_bps = BITRATE_BPS,
                                          .max_payload_bytes = 1200};
    bench->codec->params_offer(0, &config.params);
    if (bench->codec->encoder_create(&config, &bench->encoder) < 0 ||
        bench->codec->decoder_create(&limits, &bench->decoder) < 0 ||
        picture_create(WIDTH, HEIGHT, &bench->picture) < 0 ||
        picture_create(WIDTH / 2, HEIGHT / 2, &bench->scaled) < 0)
        return false;
    picture_fill(bench->picture, 128, 128, 128);
    return true;
}

void video_cost_measure(struct video_cost *cost)
{
    const double megapixels = (double)WIDTH * HEIGHT * (FRAMES - 1) / 1e6;
    struct bench bench = {0};
    bool done = make_bench(&bench);
    for (unsigned frame = 0; done && frame < FRAMES; frame++)
        done = run_frame(&bench, frame);
    *cost = guess;
    if (done)
        *cost = (struct video_cost){.decode_s = bench.decode_s / megapixels,
                                    .compose_s = bench.compose_s / megapixels,
                                    .encode_s = bench.encode_s / megapixels};
    if (bench.codec) {
        bench.codec->encoder_destroy(bench.encoder);
        bench.codec->decoder_destroy(bench.decoder);
    }
    picture_release(&bench.picture);
    picture_release(&bench.scaled);
}

static double megapixels_per_s(unsigned width, unsigned height, unsigned fps)
{
    return (double)width * height * fps / 1e6;
}

double video_cost_of_sender(const struct video_cost *cost, unsigned width, unsigned height,
                            unsigned fps)
{
    return (cost->decode_s + cost->compose_s) * megapixels_per_s(width, height, fps);
}

double video_cost_of_encoder(const struct video_cost *cost, unsigned width, unsigned height,
                             unsigned fps)
{
    return (cost->encode_s + cost->compose_s) * megapixels_per_s(width, height, fps);
}
