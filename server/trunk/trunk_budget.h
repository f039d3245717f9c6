/*
 * trunk_budget.h - how many calls a room may make by a trunk: at once, and in a day.
 *
 *   int error = trunk_budget_take(&budget, &limits, "blue", now_s);
 *   ...the call is over...  trunk_budget_give(&budget, "blue");
 *
 * A day is one of UTC. What was counted lives as long as the process.
 *
 * Thread   control; pure.
 * Errors   -EUSERS: as many at once as the room may have; -EDQUOT: as many today; -ENOMEM.
 *          Nothing is taken then.
 */
#ifndef SERVER_TRUNK_TRUNK_BUDGET_H
#define SERVER_TRUNK_TRUNK_BUDGET_H

#include <stdint.h>

struct trunk_budget_limits { /* 0: no limit */
    unsigned per_room, per_room_day, per_day;
};

struct trunk_budget_row;

/** Zeroed: nothing was counted yet. */
struct trunk_budget {
    struct trunk_budget_row *row; /* [count], owned */
    unsigned count, room;
    int64_t day; /* that is counted */
    unsigned today;
};

int trunk_budget_take(struct trunk_budget *budget, const struct trunk_budget_limits *limits,
                      const char *room, int64_t now_s);
void trunk_budget_give(struct trunk_budget *budget, const char *room);
void trunk_budget_finish(struct trunk_budget *budget);

#endif
