/* ear_options.c - the table of options. */
#include "tests/bench/ear_options.h"

#include "tests/bench/load_words.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

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
    "  --fault NAME            sizes empty long ptime sequence timestamp back restart "
    "ssrc\n"
    "                          double pause hold, amid a word from --fault-at S on, for "
    "--fault-for S\n"
    "  --third                 C speaks all the time: A below, C above 1700 Hz, told apart so\n"
    "  --before-end COMMAND    run by the shell when A has said all; A is whoever joined last\n"
    "  --keep DIRECTORY        writes said.wav and heard.wav\n";

static int fail(const char *option, const char *value, const char *allowed)
{
    return load_words_fail("bench-ear", option, value, allowed);
}

static int read_codec(const char *value, void *into)
{
    struct ear_options *options = into;
    options->codec = load_codec_by_option(value);
    return options->codec ? 0 : fail("codec", value, "pcmu, pcma, g722 or opus");
}

static int read_kind(const char *value, void *into)
{
    static const char *const kinds[] = {"uniform", "normal", "ordered"};
    struct ear_options *options = into;
    for (int i = 0; i < 3; i++)
        if (!strcmp(value, kinds[i])) {
            options->path.jitter = (enum ear_jitter)i;
            return 0;
        }
    return fail("jitter-kind", value, "uniform, normal or ordered");
}

static int read_fault(const char *value, void *into)
{
    struct ear_options *options = into;
    int fault = ear_fault_by_name(value);
    if (fault < 0)
        return fail("fault", value, "see --help");
    options->fault = (enum ear_fault)fault;
    return 0;
}

#define PLACE(field) .place = offsetof(struct ear_options, field)
static const struct load_word words[] = {
    {"server", LOAD_WORD_SERVER, PLACE(server)},
    {"room", LOAD_WORD_TEXT, PLACE(room)},
    {"speech", LOAD_WORD_TEXT, PLACE(speech)},
    {"keep", LOAD_WORD_TEXT, PLACE(keep)},
    {"before-end", LOAD_WORD_TEXT, PLACE(before_end)},
    {"codec", LOAD_WORD_OWN, .read = read_codec},
    {"jitter-kind", LOAD_WORD_OWN, .read = read_kind},
    {"fault", LOAD_WORD_OWN, .read = read_fault},
    {"third", LOAD_WORD_FLAG, PLACE(third)},
    {"fec", LOAD_WORD_FLAG, PLACE(fec)},
    {"seconds", LOAD_WORD_REAL, PLACE(seconds), 1, 3600},
    {"settle", LOAD_WORD_REAL, PLACE(settle), 0, 60},
    {"seed", LOAD_WORD_REAL, PLACE(seed), 0, 4294967295},
    {"loss", LOAD_WORD_REAL, PLACE(path.loss), 0, 100, 0.01},
    {"burst", LOAD_WORD_REAL, PLACE(path.burst), 1, 100},
    {"delay", LOAD_WORD_REAL, PLACE(path.delay_ms), 0, 500},
    {"jitter", LOAD_WORD_REAL, PLACE(path.jitter_ms), 0, 1000},
    {"reorder", LOAD_WORD_REAL, PLACE(path.reorder), 0, 100, 0.01},
    {"duplicate", LOAD_WORD_REAL, PLACE(path.duplicate), 0, 100, 0.01},
    {"step", LOAD_WORD_REAL, PLACE(path.step_ms), 0, 1000},
    {"step-at", LOAD_WORD_REAL, PLACE(path.step_at_s), 0, 3600},
    {"step-for", LOAD_WORD_REAL, PLACE(path.step_for_s), 0, 3600},
    {"clock-ppm", LOAD_WORD_REAL, PLACE(clock_ppm), -5000, 5000},
    {"fault-at", LOAD_WORD_REAL, PLACE(fault_at), 0, 3600},
    {"fault-for", LOAD_WORD_REAL, PLACE(fault_for), 0, 3600},
};

int ear_options_read(int argc, char **argv, struct ear_options *options)
{
    static const struct load_words line = {"bench-ear", help, words,
                                           sizeof(words) / sizeof(words[0])};
    *options = (struct ear_options){.room = "ear",
                                    .seconds = 20,
                                    .settle = 2,
                                    .seed = 1,
                                    .fault_at = 5,
                                    .fault_for = 3,
                                    .codec = load_codec_by_option("pcmu")};
    const int error = load_words_read(&line, argc, argv, options);
    if (error)
        return error;
    options->path.seed = (uint64_t)options->seed;
    return options->server.sin_port ? 0 : fail("server", "", "is needed");
}
