/* leg_receive.c - from a datagram to the jitter buffer. */
#include "server/leg/leg_receive.h"

#include "mixer/base/clock.h"
#include "mixer/codec/red.h"
#include "server/leg/leg_voice.h"
#include "server/rtp/rtp_extension.h"

#include <errno.h>
#include <string.h>

/* What a payload type of the far end means. */
enum payload_kind { PAYLOAD_UNKNOWN, PAYLOAD_AUDIO, PAYLOAD_EVENT, PAYLOAD_NOISE, PAYLOAD_RED };

struct payload {
    enum payload_kind kind;
    unsigned codec_index; /* of AUDIO and RED */
    unsigned clock_hz;
};

static int codec_of_type(const struct leg_plan *plan, unsigned payload_type)
{
    for (unsigned i = 0; i < plan->codec_count; i++) {
        if (plan->codec[i].receive_type == payload_type)
            return (int)i;
    }
    return -1;
}

static bool is_event_type(const struct leg_plan *plan, unsigned payload_type)
{
    for (unsigned i = 0; i < plan->event_count; i++) {
        if (plan->event[i].receive_type == payload_type)
            return true;
    }
    return false;
}

static bool is_noise_type(const struct leg_plan *plan, unsigned payload_type)
{
    for (unsigned i = 0; i < plan->noise_count; i++) {
        if (plan->noise[i].receive_type == payload_type)
            return true;
    }
    return false;
}

static struct payload payload_of(const struct leg_plan *plan, unsigned payload_type)
{
    struct payload payload = {.kind = PAYLOAD_UNKNOWN};
    int index = codec_of_type(plan, payload_type);
    if (index >= 0) {
        payload.kind = PAYLOAD_AUDIO;
    } else if (plan->red.receive_type == payload_type && payload_type != LEG_PLAN_NO_TYPE) {
        payload.kind = PAYLOAD_RED;
        index = plan->red.codec;
    } else if (is_event_type(plan, payload_type)) {
        payload.kind = PAYLOAD_EVENT;
    } else if (is_noise_type(plan, payload_type)) {
        payload.kind = PAYLOAD_NOISE;
    }
    if (index >= 0) {
        payload.codec_index = (unsigned)index;
        payload.clock_hz = plan->codec[index].codec->rtp_clock_hz;
    }
    return payload;
}

static void count_malformed(struct leg_media *media, struct leg_tick *tick)
{
    leg_counter_add(&media->counters->packets_malformed, 1);
    tick->packets_malformed++;
}

/* ---- what is no audio ---- */

/* It keeps its place among the audio, so that it is not taken for lost. */
static void keep_place(struct leg_media *media, const struct rtp_packet *packet,
                       int64_t arrival_ns)
{
    jitter_put(media->kit->machine->jitter, packet->sequence, packet->timestamp,
               packet->payload_type, NULL, 0, arrival_ns);
}

static void take_event(struct leg_media *media, const struct rtp_packet *packet,
                       int64_t arrival_ns, struct leg_tick *tick)
{
    char digit;
    struct telephone_event event;
    if (telephone_event_read(packet->payload, packet->payload_length, &event) < 0) {
        count_malformed(media, tick);
        return;
    }
    keep_place(media, packet, arrival_ns);
    if (telephone_event_receive(&media->receive.event, packet->timestamp, &event, &digit))
        media->events->on_digit(media->events_context, media->leg, digit, false);
}

static void take_noise(struct leg_media *media, const struct rtp_packet *packet,
                       int64_t arrival_ns, struct leg_tick *tick)
{
    struct leg_voice *voice = &media->voice;
    struct comfort_noise noise;
    if (comfort_noise_read(packet->payload, packet->payload_length, &noise) < 0) {
        count_malformed(media, tick);
        return;
    }
    keep_place(media, packet, arrival_ns);
    if (!voice->has_noise)
        comfort_noise_generator_init(&voice->noise, pcm_rate_hz(leg_voice_rate(media)));
    comfort_noise_generator_update(&voice->noise, &noise);
    voice->is_paused = voice->has_noise = true;
    voice->noise_sequence = packet->sequence;
    media->receive.level = AUDIO_LEVEL_SILENCE;
    media->receive.arrived++;
}

/* ---- audio ---- */

