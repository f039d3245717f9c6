/* test_offer_formats.c - what was kept is what was there. */
#include "server/sdp/offer_formats.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void fill(struct offer_types *types, unsigned count, uint8_t first)
{
    for (unsigned i = 0; i < count; i++)
        types->type[types->count++] =
            (struct offer_type){.meaning = {NULL, AUDIO_EVENT, 1000u * i},
                                .receive_type = (uint8_t)(first + i),
                                .send_type = (uint8_t)(first - i)};
}

static void fill_video(struct video_types *types, unsigned count, uint8_t first)
{
    for (unsigned i = 0; i < count; i++)
        types->type[types->count++] =
            (struct video_type){.receive_type = (uint8_t)(first + i), .rtx_send_type = first};
}

static void comes_back(unsigned types, unsigned listed, unsigned video, unsigned video_listed)
{
    struct offer_formats before, after;
    memset(&before, 0, sizeof(before));
    fill(&before.types, types, 1);
    fill(&before.listed, listed, 50);
    fill_video(&before.video[VIDEO_CAMERA].types, video, 100);
    fill_video(&before.video[VIDEO_CAMERA].listed, video_listed, 120);
    struct offer_formats_kept *kept = offer_formats_keep(&before);
    assert_non_null(kept);
    memset(&after, 0xff, sizeof(after));
    offer_formats_open(kept, &after);
    assert_memory_equal(&after, &before, sizeof(after));
    free(kept);
}

static void keeps_each_list(void **state)
{
    (void)state;
    comes_back(0, 0, 0, 0);
    comes_back(3, 0, 0, 0);
    comes_back(0, 2, 0, 0);
    comes_back(0, 0, 4, 1);
    comes_back(5, 2, 3, 1);
    comes_back(OFFER_TYPES_MAX, OFFER_TYPES_MAX, VIDEO_TYPES_MAX, VIDEO_TYPES_MAX);
}

static void begins_with_none(void **state)
{
    (void)state;
    static const struct offer_formats none;
    struct offer_formats formats;
    memset(&formats, 0xff, sizeof(formats));
    offer_formats_open(NULL, &formats);
    assert_memory_equal(&formats, &none, sizeof(none));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_each_list),
        cmocka_unit_test(begins_with_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
