/*
 * ear.c - bench-ear: speaks into a room over a bad network, and listens to what comes out. See
 * --help and README.md.
 *
 * Exit: 0 if the calls stood and something was heard, however badly; 1 if not; 2 for a wrong
 * option.
 */
#include "tests/bench/ear_options.h"
#include "tests/bench/ear_report.h"
#include "tests/bench/ear_run.h"
#include "tests/bench/ear_voice.h"

#include <stdio.h>
#include <string.h>

enum { SPLIT_HZ = 1700, BAND_GAP_HZ = 150, TAIL_S = 1, SPOKEN_DB = -35, LATEST_S = 5 };
#define SPOKEN_S 0.12

struct scene {
    const struct ear_options *options;
    struct ear_signal voice[EAR_PARTIES];
    struct ear_talk talk[EAR_PARTIES];
};

/* Leaves one part of the band to this voice, so that the two can be told apart. */
static int narrow(struct ear_signal *voice, double low_hz, double high_hz)
{
    struct ear_signal band = {0};
    int error = ear_signal_band(voice, low_hz, high_hz, &band);
    ear_signal_destroy(voice);
    *voice = band;
    if (!error)
        ear_voice_scale(voice);
    return error;
}

static int make_voices(struct scene *scene)
{
    const struct ear_options *options = scene->options;
    const double seconds = options->settle + options->seconds + TAIL_S;
    const uint64_t seed = (uint64_t)options->seed;
    struct ear_signal *voice = scene->voice;
    int error = options->speech ? ear_voice_read(options->speech, seconds, &voice[EAR_A])
                                : ear_voice_make(2 * seed, seconds, &voice[EAR_A]);
    if (!error)
        error = ear_signal_create(voice[EAR_A].count, &voice[EAR_B]);
    if (!error && options->third) {
        error = narrow(&voice[EAR_A], 0, SPLIT_HZ - BAND_GAP_HZ);
        if (!error) /* longer, for A may pause */
            error = ear_voice_make(2 * seed + 1, seconds + options->fault_for, &voice[EAR_C]);
        if (!error)
            error = narrow(&voice[EAR_C], SPLIT_HZ + BAND_GAP_HZ, 3400);
    }
    return error;
}

static bool is_spoken(const struct ear_signal *voice, double from_s, double for_s)
{
    const size_t piece = 10 * EAR_PER_MS, end = (size_t)((from_s + for_s) * EAR_HZ);
    for (size_t at = (size_t)(from_s * EAR_HZ); at + piece <= end; at += piece)
        if (end > voice->count || ear_level_db(voice->at + at, piece) < SPOKEN_DB)
            return false;
    return true;
}

/* A fault begins and ends amid a word, or nobody could tell when it was over. */
static double place_fault(const struct ear_options *options, const struct ear_signal *voice)
{
    const double first_s = options->settle + options->fault_at;
    for (int i = 0; i < LATEST_S * 100; i++) {
        double at_s = first_s + i / 100.0;
        if (is_spoken(voice, at_s, SPOKEN_S) &&
            is_spoken(voice, at_s + options->fault_for, SPOKEN_S))
            return at_s;
    }
    return first_s;
}

static int make_talks(struct scene *scene)
{
    const struct ear_options *options = scene->options;
    int error = 0;
    for (int i = 0; i < EAR_PARTIES && !error; i++) {
        struct ear_talk_plan plan = {.codec = options->codec,
                                     .voice = &scene->voice[i],
                                     .seed = (uint64_t)options->seed * 4 + (unsigned)i};
        if (i == EAR_A) {
            plan.clock_ppm = options->clock_ppm;
            plan.fec = options->fec;
            plan.fault = options->fault;
            plan.fault_at_s = place_fault(options, &scene->voice[i]);
            plan.fault_for_s = options->fault_for;
        }
        if (scene->voice[i].count)
            error = ear_talk_create(&plan, &scene->talk[i]);
    }
    return error;
}

static int run(struct scene *scene)
{
    const struct ear_options *options = scene->options;
    struct ear_talk *talk = scene->talk;
    struct ear_run_result result;
    struct ear_heard heard = {0};
    const struct ear_run_plan plan = {
        .server = options->server,
        .room = options->room,
        .codec = options->codec,
        .talk = {&talk[EAR_A], &talk[EAR_B], options->third ? &talk[EAR_C] : NULL},
        .path = &options->path,
        .before_end = options->before_end};
    int error = ear_run(&plan, &result, &heard);
    struct ear_report report = {.options = options,
                                .run = &result,
                                .heard = &heard,
                                .talk = talk,
                                .voice = scene->voice,
                                .split_hz = options->third ? SPLIT_HZ : 0};
    if (!error)
        error = ear_report_print(&report);
    ear_heard_destroy(&heard);
    return error;
}

int main(int argc, char **argv)
{
    struct ear_options options;
    if (ear_options_read(argc, argv, &options))
        return 2;
    struct scene scene = {.options = &options};
    int error = make_voices(&scene);
    if (!error)
        error = make_talks(&scene);
    if (error)
        fprintf(stderr, "bench-ear: %s\n", strerror(-error));
    else
        error = run(&scene);
    for (int i = 0; i < EAR_PARTIES; i++) {
        ear_talk_destroy(&scene.talk[i]);
        ear_signal_destroy(&scene.voice[i]);
    }
    return error ? 1 : 0;
}
