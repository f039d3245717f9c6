/*
 * test_room_class.c - one encoder for many ears: who hears the same shares, whoever comes,
 * begins to talk, or leaves; and no far end's decoder ever hears a seam it need not.
 */
#include "server/media/room_class.h"

#include "mixer/base/pcm.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LEGS = 6 };

static struct room_classes classes;
static struct leg_tick tick;
static struct leg_media legs[LEGS];
static struct leg_kit kits[LEGS];
static struct leg_machine machines[LEGS];

static void make_leg(unsigned i, const struct codec *codec)
{
    legs[i] = (struct leg_media){.kit = &kits[i], .mix = LEG_MIX_OPEN};
    kits[i] = (struct leg_kit){.plan = {.codec_count = 1,
                                        .codec = {{.codec = codec}},
                                        .red = {LEG_PLAN_NO_TYPE, LEG_PLAN_NO_TYPE, 0},
                                        .ptime_ms = 20},
                               .machine = &machines[i]};
    machines[i] = (struct leg_machine){.jitter = NULL};
    assert_int_equal(leg_out_init(&machines[i].out, &kits[i].plan), 0);
    legs[i].next = i ? &legs[i - 1] : NULL;
}

static int make(void **state)
{
    (void)state;
    for (unsigned i = 0; i < LEGS; i++)
        make_leg(i, codec_by_name("opus", 48000, 2));
    tick = (struct leg_tick){.number = 0};
    return 0;
}

static int end(void **state)
{
    (void)state;
    for (unsigned i = 0; i < LEGS; i++)
        leg_out_finish(&machines[i].out);
    return 0;
}

/* A tick in which the legs of the mask `alone` are on their own. Those in `gone` are not there.
 * payload[i] is what leg i is sent. All hear the same tone. */
static struct leg_packets payload[LEGS];

static unsigned go(unsigned alone, unsigned gone)
{
    const uint64_t before = tick.encodes;
    room_class_begin(&classes);
    for (unsigned i = 0; i < LEGS; i++) {
        const long leader = legs[i].leader ? legs[i].leader - legs : (long)i;
        if (leader != (long)i && !((alone | gone) & (1u << i | 1u << leader)))
            room_class_keep(&classes, &legs[leader], 1);
    }
    for (unsigned i = 0; i < LEGS; i++) {
        if (!((alone | gone) & 1u << i))
            room_class_keep(&classes, &legs[i], 1);
    }
    for (unsigned i = 0; i < LEGS; i++) {
        if (gone & 1u << i)
            continue;
        if ((alone & 1u << i) || !room_class_find(&classes, &legs[i], 1))
            room_class_leave(&legs[i]);
    }
    for (unsigned i = 0; i < LEGS; i++) {
        int32_t sum[PCM_MAX_TICK_VALUES];
        if (gone & 1u << i)
            continue;
        for (unsigned at = 0; at < 960; at++)
            sum[at] = (int32_t)(9000 * sin((double)(tick.number * 960 + at) * 0.05));
        struct room_class *class = room_class_of(&classes, &legs[i]);
        if (!class) {
            leg_out_run(leg_media_out(&legs[i]), sum, &tick, &payload[i]);
            continue;
        }
        if (!class->is_made)
            leg_out_run(leg_media_out(class->leader), sum, &tick, &class->packets);
        class->is_made = true;
        payload[i] = class->packets;
        for (unsigned at = 0; at < payload[i].count; at++)
            payload[i].packet[at].payload = payload[i].bytes[at] + LEG_OUT_MAX_REDUNDANT;
    }
    tick.number++;
    return (unsigned)(tick.encodes - before);
}

static void expect_same(unsigned one, unsigned other)
{
    assert_int_equal(payload[one].count, 1);
    assert_int_equal(payload[other].count, 1);
    assert_int_equal(payload[one].packet[0].bytes, payload[other].packet[0].bytes);
    assert_memory_equal(payload[one].packet[0].payload, payload[other].packet[0].payload,
                        payload[one].packet[0].bytes);
}

static void all_listeners_cost_one_encode(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 20; i++) {
        assert_int_equal(go(0, 0), 1);
        expect_same(0, LEGS - 1);
    }
    assert_int_equal(go(3, 0), 3); /* two who talk, and the rest */
}

/* Since all hear the same tone, who leaves the class and has taken along its encoder goes on
 * making the very bytes that the class makes. */
