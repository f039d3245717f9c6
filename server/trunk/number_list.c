/* number_list.c - an array in the order of patterns, and the store behind it. */
#include "server/trunk/number_list.h"

#include "mixer/base/check.h"
#include "mixer/base/log.h"
#include "server/room/room.h"
#include "server/store/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct number_list {
    struct store *store;
    struct number *number; /* [count], by pattern */
    unsigned count, room;
    int error; /* while loading */
};

static const char *const words[] = {
    [NUMBER_TO_ROOM] = "room", [NUMBER_TO_ACCOUNT] = "account", [NUMBER_TO_MENU] = "menu"};

const char *number_target_word(enum number_target target)
{
    return words[target];
}

int number_target_parse(const char *word, enum number_target *target)
{
    for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(words[i], word) != 0)
            continue;
        *target = (enum number_target)i;
        return 0;
    }
    return -EINVAL;
}

/* The first place whose pattern is not below @p pattern. */
static unsigned place_of(const struct number_list *list, const char *pattern)
{
    unsigned low = 0, high = list->count;
    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        if (strcmp(list->number[middle].pattern, pattern) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_at(const struct number_list *list, unsigned place, const char *pattern)
{
    return place < list->count && strcmp(list->number[place].pattern, pattern) == 0;
}

static int make_room(struct number_list *list)
{
    if (list->count < list->room)
        return 0;
    unsigned room = list->room ? list->room * 2 : 16;
    struct number *more = realloc(list->number, room * sizeof(*more));
    if (!more)
        return -ENOMEM;
    list->number = more;
    list->room = room;
    return 0;
}

/* There is room for it. */
static void set(struct number_list *list, const struct number *number)
{
    unsigned place = place_of(list, number->pattern);
    struct number *at = &list->number[place];
    if (!is_at(list, place, number->pattern)) {
        memmove(at + 1, at, (list->count - place) * sizeof(*at));
        list->count++;
    }
    *at = *number;
}

static bool is_valid(const struct number *number)
{
    bool is_target_good = number->leads_to == NUMBER_TO_MENU
                              ? !number->target[0]
                              : room_name_is_valid(number->target);
    return number_pattern_is_valid(number->pattern) && is_target_good;
}

static void on_row(void *context, const struct store_number *row)
{
    struct number_list *list = context;
    struct number number;
    snprintf(number.pattern, sizeof(number.pattern), "%s", row->pattern);
    snprintf(number.target, sizeof(number.target), "%s", row->target);
    snprintf(number.note, sizeof(number.note), "%s", row->note);
    if (number_target_parse(row->leads_to, &number.leads_to) < 0 || !is_valid(&number)) {
        log_warn("trunk", "number %s: the store has it otherwise than it can be: left out",
                 row->pattern);
        return;
    }
    if (!list->error)
        list->error = make_room(list);
    if (!list->error)
        set(list, &number);
}

int number_list_create(struct store *store, struct number_list **out)
{
    ASSERT_CONTROL();
    struct number_list *list = calloc(1, sizeof(*list));
    if (!list)
        return -ENOMEM;
    list->store = store;
    int error = store_numbers_each(store, on_row, list);
    if (!error)
        error = list->error;
    if (error) {
        number_list_destroy(list);
        return error;
    }
    *out = list;
    return 0;
}

void number_list_destroy(struct number_list *list)
{
    if (!list)
        return;
    free(list->number);
    free(list);
}

int number_list_put(struct number_list *list, const struct number *number)
{
    ASSERT_CONTROL();
    if (!is_valid(number))
        return -EINVAL;
    bool is_new = !number_list_find(list, number->pattern);
    if (is_new && list->count >= NUMBER_MOST)
        return -EUSERS;
    int error = is_new ? make_room(list) : 0;
    if (!error)
        error = store_number_put(list->store,
                                 &(struct store_number){.pattern = number->pattern,
                                                        .leads_to = words[number->leads_to],
                                                        .target = number->target,
                                                        .note = number->note});
    if (!error)
        set(list, number);
    return error;
}

int number_list_delete(struct number_list *list, const char *pattern)
{
    ASSERT_CONTROL();
    unsigned place = place_of(list, pattern);
    if (!is_at(list, place, pattern))
        return -ENOENT;
    int error = store_number_delete(list->store, pattern);
    if (error)
        return error;
    struct number *at = &list->number[place];
    memmove(at, at + 1, (list->count - place - 1) * sizeof(*at));
    list->count--;
    return 0;
}

const struct number *number_list_find(const struct number_list *list, const char *pattern)
{
    unsigned place = place_of(list, pattern);
    return is_at(list, place, pattern) ? &list->number[place] : NULL;
}

const struct number *number_list_above(const struct number_list *list, const char *pattern)
{
    unsigned place = place_of(list, pattern);
    if (is_at(list, place, pattern))
        place++;
    return place < list->count ? &list->number[place] : NULL;
}

const struct number *number_list_match(const struct number_list *list, const char *number)
{
    const struct number *best = number_list_find(list, number);
    if (best && number_pattern_is_exact(best->pattern))
        return best;
    best = NULL;
    for (unsigned i = 0; i < list->count; i++) {
        const struct number *each = &list->number[i];
        if (number_pattern_matches(each->pattern, number) &&
            (!best || number_pattern_compare(each->pattern, best->pattern) < 0))
            best = each;
    }
    return best;
}
