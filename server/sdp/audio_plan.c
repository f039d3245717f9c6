/* audio_plan.c - a section's formats, one by one. */
#include "server/sdp/audio_plan.h"

#include <string.h>

/* What we have of what they list: all that was read, or, of an answer, what we had @p offered.
 */
static bool is_common(const struct offer_types *offered, const struct audio_meaning *meaning)
{
    return !offered || offer_types_find(offered, meaning);
}

static bool is_clock_used(const struct audio_section *audio, const struct offer_types *offered,
                          uint32_t clock_hz)
{
    for (unsigned i = 0; i < audio->format_count; i++) {
        const struct audio_meaning *meaning = &audio->format[i].meaning;
        if (meaning->kind == AUDIO_CODEC && meaning->clock_hz == clock_hz &&
            is_common(offered, meaning))
            return true;
    }
    return false;
}

/* Events run at the clock of a codec in use (RFC 4733 section 2.1). Phones that offer Opus with
 * events at 8000 only have no such clock: then they are taken as they are. */
static bool is_event_wanted(const struct audio_section *audio,
                            const struct offer_types *offered, uint32_t clock_hz)
{
    bool fits = false;
    for (unsigned i = 0; i < audio->format_count; i++) {
        const struct audio_meaning *meaning = &audio->format[i].meaning;
        fits = fits || (meaning->kind == AUDIO_EVENT &&
                        is_clock_used(audio, offered, meaning->clock_hz));
    }
    return !fits || is_clock_used(audio, offered, clock_hz);
}

bool audio_plan_wants(const struct audio_section *audio, const struct offer_types *offered,
                      const struct audio_meaning *meaning)
{
    if (!is_common(offered, meaning))
        return false;
    if (meaning->kind == AUDIO_EVENT)
        return is_event_wanted(audio, offered, meaning->clock_hz);
    return meaning->kind != AUDIO_NOISE || is_clock_used(audio, offered, meaning->clock_hz);
}

static unsigned choose_ptime(const struct audio_section *audio, const struct codec *codec,
                             unsigned wanted_ms)
{
    /* the engine works in whole tens, the codec in whole frames */
    unsigned step = codec->frame_ms > OFFER_MIN_PTIME_MS ? codec->frame_ms : OFFER_MIN_PTIME_MS;
    unsigned most = audio->maxptime_ms && audio->maxptime_ms < OFFER_MAX_PTIME_MS
                        ? audio->maxptime_ms
                        : OFFER_MAX_PTIME_MS;
    if (codec->max_ptime_ms && most > codec->max_ptime_ms)
        most = codec->max_ptime_ms;
    unsigned ptime = audio->ptime_ms ? audio->ptime_ms : wanted_ms;
    if (ptime > most)
        ptime = most;
    ptime -= ptime % step;
    return ptime < step ? step : ptime;
}

void audio_plan_begin(const struct audio_section *audio, enum media_direction direction,
                      struct leg_plan *plan)
{
    memset(plan, 0, sizeof(*plan));
    memcpy(&plan->remote_rtp, &audio->media.rtp, sizeof(plan->remote_rtp));
    memcpy(&plan->remote_rtcp, &audio->media.rtcp, sizeof(plan->remote_rtcp));
    plan->rtcp_mux = audio->media.rtcp_mux;
    plan->send = media_direction_sends(direction);
    plan->receive = media_direction_hears(direction);
    plan->held_by_far_end = !media_direction_hears(audio->media.direction) ||
                            (audio->media.rtp.ss_family == AF_UNSPEC && !audio->media.has_ice);
    plan->red.receive_type = plan->red.send_type = LEG_PLAN_NO_TYPE;
    plan->rtcp_bandwidth_off =
        audio->rtcp_off || (audio->media.is_dtls && !audio->media.rtcp_mux);
}

static void add_codec(struct leg_plan *plan, const struct audio_format *format,
                      const struct offer_type *type)
{
    struct leg_plan_codec *codec = &plan->codec[plan->codec_count++];
    codec->codec = format->meaning.codec;
    codec->receive_type = type->receive_type;
    codec->send_type = type->send_type;
    memcpy(&codec->params, &format->params, sizeof(codec->params));
}

void audio_plan_add(struct leg_plan *plan, const struct audio_format *format,
                    const struct offer_type *type)
{
    struct leg_plan_event *event;
    struct leg_plan_noise *noise;
    switch (type->meaning.kind) {
    case AUDIO_NOTHING:
        break;
    case AUDIO_CODEC:
        add_codec(plan, format, type);
        break;
    case AUDIO_EVENT:
        event = &plan->event[plan->event_count++];
        event->clock_hz = type->meaning.clock_hz;
        event->receive_type = type->receive_type;
        event->send_type = type->send_type;
        break;
    case AUDIO_NOISE:
        noise = &plan->noise[plan->noise_count++];
        noise->clock_hz = type->meaning.clock_hz;
        noise->receive_type = type->receive_type;
        noise->send_type = type->send_type;
        break;
    case AUDIO_RED:
        plan->red.receive_type = type->receive_type;
        plan->red.send_type = type->send_type;
        break;
    }
}

void audio_plan_end(struct leg_plan *plan, const struct audio_section *audio,
                    const struct offer_local *local, const struct extmap *extmap)
{
    plan->level_id = extmap_used(extmap, EXTMAP_LEVEL);
    plan->mixed_levels_id = extmap_used(extmap, EXTMAP_MIXED_LEVELS);
    plan->ptime_ms = choose_ptime(audio, plan->codec[0].codec, local->ptime_ms);
    plan->pauses = local->pauses;
    for (unsigned i = 0; i < plan->codec_count; i++) {
        plan->codec[i].params.ptime_ms = plan->ptime_ms;
        plan->codec[i].params.dtx = plan->codec[i].params.dtx && plan->pauses;
        if (plan->codec[i].codec == audio_red_codec())
            plan->red.codec = (uint8_t)i;
    }
}
