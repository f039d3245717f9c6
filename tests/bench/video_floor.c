/*
 * video_floor.c - bench-video-floor: the least that composing video costs. Decodes N streams,
 * scales them into one canvas and encodes that once, at the pace of the clock; no network, no
 * layout, no names.
 *
 * One thread does it all. What is decoded are the clips that bench-video sends; the canvas is a
 * grid. The encoder is set as the server's are (mixer/video_codec): x264 superfast,
 * zerolatency, constrained baseline, or libvpx at its fixed real-time speed 8; constant bit
 * rate.
 */
#include "mixer/base/clock.h"
#include "tests/bench/eye_clip.h"
#include "tests/bench/eye_mark.h"

#include <getopt.h>
#include <libyuv.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

struct floor_run {
    unsigned streams, seconds, width, height, fps, kbps;
    enum eye_codec codec;
    const char *cache;
    struct eye_clip clip[EYE_MARK_SENDERS];
    struct eye_decoder *decoder[EYE_MARK_SENDERS];
    struct eye_encoder *encoder;
    struct picture *canvas;
    int64_t decode_ns, scale_ns, encode_ns;
    uint64_t octets, late;
};

static int open_all(struct floor_run *run)
{
    const struct eye_coder_plan in = {run->codec, 640, 360, 30, 800, 0, false, false, false};
    const struct eye_coder_plan out = {run->codec, run->width, run->height, run->fps, run->kbps,
                                       0,          false,      true,        false};
    char folder[256];
    eye_clip_folder(folder, sizeof(folder));
    int error = picture_create(run->width, run->height, &run->canvas);
    for (unsigned i = 0; i < run->streams && !error; i++) {
        error = eye_clip_open(run->cache ? run->cache : folder, &in, i, &run->clip[i]);
        if (!error)
            error = eye_decoder_create(run->codec, &run->decoder[i]);
    }
    if (error)
        return error;
    picture_fill(run->canvas, 16, 128, 128);
    return eye_encoder_create(&out, &run->encoder);
}

static void close_all(struct floor_run *run)
{
    for (unsigned i = 0; i < run->streams; i++) {
        eye_clip_close(&run->clip[i]);
        eye_decoder_destroy(run->decoder[i]);
    }
    eye_encoder_destroy(run->encoder);
    picture_release(&run->canvas);
}

static void scale_into(struct picture *canvas, const struct eye_rect *rect,
                       const struct picture *picture)
{
    uint8_t *to[3];
    for (unsigned plane = 0; plane < 3; plane++) {
        unsigned shift = plane ? 1 : 0;
        to[plane] = canvas->plane[plane] +
                    (size_t)(rect->y >> shift) * (size_t)canvas->stride[plane] +
                    (rect->x >> shift);
    }
    I420Scale(picture->plane[0], picture->stride[0], picture->plane[1], picture->stride[1],
              picture->plane[2], picture->stride[2], (int)picture->width, (int)picture->height,
              to[0], canvas->stride[0], to[1], canvas->stride[1], to[2], canvas->stride[2],
              (int)rect->width, (int)rect->height, kFilterBox);
}

static struct eye_rect tile(const struct floor_run *run, unsigned index)
{
    unsigned columns = (unsigned)ceil(sqrt(run->streams));
    unsigned rows = (run->streams + columns - 1) / columns;
    unsigned x = index % columns * run->width / columns & ~1U;
    unsigned y = index / columns * run->height / rows & ~1U;
    return (struct eye_rect){x, y, run->width / columns & ~1U, run->height / rows & ~1U};
}

/* Of this thread: with a busy machine, time that passes is not time that is spent. */
static int64_t spent_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return time.tv_sec * CLOCK_NS_PER_S + time.tv_nsec;
}

static int one_picture(struct floor_run *run, unsigned number)
{
    const uint8_t *bytes;
    size_t length;
    for (unsigned i = 0; i < run->streams; i++) {
        const struct eye_ivf *ivf = &run->clip[i].ivf;
        /* each stream is at another place, so that key frames do not come together */
        const struct eye_ivf_picture *coded = &ivf->picture[(number + i * 60) % ivf->count];
        const struct eye_rect rect = tile(run, i);
        struct picture picture;
        int64_t begin_ns = spent_ns();
        int error = eye_decode(run->decoder[i], coded->bytes, coded->length, &picture);
        int64_t decoded_ns = spent_ns();
        if (error)
            return error;
        scale_into(run->canvas, &rect, &picture);
        run->decode_ns += decoded_ns - begin_ns;
        run->scale_ns += spent_ns() - decoded_ns;
    }
    int64_t begin_ns = spent_ns();
    int error = eye_encode(run->encoder, run->canvas, false, &bytes, &length);
    run->encode_ns += spent_ns() - begin_ns;
    run->octets += length;
    return error;
}