static void who_begins_to_talk_takes_the_encoder_along(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 20; i++)
        go(0, 0);
    struct leg_media *leader = legs[0].leader;
    for (unsigned who = 0; who < LEGS; who++) { /* the leader, too, at its turn */
        assert_int_equal(go(1u << who, 0), 2);
        expect_same(who, (who + 1) % LEGS);
    }
    assert_non_null(leader);
}

static void when_the_leader_leaves_another_goes_on(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 20; i++)
        go(1, 0); /* leg 0 encodes on its own from the begin: what the class must equal */
    for (unsigned gone = 0, left = 0; left < LEGS - 2; left++) {
        struct leg_media *leader = legs[0].leader;
        for (unsigned i = 1; i < LEGS; i++) {
            if (!(gone & 1u << i))
                leader = legs[i].leader;
        }
        unsigned which = (unsigned)(leader - legs);
        room_class_abdicate(leader, &legs[LEGS - 1]);
        gone |= 1u << which;
        for (unsigned i = 0; i < LEGS; i++) { /* out of the list */
            if (legs[i].next == leader)
                legs[i].next = leader->next;
        }
        assert_int_equal(go(1, gone), 2);
        for (unsigned i = 1; i < LEGS; i++) {
            if (!(gone & 1u << i))
                expect_same(0, i);
        }
    }
}

static void other_codecs_and_other_circles_are_other_classes(void **state)
{
    (void)state;
    leg_out_finish(&machines[5].out);
    make_leg(5, codec_by_static_type(0));
    leg_out_finish(&machines[4].out);
    make_leg(4, codec_by_static_type(0));
    assert_int_equal(go(0, 0), 2);
    expect_same(4, 5);
    room_class_begin(&classes);
    struct room_class *one = room_class_find(&classes, &legs[4], 1);
    assert_ptr_not_equal(room_class_find(&classes, &legs[5], 3), one);
}

/* One who was on its own comes back: those who shared go on with the encoder that they had. */
static void who_comes_back_does_not_lead_the_others(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 5; i++)
        go(1, 0);
    struct leg_media *leader = legs[1].leader;
    assert_ptr_not_equal(leader, &legs[0]);
    assert_int_equal(go(0, 0), 1);
    for (unsigned i = 0; i < LEGS; i++)
        assert_ptr_equal(legs[i].leader, leader);
}

static void make_leg_with_fec(unsigned i)
{
    leg_out_finish(&machines[i].out);
    make_leg(i, codec_by_name("opus", 48000, 2));
    kits[i].plan.codec[0].params.fec = true;
    leg_out_finish(&machines[i].out);
    assert_int_equal(leg_out_init(&machines[i].out, &kits[i].plan), 0);
}

/* One of them, at last the leader, is told of loss: it gets more FEC, and the others go on
 * where they were. Leg 0 never shared: its packets are what theirs must be. */
static void a_bad_link_of_one_is_no_seam_for_the_others(void **state)
{
    (void)state;
    for (unsigned i = 0; i < LEGS; i++)
        make_leg_with_fec(i);
    for (unsigned i = 0; i < 20; i++)
        go(1, 0);
    const unsigned leader = (unsigned)(legs[1].leader - legs);
    leg_out_tune(leg_media_out(&legs[leader]), 30);
    for (unsigned i = 0; i < 10; i++) {
        assert_int_equal(go(1, 0), 3);
        for (unsigned who = 1; who < LEGS; who++) {
            if (who != leader)
                expect_same(who, 0);
        }
    }
    const unsigned other = leader == 1 ? 2 : 1;
    struct leg_media *heir = legs[other].leader;
    const unsigned member = heir == &legs[LEGS - 1] ? LEGS - 2 : LEGS - 1;
    leg_out_tune(leg_media_out(&legs[member]), 30);
    assert_int_equal(go(1, 0), 3);
    assert_int_equal(payload[member].count, 1);
}

#define CLASS_TEST(test) cmocka_unit_test_setup_teardown(test, make, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLASS_TEST(all_listeners_cost_one_encode),
        CLASS_TEST(who_begins_to_talk_takes_the_encoder_along),
        CLASS_TEST(when_the_leader_leaves_another_goes_on),
        CLASS_TEST(who_comes_back_does_not_lead_the_others),
        CLASS_TEST(a_bad_link_of_one_is_no_seam_for_the_others),
        CLASS_TEST(other_codecs_and_other_circles_are_other_classes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
