/*
 * eye_options.h - the command line of bench-video.
 *
 * Errors   -EINVAL after a line on stderr that names the option, the value and what is allowed.
 */
#ifndef TESTS_BENCH_EYE_OPTIONS_H
#define TESTS_BENCH_EYE_OPTIONS_H

#include "tests/bench/eye_coder.h"
#include "tests/bench/eye_fault.h"
#include "tests/bench/eye_look.h"

#include <netinet/in.h>

struct eye_options {
    struct sockaddr_in server; /* family 0: none, see mirror                              */
    bool mirror;               /* each leg's packets come back to itself                  */
    const char *room, *cache, *keep, *name;
    unsigned senders, watchers, first_id;
    unsigned seconds;    /* measured; 0: until SIGTERM                              */
    unsigned warm_ms;    /* after the last call is up, before the measuring begins  */
    unsigned stagger_ms; /* between two calls                                       */
    enum eye_codec codec, watch_codec;
    bool single, high, avp;
    unsigned width, height, fps, kbps;
    bool bt709, full_range;
    bool nack;
    unsigned loss_percent_100; /* 1/100 of a percent */
    unsigned burst;
    bool loss_up, loss_down;
    unsigned seed;
    enum eye_fault fault; /* of the first leg, or of all */
    unsigned talker;      /* index of the sender who speaks; EYE_NOBODY */
    unsigned watch;       /* process whose CPU and memory is measured; 0: none */
    bool table, make_only, senders_blind;
    bool json; /* as it is anyway */
    bool lips; /* the first sender pips: how far sound and picture are apart  */
    unsigned audio_delay_ms, audio_jitter_ms, video_delay_ms; /* of the first sender */
    struct eye_look_plan look; /* columns 0 and count 0: nobody looks */
};

enum { EYE_MAX_LEGS = 200, EYE_NOBODY = 9999 };

int eye_options_read(int argc, char **argv, struct eye_options *options);

#endif
