/* test_api_events.c - the ring and its readers, api/api_events.c. */
#include "api/api_events.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SLOTS = 8, FIRST_ID = 100 };

struct reader {
    struct api_stream *stream;
    unsigned sleeps, wakes;
    char text[4096]; /* what one read gave */
};

static struct api_events *events;

static void on_sleep(void *context)
{
    ((struct reader *)context)->sleeps++;
}

static void on_wake(void *context)
{
    ((struct reader *)context)->wakes++;
}

static int make(void **state)
{
    (void)state;
    events = api_events_create(SLOTS, 3, FIRST_ID);
    return events ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    api_events_destroy(events);
    return 0;
}

static int subscribe(struct reader *reader, const char *room, int64_t last_id)
{
    *reader = (struct reader){.stream = NULL};
    return api_events_subscribe(events,
                                &(struct api_stream_plan){.room = room,
                                                          .has_last_id = last_id >= 0,
                                                          .last_id = (uint64_t)last_id,
                                                          .sleep = on_sleep,
                                                          .wake = on_wake,
                                                          .context = reader},
                                &reader->stream);
}

static void publish(const char *word, const char *room)
{
    api_events_publish(events, word, room, NULL, "{}");
}

static ssize_t read_all(struct reader *reader)
{
    ssize_t length = api_stream_read(reader->stream, reader->text, sizeof(reader->text) - 1);
    reader->text[length > 0 ? length : 0] = '\0';
    return length;
}

static void assert_reads(struct reader *reader, const char *text)
{
    assert_true(read_all(reader) > 0);
    assert_string_equal(reader->text, text);
}

#define HELLO "retry: 2000\n: events\n\n"

static void begins_with_what_comes(void **state)
{
    (void)state;
    struct reader reader;
    publish("old", "blue");
    assert_int_equal(subscribe(&reader, NULL, -1), 0);
    assert_reads(&reader, HELLO);
    assert_int_equal(read_all(&reader), 0);
    assert_int_equal(reader.sleeps, 1);
    publish("new", "blue");
    assert_int_equal(reader.wakes, 1);
    publish("newer", NULL);
    assert_int_equal(reader.wakes, 1); /* it is awake already */
    assert_reads(&reader,
                 "id: 101\nevent: new\ndata: {}\n\nid: 102\nevent: newer\ndata: {}\n\n");
    api_stream_close(reader.stream);
    assert_int_equal(api_events_streams(events), 0);
}

static void tells_a_room_its_own_only(void **state)
{
    (void)state;
    struct reader reader;
    assert_int_equal(subscribe(&reader, "blue", -1), 0);
    assert_reads(&reader, HELLO);
    assert_int_equal(read_all(&reader), 0);
    publish("a", "red");
    publish("b", NULL);
    publish("c", "blue2");
    assert_int_equal(reader.wakes, 0);
    publish("d", "blue");
    assert_int_equal(reader.wakes, 1);
    assert_reads(&reader, "id: 103\nevent: d\ndata: {}\n\n");
    api_stream_close(reader.stream);
}

static void tells_some_things_to_one_only(void **state)
{
    (void)state;
    struct reader ann = {.stream = NULL}, bob;
    const struct api_stream_plan plan = {
        .room = "blue", .key = "ann", .sleep = on_sleep, .wake = on_wake, .context = &ann};
    assert_int_equal(api_events_subscribe(events, &plan, &ann.stream), 0);
    assert_int_equal(subscribe(&bob, "blue", -1), 0);
    assert_reads(&ann, HELLO);
    assert_reads(&bob, HELLO);
    api_events_publish(events, "secret", "blue", "ann", "{}");
    api_events_publish(events, "elsewhere", "red", "ann", "{}");
    publish("open", "blue");
    assert_reads(&ann,
                 "id: 100\nevent: secret\ndata: {}\n\nid: 102\nevent: open\ndata: {}\n\n");
    assert_reads(&bob, "id: 102\nevent: open\ndata: {}\n\n");
    api_stream_close(ann.stream);
    api_stream_close(bob.stream);
}

