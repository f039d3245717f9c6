/*
 * room_text.h - names that came from a network, made fit to be shown: valid UTF-8, one line.
 *
 * Thread   any; pure.
 * Source   RFC 3629 (UTF-8); Unicode TR 36 section 2.7 (bidirectional text that lies).
 */
#ifndef SERVER_ROOM_ROOM_TEXT_H
#define SERVER_ROOM_ROOM_TEXT_H

#include <stddef.h>
#include <stdint.h>

/**
 * Copies @p in to @p out, which has room for @p room bytes (at least 1) with the final NUL.
 * Control characters (C0, DEL, C1, line separators, direction overrides) are removed, each byte
 * that is not UTF-8 becomes U+FFFD; what does not fit is cut between two characters.
 * @p in may be NULL: "". It may be @p out itself only if it is valid UTF-8 already.
 */
void room_text_clean(char *out, size_t room, const char *in);

/** Writes @p name or, better than none, the user part of @p uri. Both are clean, and not NULL.
 */
void room_text_name(char *out, size_t room, const char *name, const char *uri);

enum { ROOM_TEXT_SIZE_BYTES = 16 };

/** "1.2 MB", as file managers have it. */
void room_text_size(uint64_t bytes, char out[ROOM_TEXT_SIZE_BYTES]);

/** A text grows at most so many times: a byte becomes U+FFFD. */
enum { ROOM_TEXT_GROWTH = 3 };

/** The same of [length] bytes that may have several lines: tabs and line feeds stay, CR LF and
 *  CR become LF, NUL is removed. @return the length of @p out. */
size_t room_text_clean_lines(char *out, size_t room, const char *in, size_t length);

#endif
