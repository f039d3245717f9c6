/*
 * load_options.h - the command line of bench-load.
 *
 * Errors   -EINVAL after a line on stderr that names the option, the value and what is allowed.
 */
#ifndef TESTS_BENCH_LOAD_OPTIONS_H
#define TESTS_BENCH_LOAD_OPTIONS_H

#include "tests/bench/load_speech.h"

#include "server/rtp/rtp_keys.h"
#include <netinet/in.h>

#include <stdbool.h>

enum { LOAD_MAX_LEGS = 10000 };

struct load_options {
    struct sockaddr_in server; /* family 0: no SIP, see floor                            */
    const char *floor;         /* file with the "ports ..." line of bench-floor, or NULL */
    const struct load_codec *codec;
    enum rtp_suite suite; /* RTP_SUITE_NONE: plain */
    unsigned legs, rooms, talkers;
    unsigned rate;     /* calls begun per second                                 */
    unsigned seconds;  /* measured                                               */
    unsigned phases;   /* the legs' sending is spread over so many parts of 20 ms */
    unsigned turnover; /* calls per second that come and go; 0: calls stay       */
    unsigned hold_ms;  /* of a call that comes and goes                          */
    bool options;      /* turnover of OPTIONS, not of calls                      */
    unsigned watch;    /* process whose CPU and memory is measured; 0: none      */
    bool table;
};

int load_options_read(int argc, char **argv, struct load_options *options);

#endif
