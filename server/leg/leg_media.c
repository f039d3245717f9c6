/* leg_media.c - the media half as a whole: its kit, its parts, and which packet goes where. */
#include "server/leg/leg_media.h"

#include "mixer/base/check.h"
#include "mixer/base/clock.h"
#include "server/leg/leg_receive.h"
#include "server/leg/leg_report.h"
#include "server/leg/leg_send.h"
#include "server/leg/leg_voice.h"
#include "server/rtp/rtp_guard.h"

#include <errno.h>
#include <string.h>

/* A key that is down while the plan changes is one press. */
static void take_dtmf_over(struct leg_media *media, struct leg_kit *kit, struct leg_kit *old)
{
    struct audio_dtmf *fresh = kit->dtmf;
    if (fresh && old && old->dtmf) {
        kit->dtmf = old->dtmf;
        old->dtmf = fresh;
    } else {
        media->voice.dtmf_rate_hz = 0;
    }
}

/* Never the same key with a counter that begins anew: that would encrypt twice alike. */
static void take_guard_over(struct rtp_guard **fresh, struct rtp_guard **old,
                            const struct rtp_keys *keys, const struct rtp_keys *old_keys)
{
    struct rtp_guard *spare = *fresh;
    if (!*fresh || !*old || !rtp_keys_equal(keys, old_keys))
        return;
    *fresh = *old;
    *old = spare;
}

static void take_guards_over(struct leg_kit *kit, struct leg_kit *old)
{
    const struct rtp_security *now = &kit->plan.security, *before = &old->plan.security;
    take_guard_over(&kit->guard_in, &old->guard_in, &now->receive, &before->receive);
    take_guard_over(&kit->guard_out, &old->guard_out, &now->send, &before->send);
}

struct leg_kit *leg_media_set_kit(struct leg_media *media, struct leg_kit *kit, int64_t now_ns)
{
    ASSERT_MEDIA();
    struct leg_kit *old = media->kit;
    bool fresh = kit->machine != NULL;
    if (!fresh) {
        assert(old);
        kit->machine = old->machine;
        old->machine = NULL;
    } else {
        media->asked_decoders = 0;
        memset(media->asked_paths, 0, sizeof(media->asked_paths));
        media->asked_denoise = false;
        media->leader = NULL;
    }
    take_dtmf_over(media, kit, old);
    if (old)
        take_guards_over(kit, old);
    media->kit = kit;
    rtp_socket_connect(media->socket, NULL); /* the new plan may have another peer */
    rtp_socket_expect(media->socket, kit->guard_in);
    media->is_settled = false;
    const struct leg_plan *old_plan = old ? &old->plan : NULL;
    leg_receive_replan(media, old_plan, fresh, now_ns);
    leg_send_replan(media, fresh);
    leg_report_replan(media, old_plan, now_ns);
    return old;
}

static bool fit_decoder(struct leg_media *media, const struct leg_part *part)
{
    const struct leg_plan *plan = &media->kit->plan;
    if (part->index >= plan->codec_count || plan->codec[part->index].codec != part->codec)
        return false;
    struct codec_decoder **place = &media->kit->machine->decoder[part->index];
    if (*place)
        return false;
    *place = part->decoder;
    return true;
}

bool leg_media_fit(struct leg_media *media, const struct leg_part *part)
{
    ASSERT_MEDIA();
    struct leg_machine *machine = media->kit->machine;
    switch (part->kind) {
    case LEG_PART_NONE:
        return false;
    case LEG_PART_DECODER:
        return fit_decoder(media, part);
    case LEG_PART_PATH:
        if (machine->path[part->from][part->to])
            return false;
        machine->path[part->from][part->to] = part->path;
        return true;
    case LEG_PART_DENOISE:
        if (machine->denoise)
            return false;
        machine->denoise = part->denoise;
        machine->denoise_rate = part->from;
        return true;
    }
    return false;
}

static bool was_asked(const struct leg_media *media, const struct leg_part *part)
{
    switch (part->kind) {
    case LEG_PART_NONE:
        return true;
    case LEG_PART_DECODER:
        return media->asked_decoders & 1u << part->index;
    case LEG_PART_PATH:
        return media->asked_paths[part->from] & 1u << part->to;
    case LEG_PART_DENOISE:
        return media->asked_denoise;
    }
    return true;
}

void leg_media_need(struct leg_media *media, const struct leg_part *part)
{
    if (was_asked(media, part) ||
        !media->events->on_need(media->events_context, media->leg, part))
        return;
    if (part->kind == LEG_PART_DECODER)
        media->asked_decoders |= (uint16_t)(1u << part->index);
    else if (part->kind == LEG_PART_PATH)
        media->asked_paths[part->from] |= (uint8_t)(1u << part->to);
    else
        media->asked_denoise = true;
}

