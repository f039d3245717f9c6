/* test_leg_kit.c - what a plan needs is made, and what it does not need is not. */
#include "server/leg/leg_kit.h"
#include "server/leg/leg_media.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct leg_kit_config config = {.jitter_ms = 40, .jitter_limit_ms = 400};

static struct leg_plan plan_of(unsigned events)
{
    return (struct leg_plan){.send = true,
                             .receive = true,
                             .codec_count = 1,
                             .codec = {{.codec = codec_by_static_type(0)}},
                             .event_count = events,
                             .event = {{.clock_hz = 8000, .receive_type = 101}},
                             .red = {LEG_PLAN_NO_TYPE, LEG_PLAN_NO_TYPE, 0},
                             .ptime_ms = 20};
}

static struct leg_kit *kit_of(unsigned events, const struct leg_plan *old)
{
    const struct leg_plan plan = plan_of(events);
    struct leg_kit *kit;
    assert_int_equal(leg_kit_create(&plan, old, &config, &kit), 0);
    return kit;
}

static void tones_are_heard_only_without_events(void **state)
{
    (void)state;
    const struct leg_plan with = plan_of(1);
    struct leg_kit *kit = kit_of(0, NULL);
    assert_non_null(kit->dtmf);
    assert_non_null(kit->machine);
    leg_kit_destroy(kit);
    kit = kit_of(1, NULL);
    assert_null(kit->dtmf);
    leg_kit_destroy(kit);
    kit = kit_of(0, &with); /* the far end takes its events back: no codec changes */
    assert_non_null(kit->dtmf);
    assert_null(kit->machine);
    leg_kit_destroy(kit);
}

static void a_press_survives_a_new_plan(void **state)
{
    (void)state;
    const struct leg_plan without = plan_of(0), with = plan_of(1);
    const struct rtp_ports_config range = {
        .address = "127.0.0.1", .first = 18900, .last = 18998};
    const struct leg_config settings = {
        .jitter_ms = 40, .jitter_limit_ms = 400, .cname = "test"};
    struct rtp_ports *ports;
    struct leg *leg;
    assert_int_equal(rtp_ports_create(&range, &ports), 0);
    assert_int_equal(leg_create(ports, AF_INET, &settings, &leg), 0);
    struct leg_media *media = leg_take_media(leg);

    struct leg_kit *kit = kit_of(0, NULL);
    struct audio_dtmf *first = kit->dtmf;
    assert_null(leg_media_set_kit(media, kit, 0));
    media->voice.dtmf_rate_hz = 8000; /* it was begun with */
    leg_kit_destroy(leg_media_set_kit(media, kit_of(0, &without), 0));
    assert_ptr_equal(media->kit->dtmf, first);
    assert_int_equal(media->voice.dtmf_rate_hz, 8000);
    leg_kit_destroy(leg_media_set_kit(media, kit_of(1, &without), 0));
    assert_null(media->kit->dtmf);
    leg_kit_destroy(leg_media_set_kit(media, kit_of(0, &with), 0));
    assert_non_null(media->kit->dtmf);
    assert_int_equal(media->voice.dtmf_rate_hz, 0); /* to be begun */

    leg_return_media(leg, media);
    leg_destroy(leg);
    rtp_ports_destroy(ports);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tones_are_heard_only_without_events),
        cmocka_unit_test(a_press_survives_a_new_plan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
