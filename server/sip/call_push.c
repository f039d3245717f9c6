/* call_push.c - offers of the room become sections of our offers, and are settled. */
#include "server/sip/call_push.h"

#include "mixer/base/log.h"
#include "mixer/base/random.h"
#include "server/sip/call_courier.h"
#include "server/sip/call_file_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PUSH_TRIES = 5,
    BUSY_MS = 500,         /* another offer is under way           */
    RESUME_MS = 1000,      /* before one goes on; twice that if it breaks off again, ... */
    PROGRESS_MS = 2000,    /* between two events of how far one is */
    OWNER_WAITS_MS = 2100, /* RFC 3261 section 14.1: who has made the Call-ID, at least */
    GLARE_SPREAD_MS = 1900,
};

static void look_in(struct call *call, unsigned wait_ms);

/* ---- what the room is told ---- */

static struct room_offer *offer_of(const struct call_file *file)
{
    const struct participant *participant = file->call->participant;
    return participant && file->offer[0]
               ? room_offer_find(participant_room(participant), file->offer)
               : NULL;
}

/* A listener may end the call, and with it @p file. */
static void note(const struct call_file *file, enum room_offer_state state, const char *detail)
{
    struct room_offer *offer = offer_of(file);
    const uint64_t sent = file->source ? file_source_sent(file->source) : 0;
    if (offer)
        room_offer_note(offer, &(struct room_offer_news){
                                   .state = state, .sent_bytes = sent, .detail = detail});
}

bool call_push_is_wanted(const struct call_file *file)
{
    const struct room_offer *offer = offer_of(file);
    return !file->offer[0] || (offer && !room_offer_is_over(offer));
}

/* There are phones that take a file only from its begin. @return false: it was offered so. */
static bool offer_whole(const struct call_file *file)
{
    struct room_offer *offer = offer_of(file);
    if (!offer || file->first == 1)
        return false;
    room_offer_cut_off(offer, 0, NULL);
    call_push_look(file->call);
    return true;
}

static void send_alone(struct room_offer *offer)
{
    room_offer_note(offer,
                    &(struct room_offer_news){.state = ROOM_OFFER_WAITING,
                                              .sent_bytes = room_offer_info(offer)->sent_bytes,
                                              .own_call = true});
}

/* Who declines may know how; who was never seen to is asked in a way that more phones know. */
static bool offer_alone(const struct call_file *file)
{
    struct room_offer *offer = offer_of(file);
    const struct call *call = file->call;
    if (!offer || room_offer_info(offer)->own_call || call->push.knows_files ||
        !call_courier_may(call))
        return false;
    send_alone(offer);
    return true;
}

void call_push_on_dropped(const struct call_file *file)
{
    if (!file->is_new && file->is_said && file->call->participant) {
        file->call->push.has_closed = true;
        call_push_look(file->call);
    }
    if (file->is_settled)
        return;
    if (file->has_begun)
        note(file, ROOM_OFFER_FAILED, "the phone has ended it");
    else if (!offer_whole(file) && !offer_alone(file))
        note(file, ROOM_OFFER_DECLINED, NULL);
}

/* ---- how far they are ---- */

static bool is_going(const struct call_file *file)
{
    return file->offer[0] && file->has_begun && !file->is_settled;
}

static bool tell_progress(const struct call_file *file)
{
    if (!file || !is_going(file))
        return false;
    note(file, ROOM_OFFER_SENDING, NULL);
    return true;
}

static void on_progress(void *context)
{
    struct call *call = context;
    struct call_file *next;
    bool goes_on = tell_progress(call_courier_file(call));
    for (struct call_file *file = call->files; file; file = next) {
        next = file->next;
        goes_on |= tell_progress(file);
        if (!call->participant)
            return;
    }
    if (goes_on && call->participant)
        loop_timer_start(call->ua->config.loop, &call->push.progress, PROGRESS_MS, on_progress,
                         call);
}

void call_push_on_begun(struct call_file *file)
{
    struct call *call = file->call;
    loop_timer_start(call->ua->config.loop, &call->push.progress, PROGRESS_MS, on_progress,
                     call);
    note(file, ROOM_OFFER_SENDING, NULL);
}

void call_push_settle(struct call_file *file, enum room_offer_state state, const char *detail)
{
    struct call *call = file->call;
    file->is_over = file->is_settled = true;
    call_push_look(call);
    note(file, state, detail);
}

/* It goes on behind what has arrived, some times. */
static void cut_off(struct call_file *file, uint64_t arrived, const char *detail)
{
    struct call *call = file->call;
    struct room_offer *offer = offer_of(file);
    file->is_over = file->is_settled = true;
    if (!offer)
        return;
    look_in(call, (unsigned)RESUME_MS << (room_offer_info(offer)->tries - 1));
    room_offer_cut_off(offer, arrived, detail);
}

