/*
 * ear_run.h - up to three callers in one room: A speaks over a bad network, B listens, C speaks
 * over a good one. They join in the order B, C, A.
 *
 * Thread   one.
 * Errors   0 or a negative errno, after a line on stderr; -ECONNRESET: the server ended a call.
 */
#ifndef TESTS_BENCH_EAR_RUN_H
#define TESTS_BENCH_EAR_RUN_H

#include "tests/bench/ear_hear.h"
#include "tests/bench/ear_path.h"
#include "tests/bench/ear_talk.h"

#include <netinet/in.h>

enum ear_party { EAR_A, EAR_B, EAR_C, EAR_PARTIES };

struct ear_run_plan {
    struct sockaddr_in server;
    const char *room;
    const struct load_codec *codec;
    struct ear_talk *talk[EAR_PARTIES]; /* borrowed; C: NULL if there is none */
    const struct ear_path *path;        /* of A */
    const char *before_end; /* a shell command, run when A has said all; NULL: none */
};

struct ear_run_result {
    size_t sent, packets; /* by A: packets that left, and that there were */
    double late_ms;       /* the worst lateness of our own sending */
    unsigned late;        /* packets that left more than 10 ms late */
};

/** Calls, talks, hears; what B heard is the caller's. */
int ear_run(const struct ear_run_plan *plan, struct ear_run_result *result,
            struct ear_heard *heard);

#endif
