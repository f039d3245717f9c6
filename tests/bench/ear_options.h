/*
 * ear_options.h - the command line of bench-ear.
 *
 * Errors   -EINVAL after a line on stderr that names the option, the value and what is allowed.
 */
#ifndef TESTS_BENCH_EAR_OPTIONS_H
#define TESTS_BENCH_EAR_OPTIONS_H

#include "tests/bench/ear_path.h"
#include "tests/bench/ear_talk.h"

#include <netinet/in.h>
#include <stdbool.h>

struct ear_options {
    struct sockaddr_in server;
    const char *room;
    const char *speech;     /* WAV file; NULL: by formula */
    const char *keep;       /* directory for said.wav and heard.wav; NULL: none */
    const char *before_end; /* shell command; NULL: none */
    const struct load_codec *codec;
    double seconds; /* measured */
    double settle;  /* said before that, and not measured [s] */
    double seed;
    struct ear_path path;
    double clock_ppm;
    enum ear_fault fault;
    double fault_at, fault_for; /* [s], of what A says */
    bool third;                 /* C speaks, too */
    bool fec;
};

int ear_options_read(int argc, char **argv, struct ear_options *options);

#endif
