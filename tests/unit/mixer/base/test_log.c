/* test_log.c - what a line looks like, and that a full queue drops and counts. */
#include "mixer/base/log.h"

#include "mixer/base/log_often.h"
#include "mixer/base/log_record.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { LINES = 1024 }; /* that the queue holds */

static int event_fd; /* of the queue */

/* What is in @p file, which is closed; to be freed. */
static char *text_of(FILE *file)
{
    long length = lseek(fileno(file), 0, SEEK_END);
    char *text = calloc(1, (size_t)length + 1);
    assert_int_equal(pread(fileno(file), text, (size_t)length, 0), length);
    fclose(file);
    return text;
}

/* Drains into a file; returns its text, to be freed. */
static char *drained(unsigned *lines)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    *lines = log_drain(fileno(file));
    return text_of(file);
}

static void levels(void **state)
{
    (void)state;
    enum log_level level = LOG_LEVEL_WARN;
    static const char *const words[] = {"error", "warn", "info", "debug"};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(log_level_parse(words[i], &level), 0);
        assert_int_equal(level, i);
        assert_string_equal(log_level_word(level), words[i]);
        log_set_level(level);
        for (int other = 0; other < 4; other++)
            assert_int_equal(log_wanted((enum log_level)other), other <= i);
    }
    assert_int_equal(log_level_parse("INFO", &level), -EINVAL);
    assert_int_equal(log_level_parse("", &level), -EINVAL);
    assert_int_equal(level, LOG_LEVEL_DEBUG);
    log_set_level(LOG_LEVEL_INFO);
}

static void a_line_has_time_level_area_text(void **state)
{
    (void)state;
    unsigned lines;
    log_info("sip", "call %d from %s", 7, "anna");
    log_debug("sip", "not wanted %d", 1);
    log_error("averylongareaname", "x");
    char *text = drained(&lines), rest[64];
    int year;
    assert_int_equal(lines, 2);
    assert_int_equal(sscanf(text, "%d-%*d-%*dT%*d:%*d:%*d.%*dZ %63[^\n]", &year, rest), 2);
    assert_string_equal(rest, "info  sip    call 7 from anna");
    assert_non_null(strstr(text, " error averylongare x\n"));
    free(text);
}

static void a_line_names_its_call(void **state)
{
    (void)state;
    unsigned lines;
    log_call_info("sip", "p7", "dials %s", "blue");
    log_call_debug("sip", "p7", "not wanted");
    log_call_warn("room", "p7", "is late");
    char *text = drained(&lines);
    assert_int_equal(lines, 2);
    assert_non_null(strstr(text, " info  sip    call p7: dials blue\n"));
    assert_non_null(strstr(text, " warn  room   call p7: is late\n"));
    free(text);
}

static void what_comes_often_is_written_a_few_times(void **state)
{
    (void)state;
    unsigned lines;
    for (unsigned i = 0; i < 1000; i++) {
        log_often("sip", "p7", NULL, "refused: %u", 403U);
        log_often("sip", "p8", "192.0.2.1", "no MSRP");
        log_often("sip", NULL, NULL, "of nobody");
    }
    free(drained(&lines));
    assert_int_equal(lines, 3 * LOG_OFTEN_MOST);
    FILE *file = tmpfile();
    assert_non_null(file);
    log_queue_stop(fileno(file)); /* says what was left out */
    event_fd = log_queue_start();
    assert_true(event_fd >= 0);
    char *text = text_of(file);
    assert_non_null(strstr(text, " call p7: 995 more like this: refused: 403\n"));
    assert_non_null(strstr(text, " 995 more like this because of 192.0.2.1: no MSRP\n"));
    assert_non_null(strstr(text, " 995 more like this: of nobody\n"));
    free(text);
}

