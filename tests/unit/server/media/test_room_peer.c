/* test_room_peer.c - what one part of a room hears of the other: all of it, one tick later. */
#include "server/media/room_peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static struct room_mix mix;
static struct room_voice voice;

static void tell(struct room_peer *peer, uint32_t ssrc, uint64_t number)
{
    voice.ssrc = ssrc;
    room_peer_tell(peer, &voice, number);
}

static void hear(struct room_peer *peer, uint64_t number)
{
    room_mix_begin(&mix, 1);
    room_peer_hear(peer, number, &mix);
}

static void each_tick_is_heard_in_the_next_whoever_ticks_first(void **state)
{
    (void)state;
    struct room_link link;
    assert_int_equal(room_link_create(&link), 0);
    srand(5);
    for (uint64_t number = 1; number < 500; number++) {
        bool first = rand() % 2;
        for (unsigned turn = 0; turn < 2; turn++) {
            if (turn == first) {
                tell(link.end[0], (uint32_t)number * 2, number);
                tell(link.end[0], (uint32_t)number * 2 + 1, number);
            } else {
                hear(link.end[1], number);
                if (number == 1)
                    continue;
                assert_int_equal(mix.voice_count, 2);
                assert_int_equal(mix.voice[0].ssrc, (number - 1) * 2);
                assert_int_equal(mix.voice[1].ssrc, (number - 1) * 2 + 1);
            }
        }
    }
    room_link_destroy(&link);
    room_link_destroy(&link);
}

static void what_is_too_old_is_forgotten(void **state)
{
    (void)state;
    struct room_link link;
    assert_int_equal(room_link_create(&link), 0);
    for (uint64_t number = 0; number < 1000; number++) /* nobody hears: the ring fills up */
        tell(link.end[1], 1, number);
    hear(link.end[0], 2000);
    assert_int_equal(mix.voice_count, 0);
    tell(link.end[1], 9, 2000);
    hear(link.end[0], 2001);
    assert_int_equal(mix.voice_count, 1);
    assert_int_equal(mix.voice[0].ssrc, 9);
    room_link_destroy(&link);
}

static void wishes_cross(void **state)
{
    (void)state;
    struct room_link link;
    assert_int_equal(room_link_create(&link), 0);
    assert_int_equal(room_peer_wanted(link.end[0]), 0);
    room_peer_want(link.end[0], 3);
    room_peer_want(link.end[1], 4);
    assert_int_equal(room_peer_wanted(link.end[0]), 4);
    assert_int_equal(room_peer_wanted(link.end[1]), 3);
    room_link_destroy(&link);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_tick_is_heard_in_the_next_whoever_ticks_first),
        cmocka_unit_test(what_is_too_old_is_forgotten),
        cmocka_unit_test(wishes_cross),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
