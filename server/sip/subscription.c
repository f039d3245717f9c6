/* subscription.c - the subscribers of all rooms, in one list. */
#include "server/sip/subscription.h"

#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "server/account/location.h"
#include "server/room/room_bans.h"
#include "server/room/room_policy.h"
#include "server/rtp/address.h"
#include "server/sip/call_internal.h"
#include "server/sip/conference_info.h"
#include "server/sip/destination.h"
#include "server/sip/login.h"
#include "server/sip/phone_way.h"
#include "server/sip/registrar.h"

#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/sip_tag.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    MOST_S = 3600,
    INTERVAL_MS = 1000,
    MAX_CHANGED = 16,
    PART_BYTES = 24 * 1024, /* a datagram takes no more than 64 KiB, and many lose such ones */
    END_GUARD_MS = 40000,   /* the answer to the last NOTIFY may be lost */
    DATAGRAM_BYTES = 56 * 1024, /* and more than one is not asked for */
    MOST_FETCHES = 10,          /* of one source, whose NOTIFYs are not answered yet */
};

static const char not_told[] = "Not Told Who Is In";

struct subscription {
    struct subscription *next;
    struct ua_line *line;
    nua_handle_t *handle;
    char account[ACCOUNT_NAME_BYTES]; /* whose password was shown; "": it is by a call    */
    char from[PARTICIPANT_URI_BYTES]; /* as that account calls itself                   */
    const struct participant *member; /* as whom it may; NULL: as an account that is not in */
    struct room *room;                /* NULL: over, its last NOTIFY is on its way */
    struct seal seal;                 /* of who is told                          */
    bool by_datagrams;
    bool is_fetch;                 /* it was asked for once: Expires: 0            */
    char source[INET6_ADDRSTRLEN]; /* whose it is                                  */
    char entity[SIP_CONTACT_BYTES], contact[SIP_CONTACT_BYTES];
    unsigned version;
    int64_t expires_ns, sent_ns;
    struct loop_timer timer; /* of what comes first: expiry, the next NOTIFY, the end */
    bool is_waiting;         /* for the answer to a NOTIFY */
    bool is_due;             /* there is something to tell: */
    bool is_full;            /* all of it, or only these    */
    unsigned changed_count;
    char changed[MAX_CHANGED][PARTICIPANT_URI_BYTES];
    char
        rest[PARTICIPANT_ID_BYTES]; /* who has not been told of yet, and all behind; "": none */
};

/* ---- birth and death ---- */

static struct subscription *find(const struct ua *ua, nua_handle_t *handle)
{
    struct subscription *each = ua->subscriptions;
    while (each && each->handle != handle)
        each = each->next;
    return each;
}

static void destroy(void *context)
{
    struct subscription *subscription = context;
    struct ua *ua = subscription->line->ua;
    struct subscription **at = &ua->subscriptions;
    while (*at != subscription)
        at = &(*at)->next;
    *at = subscription->next;
    ua->subscription_count--;
    loop_timer_stop(ua->config.loop, &subscription->timer);
    seal_finish(&subscription->seal);
    nua_handle_destroy(subscription->handle);
    free(subscription);
}

void subscription_cut_all(struct ua *ua)
{
    while (ua->subscriptions)
        destroy(ua->subscriptions);
    conference_users_finish(&ua->users);
}

/* ---- who may ---- */

/* Who is still called is not in. */
static bool is_in(const struct participant *participant, const struct room *room)
{
    const enum participant_state state = participant_info(participant)->state;
    return participant_room(participant) == room && !participant_is_outside(participant) &&
           state != PARTICIPANT_CALLING && state != PARTICIPANT_RINGING &&
           state != PARTICIPANT_ENDED;
}

static bool allows(const struct room *room, const struct participant *member)
{
    return room_policy_may_watch(room_settings(room), member ? participant_info(member) : NULL);
}

/* Up to its parameters. */
static bool is_at(const char *uri, const struct binding *phone)
{
    const size_t length = strcspn(uri, ";");
    return length == strcspn(phone->uri, ";") && strncmp(uri, phone->uri, length) == 0;
}

