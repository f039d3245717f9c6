/* setting.c - values as text, texts as lines. */
#include "mixer/base/setting.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- one ---- */

/* Lines are mostly in the order of the table: it is looked for from @p from on. */
static const struct setting *find(const struct setting *table, unsigned count, unsigned from,
                                  const char *name)
{
    for (unsigned i = 0; i < count; i++) {
        const struct setting *setting = &table[(from + i) % count];
        if (strcmp(setting->name, name) == 0)
            return setting;
    }
    return NULL;
}

const struct setting *setting_find(const struct setting *table, unsigned count,
                                   const char *name)
{
    return find(table, count, 0, name);
}

unsigned setting_number(const struct setting *setting, const void *of)
{
    const char *begin = of;
    if (setting->kind == SETTING_IS_FLAG)
        return *(const bool *)(begin + setting->at);
    return *(const unsigned *)(begin + (setting->kind == SETTING_IS_LIST ? setting->count_at
                                                                         : setting->at));
}

void setting_set_number(const struct setting *setting, void *of, unsigned number)
{
    char *begin = of;
    if (setting->kind == SETTING_IS_FLAG)
        *(bool *)(begin + setting->at) = number != 0;
    else
        *(unsigned *)(begin + (setting->kind == SETTING_IS_LIST ? setting->count_at
                                                                : setting->at)) = number;
}

const char *setting_word(const struct setting *setting, const void *of)
{
    assert(setting_number(setting, of) < setting->word_count);
    return setting->words[setting_number(setting, of)];
}

int64_t setting_time(const struct setting *setting, const void *of)
{
    return *(const int64_t *)((const char *)of + setting->at);
}

void setting_set_time(const struct setting *setting, void *of, int64_t time_ns)
{
    *(int64_t *)((char *)of + setting->at) = time_ns;
}

const char *setting_item(const struct setting *setting, const void *of, unsigned index)
{
    return (const char *)of + setting->at + index * setting->bytes;
}

int setting_set_item(const struct setting *setting, void *of, unsigned index, const char *text)
{
    bool is_list = setting->kind == SETTING_IS_LIST;
    size_t length = strlen(text);
    if (length >= setting->bytes || (is_list && index >= setting->most))
        return -EINVAL;
    memcpy((char *)of + setting->at + index * setting->bytes, text, length + 1);
    if (is_list && setting_number(setting, of) <= index)
        setting_set_number(setting, of, index + 1);
    return 0;
}

void setting_copy(const struct setting *setting, const void *from, void *to)
{
    const char *value = (const char *)from + setting->at;
    assert(setting->kind != SETTING_IS_OTHER); /* of which nobody knows how long it is */
    switch (setting->kind) {
    case SETTING_IS_TIME:
        setting_set_time(setting, to, setting_time(setting, from));
        break;
    case SETTING_IS_TEXT:
        memcpy((char *)to + setting->at, value, setting->bytes);
        break;
    case SETTING_IS_LIST:
        memcpy((char *)to + setting->at, value, setting->most * setting->bytes);
        setting_set_number(setting, to, setting_number(setting, from));
        break;
    case SETTING_IS_FLAG:
    case SETTING_IS_NUMBER:
    case SETTING_IS_WORD:
    case SETTING_IS_OTHER:
        setting_set_number(setting, to, setting_number(setting, from));
        break;
    }
}

static void write_list(const struct setting *setting, const void *of,
                       char out[SETTING_TEXT_BYTES])
{
    size_t used = 0;
    out[0] = '\0';
    assert(setting->most * setting->bytes <= SETTING_TEXT_BYTES);
    for (unsigned i = 0; i < setting_number(setting, of); i++)
        used += (size_t)snprintf(out + used, SETTING_TEXT_BYTES - used, "%s%s", i ? "\n" : "",
                                 setting_item(setting, of, i));
}

void setting_write(const struct setting *setting, const void *of, char out[SETTING_TEXT_BYTES])
{
    switch (setting->kind) {
    case SETTING_IS_FLAG:
    case SETTING_IS_NUMBER:
        snprintf(out, SETTING_TEXT_BYTES, "%u", setting_number(setting, of));
        break;
    case SETTING_IS_TIME:
        snprintf(out, SETTING_TEXT_BYTES, "%" PRId64, setting_time(setting, of));
        break;
    case SETTING_IS_WORD:
        snprintf(out, SETTING_TEXT_BYTES, "%s", setting_word(setting, of));
        break;
    case SETTING_IS_TEXT:
        snprintf(out, SETTING_TEXT_BYTES, "%s", setting_item(setting, of, 0));
        break;
    case SETTING_IS_LIST:
        write_list(setting, of, out);
        break;
    case SETTING_IS_OTHER:
        setting->write((const char *)of + setting->at, out);
        break;
    }
}

/* Decimal digits, no more than @p most. */
static int read_number(const char *text, int64_t most, int64_t *number)
{
    size_t digits = strspn(text, "0123456789");
    if (!digits || text[digits])
        return -EINVAL;
    errno = 0;
    int64_t read = strtoll(text, NULL, 10);
    if (errno || read > most)
        return -EINVAL;
    *number = read;
    return 0;
}

static int read_word(const struct setting *setting, const char *text, unsigned *word)
{
    for (unsigned i = 0; i < setting->word_count; i++) {
        if (strcmp(setting->words[i], text) == 0) {
            *word = i;
            return 0;
        }
    }
    return -EINVAL;
}

static bool is_valid(const struct setting *setting, const char *text)
{
    return !setting->is_valid || setting->is_valid(text);
}

