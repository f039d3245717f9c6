/* room_settings.c - a room's settings as words, and as a row of the store. */
#include "server/room/room_internal.h"
#include "server/room/room_text.h"

#include "mixer/base/log.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

static const char *const tone_words[] = {
    [ROOM_TONE_NONE] = "none",
    [ROOM_TONE_JOIN] = "join",
    [ROOM_TONE_LEAVE] = "leave",
    [ROOM_TONE_BOTH] = "both",
};

static const char *const alone_words[] = {
    [ROOM_ALONE_SILENCE] = "silence",
    [ROOM_ALONE_NOISE] = "noise",
};

/* The number of @p word, or -EINVAL. */
static int find_word(const char *const *words, unsigned count, const char *word)
{
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(words[i], word) == 0)
            return (int)i;
    }
    return -EINVAL;
}

const char *room_tone_word(enum room_tone tone)
{
    assert(tone <= ROOM_TONE_BOTH);
    return tone_words[tone];
}

const char *room_alone_word(enum room_alone alone)
{
    assert(alone <= ROOM_ALONE_NOISE);
    return alone_words[alone];
}

int room_tone_parse(const char *word, enum room_tone *tone)
{
    int found = find_word(tone_words, ROOM_TONE_BOTH + 1, word);
    if (found < 0)
        return found;
    *tone = (enum room_tone)found;
    return 0;
}

int room_alone_parse(const char *word, enum room_alone *alone)
{
    int found = find_word(alone_words, ROOM_ALONE_NOISE + 1, word);
    if (found < 0)
        return found;
    *alone = (enum room_alone)found;
    return 0;
}

bool room_settings_equal(const struct room_settings *one, const struct room_settings *other)
{
    return strcmp(one->display_name, other->display_name) == 0 &&
           one->locked == other->locked && one->max_participants == other->max_participants &&
           one->tone == other->tone && one->alone == other->alone;
}

struct store_room room_settings_to_row(const struct room *room,
                                       const struct room_settings *settings)
{
    return (struct store_room){
        .name = room->name,
        .display_name = settings->display_name,
        .locked = settings->locked,
        .max_participants = settings->max_participants,
        .join_tone = room_tone_word(settings->tone),
        .alone = room_alone_word(settings->alone),
        .created_ns = room->created_ns,
    };
}

struct room_settings room_settings_from_row(const struct store_room *row,
                                            const struct room_settings *defaults)
{
    struct room_settings settings = *defaults;
    room_text_clean(settings.display_name, sizeof(settings.display_name), row->display_name);
    settings.locked = row->locked;
    if (row->max_participants >= 1 && row->max_participants <= ROOM_MAX_PARTICIPANTS)
        settings.max_participants = row->max_participants;
    else
        log_warn("room", "room %s: the store says max_participants %u: using %u", row->name,
                 row->max_participants, settings.max_participants);
    if (room_tone_parse(row->join_tone, &settings.tone) < 0 ||
        room_alone_parse(row->alone, &settings.alone) < 0)
        log_warn("room", "room %s: the store says tone \"%s\", alone \"%s\": using defaults",
                 row->name, row->join_tone, row->alone);
    return settings;
}
