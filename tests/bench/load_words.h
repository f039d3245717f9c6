/*
 * load_words.h - the command lines of the bench programs: one table says what each option is
 * and where it goes.
 *
 *   static const struct load_word words[] = {
 *       {"legs", LOAD_WORD_COUNT, offsetof(struct load_options, legs), .least = 1, .most = 9},
 *       {"codec", LOAD_WORD_OWN, .read = read_codec},
 *   };
 *   static const struct load_words line = {"bench-load", help, words, WORDS};
 *   load_words_read(&line, argc, argv, &options);
 *
 * Errors   -EINVAL after a line on stderr that names the option, the value and what is allowed;
 *          --help, which every program has, is one, too.
 */
#ifndef TESTS_BENCH_LOAD_WORDS_H
#define TESTS_BENCH_LOAD_WORDS_H

#include <stddef.h>

enum { LOAD_WORDS_MOST = 64 };

enum load_word_kind {
    LOAD_WORD_COUNT,  /* unsigned                                         */
    LOAD_WORD_REAL,   /* double                                           */
    LOAD_WORD_TEXT,   /* const char *, borrowed from argv                 */
    LOAD_WORD_FLAG,   /* bool; has no value                               */
    LOAD_WORD_CHOICE, /* bool, true: the second of two words              */
    LOAD_WORD_SERVER, /* struct sockaddr_in                               */
    LOAD_WORD_OWN,    /* read() says what                                 */
};

struct load_word {
    const char *name;
    enum load_word_kind kind;
    size_t place; /* in the program's options */
    double least, most;
    double scale; /* REAL: what its unit is worth; 0: 1 */
    const char *choice[2];
    int (*read)(const char *value, void *options);
};

/** Says what is wrong. @return -EINVAL. */
int load_words_fail(const char *program, const char *option, const char *value,
                    const char *allowed);

/** Reads one value as @p word says. */
int load_words_take(const char *program, const struct load_word *word, const char *value,
                    void *options);

/** A program's table of at most LOAD_WORDS_MOST rows, and what --help says. */
struct load_words {
    const char *program, *help;
    const struct load_word *word;
    int count;
};

int load_words_read(const struct load_words *words, int argc, char **argv, void *options);

#endif
