/* call_forward.c - a call to an account that goes on: because a phone has said 3xx, or because
 * the account is set so. */
#include "server/sip/call_forward.h"

#include "mixer/base/log.h"
#include "server/sip/call_beside.h"
#include "server/sip/pair.h"
#include "server/sip/privacy.h"

#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_util.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_CONTACTS = 2 * CALL_MAX_ONWARD, /* that are looked at */
    MOST_UNANSWERED = 4, /* calls that an account has sent to a number of the outside */
    PRACK_MS = 100,      /* until it is looked for again */
};

static const char not_answered[] = "SIP;cause=408;text=\"No answer\"";

static const struct account *account_of(const struct call *call, unsigned hop)
{
    return account_list_find(call->ua->config.accounts, call->fork->hop[hop].account);
}

/* ---- who has sent it on ---- */

/* As others would call it: by the number that led to it, by its own, or by its name. */
static void write_uri(const struct call *call, unsigned hop, char out[DIVERSION_URI_BYTES])
{
    const struct call_fork *fork = call->fork;
    const struct account *account = account_of(call, hop);
    const char *user = hop == 0 && fork->called[0]              ? fork->called
                       : account && account->settings.number[0] ? account->settings.number
                                                                : fork->hop[hop].account;
    char host[SIP_HOST_BYTES];
    struct text text;
    struct sockaddr_storage peer = call->peer;
    if (peer.ss_family == AF_UNSPEC)
        call_guess_peer("", call->line->endpoint.family, &peer);
    ua_host(call->line, (const struct sockaddr *)&peer, host);
    text_init(&text, out, DIVERSION_URI_BYTES);
    text_add(&text, "sip:%s@%s", user, host);
    if (text.full)
        snprintf(out, DIVERSION_URI_BYTES, "%s", DIVERSION_ANONYMOUS);
}

/* Before it came to us: of those only the first and the last are known (trunk_in.h). */
static void add_earlier(const struct call *call, struct diversion_list *list)
{
    static const char *const names[] = {"first_called", "diverted_by"};
    const struct attributes *attributes = participant_attributes(call->participant);
    const char *first = attributes ? attributes_get(attributes, names[0]) : NULL;
    for (unsigned i = 0; attributes && i < sizeof(names) / sizeof(names[0]); i++) {
        const char *uri = attributes_get(attributes, names[i]);
        const char *reason = i ? attributes_get(attributes, "diversion_reason") : NULL;
        const bool is_same = i && uri && first && strcmp(uri, first) == 0;
        if (is_same) /* one only: with its reason */
            list->count = 0;
        if (uri && uri_is_clean(uri))
            diversion_add(list, uri, reason ? reason : "unknown");
    }
}

/* How often it has been sent on, here and before. */
static unsigned count_forwards(const struct call *call)
{
    const struct attributes *attributes = participant_attributes(call->participant);
    const char *earlier = attributes ? attributes_get(attributes, "diversions") : NULL;
    unsigned long count = earlier ? strtoul(earlier, NULL, 10) : 0;
    return (count < DIVERSION_MOST ? (unsigned)count : DIVERSION_MOST) + call->redirects;
}

void call_forward_list(const struct call *call, const struct call_sender *sender,
                       struct diversion_list *list)
{
    const struct call_sender *path[CALL_MAX_HOPS + 1];
    unsigned length = 0;
    char uri[DIVERSION_URI_BYTES];
    for (const struct call_sender *at = sender; at->reason;
         at = &call->fork->hop[at->hop].sender)
        path[length++] = at;
    *list = (struct diversion_list){.count = 0};
    add_earlier(call, list);
    while (length-- > 0) {
        const bool is_hidden = path[length]->is_hidden || call->fork->hides_history;
        write_uri(call, path[length]->hop, uri);
        diversion_add(list, is_hidden ? DIVERSION_ANONYMOUS : uri, path[length]->reason);
    }
}

void call_forward_note_sender(const struct call *call, struct participant *participant,
                              const struct call_sender *sender, const char *to)
{
    struct attributes attributes = {.count = 0};
    attributes_set(&attributes, "forwarded_by", call->fork->hop[sender->hop].account);
    attributes_set(&attributes, "forwarded_to", to);
    attributes_set(&attributes, "forward_reason", sender->reason);
    participant_add_attributes(participant, &attributes);
}

void call_forward_answered(struct call *call, unsigned hop)
{
    loop_timer_stop(call->ua->config.loop, &call->patience);
    if (hop)
        call_forward_note_sender(call, call->participant, &call->fork->hop[hop].sender,
                                 call->fork->hop[hop].account);
}

/* ---- what waits ---- */