static int read_text(const struct setting *setting, const char *text, void *of)
{
    if (setting->read)
        return setting->read(text, (char *)of + setting->at);
    return !text[0] || is_valid(setting, text) ? setting_set_item(setting, of, 0, text)
                                               : -EINVAL;
}

/* All of them, or nothing. @p of NULL: they are only looked at. */
static int read_items(const struct setting *setting, const char *text, void *of)
{
    char item[SETTING_TEXT_BYTES];
    for (unsigned i = 0; *text; i++) {
        size_t length = strcspn(text, "\n");
        if (length >= setting->bytes || i >= setting->most)
            return -EINVAL;
        snprintf(item, sizeof(item), "%.*s", (int)length, text);
        if (!is_valid(setting, item))
            return -EINVAL;
        if (of)
            setting_set_item(setting, of, i, item);
        text += length + (text[length] == '\n');
    }
    return 0;
}

static int read_list(const struct setting *setting, const char *text, void *of)
{
    int err = read_items(setting, text, NULL);
    if (err < 0)
        return err;
    setting_set_number(setting, of, 0);
    return read_items(setting, text, of);
}

int setting_read(const struct setting *setting, const char *text, void *of)
{
    void *value = (char *)of + setting->at;
    int64_t number = 0;
    int err = 0;
    switch (setting->kind) {
    case SETTING_IS_FLAG:
    case SETTING_IS_NUMBER:
        err = read_number(text, setting->kind == SETTING_IS_FLAG ? 1 : setting->most, &number);
        if (err == 0 && number < setting->least)
            err = -EINVAL;
        if (err == 0)
            setting_set_number(setting, of, (unsigned)number);
        break;
    case SETTING_IS_TIME:
        err = read_number(text, INT64_MAX, value);
        break;
    case SETTING_IS_WORD:
        err = read_word(setting, text, value);
        break;
    case SETTING_IS_TEXT:
        err = read_text(setting, text, of);
        break;
    case SETTING_IS_LIST:
        err = read_list(setting, text, of);
        break;
    case SETTING_IS_OTHER:
        err = setting->read(text, value);
        break;
    }
    return err;
}

/* ---- all ---- */

static void write_lines(FILE *out, const char *name, const char *text)
{
    do {
        size_t length = strcspn(text, "\n");
        fprintf(out, "%s %.*s\n", name, (int)length, text);
        text += length + (text[length] == '\n');
    } while (*text);
}

char *settings_write(const struct setting *table, unsigned count, const void *of)
{
    char *lines = NULL, text[SETTING_TEXT_BYTES];
    size_t length = 0;
    FILE *out = open_memstream(&lines, &length);
    if (!out)
        return NULL;
    for (unsigned i = 0; i < count; i++) {
        setting_write(&table[i], of, text);
        write_lines(out, table[i].name, text);
    }
    if (fclose(out) != 0) {
        free(lines);
        return NULL;
    }
    return lines;
}

/* The value of the line at *@p lines, which becomes that of all lines of the same name that
 * follow it; *@p lines is behind them then, *@p name is that of the line. NULL: it has no value, and
 * *@p name is all of it. */
static char *take_value(char **lines, const char **name)
{
    char *line = *lines, *end = line + strcspn(line, "\n"), *value = strchr(line, ' ');
    bool has_name = value && value < end;
    char *next = end + (*end == '\n');
    size_t begin = has_name ? (size_t)(value - line) + 1 : 0;
    while (has_name && *next && strncmp(next, line, begin) == 0) { /* it is moved up */
        size_t length = strcspn(next + begin, "\n");
        *end++ = '\n';
        memmove(end, next + begin, length);
        end += length;
        next += begin + length;
        next += *next == '\n';
    }
    *end = '\0';
    *lines = next;
    *name = line;
    if (!has_name)
        return NULL;
    *value = '\0';
    return value + 1;
}

int settings_read(const struct setting *table, unsigned count, const char *lines, void *of,
                  void (*on_wrong)(void *context, const struct setting *setting,
                                   const char *text),
                  void *context)
{
    char *copy = strdup(lines), *rest = copy;
    if (!copy)
        return -ENOMEM;
    unsigned next = 0;
    while (*rest) {
        const char *name;
        char *text = take_value(&rest, &name);
        const struct setting *setting = text ? find(table, count, next, name) : NULL;
        if (!text && name[0])
            on_wrong(context, NULL, name);
        if (!setting)
            continue;
        next = (unsigned)(setting - table) + 1;
        if (setting_read(setting, text, of) == 0)
            continue;
        if (setting->otherwise)
            setting_read(setting, setting->otherwise, of);
        on_wrong(context, setting, text);
    }
    free(copy);
    return 0;
}

bool settings_equal(const struct setting *table, unsigned count, const void *one,
                    const void *other)
{
    char text[SETTING_TEXT_BYTES], other_text[SETTING_TEXT_BYTES];
    for (unsigned i = 0; i < count; i++) {
        setting_write(&table[i], one, text);
        setting_write(&table[i], other, other_text);
        if (strcmp(text, other_text) != 0)
            return false;
    }
    return true;
}

const struct setting *settings_check(const struct setting *table, unsigned count,
                                     const void *of, void *scratch)
{
    char text[SETTING_TEXT_BYTES];
    for (unsigned i = 0; i < count; i++) {
        setting_write(&table[i], of, text);
        if (setting_read(&table[i], text, scratch) < 0)
            return &table[i];
    }
    return NULL;
}
