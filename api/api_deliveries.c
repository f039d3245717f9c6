/* api_deliveries.c - a list: what is finished, then what waits; of the latter, what is kept,
 * then what is not yet. */
#include "api/api_deliveries.h"

#include "mixer/base/check.h"
#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "mixer/base/random.h"
#include "server/store/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void free_delivery(struct api_delivery *delivery)
{
    free(delivery->body);
    free(delivery);
}

static int append(struct api_deliveries *list, const struct api_delivery_plan *plan,
                  struct api_delivery **out)
{
    if (list->waiting >= API_DELIVERIES_WAITING) {
        if (list->lost++ == 0)
            log_warn("api", "webhook %s: %u events wait: more are lost", list->webhook,
                     list->waiting);
        return -ENOSPC;
    }
    struct api_delivery *made = calloc(1, sizeof(*made));
    char *copy = made ? strdup(plan->body) : NULL;
    if (!copy) {
        free(made);
        list->lost++;
        return -ENOMEM;
    }
    made->body = copy;
    random_name(made->id, sizeof(made->id));
    snprintf(made->message, sizeof(made->message), "%s", plan->message);
    snprintf(made->event, sizeof(made->event), "%s", plan->event);
    if (list->last)
        list->last->next = made;
    else
        list->first = made;
    list->last = made;
    list->waiting++;
    *out = made;
    return 0;
}

int api_deliveries_add(struct api_deliveries *list, const struct api_delivery_plan *plan,
                       struct api_delivery **out)
{
    ASSERT_CONTROL();
    int err = append(list, plan, out);
    if (err == 0)
        (*out)->created_ns = clock_wall_ns();
    return err;
}

int api_deliveries_restore(struct api_deliveries *list, const struct store_delivery *row)
{
    ASSERT_CONTROL();
    const struct api_delivery_plan plan = {
        .message = row->message, .event = row->event, .body = row->body};
    struct api_delivery *made;
    int err = append(list, &plan, &made);
    if (err < 0)
        return err;
    made->created_ns = row->created_ns;
    made->row = row->id;
    return 0;
}

struct api_delivery *api_deliveries_next(const struct api_deliveries *list)
{
    struct api_delivery *at = list->first;
    while (at && at->state != API_DELIVERY_WAITING)
        at = at->next;
    return at;
}

void api_deliveries_settle(struct api_deliveries *list, struct api_delivery *delivery,
                           enum api_delivery_state state)
{
    ASSERT_CONTROL();
    delivery->state = state;
    delivery->finished_ns = clock_wall_ns();
    list->waiting--;
    list->logged++;
    if (delivery->row) /* if that fails, it is delivered once more after a restart */
        store_delivery_delete(list->store, delivery->row);
    delivery->row = 0;
}

void api_deliveries_trim(struct api_deliveries *list)
{
    while (list->logged > API_DELIVERIES_LOGGED) {
        struct api_delivery *oldest = list->first;
        list->first = oldest->next;
        if (!list->first)
            list->last = NULL;
        list->logged--;
        free_delivery(oldest);
    }
}

int api_deliveries_keep(struct api_deliveries *list)
{
    ASSERT_CONTROL();
    struct api_delivery *first = api_deliveries_next(list);
    while (first && first->row)
        first = first->next;
    struct store_delivery *rows = first ? calloc(list->waiting, sizeof(*rows)) : NULL;
    unsigned count = 0;
    if (!rows)
        return first ? -ENOMEM : 0;
    for (const struct api_delivery *at = first; at; at = at->next)
        rows[count++] = (struct store_delivery){.webhook = list->webhook,
                                                .message = at->message,
                                                .event = at->event,
                                                .body = at->body,
                                                .created_ns = at->created_ns};
    int err = store_deliveries_add(list->store, rows, count);
    count = 0;
    for (struct api_delivery *at = first; err == 0 && at; at = at->next)
        at->row = rows[count++].id;
    free(rows);
    return err;
}

void api_deliveries_finish(struct api_deliveries *list)
{
    for (struct api_delivery *at = list->first, *next; at; at = next) {
        next = at->next;
        free_delivery(at);
    }
    list->first = list->last = NULL;
    list->waiting = list->logged = 0;
}
