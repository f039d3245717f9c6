/* test_audio_direction.c - words there and back, and every pair mirrored. */
#include "server/sip/audio_direction.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void reads_what_it_writes(void **state)
{
    (void)state;
    static const char *const others[] = {"", "sendrec", "sendrecvx", "SENDRECV", " sendrecv"};
    enum audio_direction direction;
    for (int i = AUDIO_SENDRECV; i <= AUDIO_INACTIVE; i++) {
        const char *word = audio_direction_word((enum audio_direction)i);
        assert_true(audio_direction_read((struct slice){word, strlen(word)}, &direction));
        assert_int_equal(direction, i);
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_false(
            audio_direction_read((struct slice){others[i], strlen(others[i])}, &direction));
}

static void what_one_sends_the_other_hears(void **state)
{
    (void)state;
    for (int theirs = AUDIO_SENDRECV; theirs <= AUDIO_INACTIVE; theirs++) {
        for (int ours = AUDIO_SENDRECV; ours <= AUDIO_INACTIVE; ours++) {
            enum audio_direction turned =
                audio_direction_turn((enum audio_direction)theirs, (enum audio_direction)ours);
            bool they_send = theirs == AUDIO_SENDRECV || theirs == AUDIO_SENDONLY;
            bool they_hear = theirs == AUDIO_SENDRECV || theirs == AUDIO_RECVONLY;
            bool we_send = ours == AUDIO_SENDRECV || ours == AUDIO_SENDONLY;
            bool we_hear = ours == AUDIO_SENDRECV || ours == AUDIO_RECVONLY;
            assert_int_equal(audio_direction_sends(turned), they_hear && we_send);
            assert_int_equal(audio_direction_hears(turned), they_send && we_hear);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_it_writes),
        cmocka_unit_test(what_one_sends_the_other_hears),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
