/* ctl_table.c - widths are those of the longest cell, in characters. */
#include "api/ctl/ctl_table.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_COLUMNS = 16, MOST_WIDTH = 40, CELL_BYTES = 256, PATH_BYTES = 128 };

struct table {
    const char *name[MOST_COLUMNS]; /* in `names`, or a member's */
    size_t width[MOST_COLUMNS];
    unsigned count;
    char *names; /* owned */
};

/* ---- one value ---- */

static bool is_plain(const json_t *value)
{
    return !json_is_object(value) && !json_is_array(value);
}

/* Characters, where a byte that continues one counts nothing. */
static size_t width_of(const char *text)
{
    size_t width = 0;
    for (; *text; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

/* C0, DEL, and C1 in UTF-8 (0xc2 0x80..0x9f). */
static void clean(char *text)
{
    for (unsigned char *at = (unsigned char *)text; *at; at++) {
        if (*at < ' ' || *at == 0x7f)
            *at = ' ';
        else if (at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0)
            at[0] = at[1] = ' ';
    }
}

static void cut_to_width(char *text, size_t most)
{
    size_t width = 0;
    for (char *at = text; *at; at++) {
        if (((unsigned char)*at & 0xc0) != 0x80 && ++width > most) {
            *at = '\0';
            return;
        }
    }
}

static void cell(const json_t *value, char out[CELL_BYTES])
{
    if (json_is_string(value))
        snprintf(out, CELL_BYTES, "%s", json_string_value(value));
    else if (!value || json_is_null(value))
        snprintf(out, CELL_BYTES, "-");
    else if (json_is_boolean(value))
        snprintf(out, CELL_BYTES, "%s", json_is_true(value) ? "yes" : "no");
    else {
        char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(6));
        snprintf(out, CELL_BYTES, "%s", text ? text : "?");
        free(text);
    }
    clean(out);
}

/* ---- a table ---- */

static void add_column(struct table *table, const char *name)
{
    if (table->count == MOST_COLUMNS)
        return;
    table->name[table->count] = name;
    table->width[table->count++] = width_of(name);
}

static int take_columns(struct table *table, const json_t *first, const char *columns)
{
    if (columns) {
        table->names = strdup(columns);
        char *rest = NULL;
        for (char *name = table->names ? strtok_r(table->names, " ", &rest) : NULL; name;
             name = strtok_r(NULL, " ", &rest))
            add_column(table, name);
        return table->names ? 0 : -ENOMEM;
    }
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)first, name, value)
    {
        if (is_plain(value))
            add_column(table, name);
    }
    return 0;
}

/* The member at "now.up". */
static const json_t *member_of(const json_t *item, const char *path)
{
    char name[PATH_BYTES];
    for (const char *dot; (dot = strchr(path, '.')); path = dot + 1) {
        snprintf(name, sizeof(name), "%.*s", (int)(dot - path), path);
        item = json_object_get(item, name);
    }
    return json_object_get(item, path);
}

static void read_cell(const struct table *table, const json_t *item, unsigned column,
                      char out[CELL_BYTES])
{
    cell(member_of(item, table->name[column]), out);
    cut_to_width(out, MOST_WIDTH);
}

static void measure(struct table *table, const json_t *item)
{
    char text[CELL_BYTES];
    for (unsigned i = 0; i < table->count; i++) {
        read_cell(table, item, i, text);
        size_t width = width_of(text);
        if (width > table->width[i])
            table->width[i] = width;
    }
}

static void print_cell(FILE *out, const struct table *table, unsigned column, const char *text)
{
    bool is_last = column + 1 == table->count;
    int padding = is_last ? 0 : (int)(table->width[column] - width_of(text)) + 2;
    fprintf(out, "%s%*s%s", text, padding, "", is_last ? "\n" : "");
}

int ctl_table_print(FILE *out, const json_t *items, const char *columns)
{
    struct table table = {.count = 0};
    char text[CELL_BYTES];
    size_t index;
    json_t *item;
    int err = take_columns(&table, json_array_get(items, 0), columns);
    if (err < 0)
        return err;
    json_array_foreach(items, index, item) measure(&table, item);
    for (unsigned i = 0; i < table.count; i++)
        print_cell(out, &table, i, table.name[i]);
    json_array_foreach(items, index, item)
    {
        for (unsigned i = 0; i < table.count; i++) {
            read_cell(&table, item, i, text);
            print_cell(out, &table, i, text);
        }
    }
    free(table.names);
    return 0;
}

/* ---- an object ---- */

static void print_member(FILE *out, const char *path, const json_t *value, bool is_line)
{
    char text[CELL_BYTES];
    cell(value, text);
    if (is_line)
        fprintf(out, " %s=%s", path, text);
    else
        fprintf(out, "%s: %s\n", path, text);
}

static void print_members(FILE *out, const char *prefix, const json_t *object, bool is_line)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)object, name, value)
    {
        char path[PATH_BYTES];
        snprintf(path, sizeof(path), "%s%s%s", prefix, *prefix ? "." : "", name);
        clean(path);
        if (json_is_object(value) && json_object_size(value) && strlen(path) < PATH_BYTES - 1)
            print_members(out, path, value, is_line);
        else
            print_member(out, path, value, is_line);
    }
}

void ctl_table_print_object(FILE *out, const json_t *object)
{
    print_members(out, "", object, false);
}

void ctl_table_print_line(FILE *out, const json_t *object)
{
    print_members(out, "", object, true);
    fputc('\n', out);
}