static void wait_until(int64_t due_ns)
{
    const struct timespec due = {.tv_sec = due_ns / CLOCK_NS_PER_S,
                                 .tv_nsec = due_ns % CLOCK_NS_PER_S};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
}

static double cpu_s(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static int run_all(struct floor_run *run)
{
    const unsigned pictures = run->seconds * run->fps, warm = run->fps;
    int64_t period_ns = CLOCK_NS_PER_S / run->fps, due_ns = clock_monotonic_ns(), begin_ns = 0;
    double cpu = 0;
    for (unsigned i = 0; i < warm + pictures; i++, due_ns += period_ns) {
        wait_until(due_ns);
        if (i == warm) {
            run->decode_ns = run->scale_ns = run->encode_ns = 0;
            run->octets = run->late = 0;
            begin_ns = clock_monotonic_ns();
            cpu = cpu_s();
        }
        int error = one_picture(run, i);
        if (error)
            return error;
        run->late += clock_monotonic_ns() > due_ns + period_ns;
    }
    double seconds = (double)(clock_monotonic_ns() - begin_ns) / 1e9;
    printf("{\"streams\": %u, \"codec\": \"%s\", \"seconds\": %.3f, \"cores\": %.4f,\n"
           " \"decode_cores\": %.4f, \"scale_cores\": %.4f, \"encode_cores\": %.4f, "
           "\"kbps\": %.0f, \"late\": %llu}\n",
           run->streams, eye_codec_name(run->codec), seconds, (cpu_s() - cpu) / seconds,
           (double)run->decode_ns / 1e9 / seconds, (double)run->scale_ns / 1e9 / seconds,
           (double)run->encode_ns / 1e9 / seconds, (double)run->octets * 8e-3 / seconds,
           (unsigned long long)run->late);
    return 0;
}

static unsigned number(const char *text, unsigned least, unsigned most, unsigned usual)
{
    unsigned long value = strtoul(text, NULL, 10);
    return value >= least && value <= most ? (unsigned)value : usual;
}

static int read_options(int argc, char **argv, struct floor_run *run)
{
    static const struct option known[] = {
        {"streams", required_argument, NULL, 'n'}, {"codec", required_argument, NULL, 'c'},
        {"seconds", required_argument, NULL, 's'}, {"cache", required_argument, NULL, 'f'},
        {"kbps", required_argument, NULL, 'k'},    {NULL, 0, NULL, 0},
    };
    for (int which, codec; (which = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        switch (which) {
        case 'n':
            run->streams = number(optarg, 1, EYE_MARK_SENDERS, 0);
            break;
        case 's':
            run->seconds = number(optarg, 1, 3600, 0);
            break;
        case 'k':
            run->kbps = number(optarg, 50, 20000, 0);
            break;
        case 'f':
            run->cache = optarg;
            break;
        case 'c':
            codec = eye_codec_by_option(optarg);
            run->codec = codec < 0 ? EYE_CODECS : (enum eye_codec)codec;
            break;
        default:
            return -1;
        }
    }
    return run->streams && run->seconds && run->kbps && run->codec != EYE_CODECS ? 0 : -1;
}

int main(int argc, char **argv)
{
    static struct floor_run run = {.streams = 4,
                                   .seconds = 20,
                                   .width = 1280,
                                   .height = 720,
                                   .fps = 30,
                                   .kbps = 2000,
                                   .codec = EYE_H264};
    if (read_options(argc, argv, &run)) {
        fprintf(stderr, "bench-video-floor: --streams 1..64 --codec h264|vp8|vp9 --seconds S "
                        "--kbps 50..20000 --cache DIR\n");
        return 2;
    }
    int error = open_all(&run);
    if (!error)
        error = run_all(&run);
    if (error)
        fprintf(stderr, "bench-video-floor: %s\n", strerror(-error));
    close_all(&run);
    return error != 0;
}
