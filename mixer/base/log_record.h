/*
 * log_record.h - how a line of the log is written: as text, or as an object of JSON.
 *
 *   2026-11-23T20:00:00.123Z info  sip    call pZk3...: hung up: kicked
 *   {"time":"2026-11-23T20:00:00.123Z","level":"info","area":"sip","call":"pZk3...",
 *    "message":"hung up: kicked"}                                    (on one line)
 *
 * Names in it come from the network. As text, control bytes and what is no UTF-8 are \xNN. As
 * JSON they are escaped as JSON has it, and what is no UTF-8 is U+FFFD: each line is a valid
 * object, whatever came. A line that would be too long is cut, and then ends in "...".
 *
 * Thread   any.
 * Source   RFC 3339 (time), RFC 8259.
 */
#ifndef MIXER_BASE_LOG_RECORD_H
#define MIXER_BASE_LOG_RECORD_H

#include "mixer/base/log.h"

#include <stdbool.h>
#include <stdint.h>

enum { LOG_RECORD_BYTES = 1024 };

struct log_record {
    enum log_level level;
    int64_t wall_ns;
    const char *area; /* a short constant                          */
    const char *call; /* id of the call it is about, up to 31 bytes; NULL: none */
    const char *text;
    bool is_cut; /* there was more of it */
};

/** @return the length of what is in @p out, its newline included; there is no NUL. */
unsigned log_record_write(const struct log_record *record, enum log_format format,
                          char out[LOG_RECORD_BYTES]);

#endif
