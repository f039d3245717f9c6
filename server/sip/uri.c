/* uri.c - what of a URI is kept. */
#include "server/sip/uri.h"

#include "server/sdp/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <sofia-sip/su_alloc.h>
#include <sofia-sip/url.h>

bool uri_room(const url_t *url, char room[ROOM_NAME_BYTES])
{
    char user[3 * ROOM_NAME_BYTES];
    room[0] = '\0';
    const char *raw = url->url_user;
    if (url->url_type == url_tel && !raw)
        raw = url->url_host;
    if (!raw || !raw[0])
        return true;
    if (strlen(raw) >= sizeof(user))
        return false;
    url_unescape(user, raw);
    user[strcspn(user, ";")] = '\0'; /* parameters of a telephone number (RFC 3966) */
    if (!room_name_is_valid(user))
        return false;
    snprintf(room, ROOM_NAME_BYTES, "%.*s", ROOM_NAME_BYTES - 1, user);
    return true;
}

void uri_plain(const url_t *url, char *out, size_t room)
{
    struct text text;
    text_init(&text, out, room);
    if (url->url_user)
        text_add(&text, "%s:%s@%s", url->url_scheme ? url->url_scheme : "sip", url->url_user,
                 url->url_host ? url->url_host : "");
    else
        text_add(&text, "%s:%s", url->url_scheme ? url->url_scheme : "sip",
                 url->url_host ? url->url_host : "");
}

void uri_display(const char *display, char *out, size_t room)
{
    size_t length = 0;
    bool is_quoted = display && display[0] == '"';
    for (const char *at = display ? display + is_quoted : ""; *at && length + 1 < room; at++) {
        if (is_quoted && *at == '"')
            break;
        if (is_quoted && *at == '\\' && at[1])
            at++;
        out[length++] = *at;
    }
    out[length] = '\0';
}

bool uri_is_tcp(const sip_t *sip)
{
    const char *protocol = sip->sip_via ? sip->sip_via->v_protocol : NULL;
    return protocol && strcasecmp(protocol, "SIP/2.0/TCP") == 0;
}

bool uri_asks_sips(const sip_t *sip)
{
    const url_t *next = sip->sip_record_route ? sip->sip_record_route->r_url
                        : sip->sip_contact    ? sip->sip_contact->m_url
                                              : NULL;
    return sip->sip_request->rq_url->url_type == url_sips ||
           (next && next->url_type == url_sips);
}

bool uri_is_host(const char *host)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_:[]";
    return host[0] && !host[strspn(host, allowed)];
}

bool uri_is_port(const char *port)
{
    if (!port || !port[0])
        return true;
    size_t length = strlen(port);
    return length <= 5 && strspn(port, "0123456789") == length && atoi(port) >= 1 &&
           atoi(port) <= 65535;
}

bool uri_is_clean(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text <= 0x20 || strchr("<>\"\\\x7f", *text))
            return false;
    }
    return true;
}

bool uri_key(const url_t *url, char *out, size_t room)
{
    char transport[16] = "", maddr[64] = "";
    const bool is_sips = url->url_type == url_sips;
    bool has_port = url->url_port && url->url_port[0];
    struct text text;
    text_init(&text, out, room);
    if (url->url_params) {
        url_param(url->url_params, "transport", transport, sizeof(transport));
        url_param(url->url_params, "maddr", maddr, sizeof(maddr));
    }
    text_add(&text, "%s:%s@", is_sips ? "sips" : "sip", url->url_user ? url->url_user : "");
    size_t user = text.length;
    text_add(&text, "%s:%s;%s;%s", url->url_host,
             has_port  ? url->url_port
             : is_sips ? "5061"
                       : "5060",
             transport[0] ? transport : "udp", maddr);
    for (char *at = out + user; at < out + text.length; at++)
        *at = (char)tolower((unsigned char)*at);
    return !text.full;
}

/* The transport that @p url asks for, "" for none; sips: says it itself, and a parameter would
 * mislead the stack. @return false: one that we do not have. */
static bool read_transport(const url_t *url, char transport[8])
{
    transport[0] = '\0';
    if (url->url_params && url_param(url->url_params, "transport", transport, 8) > 0 &&
        strcasecmp(transport, "udp") != 0 && strcasecmp(transport, "tcp") != 0 &&
        strcasecmp(transport, "tls") != 0)
        return false;
    if (url->url_type != url_sips)
        return true;
    bool is_udp = strcasecmp(transport, "udp") == 0;
    transport[0] = '\0';
    return !is_udp;
}

int uri_target_of(const url_t *url, struct uri_target *target)
{
    char transport[8];
    bool is_sips = url->url_type == url_sips;
    if ((url->url_type != url_sip && !is_sips) || !url->url_host ||
        !uri_is_host(url->url_host) || !uri_is_port(url->url_port) || url->url_headers ||
        url->url_password || strlen(url->url_host) >= sizeof(target->host))
        return -EINVAL;
    if (!read_transport(url, transport))
        return -EINVAL;
    struct text text, hop;
    bool has_port = url->url_port && url->url_port[0];
    text_init(&text, target->text, sizeof(target->text));
    text_add(&text, "%s:%s%s%s%s%s", is_sips ? "sips" : "sip",
             url->url_user ? url->url_user : "", url->url_user ? "@" : "", url->url_host,
             has_port ? ":" : "", has_port ? url->url_port : "");
    if (transport[0])
        text_add(&text, ";transport=%s", transport);
    text_init(&hop, target->hop, sizeof(target->hop));
    text_add(&hop, "sip:%s%s%s;transport=tls", url->url_host, has_port ? ":" : "",
             has_port ? url->url_port : "");
    snprintf(target->host, sizeof(target->host), "%s", url->url_host);
    target->port = has_port ? (uint16_t)atoi(url->url_port) : 0;
    target->is_sips = is_sips;
    target->wants_tls = is_sips || strcasecmp(transport, "tls") == 0;
    target->wants_tcp = strcasecmp(transport, "tcp") == 0;
    return text.full || hop.full || !uri_is_clean(target->text) ? -EINVAL : 0;
}

int uri_target(const char *text, struct uri_target *target)
{
    su_home_t home[1] = {SU_HOME_INIT(home)};
    int error = -EINVAL;
    if (strlen(text) >= sizeof(target->text) || !uri_is_clean(text))
        return -EINVAL;
    su_home_init(home);
    url_t *url = url_make(home, text);
    if (url)
        error = uri_target_of(url, target);
    su_home_deinit(home);
    return error;
}