/* For the log. */
static const char *why_not(int error)
{
    switch (error) {
    case -ELOOP:
        return "it has come by there";
    case -EALREADY:
        return "it goes there already";
    case -EUSERS:
        return "it was sent on too often";
    case -EACCES:
        return "it may not go there";
    case -EHOSTUNREACH:
        return "that is another host";
    case -EINVAL:
        return "no address that can be used";
    case -ENOENT:
        return "nothing is called so, or no trunk may dial it";
    case -EBUSY:
        return "no line is free";
    case -EDQUOT:
        return "the budget is spent";
    default:
        return strerror(-error);
    }
}

static bool was_called(const struct call_fork *fork, const char *account)
{
    for (unsigned i = 0; i < fork->hops; i++) {
        if (strcmp(fork->hop[i].account, account) == 0)
            return true;
    }
    return false;
}

static bool is_waiting(const struct call_fork *fork, const struct forward *forward)
{
    for (unsigned i = 0; i < fork->onwards; i++) {
        const struct forward *other = &fork->onward[i].forward;
        if (other->kind == forward->kind && strcmp(other->to, forward->to) == 0)
            return true;
    }
    return false;
}

/* With what waits for its turn. */
static bool was_sent_on_too_often(const struct call *call)
{
    return count_forwards(call) + call->fork->onwards >= call->ua->config.max_redirects;
}

/* @return 0; -ELOOP: it has come by there; -EALREADY: it is going there; -EUSERS: too many. */
static int enqueue(struct call *call, const struct forward *forward,
                   const struct call_sender *sender)
{
    struct call_fork *fork = call->fork;
    if (forward->kind == FORWARD_ACCOUNT && was_called(fork, forward->to))
        return -ELOOP;
    if (is_waiting(fork, forward))
        return -EALREADY;
    if (fork->onwards == CALL_MAX_ONWARD || was_sent_on_too_often(call))
        return -EUSERS;
    fork->onward[fork->onwards++] = (struct call_onward){*forward, *sender};
    return 0;
}

static void dequeue(struct call_fork *fork, unsigned index, struct call_onward *onward)
{
    *onward = fork->onward[index];
    memmove(&fork->onward[index], &fork->onward[index + 1],
            (--fork->onwards - index) * sizeof(fork->onward[0]));
}

/* What the account of @p hop is set to, for this @p reason. @return true: it waits now. */
static bool enqueue_own(struct call *call, unsigned hop, const struct account *account,
                        const char *reason)
{
    const struct call_sender sender = {.hop = hop, .reason = reason};
    const char *to = account->settings.forward.to;
    struct forward forward;
    call->fork->hop[hop].has_forwarded = true;
    int error = forward_read_text(call->ua, account, to, &forward);
    if (!error)
        error = enqueue(call, &forward, &sender);
    if (error)
        log_call_info("sip", call->id, "is not forwarded by %s to %s: %s", account->name, to,
                      why_not(error));
    return !error;
}

static const char *reason_of(int status)
{
    switch (status) {
    case 486:
    case 600:
        return "user-busy";
    case 430:
    case 503:
        return "unavailable";
    case 408:
    case 480:
        return "no-answer";
    default:
        return "unknown";
    }
}

/* Who declines does so for all. @return true: something waits now that has not before. */
static bool enqueue_all_own(struct call *call)
{
    struct call_fork *fork = call->fork;
    const bool is_declined = call_fork_worst(fork) / 100 == 6;
    bool is_new = false;
    for (unsigned i = 0; i < fork->hops; i++) {
        const struct account *account = account_of(call, i);
        const int said = fork->hop[i].worst ? fork->hop[i].worst : 480;
        if (account && !fork->hop[i].has_forwarded && (!is_declined || said / 100 == 6) &&
            account_forward_meets(&account->settings.forward, said))
            is_new |= enqueue_own(call, i, account, reason_of(said));
    }
    return is_new;
}

/* ---- a 3xx ---- */

static unsigned preference(const sip_contact_t *contact)
{
    return contact->m_q ? sip_q_value(contact->m_q) : 1000;
}

/* The first @p most of its contacts, the preferred before others. @return how many. */
static unsigned sort_contacts(const sip_t *sip, const sip_contact_t *sorted[], unsigned most)
{
    unsigned count = 0;
    for (const sip_contact_t *each = sip->sip_contact; each && count < most;
         each = each->m_next) {
        unsigned place = count++;
        for (; place && preference(sorted[place - 1]) < preference(each); place--)
            sorted[place] = sorted[place - 1];
        sorted[place] = each;
    }
    return count;
}

static void on_patience(void *context);
static void wait_at_most(struct call *call, unsigned wait_s);
static bool ring_accounts(struct call *call);

