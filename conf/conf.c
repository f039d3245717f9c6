/* conf.c - the configuration: defaults < file < environment < --set. */
#include "conf/conf.h"

#include "conf/conf_key.h"
#include "conf/conf_text.h"
#include "conf/conf_value.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* struct conf as others see it, and the JSON values its texts point into. */
struct kept {
    struct conf conf;
    json_t *values; /* an array */
};

/* What is being loaded now, for messages. */
struct load {
    struct kept *kept;
    const char *source; /* "conf/raduno.json", "--set", "RADUNO_SIP_LISTEN" */
    char **why;
};

enum { SHOWN_BYTES = 100, CONF_SECRET_BYTES = 4096 };

/* Names and values come from outside: what a terminal would obey is not shown. */
static void make_printable(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            *text = '?';
}

static int fail(const struct load *load, int error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int fail(const struct load *load, int error, const char *format, ...)
{
    va_list arguments;
    char *text = NULL;
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0 || asprintf(load->why, "%s: %s", load->source, text) < 0)
        *load->why = NULL;
    if (length >= 0)
        free(text);
    if (*load->why)
        make_printable(*load->why);
    return *load->why ? error : -ENOMEM;
}

static int fail_unknown(const struct load *load, const char *path)
{
    char nearest[CONF_PATH_BYTES];
    if (conf_key_nearest(path, nearest))
        return fail(load, -EINVAL, "%.*s: there is no such key; did you mean %s?", SHOWN_BYTES,
                    path, nearest);
    return fail(load, -EINVAL, "%.*s: there is no such key; conf/schema.json explains all keys",
                SHOWN_BYTES, path);
}

static int fail_value(const struct load *load, const struct conf_key *key, const json_t *value)
{
    char allowed[CONF_ALLOWED_BYTES];
    char *text = key->is_secret ? NULL : json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    conf_value_allowed(key, allowed);
    int error = fail(load, -EINVAL, "%s: %.*s%s is not allowed; allowed is %s", key->path,
                     SHOWN_BYTES, text ? text : "the value",
                     text && strlen(text) > SHOWN_BYTES ? "..." : "", allowed);
    free(text);
    return error;
}

/* Takes one value; @p value is moved, also on error. */
static int take(const struct load *load, const struct conf_key *key, json_t *value)
{
    if (!value)
        return fail(load, -EINVAL, "%s: the value is not UTF-8", key->path);
    int error = conf_value_store(key, value, &load->kept->conf);
    if (error < 0)
        error = fail_value(load, key, value);
    else if (json_array_append(load->kept->values, value) < 0)
        error = -ENOMEM;
    json_decref(value);
    return error;
}

static int take_defaults(struct load *load)
{
    unsigned count;
    const struct conf_key *keys = conf_keys(&count);
    load->source = "default";
    for (unsigned i = 0; i < count; i++) {
        json_t *value = json_loads(keys[i].initial, JSON_DECODE_ANY, NULL);
        int error = value ? take(load, &keys[i], value) : -ENOMEM;
        if (error < 0)
            return error;
    }
    return 0;
}

static int take_group(const struct load *load, const char *group, json_t *object)
{
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value)
    {
        char path[CONF_PATH_BYTES + SHOWN_BYTES];
        snprintf(path, sizeof(path), "%s.%.*s", group, SHOWN_BYTES, name);
        const struct conf_key *key = conf_key_find(path);
        int error = key ? take(load, key, json_incref(value)) : fail_unknown(load, path);
        if (error < 0)
            return error;
    }
    return 0;
}

static int take_groups(const struct load *load, json_t *root)
{
    const char *name;
    json_t *value;
    if (!json_is_object(root))
        return fail(load, -EINVAL, "the file is no JSON object");
    json_object_foreach(root, name, value)
    {
        int error = 0;
        if (!strcmp(name, "$schema") && json_is_string(value))
            continue; /* tells editors where the keys are explained */
        if (!conf_key_is_group(name))
            error = fail_unknown(load, name);
        else if (!json_is_object(value))
            error = fail(load, -EINVAL, "%s: allowed is an object with its keys", name);
        else
            error = take_group(load, name, value);
        if (error < 0)
            return error;
    }
    return 0;
}

