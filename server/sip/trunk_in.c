/* trunk_in.c - the number that was dialled, and the one that calls. */
#include "server/sip/trunk_in.h"

#include "server/sip/diversion.h"
#include "server/sip/extension.h"
#include "server/sip/privacy.h"
#include "server/sip/trunk_overlap.h"
#include "server/sip/uri.h"

#include <sofia-sip/sip_header.h>

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { USER_BYTES = 3 * NUMBER_BYTES, HISTORY_BYTES = 8192 };

/* The user part, unescaped; of tel: the number. "": there is none, or it is too long. */
static void read_user(const url_t *url, char user[USER_BYTES])
{
    const char *raw = url->url_user              ? url->url_user
                      : url->url_type == url_tel ? url->url_host
                                                 : NULL;
    user[0] = '\0';
    if (raw && strlen(raw) < USER_BYTES)
        url_unescape(user, raw);
}

struct trunk *trunk_in_find(const struct ua_line *line, const sip_t *sip)
{
    char user[USER_BYTES];
    const struct trunk_list *trunks = line->ua->config.trunks;
    read_user(sip->sip_request->rq_url, user);
    struct trunk *trunk = user[0] ? trunk_list_of_contact(trunks, user) : NULL;
    if (trunk)
        return trunk;
    trunk = trunk_list_of_source(trunks, ua_source(line));
    return trunk && !trunk_overlap_is_phone(line, sip, trunk) ? trunk : NULL;
}

/* ---- where it leads ---- */

/* A provider that calls the contact which we registered has the number in To. */
static const url_t *called_url(const struct trunk *trunk, const sip_t *sip)
{
    char user[USER_BYTES];
    const url_t *request = sip->sip_request->rq_url;
    read_user(request, user);
    bool is_contact = strcmp(user, trunk->contact) == 0;
    return is_contact || trunk->settings.number_from == TRUNK_NUMBER_FROM_TO
               ? sip->sip_to->a_url
               : request;
}

void trunk_in_destination(const struct ua *ua, const struct trunk *trunk, const sip_t *sip,
                          struct destination *to)
{
    const struct trunk_settings *settings = &trunk->settings;
    char user[USER_BYTES], dialled[NUMBER_BYTES], number[NUMBER_BYTES];
    const url_t *url = called_url(trunk, sip);
    read_user(url, user);
    if (!number_read(user, dialled)) {
        destination_find(ua, url, to);
        if (to->kind == DESTINATION_NEW_ROOM)
            to->kind = DESTINATION_NONE;
        return;
    }
    *to = (struct destination){.kind = DESTINATION_BAD_NAME};
    if (number_rule_apply(settings->in_rule, settings->in_rules, dialled, number) < 0)
        return;
    if (destination_find_number(ua, number, to))
        return;
    snprintf(to->user, sizeof(to->user), "%s", number);
    to->room = room_list_find(ua->config.rooms, to->user);
    to->kind = to->room ? DESTINATION_ROOM : DESTINATION_NONE;
}

/* ---- who calls ---- */

static void write_caller(const struct trunk *trunk, const url_t *url,
                         char uri[PARTICIPANT_URI_BYTES])
{
    const struct trunk_settings *settings = &trunk->settings;
    char user[USER_BYTES], calls[NUMBER_BYTES], number[NUMBER_BYTES];
    read_user(url, user);
    if (number_read(user, calls) &&
        number_rule_apply(settings->caller_rule, settings->caller_rules, calls, number) == 0)
        snprintf(uri, PARTICIPANT_URI_BYTES, "tel:%s", number);
    else
        uri_plain(url, uri, PARTICIPANT_URI_BYTES);
}

void trunk_in_caller(const struct trunk *trunk, const sip_t *sip,
                     char name[PARTICIPANT_NAME_BYTES], char uri[PARTICIPANT_URI_BYTES])
{
    su_home_t home[1] = {SU_HOME_INIT(home)};
    const char *asserted =
        trunk->settings.trusts_identity ? extension_value(sip, "P-Asserted-Identity") : NULL;
    su_home_init(home);
    const sip_from_t *from = asserted ? sip_from_make(home, asserted) : NULL;
    if (!from)
        from = sip->sip_from;
    if (privacy_hides_caller(sip)) {
        name[0] = '\0';
        snprintf(uri, PARTICIPANT_URI_BYTES, "%s", DIVERSION_ANONYMOUS);
    } else {
        uri_display(from->a_display, name, PARTICIPANT_NAME_BYTES);
        write_caller(trunk, from->a_url, uri);
    }
    su_home_deinit(home);
}

/* ---- who has sent it on ---- */

static void set_diverter(const struct trunk *trunk, const struct diversion *diversion,
                         const char *name, struct attributes *attributes)
{
    char uri[PARTICIPANT_URI_BYTES];
    su_home_t home[1] = {SU_HOME_INIT(home)};
    su_home_init(home);
    const url_t *url = url_make(home, diversion->uri);
    if (url) {
        write_caller(trunk, url, uri);
        attributes_set(attributes, name, uri);
    }
    su_home_deinit(home);
}

void trunk_in_diversions(const struct trunk *trunk, const sip_t *sip,
                         struct attributes *attributes)
{
    char value[HISTORY_BYTES], number[16];
    struct diversion_list list = {.count = 0};
    extension_values(sip, "Diversion", value, sizeof(value));
    diversion_read(value, &list);
    if (!list.count) {
        extension_values(sip, "History-Info", value, sizeof(value));
        diversion_read_history(value, &list);
    }
    if (!list.count)
        return;
    if (privacy_hides_history(sip)) {
        for (unsigned i = 0; i < list.count; i++)
            snprintf(list.diversion[i].uri, sizeof(list.diversion[i].uri), "%s",
                     DIVERSION_ANONYMOUS);
    }
    snprintf(number, sizeof(number), "%u", list.count);
    set_diverter(trunk, &list.diversion[0], "diverted_by", attributes);
    attributes_set(attributes, "diversion_reason", list.diversion[0].reason);
    set_diverter(trunk, &list.diversion[list.count - 1], "first_called", attributes);
    attributes_set(attributes, "diversions", number);
}
