/*
 * number_rule.h - numbers rewritten: to E.164 where they come in, to what a provider wants
 * where they go out.
 *
 *   const char rules[][NUMBER_RULE_BYTES] = {"00|Z. -> +$", "0|Z. -> +49$", "Z. -> +4930$"};
 *   number_rule_apply(rules, 3, "03012345", out)            "+493012345"
 *
 * A rule is PATTERN -> RESULT. The first whose pattern (number_pattern.h) is the whole number
 * is taken; if none is, the number stays. What is before a | in the pattern is left out of $,
 * which in the result stands for the rest of the number; without a | it is all of it. Anything
 * else of the result stands for itself.
 *
 * Thread   any; pure.
 * Errors   -ENAMETOOLONG: the result is longer than a number may be.
 */
#ifndef SERVER_TRUNK_NUMBER_RULE_H
#define SERVER_TRUNK_NUMBER_RULE_H

#include "server/trunk/number_pattern.h"

enum { NUMBER_RULE_BYTES = 140 };

bool number_rule_is_valid(const char *rule);

/** @p rules: valid ones. @return 0 and @p out; an errno. */
int number_rule_apply(const char (*rules)[NUMBER_RULE_BYTES], unsigned count,
                      const char *number, char out[NUMBER_BYTES]);

#endif