/* Its phone may have been called where it is, as well. */
static bool is_of(const struct call *call, const char *account)
{
    const struct binding *phone = NULL;
    if (call->is_out && !call->account[0])
        phone = registrar_first(call->ua, account);
    while (phone && !is_at(participant_info(call->participant)->uri, phone))
        phone = phone->next;
    return phone || strcmp(call->account, account) == 0;
}

/* Who is in as that account, and may; NULL: nobody. */
static const struct participant *find_member(const struct subscription *subscription)
{
    const struct room *room = subscription->room;
    for (const struct call *call = subscription->line->ua->calls; call; call = call->next) {
        const struct participant *each = call->participant;
        if (each && is_in(each, room) && allows(room, each) &&
            is_of(call, subscription->account))
            return each;
    }
    return NULL;
}

static bool has_account(const struct subscription *subscription)
{
    const struct account_list *accounts = subscription->line->ua->config.accounts;
    const struct account *account = account_list_find(accounts, subscription->account);
    return account && account_is_usable(accounts, account);
}

static bool may(struct subscription *subscription)
{
    const struct room *room = subscription->room;
    if (!subscription->account[0])
        return subscription->member && allows(room, subscription->member);
    if (!has_account(subscription))
        return false;
    if (!subscription->member || !allows(room, subscription->member))
        subscription->member = find_member(subscription);
    return subscription->member ||
           (allows(room, NULL) &&
            !room_bans_meet(room_bans(room), subscription->from, subscription->source));
}

/* ---- NOTIFY ---- */

static void on_timer(void *context);

static void arm(struct subscription *subscription, int64_t now_ns)
{
    int64_t due_ns = subscription->expires_ns;
    int64_t next_ns = subscription->sent_ns + INTERVAL_MS * CLOCK_NS_PER_MS;
    if (subscription->is_due && !subscription->is_waiting && next_ns < due_ns)
        due_ns = next_ns;
    int64_t delay_ms = (due_ns - now_ns + CLOCK_NS_PER_MS - 1) / CLOCK_NS_PER_MS;
    loop_timer_start(subscription->line->ua->config.loop, &subscription->timer,
                     delay_ms > 0 ? delay_ms : 0, on_timer, subscription);
}

/* @p xml NULL: without a document. */
static void send_notify(struct subscription *subscription, const char *state, const char *xml)
{
    struct sealed sealed;
    seal_make(&subscription->seal, SEAL_NOTIFY,
              &(struct seal_text){.type = CONFERENCE_INFO_TYPE,
                                  .text = xml,
                                  .start = "NOTIFY",
                                  .handle = subscription->handle,
                                  .contact = subscription->contact},
              &sealed);
    subscription->is_waiting = true;
    nua_notify(subscription->handle, NUTAG_NEWSUB(1), SIPTAG_EVENT_STR("conference"),
               SIPTAG_SUBSCRIPTION_STATE_STR(state), SIPTAG_CONTACT_STR(subscription->contact),
               SEALED_TAGS(&sealed), TAG_END());
    sealed_finish(&sealed);
}

/* What there is to tell now, owned by the caller; NULL: no memory. A rest whose first one has
 * gone begins anew: to be told twice of somebody harms nobody. */
static char *write_document(struct subscription *subscription, const char *users,
                            size_t most_bytes)
{
    struct room *room = subscription->room;
    const struct participant *rest =
        subscription->rest[0] ? room_find(room, subscription->rest) : NULL;
    if (subscription->rest[0] && !rest)
        rest = room_first(room);
    const struct conference_info info = {
        .room = room,
        .entity = subscription->entity,
        .version = ++subscription->version,
        .is_full = subscription->is_full,
        .changed_count = subscription->changed_count,
        .changed = (const char(*)[PARTICIPANT_URI_BYTES])subscription->changed,
        .rest = rest,
        .most_bytes = most_bytes,
        .users = users};
    char *xml = conference_info_write(&info, &rest);
    snprintf(subscription->rest, sizeof(subscription->rest), "%s",
             xml && rest ? participant_info(rest)->id : "");
    return xml;
}

/* All of it, for who asks once: of what no datagram takes the begin, which says how many there
 * are. */