void call_push_on_sent(struct call_file *file, const struct msrp_sent *sent)
{
    char detail[ROOM_OFFER_DETAIL_BYTES];
    snprintf(detail, sizeof(detail), "MSRP %u", sent->status);
    if (sent->status == 200)
        call_push_settle(file, ROOM_OFFER_DELIVERED, "");
    else if (sent->status == 408)
        cut_off(file, sent->arrived, "the phone does not answer");
    else if (sent->status == 481)
        cut_off(file, sent->arrived, "the connection has ended");
    else if (sent->status == MSRP_BROKEN)
        call_push_settle(file, ROOM_OFFER_FAILED, "the file cannot be read");
    else
        call_push_settle(file, ROOM_OFFER_DECLINED, detail);
}

void call_push_on_unreachable(struct call_file *file)
{
    const char *why = "the phone cannot be connected to";
    if (file->first > 1)
        cut_off(file, file->first - 1, why); /* it could, before */
    else
        call_push_settle(file, ROOM_OFFER_FAILED, why);
}

/* ---- sections ---- */

static bool is_over(const struct call_file *file)
{
    return file->offer[0] && (file->is_settled || !call_push_is_wanted(file));
}

int call_push_prepare(struct call_file *file, const struct room_offer *offer,
                      const char *address)
{
    const struct message_section ours = {.is_tls = call_msrp_offers_tls(file->call),
                                         .security.setup = SETUP_ACTPASS};
    memcpy(file->offer, room_offer_info(offer)->id, sizeof(file->offer));
    file->is_tls = ours.is_tls;
    file->index = OFFER_NO_INDEX;
    call_file_describe(file, room_offer_file(offer));
    file->first = room_offer_info(offer)->sent_bytes + 1;
    file->last = UINT64_MAX;
    const int err =
        file_source_open(room_offer_file(offer), file->first, file->last, &file->source);
    if (err < 0 || call_file_open_session(file, address) < 0)
        return err < 0 ? err : -ENOBUFS;
    return call_file_write_lines(file, &ours, (struct slice){"", 0}, SETUP_ACTPASS) ? 0
                                                                                    : -EMSGSIZE;
}

/* RFC 5547 section 8.3.1: who does not repeat the range would take it for the whole. */
static bool fits_range(const struct call_file *file, const struct message_section *section)
{
    struct file_section said;
    return file->first == 1 ||
           (file_section_read(section->lines, &said) == 0 && said.first == file->first);
}

bool call_push_connect(struct call_file *file, const struct message_section *section)
{
    struct msrp_far_end far_end;
    const enum setup theirs = section->security.setup;
    const enum setup ours = theirs == SETUP_ACTIVE ? SETUP_PASSIVE : SETUP_ACTIVE;
    if (!fits_range(file, section) || theirs > SETUP_PASSIVE ||
        section->is_tls != file->is_tls || !media_direction_hears(section->direction) ||
        !msrp_setup_far_end(file->call, section, ours, &far_end) ||
        msrp_session_connect(file->session, &far_end) < 0)
        return false;
    return call_file_write_lines(file, section, (struct slice){"", 0}, ours);
}

bool call_push_accept(struct call_file *file, const struct message_section *section)
{
    struct call_push *push = &file->call->push;
    push->knows_files = true;
    if (call_push_connect(file, section))
        return true;
    push->has_closed = true; /* the far end has it open */
    return false;
}

/* ---- the re-INVITE ---- */

static unsigned count_new(const struct call *call)
{
    unsigned count = 0;
    for (const struct call_file *file = call->files; file; file = file->next)
        count += file->is_new;
    return count;
}

static int propose(struct call *call, const struct room_offer *offer, const char *address)
{
    char id[24];
    random_name(id, sizeof(id));
    struct call_file *file = call_file_create(call, id);
    if (!file)
        return -ENOMEM;
    call_file_enlist(file);
    return call_push_prepare(file, offer, address);
}

void call_push_note_said(struct room_offer *offer, int err)
{
    room_offer_note(offer, &(struct room_offer_news){
                               .state = err < 0 ? ROOM_OFFER_FAILED : ROOM_OFFER_OFFERED,
                               .sent_bytes = room_offer_info(offer)->sent_bytes,
                               .detail = err == -ENOBUFS ? "too many sessions of MSRP"
                                         : err < 0       ? strerror(-err)
                                                         : NULL});
}

