/*
 * greeting.h - the lines that a person reads at start: what to dial, what to open, where data
 * is.
 *
 * Thread   main.
 */
#ifndef SERVER_GREETING_H
#define SERVER_GREETING_H

#include "conf/conf.h"

/** Writes them to stdout, or to the log if that is JSON. @p token_path: the file with the admin
 * token; NULL: it is configured.
 */
void greeting_print(const struct conf *conf, const char *token_path, const char *self_signed);

#endif
