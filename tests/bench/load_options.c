/* load_options.c - getopt_long; numbers with their ranges in one table. */
#include "tests/bench/load_options.h"

#include "tests/bench/load_sip.h"

#include <errno.h>
#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SERVER = 256, FLOOR, CODEC, TALKERS, OPTIONS, TABLE, HELP, NUMBERS };

/* An option that is a number: where it goes and what it may be. */
static const struct number {
    const char *name;
    size_t place;
    unsigned least, most;
} numbers[] = {
    {"legs", offsetof(struct load_options, legs), 1, LOAD_MAX_LEGS},
    {"rooms", offsetof(struct load_options, rooms), 1, LOAD_MAX_LEGS},
    {"rate", offsetof(struct load_options, rate), 1, 10000},
    {"seconds", offsetof(struct load_options, seconds), 1, 86400},
    {"for", offsetof(struct load_options, seconds), 1, 86400},
    {"phases", offsetof(struct load_options, phases), 1, 20},
    {"calls-per-second", offsetof(struct load_options, turnover), 1, 10000},
    {"hold", offsetof(struct load_options, hold_ms), 1, 600000},
    {"watch", offsetof(struct load_options, watch), 1, 1U << 30},
};
enum { NUMBER_COUNT = sizeof(numbers) / sizeof(numbers[0]) };

static const struct option words[] = {
    {"server", required_argument, NULL, SERVER}, {"floor", required_argument, NULL, FLOOR},
    {"codec", required_argument, NULL, CODEC},   {"talkers", required_argument, NULL, TALKERS},
    {"options", no_argument, NULL, OPTIONS},     {"table", no_argument, NULL, TABLE},
    {"help", no_argument, NULL, HELP},
};
enum { WORD_COUNT = sizeof(words) / sizeof(words[0]) };

static const char help[] =
    "bench-load: calls a SIP server, speaks, listens, counts. One JSON object on stdout.\n"
    "  --server HOST:PORT      call this server (IPv4, UDP)\n"
    "  --floor FILE            no SIP: legs to the ports that bench-floor wrote to FILE\n"
    "  --legs N                legs at once (200)\n"
    "  --rooms M               spread over rooms bench-1 .. bench-M (1)\n"
    "  --codec NAME            pcmu, pcma, g722 or opus (pcmu)\n"
    "  --talkers all|K         how many speak; the others send a quiet line (all)\n"
    "  --rate R                calls begun per second (100)\n"
    "  --seconds S             measured, once all calls are up (20)\n"
    "  --phases P              sending spread over P parts of 20 ms, 1..20 (4)\n"
    "  --calls-per-second R    calls that come and go, at this rate, for --for S seconds\n"
    "  --hold MS               how long such a call is up (500)\n"
    "  --options               OPTIONS requests at that rate, instead of calls\n"
    "  --watch PID             measure CPU and memory of this process, too\n"
    "  --table                 figures for a person on stderr, too\n";

static int fail(const char *option, const char *value, const char *allowed)
{
    fprintf(stderr, "bench-load: --%s %s: %s\n", option, value, allowed);
    return -EINVAL;
}

static int read_number(const struct number *number, const char *text,
                       struct load_options *options)
{
    char *end, allowed[64];
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (errno || end == text || *end || value < number->least || value > number->most) {
        snprintf(allowed, sizeof(allowed), "%u to %u", number->least, number->most);
        return fail(number->name, text, allowed);
    }
    unsigned checked = (unsigned)value;
    memcpy((char *)options + number->place, &checked, sizeof(checked));
    return 0;
}

static int read_server(const char *text, struct sockaddr_in *server)
{
    return load_sip_read_address(text, server)
               ? fail("server", text, "an IPv4 address and a port, as 127.0.0.1:5060")
               : 0;
}

static int read_word(int which, const char *value, struct load_options *options)
{
    static const struct number talkers = {"talkers", offsetof(struct load_options, talkers), 0,
                                          LOAD_MAX_LEGS};
    switch (which) {
    case SERVER:
        return read_server(value, &options->server);
    case FLOOR:
        options->floor = value;
        return 0;
    case CODEC:
        options->codec = load_codec_by_option(value);
        return options->codec ? 0 : fail("codec", value, "pcmu, pcma, g722 or opus");
    case TALKERS:
        return strcmp(value, "all") ? read_number(&talkers, value, options) : 0;
    case OPTIONS:
        options->options = true;
        return 0;
    case TABLE:
        options->table = true;
        return 0;
    case HELP:
        fputs(help, stderr);
        return -EINVAL;
    default: /* getopt has said it */
        return -EINVAL;
    }
}

static int check(struct load_options *options)
{
    if (!options->server.sin_family == !options->floor)
        return fail("server", "", "give either --server or --floor");
    if (options->turnover && options->floor)
        return fail("calls-per-second", "", "needs --server");
    if (options->options && !options->turnover)
        return fail("options", "", "needs --calls-per-second");
    return 0;
}

int load_options_read(int argc, char **argv, struct load_options *options)
{
    struct option known[WORD_COUNT + NUMBER_COUNT + 1] = {0};
    memcpy(known, words, sizeof(words));
    for (int i = 0; i < NUMBER_COUNT; i++)
        known[WORD_COUNT + i] =
            (struct option){numbers[i].name, required_argument, NULL, NUMBERS + i};

    *options = (struct load_options){.legs = 200,
                                     .rooms = 1,
                                     .talkers = LOAD_MAX_LEGS,
                                     .rate = 100,
                                     .seconds = 20,
                                     .phases = 4,
                                     .hold_ms = 500,
                                     .codec = load_codec_by_option("pcmu")};
    for (int which; (which = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        int error = which >= NUMBERS ? read_number(&numbers[which - NUMBERS], optarg, options)
                                     : read_word(which, optarg, options);
        if (error)
            return error;
    }
    return check(options);
}