static void resumes_behind_the_last_id(void **state)
{
    (void)state;
    struct reader reader;
    publish("a", "x");
    publish("b", "x");
    publish("c", "x");
    assert_int_equal(subscribe(&reader, NULL, 100), 0);
    assert_reads(&reader,
                 HELLO "id: 101\nevent: b\ndata: {}\n\nid: 102\nevent: c\ndata: {}\n\n");
    api_stream_close(reader.stream);
    assert_int_equal(subscribe(&reader, NULL, 102), 0); /* up to date */
    assert_reads(&reader, HELLO);
    api_stream_close(reader.stream);
    assert_int_equal(subscribe(&reader, NULL, 99), 0); /* right before the first */
    assert_true(read_all(&reader) > 0);
    assert_null(strstr(reader.text, "gap"));
    api_stream_close(reader.stream);
}

static void tells_a_gap(void **state)
{
    (void)state;
    struct reader reader;
    for (unsigned i = 0; i < SLOTS + 2; i++) /* 100..109; kept: 102..109 */
        publish("x", NULL);
    assert_int_equal(subscribe(&reader, NULL, 101), 0);
    assert_true(read_all(&reader) > 0);
    assert_null(strstr(reader.text, "gap"));
    assert_non_null(strstr(reader.text, "id: 102\n"));
    api_stream_close(reader.stream);

    static const int64_t lost[] = {100, 5, 110, 999999};
    for (size_t i = 0; i < sizeof(lost) / sizeof(lost[0]); i++) {
        char gap[128];
        assert_int_equal(subscribe(&reader, NULL, lost[i]), 0);
        assert_true(read_all(&reader) > 0);
        snprintf(gap, sizeof(gap),
                 "event: gap\ndata: {\"after\":\"%d\",\"oldest\":\"102\"}\n\nid: 102\n",
                 (int)lost[i]);
        assert_memory_equal(reader.text, gap, strlen(gap));
        api_stream_close(reader.stream);
    }
}

static void tells_of_an_event_lost_to_memory(void **state)
{
    (void)state;
    struct reader reader;
    assert_int_equal(subscribe(&reader, NULL, -1), 0);
    api_events_publish(events, "x", NULL, NULL, NULL);
    publish("y", NULL);
    assert_true(read_all(&reader) > 0);
    assert_non_null(
        strstr(reader.text, "event: gap\ndata: {\"after\":\"99\",\"oldest\":\"101\"}"));
    assert_non_null(strstr(reader.text, "id: 101\nevent: y"));
    api_stream_close(reader.stream);
}

/* However small the pieces, together they are the events, whole. */
static void copies_in_small_pieces(void **state)
{
    (void)state;
    struct reader reader;
    char whole[1024] = "";
    assert_int_equal(subscribe(&reader, NULL, -1), 0);
    publish("a", "x");
    publish("b", "x");
    for (;;) {
        ssize_t length = api_stream_read(reader.stream, reader.text, 3);
        if (!length)
            break;
        assert_in_range(length, 1, 3);
        strncat(whole, reader.text, (size_t)length);
    }
    assert_string_equal(whole,
                        HELLO "id: 100\nevent: a\ndata: {}\n\nid: 101\nevent: b\ndata: {}\n\n");
    api_stream_close(reader.stream);
}

static void cuts_off_who_is_overtaken(void **state)
{
    (void)state;
    struct reader reader;
    assert_int_equal(subscribe(&reader, NULL, -1), 0);
    publish("a", "x");
    assert_int_equal(api_stream_read(reader.stream, reader.text, 30), 30); /* in the middle */
    for (unsigned i = 0; i <= SLOTS; i++)
        publish("b", "x");
    assert_int_equal(read_all(&reader), -ESTALE);
    api_stream_close(reader.stream);
}

static void beats_only_who_sleeps(void **state)
{
    (void)state;
    struct reader reader;
    assert_int_equal(subscribe(&reader, NULL, -1), 0);
    api_events_heartbeat(events);
    assert_int_equal(reader.wakes, 0);
    assert_reads(&reader, HELLO);
    assert_int_equal(read_all(&reader), 0);
    api_events_heartbeat(events);
    assert_int_equal(reader.wakes, 1);
    assert_reads(&reader, ": alive\n\n");
    api_stream_close(reader.stream);
}

