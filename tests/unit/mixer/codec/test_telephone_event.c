/* test_telephone_event.c - each digit once, whatever the network does to its packets. */
#include "mixer/codec/telephone_event.h"
#include "tests/unit/mixer/signal.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { STEP = 160, TOTAL = 800, MAX_PACKETS = 512 };

struct packet {
    uint32_t timestamp;
    bool marker;
    uint8_t payload[TELEPHONE_EVENT_BYTES];
};

/* Sends a string of digits, 120 ms from the begin of one to that of the next. */
static unsigned dial(const char *digits, uint32_t timestamp, struct packet *packets)
{
    struct telephone_event_sender sender = {0};
    unsigned count = 0;
    for (; *digits; digits++, timestamp += 960) {
        assert_int_equal(telephone_event_send(&sender, *digits, timestamp, TOTAL), 0);
        while (telephone_event_next(&sender, STEP, packets[count].payload,
                                    &packets[count].timestamp, &packets[count].marker))
            count++;
    }
    return count;
}

/* Takes packets into `heard`, a string. */
static void hear(struct telephone_event_receiver *receiver, const struct packet *packet,
                 char *heard)
{
    struct telephone_event event;
    char digit = '?';
    assert_int_equal(telephone_event_read(packet->payload, TELEPHONE_EVENT_BYTES, &event), 0);
    if (telephone_event_receive(receiver, packet->timestamp, &event, &digit))
        strncat(heard, &digit, 1);
}

static void payload_is_read_and_written(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {11, 0x8a, 0x03, 0x20, 99};
    struct telephone_event event;
    assert_int_equal(telephone_event_read(bytes, 4, &event), 0);
    assert_int_equal(event.event, 11);
    assert_true(event.end);
    assert_int_equal(event.volume, 10);
    assert_int_equal(event.duration, 800);
    uint8_t back[4];
    telephone_event_write(back, &event);
    assert_memory_equal(back, bytes, 4);
    for (size_t length = 0; length < 4; length++)
        assert_int_equal(telephone_event_read(bytes, length, &event), -EBADMSG);
    assert_int_equal(telephone_event_read(bytes, 5, &event), 0);
    event = (struct telephone_event){.volume = 255, .duration = 65535};
    telephone_event_write(back, &event);
    assert_int_equal(back[1], 63); /* neither E nor R */
}

static void digits_have_names(void **state)
{
    (void)state;
    static const char names[] = "0123456789*#ABCD";
    for (unsigned i = 0; i < 16; i++) {
        assert_int_equal(telephone_event_digit(i), names[i]);
        assert_int_equal(telephone_event_of_digit(names[i]), i);
    }
    assert_int_equal(telephone_event_of_digit('d'), 15);
    assert_int_equal(telephone_event_digit(16), '\0');
    assert_int_equal(telephone_event_digit(4294967295U), '\0');
    for (int c = 0; c < 256; c++) {
        if (!c || !strchr("0123456789*#ABCDabcd", c))
            assert_int_equal(telephone_event_of_digit((char)c), -EINVAL);
    }
}

static void sends_as_rfc_4733_says(void **state)
{
    (void)state;
    struct telephone_event_sender sender = {0};
    uint8_t payload[4];
    uint32_t timestamp;
    bool marker;
    assert_false(telephone_event_next(&sender, STEP, payload, &timestamp, &marker));
    assert_int_equal(telephone_event_send(&sender, 'x', 1000, 500), -EINVAL);
    assert_int_equal(telephone_event_send(&sender, '5', 1000, 0), -EINVAL);
    assert_int_equal(telephone_event_send(&sender, '5', 1000, 65536), -EINVAL);
    assert_int_equal(telephone_event_send(&sender, '5', 1000, 500), 0);
    assert_int_equal(telephone_event_send(&sender, '6', 2000, 500), -EBUSY);
    static const unsigned durations[] = {160, 320, 480, 500, 500, 500};
    for (unsigned i = 0; i < 6; i++) {
        struct telephone_event event;
        assert_true(telephone_event_next(&sender, STEP, payload, &timestamp, &marker));
        assert_int_equal(telephone_event_read(payload, 4, &event), 0);
        assert_int_equal(event.event, 5);
        assert_int_equal(event.duration, durations[i]);
        assert_int_equal(event.end, i >= 3);
        assert_int_equal(marker, i == 0);
        assert_int_equal(timestamp, 1000);
    }
    assert_false(telephone_event_next(&sender, STEP, payload, &timestamp, &marker));
    assert_int_equal(telephone_event_send(&sender, '6', 2000, 65535), 0);
    unsigned packets = 0;
    while (telephone_event_next(&sender, STEP, payload, &timestamp, &marker))
        packets++;
    assert_int_equal(packets, 65535 / STEP + 1 + 2);
    assert_memory_equal(payload + 2, "\xff\xff", 2);
}

static void each_digit_once_also_across_the_wrap(void **state)
{
    (void)state;
    static const uint32_t starts[] = {0, 1, 0x7ffffc00, 0xfffffc00, 0xffffffff};
    for (unsigned i = 0; i < 5; i++) {
        struct packet packets[MAX_PACKETS];
        struct telephone_event_receiver receiver = {0};
        char heard[64] = "";
        unsigned count = dial("1122*#AD55555", starts[i], packets);
        for (unsigned p = 0; p < count; p++)
            hear(&receiver, &packets[p], heard);
        assert_string_equal(heard, "1122*#AD55555");
    }
}

