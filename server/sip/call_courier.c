/* call_courier.c - INVITE with m=message alone, its answer, and BYE. */
#include "server/sip/call_courier.h"

#include "mixer/base/log.h"
#include "mixer/base/random.h"
#include "server/sip/call_file_internal.h"
#include "server/sip/dial_rule.h"
#include "server/sip/reason.h"
#include "server/sip/tunnel.h"

#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_tag.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TAG_BYTES = 17,
    END_MS = 32000,   /* RFC 3261 section 17.1.2.2: timer F                 */
    LINGER_MS = 1000, /* its last answer by MSRP may be later than its BYE */
};

struct call_courier {
    nua_handle_t *handle;
    struct call_file *file; /* owned; NULL: it is over */
    struct offer_session offers;
    struct seal seal;
    char call_id[CALL_CALL_ID_BYTES];
    char from[SIP_CONTACT_BYTES + ROOM_DISPLAY_NAME_BYTES + TAG_BYTES];
    bool is_up, is_ending;
    struct loop_timer patience; /* with who is rung, or does not answer a BYE */
};

/* Whoever has called us could name anybody as his contact: he is called where he calls from.
 * Whom we have called may be wherever may be dialled. */
static bool may_go_there(const struct call *call)
{
    const struct ua_config *config = &call->ua->config;
    const struct call_way *way = &call->way;
    struct uri_target target;
    return way->proxy || way->leads_back ||
           (call->is_out && uri_target(way->target, &target) == 0 &&
            dial_rule_allows(config->dial_allow, config->dial_allow_count, target.host));
}

bool call_courier_may(const struct call *call)
{
    return call->ua->config.file_calls && !call->trunk && call->way.target &&
           strlen(call->way.target) < CALL_TARGET_BYTES && may_go_there(call);
}

struct call_file *call_courier_file(const struct call *call)
{
    return call->push.courier ? call->push.courier->file : NULL;
}

/* ---- the end ---- */

static void drop_file(struct call_courier *courier)
{
    struct call_file *file = courier->file;
    courier->file = NULL;
    if (file)
        call_file_destroy(file);
}

void call_courier_destroy(struct call *call)
{
    struct call_courier *courier = call->push.courier;
    if (!courier)
        return;
    call->push.courier = NULL;
    loop_timer_stop(call->ua->config.loop, &courier->patience);
    if (courier->handle) {
        nua_handle_bind(courier->handle, NULL);
        nua_handle_destroy(courier->handle);
    }
    drop_file(courier);
    seal_finish(&courier->seal);
    offer_session_finish(&courier->offers);
    free(courier);
}

/* What waits behind it may go now. */
static void finish(struct call *call)
{
    call_courier_destroy(call);
    if (call->participant)
        call_push_look(call);
}

static void on_end_timeout(void *context)
{
    finish(context);
}

static void hang_up(struct call *call)
{
    struct call_courier *courier = call->push.courier;
    const char *reason = reason_header(PARTICIPANT_HUNG_UP);
    if (courier->is_ending)
        return;
    courier->is_ending = true;
    if (courier->is_up)
        nua_bye(courier->handle, SIPTAG_REASON_STR(reason), TAG_END());
    else
        nua_cancel(courier->handle, SIPTAG_REASON_STR(reason), TAG_END());
    loop_timer_start(call->ua->config.loop, &courier->patience, END_MS, on_end_timeout, call);
}

void call_courier_end(struct call *call)
{
    struct call_courier *courier = call->push.courier;
    if (!courier)
        return;
    if (courier->file)
        courier->file->offer[0] = '\0'; /* the room knows better why */
    drop_file(courier);
    hang_up(call);
}

/* A part that is refused is offered whole, once more. */
static void decline(struct call *call, const char *detail)
{
    struct call_courier *courier = call->push.courier;
    if (courier->file && courier->file->first == 1)
        call_push_settle(courier->file, ROOM_OFFER_DECLINED, detail);
    drop_file(courier);
}

