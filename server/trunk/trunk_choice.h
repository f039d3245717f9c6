/*
 * trunk_choice.h - which gateway of a trunk is tried next.
 *
 *   int next = trunk_choice_next(gateways, count, random_u32());      -1: all were tried
 *
 * Those that answer before those that are down, which are tried all the same when nothing else
 * is left; then by priority, the lowest first; among equals by chance in proportion to their
 * weight. A weight of 0 has a very small chance.
 *
 * Thread   any; pure.
 * Source   RFC 2782 ("Weight"), RFC 3263 section 4.3.
 */
#ifndef SERVER_TRUNK_TRUNK_CHOICE_H
#define SERVER_TRUNK_TRUNK_CHOICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct trunk_choice {
    unsigned priority, weight; /* weight: up to 65535 */
    bool is_down, was_tried;
};

/** @return its index; -1: none is left. */
int trunk_choice_next(const struct trunk_choice gateways[], unsigned count, uint32_t random);

#endif
