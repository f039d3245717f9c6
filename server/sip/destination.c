/* destination.c - the order of rooms, accounts and numbers. */
#include "server/sip/destination.h"

#include "server/room/room_number.h"
#include "server/sip/call_internal.h"
#include "server/sip/dial_rule.h"
#include "server/sip/uri.h"
#include "server/trunk/number_list.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <sofia-sip/su_alloc.h>
#include <sofia-sip/url.h>

static enum destination_kind kind_of_room(const struct ua *ua, struct destination *to)
{
    to->room = room_list_find(ua->config.rooms, to->user);
    if (!to->room && (to->room = room_number_find(ua->config.rooms, to->user)))
        snprintf(to->user, sizeof(to->user), "%s", room_name(to->room));
    return to->room                 ? DESTINATION_ROOM
           : ua->config.auto_create ? DESTINATION_NEW_ROOM
                                    : DESTINATION_NONE;
}

static enum destination_kind kind_of_account(const struct ua *ua, struct destination *to)
{
    to->account = account_list_find_called(ua->config.accounts, to->user);
    return to->account && account_is_usable(ua->config.accounts, to->account)
               ? DESTINATION_ACCOUNT
               : DESTINATION_NONE;
}

static enum destination_kind kind_of(const struct ua *ua, struct destination *to)
{
    enum destination_kind as_room = kind_of_room(ua, to);
    if (as_room == DESTINATION_ROOM)
        return as_room;
    if (ua->config.factory && strcmp(to->user, ua->config.factory) == 0)
        return DESTINATION_FACTORY;
    enum destination_kind as_account = kind_of_account(ua, to);
    if (to->account)
        return as_account;
    return destination_find_number(ua, to->user, to) ? to->kind : as_room;
}

bool destination_find_number(const struct ua *ua, const char *number, struct destination *to)
{
    const struct number *found = number_list_match(ua->config.numbers, number);
    if (!found)
        return false;
    struct destination led = {.kind = DESTINATION_NONE};
    snprintf(led.user, sizeof(led.user), "%s", found->target);
    snprintf(led.number, sizeof(led.number), "%s", number);
    snprintf(led.language, sizeof(led.language), "%s", found->language);
    if (found->leads_to == NUMBER_TO_MENU)
        led.kind = DESTINATION_MENU;
    else if (found->leads_to == NUMBER_TO_ROOM)
        led.kind = kind_of_room(ua, &led);
    else
        led.kind = kind_of_account(ua, &led);
    *to = led;
    return true;
}

void destination_find_user(const struct ua *ua, const char *user, struct destination *to)
{
    *to = (struct destination){.kind = DESTINATION_NONE};
    snprintf(to->user, sizeof(to->user), "%s", user);
    to->kind = kind_of(ua, to);
}

void destination_find(const struct ua *ua, const url_t *url, struct destination *to)
{
    *to = (struct destination){.kind = DESTINATION_BAD_NAME};
    if (!uri_room(url, to->user))
        return;
    to->kind = to->user[0] ? kind_of(ua, to) : DESTINATION_EMPTY;
}

/* ---- is it here ---- */

static bool is_at(const struct ua_line *line, const struct uri_target *target)
{
    char host[SIP_HOST_BYTES];
    struct sockaddr_storage peer;
    call_guess_peer(target->host, AF_UNSPEC, &peer);
    ua_host(line, (const struct sockaddr *)&peer,
            host); /* the way to oneself is from oneself */
    return strcasecmp(host, target->host) == 0;
}

static bool listens_at(const struct ua_line *line, const struct uri_target *target)
{
    unsigned port = target->port ? target->port : target->wants_tls ? 5061 : 5060;
    return port == line->endpoint.port && is_at(line, target);
}

bool destination_is_here(const struct ua *ua, const struct uri_target *target)
{
    const struct ua_config *config = &ua->config;
    if (strcasecmp(target->host, config->realm) == 0 ||
        dial_rule_allows(config->domains, config->domain_count, target->host))
        return true;
    for (unsigned i = 0; i < ua->line_count; i++) {
        if (listens_at(&ua->line[i], target))
            return true;
    }
    return false;
}

/* Of an address that was found to be here. */
static const struct account *account_of(const struct ua *ua, const struct uri_target *target)
{
    struct destination to = {.user = ""};
    su_home_t home[1] = {SU_HOME_INIT(home)};
    su_home_init(home);
    const url_t *url = url_make(home, target->text);
    bool is_account = url && uri_room(url, to.user) && to.user[0] &&
                      kind_of_account(ua, &to) == DESTINATION_ACCOUNT;
    su_home_deinit(home);
    return is_account ? to.account : NULL;
}

const struct account *destination_own_account(const struct ua *ua, const char *uri)
{
    struct uri_target target;
    bool is_here = uri_target(uri, &target) == 0 && destination_is_here(ua, &target);
    return is_here ? account_of(ua, &target) : NULL;
}

const struct account *destination_claimed_account(const struct ua *ua, const char *uri)
{
    struct uri_target target;
    if (uri_target(uri, &target) < 0)
        return NULL;
    bool is_ours = destination_is_here(ua, &target);
    for (unsigned i = 0; !target.port && !is_ours && i < ua->line_count; i++)
        is_ours = is_at(&ua->line[i], &target);
    return is_ours ? account_of(ua, &target) : NULL;
}