void call_forward_note(struct call *call, unsigned hop, int status, const sip_t *sip)
{
    const sip_contact_t *contact[MOST_CONTACTS];
    const struct account *account = account_of(call, hop);
    const struct call_sender sender = {
        .hop = hop,
        .reason = status == 301 || status == 302 ? "unconditional" : "unknown",
        .is_hidden = privacy_hides_history(sip)};
    unsigned count = account ? sort_contacts(sip, contact, MOST_CONTACTS) : 0, noted = 0;
    int last = -ENOENT;
    for (unsigned i = 0; i < count; i++) {
        struct forward forward;
        int error = forward_read(call->ua, account, contact[i]->m_url, &forward);
        if (!error)
            error = enqueue(call, &forward, &sender);
        noted += !error;
        last = error ? error : last;
    }
    log_call_info("sip", call->id, "a phone of %s says %d: %u of %u contacts are followed%s%s",
                  call->fork->hop[hop].account, status, noted, count, noted < count ? ": " : "",
                  noted < count ? why_not(last) : "");
    if (noted && !ring_accounts(call))
        wait_at_most(call, account->settings.forward.after_s);
}

/* ---- on ---- */

/* @return true: a phone of one of them rings. */
static bool ring_accounts(struct call *call)
{
    struct call_fork *fork = call->fork;
    struct call_onward onward;
    bool rings = false;
    for (unsigned i = 0; i < fork->onwards;) {
        if (fork->onward[i].forward.kind != FORWARD_ACCOUNT) {
            i++;
            continue;
        }
        dequeue(fork, i, &onward);
        const struct account *account =
            account_list_find(call->ua->config.accounts, onward.forward.to);
        call->redirects++;
        rings |= account && !was_called(fork, account->name) &&
                 call_fork_add(call, account, &onward.sender) > 0;
        i = 0; /* another may have been put in */
    }
    if (rings)
        call_await_answer(call);
    return rings;
}

/* Its participant is not needed any more, but phones may have to say yet that they have stopped
 * to ring. */
static void end_without_caller(struct call *call)
{
    call_leave(call, PARTICIPANT_ELSEWHERE, "its caller was sent on to a room");
    call->state = CALL_ENDING;
    if (call->handle || !call->fork->count)
        call_reap_soon(call);
}

static int to_room(struct call *call, const struct call_onward *onward)
{
    struct room_list *rooms = call->ua->config.rooms;
    struct room *to = NULL, *from = participant_room(call->participant);
    if (onward->forward.kind == FORWARD_ROOM)
        to = room_list_find(rooms, onward->forward.to);
    else
        room_list_reception(rooms, &to);
    struct participant *caller = pair_caller(call->ua, from);
    if (!to || !caller)
        return -ENOENT;
    if (to == from) /* whose name is in our Contact */
        return -ELOOP;
    int error = pair_forward(call->ua, from, to);
    if (error)
        return error;
    if (participant_info(caller)->state != PARTICIPANT_ENDED)
        call_forward_note_sender(call, caller, &onward->sender, onward->forward.to);
    end_without_caller(call);
    return 0;
}

/* Others may bring the call back to us without a word of where it has been: so many of them
 * ring at once, and not without end. */
static bool goes_in_circles(const struct call *call, const struct account *account,
                            const char *number)
{
    char payer[TRUNK_PAYER_BYTES];
    unsigned unanswered = 0;
    trunk_payer_account(account->name, payer);
    for (const struct call *each = call->ua->calls; each; each = each->next)
        unanswered += each->trunk && each->out && each->state == CALL_DIALLING &&
                      strcmp(each->payer, payer) == 0 && strcmp(each->out->number, number) == 0;
    return unanswered >= MOST_UNANSWERED;
}

/* The account that sends the call on to the number of @p onward. */
static int judge_sender(const struct call *call, const struct call_onward *onward,
                        const struct account **account)
{
    *account = account_of(call, onward->sender.hop);
    if (!*account || !account_is_usable(call->ua->config.accounts, *account) ||
        (*account)->settings.smime == ACCOUNT_SMIME_REQUIRED)
        return -EACCES;
    return goes_in_circles(call, *account, onward->forward.to) ? -ELOOP : 0;
}

static int to_number(struct call *call, const struct call_onward *onward)
{
    const struct account *account;
    int error = judge_sender(call, onward, &account);
    if (error)
        return error;
    struct diversion_list *list = calloc(1, sizeof(*list));
    if (!list)
        return -ENOMEM;
    call_forward_list(call, &onward->sender, list);
    error = call_dial_on(call, onward->forward.to, account, list);
    if (!error && call->participant) /* nobody has ended it at once */
        call_forward_note_sender(call, call->participant, &onward->sender, onward->forward.to);
    return error;
}

static void wait_for_prack(struct call *call, const struct call_onward *onward)
{
    struct call_fork *fork = call->fork;
    memmove(&fork->onward[1], &fork->onward[0], fork->onwards++ * sizeof(fork->onward[0]));
    fork->onward[0] = *onward;
    call->redirects--;
    loop_timer_start(call->ua->config.loop, &call->patience, PRACK_MS, on_patience, call);
}

