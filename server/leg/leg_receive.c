/* leg_receive.c - from a datagram to this tick's voice. */
#include "server/leg/leg_receive.h"

#include <string.h>

enum {
    CONCEAL_TICKS = 5, /* a codec's concealment has faded to silence by then */
    MAX_STEPS = 64,    /* jitter buffer steps in one tick: a bound against bugs */
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

/* ---- packets ---- */

static void take_event(struct leg_media *media, const struct rtp_packet *packet,
                       const struct telephone_event *event, int64_t arrival_ns)
{
    char digit;
    /* it keeps its place among the audio, so that it is not taken for lost */
    jitter_put(media->kit->machine->jitter, packet->sequence, packet->timestamp,
               packet->payload_type, NULL, 0, arrival_ns);
    if (telephone_event_receive(&media->receive.event, packet->timestamp, event, &digit))
        media->events->on_digit(media->events_context, media->leg, digit);
}

static void store(struct leg_media *media, const struct rtp_packet *packet, int64_t arrival_ns)
{
    struct leg_counters *counters = media->counters;
    switch (jitter_put(media->kit->machine->jitter, packet->sequence, packet->timestamp,
                       packet->payload_type, packet->payload, packet->payload_length,
                       arrival_ns)) {
    case JITTER_STORED:
    case JITTER_RESET:
        break;
    case JITTER_LATE:
        leg_counter_add(&counters->packets_late, 1);
        break;
    case JITTER_DUPLICATE:
        leg_counter_add(&counters->packets_duplicate, 1);
        break;
    case JITTER_TOO_LONG:
        leg_counter_add(&counters->packets_malformed, 1);
        break;
    }
}

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
                         const struct sockaddr *from, int64_t arrival_ns)
{
    struct leg_receive *receive = &media->receive;
    if (packet->payload_length)
        leg_counter_add(&media->counters->packets_malformed, 1);
    else if (latch_same(from, (const struct sockaddr *)&receive->latch.current))
        receive->heard_ns = arrival_ns;
}

void leg_receive_packet(struct leg_media *media, const uint8_t *data, size_t length,
                        const struct sockaddr *from, int64_t arrival_ns)
{
    struct leg_receive *receive = &media->receive;
    struct leg_counters *counters = media->counters;
    const struct leg_plan *plan = &media->kit->plan;
    struct rtp_packet packet;
    if (rtp_packet_read(data, length, &packet) < 0) {
        leg_counter_add(&counters->packets_malformed, 1);
        return;
    }
    bool is_event = is_event_type(plan, packet.payload_type);
    int codec_index = is_event ? -1 : codec_of_type(plan, packet.payload_type);
    struct telephone_event event;
    if (is_event ? telephone_event_read(packet.payload, packet.payload_length, &event) < 0
                 : codec_index < 0) {
        take_unknown(media, &packet, from, arrival_ns);
        return;
    }
    if (!latch_accept(&receive->latch, from, packet.ssrc, arrival_ns)) {
        leg_counter_add(&counters->packets_refused, 1);
        return;
    }
    receive->heard_ns = arrival_ns;
    if (!plan->receive)
        return;
    /* an event's time stamp stands still: it says nothing of jitter */
    unsigned clock_hz = is_event ? 0 : plan->codec[codec_index].codec->rtp_clock_hz;
    enum rtp_source_verdict verdict = rtp_source_receive(
        &receive->source, packet.ssrc, packet.sequence, packet.timestamp, arrival_ns, clock_hz);
    if (verdict == RTP_SOURCE_DROP) {
        leg_counter_add(&counters->packets_late, 1);
        return;
    }
    if (verdict == RTP_SOURCE_RESTART) {
        receive->lost_before += receive->lost;
        receive->lost = 0;
    }
    leg_counter_add(&counters->packets_received, 1);
    leg_counter_add(&counters->octets_received, packet.payload_length);
    leg_counter_set(&counters->last_media_ns, (uint64_t)arrival_ns);
    if (!is_event && clock_hz != receive->clock_hz) {
        receive->clock_hz = clock_hz;
        verdict = RTP_SOURCE_RESTART;
    }
    if (verdict == RTP_SOURCE_RESTART)
        jitter_reset(media->kit->machine->jitter, receive->clock_hz);
    note_source(media);
    if (is_event)
        take_event(media, &packet, &event, arrival_ns);
    else
        store(media, &packet, arrival_ns);
}

/* ---- playing ---- */

static bool need(struct leg_media *media, const struct leg_part *part)
{
    return media->events->on_need(media->events_context, media->leg, part);
}

static struct codec_decoder *decoder_of(struct leg_media *media, unsigned index)
{
    struct codec_decoder *decoder = media->kit->machine->decoder[index];
    if (!decoder && !(media->asked_decoders & 1u << index) &&
        need(media, &(struct leg_part){.is_decoder = true, .codec_index = (uint8_t)index}))
        media->asked_decoders |= (uint8_t)(1u << index);
    return decoder;
}

