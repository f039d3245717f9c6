/*
 * random.h - unpredictable numbers and names, from the kernel (getrandom).
 *
 * Thread   any.
 */
#ifndef MIXER_BASE_RANDOM_H
#define MIXER_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/** Fills @p out with @p length random bytes; stops the process if the kernel has none. */
void random_bytes(void *out, size_t length);

/** 32 random bits: an SSRC, a first sequence number or time stamp (RFC 3550 section 5.1). */
uint32_t random_u32(void);

/** Writes @p length - 1 random characters of [0-9a-v] and a final NUL to @p out. */
void random_name(char *out, size_t length);

#endif