static int take_file(struct load *load, const char *path)
{
    json_error_t at;
    load->source = path;
    FILE *file = fopen(path, "re");
    if (!file)
        return fail(load, errno == ENOENT || errno == EACCES ? -errno : -EINVAL, "%s",
                    strerror(errno));
    json_t *root = json_loadf(file, JSON_REJECT_DUPLICATES, &at);
    bool is_unreadable = ferror(file);
    fclose(file);
    if (is_unreadable)
        return fail(load, -EINVAL, "cannot be read (is it a file?)");
    if (!root)
        return fail(load, -EINVAL, "line %d, column %d: %s", at.line, at.column, at.text);
    int error = take_groups(load, root);
    json_decref(root);
    return error;
}

/* A secret that is mounted as a file, as engines of containers do: its text, without the end of
 * its line. */
static int take_secret(struct load *load, const struct conf_key *key, const char *path)
{
    char text[CONF_SECRET_BYTES];
    FILE *file = fopen(path, "re");
    if (!file)
        return fail(load, errno == ENOENT || errno == EACCES ? -errno : -EINVAL, "%.*s: %s",
                    SHOWN_BYTES, path, strerror(errno));
    size_t length = fread(text, 1, sizeof(text), file);
    bool is_unreadable = ferror(file);
    fclose(file);
    if (is_unreadable)
        return fail(load, -EINVAL, "%.*s: cannot be read (is it a file?)", SHOWN_BYTES, path);
    if (length == sizeof(text) || memchr(text, 0, length))
        return fail(load, -EINVAL, "%.*s: allowed is a line of text, shorter than %zu bytes",
                    SHOWN_BYTES, path, sizeof(text));
    while (length && (text[length - 1] == '\n' || text[length - 1] == '\r'))
        length--;
    int error = take(load, key, json_stringn(text, length));
    explicit_bzero(text, sizeof(text));
    return error;
}

/* Other programs have RADUNO_... variables too (a cluster gives each service some): only what
 * is nearly one of ours is refused. */
static int take_variable(struct load *load, const char *name, const char *text)
{
    unsigned count;
    const struct conf_key *keys = conf_keys(&count);
    load->source = name;
    for (unsigned i = 0; i < count; i++) {
        char variable[CONF_VARIABLE_BYTES];
        conf_key_variable(&keys[i], variable);
        if (!strcmp(variable, name))
            return take(load, &keys[i], conf_value_read(&keys[i], text));
        if (conf_key_file_variable(&keys[i], variable) && !strcmp(variable, name))
            return take_secret(load, &keys[i], text);
    }
    char near[CONF_VARIABLE_BYTES];
    if (!conf_key_nearest_variable(name, near))
        return 0;
    return fail(load, -EINVAL, "there is no such variable; did you mean %s?", near);
}

static bool has_variable(char *const *environment, const char *name)
{
    size_t length = strlen(name);
    for (; environment && *environment; environment++)
        if (!strncmp(*environment, name, length) && (*environment)[length] == '=')
            return true;
    return false;
}

/* A secret and a file with it: whoever has both does not know which is in force. */
static int check_one_secret(struct load *load, char *const *environment)
{
    unsigned count;
    const struct conf_key *keys = conf_keys(&count);
    for (unsigned i = 0; i < count; i++) {
        char variable[CONF_VARIABLE_BYTES], file[CONF_VARIABLE_BYTES];
        conf_key_variable(&keys[i], variable);
        load->source = "environment";
        if (conf_key_file_variable(&keys[i], file) && has_variable(environment, variable) &&
            has_variable(environment, file))
            return fail(load, -EINVAL, "%s and %s: allowed is one of them", variable, file);
    }
    return 0;
}

static int take_environment(struct load *load, char *const *environment)
{
    int error = check_one_secret(load, environment);
    if (error < 0)
        return error;
    for (; environment && *environment; environment++) {
        const char *equals = strchr(*environment, '=');
        if (!equals || strncmp(*environment, "RADUNO_", 7))
            continue;
        char *name = strndup(*environment, (size_t)(equals - *environment));
        error = name ? take_variable(load, name, equals + 1) : -ENOMEM;
        free(name);
        if (error < 0)
            return error;
    }
    return 0;
}

static int take_set(struct load *load, const char *set)
{
    const char *equals = strchr(set, '=');
    load->source = "--set";
    if (!equals)
        return fail(load, -EINVAL, "%.*s: allowed is KEY=VALUE", SHOWN_BYTES, set);
    char *path = strndup(set, (size_t)(equals - set));
    if (!path)
        return -ENOMEM;
    const struct conf_key *key = conf_key_find(path);
    int error =
        key ? take(load, key, conf_value_read(key, equals + 1)) : fail_unknown(load, path);
    free(path);
    return error;
}