struct leg_out *leg_media_out(struct leg_media *media)
{
    return &media->kit->machine->out;
}

bool leg_media_is_secure(const struct leg_media *media)
{
    return media->kit->plan.security.kind != RTP_SECURITY_NONE;
}

bool leg_media_is_from(const struct leg_media *media, struct latch *latch,
                       const struct sockaddr *from, uint32_t ssrc, int64_t arrival_ns)
{
    if (media->kit->plan.security.by_path)
        return true;
    return leg_media_is_secure(media) ? latch_accept_authentic(latch, from)
                                      : latch_accept(latch, from, ssrc, arrival_ns);
}

static void count_unopened(struct leg_media *media, int error, struct leg_tick *tick)
{
    struct leg_counters *counters = media->counters;
    if (error == -EALREADY) {
        leg_counter_add(&counters->packets_duplicate, 1);
    } else if (error == -EBADMSG) {
        leg_counter_add(&counters->packets_malformed, 1);
        tick->packets_malformed++;
    } else {
        leg_counter_add(&counters->packets_unauthentic, 1);
        tick->packets_unauthentic++;
    }
}

/* @return its length in tick->clear; 0: it is not authentic, or not for the first time. */
static size_t open_packet(struct leg_media *media, bool is_report, const uint8_t *data,
                          size_t length, struct leg_tick *tick)
{
    struct rtp_guard *guard = media->kit->guard_in;
    size_t clear = 0;
    int error = -EBADMSG;
    if (!guard)
        error = -EKEYREJECTED;
    else if (length <= sizeof(tick->clear))
        error = is_report ? rtp_guard_open_rtcp(guard, data, length, tick->clear, &clear)
                          : rtp_guard_open(guard, data, length, tick->clear, &clear);
    if (error)
        count_unopened(media, error, tick);
    return error ? 0 : clear;
}

void leg_media_receive(struct leg_media *media, bool rtcp, const uint8_t *data, size_t length,
                       const struct sockaddr *from, int64_t arrival_ns, struct leg_tick *tick)
{
    if (!rtcp && handshake_way_take(&tick->handshakes, media->kit->plan.security.handshake,
                                    data, length, from))
        return;
    const bool is_report =
        rtcp || (media->kit->plan.rtcp_mux && rtp_packet_is_rtcp(data, length));
    if (leg_media_is_secure(media)) {
        length = open_packet(media, is_report, data, length, tick);
        data = tick->clear;
        if (!length)
            return;
    }
    if (is_report) {
        leg_report_packet(media, data, length, from, arrival_ns, tick);
    } else {
        media->receive.opened_ns = arrival_ns;
        leg_receive_packet(media, data, length, from, arrival_ns, tick);
    }
}

static void count_socket(struct leg_media *media, struct leg_tick *tick)
{
    const uint32_t too_long = rtp_socket_too_long(media->socket) - media->too_long;
    const uint32_t errors = rtp_socket_send_errors(media->socket) - media->send_errors;
    if (too_long)
        leg_counter_add(&media->counters->packets_malformed, too_long);
    if (errors)
        leg_counter_add(&media->counters->send_errors, errors);
    tick->packets_malformed += too_long;
    media->too_long += too_long;
    media->send_errors += errors;
}

/* Who can prove who he is may come from elsewhere at any time. As long as his RTP is heard, it
 * does not. */
static bool is_heard(const struct leg_media *media, int64_t now_ns)
{
    return now_ns - media->receive.opened_ns < CLOCK_NS_PER_S;
}

static bool is_peer_final(const struct leg_media *media, int64_t now_ns)
{
    const struct latch *latch = &media->receive.latch;
    if (media->kit->plan.security.by_path)
        return false; /* checks come from everywhere */
    return leg_media_is_secure(media) ? latch->latched : latch_is_final(latch, now_ns);
}

void leg_media_begin(struct leg_media *media, struct leg_tick *tick)
{
    count_socket(media, tick);
    if (leg_media_is_secure(media) && !is_heard(media, tick->now_ns)) {
        if (media->is_settled)
            (void)rtp_socket_connect(media->socket, NULL);
        media->is_settled = false;
        return;
    }
    if (media->is_settled || !is_peer_final(media, tick->now_ns))
        return;
    media->is_settled = true; /* a refusal only costs: once is enough to ask */
    (void)rtp_socket_connect(media->socket, &media->receive.latch.current.any);
}

void leg_media_skip(struct leg_media *media, struct leg_tick *tick)
{
    enum { MOST_TICKS = 100 }; /* no jitter buffer holds more than that */
    const struct codec *sent = media->kit->plan.codec[0].codec;
    media->send.timestamp += tick->skipped * (sent->rtp_clock_hz / PCM_TICKS_PER_S);
    for (unsigned i = 0; i < tick->skipped && i < MOST_TICKS; i++)
        leg_voice_pass(media, tick);
}
