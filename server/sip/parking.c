/* parking.c - one list, in the order of arrival; the stack keeps each event for us. */
#include "server/sip/parking.h"

#include "mixer/base/check.h"
#include "mixer/base/log.h"
#include "server/account/account_list.h"
#include "server/rtp/address.h"
#include "server/sip/call_fork.h"
#include "server/sip/destination.h"
#include "server/sip/reply.h"
#include "server/sip/seal.h"
#include "server/sip/seal_desk.h"
#include "server/sip/seal_keys.h"
#include "server/sip/uri.h"

#include <sofia-sip/sip_header.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct waiting {
    struct waiting *next;
    struct parking *parking;
    struct ua_line *line;
    nua_handle_t *handle; /* a reference: the stack's event has none that lasts */
    nua_saved_event_t event[1];
    bool is_new; /* of no dialog, and past the gate */
    char account[ACCOUNT_NAME_BYTES];
    uint64_t source;      /* whose it is: gate_source(); 0: the stack's own */
    bool is_cancelled;    /* nobody wants it any more                       */
    bool is_at_desk;      /* its job is                                     */
    struct seal_job *job; /* owned; NULL: there is none                     */
    int error;            /* of what is sealed, without a job: why          */
};

struct parking {
    struct ua *ua;
    struct seal_desk *desk;
    struct waiting *first, **last;
    struct waiting *at_hand; /* whose event is being handled */
};

/* ---- the list ---- */

/* NULL: nothing of @p handle waits. */
static struct waiting *first_of(const struct parking *parking, const nua_handle_t *handle)
{
    struct waiting *each = handle ? parking->first : NULL;
    while (each && each->handle != handle)
        each = each->next;
    return each;
}

static void add(struct parking *parking, struct waiting *waiting)
{
    *parking->last = waiting;
    parking->last = &waiting->next;
}

static void take_out(struct parking *parking, struct waiting *waiting)
{
    struct waiting **place = &parking->first;
    while (*place != waiting)
        place = &(*place)->next;
    *place = waiting->next;
    if (parking->last == &waiting->next)
        parking->last = place;
}

static void destroy(struct waiting *waiting)
{
    if (waiting->is_at_desk)
        seal_job_forget(waiting->job);
    else
        seal_job_destroy(waiting->job);
    nua_destroy_event(waiting->event);
    nua_handle_unref(waiting->handle);
    free(waiting);
}

static uint64_t source_of_event(const struct ua_line *line, const sip_t *sip)
{
    return sip ? gate_source(ua_asker(line, sip)) : 0;
}

/* @return NULL: no memory. */
static struct waiting *hold(struct parking *parking, struct ua_line *line, nua_handle_t *handle,
                            const sip_t *sip)
{
    struct waiting *waiting = calloc(1, sizeof(*waiting));
    if (!waiting)
        return NULL;
    waiting->parking = parking;
    waiting->line = line;
    waiting->source = source_of_event(line, sip);
    if (!nua_save_event(line->nua, waiting->event)) {
        free(waiting);
        return NULL;
    }
    waiting->handle = nua_handle_ref(handle);
    return waiting;
}

/* ---- on they go ---- */

static void handle_event(struct parking *parking, struct waiting *waiting)
{
    const nua_event_data_t *event = nua_event_data(waiting->event);
    nua_handle_t *handle = waiting->handle;
    struct call *call = nua_handle_magic(handle);
    if (waiting->is_cancelled) {
        if (waiting->is_new)
            nua_handle_destroy(handle);
        return;
    }
    if (!call && !waiting->is_new)
        return; /* its dialog is gone */
    parking->at_hand = waiting;
    ua_on_event(event->e_event, event->e_status, event->e_phrase, waiting->line->nua,
                waiting->line, handle, call, event->e_msg ? sip_object(event->e_msg) : NULL,
                (tagi_t *)event->e_tags);
    parking->at_hand = NULL;
}

