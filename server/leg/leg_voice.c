/* leg_voice.c - from the jitter buffer to this tick's voice, or past it. */
#include "server/leg/leg_voice.h"

#include "mixer/audio/audio_stretch.h"
#include "mixer/base/clock.h"

#include <string.h>

enum {
    CONCEAL_TICKS = 5,     /* a codec's concealment has faded to silence by then */
    MAX_STEPS = 64,        /* jitter buffer steps in one tick: a bound against bugs */
    DOUBT_TICKS = 15,      /* a payload's word for silence is not believed for so long */
    DOUBT_LEVEL = 60,      /* ... after what was at least so loud, -dBov */
    HOLD_LEVEL_TICKS = 10, /* packets that are late do not make a voice silent      */
    STRETCH_MS = 40,       /* the block that a period is taken out of */
    STRETCH_LEAST_MS = 30,
    LENGTHEN_LEAST_MS = 10, /* a delay that is too short by less is let be */
    FEC_SPAN_TICKS = 500,   /* over which losses are counted */
    FEC_LOSSES = 3,         /* so many in a span are worth a packet more of delay */
};

static const struct leg_plan_codec *row_of(const struct leg_media *media)
{
    return &media->kit->plan.codec[media->voice.codec_index];
}

static unsigned channels_of(const struct leg_plan_codec *row)
{
    return row->params.sends_stereo && row->codec->max_channels > 1 ? 2 : 1;
}

static unsigned tick_samples(const struct codec *codec)
{
    return codec->sample_rate_hz / PCM_TICKS_PER_S;
}

static uint32_t units_of(const struct codec *codec, unsigned samples)
{
    return (uint32_t)((uint64_t)samples * codec->rtp_clock_hz / codec->sample_rate_hz);
}

static unsigned samples_of(const struct codec *codec, uint32_t units)
{
    return (unsigned)((uint64_t)units * codec->sample_rate_hz / codec->rtp_clock_hz);
}

unsigned leg_voice_rate(const struct leg_media *media)
{
    return (unsigned)pcm_rate_index(row_of(media)->codec->sample_rate_hz);
}

unsigned leg_voice_channels(const struct leg_media *media)
{
    return channels_of(row_of(media));
}

/* ---- how loud ---- */

unsigned leg_voice_level(struct leg_media *media)
{
    struct leg_receive *receive = &media->receive;
    if (media->mix.muted || !media->kit->plan.receive) {
        receive->arrived = 0;
        return AUDIO_LEVEL_SILENCE;
    }
    if (!receive->arrived && ++receive->level_ticks > HOLD_LEVEL_TICKS)
        receive->level = AUDIO_LEVEL_SILENCE;
    const bool is_news = receive->arrived > 0;
    receive->arrived = 0;
    /* Opus calls a steady tone and much music no voice: so an ear that heard it makes sure */
    if (receive->level == AUDIO_LEVEL_SILENCE && is_news && !receive->level_is_told &&
        media->voice.quiet_ticks < DOUBT_TICKS)
        return LEG_LEVEL_UNKNOWN;
    return receive->level;
}

/* ---- decoding ---- */

/* -1: of a type that a new plan has taken away. */
static int codec_of_type(const struct leg_plan *plan, unsigned payload_type)
{
    for (unsigned i = 0; i < plan->codec_count; i++) {
        if (plan->codec[i].receive_type == payload_type)
            return (int)i;
    }
    return -1;
}

static struct codec_decoder *decoder_of(struct leg_media *media, unsigned index)
{
    struct codec_decoder *decoder = media->kit->machine->decoder[index];
    if (!decoder)
        leg_media_need(media,
                       &(struct leg_part){.kind = LEG_PART_DECODER, .index = (uint8_t)index});
    return decoder;
}

static void switch_codec(struct leg_media *media, unsigned index)
{
    const struct leg_plan_codec *from = row_of(media), *to = &media->kit->plan.codec[index];
    if (from->codec->sample_rate_hz != to->codec->sample_rate_hz ||
        channels_of(from) != channels_of(to))
        leg_fifo_clear(&media->kit->machine->in, channels_of(to)); /* some ms are lost */
    media->voice.codec_index = index;
    media->voice.ahead = 0;
}

