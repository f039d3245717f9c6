/* leg_kit.c - codecs and buffers for a plan. */
#include "server/leg/leg_kit.h"

#include "mixer/base/check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    JITTER_SLOTS = 48,        /* 400 ms of 10 ms packets, and some */
    JITTER_BYTES_PER_MS = 8,  /* 64 kbit/s: G.711, G.722, twice a usual Opus */
    JITTER_SPARE_BYTES = 640, /* payloads do not fill their last block      */
    OUT_FIFO_MS = 60 + 2 * PCM_TICK_MS,
};

static unsigned max_payload_bytes(const struct leg_plan *plan)
{
    unsigned most = 0;
    for (unsigned i = 0; i < plan->codec_count; i++) {
        if (plan->codec[i].codec->max_payload_bytes > most)
            most = plan->codec[i].codec->max_payload_bytes;
    }
    return most;
}

/* All of the limit at a usual rate, and one packet. */
static unsigned pool_bytes(const struct leg_plan *plan, const struct leg_kit_config *config)
{
    return config->jitter_limit_ms * JITTER_BYTES_PER_MS + JITTER_SPARE_BYTES +
           max_payload_bytes(plan);
}

static unsigned max_rate_hz(const struct leg_plan *plan)
{
    unsigned most = 0;
    for (unsigned i = 0; i < plan->codec_count; i++) {
        if (plan->codec[i].codec->sample_rate_hz > most)
            most = plan->codec[i].codec->sample_rate_hz;
    }
    return most;
}

static int fifo_init(struct leg_fifo *fifo, unsigned room)
{
    fifo->samples = malloc(room * sizeof(*fifo->samples));
    fifo->room = fifo->samples ? room : 0;
    return fifo->samples ? 0 : -ENOMEM;
}

static void machine_destroy(struct leg_machine *machine, const struct leg_plan *plan)
{
    if (!machine)
        return;
    const struct codec *codec = plan->codec[0].codec;
    codec->encoder_destroy(machine->encoder);
    for (unsigned i = 0; i < plan->codec_count; i++)
        plan->codec[i].codec->decoder_destroy(machine->decoder[i]);
    for (unsigned from = 0; from < PCM_RATES; from++) {
        for (unsigned to = 0; to < PCM_RATES; to++) {
            struct leg_part part = {.path = machine->path[from][to]};
            leg_part_destroy(&part);
        }
    }
    jitter_destroy(machine->jitter);
    free(machine->in.samples);
    free(machine->out.samples);
    free(machine);
}

static int machine_create(const struct leg_plan *plan, const struct leg_kit_config *config,
                          struct leg_machine **made)
{
    unsigned packet_samples = max_rate_hz(plan) / 1000 * CODEC_MAX_PACKET_MS;
    unsigned tick_samples = max_rate_hz(plan) / PCM_TICKS_PER_S;
    struct leg_machine *machine =
        calloc(1, sizeof(*machine) + packet_samples * sizeof(machine->decoded[0]));
    if (!machine)
        return -ENOMEM;
    const struct leg_plan_codec *first = &plan->codec[0];
    struct codec_params params = first->params;
    params.ptime_ms = plan->ptime_ms;
    struct jitter_config jitter = {.min_ms = config->jitter_ms,
                                   .max_ms = config->jitter_limit_ms,
                                   .slots = JITTER_SLOTS,
                                   .max_payload_bytes = max_payload_bytes(plan),
                                   .pool_bytes = pool_bytes(plan, config)};
    int error = first->codec->encoder_create(&params, &machine->encoder);
    if (!error)
        error = first->codec->decoder_create(&first->params, &machine->decoder[0]);
    if (!error)
        error = fifo_init(&machine->in, packet_samples + tick_samples);
    if (!error)
        error = fifo_init(&machine->out, first->codec->sample_rate_hz / 1000 * OUT_FIFO_MS);
    if (!error && !(machine->jitter = jitter_create(&jitter)))
        error = -ENOMEM;
    if (error) {
        machine_destroy(machine, plan);
        return error;
    }
    jitter_reset(machine->jitter, first->codec->rtp_clock_hz);
    *made = machine;
    return 0;
}

static bool same_codecs(const struct leg_plan *a, const struct leg_plan *b)
{
    if (a->codec_count != b->codec_count || a->ptime_ms != b->ptime_ms)
        return false;
    for (unsigned i = 0; i < a->codec_count; i++) {
        if (a->codec[i].codec != b->codec[i].codec ||
            a->codec[i].receive_type != b->codec[i].receive_type ||
            memcmp(&a->codec[i].params, &b->codec[i].params, sizeof(a->codec[i].params)) != 0)
            return false;
    }
    return true;
}

int leg_kit_create(const struct leg_plan *plan, const struct leg_plan *old_plan,
                   const struct leg_kit_config *config, struct leg_kit **kit)
{
    ASSERT_CONTROL();
    if (!plan->codec_count || plan->codec_count > LEG_PLAN_MAX_CODECS || plan->ptime_ms < 10 ||
        plan->ptime_ms > 60)
        return -EINVAL;
    struct leg_kit *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->plan = *plan;
    if (!old_plan || !same_codecs(plan, old_plan)) {
        int error = machine_create(plan, config, &made->machine);
        if (error) {
            free(made);
            return error;
        }
    }
    *kit = made;
    return 0;
}

void leg_kit_destroy(struct leg_kit *kit)
{
    if (!kit)
        return;
    ASSERT_CONTROL();
    machine_destroy(kit->machine, &kit->plan);
    free(kit);
}

static int path_create(unsigned from_hz, unsigned to_hz, struct leg_path **path)
{
    struct leg_path *made =
        calloc(1, sizeof(*made) + to_hz / PCM_TICKS_PER_S * sizeof(made->frame[0]));
    if (!made)
        return -ENOMEM;
    made->resample = audio_resample_create(from_hz, to_hz);
    if (!made->resample) {
        free(made);
        return -ENOMEM;
    }
    *path = made;
    return 0;
}

int leg_part_create(const struct leg_plan *plan, struct leg_part *part)
{
    ASSERT_CONTROL();
    if (!part->is_decoder)
        return path_create(pcm_rate_hz(part->from), pcm_rate_hz(part->to), &part->path);
    if (part->codec_index >= plan->codec_count)
        return -EINVAL;
    const struct leg_plan_codec *row = &plan->codec[part->codec_index];
    part->codec = row->codec;
    return row->codec->decoder_create(&row->params, &part->decoder);
}

void leg_part_destroy(struct leg_part *part)
{
    if (part->is_decoder) {
        part->codec->decoder_destroy(part->decoder);
    } else if (part->path) {
        audio_resample_destroy(part->path->resample);
        free(part->path);
    }
}

void leg_fifo_put(struct leg_fifo *fifo, const int16_t *samples, unsigned count)
{
    if (count > fifo->room - fifo->count)
        count = fifo->room - fifo->count;
    memcpy(fifo->samples + fifo->count, samples, count * sizeof(*samples));
    fifo->count += count;
}

void leg_fifo_take(struct leg_fifo *fifo, int16_t *samples, unsigned count)
{
    assert(count <= fifo->count);
    memcpy(samples, fifo->samples, count * sizeof(*samples));
    fifo->count -= count;
    memmove(fifo->samples, fifo->samples + count, fifo->count * sizeof(*samples));
}