/* The louder of those that came in this tick counts; one that cannot be told hides the rest. */
static void note_level(struct leg_media *media, const struct codec *codec,
                       const struct rtp_packet *packet, const uint8_t *payload, size_t length)
{
    struct leg_receive *receive = &media->receive;
    const uint8_t id = media->kit->plan.level_id;
    struct rtp_extension_element element;
    struct rtp_extension_level told;
    int level = -ENODATA;
    if (id && rtp_extension_find(packet, id, &element) == 0 &&
        rtp_extension_read_level(&element, &told) == 0)
        level = told.level;
    receive->level_is_told = level >= 0;
    if (level < 0 && codec->payload_level)
        level = codec->payload_level(payload, length);
    uint8_t now = level < 0 ? LEG_LEVEL_UNKNOWN : (uint8_t)level;
    bool is_first = receive->arrived++ == 0;
    if (is_first || now == LEG_LEVEL_UNKNOWN ||
        (receive->level != LEG_LEVEL_UNKNOWN && now < receive->level))
        receive->level = now;
    receive->level_ticks = 0;
}

/* What the sender had lost before it began anew is lost all the same. */
static void keep_lost(struct leg_receive *receive)
{
    receive->lost_before += receive->lost;
    receive->lost = 0;
}

/* Its time stamps have nothing to do any more with the wall clock that its reports told. */
static void forget_clock(struct leg_media *media)
{
    media->receive.clock = (struct media_clock){0};
    media->receive.lips.spoken_less_now_ns = 0;
    leg_counter_set(&media->counters->spoken_less_now_ns, 0);
    leg_voice_end_pause(media);
}

/* The jitter buffer knows it by what the packet says of its time, or by how it comes. */
static void begin_anew(struct leg_media *media, uint16_t sequence)
{
    struct rtp_source *source = &media->receive.source;
    forget_clock(media);
    if (source->max_sequence == sequence)
        return; /* the numbers go on */
    keep_lost(&media->receive);
    rtp_source_begin_anew(source, sequence);
}

static void store(struct leg_media *media, const struct rtp_packet *packet,
                  uint8_t payload_type, const uint8_t *payload, size_t length,
                  int64_t arrival_ns, struct leg_tick *tick)
{
    struct leg_counters *counters = media->counters;
    switch (jitter_put(media->kit->machine->jitter, packet->sequence, packet->timestamp,
                       payload_type, payload, length, arrival_ns)) {
    case JITTER_STORED:
        break;
    case JITTER_RESET:
        begin_anew(media, packet->sequence);
        break;
    case JITTER_LATE:
        leg_counter_add(&counters->packets_late, 1);
        break;
    case JITTER_DUPLICATE:
        leg_counter_add(&counters->packets_duplicate, 1);
        break;
    case JITTER_TOO_LONG:
        count_malformed(media, tick);
        break;
    }
}

static void take_audio(struct leg_media *media, const struct rtp_packet *packet,
                       unsigned codec_index, int64_t arrival_ns, struct leg_tick *tick)
{
    note_level(media, media->kit->plan.codec[codec_index].codec, packet, packet->payload,
               packet->payload_length);
    store(media, packet, packet->payload_type, packet->payload, packet->payload_length,
          arrival_ns, tick);
}

static void note_recovered(struct leg_media *media, const struct codec *codec,
                           const struct red_block *block)
{
    int samples = codec->payload_samples(block->bytes, block->length);
    media->voice.recoveries++;
    if (samples > 0)
        leg_counter_add(&media->counters->recovered_us,
                        (uint64_t)samples * 1000000 / codec->sample_rate_hz);
}

/* RFC 2198: the packets before, once more. One that has come already is none of ours. */
static void take_red(struct leg_media *media, const struct rtp_packet *packet,
                     const struct payload *meant, int64_t arrival_ns, struct leg_tick *tick)
{
    const struct leg_plan_codec *row = &media->kit->plan.codec[meant->codec_index];
    struct red red;
    if (red_read(packet->payload, packet->payload_length, &red) < 0 ||
        red.block[red.count - 1].payload_type != row->receive_type) {
        count_malformed(media, tick);
        return;
    }
    struct jitter *jitter = media->kit->machine->jitter;
    for (unsigned i = 0; i + 1 < red.count; i++) {
        const struct red_block *block = &red.block[i];
        if (block->payload_type != row->receive_type || !block->length ||
            block->offset < red.block[i + 1].offset)
            continue;
        uint16_t sequence = (uint16_t)(packet->sequence - (red.count - 1 - i));
        if (jitter_put_again(jitter, sequence, packet->timestamp - block->offset,
                             row->receive_type, block->bytes, block->length, arrival_ns))
            note_recovered(media, row->codec, block);
    }
    const struct red_block *primary = &red.block[red.count - 1];
    note_level(media, row->codec, packet, primary->bytes, primary->length);
    store(media, packet, row->receive_type, primary->bytes, primary->length, arrival_ns, tick);
}

/* ---- sources ---- */

