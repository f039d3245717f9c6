/* trunk_settings.c - one table of keys: what is checked, shown, written and read. */
#include "server/trunk/trunk_settings.h"

#include "server/rtp/address_block.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- the table ---- */

static const char *const full_words[] = {[TRUNK_FULL_503] = "503", [TRUNK_FULL_480] = "480"};
static const char *const from_words[] = {
    [TRUNK_NUMBER_FROM_REQUEST] = "request", [TRUNK_NUMBER_FROM_TO] = "to"};
static const char *const identity_words[] = {
    [TRUNK_IDENTITY_FROM] = "from", [TRUNK_IDENTITY_BOTH] = "both"};
static const char *const srtp_words[] = {[MEDIA_SRTP_DEFAULT] = "default",
                                         [MEDIA_SRTP_OFF] = "off",
                                         [MEDIA_SRTP_OPTIONAL] = "optional",
                                         [MEDIA_SRTP_REQUIRED] = "required"};

static const char *const dtmf_words[] = {[TRUNK_DTMF_RFC4733] = "rfc4733",
                                         [TRUNK_DTMF_INFO] = "info",
                                         [TRUNK_DTMF_INBAND] = "inband"};

static const char *const early_words[] = {[TRUNK_EARLY_OFF] = "off",
                                          [TRUNK_EARLY_IN] = "in",
                                          [TRUNK_EARLY_OUT] = "out",
                                          [TRUNK_EARLY_BOTH] = "both"};

#define AT(field) .at = offsetof(struct trunk_settings, field)
#define BYTES(field) .bytes = sizeof(((struct trunk_settings *)NULL)->field)
#define FLAG(field)                                                                            \
    {                                                                                          \
#field, TRUNK_FLAG, AT(field), .most = 1                                               \
    }
#define NUMBER(name, field, from, to)                                                          \
    {                                                                                          \
        name, TRUNK_NUMBER, AT(field), .least = from, .most = to                               \
    }
#define WORD(field, all)                                                                       \
    {                                                                                          \
#field, TRUNK_WORD, AT(field), .most = sizeof(all) / sizeof((all)[0]) - 1,             \
                                       .words = all                                            \
    }
#define TEXT(field, check, wants)                                                              \
    {                                                                                          \
#field, TRUNK_TEXT, AT(field), BYTES(field), .is_valid = check, .allowed = wants       \
    }
#define LIST(name, field, count, to, check, wants)                                             \
    {                                                                                          \
        name, TRUNK_LIST, AT(field), BYTES(field[0]),                                          \
            .count_at = offsetof(struct trunk_settings, count), .most = to, .is_valid = check, \
            .allowed = wants                                                                   \
    }

static bool is_line(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return false;
    }
    return true;
}

static bool is_quotable(const char *text)
{
    return is_line(text) && !strpbrk(text, "\"\\");
}

static bool is_user(const char *text)
{
    return !text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                              "-_.!~*'()&=+$,%")];
}

static bool is_caller(const char *text)
{
    char number[NUMBER_BYTES];
    return number_read(text, number) && strcmp(number, text) == 0;
}

static bool is_codec(const char *text)
{
    struct codec_choice choice = {.count = 0};
    return codec_choice_add(&choice, text) == 0 &&
           codec_choice_limits(&choice, CODEC_CHOICE_AUDIO);
}

static const char line_text[] = "text without control characters";
static const char uri_text[] = "sip:HOST[:PORT][;transport=udp|tcp|tls] or sips:HOST[:PORT]";
static const char more_uris_text[] =
    "sip:HOST[:PORT][;transport=udp|tcp|tls] or sips:HOST[:PORT], each once, beside registrar";
static const char rule_text[] = "PATTERN -> NUMBER, as 0|Z. -> +49$";

