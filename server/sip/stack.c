/* stack.c - what the library is told at birth. */
#include "server/sip/stack.h"

#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "server/rtp/address.h"
#include "server/sip/call.h"
#include "server/sip/resolver_conf.h"
#include "server/sip/route.h"
#include "server/sip/subscription.h"
#include "server/sip/ua_web.h"

#include <sofia-sip/msg_addr.h>
#include <sofia-sip/msg_mclass.h>
#include <sofia-sip/nta_tag.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_parser.h>
#include <sofia-sip/sip_protos.h>
#include <sofia-sip/sresolv.h>
#include <sofia-sip/su_log.h>
#include <sofia-sip/tport_tag.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
    UNFINISHED_MS = 30 * 1000, /* a message over TCP that does not end */
    BACKLOG = 256,             /* connections that wait to be accepted */
    RECEIVE_BYTES = 4 << 20,   /* of a UDP socket: phones of a whole site that come at once */
    WEB_PORT_TRIES = 16,
    SHOWN = 1 << 8,        /* of a message; the library has no such flag */
    IDLE_MS = 3600 * 1000, /* above every session timer: no call loses its connection */
    GRAY_S = 30,           /* a server of a domain that does not answer is the last one, and is
                    remembered, for so long */
};

/* ---- log ---- */

/* Of SDP's a=crypto: who reads a log must not be able to listen in. */
static void hide_keys(char *line)
{
    static const char method[] = "inline:";
    for (char *at = line; (at = strcasestr(at, method));) {
        at += sizeof(method) - 1;
        for (; at[0] && !strchr(" |;", at[0]); at++)
            at[0] = '*';
    }
}

/* Pieces of lines come; whole ones go out. */
static void on_log(void *context, const char *format, va_list arguments)
{
    (void)context;
    static _Thread_local char line[1024];
    static _Thread_local size_t used;
    if (!log_wanted(LOG_LEVEL_DEBUG))
        return;
    int added = vsnprintf(line + used, sizeof(line) - used, format, arguments);
    if (added < 0)
        return;
    used = used + (size_t)added < sizeof(line) ? used + (size_t)added : sizeof(line) - 1;
    if (line[used - (used ? 1 : 0)] != '\n' && used < sizeof(line) - 1)
        return;
    for (char *rest = line, *each; (each = strsep(&rest, "\r\n"));) {
        hide_keys(each);
        if (each[0])
            log_debug("sip", "%s", each);
    }
    used = 0;
}

void stack_redirect_log(unsigned trace)
{
    su_log_redirect(NULL, on_log, NULL);
    su_log_set_level(NULL, trace ? 5 : 1);
}

/* ---- what never reaches the stack: a flood, and routes to nowhere ---- */

static struct gate *arrivals;
static struct ban_list *banned;
static const struct source_proxies *trusted;
static uint64_t dropped, dropped_by_ban;
static struct ua *told; /* of 100 Trying */

/* Without its Via, the stack cannot answer: it forgets the message. */
static issize_t forget(sip_t *sip)
{
    sip->sip_via = NULL;
    sip->sip_flags |= MSG_FLG_ERROR;
    return -1;
}

/* Of a dialog that there is, nothing is dropped: whoever calls may share his address. */
static bool is_banned(const sip_t *sip, const struct sockaddr *source)
{
    bool is_new = !sip->sip_to || !sip->sip_to->a_tag;
    return banned && is_new && ban_drops(banned, source, clock_monotonic_ns());
}

/* @p via: for whom proxies of SIP speak; NULL: none can have been on the way. */
static bool may_pass(const sip_t *sip, const sip_via_t *via, const struct sockaddr *peer)
{
    struct sockaddr_storage asker;
    const struct sockaddr *source = (const struct sockaddr *)&asker;
    source_of(trusted, via, peer, &asker);
    if (!source->sa_family)
        return true;
    const bool is_flood = !gate_arrive(arrivals, source, clock_monotonic_ns());
    const bool is_refused = !is_flood && is_banned(sip, source);
    dropped += is_flood;
    dropped_by_ban += is_refused;
    return !is_flood && !is_refused;
}