/* All of @p handle up to the next one that is not opened yet. */
static void go_on(struct parking *parking, const nua_handle_t *handle)
{
    struct waiting *waiting;
    while ((waiting = first_of(parking, handle)) && !waiting->is_at_desk) {
        take_out(parking, waiting);
        handle_event(parking, waiting);
        destroy(waiting);
    }
}

static void on_opened(void *context, struct seal_job *job)
{
    (void)job;
    struct waiting *waiting = context;
    waiting->is_at_desk = false;
    go_on(waiting->parking, waiting->handle);
}

/* ---- in they come ---- */

/* A request that waits for our answer. What else the stack tells of is never more than a few for
 * each dialog and request. */
static bool is_refusable(nua_event_t event)
{
    return event == nua_i_invite || event == nua_i_update || event == nua_i_info ||
           event == nua_i_message || event == nua_i_refer || event == nua_i_options ||
           event == nua_i_subscribe;
}

/* Whether one more of @p source is too much: to be opened, or else to wait behind others. */
static bool is_full(const struct parking *parking, uint64_t source, bool is_sealed)
{
    const unsigned most = is_sealed ? PARKING_MOST : PARKING_MOST_BEHIND;
    unsigned all = 0, of_source = 0;
    for (const struct waiting *each = parking->first; each; each = each->next) {
        const bool counts =
            is_sealed ? each->job != NULL
                      : !each->job && is_refusable(nua_event_data(each->event)->e_event);
        all += counts;
        of_source += counts && each->source == source;
    }
    return all >= most || of_source >= most / PARKING_SHARES;
}

static void send_to_desk(struct parking *parking, struct waiting *waiting,
                         const struct seal_envelope *envelope, X509 *sender)
{
    const struct seal_question question = {.identity =
                                               seal_keys_identity(parking->ua->seal_keys),
                                           .sender = sender,
                                           .type = {envelope->type, strlen(envelope->type)},
                                           .encoding = envelope->encoding,
                                           .body = envelope->body};
    if (is_full(parking, waiting->source, true))
        waiting->error = -EBUSY;
    else
        waiting->job = seal_desk_push(parking->desk, &question, on_opened, waiting);
    if (!waiting->job && !waiting->error)
        waiting->error = -ENOMEM;
    waiting->is_at_desk = waiting->job != NULL;
}

static bool may_be_sealed(nua_event_t event)
{
    return event == nua_i_invite || event == nua_i_ack || event == nua_i_prack ||
           event == nua_i_update || event == nua_i_info || event == nua_i_message ||
           event == nua_i_refer || event == nua_r_invite;
}

/* The INVITE that waits for longest is the only one that waits: the stack refuses a second. */
static bool cancel(struct parking *parking, const nua_handle_t *handle)
{
    for (struct waiting *each = parking->first; each; each = each->next) {
        if (each->handle != handle || each->is_cancelled ||
            nua_event_data(each->event)->e_event != nua_i_invite)
            continue;
        each->is_cancelled = true;
        return true;
    }
    return false;
}

/* At once, though others wait before it: it would be refused then. */
static void refuse_one_more(struct ua_line *line, nua_handle_t *handle, const sip_t *sip)
{
    const struct reply reply = reply_later("Too Many Sealed Bodies At Once");
    char source[INET6_ADDRSTRLEN];
    address_host_of(ua_asker(line, sip), source);
    log_often("sip", NULL, source, "refused behind S/MIME: %d %s", reply.status, reply.phrase);
    reply_refuse_in_dialog(line, handle, &reply);
}