static const struct trunk_key keys[TRUNK_KEYS] = {
    FLAG(enabled),
    TEXT(display_name, is_line, line_text),
    NUMBER("gateway_timeout_ms", gateway_timeout_ms, TRUNK_LEAST_GATEWAY_MS,
           TRUNK_MAX_GATEWAY_MS),
    NUMBER("progress_timeout_ms", progress_timeout_ms, TRUNK_LEAST_GATEWAY_MS,
           2 * TRUNK_MAX_GATEWAY_MS),
    NUMBER("health_interval_s", health_s, 0, TRUNK_MAX_HEALTH_S),
    LIST("networks", network, networks, TRUNK_MAX_NETWORKS, trunk_network_is_valid,
         "an address or a block of them, as 192.0.2.0/24"),
    TEXT(registrar, trunk_uri_is_valid, uri_text),
    LIST("registrars", more_registrar, more_registrars, TRUNK_MAX_REGISTRARS - 1,
         trunk_uri_is_valid, more_uris_text),
    TEXT(username, is_user, "the user part of a SIP URI"),
    TEXT(auth_name, is_quotable, "text without quotes, backslashes and control characters"),
    NUMBER("expires_s", expires_s, TRUNK_LEAST_EXPIRES_S, TRUNK_MAX_EXPIRES_S),
    NUMBER("lines", lines, 0, TRUNK_MAX_LINES),
    NUMBER("lines_in", lines_in, 0, TRUNK_MAX_LINES),
    NUMBER("lines_out", lines_out, 0, TRUNK_MAX_LINES),
    WORD(when_full, full_words),
    FLAG(overflow),
    WORD(number_from, from_words),
    LIST("in_rules", in_rule, in_rules, TRUNK_MAX_RULES, number_rule_is_valid, rule_text),
    LIST("caller_rules", caller_rule, caller_rules, TRUNK_MAX_RULES, number_rule_is_valid,
         rule_text),
    LIST("out_rules", out_rule, out_rules, TRUNK_MAX_RULES, number_rule_is_valid, rule_text),
    FLAG(trusts_identity),
    TEXT(caller_id, is_caller, "a number: digits, perhaps behind a +"),
    FLAG(hides_caller),
    WORD(identity, identity_words),
    LIST("numbers", number, numbers, TRUNK_MAX_NUMBERS, number_pattern_is_valid,
         "a number, or a pattern of them as +49XXX or 0Z."),
    NUMBER("order", order, 0, TRUNK_MAX_WEIGHT),
    NUMBER("calls_per_room", budget.per_room, 0, TRUNK_MAX_LINES),
    NUMBER("calls_per_room_day", budget.per_room_day, 0, TRUNK_MAX_LINES),
    NUMBER("calls_per_day", budget.per_day, 0, TRUNK_MAX_LINES),
    WORD(srtp, srtp_words),
    LIST("codecs", codec, codecs, TRUNK_MAX_CODECS, is_codec,
         "a codec of sound, as PCMA, and none twice"),
    WORD(dtmf, dtmf_words),
    WORD(early_media, early_words),
    NUMBER("early_limit_s", early_limit_s, 1, TRUNK_MAX_EARLY_S),
};

/* Words and numbers are read and written as unsigned. */
_Static_assert(sizeof(enum trunk_full) == sizeof(unsigned) &&
                   sizeof(enum trunk_number_from) == sizeof(unsigned) &&
                   sizeof(enum trunk_identity) == sizeof(unsigned) &&
                   sizeof(enum trunk_dtmf) == sizeof(unsigned) &&
                   sizeof(enum trunk_early) == sizeof(unsigned) &&
                   sizeof(enum media_srtp) == sizeof(unsigned),
               "an enum has the size of unsigned");

const struct trunk_key *trunk_key_at(unsigned index)
{
    return &keys[index];
}

unsigned trunk_key_number(const struct trunk_key *key, const struct trunk_settings *settings)
{
    const char *begin = (const char *)settings;
    unsigned number;
    if (key->kind == TRUNK_FLAG)
        return *(const bool *)(begin + key->at);
    memcpy(&number, begin + (key->kind == TRUNK_LIST ? key->count_at : key->at),
           sizeof(number));
    return number;
}

void trunk_key_set_number(const struct trunk_key *key, struct trunk_settings *settings,
                          unsigned number)
{
    char *begin = (char *)settings;
    if (key->kind == TRUNK_FLAG)
        *(bool *)(begin + key->at) = number != 0;
    else
        memcpy(begin + (key->kind == TRUNK_LIST ? key->count_at : key->at), &number,
               sizeof(number));
}

const char *trunk_key_text(const struct trunk_key *key, const struct trunk_settings *settings,
                           unsigned index)
{
    return (const char *)settings + key->at + index * key->bytes;
}

