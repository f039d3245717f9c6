/* test_ctl_fields.c - words into a body, by api/ctl/ctl_fields.c. */
#include "api/ctl/ctl_fields.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char why[CTL_FIELDS_WHY_BYTES];

static void reads_texts_and_json(void **state)
{
    (void)state;
    json_t *body = json_object();
    static const char *const words[] = {"pin=4711",  "locked:=true", "video.layout=speaker",
                                        "a.b.c:=1",  "empty=",       "video.fps:=25",
                                        "title=a=b", "list:=[1,2]"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        assert_int_equal(ctl_fields_add(body, words[i], why), 0);
    char *text = json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS);
    assert_string_equal(
        text, "{\"a\":{\"b\":{\"c\":1}},\"empty\":\"\",\"list\":[1,2],\"locked\":true,"
              "\"pin\":\"4711\",\"title\":\"a=b\","
              "\"video\":{\"fps\":25,\"layout\":\"speaker\"}}");
    free(text);
    json_decref(body);
}

static void refuses(void **state)
{
    (void)state;
    json_t *body = json_object();
    assert_int_equal(ctl_fields_add(body, "a=1", why), 0);
    static const char *const words[] = {
        "",      "=x",   ":=1",        "locked", "a.=1",   ".a=1", "a=2",
        "a.b=1", "b:={", "b:=1 trail", "b:=",    "b=\xff", "...=", "b:={\"a\":1,\"a\":2}"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        why[0] = '\0';
        assert_int_equal(ctl_fields_add(body, words[i], why), -EINVAL);
        assert_true(strlen(why) > 0);
    }
    assert_int_equal(json_object_size(body), 1);
    json_decref(body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_texts_and_json),
        cmocka_unit_test(refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
