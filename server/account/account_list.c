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

struct numbered { /* an account that has a number */
    char number[ACCOUNT_NUMBER_BYTES], name[ACCOUNT_NAME_BYTES];
};

struct account_list {
    struct store *store;
    const char *realm;
    struct account *account; /* [count], by name */
    unsigned count, room;
    struct numbered *numbered; /* [numbered_count], by number */
    unsigned numbered_count, numbered_room;
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

/* ---- words ---- */

static const char *const smime_words[] = {
    [ACCOUNT_SMIME_OPTIONAL] = "optional",
    [ACCOUNT_SMIME_OFF] = "off",
    [ACCOUNT_SMIME_REQUIRED] = "required",
};

const char *account_smime_word(enum account_smime smime)
{
    return smime_words[smime];
}

int account_smime_parse(const char *word, enum account_smime *smime)
{
    for (unsigned i = 0; i < sizeof(smime_words) / sizeof(smime_words[0]); i++) {
        if (strcmp(word, smime_words[i]) == 0) {
            *smime = i;
            return 0;
        }
    }
    return -EINVAL;
}

/* ---- numbers ---- */

/* The first place whose number is not below @p number. */
static unsigned place_of_number(const struct account_list *list, const char *number)
{
    unsigned low = 0, high = list->numbered_count;
    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        if (strcmp(list->numbered[middle].number, number) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct numbered *find_number(const struct account_list *list, const char *number)
{
    unsigned place = place_of_number(list, number);
    return place < list->numbered_count && strcmp(list->numbered[place].number, number) == 0
               ? &list->numbered[place]
               : NULL;
}

/* There is room for it. */
static void note_number(struct account_list *list, const struct account *account)
{
    if (!account->settings.number[0])
        return;
    unsigned place = place_of_number(list, account->settings.number);
    struct numbered *at = &list->numbered[place];
    memmove(at + 1, at, (list->numbered_count - place) * sizeof(*at));
    *at = (struct numbered){{0}, {0}};
    memcpy(at->number, account->settings.number, sizeof(at->number));
    memcpy(at->name, account->name, sizeof(at->name));
    list->numbered_count++;
}

static void forget_number(struct account_list *list, const struct account *account)
{
    struct numbered *at = find_number(list, account->settings.number);
    if (!at)
        return;
    size_t behind = list->numbered_count - (size_t)(at - list->numbered) - 1;
    memmove(at, at + 1, behind * sizeof(*at));
    list->numbered_count--;
}

/* Of a name, or of another account's number. */
static bool is_taken(const struct account_list *list, const struct account *account)
{
    const char *number = account->settings.number;
    const struct numbered *other = number[0] ? find_number(list, number) : NULL;
    const struct account *named = number[0] ? find(list, number) : NULL;
    return (other && strcmp(other->name, account->name) != 0) ||
           (named && strcmp(named->name, account->name) != 0);
}

bool account_number_is_valid(const char *number)
{
    size_t plus = number[0] == '+', digits = strspn(number + plus, "0123456789");
    return !number[plus + digits] && (digits || !plus) && plus + digits < ACCOUNT_NUMBER_BYTES;
}

static int make_room_for_number(struct account_list *list)
{
    if (list->numbered_count < list->numbered_room)
        return 0;
    unsigned room = list->numbered_room ? list->numbered_room * 2 : 16;
    struct numbered *more = realloc(list->numbered, room * sizeof(*more));
    if (!more)
        return -ENOMEM;
    list->numbered = more;
    list->numbered_room = room;
    return 0;
}

/* For one more account, and its number. */
static int make_room(struct account_list *list)
{
    int error = make_room_for_number(list);
    if (error || list->count < list->room)
        return error;
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
    return store_account_put(
        list->store,
        &(struct store_account){
            .name = account->name,
            .realm = account->realm,
            .md5 = account->hash.md5,
            .sha256 = account->hash.sha256,
            .display_name = account->settings.display_name,
            .enabled = account->settings.enabled,
            .srtp = media_srtp_word(account->settings.srtp),
            .number = account->settings.number,
            .smime = account_smime_word(account->settings.smime),
            .certificate = account->settings.certificate ? account->settings.certificate : "",
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

/* Nor this one. */
static enum account_smime smime_of(const struct store_account *row)
{
    enum account_smime smime;
    if (account_smime_parse(row->smime, &smime) == 0)
        return smime;
    log_warn("account", "account %s: the store says smime \"%s\": using required", row->name,
             row->smime);
    return ACCOUNT_SMIME_REQUIRED;
}

/* Makes the certificate, which is borrowed, the account's own. */
static int own_certificate(struct account *account)
{
    const char *text = account->settings.certificate;
    account->certificate = text && text[0] ? strdup(text) : NULL;
    account->settings.certificate = account->certificate;
    return text && text[0] && !account->certificate ? -ENOMEM : 0;
}

static void on_row(void *context, const struct store_account *row)
{
    struct account_list *list = context;
    struct account account = {.settings.enabled = row->enabled,
                              .settings.srtp = srtp_of(row),
                              .settings.smime = smime_of(row),
                              .settings.certificate = row->certificate,
                              .created_ns = row->created_ns};
    snprintf(account.name, sizeof(account.name), "%s", row->name);
    snprintf(account.realm, sizeof(account.realm), "%s", row->realm);
    snprintf(account.hash.md5, sizeof(account.hash.md5), "%s", row->md5);
    snprintf(account.hash.sha256, sizeof(account.hash.sha256), "%s", row->sha256);
    snprintf(account.settings.display_name, sizeof(account.settings.display_name), "%s",
             row->display_name);
    snprintf(account.settings.number, sizeof(account.settings.number), "%s", row->number);
    if (!list->error)
        list->error = make_room(list);
    if (!list->error)
        list->error = own_certificate(&account);
    if (list->error)
        return;
    insert(list, &account);
    note_number(list, &account);
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
    for (unsigned i = 0; i < list->count; i++)
        free(list->account[i].certificate);
    free(list->account);
    free(list->numbered);
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
    snprintf(account.name, sizeof(account.name), "%s", name);
    if (find(list, name) || find_number(list, name))
        return -EEXIST;
    if (is_taken(list, &account))
        return -EADDRINUSE;
    if (list->count >= ACCOUNT_MOST)
        return -EUSERS;
    int error = make_room(list);
    if (!error)
        error = set_password(list, &account, password);
    if (!error)
        error = own_certificate(&account);
    if (!error)
        error = keep(list, &account);
    if (error) {
        free(account.certificate);
        return error;
    }
    *out = insert(list, &account);
    note_number(list, &account);
    return 0;
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
    if (is_taken(list, &changed))
        return -EADDRINUSE;
    int error = own_certificate(&changed);
    if (!error)
        error = make_room_for_number(list);
    if (!error && password)
        error = set_password(list, &changed, password);
    if (!error)
        error = keep(list, &changed);
    if (error) {
        free(changed.certificate);
        return error;
    }
    free(account->certificate);
    forget_number(list, account);
    *account = changed;
    note_number(list, account);
    return 0;
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
    free(account->certificate);
    forget_number(list, account);
    unsigned place = (unsigned)(account - list->account);
    memmove(account, account + 1, (list->count - place - 1) * sizeof(*account));
    list->count--;
    return 0;
}

const struct account *account_list_find(const struct account_list *list, const char *name)
{
    return find(list, name);
}

const struct account *account_list_find_called(const struct account_list *list,
                                               const char *called)
{
    const struct account *account = find(list, called);
    const struct numbered *numbered = account ? NULL : find_number(list, called);
    return numbered ? find(list, numbered->name) : account;
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
