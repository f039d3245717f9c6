/* trunk_settings.c - one table of keys: what is checked, shown, written and read. */
#include "server/trunk/trunk_settings.h"

#include "server/rtp/address_block.h"

#include <assert.h>
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
static const char *const dtmf_words[] = {[TRUNK_DTMF_RFC4733] = "rfc4733",
                                         [TRUNK_DTMF_INFO] = "info",
                                         [TRUNK_DTMF_INBAND] = "inband"};

static const char *const early_words[] = {[TRUNK_EARLY_OFF] = "off",
                                          [TRUNK_EARLY_IN] = "in",
                                          [TRUNK_EARLY_OUT] = "out",
                                          [TRUNK_EARLY_BOTH] = "both"};

#define FLAG(field) SETTING_FLAG(struct trunk_settings, field, #field)
#define NUMBER(name, field, from, to)                                                          \
    SETTING_NUMBER(struct trunk_settings, field, name, from, to)
#define WORD(field, all)                                                                       \
    SETTING_WORD(struct trunk_settings, field, #field, all, .otherwise = NULL)
#define TEXT(field, check, wants)                                                              \
    SETTING_TEXT(struct trunk_settings, field, #field, check, .allowed = wants)
#define LIST(name, field, count, to, check, wants)                                             \
    SETTING_LIST(struct trunk_settings, field, count, name, to, check, .allowed = wants)

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

static void write_gateways(const void *value, char out[SETTING_TEXT_BYTES])
{
    const struct trunk_settings *settings = value;
    size_t used = 0;
    out[0] = '\0';
    for (unsigned i = 0; i < settings->gateways; i++)
        used += (size_t)snprintf(out + used, SETTING_TEXT_BYTES - used, "%s%u %u %s",
                                 i ? "\n" : "", settings->gateway[i].priority,
                                 settings->gateway[i].weight, settings->gateway[i].uri);
}

static bool read_number(const char *text, unsigned *number)
{
    size_t digits = text ? strspn(text, "0123456789") : 0;
    if (!digits || digits > 9 || text[digits])
        return false;
    *number = (unsigned)strtoul(text, NULL, 10);
    return true;
}

static bool read_gateway(char *line, struct trunk_gateway *gateway)
{
    char *uri = line, *priority = strsep(&uri, " "), *weight = uri ? strsep(&uri, " ") : NULL;
    if (!uri || strlen(uri) >= TRUNK_URI_BYTES || !read_number(priority, &gateway->priority) ||
        !read_number(weight, &gateway->weight))
        return false;
    memcpy(gateway->uri, uri, strlen(uri) + 1);
    return true;
}

static int read_gateways(const char *text, void *value)
{
    struct trunk_settings *settings = value;
    char lines[SETTING_TEXT_BYTES], *rest = lines;
    if (snprintf(lines, sizeof(lines), "%s", text) >= (int)sizeof(lines))
        return -EINVAL;
    for (settings->gateways = 0; rest && *rest; settings->gateways++) {
        char *line = strsep(&rest, "\n");
        if (settings->gateways == TRUNK_MAX_GATEWAYS ||
            !read_gateway(line, &settings->gateway[settings->gateways]))
            return -EINVAL;
    }
    return 0;
}

/* What has a plain value, then the gateways, which have two fields. */
static const struct setting table[] = {
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
    WORD(srtp, media_srtp_words),
    LIST("codecs", codec, codecs, TRUNK_MAX_CODECS, is_codec,
         "a codec of sound, as PCMA, and none twice"),
    WORD(dtmf, dtmf_words),
    WORD(early_media, early_words),
    FLAG(p_early_media),
    NUMBER("early_limit_s", early_limit_s, 1, TRUNK_MAX_EARLY_S),
    {.name = "gateway",
     .kind = SETTING_IS_OTHER,
     .write = write_gateways,
     .read = read_gateways},
};

enum { SETTINGS = sizeof(table) / sizeof(table[0]), PLAIN = SETTINGS - 1 };

_Static_assert(TRUNK_MAX_GATEWAYS *(TRUNK_URI_BYTES + 20) <= (int)SETTING_TEXT_BYTES &&
                   TRUNK_MAX_RULES * NUMBER_RULE_BYTES <= (int)SETTING_TEXT_BYTES,
               "the longest lists must fit");

const struct setting *trunk_setting_at(unsigned index)
{
    return index < PLAIN ? &table[index] : NULL;
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
    struct trunk_settings scratch = *settings;
    const struct setting *wrong = settings_check(table, PLAIN, settings, &scratch);
    if (wrong) {
        *field = wrong->name;
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

char *trunk_settings_write(const struct trunk_settings *settings)
{
    return settings_write(table, SETTINGS, settings);
}

static void on_wrong(void *context, const struct setting *setting, const char *text)
{
    bool *is_wrong = context;
    (void)setting;
    (void)text;
    *is_wrong = true;
}

int trunk_settings_read(const char *lines, struct trunk_settings *settings)
{
    bool is_wrong = false;
    const char *field;
    trunk_settings_defaults(settings);
    int error = settings_read(table, SETTINGS, lines, settings, on_wrong, &is_wrong);
    if (error)
        return error;
    return is_wrong || trunk_settings_check(settings, &field) < 0 ? -EBADMSG : 0;
}
