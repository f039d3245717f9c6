/* test_rtp_sections.c - which section a packet is of: by name, by type, by what was named
 * before. */
#include "server/rtp/rtp_sections.h"

#include "server/rtp/rtp_packet.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { SOUND, PICTURE, SLIDES, OPUS = 111, VP8 = 96, BOTH = 100, MID = 4 };

static struct rtp_sections sections_of(const char *sound, const char *picture)
{
    struct rtp_sections sections = {.noted_count = 0};
    rtp_types_add(&sections.section[SOUND].types, OPUS);
    rtp_types_add(&sections.section[SOUND].types, BOTH);
    rtp_types_add(&sections.section[PICTURE].types, VP8);
    rtp_types_add(&sections.section[PICTURE].types, BOTH);
    rtp_types_add(&sections.section[PICTURE].types, 255);
    for (unsigned i = 0; i < SLIDES; i++) {
        struct rtp_mid *mid = &sections.section[i].mid;
        mid->id = MID;
        snprintf(mid->name, sizeof(mid->name), "%s", i == SOUND ? sound : picture);
    }
    return sections;
}

/* @return the section of a packet that names @p mid; NULL: none. */
static int find(struct rtp_sections *sections, uint8_t type, uint32_t ssrc, const char *mid)
{
    uint8_t data[200] = {0}, block[RTP_MID_MOST];
    struct rtp_packet packet = {.payload_type = type, .ssrc = ssrc, .extension = block};
    struct rtp_mid name = {.id = MID};
    if (mid) {
        snprintf(name.name, sizeof(name.name), "%s", mid);
        const struct rtp_extension_element element = rtp_mid_element(&name);
        packet.extension_length =
            rtp_extension_write(&element, 1, block, sizeof(block), &packet.extension_profile);
        assert_true(packet.extension_length > 0);
    }
    const size_t header = rtp_packet_write_header(&packet, data, sizeof(data));
    const int section = rtp_sections_find(sections, data, header + 100);
    memset(data + header, 0xff, 100); /* SRTP: what is behind the header says nothing */
    data[0] |= 0x20;
    assert_int_equal(rtp_sections_find(sections, data, header + 100), section);
    return section;
}

static void a_name_counts_more_than_a_type(void **state)
{
    (void)state;
    struct rtp_sections sections = sections_of("0", "0123456789abcdef");
    assert_int_equal(find(&sections, OPUS, 1, NULL), SOUND);
    assert_int_equal(find(&sections, VP8, 2, NULL), PICTURE);
    assert_int_equal(find(&sections, OPUS, 1, "0"), SOUND);
    assert_int_equal(find(&sections, OPUS, 1, "0123456789abcdef"), PICTURE);
    assert_int_equal(find(&sections, VP8, 1, "0"), SOUND);
    assert_int_equal(find(&sections, VP8, 1, "01"), -ENOENT);
    assert_int_equal(find(&sections, VP8, 1, "1"), -ENOENT);
}

static void a_type_of_both_is_told_by_who_was_named(void **state)
{
    (void)state;
    struct rtp_sections sections = sections_of("a", "v");
    assert_int_equal(find(&sections, BOTH, 1, NULL), SOUND); /* somewhere */
    assert_int_equal(find(&sections, BOTH, 1, "v"), PICTURE);
    assert_int_equal(find(&sections, BOTH, 1, NULL), PICTURE);
    assert_int_equal(find(&sections, BOTH, 2, NULL), SOUND);
    assert_int_equal(find(&sections, BOTH, 1, "a"), SOUND);
    assert_int_equal(find(&sections, BOTH, 1, NULL), SOUND);
    assert_int_equal(find(&sections, OPUS, 3, "v"), PICTURE);
    assert_int_equal(find(&sections, OPUS, 3, NULL), SOUND); /* its type suffices */
    for (uint32_t ssrc = 10; ssrc < 10 + RTP_SECTIONS_NOTED; ssrc++)
        assert_int_equal(find(&sections, BOTH, ssrc, "v"), PICTURE);
    assert_int_equal(find(&sections, BOTH, 10, NULL), PICTURE);
    assert_int_equal(find(&sections, BOTH, 1, NULL), SOUND); /* forgotten */
    assert_int_equal(find(&sections, BOTH, 20, "nobody"), -ENOENT);
    assert_int_equal(find(&sections, BOTH, 20, NULL), SOUND);
}

static void without_names_types_decide_and_the_rest_is_the_last_ones(void **state)
{
    (void)state;
    struct rtp_sections sections = sections_of("a", "v");
    sections.section[SOUND].mid.id = sections.section[PICTURE].mid.id = 0;
    assert_int_equal(find(&sections, OPUS, 1, "v"), SOUND);
    assert_int_equal(find(&sections, VP8, 1, "a"), PICTURE);
    assert_int_equal(find(&sections, 5, 1, NULL), PICTURE);
    sections.section[SOUND].mid.id = MID; /* the far end offered it for one of them */
    assert_int_equal(find(&sections, VP8, 1, "a"), SOUND);
    assert_int_equal(find(&sections, VP8, 1, "v"), -ENOENT);
}

/* As browsers have them: the types are the same, and a name is said only at first. */
static void two_pictures_are_told_by_who_was_named(void **state)
{
    (void)state;
    struct rtp_sections sections = sections_of("a", "v"), next = sections_of("a", "v");
    sections.section[SLIDES] = sections.section[PICTURE];
    snprintf(sections.section[SLIDES].mid.name, sizeof(sections.section[SLIDES].mid.name), "s");
    assert_int_equal(find(&sections, VP8, 1, NULL), PICTURE);
    assert_int_equal(find(&sections, VP8, 2, "s"), SLIDES);
    assert_int_equal(find(&sections, VP8, 2, NULL), SLIDES);
    assert_int_equal(find(&sections, VP8, 1, NULL), PICTURE);
    rtp_sections_renew(&next, &sections);
    assert_int_equal(find(&next, VP8, 2, NULL), PICTURE); /* whom nobody has named */
    assert_int_equal(find(&next, VP8, 3, "s"), SLIDES);
    rtp_sections_renew(&sections, &next);
    assert_int_equal(find(&sections, VP8, 2, NULL), SLIDES);
    assert_int_equal(find(&sections, 5, 9, NULL), PICTURE); /* what says nothing */
    next = sections_of("a", "v");
    rtp_sections_renew(&sections, &next); /* it was closed */
    assert_int_equal(find(&sections, VP8, 1, NULL), PICTURE);
    assert_int_equal(find(&sections, VP8, 2, "s"), -ENOENT);
}

static void cut_packets_are_judged_by_their_type(void **state)
{
    (void)state;
    struct rtp_sections sections = sections_of("a", "v");
    uint8_t data[16] = {0x90, OPUS, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0xbe, 0xde, 0xff, 0xff};
    for (size_t length = 2; length <= sizeof(data); length++)
        assert_int_equal(rtp_sections_find(&sections, data, length), SOUND);
    assert_int_equal(rtp_sections_find(&sections, data, 0), PICTURE);
    data[1] = BOTH;
    for (size_t length = 2; length <= sizeof(data); length++)
        assert_int_equal(rtp_sections_find(&sections, data, length), SOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_counts_more_than_a_type),
        cmocka_unit_test(a_type_of_both_is_told_by_who_was_named),
        cmocka_unit_test(without_names_types_decide_and_the_rest_is_the_last_ones),
        cmocka_unit_test(two_pictures_are_told_by_who_was_named),
        cmocka_unit_test(cut_packets_are_judged_by_their_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
