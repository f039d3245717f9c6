/* test_leg_out.c - packets of one mix: cut by the clock, shared, handed on without a seam. */
#include "server/leg/leg_out.h"

#include "mixer/base/pcm.h"
#include "server/leg/leg_tick.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct leg_tick tick;
static struct leg_packets packets, others;

static struct leg_plan plan_for(const char *name, unsigned clock_hz, unsigned channels,
                                unsigned ptime_ms)
{
    struct leg_plan plan = {.codec_count = 1,
                            .codec = {{.codec = codec_by_name(name, clock_hz, channels)}},
                            .red = {LEG_PLAN_NO_TYPE, LEG_PLAN_NO_TYPE, 0},
                            .ptime_ms = ptime_ms};
    assert_non_null(plan.codec[0].codec);
    return plan;
}

/* One tick of a tone that depends on the tick alone. */
static void run(struct leg_out *out, struct leg_packets *made)
{
    int32_t sum[PCM_MAX_TICK_VALUES];
    unsigned values = pcm_bus_values(leg_out_bus(out));
    for (unsigned i = 0; i < values; i++)
        sum[i] = (int32_t)(8000 * sin((double)(tick.number * values + i) * 0.21));
    leg_out_run(out, sum, &tick, made);
}

static void packets_end_where_the_clock_says(void **state)
{
    (void)state;
    for (unsigned ptime_ms = 10; ptime_ms <= 60; ptime_ms += 10) {
        struct leg_plan plan = plan_for("PCMU", 8000, 1, ptime_ms);
        struct leg_out early, late;
        assert_int_equal(leg_out_init(&early, &plan), 0);
        assert_int_equal(leg_out_init(&late, &plan), 0);
        uint64_t units = 0;
        for (tick.number = 0; tick.number < 300; tick.number++) {
            run(&early, &packets);
            for (unsigned i = 0; i < packets.count; i++) {
                int64_t begin = (int64_t)tick.number * 160 + packets.packet[i].begin_units;
                assert_int_equal(begin, units); /* without a gap */
                assert_int_equal(packets.packet[i].bytes, ptime_ms * 8);
                units += ptime_ms * 8;
            }
            if (tick.number < 7)
                continue;
            run(&late, &others); /* came later: its packets end when the others' do */
            if (tick.number < 20)
                continue;
            assert_int_equal(others.count, packets.count);
            for (unsigned i = 0; i < packets.count; i++)
                assert_memory_equal(others.packet[i].payload, packets.packet[i].payload,
                                    packets.packet[i].bytes);
        }
        assert_int_equal(units, 300 * 160);
        leg_out_finish(&early);
        leg_out_finish(&late);
    }
}

/* For every codec that may be shared: a copy goes on with the same bytes. */
static void a_copy_goes_on_where_the_other_was(void **state)
{
    (void)state;
    const struct codec *codec;
    for (unsigned row = 0; (codec = codec_at(row)); row++) {
        if (codec->encodes_alone)
            continue;
        unsigned ptime_ms = codec->max_ptime_ms ? codec->max_ptime_ms : 60;
        struct leg_plan plan =
            plan_for(codec->name, codec->rtp_clock_hz, codec->sdp_channels, ptime_ms);
        struct leg_out leader, member;
        assert_int_equal(leg_out_init(&leader, &plan), 0);
        assert_int_equal(leg_out_init(&member, &plan), 0);
        assert_true(leg_out_same(&leader, &member));
        for (tick.number = 0; tick.number < 101; tick.number++) /* in the midst of a packet */
            run(&leader, &packets);
        leg_out_copy(&member, &leader);
        for (; tick.number < 160; tick.number++) {
            run(&leader, &packets);
            run(&member, &others);
            assert_int_equal(others.count, packets.count);
            for (unsigned i = 0; i < packets.count; i++) {
                assert_int_equal(others.packet[i].bytes, packets.packet[i].bytes);
                assert_memory_equal(others.packet[i].payload, packets.packet[i].payload,
                                    packets.packet[i].bytes);
            }
        }
        leg_out_finish(&leader);
        leg_out_finish(&member);
    }
}