static void the_format_is_changed_while_running(void **state)
{
    (void)state;
    unsigned lines;
    log_set_format(LOG_FORMAT_JSON);
    log_info("sip", "%s", "one");
    log_set_format(LOG_FORMAT_TEXT);
    log_info("sip", "%s", "two");
    char *text = drained(&lines);
    assert_int_equal(lines, 2);
    assert_non_null(strstr(text, "\"level\":\"info\",\"area\":\"sip\",\"message\":\"one\"}\n"));
    assert_non_null(strstr(text, " info  sip    two\n"));
    free(text);
}

/* One byte more than there is place for, and the longest that there is. */
static void a_long_message_is_cut(void **state)
{
    (void)state;
    char name[5000];
    for (size_t length = LOG_RECORD_BYTES; length < sizeof(name);
         length += sizeof(name) - 1 - LOG_RECORD_BYTES) {
        unsigned lines;
        memset(name, 'n', sizeof(name));
        name[length] = '\0';
        log_info("sip", "%s", name);
        char *text = drained(&lines);
        assert_int_equal(lines, 1);
        assert_non_null(strstr(text, "n...\n"));
        free(text);
    }
}

static void a_full_queue_drops_and_counts(void **state)
{
    (void)state;
    uint64_t before = log_dropped();
    for (unsigned i = 0; i < LINES + 100; i++)
        log_info("test", "number %u.", i);
    assert_int_equal(log_dropped() - before, 100);
    assert_int_equal(log_waiting(), LINES);
    unsigned lines;
    char *text = drained(&lines);
    assert_int_equal(lines, LINES);
    assert_int_equal(log_waiting(), 0);
    assert_non_null(strstr(text, "number 0."));
    assert_non_null(strstr(text, "number 1023."));
    assert_null(strstr(text, "number 1024."));
    free(text);
    log_info("test", "room again");
    text = drained(&lines);
    assert_int_equal(lines, 1);
    free(text);
    text = drained(&lines);
    assert_int_equal(lines, 0);
    free(text);
}

static bool is_readable(void)
{
    struct pollfd poll_fd = {.fd = event_fd, .events = POLLIN};
    return poll(&poll_fd, 1, 0) == 1;
}

static void the_event_says_when_to_drain(void **state)
{
    (void)state;
    unsigned lines;
    assert_false(is_readable());
    log_info("test", "one");
    assert_true(is_readable());
    log_info("test", "two");
    free(drained(&lines));
    assert_int_equal(lines, 2);
    assert_false(is_readable());
}

enum { THREADS = 4, PER_THREAD = 20000 };

static void *write_many(void *argument)
{
    (void)argument;
    for (unsigned i = 0; i < PER_THREAD; i++)
        log_info("test", "line %u", i);
    return NULL;
}

static void many_threads_lose_only_what_is_counted(void **state)
{
    (void)state;
    uint64_t before = log_dropped();
    pthread_t threads[THREADS];
    FILE *sink = fopen("/dev/null", "w");
    unsigned written = 0;
    for (unsigned i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_many, NULL), 0);
    for (unsigned i = 0; i < 1000; i++)
        written += log_drain(fileno(sink));
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    written += log_drain(fileno(sink));
    fclose(sink);
    assert_int_equal(written + (log_dropped() - before), THREADS * PER_THREAD);
}

static int start(void **state)
{
    (void)state;
    event_fd = log_queue_start();
    return event_fd < 0;
}

static int stop(void **state)
{
    (void)state;
    log_queue_stop(STDERR_FILENO);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels),
        cmocka_unit_test(a_line_has_time_level_area_text),
        cmocka_unit_test(a_line_names_its_call),
        cmocka_unit_test(what_comes_often_is_written_a_few_times),
        cmocka_unit_test(the_format_is_changed_while_running),
        cmocka_unit_test(a_long_message_is_cut),
        cmocka_unit_test(a_full_queue_drops_and_counts),
        cmocka_unit_test(the_event_says_when_to_drain),
        cmocka_unit_test(many_threads_lose_only_what_is_counted),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
