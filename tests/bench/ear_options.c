/* ear_options.c - getopt_long; numbers with their ranges in one table. */
#include "tests/bench/ear_options.h"

#include "tests/bench/load_sip.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SERVER = 256,
    ROOM,
    SPEECH,
    KEEP,
    BEFORE_END,
    CODEC,
    KIND,
    FAULT,
    THIRD,
    FEC,
    HELP,
    NUMBERS
};

/* An option that is a number: where it goes, what it may be, what its unit is worth. */
static const struct number {
    const char *name;
    size_t place;
    double least, most, scale;
} numbers[] = {
    {"seconds", offsetof(struct ear_options, seconds), 1, 3600, 1},
    {"settle", offsetof(struct ear_options, settle), 0, 60, 1},
    {"seed", offsetof(struct ear_options, seed), 0, 4294967295, 1},
    {"loss", offsetof(struct ear_options, path.loss), 0, 100, 0.01},
    {"burst", offsetof(struct ear_options, path.burst), 1, 100, 1},
    {"delay", offsetof(struct ear_options, path.delay_ms), 0, 500, 1},
    {"jitter", offsetof(struct ear_options, path.jitter_ms), 0, 1000, 1},
    {"reorder", offsetof(struct ear_options, path.reorder), 0, 100, 0.01},
    {"duplicate", offsetof(struct ear_options, path.duplicate), 0, 100, 0.01},
    {"step", offsetof(struct ear_options, path.step_ms), 0, 1000, 1},
    {"step-at", offsetof(struct ear_options, path.step_at_s), 0, 3600, 1},
    {"step-for", offsetof(struct ear_options, path.step_for_s), 0, 3600, 1},
    {"clock-ppm", offsetof(struct ear_options, clock_ppm), -5000, 5000, 1},
    {"fault-at", offsetof(struct ear_options, fault_at), 0, 3600, 1},
    {"fault-for", offsetof(struct ear_options, fault_for), 0, 3600, 1},
};
enum { NUMBER_COUNT = sizeof(numbers) / sizeof(numbers[0]) };

static const struct option words[] = {
    {"server", required_argument, NULL, SERVER},
    {"room", required_argument, NULL, ROOM},
    {"speech", required_argument, NULL, SPEECH},
    {"keep", required_argument, NULL, KEEP},
    {"before-end", required_argument, NULL, BEFORE_END},
    {"codec", required_argument, NULL, CODEC},
    {"jitter-kind", required_argument, NULL, KIND},
    {"fault", required_argument, NULL, FAULT},
    {"third", no_argument, NULL, THIRD},
    {"fec", no_argument, NULL, FEC},
    {"help", no_argument, NULL, HELP},
};
enum { WORD_COUNT = sizeof(words) / sizeof(words[0]) };

static const char help[] =
    "bench-ear: A speaks to B through a server and a bad network; one JSON object says what B\n"
    "heard. The same seed is the same network.\n"
    "  --server HOST:PORT      IPv4, UDP\n"
    "  --room NAME             to call (ear)\n"
    "  --codec NAME            pcmu, pcma, g722 or opus (pcmu)\n"
    "  --fec                   Opus: A's packets carry the one before, too\n"
    "  --seconds S             measured (20), after --settle S that are not (2)\n"
    "  --speech FILE           what A says: WAV, 16 bits, mono; without: speech by formula\n"
    "  --seed N                of network, faults and formula speech (1)\n"
    "  --loss PERCENT          of A's packets; --burst N: in bursts of N on average\n"
    "  --delay MS              fixed; it is taken off the delay that is printed\n"
    "  --jitter MS             --jitter-kind uniform (0..MS), normal (|normal|, deviation "
    "MS/2),\n"
    "                          ordered (uniform, but nobody overtakes)\n"
    "  --reorder PERCENT       leave 30 ms late;  --duplicate PERCENT  leave twice\n"
    "  --step MS               more delay, --step-at S for --step-for S\n"
    "  --clock-ppm N           A's clock is fast by N parts of a million\n"
    "  --fault NAME            sizes empty long ptime sequence timestamp back ssrc double "
    "pause\n"
    "                          hold, amid a word from --fault-at S on, for --fault-for S\n"
    "  --third                 C speaks all the time: A below, C above 1700 Hz, told apart so\n"
    "  --before-end COMMAND    run by the shell when A has said all; A is whoever joined last\n"
    "  --keep DIRECTORY        writes said.wav and heard.wav\n";

