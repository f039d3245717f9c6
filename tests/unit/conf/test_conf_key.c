/* test_conf_key.c - the table, conf/schema.json and conf/raduno.json say the same. */
#include "conf/conf.h"
#include "conf/conf_key.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static json_t *read_file(const char *name)
{
    char path[512];
    json_error_t at;
    snprintf(path, sizeof(path), "%s/conf/%s", RADUNO_SOURCE_DIR, name);
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &at);
    if (!root)
        fail_msg("%s:%d: %s", path, at.line, at.text);
    return root;
}

/* Group and name of "sip.listen", looked up in an object of objects. */
static json_t *look_up(const json_t *groups, const char *path, bool is_schema)
{
    char group[CONF_PATH_BYTES];
    const char *dot = strchr(path, '.');
    snprintf(group, sizeof(group), "%.*s", (int)(dot - path), path);
    const json_t *object = json_object_get(groups, group);
    return json_object_get(is_schema ? json_object_get(object, "properties") : object, dot + 1);
}

static void says(const json_t *entry, const char *path, const char *word, json_t *expected)
{
    if (!json_equal(json_object_get(entry, word), expected))
        fail_msg("schema.json: %s: \"%s\" is not %s", path, word,
                 json_dumps(expected, JSON_ENCODE_ANY));
    json_decref(expected);
}

static json_t *words(const char *const *choices)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < CONF_MAX_CHOICES && choices[i]; i++)
        json_array_append_new(list, json_string(choices[i]));
    return list;
}

static void check_limits(const struct conf_key *key, const json_t *entry)
{
    static const char *const min_words[] = {NULL,       "minimum", "minLength",
                                            "minItems", NULL,      NULL};
    static const char *const max_words[] = {NULL,       "maximum", "maxLength",
                                            "maxItems", NULL,      NULL};
    if (key->choices[0]) {
        says(entry, key->path, "enum", words(key->choices));
    } else if (min_words[key->type]) {
        says(entry, key->path, min_words[key->type], json_integer(key->min));
        says(entry, key->path, max_words[key->type], json_integer(key->max));
    }
}

static void every_key_is_in_the_schema_as_it_is_in_the_table(void **state)
{
    (void)state;
    static const char *const types[] = {"boolean", "integer", "string",
                                        "array",   "string",  "string"};
    json_t *schema = read_file("schema.json");
    const json_t *groups = json_object_get(schema, "properties");
    unsigned count;
    const struct conf_key *keys = conf_keys(&count);
    for (unsigned i = 0; i < count; i++) {
        const struct conf_key *key = &keys[i];
        const json_t *entry = look_up(groups, key->path, true);
        if (!entry)
            fail_msg("schema.json: %s is missing", key->path);
        const char *type = types[key->type];
        says(entry, key->path, "type",
             key->is_nullable ? json_pack("[ss]", type, "null") : json_string(type));
        says(entry, key->path, "default", json_loads(key->initial, JSON_DECODE_ANY, NULL));
        says(entry, key->path, "description", json_string(key->help));
        check_limits(key, entry);
    }
    json_decref(schema);
}

static void the_schema_has_no_other_keys(void **state)
{
    (void)state;
    json_t *schema = read_file("schema.json");
    const char *group, *name;
    json_t *object, *entry;
    json_object_foreach(json_object_get(schema, "properties"), group, object)
    {
        if (!strcmp(group, "$schema"))
            continue;
        assert_true(conf_key_is_group(group));
        assert_true(json_is_false(json_object_get(object, "additionalProperties")));
        json_object_foreach(json_object_get(object, "properties"), name, entry)
        {
            char path[CONF_PATH_BYTES * 2];
            snprintf(path, sizeof(path), "%s.%s", group, name);
            if (!conf_key_find(path))
                fail_msg("schema.json: %s is no key", path);
        }
    }
    assert_true(json_is_false(json_object_get(schema, "additionalProperties")));
    json_decref(schema);
}

static void the_shipped_file_is_good_and_says_the_defaults(void **state)
{
    (void)state;
    struct conf *conf;
    char *why;
    const char *path = RADUNO_SOURCE_DIR "/conf/raduno.json";
    assert_int_equal(conf_load(&(struct conf_sources){.file = path}, &conf, &why), 0);
    conf_destroy(conf);
    json_t *file = read_file("raduno.json");
    unsigned count, found = 0;
    const struct conf_key *keys = conf_keys(&count);
    for (unsigned i = 0; i < count; i++) {
        const json_t *value = look_up(file, keys[i].path, false);
        json_t *initial = json_loads(keys[i].initial, JSON_DECODE_ANY, NULL);
        if (value && !json_equal(value, initial))
            fail_msg("raduno.json: %s is not the default", keys[i].path);
        found += value != NULL;
        json_decref(initial);
    }
    assert_true(found >= 9);
    json_decref(file);
}

static void paths_and_variables_are_told_apart(void **state)
{
    (void)state;
    unsigned count;
    const struct conf_key *keys = conf_keys(&count);
    for (unsigned i = 0; i < count; i++) {
        char variable[CONF_VARIABLE_BYTES], other[CONF_VARIABLE_BYTES];
        conf_key_variable(&keys[i], variable);
        assert_ptr_equal(conf_key_find(keys[i].path), &keys[i]);
        for (unsigned j = 0; j < i; j++) {
            conf_key_variable(&keys[j], other);
            assert_string_not_equal(variable, other);
        }
    }
    char variable[CONF_VARIABLE_BYTES];
    conf_key_variable(conf_key_find("sip.min_session_expires_s"), variable);
    assert_string_equal(variable, "RADUNO_SIP_MIN_SESSION_EXPIRES_S");
}

static void the_nearest_is_near(void **state)
{
    (void)state;
    char nearest[CONF_PATH_BYTES];
    assert_true(conf_key_nearest("media.port", nearest));
    assert_string_equal(nearest, "media.ports");
    assert_true(conf_key_nearest("room", nearest));
    assert_string_equal(nearest, "rooms");
    assert_true(conf_key_nearest("sip.max_participants", nearest));
    assert_string_equal(nearest, "rooms.max_participants");
    assert_false(conf_key_nearest("", nearest));
    assert_false(conf_key_nearest("completely.different", nearest));
    char near[CONF_VARIABLE_BYTES];
    assert_false(conf_key_nearest_variable("RADUNO_HOME", near));
    assert_true(conf_key_nearest_variable("RADUNO_LOG_LEVL", near));
    assert_string_equal(near, "RADUNO_LOG_LEVEL");
    assert_true(conf_key_nearest_variable("RADUNO_API_ADMIN_TOKEN_FIL", near));
    assert_string_equal(near, "RADUNO_API_ADMIN_TOKEN_FILE");
}

static void help_lists_every_key(void **state)
{
    (void)state;
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    assert_int_equal(conf_print_keys(out), 0);
    fclose(out);
    unsigned count;
    const struct conf_key *keys = conf_keys(&count);
    for (unsigned i = 0; i < count; i++) {
        assert_non_null(strstr(text, keys[i].path));
        assert_non_null(strstr(text, keys[i].help));
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_is_in_the_schema_as_it_is_in_the_table),
        cmocka_unit_test(the_schema_has_no_other_keys),
        cmocka_unit_test(the_shipped_file_is_good_and_says_the_defaults),
        cmocka_unit_test(paths_and_variables_are_told_apart),
        cmocka_unit_test(the_nearest_is_near),
        cmocka_unit_test(help_lists_every_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
