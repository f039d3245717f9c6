/*
 * text.h - a text that grows in a fixed buffer and can never leave it.
 *
 *   struct text text;
 *   text_init(&text, buffer, sizeof(buffer));
 *   text_add(&text, "m=audio %u", port);
 *   if (text.full) ...it did not fit...
 *
 * Shape    always NUL-terminated; what does not fit is cut off and `full` is set for good.
 * Thread   any; pure.
 */
#ifndef SERVER_SDP_TEXT_H
#define SERVER_SDP_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct text {
    char *data;
    size_t room;   /* bytes of data, with the NUL */
    size_t length; /* bytes written, without it   */
    bool full;
};

/** Starts an empty text in @p data, which is borrowed; @p room is at least 1. */
void text_init(struct text *text, char *data, size_t room);

void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Adds @p length bytes as they are. */
void text_add_bytes(struct text *text, const char *bytes, size_t length);

#endif