/* nua never tells of a 100, and nta leaks the message if it does. */
static void note_trying(const sip_t *sip)
{
    if (told && sip->sip_status->st_status == 100 && sip->sip_call_id && sip->sip_call_id->i_id)
        call_on_trying(told, sip->sip_call_id->i_id);
}

/* From now on it is the phone's own address that everybody sees; if more of the message comes,
 * the stack notes ours again. What was read together with a message before has its address, the
 * phone's. @return false: it comes from somebody of this machine who is no phone, or from one
 * that has gone. */
static bool show_phone(msg_t *msg, sip_t *sip)
{
    const struct sockaddr *peer = &msg_addr(msg)->su_sa;
    union latch_address far;
    struct ws_way ignored;
    if (!ws_is_own(peer))
        return sip->sip_flags & SHOWN || (told && ua_web_way(told, peer, &ignored));
    if (!told || !ua_web_far(told, peer, &far))
        return false;
    msg_set_address(msg, (su_sockaddr_t *)(void *)&far, address_bytes(&far));
    sip->sip_flags |= SHOWN;
    return true;
}

/* Called at the empty line behind the headers, and again for a body. */
static issize_t extract(msg_t *msg, msg_pub_t *pub, char data[], isize_t size, int eos,
                        enum stack_kind kind)
{
    sip_t *sip = (sip_t *)pub;
    bool is_first = !(sip->sip_flags & MSG_FLG_BODY);
    if (kind == STACK_WEB && !show_phone(msg, sip))
        return forget(sip);
    const sip_via_t *via = kind == STACK_WEB ? NULL : sip->sip_via;
    if (is_first && sip->sip_request && !may_pass(sip, via, &msg_addr(msg)->su_sa))
        return forget(sip);
    if (is_first)
        route_mend(sip, kind == STACK_TLS);
    if (is_first && sip->sip_status)
        note_trying(sip);
    return sip_default_mclass()->mc_extract_body(msg, pub, data, size, eos);
}

static issize_t extract_body(msg_t *msg, msg_pub_t *pub, char data[], isize_t size, int eos)
{
    return extract(msg, pub, data, size, eos, STACK_PLAIN);
}

static issize_t extract_body_tls(msg_t *msg, msg_pub_t *pub, char data[], isize_t size, int eos)
{
    return extract(msg, pub, data, size, eos, STACK_TLS);
}

static issize_t extract_body_web(msg_t *msg, msg_pub_t *pub, char data[], isize_t size, int eos)
{
    return extract(msg, pub, data, size, eos, STACK_WEB);
}

const msg_mclass_t *stack_message_class(struct gate *gate, struct ban_list *bans,
                                        const struct source_proxies *proxies,
                                        enum stack_kind kind)
{
    static issize_t (*const extractors[])(msg_t *, msg_pub_t *, char[], isize_t, int) = {
        [STACK_PLAIN] = extract_body,
        [STACK_TLS] = extract_body_tls,
        [STACK_WEB] = extract_body_web,
    };
    static msg_mclass_t *classes[3];
    msg_mclass_t **class = &classes[kind];
    if (!*class) {
        *class = msg_mclass_clone(sip_default_mclass(), 0, 0);
        if (!*class)
            return NULL;
        (*class)->mc_extract_body = extractors[kind];
    }
    arrivals = gate;
    banned = bans;
    trusted = proxies;
    return *class;
}

uint64_t stack_banned(void)
{
    return dropped_by_ban;
}

uint64_t stack_dropped(void)
{
    return dropped;
}

/* ---- a line ---- */

static void write_url(const struct ua_line *line, char *out, size_t room)
{
    const struct listener_endpoint *endpoint = &line->endpoint;
    bool v6 = endpoint->family == AF_INET6;
    if (line->web_port) {
        snprintf(out, room, "sip:127.0.0.1:%u;transport=tcp", line->web_port);
        return;
    }
    /* "transport=udp,tcp" reads past an array in 1.12.11; without it, both are bound */
    const char *transport = endpoint->udp && endpoint->tcp ? ""
                            : endpoint->udp                ? ";transport=udp"
                            : endpoint->tls                ? ""
                                                           : ";transport=tcp";
    snprintf(out, room, "%s:%s%s%s:%u%s", endpoint->tls ? "sips" : "sip", v6 ? "[" : "",
             endpoint->host, v6 ? "]" : "", endpoint->port, transport);
}