static void put_silence(struct leg_fifo *fifo, unsigned samples)
{
    if (samples > fifo->room - fifo->count)
        samples = fifo->room - fifo->count;
    memset(fifo->samples + fifo->count, 0, samples * sizeof(*fifo->samples));
    fifo->count += samples;
}

static void conceal(struct leg_media *media, unsigned samples)
{
    struct leg_machine *machine = media->kit->machine;
    unsigned index = media->receive.codec_index;
    struct codec_decoder *decoder = machine->decoder[index];
    if (!decoder) {
        put_silence(&machine->in, samples);
        return;
    }
    const struct codec *codec = media->kit->plan.codec[index].codec;
    codec->conceal(decoder, machine->decoded, samples);
    leg_fifo_put(&machine->in, machine->decoded, samples);
    leg_counter_add(&media->counters->concealed_us,
                    (uint64_t)samples * 1000000 / codec->sample_rate_hz);
}

static uint32_t units_of(const struct codec *codec, unsigned samples)
{
    return (uint32_t)((uint64_t)samples * codec->rtp_clock_hz / codec->sample_rate_hz);
}

static unsigned samples_of(const struct codec *codec, uint32_t units)
{
    return (unsigned)((uint64_t)units * codec->sample_rate_hz / codec->rtp_clock_hz);
}

static void switch_codec(struct leg_media *media, unsigned index)
{
    const struct leg_plan *plan = &media->kit->plan;
    struct leg_receive *receive = &media->receive;
    if (plan->codec[index].codec->sample_rate_hz !=
        plan->codec[receive->codec_index].codec->sample_rate_hz)
        media->kit->machine->in.count = 0; /* a few ms at another rate */
    receive->codec_index = index;
}

/* Decodes one packet into the fifo; what cannot be decoded is concealed. */
static void play_packet(struct leg_media *media, const struct jitter_packet *packet)
{
    struct leg_machine *machine = media->kit->machine;
    struct leg_receive *receive = &media->receive;
    int index = codec_of_type(&media->kit->plan, packet->payload_type);
    if (index < 0) /* put before a replan that took its type away */
        index = (int)receive->codec_index;
    if ((unsigned)index != receive->codec_index)
        switch_codec(media, (unsigned)index);
    const struct codec *codec = media->kit->plan.codec[index].codec;
    struct codec_decoder *decoder = decoder_of(media, (unsigned)index);
    unsigned room = codec->sample_rate_hz / 1000 * CODEC_MAX_PACKET_MS;
    int samples = decoder ? codec->decode(decoder, packet->payload, packet->length,
                                          machine->decoded, room)
                          : -1;
    if (samples > 0) {
        leg_fifo_put(&machine->in, machine->decoded, (unsigned)samples);
        receive->packet_samples = (unsigned)samples;
    } else {
        samples = (int)(codec->sample_rate_hz / PCM_TICKS_PER_S);
        conceal(media, (unsigned)samples);
        leg_counter_add(&media->counters->packets_malformed, decoder ? 1 : 0);
    }
    jitter_advance(machine->jitter, units_of(codec, (unsigned)samples));
}

/* Fills what is missing, at most one packet's length. */
static void play_gap(struct leg_media *media, enum jitter_get what, uint32_t units)
{
    struct leg_machine *machine = media->kit->machine;
    const struct codec *codec = media->kit->plan.codec[media->receive.codec_index].codec;
    unsigned samples = samples_of(codec, units);
    unsigned most = media->receive.packet_samples;
    if (!most)
        most = codec->sample_rate_hz / PCM_TICKS_PER_S;
    if (samples > most)
        samples = most;
    if (samples == 0)
        samples = 1; /* always go on */
    if (what == JITTER_LOST)
        conceal(media, samples);
    else
        put_silence(&machine->in, samples);
    uint32_t played = units_of(codec, samples);
    jitter_advance(machine->jitter, played ? played : 1);
}

/* True: a tick of samples is in the fifo. False: nothing to play. */
static bool fill(struct leg_media *media, int64_t now_ns)
{
    struct leg_machine *machine = media->kit->machine;
    struct leg_receive *receive = &media->receive;
    for (unsigned step = 0; step < MAX_STEPS; step++) {
        const struct codec *codec = media->kit->plan.codec[receive->codec_index].codec;
        unsigned want = codec->sample_rate_hz / PCM_TICKS_PER_S;
        if (machine->in.count >= want) {
            receive->dry_ticks = 0;
            return true;
        }
        struct jitter_packet packet;
        uint32_t units = 0;
        enum jitter_get what = jitter_get(machine->jitter, now_ns, &packet, &units);
        if (what == JITTER_PACKET) {
            play_packet(media, &packet);
        } else if (what != JITTER_EMPTY) {
            play_gap(media, what, units);
        } else {
            if (receive->dry_ticks++ >= CONCEAL_TICKS || !receive->packet_samples)
                return false;
            conceal(media, want - machine->in.count);
            return true;
        }
    }
    return false;
}

