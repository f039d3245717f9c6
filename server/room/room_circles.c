/* room_circles.c - 31 places for names, each with the number of its users. */
#include "server/room/room_circles.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

static const char main_name[] = "main";

bool room_circle_is_valid(const char *name)
{
    size_t length = strnlen(name, ROOM_CIRCLE_BYTES);
    return length && length < ROOM_CIRCLE_BYTES &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
}

/* The place of a name: where it is, or was; else one that nobody uses, best one without a name:
 * so who says the same again keeps his bit. */
static int place_for(const struct room_circles *circles, const char *name)
{
    int unused = -EUSERS;
    for (int i = ROOM_CIRCLES - 2; i >= 0; i--) {
        if (strcmp(circles->circle[i].name, name) == 0)
            return i;
        bool is_blank = !circles->circle[i].name[0];
        if (!circles->circle[i].users &&
            (unused < 0 || is_blank || circles->circle[unused].name[0]))
            unused = i;
    }
    return unused;
}

int room_circles_use(struct room_circles *circles, const struct room_circle_names *names,
                     uint32_t *set)
{
    uint32_t used = 0;
    for (unsigned i = 0; i < names->count; i++) {
        const char *name = names->name[i];
        assert(room_circle_is_valid(name));
        if (strcmp(name, main_name) == 0) {
            used |= 1;
            continue;
        }
        int place = place_for(circles, name);
        if (place < 0) {
            room_circles_release(circles, used);
            return place;
        }
        uint32_t bit = 1u << (place + 1);
        if (used & bit)
            continue; /* named twice */
        if (strcmp(circles->circle[place].name, name) != 0)
            memcpy(circles->circle[place].name, name, strlen(name) + 1);
        circles->circle[place].users++;
        used |= bit;
    }
    *set = used;
    return 0;
}

void room_circles_release(struct room_circles *circles, uint32_t set)
{
    for (unsigned i = 0; i < ROOM_CIRCLES - 1; i++) {
        if (!(set & 1u << (i + 1)))
            continue;
        assert(circles->circle[i].users);
        circles->circle[i].users--;
    }
}

struct room_circle_names room_circles_name(const struct room_circles *circles, uint32_t set)
{
    struct room_circle_names names = {.count = 0};
    if (set & 1)
        names.name[names.count++] = main_name;
    for (unsigned i = 0; circles && i < ROOM_CIRCLES - 1; i++) {
        if (set & 1u << (i + 1))
            names.name[names.count++] = circles->circle[i].name;
    }
    return names;
}