static char *write_once(struct subscription *subscription, int64_t now_ns)
{
    struct room *room = subscription->room;
    const char *users = conference_users_text(&subscription->line->ua->users, room, now_ns);
    if (!users)
        return NULL;
    if (!subscription->by_datagrams || strlen(users) < DATAGRAM_BYTES)
        return write_document(subscription, users, SIZE_MAX);
    subscription->is_full = false;
    snprintf(subscription->rest, sizeof(subscription->rest), "%s",
             participant_info(room_first(room))->id);
    return write_document(subscription, NULL, DATAGRAM_BYTES);
}

static void notify(struct subscription *subscription, int64_t now_ns)
{
    char state[48];
    char *xml = write_document(subscription, NULL, PART_BYTES);
    int64_t left_s = (subscription->expires_ns - now_ns) / CLOCK_NS_PER_S;
    snprintf(state, sizeof(state), "active;expires=%lld", (long long)(left_s > 0 ? left_s : 0));
    subscription->sent_ns = now_ns;
    subscription->is_due = subscription->rest[0];
    subscription->is_full = false;
    subscription->changed_count = 0;
    if (xml) /* out of memory: the next one tells more */
        send_notify(subscription, state, xml);
    free(xml);
}

/* The last one: @p reason of RFC 6665, and @p xml as send_notify() has it. */
static void end(struct subscription *subscription, const char *reason, const char *xml)
{
    char state[48];
    subscription->room = NULL;
    snprintf(state, sizeof(state), "terminated;reason=%s", reason);
    send_notify(subscription, state, xml);
    loop_timer_start(subscription->line->ua->config.loop, &subscription->timer, END_GUARD_MS,
                     destroy, subscription);
}

static void on_timer(void *context)
{
    struct subscription *subscription = context;
    int64_t now_ns = clock_monotonic_ns();
    if (now_ns >= subscription->expires_ns) {
        end(subscription, "timeout", NULL);
        return;
    }
    if (subscription->is_due && !may(subscription)) { /* its account has gone */
        end(subscription, "rejected", NULL);
        return;
    }
    if (subscription->is_due && !subscription->is_waiting)
        notify(subscription, now_ns);
    arm(subscription, now_ns);
}

bool subscription_on_notified(struct ua *ua, nua_handle_t *handle, int status)
{
    struct subscription *subscription = find(ua, handle);
    if (!subscription)
        return false;
    if (status < 200)
        return true;
    subscription->is_waiting = false;
    if (!subscription->room || status >= 300)
        destroy(subscription); /* over; or nobody is there any more */
    else
        arm(subscription, clock_monotonic_ns());
    return true;
}

/* ---- what happens in rooms ---- */

static void tell_all(struct subscription *subscription)
{
    subscription->is_due = subscription->is_full = true;
    subscription->changed_count = 0;
}

static void tell_of(struct subscription *subscription, const char *uri)
{
    subscription->is_due = true;
    if (subscription->is_full)
        return;
    for (unsigned i = 0; i < subscription->changed_count; i++) {
        if (strcmp(subscription->changed[i], uri) == 0)
            return;
    }
    if (subscription->changed_count == MAX_CHANGED)
        tell_all(subscription);
    else
        snprintf(subscription->changed[subscription->changed_count++], PARTICIPANT_URI_BYTES,
                 "%s", uri);
}

/* Whether what has happened leaves its right as it was. */
static bool still_may(struct subscription *subscription, const struct room_event *event)
{
    const bool is_of_member = event->participant == subscription->member;
    switch (event->kind) {
    case ROOM_EVENT_ROOM_CHANGED:
    case ROOM_EVENT_ROOM_BANS:
        return may(subscription);
    case ROOM_EVENT_PARTICIPANT_CHANGED:
        return !is_of_member || may(subscription);
    case ROOM_EVENT_PARTICIPANT_LEFT:
        if (is_of_member)
            subscription->member = NULL;
        return !is_of_member || may(subscription);
    default:
        return true;
    }
}