static void tell_talking(struct leg_media *media, unsigned level)
{
    struct leg_receive *receive = &media->receive;
    audio_talk_update(&receive->talk, level);
    if (receive->talk.talking != receive->told_talking &&
        media->events->on_talking(media->events_context, media->leg, receive->talk.talking))
        receive->told_talking = receive->talk.talking;
}

/* A far end that is quiet but alive (DTX, mute) still sends RTCP or keepalives; one that holds
 * us owes us nothing. */
static void tell_no_media(struct leg_media *media, int64_t now_ns)
{
    struct leg_receive *receive = &media->receive;
    const struct leg_plan *plan = &media->kit->plan;
    if (!media->no_media_ns || receive->told_no_media || !plan->receive ||
        plan->held_by_far_end)
        return;
    if (now_ns - receive->heard_ns > media->no_media_ns)
        receive->told_no_media = media->events->on_no_media(media->events_context, media->leg);
}

void leg_media_play(struct leg_media *media, int64_t now_ns)
{
    struct leg_receive *receive = &media->receive;
    struct leg_machine *machine = media->kit->machine;
    memset(media->added, 0, sizeof(media->added));
    receive->spoke = false;
    unsigned level = AUDIO_LEVEL_SILENCE;
    if (fill(media, now_ns)) {
        const struct codec *codec = media->kit->plan.codec[receive->codec_index].codec;
        unsigned samples = codec->sample_rate_hz / PCM_TICKS_PER_S;
        leg_fifo_take(&machine->in, receive->voice, samples);
        if (!media->mix.muted) {
            audio_gain_apply(receive->voice, samples, media->mix.gain_in);
            level = audio_level(receive->voice, samples);
            receive->spoke = level < AUDIO_LEVEL_SILENCE;
        }
    }
    leg_counter_set(&media->counters->level, level);
    leg_counter_set(&media->counters->buffer_ms, jitter_waiting_ms(machine->jitter));
    tell_talking(media, level);
    tell_no_media(media, now_ns);
}

const int16_t *leg_media_frame(struct leg_media *media, unsigned to)
{
    const struct leg_receive *receive = &media->receive;
    const struct leg_plan *plan = &media->kit->plan;
    if (!receive->spoke)
        return NULL;
    int from = pcm_rate_index(plan->codec[receive->codec_index].codec->sample_rate_hz);
    if (from == (int)to)
        return media->added[to] = receive->voice;
    struct leg_path *path = media->kit->machine->path[from][to];
    if (path) {
        audio_resample_process(path->resample, receive->voice, path->frame);
        return media->added[to] = path->frame;
    }
    uint8_t bit = (uint8_t)(1u << to);
    if (!(media->asked_paths[from] & bit) &&
        need(media, &(struct leg_part){.from = (uint8_t)from, .to = (uint8_t)to}))
        media->asked_paths[from] |= bit;
    return NULL;
}

/* The units of a packet that is not decoded; 0: none can be told. */
static uint32_t packet_units(const struct leg_media *media, const struct jitter_packet *packet)
{
    int index = codec_of_type(&media->kit->plan, packet->payload_type);
    if (index < 0)
        return 0;
    const struct codec *codec = media->kit->plan.codec[index].codec;
    int samples = codec->payload_samples(packet->payload, packet->length);
    return samples > 0 ? units_of(codec, (unsigned)samples) : 0;
}

void leg_receive_skip(struct leg_media *media, unsigned ticks, int64_t now_ns)
{
    struct jitter *jitter = media->kit->machine->jitter;
    int64_t left = (int64_t)ticks * (media->receive.clock_hz / PCM_TICKS_PER_S);
    for (unsigned step = 0; step < MAX_STEPS && left > 0; step++) {
        struct jitter_packet packet;
        uint32_t units = 0;
        enum jitter_get what = jitter_get(jitter, now_ns, &packet, &units);
        if (what == JITTER_EMPTY)
            return;
        if (what == JITTER_PACKET)
            units = packet_units(media, &packet);
        else if (units > left)
            units = (uint32_t)left;
        jitter_advance(jitter, units);
        left -= units;
    }
}

void leg_receive_replan(struct leg_media *media, const struct leg_plan *old, bool fresh,
                        int64_t now_ns)
{
    struct leg_receive *receive = &media->receive;
    const struct leg_plan *plan = &media->kit->plan;
    if (fresh) {
        receive->codec_index = 0;
        receive->packet_samples = 0;
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