int trunk_key_set_text(const struct trunk_key *key, struct trunk_settings *settings,
                       unsigned index, const char *text)
{
    size_t length = strlen(text);
    if (length >= key->bytes || (key->kind == TRUNK_LIST && index >= key->most))
        return -EINVAL;
    memcpy((char *)settings + key->at + index * key->bytes, text, length + 1);
    if (key->kind == TRUNK_LIST && trunk_key_number(key, settings) <= index)
        trunk_key_set_number(key, settings, index + 1);
    return 0;
}

void trunk_settings_defaults(struct trunk_settings *settings)
{
    *settings = (struct trunk_settings){
        .enabled = true,
        .gateway_timeout_ms = 4000,
        .progress_timeout_ms = 20000,
        .health_s = 30,
        .expires_s = 300,
        .early_limit_s = 180,
        .overflow = true,
        .order = 10,
    };
}

/* ---- checks ---- */

bool trunk_uri_is_valid(const char *uri)
{
    bool is_sips = strncasecmp(uri, "sips:", 5) == 0;
    if (!is_sips && strncasecmp(uri, "sip:", 4) != 0)
        return false;
    const char *host = uri + (is_sips ? 5 : 4);
    size_t length = *host == '[' ? strcspn(host, "]") + 1
                                 : strspn(host, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrst"
                                                "uvwxyz0123456789.-_");
    if (!length || length > strlen(host) || strlen(uri) >= TRUNK_URI_BYTES)
        return false;
    const char *rest = host + length;
    if (*rest == ':') {
        size_t digits = strspn(rest + 1, "0123456789");
        if (!digits || digits > 5 || atoi(rest + 1) < 1 || atoi(rest + 1) > UINT16_MAX)
            return false;
        rest += 1 + digits;
    }
    return !*rest || (!is_sips && (strcasecmp(rest, ";transport=udp") == 0 ||
                                   strcasecmp(rest, ";transport=tcp") == 0 ||
                                   strcasecmp(rest, ";transport=tls") == 0));
}

bool trunk_network_is_valid(const char *network)
{
    struct address_block block;
    return address_block_read(network, &block);
}

static bool is_good(const struct trunk_key *key, const struct trunk_settings *settings)
{
    if (key->kind == TRUNK_TEXT) {
        const char *text = trunk_key_text(key, settings, 0);
        return !text[0] || key->is_valid(text);
    }
    unsigned number = trunk_key_number(key, settings);
    bool is_in = number >= key->least && number <= key->most;
    for (unsigned i = 0; is_in && key->kind == TRUNK_LIST && i < number; i++)
        is_in = key->is_valid(trunk_key_text(key, settings, i));
    return is_in;
}

struct codec_choice trunk_settings_codecs(const struct trunk_settings *settings)
{
    struct codec_choice choice = {.count = 0};
    for (unsigned i = 0; i < settings->codecs; i++)
        codec_choice_add(&choice, settings->codec[i]); /* that it is one was checked */
    return choice;
}

const char *trunk_settings_registrar(const struct trunk_settings *settings, unsigned index)
{
    if (index == 0)
        return settings->registrar[0] ? settings->registrar : NULL;
    return index <= settings->more_registrars ? settings->more_registrar[index - 1] : NULL;
}

/* Each once, and none without the first. */
static bool has_good_registrars(const struct trunk_settings *settings)
{
    if (settings->more_registrars && !settings->registrar[0])
        return false;
    for (unsigned i = 1; i <= settings->more_registrars; i++) {
        for (unsigned k = 0; k < i; k++) {
            if (strcasecmp(trunk_settings_registrar(settings, i),
                           trunk_settings_registrar(settings, k)) == 0)
                return false;
        }
    }
    return true;
}

int trunk_settings_check(const struct trunk_settings *settings, const char **field)
{
    for (unsigned i = 0; i < TRUNK_KEYS; i++) {
        *field = keys[i].name;
        if (!is_good(&keys[i], settings))
            return -EINVAL;
    }
    *field = "codecs";
    if (trunk_settings_codecs(settings).count < settings->codecs)
        return -EINVAL; /* one is there twice */
    *field = "registrars";
    if (!has_good_registrars(settings))
        return -EINVAL;
    *field = "gateways";
    for (unsigned i = 0; i < settings->gateways; i++) {
        const struct trunk_gateway *gateway = &settings->gateway[i];
        if (!trunk_uri_is_valid(gateway->uri) || gateway->priority > TRUNK_MAX_WEIGHT ||
            gateway->weight > TRUNK_MAX_WEIGHT)
            return -EINVAL;
    }
    *field = "username";
    return settings->registrar[0] && !settings->username[0] ? -EINVAL : 0;
}