/* UDP and TCP of one address share their dialogs: they have to be of one mind. */
static int check_listeners(struct load *load)
{
    const struct conf *conf = &load->kept->conf;
    for (unsigned i = 0; i < conf->sip.listen_count; i++) {
        for (unsigned k = 0; k < i; k++) {
            const char *one = conf->sip.listen[k], *other = conf->sip.listen[i];
            if (conf_text_listeners_differ(one, other))
                return fail(load, -EINVAL,
                            "sip.listen: %s and %s: UDP and TCP of one address need the same "
                            "srtp",
                            one, other);
        }
    }
    return 0;
}

/* What one key asks of another. */
static int check_together(struct load *load)
{
    const struct conf *conf = &load->kept->conf;
    load->source = "configuration";
    if (conf->sip.session_expires_s &&
        conf->sip.session_expires_s < conf->sip.min_session_expires_s)
        return fail(load, -EINVAL,
                    "sip.session_expires_s: %u is not allowed; allowed is 0, or at least "
                    "sip.min_session_expires_s, which is %u",
                    conf->sip.session_expires_s, conf->sip.min_session_expires_s);
    if (conf->sip.register_max_s < conf->sip.register_min_s)
        return fail(load, -EINVAL,
                    "sip.register_max_s: %u is not allowed; allowed is at least "
                    "sip.register_min_s, which is %u",
                    conf->sip.register_max_s, conf->sip.register_min_s);
    if (conf->sip.tls_key && !conf->sip.tls_certificate)
        return fail(load, -EINVAL, "sip.tls_key: without sip.tls_certificate, allowed is null");
    if (!conf->sip.smime_certificate && (conf->sip.smime_key || conf->sip.smime_authorities))
        return fail(load, -EINVAL, "%s: without sip.smime_certificate, allowed is null",
                    conf->sip.smime_key ? "sip.smime_key" : "sip.smime_authorities");
    if (strcmp(conf->sip.tls_client, "off") != 0 && !conf->sip.tls_client_ca)
        return fail(load, -EINVAL,
                    "sip.tls_client: %s is not allowed without sip.tls_client_ca; allowed is "
                    "off",
                    conf->sip.tls_client);
    if (conf->media.jitter_limit_ms < conf->media.jitter_ms)
        return fail(load, -EINVAL,
                    "media.jitter_limit_ms: %u is not allowed; allowed is at least "
                    "media.jitter_ms, which is %u",
                    conf->media.jitter_limit_ms, conf->media.jitter_ms);
    if (conf->media.default_ptime_ms % 10)
        return fail(load, -EINVAL,
                    "media.default_ptime_ms: %u is not allowed; allowed is 10, 20, 30, 40, 50 "
                    "or 60",
                    conf->media.default_ptime_ms);
    return check_listeners(load);
}

static int take_all(struct load *load, const struct conf_sources *sources)
{
    int error = take_defaults(load);
    if (!error && sources->file)
        error = take_file(load, sources->file);
    if (!error)
        error = take_environment(load, sources->environment);
    for (unsigned i = 0; !error && i < sources->set_count; i++)
        error = take_set(load, sources->sets[i]);
    return error ? error : check_together(load);
}

int conf_load(const struct conf_sources *sources, struct conf **conf, char **why)
{
    struct load load = {.kept = calloc(1, sizeof(*load.kept)), .source = "", .why = why};
    *why = NULL;
    if (!load.kept)
        return -ENOMEM;
    load.kept->values = json_array();
    int error = load.kept->values ? take_all(&load, sources) : -ENOMEM;
    if (error < 0) {
        conf_destroy(&load.kept->conf);
        return error;
    }
    *conf = &load.kept->conf;
    return 0;
}

void conf_destroy(struct conf *conf)
{
    struct kept *kept = (struct kept *)conf; /* conf is its first field */
    if (!kept)
        return;
    json_decref(kept->values);
    free(kept);
}

int conf_print_keys(FILE *out)
{
    unsigned count;
    const struct conf_key *keys = conf_keys(&count);
    for (unsigned i = 0; i < count; i++)
        fprintf(out, "  %s = %s\n      %s\n", keys[i].path, keys[i].initial, keys[i].help);
    return ferror(out) ? -EIO : 0;
}
