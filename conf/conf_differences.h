/*
 * conf_differences.h - which keys have other values in two configurations: for a reload.
 *
 * Thread   any; pure.
 */
#ifndef CONF_CONF_DIFFERENCES_H
#define CONF_CONF_DIFFERENCES_H

#include "conf/conf.h"

/** Calls @p on_key(context, path) for every key whose value differs, in the order of the table.
 *  @return how many. */
unsigned conf_differences(const struct conf *a, const struct conf *b,
                          void (*on_key)(void *context, const char *path), void *context);

#endif
