/* test_load_words.c - every kind of option, and what it refuses. */
#include "tests/bench/load_words.h"

#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct options {
    unsigned count;
    double real;
    const char *text;
    bool flag, choice;
    struct sockaddr_in server;
    size_t length;
};

static int read_length(const char *value, void *options)
{
    ((struct options *)options)->length = strlen(value);
    return *value ? 0 : -EINVAL;
}

#define PLACE(field) .place = offsetof(struct options, field)
static const struct load_word words[] = {
    {"count", LOAD_WORD_COUNT, PLACE(count), 2, 4294967295},
    {"real", LOAD_WORD_REAL, PLACE(real), -5, 50, 0.5},
    {"whole", LOAD_WORD_REAL, PLACE(real), 0, 50},
    {"text", LOAD_WORD_TEXT, PLACE(text)},
    {"flag", LOAD_WORD_FLAG, PLACE(flag)},
    {"choice", LOAD_WORD_CHOICE, PLACE(choice), .choice = {"no", "yes"}},
    {"server", LOAD_WORD_SERVER, PLACE(server)},
    {"own", LOAD_WORD_OWN, .read = read_length},
};

static int take(const char *option, const char *value, struct options *options)
{
    static const struct load_words line = {"test", "", words, sizeof(words) / sizeof(words[0])};
    char *argv[] = {(char[]){"test"}, strdup(option), value ? strdup(value) : NULL, NULL};
    optind = 0; /* getopt begins anew */
    const int result = load_words_read(&line, value ? 3 : 2, argv, options);
    if (options->text)
        options->text = !strcmp(options->text, value) ? "same" : "another";
    free(argv[1]);
    free(argv[2]);
    return result;
}

static void every_kind_goes_to_its_place(void **state)
{
    (void)state;
    struct options options = {.choice = true};
    assert_int_equal(take("--count", "4294967295", &options), 0);
    assert_int_equal(options.count, UINT32_MAX);
    assert_int_equal(take("--real", "-4.5", &options), 0);
    assert_true(options.real == -2.25);
    assert_int_equal(take("--whole", "7", &options), 0);
    assert_true(options.real == 7);
    assert_false(options.flag);
    assert_int_equal(take("--flag", NULL, &options), 0);
    assert_true(options.flag);
    assert_int_equal(take("--choice", "no", &options), 0);
    assert_false(options.choice);
    assert_int_equal(take("--choice", "yes", &options), 0);
    assert_true(options.choice);
    assert_int_equal(take("--server", "127.0.0.1:5060", &options), 0);
    assert_int_equal(ntohs(options.server.sin_port), 5060);
    assert_int_equal(take("--own", "four", &options), 0);
    assert_int_equal(options.length, 4);
    assert_int_equal(take("--text", "any", &options), 0);
    assert_string_equal(options.text, "same");
}

static void what_is_refused(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"--count", "1"},   {"--count", "4294967296"},
        {"--count", "-1"},  {"--count", "3x"},
        {"--count", ""},    {"--count", "99999999999999999999999"},
        {"--real", "-5.1"}, {"--real", "50.1"},
        {"--real", "nan"},  {"--real", "1s"},
        {"--real", ""},     {"--choice", "maybe"},
        {"--server", "x"},  {"--own", ""},
        {"--help", NULL},   {"--else", NULL},
        {"--text", NULL},
    };
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct options options = {.count = 7, .real = 7};
        assert_int_equal(take(rows[i][0], rows[i][1], &options), -EINVAL);
        assert_int_equal(options.count, 7);
        assert_true(options.real == 7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_goes_to_its_place),
        cmocka_unit_test(what_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