bool parking_takes(struct ua_line *line, nua_event_t event, nua_handle_t *handle,
                   const struct call *call, const sip_t *sip)
{
    struct parking *parking = line->ua->parking;
    struct seal_envelope envelope;
    if (!parking || parking->at_hand)
        return false;
    const bool is_behind = first_of(parking, handle) != NULL;
    const bool is_sealed =
        call && sip && may_be_sealed(event) && seal_find_envelope(sip, &envelope);
    if (!is_behind && !is_sealed)
        return false;
    if (event == nua_i_cancel && cancel(parking, handle))
        return true;
    if (is_behind && sip && is_refusable(event) &&
        is_full(parking, source_of_event(line, sip), is_sealed)) {
        refuse_one_more(line, handle, sip);
        return true;
    }
    struct waiting *waiting = hold(parking, line, handle, sip);
    if (!waiting)
        return false;
    if (is_sealed)
        send_to_desk(parking, waiting, &envelope, call_fork_seal(call, handle)->certificate);
    add(parking, waiting);
    if (!is_behind)
        go_on(parking, handle);
    return true;
}

/* Of who has shown no password as of who has: it only has to fit the signature. NULL: none is
 * known. Owned. */
static X509 *read_certificate(const struct ua *ua, const sip_t *sip,
                              const struct account *account)
{
    char uri[PARTICIPANT_URI_BYTES];
    uri_plain(sip->sip_from->a_url, uri, sizeof(uri));
    const struct account *sender = account ? account : destination_claimed_account(ua, uri);
    const char *pem = sender ? sender->settings.certificate : NULL;
    return pem ? smime_read_certificate(pem) : NULL;
}

bool parking_takes_new(struct ua_line *line, nua_handle_t *handle, const sip_t *sip,
                       const struct account *account)
{
    struct parking *parking = line->ua->parking;
    struct seal_envelope envelope;
    if (!parking || !seal_find_envelope(sip, &envelope))
        return false;
    struct waiting *waiting = hold(parking, line, handle, sip);
    if (!waiting)
        return false;
    waiting->is_new = true;
    if (account)
        snprintf(waiting->account, sizeof(waiting->account), "%s", account->name);
    X509 *certificate = read_certificate(line->ua, sip, account);
    send_to_desk(parking, waiting, &envelope, certificate);
    X509_free(certificate);
    add(parking, waiting);
    go_on(parking, handle);
    return true;
}

/* ---- of the event at hand ---- */

bool parking_is_back(const struct parking *parking)
{
    return parking && parking->at_hand && parking->at_hand->is_new;
}

const struct account *parking_account(const struct parking *parking)
{
    const char *name = parking->at_hand->account;
    return name[0] ? account_list_find(parking->ua->config.accounts, name) : NULL;
}

const struct smime_opened *parking_opened(const struct parking *parking, int *error)
{
    const struct waiting *at_hand = parking ? parking->at_hand : NULL;
    const struct seal_job *job = at_hand ? at_hand->job : NULL;
    *error = job ? job->error : at_hand && at_hand->error ? at_hand->error : -EBUSY;
    return *error ? NULL : &job->opened;
}

msg_t *parking_message(const struct parking *parking)
{
    return parking && parking->at_hand ? nua_event_data(parking->at_hand->event)->e_msg : NULL;
}

/* ---- life ---- */

struct parking *parking_create(struct ua *ua)
{
    ASSERT_CONTROL();
    struct parking *parking = calloc(1, sizeof(*parking));
    if (!parking)
        return NULL;
    parking->ua = ua;
    parking->last = &parking->first;
    parking->desk = seal_desk_create(ua->config.loop);
    if (parking->desk)
        return parking;
    free(parking);
    return NULL;
}

static void refuse(struct parking *parking, struct waiting *waiting)
{
    const struct reply reply = reply_later("Going Down");
    parking->at_hand = waiting;
    reply_refuse(waiting->line, waiting->handle, &reply);
    nua_handle_destroy(waiting->handle);
    parking->at_hand = NULL;
}

void parking_destroy(struct parking *parking)
{
    if (!parking)
        return;
    for (struct waiting *waiting; (waiting = parking->first);) {
        take_out(parking, waiting);
        if (waiting->is_new && !waiting->is_cancelled)
            refuse(parking, waiting);
        destroy(waiting);
    }
    seal_desk_destroy(parking->desk);
    free(parking);
}
