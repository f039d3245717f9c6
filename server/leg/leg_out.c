/* leg_out.c - the limiter, the cutter and the encoder behind a mix. */
#include "server/leg/leg_out.h"

#include "mixer/audio/audio_level.h"
#include "mixer/base/pcm.h"
#include "server/leg/leg_tick.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What is told to the encoder for each step, and from where on a step is taken; back only when
 * the loss is clearly less. */
enum { STEPS = 3, BACK_PERCENT = 1 };
static const unsigned step_from[STEPS] = {0, 2, 10}, step_tells[STEPS] = {0, 7, 20};

static unsigned channels_of(const struct leg_plan_codec *row)
{
    return row->params.stereo && row->codec->max_channels > 1 ? 2 : 1;
}

static bool is_noise_agreed(const struct leg_plan *plan)
{
    for (unsigned i = 0; i < plan->noise_count; i++) {
        if (plan->noise[i].clock_hz == plan->codec[0].codec->rtp_clock_hz)
            return true;
    }
    return false;
}

int leg_out_init(struct leg_out *out, const struct leg_plan *plan)
{
    const struct leg_plan_codec *row = &plan->codec[0];
    *out = (struct leg_out){.codec = row->codec,
                            .params = row->params,
                            .channels = channels_of(row),
                            .ptime_ms = plan->ptime_ms,
                            .noise_agreed = is_noise_agreed(plan)};
    out->params.ptime_ms = plan->ptime_ms;
    unsigned rate_hz = row->codec->sample_rate_hz;
    audio_limiter_init(&out->limiter, rate_hz, out->channels);
    int error = leg_fifo_init(&out->fifo, rate_hz / 1000 * (plan->ptime_ms + PCM_TICK_MS),
                              out->channels);
    if (!error && plan->red.send_type != LEG_PLAN_NO_TYPE && plan->red.codec == 0 &&
        !(out->redundant = malloc(LEG_OUT_MAX_REDUNDANT)))
        error = -ENOMEM;
    if (!error)
        error = row->codec->encoder_create(&out->params, &out->encoder);
    if (error)
        leg_out_finish(out);
    else if (row->codec->encoder_tune) /* as a step means it: encoders are copied */
        row->codec->encoder_tune(out->encoder, step_tells[out->loss_step]);
    return error;
}

void leg_out_finish(struct leg_out *out)
{
    if (out->codec)
        out->codec->encoder_destroy(out->encoder);
    leg_fifo_finish(&out->fifo);
    free(out->redundant);
    *out = (struct leg_out){.codec = NULL};
}

unsigned leg_out_bus(const struct leg_out *out)
{
    return out->channels == 2 ? PCM_BUS_STEREO
                              : (unsigned)pcm_rate_index(out->codec->sample_rate_hz);
}

bool leg_out_alike(const struct leg_out *a, const struct leg_out *b)
{
    return a->codec == b->codec && !a->codec->encodes_alone && a->ptime_ms == b->ptime_ms &&
           a->noise_agreed == b->noise_agreed &&
           memcmp(&a->params, &b->params, sizeof(a->params)) == 0;
}

bool leg_out_same(const struct leg_out *a, const struct leg_out *b)
{
    return leg_out_alike(a, b) && a->loss_step == b->loss_step;
}

void leg_out_copy(struct leg_out *to, const struct leg_out *from)
{
    assert(leg_out_alike(to, from));
    if (to->codec->encoder_copy)
        to->codec->encoder_copy(to->encoder, from->encoder);
    if (to->loss_step != from->loss_step)
        to->codec->encoder_tune(to->encoder, step_tells[to->loss_step]);
    leg_fifo_clear(&to->fifo, to->channels);
    leg_fifo_put(&to->fifo, from->fifo.values, from->fifo.count);
    to->limiter = from->limiter;
    to->noise = from->noise;
    to->redundant_bytes = 0;
    if (to->redundant && from->redundant) {
        memcpy(to->redundant, from->redundant, from->redundant_bytes);
        to->redundant_bytes = from->redundant_bytes;
    }
}

void leg_out_tune(struct leg_out *out, unsigned loss_percent)
{
    if (!out->codec->encoder_tune || !out->params.fec)
        return;
    unsigned step = out->loss_step;
    while (step + 1 < STEPS && loss_percent >= step_from[step + 1])
        step++;
    while (step > 0 && loss_percent + BACK_PERCENT < step_from[step])
        step--;
    if (step == out->loss_step)
        return;
    out->loss_step = step;
    out->codec->encoder_tune(out->encoder, step_tells[step]);
}

/* ---- a tick ---- */