static void on_ring_timeout(void *context)
{
    struct call *call = context;
    decline(call, "the phone does not answer");
    hang_up(call);
}

/* ---- begin ---- */

static int make_offer(struct call *call, const struct room_offer *offer, char **sdp)
{
    struct call_courier *courier = call->push.courier;
    struct offer_local local;
    int err = call_local(call, (const struct sockaddr *)&call->peer, 0, &local);
    if (err == 0)
        err = call_push_prepare(courier->file, offer, local.address);
    if (err < 0)
        return err;
    call_file_add_local(courier->file, &local);
    return offer_make(&courier->offers, &local, sdp);
}

static void write_from(const struct call *call, struct call_courier *courier)
{
    char room[SIP_CONTACT_BYTES + ROOM_DISPLAY_NAME_BYTES], host[SIP_HOST_BYTES];
    char tag[TAG_BYTES];
    struct text text;
    ua_host(call->line, (const struct sockaddr *)&call->peer, host);
    call_write_room(call, host, room, sizeof(room));
    random_name(tag, sizeof(tag));
    text_init(&text, courier->from, sizeof(courier->from));
    text_add(&text, "%s;tag=%s", room, tag);
}

static void send_invite(struct call *call, const char *sdp)
{
    struct call_courier *courier = call->push.courier;
    const struct call_way *way = &call->way;
    char to[CALL_TARGET_BYTES + 2], start[CALL_TARGET_BYTES + 24];
    struct sealed sealed;
    write_from(call, courier);
    snprintf(to, sizeof(to), "<%s>", way->target);
    snprintf(start, sizeof(start), "INVITE %s SIP/2.0", way->target);
    const struct tunnel_lines lines = {.start = start,
                                       .from = courier->from,
                                       .to = to,
                                       .call_id = courier->call_id,
                                       .contact = call->contact,
                                       .date = sip_now()};
    seal_make(&courier->seal, SEAL_SDP,
              &(struct seal_text){.type = "application/sdp", .text = sdp, .lines = &lines},
              &sealed);
    log_call_info("sip", call->id, "INVITE for a file goes to %s, Call-ID %s", way->target,
                  courier->call_id);
    nua_invite(courier->handle, NUTAG_URL(way->target),
               TAG_IF(way->proxy, NUTAG_PROXY(way->proxy)),
               TAG_IF(way->route, NUTAG_INITIAL_ROUTE_STR(way->route)),
               SIPTAG_CALL_ID_STR(courier->call_id), SIPTAG_TO_STR(to),
               SIPTAG_FROM_STR(courier->from), SIPTAG_CONTACT_STR(call->contact),
               SEALED_TAGS(&sealed), NUTAG_AUTOACK(0), NUTAG_SESSION_TIMER(0), TAG_END());
    sealed_finish(&sealed);
}

/* @return 0: it rings; why not, and there is none. */
static int begin(struct call *call, struct room_offer *offer)
{
    char id[24], *sdp = NULL;
    struct call_courier *courier = calloc(1, sizeof(*courier));
    if (!courier)
        return -ENOMEM;
    call->push.courier = courier;
    random_name(id, sizeof(id));
    random_name(courier->call_id, sizeof(courier->call_id));
    seal_begin_beside(&courier->seal, &call->seal);
    offer_session_init_silent(&courier->offers);
    courier->file = call_file_create(call, id);
    int err = courier->file ? seal_demand(&courier->seal, SEAL_SDP) : -ENOMEM;
    if (err == 0)
        err = make_offer(call, offer, &sdp);
    if (err == 0) {
        courier->handle = nua_handle(call->line->nua, call, TAG_END());
        err = courier->handle ? 0 : -ENOMEM;
    }
    if (err == 0)
        send_invite(call, sdp);
    free(sdp);
    if (err < 0) {
        if (courier->file)
            courier->file->offer[0] = '\0'; /* the room is told by who has asked */
        call_courier_destroy(call);
        return err;
    }
    loop_timer_start(call->ua->config.loop, &courier->patience,
                     call->ua->config.ring_timeout_s * 1000LL, on_ring_timeout, call);
    return 0;
}

