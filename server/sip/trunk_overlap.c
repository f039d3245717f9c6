/* trunk_overlap.c - the networks of trunks, and the addresses of phones. */
#include "server/sip/trunk_overlap.h"

#include "mixer/base/log.h"
#include "server/account/account_list.h"
#include "server/account/location.h"
#include "server/rtp/address.h"
#include "server/rtp/address_kind.h"
#include "server/sip/destination.h"
#include "server/sip/phone_way.h"
#include "server/sip/uri.h"

#include <sofia-sip/msg_header.h>

#include <ifaddrs.h>
#include <string.h>
#include <strings.h>

static bool covers(const struct trunk *trunk, const struct sockaddr *address)
{
    uint8_t bytes[ADDRESS_BLOCK_BYTES];
    bool is_in = false;
    if (!address_block_bytes(address, bytes))
        return false;
    for (unsigned i = 0; i < trunk->settings.networks; i++)
        is_in |= address_block_has_bytes(&trunk->block[i], bytes);
    return is_in;
}

/* ---- when it is made ---- */

static bool has_phone(struct ua *ua, const struct trunk *trunk, const struct binding *phone)
{
    struct phone_way way;
    for (; phone; phone = phone->next) {
        if (phone_way_find(ua, phone->flow, &way) == 0 &&
            covers(trunk, (const struct sockaddr *)&way.far))
            return true;
    }
    return false;
}

static void warn_of_phones(struct ua *ua, const struct trunk *trunk)
{
    const struct account *account = account_list_above(ua->config.accounts, "");
    while (account && !has_phone(ua, trunk, location_first(ua->config.location, account->name)))
        account = account_list_above(ua->config.accounts, account->name);
    if (account)
        log_warn(
            "sip",
            "trunk %s: a phone of %s is registered from its networks: what phones ask from "
            "there without a registration is taken for the provider's",
            trunk->name, account->name);
}

static void warn_of_own_network(const struct trunk *trunk)
{
    struct ifaddrs *all, *each;
    char host[INET6_ADDRSTRLEN];
    if (getifaddrs(&all) < 0)
        return;
    for (each = all; each; each = each->ifa_next) {
        const char *kind = each->ifa_addr ? address_kind(each->ifa_addr) : NULL;
        if (kind && strcmp(kind, "private") == 0 && covers(trunk, each->ifa_addr))
            break;
    }
    if (each) {
        address_host_of(each->ifa_addr, host);
        log_warn(
            "sip",
            "trunk %s: its networks have this machine's own address %s in them: whoever is "
            "beside it, and not registered, is taken for the provider",
            trunk->name, host);
    }
    freeifaddrs(all);
}

void trunk_overlap_warn(struct ua *ua, const struct trunk *trunk)
{
    if (!trunk->settings.enabled || !trunk->settings.networks)
        return;
    warn_of_phones(ua, trunk);
    warn_of_own_network(trunk);
}

/* ---- whose request it is ---- */

static bool has_credentials(const struct ua *ua, const sip_t *sip)
{
    for (const sip_authorization_t *each = sip->sip_authorization; each; each = each->au_next) {
        const char *realm = msg_params_find(each->au_params, "realm=");
        const size_t length = strlen(ua->config.realm);
        if (realm && realm[0] == '"' && strncmp(realm + 1, ua->config.realm, length) == 0 &&
            strcmp(realm + 1 + length, "\"") == 0)
            return true;
    }
    return false;
}

static bool is_registered_from(const struct ua_line *line, const sip_t *sip,
                               const struct account *account)
{
    char flow[ROUTE_BYTES];
    if (!phone_way_write(line, sip, ua_source(line), flow))
        return false;
    const struct binding *phone = location_first(line->ua->config.location, account->name);
    while (phone && strcmp(phone->flow, flow) != 0)
        phone = phone->next;
    return phone != NULL;
}

bool trunk_overlap_is_phone(const struct ua_line *line, const sip_t *sip,
                            const struct trunk *trunk)
{
    struct uri_target from;
    char host[INET6_ADDRSTRLEN];
    if (has_credentials(line->ua, sip))
        return true;
    const struct account *account = uri_target_of(sip->sip_from->a_url, &from) == 0
                                        ? destination_claimed_account(line->ua, from.text)
                                        : NULL;
    if (!account)
        return false;
    if (is_registered_from(line, sip, account))
        return true;
    address_host_of(ua_source(line), host);
    log_often("sip", NULL, host,
              "From is the account %s, and it comes from the networks of the trunk %s: it is "
              "taken for the provider's, Call-ID %s",
              account->name, trunk->name, sip->sip_call_id->i_id);
    return false;
}