static void tell(struct subscription *subscription, const struct room_event *event)
{
    char user[PARTICIPANT_URI_BYTES];
    if (!still_may(subscription, event)) {
        end(subscription, "rejected", NULL);
        return;
    }
    if (event->kind == ROOM_EVENT_ROOM_DELETED) {
        end(subscription, "noresource", NULL);
        return;
    }
    if (conference_info_shows(event->kind)) {
        conference_info_user(event->participant, user);
        tell_of(subscription, user);
    } else if (event->kind == ROOM_EVENT_ROOM_CHANGED) {
        subscription->is_due = true;
    } else {
        return;
    }
    arm(subscription, clock_monotonic_ns());
}

void subscription_on_room_event(struct ua *ua, const struct room_event *event)
{
    conference_users_on_room_event(&ua->users, event);
    for (struct subscription *each = ua->subscriptions; each; each = each->next) {
        if (each->room == event->room)
            tell(each, event);
    }
}

/* ---- SUBSCRIBE ---- */

static unsigned wanted_s(const sip_t *sip)
{
    unsigned long wanted = sip->sip_expires ? sip->sip_expires->ex_delta : MOST_S;
    return (unsigned)(wanted > MOST_S ? MOST_S : wanted);
}

/* Lives from now on for as long as it wants, and is told everything; not at all: once. */
static void begin(struct subscription *subscription, unsigned expires_s)
{
    int64_t now_ns = clock_monotonic_ns();
    subscription->expires_ns = now_ns + expires_s * CLOCK_NS_PER_S;
    tell_all(subscription);
    if (!expires_s) {
        char *xml = write_once(subscription, now_ns);
        end(subscription, "timeout", xml);
        free(xml);
        return;
    }
    if (!subscription->is_waiting)
        notify(subscription, now_ns);
    arm(subscription, now_ns);
}

static void accept_for(struct subscription *subscription, unsigned expires_s)
{
    char expires[16];
    struct ua_line *line = subscription->line;
    snprintf(expires, sizeof(expires), "%u", expires_s);
    line->ua->stats.responses[2]++;
    nua_respond(subscription->handle, SIP_200_OK, NUTAG_WITH(ua_request(line)),
                SIPTAG_EXPIRES_STR(expires), SIPTAG_CONTACT_STR(subscription->contact),
                TAG_END());
    begin(subscription, expires_s);
}

/* Who does not answer what he gets has to wait for it. */
static bool has_too_many_fetches(const struct ua_line *line, const sip_t *sip)
{
    char source[INET6_ADDRSTRLEN];
    unsigned count = 0;
    address_host_of(ua_asker(line, sip), source);
    for (const struct subscription *each = line->ua->subscriptions; each; each = each->next)
        count += each->is_fetch && strcmp(each->source, source) == 0;
    return count >= MOST_FETCHES;
}

static struct subscription *create(struct ua_line *line, nua_handle_t *handle, const sip_t *sip,
                                   struct room *room)
{
    char route[ROUTE_BYTES];
    struct ua *ua = line->ua;
    const struct sockaddr *source = ua_source(line);
    struct subscription *made = calloc(1, sizeof(*made));
    if (!made)
        return NULL;
    *made = (struct subscription){.next = ua->subscriptions,
                                  .line = line,
                                  .handle = handle,
                                  .room = room,
                                  .by_datagrams = !line->endpoint.tls && !uri_is_tcp(sip),
                                  .is_fetch = wanted_s(sip) == 0};
    address_host_of(ua_asker(line, sip), made->source);
    ua_contact(line, source, ua_contact_kind(line, sip), room_name(room), made->contact);
    const char *begin = made->contact + 1; /* behind the < */
    snprintf(made->entity, sizeof(made->entity), "%.*s", (int)strcspn(begin, ">"), begin);
    if ((line->endpoint.tls || line->web_port || route_needs_source(sip, source)) &&
        phone_way_back(line, sip, source, route))
        nua_set_hparams(handle, NUTAG_PROXY(route), TAG_END());
    ua->subscriptions = made;
    ua->subscription_count++;
    return made;
}

/* As its call, if it has one; else as its account wants it, or as it asks for itself. @return
 * 0; -ENOKEY: that cannot be. */
