/* account_list.c - an array in the order of names, and the store behind it. */
#include "server/account/account_list.h"

#include "mixer/base/check.h"
#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "server/store/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct account_list {
    struct store *store;
    const char *realm;
    struct account *account; /* [count], by name */
    unsigned count, room;
    int error; /* while loading */
};

/* The first place whose name is not below @p name. */
static unsigned place_of(const struct account_list *list, const char *name)
{
    unsigned low = 0, high = list->count;
    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        if (strcmp(list->account[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct account *find(const struct account_list *list, const char *name)
{
    unsigned place = place_of(list, name);
    return place < list->count && strcmp(list->account[place].name, name) == 0
               ? &list->account[place]
               : NULL;
}

static int make_room(struct account_list *list)
{
    if (list->count < list->room)
        return 0;
    unsigned room = list->room ? list->room * 2 : 16;
    struct account *more = realloc(list->account, room * sizeof(*more));
    if (!more)
        return -ENOMEM;
    list->account = more;
    list->room = room;
    return 0;
}

/* There is room for it. */
static struct account *insert(struct account_list *list, const struct account *account)
{
    unsigned place = place_of(list, account->name);
    struct account *at = &list->account[place];
    memmove(at + 1, at, (list->count - place) * sizeof(*at));
    *at = *account;
    list->count++;
    return at;
}

static int keep(struct account_list *list, const struct account *account)
{
    return store_account_put(list->store, &(struct store_account){
                                              .name = account->name,
                                              .realm = account->realm,
                                              .md5 = account->hash.md5,
                                              .sha256 = account->hash.sha256,
                                              .display_name = account->settings.display_name,
                                              .enabled = account->settings.enabled,
                                              .srtp = media_srtp_word(account->settings.srtp),
                                              .created_ns = account->created_ns,
                                          });
}

/* A word that cannot be read must not let anybody speak plainly. */
static enum media_srtp srtp_of(const struct store_account *row)
{
    enum media_srtp policy;
    if (media_srtp_parse(row->srtp, &policy) == 0)
        return policy;
    log_warn("account", "account %s: the store says srtp \"%s\": using required", row->name,
             row->srtp);
    return MEDIA_SRTP_REQUIRED;
}

static void on_row(void *context, const struct store_account *row)
{
    struct account_list *list = context;
    struct account account = {.settings.enabled = row->enabled,
                              .settings.srtp = srtp_of(row),
                              .created_ns = row->created_ns};
    snprintf(account.name, sizeof(account.name), "%s", row->name);
    snprintf(account.realm, sizeof(account.realm), "%s", row->realm);
    snprintf(account.hash.md5, sizeof(account.hash.md5), "%s", row->md5);
    snprintf(account.hash.sha256, sizeof(account.hash.sha256), "%s", row->sha256);
    snprintf(account.settings.display_name, sizeof(account.settings.display_name), "%s",
             row->display_name);
    if (!list->error)
        list->error = make_room(list);
    if (!list->error)
        insert(list, &account);
}

static void warn_of_realms(const struct account_list *list)
{
    unsigned others = 0;
    for (unsigned i = 0; i < list->count; i++)
        others += strcmp(list->account[i].realm, list->realm) != 0;
    if (others)
        log_warn("account",
                 "%u accounts have passwords for another realm than \"%s\": they have to be "
                 "set again",
                 others, list->realm);
}

int account_list_create(struct store *store, const char *realm, struct account_list **out)
{
    ASSERT_CONTROL();
    struct account_list *list = calloc(1, sizeof(*list));
    if (!list)
        return -ENOMEM;
    *list = (struct account_list){.store = store, .realm = realm};
    int error = store_accounts_each(store, on_row, list);
    if (!error)
        error = list->error;
    if (error) {
        account_list_destroy(list);
        return error;
    }
    warn_of_realms(list);
    *out = list;
    return 0;
}

void account_list_destroy(struct account_list *list)
{
    if (!list)
        return;
    free(list->account);
    free(list);
}

bool account_name_is_valid(const char *name)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-+";
    size_t length = strspn(name, allowed);
    return length && length < ACCOUNT_NAME_BYTES && !name[length] && name[0] != '.';
}

static int set_password(const struct account_list *list, struct account *account,
                        const char *password)
{
    snprintf(account->realm, sizeof(account->realm), "%s", list->realm);
    return password_hash_make(account->name, account->realm, password, &account->hash);
}

int account_list_add(struct account_list *list, const char *name,
                     const struct account_settings *settings, const char *password,
                     const struct account **out)
{
    ASSERT_CONTROL();
    struct account account = {.settings = *settings, .created_ns = clock_wall_ns()};
    if (!account_name_is_valid(name))
        return -EINVAL;
    if (find(list, name))
        return -EEXIST;
    if (list->count >= ACCOUNT_MOST)
        return -EUSERS;
    snprintf(account.name, sizeof(account.name), "%s", name);
    int error = make_room(list);
    if (!error)
        error = set_password(list, &account, password);
    if (!error)
        error = keep(list, &account);
    if (!error)
        *out = insert(list, &account);
    return error;
}

int account_list_change(struct account_list *list, const char *name,
                        const struct account_settings *settings, const char *password)
{
    ASSERT_CONTROL();
    struct account *account = find(list, name);
    if (!account)
        return -ENOENT;
    struct account changed = *account;
    changed.settings = *settings;
    int error = password ? set_password(list, &changed, password) : 0;
    if (!error)
        error = keep(list, &changed);
    if (!error)
        *account = changed;
    return error;
}

int account_list_delete(struct account_list *list, const char *name)
{
    ASSERT_CONTROL();
    struct account *account = find(list, name);
    if (!account)
        return -ENOENT;
    int error = store_account_delete(list->store, name);
    if (error)
        return error;
    unsigned place = (unsigned)(account - list->account);
    memmove(account, account + 1, (list->count - place - 1) * sizeof(*account));
    list->count--;
    return 0;
}

const struct account *account_list_find(const struct account_list *list, const char *name)
{
    return find(list, name);
}

const struct account *account_list_above(const struct account_list *list, const char *name)
{
    unsigned place = place_of(list, name);
    if (place < list->count && strcmp(list->account[place].name, name) == 0)
        place++;
    return place < list->count ? &list->account[place] : NULL;
}

bool account_is_usable(const struct account_list *list, const struct account *account)
{
    return account->settings.enabled && strcmp(account->realm, list->realm) == 0;
}
