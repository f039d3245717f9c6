/* trunk_settings.c - one table of keys: what is written, read and checked. */
#include "server/trunk/trunk_settings.h"

#include "server/rtp/address_block.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- words ---- */

static const char *const full_words[] = {[TRUNK_FULL_503] = "503", [TRUNK_FULL_480] = "480"};
static const char *const from_words[] = {
    [TRUNK_NUMBER_FROM_REQUEST] = "request", [TRUNK_NUMBER_FROM_TO] = "to"};
static const char *const identity_words[] = {
    [TRUNK_IDENTITY_FROM] = "from", [TRUNK_IDENTITY_BOTH] = "both"};

static int find_word(const char *const words[2], const char *word)
{
    for (int i = 0; i < 2; i++) {
        if (strcmp(words[i], word) == 0)
            return i;
    }
    return -EINVAL;
}

const char *trunk_full_word(enum trunk_full full)
{
    return full_words[full];
}

int trunk_full_parse(const char *word, enum trunk_full *full)
{
    int found = find_word(full_words, word);
    if (found >= 0)
        *full = (enum trunk_full)found;
    return found < 0 ? found : 0;
}

const char *trunk_number_from_word(enum trunk_number_from from)
{
    return from_words[from];
}

int trunk_number_from_parse(const char *word, enum trunk_number_from *from)
{
    int found = find_word(from_words, word);
    if (found >= 0)
        *from = (enum trunk_number_from)found;
    return found < 0 ? found : 0;
}

const char *trunk_identity_word(enum trunk_identity identity)
{
    return identity_words[identity];
}

int trunk_identity_parse(const char *word, enum trunk_identity *identity)
{
    int found = find_word(identity_words, word);
    if (found >= 0)
        *identity = (enum trunk_identity)found;
    return found < 0 ? found : 0;
}

/* ---- the table ---- */

enum kind { FLAG, NUMBER, TEXT, LIST };

struct row {
    const char *key;
    enum kind kind;
    size_t at;                          /* of the field */
    size_t bytes;                       /* of a text, or of an item of a list */
    size_t count_at;                    /* of a list */
    unsigned least, most;               /* of a number; the items of a list */
    bool (*is_valid)(const char *text); /* of a text that is not empty, or an item */
};

#define AT(field) offsetof(struct trunk_settings, field)
#define BYTES(field) sizeof(((struct trunk_settings *)NULL)->field)
#define FLAG_ROW(key, field)                                                                   \
    {                                                                                          \
        key, FLAG, AT(field), 0, 0, 0, 1, NULL                                                 \
    }
#define NUMBER_ROW(key, field, least, most)                                                    \
    {                                                                                          \
        key, NUMBER, AT(field), 0, 0, least, most, NULL                                        \
    }
#define TEXT_ROW(key, field, is_valid)                                                         \
    {                                                                                          \
        key, TEXT, AT(field), BYTES(field), 0, 0, 0, is_valid                                  \
    }
#define LIST_ROW(key, field, count, most, is_valid)                                            \
    {                                                                                          \
        key, LIST, AT(field), BYTES(field[0]), AT(count), 0, most, is_valid                    \
    }

static bool is_line(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return false;
    }
    return true;
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

