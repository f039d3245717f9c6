/* test_media_direction.c - words there and back, and every pair mirrored. */
#include "server/sdp/media_direction.h"

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
    enum media_direction direction;
    for (int i = MEDIA_SENDRECV; i <= MEDIA_INACTIVE; i++) {
        const char *word = media_direction_word((enum media_direction)i);
        assert_true(media_direction_read((struct slice){word, strlen(word)}, &direction));
        assert_int_equal(direction, i);
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_false(
            media_direction_read((struct slice){others[i], strlen(others[i])}, &direction));
}

static void what_one_sends_the_other_hears(void **state)
{
    (void)state;
    for (int theirs = MEDIA_SENDRECV; theirs <= MEDIA_INACTIVE; theirs++) {
        for (int ours = MEDIA_SENDRECV; ours <= MEDIA_INACTIVE; ours++) {
            enum media_direction turned =
                media_direction_turn((enum media_direction)theirs, (enum media_direction)ours);
            bool they_send = theirs == MEDIA_SENDRECV || theirs == MEDIA_SENDONLY;
            bool they_hear = theirs == MEDIA_SENDRECV || theirs == MEDIA_RECVONLY;
            bool we_send = ours == MEDIA_SENDRECV || ours == MEDIA_SENDONLY;
            bool we_hear = ours == MEDIA_SENDRECV || ours == MEDIA_RECVONLY;
            assert_int_equal(media_direction_sends(turned), they_hear && we_send);
            assert_int_equal(media_direction_hears(turned), they_send && we_hear);
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
