/* account_list.c - indices by name and by number, and the store behind it. */
#include "server/account/account_list.h"

#include "mixer/base/check.h"
#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "mixer/base/name_index.h"
#include "server/store/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct account_list {
    struct store *store;
    const char *realm;
    struct name_index accounts; /* by name */
    struct name_index numbered; /* those that have a number, by it */
    int error;                  /* while loading */
};

/* ---- numbers ---- */

/* As another's name, or as another's number. */
static bool is_taken(const struct account_list *list, const char *number, const char *name)
{
    const struct account *other = name_index_find(&list->numbered, number);
    const struct account *named = name_index_find(&list->accounts, number);
    return (other && strcmp(other->name, name) != 0) ||
           (named && strcmp(named->name, name) != 0);
}

/* ---- the indexes ---- */

/* For one more account, and its number. */
static int reserve(struct account_list *list)
{
    int error = name_index_reserve(&list->accounts);
    return error ? error : name_index_reserve(&list->numbered);
}

/* There is memory for it. */
static void note_number(struct account_list *list, struct account *account)
{
    if (account->settings.number[0])
        name_index_insert(&list->numbered, account);
}

/* There is memory for it. @return 0 or -EEXIST. */
static int insert(struct account_list *list, struct account *account)
{
    int error = name_index_insert(&list->accounts, account);
    if (!error)
        note_number(list, account);
    return error;
}

static void drop(struct account *account)
{
    free(account->certificate);
    free(account);
}

/* ---- as it is kept ---- */

static const char *word(const struct account_settings *settings, const char *name)
{
    return setting_word(account_setting_find(name), settings);
}

static int keep(struct account_list *list, const struct account *account)
{
    const struct account_settings *settings = &account->settings;
    return store_account_put(
        list->store, &(struct store_account){
                         .name = account->name,
                         .realm = account->realm,
                         .md5 = account->hash.md5,
                         .sha256 = account->hash.sha256,
                         .display_name = settings->display_name,
                         .enabled = settings->enabled,
                         .srtp = word(settings, "srtp"),
                         .number = settings->number,
                         .smime = word(settings, "smime"),
                         .certificate = settings->certificate ? settings->certificate : "",
                         .forwarding = word(settings, "forwarding"),
                         .forward_to = settings->forward.to,
                         .forward_when = word(settings, "forward_when"),
                         .forward_after_s = settings->forward.after_s,
                         .created_ns = account->created_ns,
                     });
}

/* @return false: it cannot be that; a word must then not let anybody speak plainly. */
static bool take(const struct store_account *row, const char *name, const char *text,
                 struct account_settings *settings)
{
    const struct setting *setting = account_setting_find(name);
    char used[SETTING_TEXT_BYTES];
    if (setting_read(setting, text, settings) == 0)
        return true;
    if (setting->otherwise)
        setting_read(setting, setting->otherwise, settings);
    setting_write(setting, settings, used);
    log_warn("account", "account %s: the store says %s \"%.100s\": using \"%s\"", row->name,
             name, text, used);
    return false;
}

/* What of it cannot be read must not send calls anywhere. */
static void take_forward(const struct store_account *row, struct account_settings *settings)
{
    settings->forward.after_s = row->forward_after_s;
    bool good = take(row, "forwarding", row->forwarding, settings);
    good = take(row, "forward_to", row->forward_to, settings) && good;
    good = take(row, "forward_when", row->forward_when, settings) && good;
    if (good)
        return;
    settings->forward.scope = ACCOUNT_FORWARD_NONE;
    log_warn("account", "account %s: its calls go on nowhere until this is put right",
             row->name);
}

static struct account_settings settings_of(const struct store_account *row)
{
    struct account_settings settings = account_settings_defaults();
    settings.enabled = row->enabled;
    settings.certificate = row->certificate;
    take(row, "display_name", row->display_name, &settings);
    take(row, "srtp", row->srtp, &settings);
    take(row, "number", row->number, &settings);
    take(row, "smime", row->smime, &settings);
    take_forward(row, &settings);
    return settings;
}

/* Makes the certificate, which is borrowed, the account's own. */
static int own_certificate(struct account *account)
{
    const char *text = account->settings.certificate;
    account->certificate = text && text[0] ? strdup(text) : NULL;
    account->settings.certificate = account->certificate;
    return text && text[0] && !account->certificate ? -ENOMEM : 0;
}

