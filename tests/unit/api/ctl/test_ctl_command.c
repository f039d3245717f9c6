/* test_ctl_command.c - the table of api/ctl/ctl_command.c fits together. */
#include "api/ctl/ctl_command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static unsigned words_in(const char *text)
{
    unsigned count = 0;
    for (const char *at = text; *at; at += strspn(at, " ")) {
        count++;
        at += strcspn(at, " ");
    }
    return count;
}

/* Calls @p each with each line of what ctl_command_words() says of @p resource. */
static void each_word(const char *resource,
                      void (*each)(const char *resource, const char *word))
{
    char text[4096] = "", *rest = NULL;
    FILE *out = fmemopen(text, sizeof(text) - 1, "w");
    ctl_command_words(out, resource);
    fclose(out);
    for (char *word = strtok_r(text, "\n", &rest); word; word = strtok_r(NULL, "\n", &rest))
        each(resource, word);
}

static void check_action(const char *resource, const char *action)
{
    const struct ctl_command *command = ctl_command_find(resource, action);
    assert_non_null(command);
    assert_int_equal(words_in(command->arguments) + (command->named != NULL),
                     ctl_command_arguments(command));
    if (command->answer == CTL_LIST || command->answer == CTL_STREAM)
        assert_string_equal(command->method, "GET");
    assert_false(command->body && (command->named || command->fields));
}

static void check_resource(const char *none, const char *resource)
{
    assert_null(none);
    each_word(resource, check_action);
}

static void each_command_has_a_word_for_each_gap(void **state)
{
    (void)state;
    each_word(NULL, check_resource);
}

static void what_is_not_there_is_not_found(void **state)
{
    (void)state;
    assert_null(ctl_command_find("rooms", "lists"));
    assert_null(ctl_command_find("room", "list"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_command_has_a_word_for_each_gap),
        cmocka_unit_test(what_is_not_there_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
