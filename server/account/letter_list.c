/* letter_list.c - the bound of each account; the rest is the store's. */
#include "server/account/letter_list.h"

#include "mixer/base/check.h"
#include "mixer/base/clock.h"
#include "server/store/store.h"

#include <errno.h>
#include <stdlib.h>

#define KEPT_NS (LETTER_KEPT_DAYS * 24 * 3600 * (int64_t)CLOCK_NS_PER_S)

struct letter_list {
    struct store *store;
    unsigned most_each;
};

int letter_list_create(struct store *store, unsigned most_each, struct letter_list **list)
{
    struct letter_list *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->store = store;
    made->most_each = most_each;
    if (store)
        store_letters_expire(store, clock_wall_ns() - KEPT_NS); /* the log says if it cannot */
    *list = made;
    return 0;
}

void letter_list_destroy(struct letter_list *list)
{
    free(list);
}

int letter_list_add(struct letter_list *list, const struct letter *letter)
{
    ASSERT_CONTROL();
    unsigned count = 0;
    if (!list->store || !list->most_each)
        return -ENOSYS;
    int err = store_letter_count(list->store, letter->account, &count);
    if (err == 0 && count >= list->most_each)
        err = -ENOBUFS;
    if (err < 0)
        return err;
    return store_letter_add(list->store,
                            &(struct store_letter){.account = letter->account,
                                                   .time_ns = clock_wall_ns(),
                                                   .from_uri = letter->from_uri,
                                                   .from_name = letter->from_name,
                                                   .text = letter->text,
                                                   .kind = (int)letter->kind,
                                                   .message_id = letter->message_id});
}

struct taking {
    void (*take)(void *context, const struct letter *letter);
    void *context;
};

static void on_row(void *context, const struct store_letter *row)
{
    const struct taking *taking = context;
    taking->take(taking->context, &(struct letter){.id = row->id,
                                                   .account = row->account,
                                                   .from_uri = row->from_uri,
                                                   .from_name = row->from_name,
                                                   .text = row->text,
                                                   .kind = (enum letter_kind)row->kind,
                                                   .message_id = row->message_id});
}

int letter_list_first(struct letter_list *list, const char *account,
                      void (*take)(void *context, const struct letter *letter), void *context)
{
    ASSERT_CONTROL();
    if (!list->store)
        return -ENOENT;
    return store_letter_first(list->store, account, on_row, &(struct taking){take, context});
}

int letter_list_delete(struct letter_list *list, int64_t id)
{
    ASSERT_CONTROL();
    return list->store ? store_letter_delete(list->store, id) : -ENOENT;
}