static void who_agreed_on_something_else_does_not_share(void **state)
{
    (void)state;
    struct leg_plan plan = plan_for("opus", 48000, 2, 20), other = plan;
    struct leg_out one, two;
    plan.codec[0].params.fec = other.codec[0].params.fec = true;
    assert_int_equal(leg_out_init(&one, &plan), 0);
    other.ptime_ms = 40;
    assert_int_equal(leg_out_init(&two, &other), 0);
    assert_false(leg_out_same(&one, &two));
    leg_out_finish(&two);
    other.ptime_ms = 20;
    other.codec[0].params.stereo = true;
    assert_int_equal(leg_out_init(&two, &other), 0);
    assert_false(leg_out_same(&one, &two));
    assert_int_equal(leg_out_bus(&two), PCM_BUS_STEREO);
    leg_out_finish(&two);
    other.codec[0].params.stereo = false;
    assert_int_equal(leg_out_init(&two, &other), 0);
    assert_true(leg_out_same(&one, &two));
    leg_out_tune(&two, 15); /* a bad link: more FEC */
    assert_false(leg_out_same(&one, &two));
    leg_out_copy(&two, &one); /* ... but goes on where the other is */
    assert_int_equal(two.loss_step, 2);
    leg_out_tune(&two, 9); /* not clearly better */
    assert_int_equal(two.loss_step, 2);
    leg_out_tune(&two, 0);
    assert_true(leg_out_same(&one, &two));
    leg_out_finish(&one);
    leg_out_finish(&two);
}

static void the_packet_before_lies_in_front(void **state)
{
    (void)state;
    struct leg_plan plan = plan_for("opus", 48000, 2, 20);
    plan.red = (struct leg_plan_red){63, 63, 0};
    struct leg_out out;
    uint8_t before[LEG_OUT_MAX_REDUNDANT];
    unsigned before_bytes = 0;
    assert_int_equal(leg_out_init(&out, &plan), 0);
    for (tick.number = 0; tick.number < 50; tick.number++) {
        run(&out, &packets);
        const struct leg_packet *packet = &packets.packet[0];
        assert_int_equal(packets.count, 1);
        assert_int_equal(packet->redundant_bytes, before_bytes);
        assert_memory_equal(packet->payload - before_bytes, before, before_bytes);
        before_bytes = packet->bytes;
        memcpy(before, packet->payload, before_bytes);
    }
    leg_out_finish(&out);
}

static void silence_is_said_once_where_that_was_agreed(void **state)
{
    (void)state;
    struct leg_plan plan = plan_for("PCMU", 8000, 1, 20);
    plan.pauses = true;
    plan.noise_count = 1;
    plan.noise[0] = (struct leg_plan_noise){8000, 13, 13};
    struct leg_out out;
    unsigned noises = 0, voices = 0;
    assert_int_equal(leg_out_init(&out, &plan), 0);
    for (tick.number = 0; tick.number < 200; tick.number++) {
        int32_t sum[PCM_MAX_TICK_VALUES] = {0};
        leg_out_run(&out, sum, &tick, &packets);
        assert_true(packets.count || packets.paused);
        for (unsigned i = 0; i < packets.count; i++) {
            noises += packets.packet[i].is_noise;
            voices += !packets.packet[i].is_noise;
        }
    }
    assert_in_range(noises, 1, 30);
    assert_in_range(voices, 0, 30); /* a hangover, at most */
    run(&out, &packets);
    assert_int_equal(packets.count, 1); /* at the first tick of a voice */
    assert_false(packets.packet[0].is_noise);
    leg_out_finish(&out);
}

/* At every phase of a long packet: the voice's first tick is in the first packet, which is
 * whole, and no packet's time lies before that of the one before it. */
static void a_voice_after_silence_is_whole_whenever_it_begins(void **state)
{
    (void)state;
    struct leg_plan plan = plan_for("PCMU", 8000, 1, 60);
    plan.noise_count = 1;
    plan.noise[0] = (struct leg_plan_noise){8000, 13, 13};
    struct leg_out out;
    assert_int_equal(leg_out_init(&out, &plan), 0);
    for (unsigned begin = 60, end = 90; begin < 1000; begin += 61, end += 62) {
        int64_t last = INT64_MIN, voiced_from = -1;
        for (tick.number = 0; tick.number < end; tick.number++) {
            int32_t sum[PCM_MAX_TICK_VALUES] = {0};
            if (tick.number < begin)
                leg_out_run(&out, sum, &tick, &packets);
            else
                run(&out, &packets);
            for (unsigned i = 0; i < packets.count; i++) {
                const struct leg_packet *packet = &packets.packet[i];
                int64_t at = (int64_t)tick.number * 160 + packet->begin_units;
                assert_true(at >= last);
                last = at;
                if (packet->is_noise)
                    continue;
                assert_int_equal(packet->bytes, 480);
                if (tick.number >= begin && voiced_from < 0)
                    voiced_from = at;
            }
        }
        assert_in_range(voiced_from, begin * 160 - 320, begin * 160);
    }
    leg_out_finish(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_end_where_the_clock_says),
        cmocka_unit_test(a_copy_goes_on_where_the_other_was),
        cmocka_unit_test(who_agreed_on_something_else_does_not_share),
        cmocka_unit_test(the_packet_before_lies_in_front),
        cmocka_unit_test(silence_is_said_once_where_that_was_agreed),
        cmocka_unit_test(a_voice_after_silence_is_whole_whenever_it_begins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