static void has_a_limit_and_an_end(void **state)
{
    (void)state;
    struct reader readers[4];
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(subscribe(&readers[i], NULL, -1), 0);
    assert_int_equal(subscribe(&readers[3], NULL, -1), -EUSERS);
    api_stream_close(readers[1].stream);
    assert_int_equal(subscribe(&readers[1], NULL, -1), 0);
    assert_reads(&readers[0], HELLO);
    assert_int_equal(read_all(&readers[0]), 0);
    api_events_close(events);
    assert_int_equal(readers[0].wakes, 1);
    assert_int_equal(read_all(&readers[0]), -ESHUTDOWN);
    assert_int_equal(subscribe(&readers[3], NULL, -1), -ESHUTDOWN);
    for (unsigned i = 0; i < 3; i++)
        api_stream_close(readers[i].stream);
}

static void reads_ids(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "x", "-1", "1 ", "1234567890123456789", "0x1", "1.0"};
    uint64_t id = 7;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(api_event_id_parse(bad[i], &id), -EINVAL);
    assert_int_equal(id, 7);
    assert_int_equal(api_event_id_parse("999999999999999999", &id), 0);
    assert_true(id == 999999999999999999u);
}

/* ---- two threads: no wake is lost ---- */

enum { MANY = 20000 };

static atomic_bool awake = true;

static void two_sleep(void *context)
{
    (void)context;
    atomic_store(&awake, false);
}

static void two_wake(void *context)
{
    (void)context;
    assert(!atomic_exchange(&awake, true)); /* woken once per sleep: libmicrohttpd insists */
}

static void *publish_many(void *unused)
{
    (void)unused;
    for (unsigned i = 0; i < MANY; i++) {
        publish("x", NULL);
        while (api_events_streams(events) && i % SLOTS == SLOTS - 1 && atomic_load(&awake))
            ; /* lets the reader catch up, so that it is not cut off */
    }
    return NULL;
}

static unsigned count_ids(const char *text, size_t length)
{
    unsigned count = 0;
    for (size_t i = 0; i < length; i++)
        count += text[i] == 'i'; /* "id:", and in no other word here */
    return count;
}

static void no_wake_is_lost_between_threads(void **state)
{
    (void)state;
    struct api_stream *stream;
    pthread_t publisher;
    char text[512];
    unsigned seen = 0;
    const struct api_stream_plan plan = {
        .has_last_id = true, .last_id = FIRST_ID - 1, .sleep = two_sleep, .wake = two_wake};
    assert_int_equal(api_events_subscribe(events, &plan, &stream), 0);
    assert_int_equal(pthread_create(&publisher, NULL, publish_many, NULL), 0);
    while (seen < MANY) {
        while (!atomic_load(&awake))
            ;
        ssize_t length = api_stream_read(stream, text, sizeof(text));
        assert_true(length >= 0);
        seen += count_ids(text, (size_t)length);
    }
    assert_int_equal(seen, MANY);
    api_stream_close(stream);
    pthread_join(publisher, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(begins_with_what_comes, make, end),
        cmocka_unit_test_setup_teardown(tells_a_room_its_own_only, make, end),
        cmocka_unit_test_setup_teardown(tells_some_things_to_one_only, make, end),
        cmocka_unit_test_setup_teardown(resumes_behind_the_last_id, make, end),
        cmocka_unit_test_setup_teardown(tells_a_gap, make, end),
        cmocka_unit_test_setup_teardown(tells_of_an_event_lost_to_memory, make, end),
        cmocka_unit_test_setup_teardown(copies_in_small_pieces, make, end),
        cmocka_unit_test_setup_teardown(cuts_off_who_is_overtaken, make, end),
        cmocka_unit_test_setup_teardown(beats_only_who_sleeps, make, end),
        cmocka_unit_test_setup_teardown(has_a_limit_and_an_end, make, end),
        cmocka_unit_test_setup_teardown(no_wake_is_lost_between_threads, make, end),
        cmocka_unit_test(reads_ids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
