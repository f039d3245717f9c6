/*
 * attributes.h - what others say of a participant: names and texts, for whoever integrates us.
 *
 *   struct attributes list = {.count = 0};
 *   attributes_set(&list, "customer", "4711")
 *
 * They come with the request that makes a participant; ours are added when its call is sent on.
 *
 * Thread   any; pure.
 */
#ifndef SERVER_ROOM_ATTRIBUTES_H
#define SERVER_ROOM_ATTRIBUTES_H

#include <stdbool.h>

enum { ATTRIBUTES_MOST = 16, ATTRIBUTE_NAME_BYTES = 33, ATTRIBUTE_VALUE_BYTES = 257 };

struct attribute {
    char name[ATTRIBUTE_NAME_BYTES];
    char value[ATTRIBUTE_VALUE_BYTES]; /* valid UTF-8 of one line (room_text.h) */
};

struct attributes {
    unsigned count;
    struct attribute attribute[ATTRIBUTES_MOST]; /* [count], in the order of coming */
};

/** Sets or replaces one; the name is 1 to 32 of a-z 0-9 _, the value is made fit to be shown,
 * and cut to fit.
 *  @return 0; -EINVAL: the name; -E2BIG: there are ATTRIBUTES_MOST. */
int attributes_set(struct attributes *attributes, const char *name, const char *value);

/** NULL: there is none of that name. Borrowed. */
const char *attributes_get(const struct attributes *attributes, const char *name);

#endif