static int decode(struct leg_media *media, const struct jitter_packet *packet,
                  struct leg_tick *tick)
{
    const struct codec *codec = row_of(media)->codec;
    struct codec_decoder *decoder = decoder_of(media, media->voice.codec_index);
    if (!decoder)
        return -1;
    tick->decodes++;
    int samples = codec_decode(codec, decoder, packet->payload, packet->length, tick->decoded,
                               codec->sample_rate_hz / 1000 * CODEC_MAX_PACKET_MS);
    if (samples <= 0) {
        leg_counter_add(&media->counters->packets_malformed, 1);
        tick->packets_malformed++;
    }
    return samples;
}

/* What was lost may be in the packet behind it: that is waited for, if packets are lost and
 * if it is found there. */
static void hold_spare(struct leg_media *media, bool spare)
{
    media->voice.holds_spare = spare;
    jitter_hold_spare(media->kit->machine->jitter, spare);
}

static void note_loss(struct leg_media *media)
{
    struct leg_voice *voice = &media->voice;
    const struct leg_plan *plan = &media->kit->plan;
    bool may_carry =
        row_of(media)->codec->recover || plan->red.receive_type != LEG_PLAN_NO_TYPE;
    voice->losses++;
    if (may_carry && !voice->no_fec && !voice->holds_spare && voice->losses >= FEC_LOSSES)
        hold_spare(media, true);
}

static void watch_losses(struct leg_media *media)
{
    struct leg_voice *voice = &media->voice;
    if (++voice->span_ticks < FEC_SPAN_TICKS)
        return;
    if (voice->holds_spare && voice->losses >= FEC_LOSSES && !voice->recoveries)
        voice->no_fec = true; /* the sender carries nothing twice */
    if (voice->holds_spare && (voice->no_fec || voice->losses + voice->recoveries == 0))
        hold_spare(media, false);
    voice->losses = voice->recoveries = voice->span_ticks = 0;
}

static void note_concealed(struct leg_media *media, unsigned samples)
{
    note_loss(media);
    leg_counter_add(&media->counters->concealed_us,
                    (uint64_t)samples * 1000000 / row_of(media)->codec->sample_rate_hz);
}

static void conceal(struct leg_media *media, unsigned samples, struct leg_tick *tick)
{
    struct leg_machine *machine = media->kit->machine;
    struct codec_decoder *decoder = machine->decoder[media->voice.codec_index];
    if (!decoder) {
        leg_fifo_put_silence(&machine->in, samples);
        return;
    }
    row_of(media)->codec->conceal(decoder, tick->decoded, samples);
    leg_fifo_put(&machine->in, tick->decoded, samples);
    note_concealed(media, samples);
}

/* A pause of the sender: what it said of its quiet, or what its codec knows of it. */
static void be_quiet(struct leg_media *media, unsigned samples, struct leg_tick *tick)
{
    struct leg_machine *machine = media->kit->machine;
    const struct leg_plan_codec *row = row_of(media);
    struct codec_decoder *decoder = machine->decoder[media->voice.codec_index];
    if (media->voice.has_noise && channels_of(row) == 1) {
        comfort_noise_make(&media->voice.noise, tick->decoded, samples);
    } else if (decoder && row->codec->quiet) {
        row->codec->quiet(decoder, tick->decoded, samples);
    } else {
        leg_fifo_put_silence(&machine->in, samples);
        return;
    }
    leg_fifo_put(&machine->in, tick->decoded, samples);
}

/* Packets that passed were not decoded: the last of them is now, so that the decoder is where
 * the sender is; what is left of it to be played is. */
static void catch_up(struct leg_media *media, struct leg_tick *tick)
{
    struct leg_voice *voice = &media->voice;
    struct leg_machine *machine = media->kit->machine;
    struct jitter_packet last;
    voice->is_stale = false;
    unsigned ahead = voice->ahead, channels = leg_voice_channels(media);
    voice->ahead = 0;
    int samples = -1;
    if (jitter_last(machine->jitter, &last))
        samples = decode(media, &last, tick);
    if (samples >= (int)ahead)
        leg_fifo_put(&machine->in, tick->decoded + (samples - (int)ahead) * (int)channels,
                     ahead);
    else
        leg_fifo_put_silence(&machine->in, ahead);
}

void leg_voice_end_pause(struct leg_media *media)
{
    media->voice.is_paused = media->voice.has_noise = false;
}

