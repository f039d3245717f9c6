/* test_audio_plan.c - which formats are used, and how long a packet is. */
#include "server/sdp/audio_plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct codec *opus(void)
{
    return codec_by_name("opus", 48000, 2);
}

static const struct codec *pcma(void)
{
    return codec_by_name("PCMA", 8000, 1);
}

static void list(struct audio_section *section, const struct codec *codec, enum audio_kind kind,
                 uint32_t clock_hz)
{
    section->format[section->format_count++].meaning =
        (struct audio_meaning){codec, kind, clock_hz};
}

/* One bit for each format that is wanted, the first the lowest. */
static unsigned wanted(const struct audio_section *section, const struct offer_types *offered)
{
    unsigned all = 0;
    for (unsigned i = 0; i < section->format_count; i++)
        all |= (unsigned)audio_plan_wants(section, offered, &section->format[i].meaning) << i;
    return all;
}

static void events_and_noise_run_at_the_clock_of_a_codec(void **state)
{
    (void)state;
    static struct audio_section both, odd;
    list(&both, opus(), AUDIO_CODEC, 48000);
    list(&both, NULL, AUDIO_EVENT, 48000);
    list(&both, NULL, AUDIO_EVENT, 8000);
    list(&both, NULL, AUDIO_NOISE, 8000);
    assert_int_equal(wanted(&both, NULL), 0x3); /* nothing runs at 8000 */
    list(&both, pcma(), AUDIO_CODEC, 8000);
    assert_int_equal(wanted(&both, NULL), 0x1f);
    list(&odd, opus(), AUDIO_CODEC, 48000);
    list(&odd, NULL, AUDIO_EVENT, 8000); /* a phone that has no other */
    assert_int_equal(wanted(&odd, NULL), 0x3);
}

static void of_an_answer_only_what_was_offered_is_used(void **state)
{
    (void)state;
    static struct audio_section answer;
    static struct offer_types offered;
    list(&answer, opus(), AUDIO_CODEC, 48000);
    list(&answer, NULL, AUDIO_EVENT, 48000);
    list(&answer, pcma(), AUDIO_CODEC, 8000);
    assert_int_equal(wanted(&answer, &offered), 0);
    offer_types_remember(&offered, &(struct offer_type){.meaning = answer.format[2].meaning});
    offer_types_remember(&offered, &(struct offer_type){.meaning = answer.format[1].meaning});
    assert_int_equal(wanted(&answer, &offered), 0x6); /* no event has its clock: so this one */
    offer_types_remember(&offered, &(struct offer_type){.meaning = answer.format[0].meaning});
    assert_int_equal(wanted(&answer, &offered), 0x7);
}

static unsigned ptime(const struct codec *codec, unsigned theirs, unsigned most, unsigned ours)
{
    static struct audio_section section;
    static struct offer_local local;
    static struct leg_plan plan;
    const struct extmap extmap = {0};
    const struct offer_type type = {.meaning = {codec, AUDIO_CODEC, codec->rtp_clock_hz}};
    section.ptime_ms = theirs;
    section.maxptime_ms = most;
    local.ptime_ms = ours;
    audio_plan_begin(&section, MEDIA_SENDRECV, &plan);
    audio_plan_add(&plan, &(struct audio_format){.meaning = type.meaning}, &type);
    audio_plan_end(&plan, &section, &local, &extmap);
    assert_int_equal(plan.codec[0].params.ptime_ms, plan.ptime_ms);
    return plan.ptime_ms;
}

static void packets_are_as_long_as_the_far_end_wants(void **state)
{
    (void)state;
    assert_int_equal(ptime(pcma(), 0, 0, 20), 20);
    assert_int_equal(ptime(pcma(), 30, 0, 20), 30);
    assert_int_equal(ptime(pcma(), 35, 0, 20), 30); /* whole tens */
    assert_int_equal(ptime(pcma(), 5, 0, 20), 10);  /* the least  */
    assert_int_equal(ptime(pcma(), 200, 0, 20), OFFER_MAX_PTIME_MS);
    assert_int_equal(ptime(pcma(), 0, 10, 20), 10);
    assert_int_equal(ptime(pcma(), 40, 20, 20), 20);
    assert_int_equal(ptime(pcma(), 0, 1, 20), 10);
    const struct codec *amr = codec_by_name("AMR", 8000, 1); /* frames of 20 ms */
    assert_int_equal(ptime(amr, 30, 0, 20), 20);
    assert_int_equal(ptime(amr, 10, 0, 20), 20);
}

static void what_is_added_is_in_the_plan(void **state)
{
    (void)state;
    static struct audio_section section = {.media.rtcp_mux = true};
    struct leg_plan plan, same;
    audio_plan_begin(&section, MEDIA_RECVONLY, &plan);
    assert_true(plan.receive && !plan.send && plan.rtcp_mux);
    assert_int_equal(plan.red.send_type, LEG_PLAN_NO_TYPE);
    memset(&same, 0xa5, sizeof(same));
    audio_plan_begin(&section, MEDIA_RECVONLY, &same);
    assert_memory_equal(&plan, &same, sizeof(plan)); /* what is between the fields, too */
    const struct audio_meaning meanings[] = {
        {pcma(), AUDIO_CODEC, 8000},
        {audio_red_codec(), AUDIO_CODEC, 48000},
        {NULL, AUDIO_EVENT, 48000},
        {NULL, AUDIO_NOISE, 8000},
        {audio_red_codec(), AUDIO_RED, 48000},
    };
    for (uint8_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
        audio_plan_add(
            &plan, &(struct audio_format){.meaning = meanings[i]},
            &(struct offer_type){meanings[i], (uint8_t)(100 + i), (uint8_t)(110 + i)});
    const struct offer_local local = {.ptime_ms = 20};
    const struct extmap extmap = {0};
    audio_plan_end(&plan, &section, &local, &extmap);
    assert_int_equal(plan.codec_count, 2);
    assert_ptr_equal(plan.codec[0].codec, pcma());
    assert_true(plan.codec[0].receive_type == 100 && plan.codec[0].send_type == 110);
    assert_true(plan.event_count == 1 && plan.event[0].send_type == 112);
    assert_true(plan.noise_count == 1 && plan.noise[0].receive_type == 103);
    assert_true(plan.red.receive_type == 104 && plan.red.send_type == 114);
    assert_int_equal(plan.red.codec, 1); /* whose it is */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_and_noise_run_at_the_clock_of_a_codec),
        cmocka_unit_test(of_an_answer_only_what_was_offered_is_used),
        cmocka_unit_test(packets_are_as_long_as_the_far_end_wants),
        cmocka_unit_test(what_is_added_is_in_the_plan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