/* Loss (never of all packets of a digit), doubles, and neighbours swapped, as chance will. */
static void each_digit_once_on_a_bad_network(void **state)
{
    (void)state;
    uint32_t seed = 17;
    for (unsigned round = 0; round < 2000; round++) {
        struct packet packets[MAX_PACKETS];
        struct telephone_event_receiver receiver = {0};
        char heard[256] = "";
        unsigned count = dial("9970#", signal_random(&seed), packets);
        for (unsigned p = 0; p + 1 < count; p++) { /* 7 packets a digit; swaps within one */
            if (signal_random(&seed) % 3 == 0 &&
                packets[p].timestamp == packets[p + 1].timestamp) {
                struct packet swapped = packets[p];
                packets[p] = packets[p + 1];
                packets[p + 1] = swapped;
            }
        }
        unsigned per_digit = count / 5, kept = 0;
        for (unsigned p = 0; p < count; p++) {
            bool last_chance = p % per_digit == per_digit - 1 && !kept;
            kept = p % per_digit ? kept : 0;
            if (signal_random(&seed) % 10 < 6 && !last_chance)
                continue;
            kept++;
            for (unsigned copies = 1 + signal_random(&seed) % 3; copies; copies--)
                hear(&receiver, &packets[p], heard);
        }
        assert_string_equal(heard, "9970#");
    }
}

static void a_late_packet_of_the_digit_before_is_no_new_one(void **state)
{
    (void)state;
    struct packet packets[MAX_PACKETS];
    struct telephone_event_receiver receiver = {0};
    char heard[64] = "";
    unsigned count = dial("12", 50, packets);
    for (unsigned p = 0; p < count; p++)
        hear(&receiver, &packets[p], heard);
    hear(&receiver, &packets[6], heard);
    hear(&receiver, &packets[count - 1], heard);
    assert_string_equal(heard, "12");
    packets[0].timestamp = packets[count - 1].timestamp; /* a sender that forgets to go on */
    hear(&receiver, &packets[0], heard);
    assert_string_equal(heard, "121");
    packets[0].timestamp = 0x90000000; /* long before or far ahead: the sender began anew */
    hear(&receiver, &packets[0], heard);
    assert_string_equal(heard, "1211");
}

static void the_last_packet_alone_is_enough(void **state)
{
    (void)state;
    struct packet packets[MAX_PACKETS];
    struct telephone_event_receiver receiver = {0};
    char heard[64] = "";
    unsigned count = dial("7", 50, packets);
    hear(&receiver, &packets[count - 1], heard);
    assert_string_equal(heard, "7");
}

/* RFC 4733 section 2.5.1.3: a key held for 20 s at 8 kHz comes in three segments. */
static void a_key_held_long_is_one_digit(void **state)
{
    (void)state;
    for (unsigned lose_full = 0; lose_full < 2; lose_full++) {
        struct telephone_event_receiver receiver = {0};
        char digit;
        unsigned reports = 0;
        uint32_t timestamp = 0xffff0000, duration = 0;
        for (unsigned i = 0; i < 20 * 50; i++) {
            duration += STEP;
            struct telephone_event event = {.event = 4, .duration = (uint16_t)duration};
            if (duration >= 0xffff) {
                event.duration = 0xffff;
                if (!lose_full)
                    reports += telephone_event_receive(&receiver, timestamp, &event, &digit);
                timestamp += 0xffff;
                duration -= 0xffff;
                event.duration = (uint16_t)duration;
            }
            reports += telephone_event_receive(&receiver, timestamp, &event, &digit);
        }
        assert_int_equal(reports, 1);
        struct telephone_event next = {.event = 4, .duration = STEP};
        assert_true(
            telephone_event_receive(&receiver, timestamp + duration + 400, &next, &digit));
    }
}

static void events_that_are_no_digits_are_not_heard(void **state)
{
    (void)state;
    struct telephone_event_receiver receiver = {0};
    char digit = '?';
    for (unsigned event = 16; event < 256; event++) {
        struct telephone_event flash = {.event = (uint8_t)event, .duration = STEP};
        assert_false(telephone_event_receive(&receiver, event * 1000, &flash, &digit));
        assert_int_equal(digit, '?');
    }
    struct telephone_event five = {.event = 5, .duration = STEP};
    assert_true(telephone_event_receive(&receiver, 256 * 1000, &five, &digit));
    assert_int_equal(digit, '5');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(payload_is_read_and_written),
        cmocka_unit_test(digits_have_names),
        cmocka_unit_test(sends_as_rfc_4733_says),
        cmocka_unit_test(each_digit_once_also_across_the_wrap),
        cmocka_unit_test(each_digit_once_on_a_bad_network),
        cmocka_unit_test(a_late_packet_of_the_digit_before_is_no_new_one),
        cmocka_unit_test(the_last_packet_alone_is_enough),
        cmocka_unit_test(a_key_held_long_is_one_digit),
        cmocka_unit_test(events_that_are_no_digits_are_not_heard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