static int fail(const char *option, const char *value, const char *allowed)
{
    fprintf(stderr, "bench-ear: --%s %s: %s\n", option, value, allowed);
    return -EINVAL;
}

static int read_number(const struct number *number, const char *text,
                       struct ear_options *options)
{
    char *end, allowed[64];
    double value = strtod(text, &end);
    if (end == text || *end || !isfinite(value) || value < number->least ||
        value > number->most) {
        snprintf(allowed, sizeof(allowed), "%.0f to %.0f", number->least, number->most);
        return fail(number->name, text, allowed);
    }
    value *= number->scale;
    memcpy((char *)options + number->place, &value, sizeof(value));
    return 0;
}

static int read_server(const char *text, struct sockaddr_in *server)
{
    return load_sip_read_address(text, server)
               ? fail("server", text, "an IPv4 address and a port, as 127.0.0.1:5060")
               : 0;
}

static int read_kind(const char *text, struct ear_options *options)
{
    static const char *const kinds[] = {"uniform", "normal", "ordered"};
    for (int i = 0; i < 3; i++)
        if (!strcmp(text, kinds[i])) {
            options->path.jitter = (enum ear_jitter)i;
            return 0;
        }
    return fail("jitter-kind", text, "uniform, normal or ordered");
}

static int read_fault(const char *text, struct ear_options *options)
{
    int fault = ear_fault_by_name(text);
    if (fault < 0)
        return fail("fault", text, "see --help");
    options->fault = (enum ear_fault)fault;
    return 0;
}

static int read_word(int which, const char *value, struct ear_options *options)
{
    switch (which) {
    case SERVER:
        return read_server(value, &options->server);
    case ROOM:
        options->room = value;
        return 0;
    case SPEECH:
        options->speech = value;
        return 0;
    case KEEP:
        options->keep = value;
        return 0;
    case BEFORE_END:
        options->before_end = value;
        return 0;
    case CODEC:
        options->codec = load_codec_by_option(value);
        return options->codec ? 0 : fail("codec", value, "pcmu, pcma, g722 or opus");
    case KIND:
        return read_kind(value, options);
    case FAULT:
        return read_fault(value, options);
    case THIRD:
        options->third = true;
        return 0;
    case FEC:
        options->fec = true;
        return 0;
    case HELP:
        fputs(help, stderr);
        return -EINVAL;
    default: /* getopt has said it */
        return -EINVAL;
    }
}

int ear_options_read(int argc, char **argv, struct ear_options *options)
{
    struct option known[WORD_COUNT + NUMBER_COUNT + 1] = {0};
    memcpy(known, words, sizeof(words));
    for (int i = 0; i < NUMBER_COUNT; i++)
        known[WORD_COUNT + i] =
            (struct option){numbers[i].name, required_argument, NULL, NUMBERS + i};

    *options = (struct ear_options){.room = "ear",
                                    .seconds = 20,
                                    .settle = 2,
                                    .seed = 1,
                                    .fault_at = 5,
                                    .fault_for = 3,
                                    .codec = load_codec_by_option("pcmu")};
    for (int which; (which = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        int error = which >= NUMBERS ? read_number(&numbers[which - NUMBERS], optarg, options)
                                     : read_word(which, optarg, options);
        if (error)
            return error;
    }
    options->path.seed = (uint64_t)options->seed;
    return options->server.sin_port ? 0 : fail("server", "", "is needed");
}