/* The voice goes on; but what was sent before the noise may have waited here until now. */
static void note_played(struct leg_media *media, const struct jitter_packet *packet)
{
    const struct leg_voice *voice = &media->voice;
    if (!voice->has_noise || (int16_t)(packet->sequence - voice->noise_sequence) > 0)
        leg_voice_end_pause(media);
}

/* How many at its end were not played by the packet before it. */
static unsigned fresh_samples(const struct codec *codec, const struct jitter_packet *packet,
                              unsigned samples)
{
    const unsigned played = samples_of(codec, packet->overlap);
    return played < samples ? samples - played : 0;
}

/* Decodes one packet into the fifo; what cannot be decoded is concealed. */
static void play_packet(struct leg_media *media, const struct jitter_packet *packet,
                        struct leg_tick *tick)
{
    struct leg_machine *machine = media->kit->machine;
    struct leg_voice *voice = &media->voice;
    int index = codec_of_type(&media->kit->plan, packet->payload_type);
    if (index >= 0 && (unsigned)index != voice->codec_index)
        switch_codec(media, (unsigned)index);
    const struct codec *codec = row_of(media)->codec;
    int samples = decode(media, packet, tick);
    if (samples > 0) {
        const unsigned fresh = fresh_samples(codec, packet, (unsigned)samples);
        const unsigned channels = leg_voice_channels(media);
        leg_fifo_put(&machine->in, tick->decoded + ((unsigned)samples - fresh) * channels,
                     fresh);
        voice->packet_samples = (unsigned)samples;
    } else {
        samples = (int)tick_samples(codec);
        conceal(media, (unsigned)samples, tick);
    }
    note_played(media, packet);
    jitter_advance(machine->jitter, units_of(codec, (unsigned)samples));
}

/* The packet behind the one that is missing may carry it a second time, coarser. */
static bool recover(struct leg_media *media, unsigned samples, struct leg_tick *tick)
{
    struct leg_machine *machine = media->kit->machine;
    const struct codec *codec = row_of(media)->codec;
    struct codec_decoder *decoder = machine->decoder[media->voice.codec_index];
    struct jitter_packet next;
    if (!codec->recover || !decoder || samples != media->voice.packet_samples ||
        !jitter_next(machine->jitter, &next) ||
        codec_of_type(&media->kit->plan, next.payload_type) != (int)media->voice.codec_index)
        return false;
    if (codec->recover(decoder, next.payload, next.length, tick->decoded, samples) !=
        (int)samples)
        return false;
    leg_fifo_put(&machine->in, tick->decoded, samples);
    media->voice.recoveries++;
    leg_counter_add(&media->counters->recovered_us,
                    (uint64_t)samples * 1000000 / codec->sample_rate_hz);
    return true;
}

/* How much of a gap is filled at a time: a packet's length. */
static unsigned gap_samples(const struct leg_media *media, uint32_t units)
{
    const struct codec *codec = row_of(media)->codec;
    unsigned samples = samples_of(codec, units), most = media->voice.packet_samples;
    if (!most)
        most = tick_samples(codec);
    if (samples > most)
        samples = most;
    return samples ? samples : 1; /* always go on */
}

static void advance_gap(struct leg_media *media, unsigned samples)
{
    uint32_t played = units_of(row_of(media)->codec, samples);
    jitter_advance(media->kit->machine->jitter, played ? played : 1);
}

static void play_gap(struct leg_media *media, enum jitter_get what, uint32_t units,
                     struct leg_tick *tick)
{
    unsigned samples = gap_samples(media, units);
    if (what == JITTER_QUIET)
        be_quiet(media, samples, tick);
    else if (!recover(media, samples, tick))
        conceal(media, samples, tick);
    advance_gap(media, samples);
}

/* Nothing is there. A sender that pauses is quiet; else it is late, and what is made up makes
 * its delay longer by as much. @return false: it is gone. */
static bool play_nothing(struct leg_media *media, unsigned samples, struct leg_tick *tick)
{
    struct leg_voice *voice = &media->voice;
    if (!voice->packet_samples)
        return false;
    if (voice->is_paused) {
        be_quiet(media, samples, tick);
        return true;
    }
    if (voice->dry_ticks++ >= CONCEAL_TICKS)
        return false;
    conceal(media, samples, tick);
    return true;
}

