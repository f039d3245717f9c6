/* leg_media.c - the media half as a whole: its kit, its parts, and which packet goes where. */
#include "server/leg/leg_media.h"

#include "mixer/base/check.h"
#include "mixer/base/clock.h"
#include "server/leg/leg_receive.h"
#include "server/leg/leg_report.h"
#include "server/leg/leg_send.h"
#include "server/leg/leg_voice.h"

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
    media->kit = kit;
    rtp_socket_connect(media->socket, NULL); /* the new plan may have another peer */
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

void leg_media_receive(struct leg_media *media, bool rtcp, const uint8_t *data, size_t length,
                       const struct sockaddr *from, int64_t arrival_ns, struct leg_tick *tick)
{
    if (rtcp || (media->kit->plan.rtcp_mux && rtp_packet_is_rtcp(data, length)))
        leg_report_packet(media, data, length, from, arrival_ns, tick);
    else
        leg_receive_packet(media, data, length, from, arrival_ns, tick);
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

void leg_media_begin(struct leg_media *media, struct leg_tick *tick)
{
    count_socket(media, tick);
    if (media->is_settled || !latch_is_final(&media->receive.latch, tick->now_ns))
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
