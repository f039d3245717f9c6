/* test_conf.c - which source wins, what is refused, and what the refusal says. */
#include "conf/conf.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/raduno-test-conf-XXXXXX";

static int make_file(void **state)
{
    (void)state;
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

static void write_file(const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

static struct conf *load(const struct conf_sources *sources)
{
    struct conf *conf = NULL;
    char *why = NULL;
    int error = conf_load(sources, &conf, &why);
    if (error)
        print_error("%s\n", why ? why : "no memory");
    assert_int_equal(error, 0);
    assert_null(why);
    return conf;
}

/* Loads what must be refused with @p error; every one of @p words is in the reason. */
static void refused(const struct conf_sources *sources, int error, const char *const *words)
{
    struct conf *conf = NULL;
    char *why = NULL;
    assert_int_equal(conf_load(sources, &conf, &why), error);
    assert_null(conf);
    assert_non_null(why);
    for (; *words; words++)
        if (!strstr(why, *words))
            fail_msg("\"%s\" does not say \"%s\"", why, *words);
    assert_null(strchr(why, '\n'));
    free(why);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void refused_file(const char *text, const char *const *words)
{
    write_file(text);
    refused(&(struct conf_sources){.file = path}, -EINVAL, words);
}

static void refused_set(const char *set, const char *const *words)
{
    refused(&(struct conf_sources){.sets = &set, .set_count = 1}, -EINVAL, words);
}

static void defaults_are_those_of_the_contract(void **state)
{
    (void)state;
    struct conf *conf = load(&(struct conf_sources){0});
    assert_int_equal(conf->sip.listen_count, 2);
    assert_string_equal(conf->sip.listen[0], "udp:0.0.0.0:5060");
    assert_string_equal(conf->sip.listen[1], "tcp:0.0.0.0:5060");
    assert_string_equal(conf->sip.realm, "raduno");
    assert_int_equal(conf->sip.rate_per_source, 100);
    assert_true(conf->sip.dial_out);
    assert_int_equal(conf->sip.dial_allow_count, 1);
    assert_null(conf->media.advertised_address);
    assert_int_equal(conf->media.first_port, 20000);
    assert_int_equal(conf->media.last_port, 23999);
    assert_string_equal(conf->api.listen, "127.0.0.1:8080");
    assert_null(conf->api.admin_token);
    assert_string_equal(conf->data.directory, "./data");
    assert_true(conf->rooms.auto_create);
    assert_string_equal(conf->rooms.join_tone, "both");
    assert_int_equal(conf->rooms.loudest, 8);
    assert_int_equal(conf->rooms.pin_tries, 3);
    assert_int_equal(conf->rooms.pin_timeout_s, 15);
    assert_true(conf->rooms.announcements);
    assert_false(conf->rooms.level_voices || conf->rooms.suppress_noise);
    assert_null(conf->rooms.music);
    assert_null(conf->media.prompts_directory);
    assert_null(conf->media.sounds_directory);
    assert_int_equal(conf->media.room_share, 800);
    assert_int_equal(conf->media.jitter_ms, 20);
    assert_int_equal(conf->media.jitter_limit_ms, 400);
    assert_true(conf->media.dtx);
    assert_int_equal(conf->media.fetch_allow_count, 0);
    assert_int_equal(conf->log.level, LOG_LEVEL_INFO);
    assert_int_equal(conf->server.drain_timeout_s, 10);
    conf_destroy(conf);
    conf_destroy(NULL);
}

static void set_wins_over_environment_over_file(void **state)
{
    (void)state;
    write_file("{\"sip\": {\"max_calls\": 1, \"max_redirects\": 1, \"ring_timeout_s\": 1}}");
    char *environment[] = {(char[]){"HOME=/"}, (char[]){"RADUNO_SIP_MAX_CALLS=2"},
                           (char[]){"RADUNO_SIP_MAX_REDIRECTS=2"}, NULL};
    const char *sets[] = {"sip.max_calls=7", "sip.max_calls=3"};
    struct conf *conf = load(&(struct conf_sources){
        .file = path, .environment = environment, .sets = sets, .set_count = 2});
    assert_int_equal(conf->sip.max_calls, 3);
    assert_int_equal(conf->sip.max_redirects, 2);
    assert_int_equal(conf->sip.ring_timeout_s, 1);
    conf_destroy(conf);
}

static void a_list_replaces_a_list(void **state)
{
    (void)state;
    const char *sets[] = {"sip.listen=udp:[::1]:5070,tcp:[::1]:5070,udp:127.0.0.1:5070",
                          "sip.listen=[\"tcp:192.0.2.1:5080\"]", "sip.dial_allow="};
    struct conf *conf = load(&(struct conf_sources){.sets = sets, .set_count = 1});
    assert_int_equal(conf->sip.listen_count, 3);
    assert_string_equal(conf->sip.listen[2], "udp:127.0.0.1:5070");
    conf_destroy(conf);
    conf = load(&(struct conf_sources){.sets = sets, .set_count = 3});
    assert_int_equal(conf->sip.listen_count, 1);
    assert_string_equal(conf->sip.listen[0], "tcp:192.0.2.1:5080");
    assert_int_equal(conf->sip.dial_allow_count, 0);
    conf_destroy(conf);
}

static void texts_of_set_need_no_quotes(void **state)
{
    (void)state;
    const char *sets[] = {"sip.realm=12",
                          "api.admin_token=0123456789abcdef=", "media.advertised_address=null",
                          "log.level=\"debug\"", "rooms.auto_create=false"};
    struct conf *conf = load(&(struct conf_sources){.sets = sets, .set_count = 5});
    assert_string_equal(conf->sip.realm, "12");
    assert_string_equal(conf->api.admin_token, "0123456789abcdef=");
    assert_null(conf->media.advertised_address);
    assert_int_equal(conf->log.level, LOG_LEVEL_DEBUG);
    assert_false(conf->rooms.auto_create);
    conf_destroy(conf);
}

static void an_odd_first_port_is_rounded_up(void **state)
{
    (void)state;
    const char *set = "media.ports=30001-30003";
    struct conf *conf = load(&(struct conf_sources){.sets = &set, .set_count = 1});
    assert_int_equal(conf->media.first_port, 30002);
    assert_int_equal(conf->media.last_port, 30003);
    conf_destroy(conf);
}

static void a_refusal_names_key_value_and_what_is_allowed(void **state)
{
    (void)state;
    refused_file("{\"sip\": {\"max_calls\": 0}}",
                 WORDS(path, "sip.max_calls", ": 0 ", "from 1 to 100000"));
    refused_file("{\"sip\": {\"max_calls\": \"many\"}}", WORDS("\"many\"", "whole number"));
    refused_file("{\"sip\": {\"max_calls\": 1.0}}", WORDS("1.0", "whole number"));
    refused_file("{\"rooms\": {\"auto_create\": 1}}",
                 WORDS("rooms.auto_create", "true or false"));
    refused_file("{\"rooms\": {\"alone\": \"loud\"}}",
                 WORDS("\"loud\"", "\"silence\", \"noise\" or \"music\""));
    refused_file("{\"sip\": {\"listen\": []}}", WORDS("sip.listen", "[]", "1 to 8"));
    refused_file("{\"sip\": {\"listen\": [\"udp:127.0.0.1:5060\", \"udp:127.0.0.1:5060\"]}}",
                 WORDS("different"));
    refused_file("{\"media\": {\"ports\": null}}", WORDS("media.ports", "null", "20000-23999"));
    refused_file("{\"sip\": 5060}", WORDS("sip", "object"));
    refused_set("log.level=loud", WORDS("--set", "log.level", "loud", "\"debug\""));
    refused_set("sip.max_calls=", WORDS("sip.max_calls", "whole number"));
    refused_set("sip.max_calls", WORDS("sip.max_calls", "KEY=VALUE"));
    refused_set("data.directory=\xff", WORDS("data.directory", "UTF-8"));
}

static void an_unknown_key_is_refused_with_the_nearest(void **state)
{
    (void)state;
    refused_file("{\"sip\": {\"listn\": []}}", WORDS("sip.listn", "did you mean sip.listen?"));
    refused_file("{\"sipp\": {}}", WORDS("sipp", "did you mean sip?"));
    refused_file("{\"xyzzy\": 1}", WORDS("xyzzy", "schema.json"));
    refused_file("{\"sip\\n\": {}}", WORDS("did you mean sip?"));
    refused_set("sip.ports=1-2", WORDS("did you mean media.ports?"));
    refused_set("admin_token=secret", WORDS("did you mean api.admin_token?"));
}

static void variables_of_others_are_ignored_misspelt_ones_refused(void **state)
{
    (void)state;
    char *others[] = {(char[]){"RADUNO_SERVICE_HOST=10.0.0.1"}, (char[]){"RADUNO_"},
                      (char[]){"RADUNO_BIN=build/raduno"}, NULL};
    conf_destroy(load(&(struct conf_sources){.environment = others}));
    char *misspelt[] = {(char[]){"RADUNO_SIP_LISTN=udp:127.0.0.1:5060"}, NULL};
    refused(&(struct conf_sources){.environment = misspelt}, -EINVAL,
            WORDS("RADUNO_SIP_LISTN", "did you mean RADUNO_SIP_LISTEN?"));
    char *bad[] = {(char[]){"RADUNO_SIP_LISTEN=udp:localhost:5060"}, NULL};
    refused(&(struct conf_sources){.environment = bad}, -EINVAL,
            WORDS("RADUNO_SIP_LISTEN", "sip.listen", "udp:localhost:5060"));
}

static void bad_json_is_shown_by_line_and_column(void **state)
{
    (void)state;
    refused_file("{\n  \"sip\": {,}\n}", WORDS(path, "line 2, column 11"));
    refused_file("{\"sip\": {}, \"sip\": {}}", WORDS("duplicate", "line 1"));
    refused_file("", WORDS("line 1"));
    refused_file("[]", WORDS("object"));
}

static void a_file_that_cannot_be_read(void **state)
{
    (void)state;
    refused(&(struct conf_sources){.file = "/nonexistent/raduno.json"}, -ENOENT,
            WORDS("/nonexistent/raduno.json", "No such file"));
    refused(&(struct conf_sources){.file = "/tmp"}, -EINVAL, WORDS("/tmp", "cannot be read"));
}

static void a_secret_is_not_shown(void **state)
{
    (void)state;
    const char *set = "api.admin_token=short";
    struct conf *conf = NULL;
    char *why = NULL;
    assert_int_equal(
        conf_load(&(struct conf_sources){.sets = &set, .set_count = 1}, &conf, &why), -EINVAL);
    assert_non_null(strstr(why, "api.admin_token"));
    assert_non_null(strstr(why, "16"));
    assert_null(strstr(why, "short"));
    free(why);
}

static void keys_that_depend_on_each_other(void **state)
{
    (void)state;
    refused_set("sip.session_expires_s=89", WORDS("session_expires_s: 89", "90"));
    refused_set("media.jitter_limit_ms=40,", WORDS("whole number"));
    refused_set("media.jitter_ms=500", WORDS("media.jitter_limit_ms: 400", "500"));
    refused_set("media.default_ptime_ms=15", WORDS("15", "10, 20"));
    refused_set("sip.listen=[\"udp:[::]:5060;srtp=off\", \"tls:[::]:5061\", \"tcp:[::]:5060\"]",
                WORDS("udp:[::]:5060;srtp=off", "tcp:[::]:5060", "the same srtp"));
    const char *listen = "sip.listen=[\"udp:[::]:5060;srtp=off\", \"tcp:[::]:5060;srtp=off\", "
                         "\"tls:[::]:5060;srtp=required\", \"udp:[::1]:5060\"]";
    conf_destroy(load(&(struct conf_sources){.sets = &listen, .set_count = 1}));
    const char *off = "sip.session_expires_s=0";
    conf_destroy(load(&(struct conf_sources){.sets = &off, .set_count = 1}));
}

static void a_long_hostile_value_is_cut(void **state)
{
    (void)state;
    char set[5000] = "sip.realm=";
    memset(set + 10, '\x1b', sizeof(set) - 11);
    struct conf *conf = NULL;
    char *why = NULL;
    const char *sets[] = {set};
    assert_int_equal(
        conf_load(&(struct conf_sources){.sets = sets, .set_count = 1}, &conf, &why), -EINVAL);
    assert_true(strlen(why) < 400);
    assert_null(strchr(why, '\x1b'));
    free(why);
    memset(set, 'x', sizeof(set) - 1);
    refused_set(set, WORDS("KEY=VALUE"));
    set[4000] = '=';
    refused_set(set, WORDS("no such key"));
}

static void a_secret_may_be_in_a_file(void **state)
{
    (void)state;
    char *variable;
    assert_true(asprintf(&variable, "RADUNO_API_ADMIN_TOKEN_FILE=%s", path) > 0);
    char *environment[] = {variable, NULL};
    const struct conf_sources sources = {.environment = environment};
    write_file("0123456789abcdef-secret\n");
    struct conf *conf = load(&sources);
    assert_string_equal(conf->api.admin_token, "0123456789abcdef-secret");
    conf_destroy(conf);
    write_file("short\n");
    refused(&sources, -EINVAL, WORDS("RADUNO_API_ADMIN_TOKEN_FILE", "api.admin_token"));
    write_file("0123456789abcdef\nand another line\n");
    refused(&sources, -EINVAL, WORDS("api.admin_token"));
    char *twice[] = {(char[]){"RADUNO_API_ADMIN_TOKEN=0123456789abcdef"}, variable, NULL};
    char *missing[] = {(char[]){"RADUNO_API_ADMIN_TOKEN_FILE=/nowhere/token"}, NULL};
    refused(&(struct conf_sources){.environment = missing}, -ENOENT,
            WORDS("RADUNO_API_ADMIN_TOKEN_FILE", "/nowhere/token", "No such file"));
    char *folder[] = {(char[]){"RADUNO_API_ADMIN_TOKEN_FILE=/tmp"}, NULL};
    refused(&(struct conf_sources){.environment = folder}, -EINVAL, WORDS("is it a file?"));
    char *zeros[] = {(char[]){"RADUNO_API_ADMIN_TOKEN_FILE=/dev/zero"}, NULL};
    refused(&(struct conf_sources){.environment = zeros}, -EINVAL, WORDS("a line of text"));
    refused(&(struct conf_sources){.environment = twice}, -EINVAL,
            WORDS("RADUNO_API_ADMIN_TOKEN and RADUNO_API_ADMIN_TOKEN_FILE"));
    char *no_secret[] = {(char[]){"RADUNO_DATA_DIRECTORY_FILE=/tmp/x"}, NULL};
    conf = load(&(struct conf_sources){.environment = no_secret});
    assert_string_equal(conf->data.directory, "./data"); /* not of a file */
    conf_destroy(conf);
    free(variable);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_those_of_the_contract),
        cmocka_unit_test(set_wins_over_environment_over_file),
        cmocka_unit_test(a_list_replaces_a_list),
        cmocka_unit_test(texts_of_set_need_no_quotes),
        cmocka_unit_test(an_odd_first_port_is_rounded_up),
        cmocka_unit_test(a_refusal_names_key_value_and_what_is_allowed),
        cmocka_unit_test(an_unknown_key_is_refused_with_the_nearest),
        cmocka_unit_test(variables_of_others_are_ignored_misspelt_ones_refused),
        cmocka_unit_test(a_secret_may_be_in_a_file),
        cmocka_unit_test(bad_json_is_shown_by_line_and_column),
        cmocka_unit_test(a_file_that_cannot_be_read),
        cmocka_unit_test(a_secret_is_not_shown),
        cmocka_unit_test(keys_that_depend_on_each_other),
        cmocka_unit_test(a_long_hostile_value_is_cut),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
