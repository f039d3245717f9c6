/* trunk_budget.c - a row for each room that has called today. */
#include "server/trunk/trunk_budget.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECONDS_OF_DAY = 86400 };

struct trunk_budget_row {
    char room[TRUNK_PAYER_BYTES];
    unsigned now, today;
    bool is_changed; /* today, since it was shown */
};

void trunk_payer_account(const char *account, char payer[TRUNK_PAYER_BYTES])
{
    snprintf(payer, TRUNK_PAYER_BYTES, "@%s", account);
}

static struct trunk_budget_row *find(const struct trunk_budget *budget, const char *room)
{
    for (unsigned i = 0; i < budget->count; i++) {
        if (strcmp(budget->row[i].room, room) == 0)
            return &budget->row[i];
    }
    return NULL;
}

/* A new day forgets who has no call any more. */
static void turn_day(struct trunk_budget *budget, int64_t day)
{
    unsigned kept = 0;
    if (day == budget->day)
        return;
    budget->day = day;
    budget->today = budget->changed = 0;
    for (unsigned i = 0; i < budget->count; i++) {
        budget->row[i].today = 0;
        budget->row[i].is_changed = false;
        if (budget->row[i].now)
            budget->row[kept++] = budget->row[i];
    }
    budget->count = kept;
}

static struct trunk_budget_row *add(struct trunk_budget *budget, const char *room)
{
    if (budget->count == budget->room) {
        unsigned more = budget->room ? budget->room * 2 : 8;
        struct trunk_budget_row *rows = realloc(budget->row, more * sizeof(*rows));
        if (!rows)
            return NULL;
        budget->row = rows;
        budget->room = more;
    }
    struct trunk_budget_row *row = &budget->row[budget->count++];
    *row = (struct trunk_budget_row){.now = 0};
    snprintf(row->room, sizeof(row->room), "%s", room);
    return row;
}

static int check(unsigned used, unsigned most, int error)
{
    return most && used >= most ? error : 0;
}

int trunk_budget_take(struct trunk_budget *budget, const struct trunk_budget_limits *limits,
                      const char *room, int64_t now_s)
{
    turn_day(budget, now_s / SECONDS_OF_DAY);
    struct trunk_budget_row *row = find(budget, room);
    int error = check(budget->today, limits->per_day, -EDQUOT);
    if (!error && row)
        error = check(row->now, limits->per_room, -EUSERS);
    if (!error && row)
        error = check(row->today, limits->per_room_day, -EDQUOT);
    if (!error && !row && !(row = add(budget, room)))
        error = -ENOMEM;
    if (error)
        return error;
    row->now++;
    row->today++;
    budget->today++;
    budget->changed += !row->is_changed;
    row->is_changed = true;
    return 0;
}

void trunk_budget_give(struct trunk_budget *budget, const char *room)
{
    struct trunk_budget_row *row = find(budget, room);
    if (row && row->now)
        row->now--;
}

int trunk_budget_restore(struct trunk_budget *budget, const char *room, int64_t day,
                         unsigned calls)
{
    if (day < budget->day)
        return 0;
    turn_day(budget, day);
    struct trunk_budget_row *row = find(budget, room);
    if (!row && !(row = add(budget, room)))
        return -ENOMEM;
    row->today += calls;
    budget->today += calls;
    return 0;
}

bool trunk_budget_changed(struct trunk_budget *budget, const char **room, unsigned *calls)
{
    for (unsigned i = 0; budget->changed && i < budget->count; i++) {
        struct trunk_budget_row *row = &budget->row[i];
        if (!row->is_changed)
            continue;
        row->is_changed = false;
        budget->changed--;
        *room = row->room;
        *calls = row->today;
        return true;
    }
    return false;
}

void trunk_budget_finish(struct trunk_budget *budget)
{
    free(budget->row);
    *budget = (struct trunk_budget){.row = NULL};
}