/* One step: a packet, or a part of a gap. @return false: there is nothing. */
static bool step(struct leg_media *media, struct leg_tick *tick)
{
    struct jitter_packet packet;
    uint32_t units = 0;
    enum jitter_get what =
        jitter_get(media->kit->machine->jitter, tick->now_ns, &packet, &units);
    if (what == JITTER_EMPTY)
        return false;
    if (what == JITTER_PACKET)
        play_packet(media, &packet, tick);
    else
        play_gap(media, what, units, tick);
    return true;
}

/* True: a tick of samples is in the fifo. False: nothing to play. */
static bool fill(struct leg_media *media, struct leg_tick *tick)
{
    struct leg_machine *machine = media->kit->machine;
    for (unsigned steps = 0; steps < MAX_STEPS; steps++) {
        unsigned want = tick_samples(row_of(media)->codec);
        if (machine->in.count >= want) {
            media->voice.dry_ticks = 0;
            return true;
        }
        if (!step(media, tick))
            return play_nothing(media, want - machine->in.count, tick);
    }
    return false;
}

/* ---- delay ---- */

static uint32_t held_units(const struct leg_media *media)
{
    return units_of(row_of(media)->codec, media->kit->machine->in.count + media->voice.ahead);
}

/* Takes up to @p most_ms out of what waits, in whole periods of the voice. */
static void shorten(struct leg_media *media, int most_ms, struct leg_tick *tick)
{
    struct leg_machine *machine = media->kit->machine;
    const struct codec *codec = row_of(media)->codec;
    unsigned per_ms = codec->sample_rate_hz / 1000;
    for (unsigned steps = 0; steps < 4 && machine->in.count < STRETCH_MS * per_ms; steps++) {
        struct jitter_packet next;
        if (!jitter_peek(machine->jitter, tick->now_ns, &next) || !step(media, tick))
            break;
    }
    struct leg_fifo *in = &machine->in;
    if (in->count < STRETCH_LEAST_MS * per_ms)
        return;
    unsigned block = in->count < STRETCH_MS * per_ms ? in->count : STRETCH_MS * per_ms;
    unsigned removed =
        audio_stretch_shorten(in->values, block, codec->sample_rate_hz, in->channels,
                              (unsigned)most_ms * per_ms, in->values);
    if (!removed)
        return;
    memmove(in->values + (block - removed) * in->channels, in->values + block * in->channels,
            (in->count - block) * in->channels * sizeof(*in->values));
    in->count -= removed;
    leg_counter_add(&media->counters->shortened_us, (uint64_t)removed * 1000 / per_ms);
}

/* Puts a tick of what the voice might have said in front of what waits. */
static void lengthen(struct leg_media *media, struct leg_tick *tick)
{
    const struct codec *codec = row_of(media)->codec;
    struct codec_decoder *decoder = media->kit->machine->decoder[media->voice.codec_index];
    unsigned samples = tick_samples(codec);
    if (!decoder || media->kit->machine->in.count)
        return; /* not between two halves of a packet */
    codec->conceal(decoder, tick->decoded, samples);
    leg_fifo_put(&media->kit->machine->in, tick->decoded, samples);
    leg_counter_add(&media->counters->lengthened_us,
                    (uint64_t)samples * 1000000 / codec->sample_rate_hz);
}

static void keep_delay(struct leg_media *media, struct leg_tick *tick)
{
    const struct jitter *jitter = media->kit->machine->jitter;
    int excess_ms = jitter_excess_ms(jitter, tick->now_ns, held_units(media));
    if (excess_ms > 0)
        shorten(media, excess_ms, tick);
    else if (excess_ms <= -LENGTHEN_LEAST_MS)
        lengthen(media, tick);
}

static void note_buffer(struct leg_media *media)
{
    const struct jitter *jitter = media->kit->machine->jitter;
    const struct jitter_stats *stats = jitter_stats(jitter);
    leg_counter_set(&media->counters->buffer_ms, jitter_waiting_ms(jitter));
    leg_counter_set(&media->counters->delay_ms, stats->delay_ms);
    leg_counter_set(&media->counters->target_ms, stats->target_ms);
    leg_counter_add(&media->counters->packets_overflowed,
                    stats->overflowed - media->voice.overflowed);
    media->voice.overflowed = stats->overflowed;
}