static int begin_seal(struct subscription *subscription, const struct call *call,
                      const struct account *account, const sip_t *sip)
{
    struct seal *seal = &subscription->seal;
    if (call) {
        seal_begin_beside(seal, &call->seal);
        return 0;
    }
    seal_begin_to(seal, subscription->line->ua, account);
    return seal_is_required(seal) || seal_is_asked_for(sip) ? seal_demand(seal, SEAL_NOTIFY)
                                                            : 0;
}

static void refuse(struct ua_line *line, nua_handle_t *handle, const struct reply *reply)
{
    reply_refuse(line, handle, reply);
    nua_handle_destroy(handle);
}

/* RFC 4575 section 3.4 */
static bool accepts_documents(const sip_t *sip)
{
    static const char *const fitting[] = {CONFERENCE_INFO_TYPE, "application/*", "*/*"};
    for (const sip_accept_t *each = sip->sip_accept; each; each = each->ac_next) {
        for (size_t i = 0; each->ac_type && i < sizeof(fitting) / sizeof(fitting[0]); i++) {
            if (strcasecmp(each->ac_type, fitting[i]) == 0)
                return true;
        }
    }
    return !sip->sip_accept;
}

static void note_account(struct subscription *subscription, const struct account *account,
                         const sip_t *sip)
{
    snprintf(subscription->account, sizeof(subscription->account), "%s", account->name);
    uri_plain(sip->sip_from->a_url, subscription->from, sizeof(subscription->from));
}

static void take_new(struct ua_line *line, nua_handle_t *handle, const sip_t *sip)
{
    struct destination to;
    struct reply reply;
    const struct account *account = NULL;
    destination_find(line->ua, sip->sip_request->rq_url, &to);
    const struct call *call = to.room ? call_of_sender(line, to.room, sip) : NULL;
    if (call && !is_in(call->participant, to.room))
        call = NULL;
    if (!call && !login_pass(line->ua->login, line, handle, sip, &account))
        return;
    struct subscription *made = NULL;
    if (!to.room)
        reply = reply_make(404, "No Such Conference");
    else if (!sip->sip_contact)
        reply = reply_make(400, "Bad Contact");
    else if (!accepts_documents(sip))
        reply = reply_make(406, "Not Acceptable");
    else if (line->ua->draining || line->ua->subscription_count >= SUBSCRIPTION_MOST)
        reply = reply_later("Too Many Subscriptions");
    else if (wanted_s(sip) == 0 && has_too_many_fetches(line, sip))
        reply = reply_later("Too Many Questions");
    else if (!(made = create(line, handle, sip, to.room)))
        reply = reply_make(500, "Server Internal Error: out of memory");
    if (!made) {
        refuse(line, handle, &reply);
        return;
    }
    if (account)
        note_account(made, account, sip);
    else
        made->member = call->participant;
    if (may(made) && begin_seal(made, call, account, sip) == 0) {
        log_debug("sip", "room %s: %s subscribes", room_name(to.room), made->contact);
        accept_for(made, wanted_s(sip));
        return;
    }
    reply = may(made) ? reply_make(403, "No Certificate To Encrypt For")
                      : reply_make(403, not_told);
    reply_refuse(line, handle, &reply);
    destroy(made);
}

static void take_again(struct subscription *there, struct ua_line *line, nua_handle_t *handle,
                       bool is_answered, const sip_t *sip)
{
    struct reply reply = reply_make(403, not_told);
    if (may(there) && is_answered) {
        begin(there, wanted_s(sip));
    } else if (may(there)) {
        accept_for(there, wanted_s(sip));
    } else {
        if (!is_answered)
            reply_refuse_in_dialog(line, handle, &reply);
        end(there, "rejected", NULL);
    }
}

void subscription_take(struct ua_line *line, nua_handle_t *handle, bool is_answered,
                       const sip_t *sip)
{
    struct subscription *there = find(line->ua, handle);
    struct reply gone = reply_make(481, "Subscription Does Not Exist");
    if (there && there->room)
        take_again(there, line, handle, is_answered, sip);
    else if (is_answered)
        return;
    else if (!there)
        take_new(line, handle, sip);
    else
        reply_refuse_in_dialog(line, handle, &gone);
}