/* ---- lines ---- */

static void write_key(FILE *out, const struct trunk_key *key,
                      const struct trunk_settings *settings)
{
    unsigned number = key->kind == TRUNK_TEXT ? 0 : trunk_key_number(key, settings);
    if (key->kind == TRUNK_TEXT)
        fprintf(out, "%s %s\n", key->name, trunk_key_text(key, settings, 0));
    else if (key->kind == TRUNK_WORD)
        fprintf(out, "%s %s\n", key->name, key->words[number]);
    else if (key->kind != TRUNK_LIST)
        fprintf(out, "%s %u\n", key->name, number);
    for (unsigned i = 0; key->kind == TRUNK_LIST && i < number; i++)
        fprintf(out, "%s %s\n", key->name, trunk_key_text(key, settings, i));
}

char *trunk_settings_write(const struct trunk_settings *settings)
{
    char *lines = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&lines, &length);
    if (!out)
        return NULL;
    for (unsigned i = 0; i < TRUNK_KEYS; i++)
        write_key(out, &keys[i], settings);
    for (unsigned i = 0; i < settings->gateways; i++)
        fprintf(out, "gateway %u %u %s\n", settings->gateway[i].priority,
                settings->gateway[i].weight, settings->gateway[i].uri);
    if (fclose(out) != 0) {
        free(lines);
        return NULL;
    }
    return lines;
}

static int read_number(const char *value, unsigned *number)
{
    size_t digits = strspn(value, "0123456789");
    if (!digits || digits > 9 || value[digits])
        return -EBADMSG;
    *number = (unsigned)strtoul(value, NULL, 10);
    return 0;
}

static int read_word(const struct trunk_key *key, const char *value, unsigned *number)
{
    for (*number = 0; *number <= key->most; ++*number) {
        if (strcmp(key->words[*number], value) == 0)
            return 0;
    }
    return -EBADMSG;
}

static int read_key(const struct trunk_key *key, const char *value,
                    struct trunk_settings *settings)
{
    unsigned number = 0;
    if (key->kind == TRUNK_TEXT || key->kind == TRUNK_LIST) {
        unsigned index = key->kind == TRUNK_LIST ? trunk_key_number(key, settings) : 0;
        return trunk_key_set_text(key, settings, index, value) < 0 ? -EBADMSG : 0;
    }
    int error =
        key->kind == TRUNK_WORD ? read_word(key, value, &number) : read_number(value, &number);
    if (!error)
        trunk_key_set_number(key, settings, number);
    return error;
}

static int read_gateway(char *value, struct trunk_settings *settings)
{
    struct trunk_gateway *gateway = &settings->gateway[settings->gateways];
    char *priority = strsep(&value, " "), *weight = value ? strsep(&value, " ") : NULL;
    if (settings->gateways == TRUNK_MAX_GATEWAYS || !value ||
        strlen(value) >= TRUNK_URI_BYTES || read_number(priority, &gateway->priority) < 0 ||
        read_number(weight, &gateway->weight) < 0)
        return -EBADMSG;
    memcpy(gateway->uri, value, strlen(value) + 1);
    settings->gateways++;
    return 0;
}

static int read_line(char *line, struct trunk_settings *settings)
{
    char *value = line, *key = strsep(&value, " ");
    if (!value)
        return line[0] ? -EBADMSG : 0;
    if (strcmp(key, "gateway") == 0)
        return read_gateway(value, settings);
    for (unsigned i = 0; i < TRUNK_KEYS; i++) {
        if (strcmp(keys[i].name, key) == 0)
            return read_key(&keys[i], value, settings);
    }
    return 0;
}

int trunk_settings_read(const char *lines, struct trunk_settings *settings)
{
    char *copy = strdup(lines), *rest = copy;
    int error = copy ? 0 : -ENOMEM;
    const char *field;
    trunk_settings_defaults(settings);
    for (char *line; !error && (line = strsep(&rest, "\n"));)
        error = read_line(line, settings);
    free(copy);
    return error ? error : trunk_settings_check(settings, &field) < 0 ? -EBADMSG : 0;
}
