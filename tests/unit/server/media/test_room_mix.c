/* test_room_mix.c - who hears whom, against the plain double loop. */
#include "server/media/room_mix.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static struct room_mix mix;

static void fill(struct room_voice *voice)
{
    for (unsigned bus = 0; bus < PCM_BUSES; bus++) {
        if (!(voice->buses & 1u << bus))
            continue;
        int16_t *frame = room_voice_frame(voice, bus);
        for (unsigned i = 0; i < pcm_bus_values(bus); i++)
            frame[i] = (int16_t)rand();
    }
}

static void expect(unsigned bus, uint32_t hears, const struct room_voice *own)
{
    int32_t sum[PCM_MAX_TICK_VALUES];
    room_mix_minus(&mix, bus, hears, own, sum);
    for (unsigned i = 0; i < pcm_bus_values(bus); i++) {
        int32_t plain = 0;
        for (unsigned j = 0; j < mix.voice_count; j++) {
            struct room_voice *voice = &mix.voice[j];
            if (voice != own && (voice->says & hears) && (voice->buses & 1u << bus))
                plain += room_voice_frame(voice, bus)[i];
        }
        assert_int_equal(sum[i], plain);
    }
}

static void equals_the_double_loop(void **state)
{
    (void)state;
    srand(11);
    for (unsigned round = 0; round < 20; round++) {
        room_mix_begin(&mix, (1u << PCM_BUSES) - 1);
        unsigned voices = (unsigned)rand() % (ROOM_MIX_VOICES + 1);
        for (unsigned i = 0; i < voices; i++) {
            struct room_voice *voice = room_mix_add(&mix);
            assert_non_null(voice);
            voice->says = (uint32_t)rand() % 16;
            voice->buses = (unsigned)rand() % (1u << PCM_BUSES);
            fill(voice);
        }
        for (unsigned listener = 0; listener < 100; listener++) { /* more than sums are kept */
            const struct room_voice *own = NULL;
            if (voices && rand() % 2)
                own = &mix.voice[(unsigned)rand() % voices];
            expect((unsigned)rand() % PCM_BUSES, (uint32_t)rand() % 16, own);
        }
    }
}

static void too_many_voices_are_refused(void **state)
{
    (void)state;
    room_mix_begin(&mix, 1);
    for (unsigned i = 0; i < ROOM_MIX_VOICES; i++)
        assert_non_null(room_mix_add(&mix));
    assert_null(room_mix_add(&mix));
}

static void silence_is_known(void **state)
{
    (void)state;
    room_mix_begin(&mix, 1);
    assert_false(room_mix_is_heard(&mix, 1, NULL));
    struct room_voice *voice = room_mix_add(&mix);
    voice->says = 2;
    assert_false(room_mix_is_heard(&mix, 1, NULL));
    assert_true(room_mix_is_heard(&mix, 3, NULL));
    assert_false(room_mix_is_heard(&mix, 3, voice));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_the_double_loop),
        cmocka_unit_test(too_many_voices_are_refused),
        cmocka_unit_test(silence_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
