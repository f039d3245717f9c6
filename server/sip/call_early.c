/* call_early.c - media before the answer: 183 with our SDP to who calls by a trunk; and the SDP
 * of a 1xx, of whom we call by one. */
#include "server/sip/call_internal.h"

#include "mixer/base/log.h"
#include "server/sip/early_header.h"

#include <sofia-sip/sip_header.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    REFRESH_MS = 60000, /* RFC 3261 section 13.3.1.1 */
    MOST_CHANGES = 16,  /* of the far end's mind, in one call */
};

/* ---- in ---- */

struct call_early {
    char *sdp;         /* our answer: again in the 200; NULL: the PRACK says that it is there */
    bool is_reliable;  /* by 100rel                                             */
    bool awaits_prack; /* the answer has to be there first                      */
    bool awaits_room;  /* nobody has let it in yet                              */
    bool is_refused;
    struct reply refusal; /* once it has heard why */
    struct loop_timer refresh, limit;
};

void call_early_stop(struct call *call)
{
    if (!call->early)
        return;
    loop_timer_stop(call->ua->config.loop, &call->early->refresh);
    loop_timer_stop(call->ua->config.loop, &call->early->limit);
}

void call_early_destroy(struct call *call)
{
    call_early_stop(call);
    if (call->early)
        free(call->early->sdp);
    free(call->early);
    call->early = NULL;
}

/* Once the room wants it, and the far end has our answer. */
static void answer_when_due(struct call *call)
{
    struct call_early *early = call->early;
    if (call->state != CALL_EARLY || early->awaits_prack || early->awaits_room)
        return;
    call_early_stop(call);
    call_answer(call, early->sdp);
}

void call_early_answer(void *context)
{
    struct call *call = context;
    if (!call->early) /* it is let in at once: nothing was sent yet */
        return;
    call->early->awaits_room = false;
    answer_when_due(call);
}

void call_early_on_prack(struct call *call)
{
    struct call_early *early = call->early;
    if (!early->awaits_prack)
        return;
    early->awaits_prack = false;
    free(early->sdp);
    early->sdp = NULL;
    answer_when_due(call);
}

bool call_early_is_agreed(const struct call *call)
{
    return call->agreed ||
           (call->early && call->early->is_reliable && !call->early->awaits_prack);
}

const struct reply *call_early_refusal(const struct call *call)
{
    return call->early && call->early->is_refused ? &call->early->refusal : NULL;
}

/* So that no proxy takes it for lost. */
static void on_refresh(void *context)
{
    struct call *call = context;
    call_ring(call, 183, call->early->sdp);
    loop_timer_start(call->ua->config.loop, &call->early->refresh, REFRESH_MS, on_refresh,
                     call);
}

/* The network would end it: it waits on, answered; but not to hear a farewell. */
static void on_limit(void *context)
{
    struct call *call = context;
    if (!participant_is_waiting(call->participant))
        return;
    log_call_info("sip", call->id, "has waited for %u s: is answered", call->early_limit_s);
    participant_end_early(call->participant);
    if (call->participant)
        call_early_answer(call);
}

bool call_early_is_reliable(const sip_t *invite)
{
    return sip_has_feature(invite->sip_supported, "100rel") ||
           sip_has_feature(invite->sip_require, "100rel");
}

int call_early_begin(struct call *call, const sip_t *invite, const char *sdp,
                     const struct reply *refusal)
{
    struct loop *loop = call->ua->config.loop;
    struct call_early *early = calloc(1, sizeof(*early));
    if (early)
        early->sdp = strdup(sdp);
    if (!early || !early->sdp) {
        free(early);
        return -ENOMEM;
    }
    early->is_reliable = call_early_is_reliable(invite);
    early->awaits_prack = early->is_reliable;
    early->awaits_room = true;
    early->is_refused = refusal != NULL;
    if (refusal)
        early->refusal = *refusal;
    call->early = early;
    call->state = CALL_EARLY;
    call_ring(call, 183, sdp);
    loop_timer_start(loop, &early->refresh, REFRESH_MS, on_refresh, call);
    if (!refusal)
        loop_timer_start(loop, &early->limit, call->early_limit_s * 1000LL, on_limit, call);
    return 0;
}

/* ---- out ---- */

static bool is_new(const struct call *call, struct slice body)
{
    const char *known = call->early_answer;
    return !known || strlen(known) != body.length || memcmp(known, body.at, body.length) != 0;
}

bool call_early_hear(struct call *call, struct slice body)
{
    struct offer_failure why;
    if (call->early_changes == MOST_CHANGES)
        log_call_warn("sip", call->id, "early media changes too often: it stays as it is");
    if (call->early_changes++ >= MOST_CHANGES)
        return false;
    participant_begin_early(call->participant);
    if (call_hear_answer(call, body, &why))
        return true;
    log_call_info("sip", call->id, "early media cannot be used: %s",
                  why.warning.code ? why.warning.text : why.text);
    if (!call->participant || participant_info(call->participant)->early_media)
        return false;
    handshakes_drop(&call->handshakes); /* or their keys would connect it, as if answered */
    participant_end_early(call->participant);
    return false;
}

bool call_early_is_heard(const struct call *call)
{
    return call->participant && call->trunk && call->trunk_early & TRUNK_EARLY_OUT &&
           !call->early_is_silent && !call_beside_is_heard(call);
}

static void agree(struct call *call, struct slice body)
{
    struct offer_failure why;
    if (!call_agree(call, body, &why))
        log_call_info("sip", call->id, "what it answers reliably cannot be used: %s",
                      why.warning.code ? why.warning.text : why.text);
}

void call_early_progress(struct call *call, struct slice body, bool is_reliable)
{
    if (call->agreed || !body.length || !is_new(call, body))
        return;
    free(call->early_answer);
    call->early_answer = strndup(body.at, body.length);
    if (is_reliable)
        agree(call, body);
    if (call_early_is_heard(call))
        call_early_hear(call, body);
}

/* So that nothing is left that would connect it, as if answered. */
static void hush(struct call *call)
{
    handshakes_drop(&call->handshakes);
    participant_drop_early(call->participant);
}

void call_early_note_header(struct call *call, const sip_t *sip)
{
    const enum early_header said = early_header_read(sip);
    const bool was_silent = call->early_is_silent;
    if (said == EARLY_HEADER_NONE || !call->participant || call->state != CALL_DIALLING)
        return;
    call->early_is_silent = said == EARLY_HEADER_SILENT;
    if (call->early_is_silent && participant_info(call->participant)->early_media)
        hush(call);
    else if (was_silent && call->early_answer && call_early_is_heard(call))
        call_early_hear(call, (struct slice){call->early_answer, strlen(call->early_answer)});
}