/* What the fifo holds first is heard at @p at_ns: when was it spoken? Its picture waits for it,
 * or it for its picture. */
static void keep_lips(struct leg_media *media, int64_t at_ns)
{
    struct leg_lips *lips = &media->receive.lips;
    struct leg_counters *counters = media->counters;
    struct jitter *jitter = media->kit->machine->jitter;
    uint32_t timestamp;
    int64_t spoken_ns;
    if (!jitter_place(jitter, &timestamp) ||
        !media_clock_ns(&media->receive.clock, timestamp - held_units(media), &spoken_ns))
        return;
    leg_lips_follow(&lips->spoken_less_now_ns, spoken_ns - at_ns);
    leg_counter_set(&counters->spoken_less_now_ns, (uint64_t)lips->spoken_less_now_ns);
    const int64_t seen = (int64_t)leg_counter_read(&counters->seen_less_now_ns);
    jitter_hold_more(jitter, leg_lips_hold(lips, seen, at_ns));
}

/* ---- a tick ---- */

static void hear_tones(struct leg_media *media, const int16_t *pcm, unsigned samples)
{
    struct leg_voice *voice = &media->voice;
    const struct codec *codec = row_of(media)->codec;
    struct audio_dtmf *dtmf = media->kit->dtmf;
    char digit;
    if (!dtmf || leg_voice_channels(media) > 1)
        return;
    if (voice->dtmf_rate_hz != codec->sample_rate_hz) {
        voice->dtmf_rate_hz = codec->sample_rate_hz;
        audio_dtmf_init(dtmf, codec->sample_rate_hz);
    }
    if (audio_dtmf_hear(dtmf, pcm, samples, &digit))
        media->events->on_digit(media->events_context, media->leg, digit, true);
}

/* 127: nothing was played. */
static void note_level(struct leg_media *media, unsigned level)
{
    struct leg_voice *voice = &media->voice;
    if (level <= DOUBT_LEVEL)
        voice->quiet_ticks = 0;
    else if (voice->quiet_ticks < DOUBT_TICKS)
        voice->quiet_ticks++;
}

unsigned leg_voice_play(struct leg_media *media, struct leg_tick *tick, int16_t *pcm)
{
    struct leg_machine *machine = media->kit->machine;
    if (media->voice.is_stale)
        catch_up(media, tick);
    watch_losses(media);
    keep_delay(media, tick);
    bool is_filled = fill(media, tick);
    note_buffer(media);
    keep_lips(media, tick->now_ns);
    if (!is_filled) {
        note_level(media, AUDIO_LEVEL_SILENCE);
        return AUDIO_LEVEL_SILENCE;
    }
    unsigned samples = tick_samples(row_of(media)->codec);
    leg_fifo_take(&machine->in, pcm, samples);
    if (media->mix.muted)
        return AUDIO_LEVEL_SILENCE;
    hear_tones(media, pcm, samples);
    const unsigned level = audio_level(pcm, samples * leg_voice_channels(media));
    note_level(media, level);
    return level;
}

/* One packet that is taken and not decoded. @return how many samples of it are to be played. */
static unsigned pass_packet(struct leg_media *media, const struct jitter_packet *packet,
                            struct leg_tick *tick)
{
    struct leg_voice *voice = &media->voice;
    int index = codec_of_type(&media->kit->plan, packet->payload_type);
    if (index >= 0 && (unsigned)index != voice->codec_index)
        switch_codec(media, (unsigned)index);
    const struct codec *codec = row_of(media)->codec;
    int samples = codec->payload_samples(packet->payload, packet->length);
    if (samples <= 0) {
        samples = (int)tick_samples(codec);
        leg_counter_add(&media->counters->packets_malformed, 1);
        tick->packets_malformed++;
    }
    voice->packet_samples = (unsigned)samples;
    voice->is_stale = true;
    note_played(media, packet);
    jitter_advance(media->kit->machine->jitter, units_of(codec, (unsigned)samples));
    return fresh_samples(codec, packet, (unsigned)samples);
}

/* One step without a decoder: *passed samples, of which *left_over could still be decoded.
 * @return false: there is nothing. */
