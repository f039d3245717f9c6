/* leg_kit.c - codecs and buffers for a plan. */
#include "server/leg/leg_kit.h"

#include "mixer/base/check.h"
#include "server/rtp/rtp_guard.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum {
    MIN_PACKET_MS = 10,
    SPARE_BYTES = 640, /* payloads do not fill their last block */
};

/* The most that any of its codecs may put into a packet, or play. */
static unsigned max_of(const struct leg_plan *plan, size_t field)
{
    unsigned most = 0;
    for (unsigned i = 0; i < plan->codec_count; i++) {
        unsigned value;
        memcpy(&value, (const char *)plan->codec[i].codec + field, sizeof(value));
        if (value > most)
            most = value;
    }
    return most;
}

static unsigned max_channels(const struct leg_plan *plan)
{
    for (unsigned i = 0; i < plan->codec_count; i++) {
        if (plan->codec[i].params.sends_stereo && plan->codec[i].codec->max_channels > 1)
            return 2;
    }
    return 1;
}

static void machine_destroy(struct leg_machine *machine, const struct leg_plan *plan)
{
    if (!machine)
        return;
    leg_out_finish(&machine->out);
    for (unsigned i = 0; i < plan->codec_count; i++)
        plan->codec[i].codec->decoder_destroy(machine->decoder[i]);
    for (unsigned from = 0; from < PCM_RATES; from++) {
        for (unsigned to = 0; to < PCM_RATES; to++)
            audio_resample_destroy(machine->path[from][to]);
    }
    audio_denoise_destroy(machine->denoise);
    jitter_destroy(machine->jitter);
    leg_fifo_finish(&machine->in);
    free(machine);
}

/* A packet, and a block that is being shortened, may wait. */
static int make_fifo(struct leg_machine *machine, const struct leg_plan *plan)
{
    const struct leg_plan_codec *first = &plan->codec[0];
    unsigned rate_hz = max_of(plan, offsetof(struct codec, sample_rate_hz));
    unsigned channels = max_channels(plan);
    int error = leg_fifo_init(
        &machine->in, rate_hz / 1000 * (CODEC_MAX_PACKET_MS + 2 * PCM_TICK_MS), channels);
    if (!error)
        leg_fifo_clear(&machine->in,
                       first->params.sends_stereo && first->codec->max_channels > 1 ? 2 : 1);
    return error;
}

/* What its sender may send in a ms, at most: the longest payload is one of 120 ms, but for
 * codecs whose packets are shorter than that. */
static unsigned bytes_per_ms(const struct leg_plan *plan)
{
    unsigned most = 0;
    for (unsigned i = 0; i < plan->codec_count; i++) {
        const struct codec *codec = plan->codec[i].codec;
        unsigned longest_ms =
            codec->max_ptime_ms ? 2 * codec->max_ptime_ms : CODEC_MAX_PACKET_MS;
        unsigned rate = (codec->max_payload_bytes + longest_ms - 1) / longest_ms;
        most = rate > most ? rate : most;
    }
    return most;
}

static struct jitter_config jitter_config_of(const struct leg_plan *plan,
                                             const struct leg_kit_config *config)
{
    const unsigned most = max_of(plan, offsetof(struct codec, max_payload_bytes));
    return (struct jitter_config){.min_ms = config->jitter_ms,
                                  .max_ms = config->jitter_limit_ms,
                                  .slots = config->jitter_limit_ms / MIN_PACKET_MS + 8,
                                  .max_payload_bytes = most,
                                  .pool_bytes = config->jitter_limit_ms * bytes_per_ms(plan) +
                                                most + SPARE_BYTES};
}

static int machine_create(const struct leg_plan *plan, const struct leg_kit_config *config,
                          struct leg_machine **made)
{
    struct leg_machine *machine = calloc(1, sizeof(*machine));
    if (!machine)
        return -ENOMEM;
    const struct leg_plan_codec *first = &plan->codec[0];
    struct jitter_config jitter = jitter_config_of(plan, config);
    int error = leg_out_init(&machine->out, plan);
    if (!error)
        error = first->codec->decoder_create(&first->params, &machine->decoder[0]);
    if (!error)
        error = make_fifo(machine, plan);
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
    if (a->codec_count != b->codec_count || a->ptime_ms != b->ptime_ms ||
        a->noise_count != b->noise_count || memcmp(&a->red, &b->red, sizeof(a->red)) != 0)
        return false;
    for (unsigned i = 0; i < a->codec_count; i++) {
        if (a->codec[i].codec != b->codec[i].codec ||
            a->codec[i].receive_type != b->codec[i].receive_type ||
            memcmp(&a->codec[i].params, &b->codec[i].params, sizeof(a->codec[i].params)) != 0)
            return false;
    }
    return true;
}

static int make_guards(struct leg_kit *kit)
{
    const struct rtp_security *security = &kit->plan.security;
    int error = 0;
    if (security->receive.suite)
        error = rtp_guard_create(&security->receive, &kit->guard_in);
    if (!error && security->send.suite)
        error = rtp_guard_create(&security->send, &kit->guard_out);
    return error;
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
    int error = 0;
    if (!plan->event_count && !(made->dtmf = calloc(1, sizeof(*made->dtmf))))
        error = -ENOMEM;
    if (!error)
        error = make_guards(made);
    if (!error && (!old_plan || !same_codecs(plan, old_plan)))
        error = machine_create(plan, config, &made->machine);
    if (error) {
        leg_kit_destroy(made);
        return error;
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
    free(kit->dtmf);
    rtp_guard_destroy(kit->guard_in);
    rtp_guard_destroy(kit->guard_out);
    explicit_bzero(&kit->plan.security, sizeof(kit->plan.security));
    free(kit);
}

int leg_part_create(const struct leg_plan *plan, struct leg_part *part)
{
    ASSERT_CONTROL();
    switch (part->kind) {
    case LEG_PART_NONE:
        return -EINVAL;
    case LEG_PART_DECODER: {
        if (part->index >= plan->codec_count)
            return -EINVAL;
        const struct leg_plan_codec *row = &plan->codec[part->index];
        part->codec = row->codec;
        return row->codec->decoder_create(&row->params, &part->decoder);
    }
    case LEG_PART_PATH:
        part->path = audio_resample_create(pcm_rate_hz(part->from), pcm_rate_hz(part->to));
        return part->path ? 0 : -ENOMEM;
    case LEG_PART_DENOISE:
        part->denoise = audio_denoise_create(pcm_rate_hz(part->from));
        return part->denoise ? 0 : -ENOMEM;
    }
    return -EINVAL;
}

void leg_part_destroy(struct leg_part *part)
{
    switch (part->kind) {
    case LEG_PART_NONE:
        break;
    case LEG_PART_DECODER:
        part->codec->decoder_destroy(part->decoder);
        break;
    case LEG_PART_PATH:
        audio_resample_destroy(part->path);
        break;
    case LEG_PART_DENOISE:
        audio_denoise_destroy(part->denoise);
        break;
    }
}
