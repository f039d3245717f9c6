/*
 * utf8.h - UTF-8, character by character.
 *
 * Thread   any.
 * Source   RFC 3629.
 */
#ifndef MIXER_BASE_UTF8_H
#define MIXER_BASE_UTF8_H

#include <stdint.h>

/** The character that begins at @p at, which is not NUL, of a text that ends in NUL.
 *  @return its bytes and *character; 0: this byte begins none (what is overlong, a surrogate or
 *  above U+10FFFF is none). */
unsigned utf8_read(const char *at, uint32_t *character);

#endif