static int create(struct ua_line *line)
{
    const struct ua_config *config = &line->ua->config;
    const enum stack_kind kind = line->web_port       ? STACK_WEB
                                 : line->endpoint.tls ? STACK_TLS
                                                      : STACK_PLAIN;
    const msg_mclass_t *class =
        stack_message_class(line->ua->gate, config->bans, &line->ua->proxies, kind);
    const char *resolver = resolver_conf_path();
    char url[SIP_HOST_BYTES];
    if (!class)
        return -ENOMEM;
    told = line->ua;
    write_url(line, url, sizeof(url));
    errno = 0;
    line->nua = nua_create(
        line->ua->root, ua_on_event, line, NUTAG_URL(url), NUTAG_MEDIA_ENABLE(0),
        NUTAG_AUTOACK(0), NUTAG_AUTOANSWER(0), NUTAG_AUTOALERT(0), NUTAG_ENABLEMESSAGE(1),
        NUTAG_ENABLEINVITE(1), NUTAG_EARLY_MEDIA(0), SIPTAG_ALLOW_STR(SIP_METHODS),
        NUTAG_APPL_METHOD(NULL),
        NUTAG_APPL_METHOD(
            "INVITE, BYE, OPTIONS, UPDATE, INFO, MESSAGE, REGISTER, SUBSCRIBE, REFER"),
        NUTAG_ALLOW_EVENTS(SUBSCRIPTION_PACKAGES), SIPTAG_SUPPORTED_STR(SIP_EXTENSIONS),
        SIPTAG_USER_AGENT_STR(SIP_PRODUCT), NUTAG_SESSION_TIMER(config->session_expires_s),
        NUTAG_MIN_SE(config->min_session_expires_s), NUTAG_UPDATE_REFRESH(1),
        /* what is to be tried again is decided here: redirects, 401, 422, Retry-After */
        NUTAG_RETRY_COUNT(0), NTATAG_MCLASS(class), NTATAG_MAXSIZE(SIP_MAX_MESSAGE_BYTES),
        NTATAG_MAX_PROCEEDING(config->max_calls + 16), TPTAG_STUN_SERVER(1),
        TPTAG_TIMEOUT(UNFINISHED_MS), TPTAG_IDLE(IDLE_MS), TPTAG_PONG2PING(1),
        TPTAG_QUEUESIZE(BACKLOG), TPTAG_UDP_RMEM(RECEIVE_BYTES),
        TPTAG_LOG(config->trace ? 1 : 0), TAG_IF(resolver, SRESTAG_RESOLV_CONF(resolver)),
        SRESTAG_CACHE(line->ua->names), NTATAG_GRAYLIST(GRAY_S),
        TAG_IF(line->endpoint.tls, TPTAG_CERTIFICATE("/nonexistent")), /* secure.h has it */
        TAG_IF(line->endpoint.tls && config->tls.verify,
               TPTAG_TLS_VERIFY_POLICY(TPTLS_VERIFY_SUBJECTS_OUT)),
        TAG_END());
    if (line->nua)
        return 0;
    return errno ? -errno : -EADDRNOTAVAIL;
}

/* Between the two of us, so any port will do; somebody else may be faster to take it. */
static int open_web(struct ua_line *line)
{
    int error = -EADDRINUSE;
    for (unsigned i = 0; error && i < WEB_PORT_TRIES; i++) {
        line->web_port = ua_web_free_port();
        error = line->web_port ? create(line) : -EADDRNOTAVAIL;
    }
    return error;
}

int stack_open(struct ua_line *line)
{
    if (listener_is_web(&line->endpoint))
        return open_web(line);
    if (!line->endpoint.tls)
        return create(line);
    secure_adopt_begin(line->ua->tls, line->endpoint.port);
    int error = create(line);
    int unfit = secure_adopt_end(line->ua->tls);
    if (!error && unfit) {
        nua_shutdown(line->nua);
        return unfit;
    }
    return error;
}