/* What must wait for the packet to be whole, if it began with its first sample. */
static unsigned phase_samples(const struct leg_out *out, const struct leg_tick *tick)
{
    return (unsigned)(tick->number * PCM_TICK_MS % out->ptime_ms) *
           (out->codec->sample_rate_hz / 1000);
}

static int32_t units_of(const struct leg_out *out, unsigned samples)
{
    return (int32_t)((uint64_t)samples * out->codec->rtp_clock_hz / out->codec->sample_rate_hz);
}

/* The packet before lies in front of each, should somebody want to send both. */
static void add_packet(struct leg_out *out, struct leg_packets *packets, int32_t begin_units,
                       unsigned bytes, bool is_noise)
{
    uint8_t *room = packets->bytes[packets->count];
    struct leg_packet *packet = &packets->packet[packets->count++];
    *packet = (struct leg_packet){.begin_units = begin_units,
                                  .bytes = bytes,
                                  .is_noise = is_noise,
                                  .payload = room + LEG_OUT_MAX_REDUNDANT};
    if (!out->redundant)
        return;
    packet->redundant_bytes = out->redundant_bytes;
    memcpy(room + LEG_OUT_MAX_REDUNDANT - out->redundant_bytes, out->redundant,
           out->redundant_bytes);
    out->redundant_bytes = !is_noise && bytes <= LEG_OUT_MAX_REDUNDANT ? bytes : 0;
    memcpy(out->redundant, packet->payload, out->redundant_bytes);
}

static void encode(struct leg_out *out, struct leg_packets *packets, int32_t begin_units,
                   struct leg_tick *tick)
{
    unsigned samples = out->codec->sample_rate_hz / 1000 * out->ptime_ms;
    uint8_t *payload = packets->bytes[packets->count] + LEG_OUT_MAX_REDUNDANT;
    int bytes = out->codec->encode(out->encoder, out->fifo.values, samples, payload,
                                   CODEC_MAX_PAYLOAD_BYTES);
    leg_fifo_drop(&out->fifo, samples);
    tick->encodes++;
    if (bytes > 0) {
        add_packet(out, packets, begin_units, (unsigned)bytes, false);
    } else {
        packets->paused = true;
        out->redundant_bytes = 0;
    }
}

/* Nothing at all to be heard: the far end can make that itself, and is told so from time to
 * time. Whatever is to be heard, however faint, is sent: a pause begins behind a whole packet,
 * and the first packet after it is silent up to where the voice begins. @return true: it was
 * dealt with. */
static bool be_quiet(struct leg_out *out, const int16_t *pcm, unsigned samples, unsigned phase,
                     struct leg_packets *packets)
{
    if (!out->noise_agreed || out->channels > 1)
        return false;
    const unsigned level = audio_level(pcm, samples);
    struct comfort_noise quiet = {.order = 0};
    const bool talks = level < AUDIO_LEVEL_SILENCE || (!out->noise.pausing && phase);
    switch (comfort_noise_sender_tick(&out->noise, level, talks)) {
    case COMFORT_NOISE_SPEAK:
        return false;
    case COMFORT_NOISE_RESUME:
        leg_fifo_put_silence(&out->fifo, phase);
        return false;
    case COMFORT_NOISE_UPDATE:
        quiet.level = comfort_noise_sender_level(&out->noise);
        add_packet(
            out, packets, -units_of(out, phase),
            (unsigned)comfort_noise_write(&quiet, packets->bytes[0] + LEG_OUT_MAX_REDUNDANT),
            true);
        break;
    case COMFORT_NOISE_PAUSE:
        break;
    }
    packets->paused = true;
    leg_fifo_clear(&out->fifo, out->channels);
    return true;
}

void leg_out_run(struct leg_out *out, int32_t *sum, struct leg_tick *tick,
                 struct leg_packets *packets)
{
    int16_t pcm[PCM_MAX_TICK_VALUES];
    const unsigned rate_hz = out->codec->sample_rate_hz, samples = rate_hz / PCM_TICKS_PER_S;
    const unsigned phase = phase_samples(out, tick);
    packets->count = 0;
    packets->paused = false;
    audio_limiter_run(&out->limiter, sum, pcm, samples);
    if (be_quiet(out, pcm, samples, phase, packets))
        return;
    if (out->fifo.count != phase) { /* its first ticks, or some were left out */
        leg_fifo_clear(&out->fifo, out->channels);
        if (phase) {
            packets->paused = true;
            return;
        }
    }
    int32_t begin_units = -units_of(out, out->fifo.count);
    leg_fifo_put(&out->fifo, pcm, samples);
    while (out->fifo.count >= rate_hz / 1000 * out->ptime_ms) {
        encode(out, packets, begin_units, tick);
        begin_units += units_of(out, rate_hz / 1000 * out->ptime_ms);
    }
}