static bool is_over(const struct call_courier *courier)
{
    return !courier->file || courier->file->is_settled || !call_push_is_wanted(courier->file);
}

void call_courier_look(struct call *call)
{
    struct room_offer *offer;
    if (call->push.courier && !call->push.courier->is_ending && is_over(call->push.courier)) {
        drop_file(call->push.courier);
        hang_up(call);
    }
    while (call->participant && !call->push.courier &&
           (offer = room_offer_waiting(call->participant, true))) {
        const int err = call_courier_may(call) ? begin(call, offer) : -EHOSTUNREACH;
        call_push_note_said(offer, err);
    }
}

/* ---- what the stack reports ---- */

static bool take_answer(struct call_courier *courier, const sip_t *sip)
{
    struct slice body;
    struct reply ignored;
    struct offer *answer;
    struct offer_failure why;
    const struct message_section *sections;
    if (!seal_open_sdp(&courier->seal, sip, &body, &ignored) || !body.length ||
        offer_read(&courier->offers, body.at, body.length, &answer, &why) < 0)
        return false;
    const bool fits = offer_messages(answer, &sections) == 1 &&
                      call_push_connect(courier->file, &sections[0]);
    offer_destroy(answer);
    return fits;
}

static void on_answered(struct call *call, const sip_t *sip)
{
    struct call_courier *courier = call->push.courier;
    loop_timer_stop(call->ua->config.loop, &courier->patience);
    courier->is_up = true;
    nua_ack(courier->handle, TAG_END());
    if (!take_answer(courier, sip)) {
        decline(call, "the answer has no file");
        hang_up(call);
        return;
    }
    call->push.knows_files = call->push.goes_alone = true;
    courier->file->is_new = false;
    const int err = call_file_begin(courier->file);
    if (err < 0 && courier->file)
        call_push_settle(courier->file, ROOM_OFFER_FAILED, strerror(-err));
}

/* Our CANCEL was too late. */
static void hang_up_again(struct call *call)
{
    struct call_courier *courier = call->push.courier;
    nua_ack(courier->handle, TAG_END());
    courier->is_up = true;
    courier->is_ending = false;
    hang_up(call);
}

static void on_response(struct call *call, int status, const sip_t *sip)
{
    char detail[ROOM_OFFER_DETAIL_BYTES];
    if (status < 200)
        return;
    if (status >= 300) {
        snprintf(detail, sizeof(detail), "SIP %d", status);
        decline(call, detail);
        finish(call);
    } else if (call->push.courier->is_ending || !sip) {
        hang_up_again(call);
    } else {
        on_answered(call, sip);
    }
}

/* Who says it before the answer is refused by the stack, which cancels the INVITE. */
static void on_bye(struct call *call)
{
    struct call_courier *courier = call->push.courier;
    if (courier->is_up)
        reply_accept_bye(call->line, courier->handle, ua_request(call->line));
    if (!courier->file || !courier->file->has_begun) {
        finish(call);
        return;
    }
    nua_handle_bind(courier->handle, NULL);
    nua_handle_destroy(courier->handle);
    courier->handle = NULL;
    courier->is_ending = true;
    loop_timer_start(call->ua->config.loop, &courier->patience, LINGER_MS, on_end_timeout,
                     call);
}

bool call_courier_takes(struct call *call, nua_handle_t *handle, nua_event_t event, int status,
                        const sip_t *sip)
{
    struct call_courier *courier = call->push.courier;
    if (!courier || courier->handle != handle)
        return false;
    if (event == nua_r_invite && !courier->is_up) {
        on_response(call, status, sip);
    } else if (event == nua_i_bye) {
        on_bye(call);
    } else if (event == nua_r_bye && status >= 200) {
        finish(call);
    } else if (sip && sip->sip_request && status < 200) {
        const struct reply reply = reply_make(488, "This Call Has Only A File");
        reply_refuse_in_dialog(call->line, handle, &reply);
    }
    return true;
}
