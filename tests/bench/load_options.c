/* load_options.c - the table of options, and what goes together. */
#include "tests/bench/load_options.h"

#include "tests/bench/load_words.h"

#include <stddef.h>
#include <string.h>

static const char help[] =
    "bench-load: calls a SIP server, speaks, listens, counts. One JSON object on stdout.\n"
    "  --server HOST:PORT      call this server (IPv4, UDP)\n"
    "  --floor FILE            no SIP: legs to the ports that bench-floor wrote to FILE\n"
    "  --legs N                legs at once (200)\n"
    "  --rooms M               spread over rooms bench-1 .. bench-M (1)\n"
    "  --codec NAME            pcmu, pcma, g722 or opus (pcmu)\n"
    "  --srtp SUITE            encrypted, as in a=crypto: AES_CM_128_HMAC_SHA1_80, ...\n"
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
    return load_words_fail("bench-load", option, value, allowed);
}

static int read_codec(const char *value, void *into)
{
    struct load_options *options = into;
    options->codec = load_codec_by_option(value);
    return options->codec ? 0 : fail("codec", value, "pcmu, pcma, g722 or opus");
}

static int read_suite(const char *value, void *into)
{
    struct load_options *options = into;
    options->suite = rtp_suite_by_name(value, strlen(value));
    return options->suite ? 0 : fail("srtp", value, "no such suite");
}

#define PLACE(field) .place = offsetof(struct load_options, field)

static int read_talkers(const char *value, void *into)
{
    static const struct load_word talkers = {"talkers", LOAD_WORD_COUNT, PLACE(talkers), 0,
                                             LOAD_MAX_LEGS};
    return strcmp(value, "all") ? load_words_take("bench-load", &talkers, value, into) : 0;
}

static const struct load_word words[] = {
    {"server", LOAD_WORD_SERVER, PLACE(server)},
    {"floor", LOAD_WORD_TEXT, PLACE(floor)},
    {"codec", LOAD_WORD_OWN, .read = read_codec},
    {"srtp", LOAD_WORD_OWN, .read = read_suite},
    {"talkers", LOAD_WORD_OWN, .read = read_talkers},
    {"options", LOAD_WORD_FLAG, PLACE(options)},
    {"table", LOAD_WORD_FLAG, PLACE(table)},
    {"legs", LOAD_WORD_COUNT, PLACE(legs), 1, LOAD_MAX_LEGS},
    {"rooms", LOAD_WORD_COUNT, PLACE(rooms), 1, LOAD_MAX_LEGS},
    {"rate", LOAD_WORD_COUNT, PLACE(rate), 1, 10000},
    {"seconds", LOAD_WORD_COUNT, PLACE(seconds), 1, 86400},
    {"for", LOAD_WORD_COUNT, PLACE(seconds), 1, 86400},
    {"phases", LOAD_WORD_COUNT, PLACE(phases), 1, 20},
    {"calls-per-second", LOAD_WORD_COUNT, PLACE(turnover), 1, 10000},
    {"hold", LOAD_WORD_COUNT, PLACE(hold_ms), 1, 600000},
    {"watch", LOAD_WORD_COUNT, PLACE(watch), 1, 1U << 30},
};

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
    static const struct load_words line = {"bench-load", help, words,
                                           sizeof(words) / sizeof(words[0])};
    *options = (struct load_options){.legs = 200,
                                     .rooms = 1,
                                     .talkers = LOAD_MAX_LEGS,
                                     .rate = 100,
                                     .seconds = 20,
                                     .phases = 4,
                                     .hold_ms = 500,
                                     .codec = load_codec_by_option("pcmu")};
    const int error = load_words_read(&line, argc, argv, options);
    return error ? error : check(options);
}