static bool pass_step(struct leg_media *media, struct leg_tick *tick, unsigned *passed,
                      unsigned *left_over)
{
    struct jitter_packet packet;
    uint32_t units = 0;
    enum jitter_get what =
        jitter_get(media->kit->machine->jitter, tick->now_ns, &packet, &units);
    if (what == JITTER_EMPTY)
        return false;
    if (what == JITTER_PACKET) {
        *passed = *left_over = pass_packet(media, &packet, tick);
        return true;
    }
    *passed = gap_samples(media, units);
    *left_over = 0;
    advance_gap(media, *passed);
    return true;
}

void leg_voice_pass(struct leg_media *media, struct leg_tick *tick)
{
    struct leg_voice *voice = &media->voice;
    struct leg_machine *machine = media->kit->machine;
    const struct codec *codec = row_of(media)->codec;
    int excess_ms = jitter_excess_ms(machine->jitter, tick->now_ns, held_units(media));
    int wanted = (int)tick_samples(codec) + excess_ms * (int)codec->sample_rate_hz / 1000;
    const unsigned want = wanted > 0 ? (unsigned)wanted : 0;
    unsigned ready = machine->in.count + voice->ahead, passed, left_over = 0;
    bool is_new = false;
    for (unsigned steps = 0; steps < MAX_STEPS && ready < want; steps++, is_new = true) {
        if (!pass_step(media, tick, &passed, &left_over))
            break;
        ready += passed;
    }
    const unsigned left = ready > want ? ready - want : 0;
    note_level(media, AUDIO_LEVEL_SILENCE);
    if (is_new) { /* all that came before is over */
        machine->in.count = 0;
        voice->ahead = left < left_over ? left : left_over;
    } else if (machine->in.count) {
        leg_fifo_drop(&machine->in, machine->in.count - left);
    } else {
        voice->ahead = left;
    }
    note_buffer(media);
    if (!tick->skipped) /* else it is not known which of them this one is */
        keep_lips(media, tick->now_ns + CLOCK_NS_PER_S / PCM_TICKS_PER_S);
}

/* ---- what becomes of it ---- */

static void take_noise_out(struct leg_media *media, int16_t *pcm)
{
    struct leg_machine *machine = media->kit->machine;
    unsigned rate = leg_voice_rate(media);
    if (machine->denoise && machine->denoise_rate == rate)
        audio_denoise_process(machine->denoise, pcm);
    else if (!machine->denoise)
        leg_media_need(media,
                       &(struct leg_part){.kind = LEG_PART_DENOISE, .from = (uint8_t)rate});
}

void leg_voice_improve(struct leg_media *media, int16_t *pcm, unsigned level)
{
    unsigned channels = leg_voice_channels(media);
    unsigned samples = tick_samples(row_of(media)->codec);
    if (media->mix.denoised && channels == 1)
        take_noise_out(media, pcm);
    if (media->mix.levelled)
        audio_agc_run(&media->voice.agc, pcm, samples * channels, media->voice.talk.talking,
                      level);
    audio_gain_apply(pcm, samples * channels, media->mix.gain_in);
}

static void tell_talking(struct leg_media *media, unsigned level)
{
    struct leg_voice *voice = &media->voice;
    audio_talk_update(&voice->talk, level);
    if (voice->talk.talking != voice->told_talking &&
        media->events->on_talking(media->events_context, media->leg, voice->talk.talking))
        voice->told_talking = voice->talk.talking;
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

void leg_voice_tell(struct leg_media *media, unsigned level, int64_t now_ns)
{
    leg_counter_set(&media->counters->level, level);
    tell_talking(media, level);
    tell_no_media(media, now_ns);
}

/* ---- rates ---- */

void leg_voice_prepare(struct leg_media *media, unsigned to)
{
    unsigned from = leg_voice_rate(media);
    if (from != to && !media->kit->machine->path[from][to])
        leg_media_need(media, &(struct leg_part){.kind = LEG_PART_PATH,
                                                 .from = (uint8_t)from,
                                                 .to = (uint8_t)to});
}

bool leg_voice_convert(struct leg_media *media, unsigned to, const int16_t *pcm, int16_t *out)
{
    unsigned from = leg_voice_rate(media);
    if (from == to) {
        memcpy(out, pcm, pcm_bus_values(to) * sizeof(*pcm));
        return true;
    }
    struct audio_resample *path = media->kit->machine->path[from][to];
    if (path)
        audio_resample_process(path, pcm, out);
    else
        leg_voice_prepare(media, to);
    return path != NULL;
}
