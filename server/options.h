/*
 * options.h - the command line: raduno [doctor [--json]] [--config FILE] [--set KEY=VALUE]...
 * [--check] [--version] [--help]
 *
 * Thread   main, before the others start.
 */
#ifndef SERVER_OPTIONS_H
#define SERVER_OPTIONS_H

#include <stdbool.h>

enum { OPTIONS_MAX_SETS = 256 };

struct options {
    const char *config;                 /* NULL: built-in defaults; borrowed from argv */
    const char *sets[OPTIONS_MAX_SETS]; /* borrowed from argv                          */
    unsigned set_count;
    bool doctor, json, check, version, help;
};

/** @return 0; or -EINVAL after saying on stderr what is wrong. */
int options_read(int argc, char *const argv[], struct options *options);

/** Writes the help to stdout. */
void options_help(void);

#endif
