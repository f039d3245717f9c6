/*
 * trunk_budget.h - how many calls a room may make by a trunk: at once, and in a day.
 *
 *   int error = trunk_budget_take(&budget, &limits, "blue", now_s);
 *   ...the call is over...  trunk_budget_give(&budget, "blue");
 *
 * A day is one of UTC. Counts of the day go to a store and come back from it (trunk_list.h):
 *
 *   while (trunk_budget_changed(&budget, &room, &calls)) ...keep it, of budget.day...
 *   trunk_budget_restore(&budget, "blue", day, calls);      before any is taken
 *
 * Thread   control; pure.
 * Errors   -EUSERS: as many at once as the room may have; -EDQUOT: as many today; -ENOMEM.
 *          Nothing is taken then.
 */
#ifndef SERVER_TRUNK_TRUNK_BUDGET_H
#define SERVER_TRUNK_TRUNK_BUDGET_H

#include "server/room/room.h"

#include <stdbool.h>
#include <stdint.h>

struct trunk_budget_limits { /* 0: no limit */
    unsigned per_room, per_room_day, per_day;
};

/** Who pays: a room, or an account that sends a call on (trunk_payer_account()). */
enum { TRUNK_PAYER_BYTES = ROOM_NAME_BYTES + 1 };

/** Writes what no room is called. */
void trunk_payer_account(const char *account, char payer[TRUNK_PAYER_BYTES]);

struct trunk_budget_row;

/** Zeroed: nothing was counted yet. */
struct trunk_budget {
    struct trunk_budget_row *row; /* [count], owned */
    unsigned count, room;
    int64_t day; /* that is counted */
    unsigned today;
    unsigned changed; /* rows that trunk_budget_changed() has not shown yet */
};

int trunk_budget_take(struct trunk_budget *budget, const struct trunk_budget_limits *limits,
                      const char *room, int64_t now_s);
void trunk_budget_give(struct trunk_budget *budget, const char *room);

/** Takes over what was counted on @p day, for a room that has none of that day yet. What is of
 *  an earlier day than what is there is passed over. @return 0; -ENOMEM. */
int trunk_budget_restore(struct trunk_budget *budget, const char *room, int64_t day,
                         unsigned calls);

/** A room whose count of the day has changed since it was shown here. Borrowed until the next
 *  call. @return false: there is none. */
bool trunk_budget_changed(struct trunk_budget *budget, const char **room, unsigned *calls);

void trunk_budget_finish(struct trunk_budget *budget);

#endif
