/* conference_users.c - the few texts that are kept. */
#include "server/sip/conference_users.h"

#include "mixer/base/clock.h"
#include "server/sip/conference_info.h"

#include <stdlib.h>
#include <string.h>

static void forget(struct conference_users_text *kept)
{
    free(kept->text);
    *kept = (struct conference_users_text){.text = NULL};
}

/* CONFERENCE_USERS_ROOMS: it is not kept. */
static unsigned find(const struct conference_users *users, const struct room *room)
{
    unsigned i = 0;
    while (i < CONFERENCE_USERS_ROOMS && (!users->kept[i].text || users->kept[i].room != room))
        i++;
    return i;
}

static bool is_good(const struct conference_users_text *kept, int64_t now_ns)
{
    const bool is_young =
        now_ns - kept->written_ns < CONFERENCE_USERS_MS * (int64_t)CLOCK_NS_PER_MS;
    return is_young && (!kept->is_stale || strlen(kept->text) >= CONFERENCE_USERS_LARGE_BYTES);
}

const char *conference_users_text(struct conference_users *users, const struct room *room,
                                  int64_t now_ns)
{
    unsigned at = find(users, room);
    struct conference_users_text first = {.room = room, .written_ns = now_ns};
    if (at < CONFERENCE_USERS_ROOMS && is_good(&users->kept[at], now_ns))
        first = users->kept[at];
    else
        first.text = conference_info_write_users(room);
    if (!first.text)
        return NULL;
    if (at == CONFERENCE_USERS_ROOMS)
        at--; /* that which was asked for longest ago goes */
    if (users->kept[at].text != first.text)
        forget(&users->kept[at]);
    memmove(&users->kept[1], &users->kept[0], at * sizeof(users->kept[0]));
    users->kept[0] = first;
    return first.text;
}

void conference_users_on_room_event(struct conference_users *users,
                                    const struct room_event *event)
{
    const unsigned at = find(users, event->room);
    if (at == CONFERENCE_USERS_ROOMS)
        return;
    if (event->kind == ROOM_EVENT_ROOM_DELETED)
        forget(&users->kept[at]);
    else if (conference_info_shows(event->kind))
        users->kept[at].is_stale = true;
}

void conference_users_finish(struct conference_users *users)
{
    for (unsigned i = 0; i < CONFERENCE_USERS_ROOMS; i++)
        forget(&users->kept[i]);
}