static int load(struct account_list *list, const struct store_account *row)
{
    struct account *account = calloc(1, sizeof(*account));
    if (!account)
        return -ENOMEM;
    account->settings = settings_of(row);
    account->created_ns = row->created_ns;
    snprintf(account->name, sizeof(account->name), "%s", row->name);
    snprintf(account->realm, sizeof(account->realm), "%s", row->realm);
    snprintf(account->hash.md5, sizeof(account->hash.md5), "%s", row->md5);
    snprintf(account->hash.sha256, sizeof(account->hash.sha256), "%s", row->sha256);
    int error = own_certificate(account);
    if (!error)
        error = reserve(list);
    if (!error)
        error = insert(list, account);
    if (error)
        drop(account);
    return error;
}

static void on_row(void *context, const struct store_account *row)
{
    struct account_list *list = context;
    if (!list->error)
        list->error = load(list, row);
}

static void warn_of_realms(const struct account_list *list)
{
    unsigned others = 0;
    for (size_t i = 0; i < list->accounts.count; i++) {
        const struct account *account = list->accounts.item[i];
        others += strcmp(account->realm, list->realm) != 0;
    }
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
    *list = (struct account_list){
        .store = store,
        .realm = realm,
        .accounts = NAME_INDEX(struct account, name),
        .numbered = NAME_INDEX(struct account, settings.number),
    };
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
    for (size_t i = 0; i < list->accounts.count; i++)
        drop(list->accounts.item[i]);
    name_index_finish(&list->accounts);
    name_index_finish(&list->numbered);
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
    if (!account_name_is_valid(name))
        return -EINVAL;
    if (account_list_find_called(list, name))
        return -EEXIST;
    if (is_taken(list, settings->number, name))
        return -EADDRINUSE;
    if (list->accounts.count >= ACCOUNT_MOST)
        return -EUSERS;
    struct account *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->settings = *settings;
    made->created_ns = clock_wall_ns();
    snprintf(made->name, sizeof(made->name), "%s", name);
    int error = reserve(list);
    if (!error)
        error = set_password(list, made, password);
    if (!error)
        error = own_certificate(made);
    if (!error)
        error = keep(list, made);
    if (!error)
        error = insert(list, made);
    if (error)
        drop(made);
    else
        *out = made;
    return error;
}

int account_list_change(struct account_list *list, const char *name,
                        const struct account_settings *settings, const char *password)
{
    ASSERT_CONTROL();
    struct account *account = name_index_find(&list->accounts, name);
    if (!account)
        return -ENOENT;
    struct account changed = *account;
    changed.settings = *settings;
    if (is_taken(list, settings->number, name))
        return -EADDRINUSE;
    int error = own_certificate(&changed);
    if (!error)
        error = name_index_reserve(&list->numbered);
    if (!error && password)
        error = set_password(list, &changed, password);
    if (!error)
        error = keep(list, &changed);
    if (error) {
        free(changed.certificate);
        return error;
    }
    name_index_remove(&list->numbered, account);
    free(account->certificate);
    *account = changed;
    note_number(list, account);
    return 0;
}

int account_list_delete(struct account_list *list, const char *name)
{
    ASSERT_CONTROL();
    struct account *account = name_index_find(&list->accounts, name);
    if (!account)
        return -ENOENT;
    int error = store_account_delete(list->store, name);
    if (error)
        return error;
    name_index_remove(&list->numbered, account);
    name_index_remove(&list->accounts, account);
    drop(account);
    return 0;
}

const struct account *account_list_find(const struct account_list *list, const char *name)
{
    return name_index_find(&list->accounts, name);
}

const struct account *account_list_find_called(const struct account_list *list,
                                               const char *called)
{
    const struct account *account = name_index_find(&list->accounts, called);
    return account ? account : name_index_find(&list->numbered, called);
}

const struct account *account_list_above(const struct account_list *list, const char *name)
{
    return name_index_above(&list->accounts, name);
}

bool account_is_usable(const struct account_list *list, const struct account *account)
{
    return account->settings.enabled && strcmp(account->realm, list->realm) == 0;
}
