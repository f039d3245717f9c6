/* load_words.c - getopt_long, from a table. */
#include "tests/bench/load_words.h"

#include "tests/bench/load_sip.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST = 256 }; /* behind what getopt_long says of its own accord */

int load_words_fail(const char *program, const char *option, const char *value,
                    const char *allowed)
{
    fprintf(stderr, "%s: --%s %s: %s\n", program, option, value, allowed);
    return -EINVAL;
}

static int fail_range(const char *program, const struct load_word *word, const char *value)
{
    char allowed[64];
    snprintf(allowed, sizeof(allowed), "%.0f to %.0f", word->least, word->most);
    return load_words_fail(program, word->name, value, allowed);
}

static int read_count(const char *program, const struct load_word *word, const char *value,
                      unsigned *out)
{
    char *end;
    errno = 0;
    const unsigned long number = strtoul(value, &end, 10);
    if (errno || end == value || *end || (double)number < word->least ||
        (double)number > word->most)
        return fail_range(program, word, value);
    *out = (unsigned)number;
    return 0;
}

static int read_real(const char *program, const struct load_word *word, const char *value,
                     double *out)
{
    char *end;
    const double number = strtod(value, &end);
    if (end == value || *end || !isfinite(number) || number < word->least ||
        number > word->most)
        return fail_range(program, word, value);
    *out = number * (word->scale != 0 ? word->scale : 1);
    return 0;
}

static int read_choice(const char *program, const struct load_word *word, const char *value,
                       bool *out)
{
    char allowed[64];
    *out = !strcmp(value, word->choice[1]);
    if (*out || !strcmp(value, word->choice[0]))
        return 0;
    snprintf(allowed, sizeof(allowed), "%s or %s", word->choice[0], word->choice[1]);
    return load_words_fail(program, word->name, value, allowed);
}

int load_words_take(const char *program, const struct load_word *word, const char *value,
                    void *options)
{
    void *place = (char *)options + word->place;
    switch (word->kind) {
    case LOAD_WORD_COUNT:
        return read_count(program, word, value, place);
    case LOAD_WORD_REAL:
        return read_real(program, word, value, place);
    case LOAD_WORD_TEXT:
        *(const char **)place = value;
        return 0;
    case LOAD_WORD_FLAG:
        *(bool *)place = true;
        return 0;
    case LOAD_WORD_CHOICE:
        return read_choice(program, word, value, place);
    case LOAD_WORD_SERVER:
        return load_sip_read_address(value, place)
                   ? load_words_fail(program, word->name, value,
                                     "an IPv4 address and a port, as 127.0.0.1:5060")
                   : 0;
    case LOAD_WORD_OWN:
        break;
    }
    return word->read(value, options);
}

int load_words_read(const struct load_words *words, int argc, char **argv, void *options)
{
    struct option known[LOAD_WORDS_MOST + 2] = {0};
    assert(words->count <= LOAD_WORDS_MOST);
    for (int i = 0; i < words->count; i++)
        known[i] = (struct option){words->word[i].name,
                                   words->word[i].kind == LOAD_WORD_FLAG ? no_argument
                                                                         : required_argument,
                                   NULL, FIRST + i};
    known[words->count] = (struct option){"help", no_argument, NULL, FIRST + words->count};
    for (int which; (which = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        if (which == FIRST + words->count)
            fputs(words->help, stderr);
        if (which < FIRST || which == FIRST + words->count) /* getopt has said it */
            return -EINVAL;
        const int error =
            load_words_take(words->program, &words->word[which - FIRST], optarg, options);
        if (error)
            return error;
    }
    return 0;
}
