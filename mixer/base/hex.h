/*
 * hex.h - bytes as hexadecimal digits, small letters: digests, nonces, identifiers.
 *
 *   char text[2 * sizeof(digest) + 1];
 *   hex_write(text, digest, sizeof(digest));
 *
 * Thread   any.
 */
#ifndef MIXER_BASE_HEX_H
#define MIXER_BASE_HEX_H

#include <stdbool.h>
#include <stddef.h>

/** Writes 2 * @p count digits and a NUL. */
void hex_write(char *out, const unsigned char *bytes, size_t count);

/** Reads 2 * @p count digits. @return false: @p text has others, or not so many. */
bool hex_read(const char *text, unsigned char *out, size_t count);

#endif