static void note_source(struct leg_media *media)
{
    const struct rtp_source *source = &media->receive.source;
    int64_t lost = rtp_source_lost(source);
    media->receive.lost = lost > 0 ? (uint64_t)lost : 0;
    leg_counter_set(&media->counters->packets_lost,
                    media->receive.lost_before + media->receive.lost);
    leg_counter_set(&media->counters->jitter_us,
                    (uint64_t)(source->jitter * 1e6 / media->receive.clock_hz));
}

/* A type that was not agreed. Empty, it is a keepalive (RFC 6263 section 4.6): a sign of life.
 */
static void take_unknown(struct leg_media *media, const struct rtp_packet *packet,
                         const struct sockaddr *from, int64_t arrival_ns, struct leg_tick *tick)
{
    struct leg_receive *receive = &media->receive;
    if (packet->payload_length)
        count_malformed(media, tick);
    else if (latch_same(from, &receive->latch.current.any))
        receive->heard_ns = arrival_ns;
}

/* @return false: a straggler of another source. */
static bool take_source(struct leg_media *media, const struct rtp_packet *packet,
                        const struct payload *meant, int64_t arrival_ns)
{
    struct leg_receive *receive = &media->receive;
    /* what is no audio has time stamps that stand still: they say nothing of jitter */
    enum rtp_source_verdict verdict =
        rtp_source_receive(&receive->source, packet->ssrc, packet->sequence, packet->timestamp,
                           arrival_ns, meant->clock_hz);
    if (verdict == RTP_SOURCE_DROP) {
        leg_counter_add(&media->counters->packets_late, 1);
        return false;
    }
    if (verdict == RTP_SOURCE_RESTART)
        keep_lost(receive);
    if (meant->clock_hz && meant->clock_hz != receive->clock_hz) {
        receive->clock_hz = meant->clock_hz;
        verdict = RTP_SOURCE_RESTART;
    }
    if (verdict == RTP_SOURCE_RESTART) {
        forget_clock(media);
        jitter_reset(media->kit->machine->jitter, receive->clock_hz);
    }
    return true;
}

void leg_receive_packet(struct leg_media *media, const uint8_t *data, size_t length,
                        const struct sockaddr *from, int64_t arrival_ns, struct leg_tick *tick)
{
    struct leg_receive *receive = &media->receive;
    struct leg_counters *counters = media->counters;
    const struct leg_plan *plan = &media->kit->plan;
    struct rtp_packet packet;
    if (rtp_packet_read(data, length, &packet) < 0) {
        count_malformed(media, tick);
        return;
    }
    const struct payload meant = payload_of(plan, packet.payload_type);
    if (meant.kind == PAYLOAD_UNKNOWN) {
        take_unknown(media, &packet, from, arrival_ns, tick);
        return;
    }
    if (!leg_media_is_from(media, &receive->latch, from, packet.ssrc, arrival_ns)) {
        leg_counter_add(&counters->packets_refused, 1);
        return;
    }
    receive->heard_ns = arrival_ns;
    if (!plan->receive || !take_source(media, &packet, &meant, arrival_ns))
        return;
    leg_counter_add(&counters->packets_received, 1);
    leg_counter_add(&counters->octets_received, packet.payload_length);
    leg_counter_set(&counters->last_media_ns, (uint64_t)arrival_ns);
    note_source(media);
    if (meant.kind == PAYLOAD_AUDIO)
        take_audio(media, &packet, meant.codec_index, arrival_ns, tick);
    else if (meant.kind == PAYLOAD_RED)
        take_red(media, &packet, &meant, arrival_ns, tick);
    else if (meant.kind == PAYLOAD_NOISE)
        take_noise(media, &packet, arrival_ns, tick);
    else
        take_event(media, &packet, arrival_ns, tick);
}

void leg_receive_replan(struct leg_media *media, const struct leg_plan *old, bool fresh,
                        int64_t now_ns)
{
    struct leg_receive *receive = &media->receive;
    const struct leg_plan *plan = &media->kit->plan;
    if (fresh) {
        struct leg_voice *voice = &media->voice;
        voice->codec_index = voice->packet_samples = voice->ahead = 0;
        voice->is_stale = voice->is_paused = voice->has_noise = false;
        voice->quiet_ticks = voice->overflowed = 0;
        voice->no_fec = voice->holds_spare = false;
        voice->losses = voice->recoveries = voice->span_ticks = 0;
        receive->clock_hz = plan->codec[0].codec->rtp_clock_hz;
    }
    if (!old || !latch_same((const struct sockaddr *)&old->remote_rtp,
                            (const struct sockaddr *)&plan->remote_rtp))
        latch_open(&receive->latch, (const struct sockaddr *)&plan->remote_rtp, now_ns);
    if (old && !old->receive && plan->receive)
        jitter_reset(media->kit->machine->jitter, receive->clock_hz);
    receive->heard_ns = now_ns;
    receive->told_no_media = false;
}
