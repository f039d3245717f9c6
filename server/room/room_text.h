/*
 * room_text.h - names that came from a network, made fit to be shown: valid UTF-8, one line.
 *
 * Thread   any; pure.
 * Source   RFC 3629 (UTF-8); Unicode TR 36 section 2.7 (bidirectional text that lies).
 */
#ifndef SERVER_ROOM_ROOM_TEXT_H
#define SERVER_ROOM_ROOM_TEXT_H

#include <stddef.h>

/**
 * Copies @p in to @p out, which has room for @p room bytes (at least 1) with the final NUL.
 * Control characters (C0, DEL, C1, line separators, direction overrides) are removed, each byte
 * that is not UTF-8 becomes U+FFFD; what does not fit is cut between two characters.
 * @p in may be NULL: "". It may be @p out itself only if it is valid UTF-8 already.
 */
void room_text_clean(char *out, size_t room, const char *in);

#endif
