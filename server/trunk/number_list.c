/* number_list.c - an index by pattern, and the store behind it. */
#include "server/trunk/number_list.h"

#include "mixer/base/check.h"
#include "mixer/base/log.h"
#include "mixer/base/name_index.h"
#include "server/room/room.h"
#include "server/store/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct number_list {
    struct store *store;
    struct name_index numbers; /* by pattern */
    int error;                 /* while loading */
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

/* @p number is copied. */
static int insert(struct number_list *list, const struct number *number, struct number **out)
{
    struct number *made = malloc(sizeof(*made));
    if (!made)
        return -ENOMEM;
    *made = *number;
    int error = name_index_insert(&list->numbers, made);
    if (error)
        free(made);
    else
        *out = made;
    return error;
}

static void take_out(struct number_list *list, struct number *number)
{
    name_index_remove(&list->numbers, number);
    free(number);
}

static bool is_valid(const struct number *number)
{
    bool is_target_good = number->leads_to == NUMBER_TO_MENU
                              ? !number->target[0]
                              : room_name_is_valid(number->target);
    bool is_language_good = !number->language[0] || language_is_valid(number->language);
    return number_pattern_is_valid(number->pattern) && is_target_good && is_language_good;
}

static void on_row(void *context, const struct store_number *row)
{
    struct number_list *list = context;
    struct number number, *kept;
    snprintf(number.pattern, sizeof(number.pattern), "%s", row->pattern);
    snprintf(number.target, sizeof(number.target), "%s", row->target);
    snprintf(number.note, sizeof(number.note), "%s", row->note);
    snprintf(number.language, sizeof(number.language), "%s", row->language);
    if (number_target_parse(row->leads_to, &number.leads_to) < 0 || !is_valid(&number)) {
        log_warn("trunk", "number %s: the store has it otherwise than it can be: left out",
                 row->pattern);
        return;
    }
    if (!list->error)
        list->error = insert(list, &number, &kept);
}

int number_list_create(struct store *store, struct number_list **out)
{
    ASSERT_CONTROL();
    struct number_list *list = calloc(1, sizeof(*list));
    if (!list)
        return -ENOMEM;
    list->store = store;
    list->numbers = NAME_INDEX(struct number, pattern);
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
    for (size_t i = 0; i < list->numbers.count; i++)
        free(list->numbers.item[i]);
    name_index_finish(&list->numbers);
    free(list);
}

int number_list_put(struct number_list *list, const struct number *number)
{
    ASSERT_CONTROL();
    if (!is_valid(number))
        return -EINVAL;
    struct number *kept = name_index_find(&list->numbers, number->pattern);
    bool is_new = !kept;
    if (is_new && list->numbers.count >= NUMBER_MOST)
        return -EUSERS;
    int error = is_new ? insert(list, number, &kept) : 0;
    if (error)
        return error;
    error = store_number_put(list->store,
                             &(struct store_number){.pattern = number->pattern,
                                                    .leads_to = words[number->leads_to],
                                                    .target = number->target,
                                                    .note = number->note,
                                                    .language = number->language});
    if (!error)
        *kept = *number;
    else if (is_new)
        take_out(list, kept);
    return error;
}

int number_list_delete(struct number_list *list, const char *pattern)
{
    ASSERT_CONTROL();
    struct number *number = name_index_find(&list->numbers, pattern);
    int error = number ? store_number_delete(list->store, pattern) : -ENOENT;
    if (!error)
        take_out(list, number);
    return error;
}

const struct number *number_list_find(const struct number_list *list, const char *pattern)
{
    return name_index_find(&list->numbers, pattern);
}

const struct number *number_list_above(const struct number_list *list, const char *pattern)
{
    return name_index_above(&list->numbers, pattern);
}

const struct number *number_list_match(const struct number_list *list, const char *number)
{
    const struct number *best = number_list_find(list, number);
    if (best && number_pattern_is_exact(best->pattern))
        return best;
    best = NULL;
    for (size_t i = 0; i < list->numbers.count; i++) {
        const struct number *each = list->numbers.item[i];
        if (number_pattern_matches(each->pattern, number) &&
            (!best || number_pattern_compare(each->pattern, best->pattern) < 0))
            best = each;
    }
    return best;
}
