/* call_beside.c - calls that ring beside the phones of another. */
#include "server/sip/call_beside.h"

#include "server/sip/call_forward.h"
#include "server/sip/reason.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The next that rings beside @p call, from @p at on. */
static struct call *next_beside(const struct call *call, struct call *at)
{
    while (at && at->beside != call)
        at = at->next;
    return at;
}

bool call_beside_rings(const struct call *call)
{
    return next_beside(call, call->ua->calls) != NULL;
}

bool call_beside_is_heard(const struct call *call)
{
    const struct call *first = call->beside ? call->beside : call;
    bool is_heard = false;
    for (const struct call *at = call->ua->calls; at; at = at->next)
        is_heard |= at != call && (at == first || at->beside == first) && at->participant &&
                    participant_info(at->participant)->early_media;
    return is_heard;
}

void call_beside_hear(struct call *call)
{
    for (struct call *at = call->ua->calls; (at = next_beside(call, at)); at = at->next) {
        if (at->early_answer && call_early_is_heard(at) &&
            call_early_hear(at, (struct slice){at->early_answer, strlen(at->early_answer)}))
            return;
    }
}

/* ---- begin ---- */

static bool rings_at(const struct call *call, const char *number)
{
    struct call *at = next_beside(call, call->ua->calls);
    while (at && strcmp(at->out->number, number) != 0)
        at = next_beside(call, at->next);
    return at != NULL;
}

int call_beside_begin(struct call *call, const struct call_onward *onward,
                      const struct account *account)
{
    const struct participant_info *info = participant_info(call->participant);
    const struct call_behalf behalf = {
        .call = call, .sender = &onward->sender, .account = account};
    struct participant *other;
    if (rings_at(call, onward->forward.to))
        return -EALREADY;
    const struct room_dial dial = {.uri = onward->forward.to,
                                   .display_name = info->display_name,
                                   .ring_timeout_s = call->ring_timeout_s,
                                   .muted = info->muted,
                                   .deafened = info->deafened,
                                   .attributes = participant_attributes(call->participant),
                                   .group = participant_share_group(call->participant),
                                   .behalf = &behalf};
    int error = room_dial(participant_room(call->participant), &dial, &other);
    if (!error && participant_info(other)->state != PARTICIPANT_ENDED)
        call_forward_note_sender(call, other, &onward->sender, onward->forward.to);
    return error;
}

int call_beside_note(struct call *call, const struct call_behalf *behalf)
{
    call->diversions = calloc(1, sizeof(*call->diversions));
    if (!call->diversions)
        return -ENOMEM;
    call_forward_list(behalf->call, behalf->sender, call->diversions);
    call->forwards = call->diversions->count;
    call->redirects = behalf->call->redirects;
    call->beside = behalf->call;
    call->beside_hop = behalf->sender->hop;
    return 0;
}

/* ---- end ---- */

/* Who has answered, and has ended the others so, stays. */
static bool is_called(const struct participant *participant)
{
    const enum participant_state state =
        participant ? participant_info(participant)->state : PARTICIPANT_ENDED;
    return state == PARTICIPANT_CALLING || state == PARTICIPANT_RINGING;
}

void call_beside_end(struct call *call, enum participant_reason reason)
{
    struct call *other;
    while ((other = next_beside(call, call->ua->calls))) {
        other->beside = NULL;
        if (is_called(other->participant))
            participant_kick(other->participant, reason);
    }
}

void call_beside_over(struct call *call, enum participant_reason reason)
{
    struct call *other = call->beside;
    call->beside = NULL;
    if (other)
        call_fork_note_beside(other, call->beside_hop,
                              call->refused_with ? call->refused_with : reason_status(reason));
}