/* As many as there is room for. */
static void propose_waiting(struct call *call)
{
    struct room_offer *offer;
    struct offer_local local;
    if (call_local(call, (const struct sockaddr *)&call->peer, 0, &local) < 0)
        return;
    while (call->participant && call_files_have_room(call) &&
           (offer = room_offer_waiting(call->participant, false))) {
        if (call->push.goes_alone) {
            send_alone(offer);
            continue;
        }
        const int err = propose(call, offer, local.address);
        call_push_note_said(offer, err);
        if (err < 0)
            call_files_drop(call, is_over);
    }
}

/* What was new in it is offered again later, or in a call of its own. */
static void hand_back(struct call *call, bool own_call)
{
    struct call_file *file = call->files;
    while (file) {
        if (!file->is_new || !file->offer[0]) {
            file = file->next;
            continue;
        }
        struct room_offer *offer = offer_of(file);
        file->offer[0] = '\0';
        if (offer)
            room_offer_note(offer, &(struct room_offer_news){
                                       .state = ROOM_OFFER_WAITING,
                                       .sent_bytes = room_offer_info(offer)->sent_bytes,
                                       .own_call = own_call});
        file = call->files;
    }
    call_files_drop(call, call_file_is_new);
}

static void give_up(struct call *call, enum room_offer_state state, const char *detail)
{
    struct call_file *file = call->files;
    while (file) {
        struct room_offer *offer = file->is_new ? offer_of(file) : NULL;
        if (!offer || room_offer_is_over(offer)) {
            file = file->next;
            continue;
        }
        note(file, state, detail);
        file = call->files;
    }
    call_files_drop(call, call_file_is_new);
}

static bool is_ready(const struct call *call)
{
    return call->participant && call->state == CALL_UP &&
           participant_info(call->participant)->state == PARTICIPANT_CONNECTED;
}

static void on_look(void *context)
{
    struct call *call = context;
    struct call_push *push = &call->push;
    if (is_ready(call))
        call_courier_look(call);
    if (!is_ready(call) || push->is_asking)
        return; /* it is told again */
    if (call->offers.is_offering) {
        look_in(call, BUSY_MS);
        return;
    }
    call_files_drop(call, is_over);
    propose_waiting(call);
    if (call->participant)
        call_courier_look(call);
    if (!call->participant || (!count_new(call) && !push->has_closed))
        return;
    push->is_asking = call_reoffer(call);
    if (push->is_asking) {
        push->has_closed = false;
    } else {
        hand_back(call, false);
        look_in(call, BUSY_MS);
    }
}

static void look_in(struct call *call, unsigned wait_ms)
{
    loop_timer_start(call->ua->config.loop, &call->push.look, wait_ms, on_look, call);
}

void call_push_look(void *context)
{
    struct call *call = context;
    if (!call->push.look.place) /* else it is waiting for something */
        look_in(call, 0);
}

void call_push_on_answered(struct call *call)
{
    if (!call->push.is_asking)
        return;
    call->push.is_asking = false;
    call->push.tries = 0;
    call_push_look(call);
}

static unsigned glare_ms(const struct call *call)
{
    return (call->is_out ? OWNER_WAITS_MS : 0) + random_u32() % GLARE_SPREAD_MS;
}

/* Another request is under way; or the stack's own word for that. */
static bool is_passing(int status)
{
    return status == 491 || status == 500 || status == 503 || status >= 900;
}

bool call_push_on_refused(struct call *call, int status)
{
    struct call_push *push = &call->push;
    char detail[ROOM_OFFER_DETAIL_BYTES];
    if (!push->is_asking)
        return false;
    push->is_asking = false;
    snprintf(detail, sizeof(detail), "SIP %d", status);
    if (!is_passing(status)) {
        push->tries = 0;
        if (status < 600 && call_courier_may(call))
            hand_back(call, true);
        else
            give_up(call, ROOM_OFFER_DECLINED, detail);
        call_push_look(call); /* others may wait */
    } else if (++push->tries >= PUSH_TRIES) {
        push->tries = 0;
        give_up(call, ROOM_OFFER_FAILED, "the phone is busy");
        if (call->participant)
            look_in(call, glare_ms(call)); /* others may wait */
    } else {
        push->has_closed = true; /* as far as it had anything closed */
        hand_back(call, false);
        if (call->participant)
            look_in(call, glare_ms(call));
    }
    return true;
}

void call_push_stop(struct call *call)
{
    loop_timer_stop(call->ua->config.loop, &call->push.look);
    loop_timer_stop(call->ua->config.loop, &call->push.progress);
}

/* ---- who takes files ---- */

enum participant_files call_push_takes(const void *context)
{
    const struct call *call = context;
    if (!call->ua->msrp || !msrp_service_port(call->ua->msrp, call_msrp_offers_tls(call)))
        return PARTICIPANT_FILES_NEVER;
    return call->push.knows_files || call_has_msrp(call) ? PARTICIPANT_FILES_TAKEN
                                                         : PARTICIPANT_FILES_PERHAPS;
}
