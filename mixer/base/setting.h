/*
 * setting.h - settings of a struct in one table: how each is called, where it is, what it may
 * be; and all of them as lines of text, "name value", for a store.
 *
 *   static const struct setting table[] = {
 *       SETTING_FLAG(struct lamp, lit, "lit"),
 *       SETTING_NUMBER(struct lamp, watts, "watts", 1, 100),
 *       SETTING_WORD(struct lamp, colour, "colour", colours, .otherwise = "white"),
 *       SETTING_TEXT(struct lamp, label, "label", is_label, .allowed = "one word"),
 *       SETTING_LIST(struct lamp, place, places, "places", 8, is_place),
 *   };
 *   char *lines = settings_write(table, COUNT, &lamp);
 *   settings_read(table, COUNT, lines, &lamp, on_wrong, context);
 *
 * Shape    a text of several lines has its name before each of them, as a list has before each
 *          of its items. What is not in the lines stays as it is; names that the table does not
 *          have are passed over, as a newer version may have written them.
 * Thread   any; pure.
 */
#ifndef MIXER_BASE_SETTING_H
#define MIXER_BASE_SETTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SETTING_TEXT_BYTES = 8192 }; /* of one as text */

enum setting_kind {
    SETTING_IS_FLAG,   /* bool                         */
    SETTING_IS_NUMBER, /* unsigned                     */
    SETTING_IS_TIME,   /* int64_t, not below 0         */
    SETTING_IS_WORD,   /* enum: its place in words     */
    SETTING_IS_TEXT,   /* array of char                */
    SETTING_IS_LIST,   /* arrays of char, and how many */
    SETTING_IS_OTHER,  /* anything: by its write, read */
};

struct setting {
    const char *name;
    enum setting_kind kind;
    size_t at;                /* of its field */
    size_t bytes;             /* of a text, or of an item of a list */
    size_t count_at;          /* of a list: the field that says how many */
    unsigned least, most;     /* of a number; most: items of a list, too */
    const char *const *words; /* [word_count] */
    unsigned word_count;
    const char *otherwise; /* taken if what the lines say cannot be; NULL: it stays */
    bool (*is_valid)(const char *text); /* of a text that is not empty, or of an item; NULL: any
                                         */
    const char *allowed;                /* what that wants, for a person; or NULL */
    void (*write)(const void *value, char out[SETTING_TEXT_BYTES]); /* of OTHER */
    int (*read)(const char *text, void *value); /* of OTHER: 0 or -EINVAL; of a TEXT that is not
                                                   kept as it comes */
};

/* Where a field is; of another type than @p wanted it does not compile. An enum is unsigned. */
#define SETTING_AT(type, field, wanted)                                                        \
    (offsetof(type, field) + 0 * sizeof(_Generic(((type *)NULL)->field, wanted : 1)))

#define SETTING_FLAG(type, field, called)                                                      \
    {                                                                                          \
        .name = called, .kind = SETTING_IS_FLAG, .at = SETTING_AT(type, field, bool)           \
    }
#define SETTING_NUMBER(type, field, called, from, to)                                          \
    {                                                                                          \
        .name = called, .kind = SETTING_IS_NUMBER, .at = SETTING_AT(type, field, unsigned),    \
        .least = from, .most = to                                                              \
    }
#define SETTING_TIME(type, field, called)                                                      \
    {                                                                                          \
        .name = called, .kind = SETTING_IS_TIME, .at = SETTING_AT(type, field, int64_t)        \
    }
#define SETTING_WORD(type, field, called, all, ...)                                            \
    {                                                                                          \
        .name = called, .kind = SETTING_IS_WORD, .at = SETTING_AT(type, field, unsigned),      \
        .words = all, .word_count = sizeof(all) / sizeof((all)[0]), __VA_ARGS__                \
    }
#define SETTING_TEXT(type, field, called, check, ...)                                          \
    {                                                                                          \
        .name = called, .kind = SETTING_IS_TEXT, .at = offsetof(type, field[0]),               \
        .bytes = sizeof(((type *)NULL)->field), .is_valid = check, __VA_ARGS__                 \
    }
#define SETTING_LIST(type, field, count, called, to, check, ...)                               \
    {                                                                                          \
        .name = called, .kind = SETTING_IS_LIST, .at = offsetof(type, field[0][0]),            \
        .bytes = sizeof(((type *)NULL)->field[0]),                                             \
        .count_at = SETTING_AT(type, count, unsigned), .most = to, .is_valid = check,          \
        __VA_ARGS__                                                                            \
    }
#define SETTING_OTHER(type, field, called, how_written, how_read)                              \
    {                                                                                          \
        .name = called, .kind = SETTING_IS_OTHER, .at = offsetof(type, field),                 \
        .write = how_written, .read = how_read                                                 \
    }

/** NULL: there is none of that name. */
const struct setting *setting_find(const struct setting *table, unsigned count,
                                   const char *name);

/** A flag, a number, a word's place, the length of a list. */
unsigned setting_number(const struct setting *setting, const void *of);
void setting_set_number(const struct setting *setting, void *of, unsigned number);

/** A word itself. */
const char *setting_word(const struct setting *setting, const void *of);

/** A time. */
int64_t setting_time(const struct setting *setting, const void *of);
void setting_set_time(const struct setting *setting, void *of, int64_t time_ns);

/** A text (@p index 0), or an item of a list. Borrowed. */
const char *setting_item(const struct setting *setting, const void *of, unsigned index);
/** @return 0; -EINVAL: it does not fit. A list is no shorter than @p index + 1 then. */
int setting_set_item(const struct setting *setting, void *of, unsigned index, const char *text);

/** Makes that setting of @p to what it is of @p from; not of OTHER. */
void setting_copy(const struct setting *setting, const void *from, void *to);

/** The value of that setting of @p of, as text. */
void setting_write(const struct setting *setting, const void *of, char out[SETTING_TEXT_BYTES]);
/** @return 0; -EINVAL: it cannot be that; @p of is as it was, if the setting's own read leaves
 *  it so. */
int setting_read(const struct setting *setting, const char *text, void *of);

/** @return the lines, owned by the caller (free()); NULL: no memory. */
char *settings_write(const struct setting *table, unsigned count, const void *of);

/** Tells @p on_wrong of each that cannot be what the lines say, when it is what it will be; and
 *  of a line that has no value, @p setting being NULL. @return 0 or -ENOMEM. */
int settings_read(const struct setting *table, unsigned count, const char *lines, void *of,
                  void (*on_wrong)(void *context, const struct setting *setting,
                                   const char *text),
                  void *context);

/** True if all are the same as text. */
bool settings_equal(const struct setting *table, unsigned count, const void *one,
                    const void *other);

/** The first that could not be read as it would be written; NULL: all are good. @p scratch is
 *  a copy of @p of, of no use afterwards. */
const struct setting *settings_check(const struct setting *table, unsigned count,
                                     const void *of, void *scratch);

#endif
