/* forward.c - a Contact of a 3xx, read with distrust. */
#include "server/sip/forward.h"

#include "server/sip/destination.h"
#include "server/sip/uri.h"
#include "server/trunk/number_pattern.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <sofia-sip/su_alloc.h>
#include <sofia-sip/url.h>

static_assert((int)NUMBER_BYTES <= (int)ROOM_NAME_BYTES &&
                  (int)ACCOUNT_NAME_BYTES <= (int)ROOM_NAME_BYTES,
              "all that a call may go on to fits");

static int judge_number(const struct account *account, const char *user,
                        struct forward *forward)
{
    if (!number_read(user, forward->to))
        return -ENOENT;
    forward->kind = FORWARD_NUMBER;
    return account->settings.forward.scope == ACCOUNT_FORWARD_TRUNK ? 0 : -EACCES;
}

/* A room that is not there is not made, and the factory makes none: who calls has not dialled
 * them. */
static int judge(const struct ua *ua, const struct account *account, const char *user,
                 struct forward *forward)
{
    struct destination to;
    if (account->settings.forward.scope == ACCOUNT_FORWARD_NONE)
        return -EACCES;
    destination_find_user(ua, user, &to);
    switch (to.kind) {
    case DESTINATION_ROOM:
        forward->kind = FORWARD_ROOM;
        break;
    case DESTINATION_ACCOUNT:
        forward->kind = FORWARD_ACCOUNT;
        snprintf(to.user, sizeof(to.user), "%s", to.account->name);
        break;
    case DESTINATION_MENU:
        forward->kind = FORWARD_MENU;
        break;
    case DESTINATION_FACTORY:
        return -ENOENT;
    default:
        return to.account || to.number[0] ? -ENOENT : judge_number(account, user, forward);
    }
    snprintf(forward->to, sizeof(forward->to), "%s", to.user);
    return 0;
}

int forward_read(const struct ua *ua, const struct account *account, const url_t *url,
                 struct forward *forward)
{
    struct uri_target target;
    char user[ROOM_NAME_BYTES];
    if (url->url_type != url_tel) {
        int error = uri_target_of(url, &target);
        if (error)
            return error;
        if (!destination_is_here(ua, &target))
            return -EHOSTUNREACH;
    }
    if (url->url_headers || !uri_room(url, user) || !user[0])
        return -EINVAL;
    return judge(ua, account, user, forward);
}

int forward_read_text(const struct ua *ua, const struct account *account, const char *text,
                      struct forward *forward)
{
    su_home_t home[1] = {SU_HOME_INIT(home)};
    if (!strchr(text, ':'))
        return room_name_is_valid(text) ? judge(ua, account, text, forward) : -EINVAL;
    su_home_init(home);
    const url_t *url = url_make(home, text);
    int error = url ? forward_read(ua, account, url, forward) : -EINVAL;
    su_home_deinit(home);
    return error;
}