static const struct row rows[] = {
    FLAG_ROW("enabled", enabled),
    TEXT_ROW("display_name", display_name, is_line),
    NUMBER_ROW("gateway_timeout_ms", gateway_timeout_ms, TRUNK_LEAST_GATEWAY_MS,
               TRUNK_MAX_GATEWAY_MS),
    NUMBER_ROW("progress_timeout_ms", progress_timeout_ms, TRUNK_LEAST_GATEWAY_MS,
               2 * TRUNK_MAX_GATEWAY_MS),
    NUMBER_ROW("health_s", health_s, 0, TRUNK_MAX_HEALTH_S),
    LIST_ROW("networks", network, networks, TRUNK_MAX_NETWORKS, trunk_network_is_valid),
    TEXT_ROW("registrar", registrar, trunk_uri_is_valid),
    TEXT_ROW("username", username, is_user),
    TEXT_ROW("auth_name", auth_name, is_line),
    NUMBER_ROW("expires_s", expires_s, TRUNK_LEAST_EXPIRES_S, TRUNK_MAX_EXPIRES_S),
    NUMBER_ROW("lines", lines, 0, TRUNK_MAX_LINES),
    NUMBER_ROW("lines_in", lines_in, 0, TRUNK_MAX_LINES),
    NUMBER_ROW("lines_out", lines_out, 0, TRUNK_MAX_LINES),
    NUMBER_ROW("when_full", when_full, 0, TRUNK_FULL_480),
    FLAG_ROW("overflow", overflow),
    NUMBER_ROW("number_from", number_from, 0, TRUNK_NUMBER_FROM_TO),
    LIST_ROW("in_rules", in_rule, in_rules, TRUNK_MAX_RULES, number_rule_is_valid),
    LIST_ROW("caller_rules", caller_rule, caller_rules, TRUNK_MAX_RULES, number_rule_is_valid),
    LIST_ROW("out_rules", out_rule, out_rules, TRUNK_MAX_RULES, number_rule_is_valid),
    FLAG_ROW("trusts_identity", trusts_identity),
    TEXT_ROW("caller_id", caller_id, is_caller),
    FLAG_ROW("hides_caller", hides_caller),
    NUMBER_ROW("identity", identity, 0, TRUNK_IDENTITY_BOTH),
    LIST_ROW("numbers", number, numbers, TRUNK_MAX_NUMBERS, number_pattern_is_valid),
    NUMBER_ROW("order", order, 0, TRUNK_MAX_WEIGHT),
    NUMBER_ROW("calls_per_room", budget.per_room, 0, TRUNK_MAX_LINES),
    NUMBER_ROW("calls_per_room_day", budget.per_room_day, 0, TRUNK_MAX_LINES),
    NUMBER_ROW("calls_per_day", budget.per_day, 0, TRUNK_MAX_LINES),
    NUMBER_ROW("srtp", srtp, 0, MEDIA_SRTP_REQUIRED),
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static const void *field_of(const struct trunk_settings *settings, size_t at)
{
    return (const char *)settings + at;
}

static unsigned number_of(const struct trunk_settings *settings, size_t at)
{
    unsigned value; /* enums have its size: a bug if not */
    _Static_assert(sizeof(enum trunk_full) == sizeof(value) &&
                       sizeof(enum media_srtp) == sizeof(value) &&
                       sizeof(enum trunk_identity) == sizeof(value) &&
                       sizeof(enum trunk_number_from) == sizeof(value),
                   "numbers of the table are unsigned");
    memcpy(&value, field_of(settings, at), sizeof(value));
    return value;
}

void trunk_settings_defaults(struct trunk_settings *settings)
{
    *settings = (struct trunk_settings){
        .enabled = true,
        .gateway_timeout_ms = 4000,
        .progress_timeout_ms = 20000,
        .health_s = 30,
        .expires_s = 300,
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

static bool is_row_good(const struct row *row, const struct trunk_settings *settings)
{
    const char *text = field_of(settings, row->at);
    unsigned number = row->kind == NUMBER ? number_of(settings, row->at)
                      : row->kind == LIST ? number_of(settings, row->count_at)
                                          : 0;
    if (row->kind == NUMBER)
        return number >= row->least && number <= row->most;
    if (row->kind == TEXT)
        return !text[0] || !row->is_valid || row->is_valid(text);
    if (row->kind == FLAG)
        return true;
    if (number > row->most)
        return false;
    for (unsigned i = 0; i < number; i++) {
        if (!row->is_valid(text + i * row->bytes))
            return false;
    }
    return true;
}

int trunk_settings_check(const struct trunk_settings *settings, const char **field)
{
    for (unsigned i = 0; i < ROWS; i++) {
        if (!is_row_good(&rows[i], settings)) {
            *field = rows[i].key;
            return -EINVAL;
        }
    }
    for (unsigned i = 0; i < settings->gateways; i++) {
        const struct trunk_gateway *gateway = &settings->gateway[i];
        *field = "gateways";
        if (!trunk_uri_is_valid(gateway->uri) || gateway->priority > TRUNK_MAX_WEIGHT ||
            gateway->weight > TRUNK_MAX_WEIGHT)
            return -EINVAL;
    }
    *field = "username";
    return settings->registrar[0] && !settings->username[0] ? -EINVAL : 0;
}

/* ---- lines ---- */

static void write_row(FILE *out, const struct row *row, const struct trunk_settings *settings)
{
    const char *text = field_of(settings, row->at);
    if (row->kind == FLAG)
        fprintf(out, "%s %u\n", row->key, *(const bool *)text);
    else if (row->kind == NUMBER)
        fprintf(out, "%s %u\n", row->key, number_of(settings, row->at));
    else if (row->kind == TEXT && text[0])
        fprintf(out, "%s %s\n", row->key, text);
    for (unsigned i = 0; row->kind == LIST && i < number_of(settings, row->count_at); i++)
        fprintf(out, "%s %s\n", row->key, text + i * row->bytes);
}

char *trunk_settings_write(const struct trunk_settings *settings)
{
    char *lines = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&lines, &length);
    if (!out)
        return NULL;
    for (unsigned i = 0; i < ROWS; i++)
        write_row(out, &rows[i], settings);
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

static int read_text(const struct row *row, const char *value, char *text)
{
    if (strlen(value) >= row->bytes)
        return -EBADMSG;
    memcpy(text, value, strlen(value) + 1);
    return 0;
}

static int read_row(const struct row *row, const char *value, struct trunk_settings *settings)
{
    char *at = (char *)settings + row->at;
    unsigned number = 0;
    if (row->kind == TEXT)
        return read_text(row, value, at);
    if (row->kind == LIST) {
        unsigned count = number_of(settings, row->count_at);
        if (count == row->most || read_text(row, value, at + count * row->bytes) < 0)
            return -EBADMSG;
        count++;
        memcpy((char *)settings + row->count_at, &count, sizeof(count));
        return 0;
    }
    int error = read_number(value, &number);
    if (!error && row->kind == NUMBER)
        memcpy(at, &number, sizeof(number));
    else if (!error)
        *(bool *)at = number != 0;
    return error;
}

static int read_gateway(char *value, struct trunk_settings *settings)
{
    struct trunk_gateway *gateway = &settings->gateway[settings->gateways];
    char *priority = strsep(&value, " "), *weight = strsep(&value, " ");
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
    for (unsigned i = 0; i < ROWS; i++) {
        if (strcmp(rows[i].key, key) == 0)
            return read_row(&rows[i], value, settings);
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