/* To where it cannot be while phones ring. */
static bool go_elsewhere(struct call *call)
{
    struct call_onward onward;
    while (call->fork->onwards) {
        dequeue(call->fork, 0, &onward);
        call->redirects++;
        int error = onward.forward.kind == FORWARD_NUMBER ? to_number(call, &onward)
                                                          : to_room(call, &onward);
        if (error == -EAGAIN && onward.forward.kind != FORWARD_NUMBER) {
            wait_for_prack(call, &onward);
            return true;
        }
        log_call_info("sip", call->id, "%s sends it on to %s: %s",
                      call->fork->hop[onward.sender.hop].account,
                      onward.forward.to[0] ? onward.forward.to : "the menu",
                      error ? why_not(error) : "it goes there");
        if (!error)
            return true;
    }
    return false;
}

bool call_forward_next(struct call *call)
{
    loop_timer_stop(call->ua->config.loop, &call->patience);
    do {
        if (ring_accounts(call))
            return true;
    } while (!call_fork_is_left(call) && enqueue_all_own(call));
    return go_elsewhere(call);
}

/* ---- its clock ---- */

/* Phones that have not answered by now are not waited for. */
static void give_up_phones(struct call *call)
{
    struct call_fork *fork = call->fork;
    for (unsigned i = 0; i < fork->count; i++) {
        if (!fork->branch[i].is_cancelled)
            fork->hop[fork->branch[i].hop].worst = 480;
    }
    call_fork_cancel(call, not_answered);
    call_fork_hush(call);
    call_beside_end(call, PARTICIPANT_NO_ANSWER);
}

static void on_patience(void *context)
{
    struct call *call = context;
    if (!call->participant || call_fork_is_left(call) || call->state != CALL_DIALLING)
        return;
    give_up_phones(call);
    call_fork_settle(call);
}

/* What was to be sooner stays so. */
static void wait_at_most(struct call *call, unsigned wait_s)
{
    if (!loop_timer_is_running(&call->patience))
        loop_timer_start(call->ua->config.loop, &call->patience, wait_s * 1000LL, on_patience,
                         call);
}

void call_forward_soon(struct call *call)
{
    loop_timer_start(call->ua->config.loop, &call->patience, 0, on_patience, call);
}

/* ---- beside ---- */

static int ring_beside(struct call *call, const struct call_onward *onward)
{
    const struct account *account;
    int error = was_sent_on_too_often(call) ? -EUSERS : judge_sender(call, onward, &account);
    if (!error)
        error = call_beside_begin(call, onward, account);
    call->redirects += !error;
    return error;
}

/* Where the account of @p hop wants the call to ring, too; a room does not ring, and waits. */
static void begin_beside(struct call *call, unsigned hop, const struct account *account)
{
    const char *to = account->settings.forward.to;
    struct call_onward onward = {.sender = {.hop = hop, .reason = "unconditional"}};
    int error = forward_read_text(call->ua, account, to, &onward.forward);
    if (!error &&
        (onward.forward.kind == FORWARD_ROOM || onward.forward.kind == FORWARD_MENU)) {
        wait_at_most(call, account->settings.forward.after_s);
        return;
    }
    call->fork->hop[hop].has_forwarded = true;
    if (!error)
        error = onward.forward.kind == FORWARD_ACCOUNT
                    ? enqueue(call, &onward.forward, &onward.sender)
                    : ring_beside(call, &onward);
    if (!error)
        ring_accounts(call);
    log_call_info("sip", call->id, "%s wants %s to ring, too: %s", account->name, to,
                  error ? why_not(error) : "it is called");
}

/* Not before the participant is there whose phones ring. */
static void on_joining(void *context)
{
    struct call *call = context;
    for (unsigned i = 0; i < call->fork->hops; i++) {
        const struct account *account = account_of(call, i);
        const bool is_due = call->participant && !call_fork_is_left(call) &&
                            call->state == CALL_DIALLING && call_fork_rings(call->fork);
        if (is_due && account && !call->fork->hop[i].has_forwarded &&
            account_forward_is_beside(&account->settings.forward))
            begin_beside(call, i, account);
    }
}

bool call_forward_begin(struct call *call, unsigned hop, const struct account *account)
{
    const struct account_forward *forward = &account->settings.forward;
    if (account_forward_is_always(forward))
        return enqueue_own(call, hop, account, "unconditional");
    if (account_forward_is_beside(forward))
        loop_timer_start(call->ua->config.loop, &call->joining, 0, on_joining, call);
    else if (account_forward_meets(forward, 480))
        wait_at_most(call, forward->after_s);
    return false;
}

bool call_forward_on_time(struct call *call)
{
    if (!call->fork || call_fork_is_left(call))
        return false;
    give_up_phones(call);
    return call_forward_next(call);
}
