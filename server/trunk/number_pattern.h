/*
 * number_pattern.h - dialled numbers, and patterns of them as telephone people write them.
 *
 *   number_pattern_matches("+4930123XX", "+493012345")   two digits, any
 *   number_pattern_matches("0Z.", "03012345")            0, then no 0, then one more at least
 *
 *   X 0-9   Z 1-9   N 2-9   [1-35] one of 1 2 3 5   . at the end: one or more, of anything
 *   ! at the end: nothing or more   0-9 + * # a-z _ - themselves
 *
 * Not regular expressions: each sign but the last stands for exactly one, so that a match costs
 * no more than the length of the number, whoever has written the pattern.
 *
 * Thread   any; pure.
 * Source   RFC 3966 section 5.1.1 (visual separators). The signs are those of Asterisk.
 */
#ifndef SERVER_TRUNK_NUMBER_PATTERN_H
#define SERVER_TRUNK_NUMBER_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

enum { NUMBER_BYTES = 65, NUMBER_PATTERN_BYTES = 65 };

bool number_pattern_is_valid(const char *pattern);

/** Whether all of @p number is what the valid @p pattern says. */
bool number_pattern_matches(const char *pattern, const char *number);

/** Whether it stands for one number only. */
bool number_pattern_is_exact(const char *pattern);

/** Below 0: @p a says more of a number than @p b: more of its signs stand for themselves, then
 *  more of them stand for one only; else by byte order. 0: they are the same. */
int number_pattern_compare(const char *a, const char *b);

/** Takes what is to be dialled: without "tel:", parameters and visual separators.
 *  @return false: it is no number: not of 0-9 + * # only, with + at the begin only, or too
 *  long. */
bool number_read(const char *text, char number[NUMBER_BYTES]);

/* ---- for number_rule.c: patterns by their begin ---- */

/** How many bytes the first sign of @p pattern has; 0: it is none. */
size_t number_pattern_sign(const char *pattern);

#endif
