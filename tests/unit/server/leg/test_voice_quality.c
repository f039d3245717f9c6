/* test_voice_quality.c - the E-model against its known values, and its shape. */
#include "server/leg/voice_quality.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_near(double value, double wanted, double most)
{
    if (value < wanted - most || value > wanted + most)
        fail_msg("%g is not near %g", value, wanted);
}

static double mos(const char *codec, double loss, double delay_ms)
{
    return voice_quality_mos(voice_quality_r(
        &(struct voice_quality){.codec = codec, .loss = loss, .delay_ms = delay_ms}));
}

/* G.107 table B.1, to two digits. */
static void ratings_have_their_scores(void **state)
{
    (void)state;
    static const struct {
        double r, mos;
    } rows[] = {{90, 4.34}, {80, 4.03}, {70, 3.60}, {60, 3.10}, {50, 2.58}, {0, 1}, {100, 4.5}};
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_near(voice_quality_mos(rows[i].r), rows[i].mos, 0.006);
    assert_near(voice_quality_mos(-20), 1, 0.0001);
    assert_near(voice_quality_mos(140), 4.5, 0.0001);
}

static void the_best_is_what_it_should_be(void **state)
{
    (void)state;
    assert_near(mos("PCMU", 0, 0), 4.41, 0.01);
    assert_near(mos("pcma", 0, 0), mos("PCMU", 0, 0), 0.0001);
    assert_near(mos("G729", 0, 0), 4.11, 0.02);
    assert_near(mos(NULL, 0, 0), mos("opus", 0, 0), 0.0001);
}

/* By hand: Id = 0.024 * 277.3 + 0.11 * 100 = 17.655, Ie,eff = 95 * 5 / 30.1 = 15.78. */
static void a_sum_by_hand(void **state)
{
    (void)state;
    const struct voice_quality quality = {.codec = "PCMU", .loss = 0.05, .delay_ms = 277.3};
    assert_near(voice_quality_r(&quality), 93.2 - 17.655 - 15.781, 0.01);
}

static void more_loss_and_more_delay_are_never_better(void **state)
{
    (void)state;
    static const char *const codecs[] = {"PCMU", "opus", "G729", "GSM", "G722", "AMR"};
    for (unsigned i = 0; i < sizeof(codecs) / sizeof(codecs[0]); i++) {
        double last = 5;
        for (unsigned loss = 0; loss <= 100; loss++) {
            double now = mos(codecs[i], loss / 100.0, 50);
            assert_true(now <= last && now >= 1 && now <= 4.5);
            last = now;
        }
        last = 5;
        for (unsigned delay_ms = 0; delay_ms <= 2000; delay_ms += 10) {
            double now = mos(codecs[i], 0.01, delay_ms);
            assert_true(now <= last && now >= 1);
            last = now;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ratings_have_their_scores),
        cmocka_unit_test(the_best_is_what_it_should_be),
        cmocka_unit_test(a_sum_by_hand),
        cmocka_unit_test(more_loss_and_more_delay_are_never_better),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
