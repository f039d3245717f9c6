/* menu.c - a sorted table of a few entries, looked through from begin to end. */
#include "server/room/menu.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *const action_words[MENU_ACTIONS] = {
    [MENU_MUTE] = "mute",
    [MENU_RAISE_HAND] = "raise_hand",
    [MENU_VOLUME_UP] = "volume_up",
    [MENU_VOLUME_DOWN] = "volume_down",
    [MENU_VOICE_UP] = "voice_up",
    [MENU_VOICE_DOWN] = "voice_down",
    [MENU_HEADCOUNT] = "headcount",
    [MENU_HELP] = "help",
    [MENU_LOCK] = "lock",
    [MENU_MUTE_ALL] = "mute_all",
    [MENU_END] = "end",
    [MENU_HANG_UP] = "hang_up",
    [MENU_ADMIT] = "admit",
};

static const char digits[] = "0123456789*#ABCD";

/* Ending the conference is in no default: a slip of the finger must not cost one. */
struct menu menu_default(void)
{
    return (struct menu){.count = 11,
                         .entry = {{"*#", MENU_ADMIT},
                                   {"*0", MENU_HELP},
                                   {"*1", MENU_MUTE},
                                   {"*2", MENU_RAISE_HAND},
                                   {"*3", MENU_HEADCOUNT},
                                   {"*4", MENU_VOLUME_DOWN},
                                   {"*5", MENU_LOCK},
                                   {"*6", MENU_VOLUME_UP},
                                   {"*7", MENU_VOICE_DOWN},
                                   {"*8", MENU_MUTE_ALL},
                                   {"*9", MENU_VOICE_UP}}};
}

const char *menu_action_word(enum menu_action action)
{
    assert(action < MENU_ACTIONS);
    return action_words[action];
}

bool menu_action_is_for_moderators(enum menu_action action)
{
    return action == MENU_LOCK || action == MENU_MUTE_ALL || action == MENU_END ||
           action == MENU_ADMIT;
}

static int find_action(const char *word)
{
    for (int i = 0; i < MENU_ACTIONS; i++) {
        if (strcmp(action_words[i], word) == 0)
            return i;
    }
    return -ENOENT;
}

static bool begins(const char *keys, const char *with)
{
    return strncmp(keys, with, strlen(with)) == 0;
}

/* The first entry at or above @p keys. */
static unsigned place_of(const struct menu *menu, const char *keys)
{
    unsigned place = 0;
    while (place < menu->count && strcmp(menu->entry[place].keys, keys) < 0)
        place++;
    return place;
}

static bool is_at(const struct menu *menu, unsigned place, const char *keys)
{
    return place < menu->count && strcmp(menu->entry[place].keys, keys) == 0;
}

int menu_set(struct menu *menu, const char *keys, const char *action)
{
    size_t length = strspn(keys, digits);
    if (!length || length >= MENU_KEYS_BYTES || keys[length])
        return -EINVAL;
    int found = find_action(action);
    if (found < 0)
        return found;
    unsigned place = place_of(menu, keys);
    if (is_at(menu, place, keys)) {
        menu->entry[place].action = (uint8_t)found;
        return 0;
    }
    for (unsigned i = 0; i < menu->count; i++) {
        if (begins(menu->entry[i].keys, keys) || begins(keys, menu->entry[i].keys))
            return -EEXIST;
    }
    if (menu->count == MENU_MAX_ENTRIES)
        return -E2BIG;
    memmove(&menu->entry[place + 1], &menu->entry[place],
            (menu->count - place) * sizeof(menu->entry[0]));
    menu->count++;
    menu->entry[place] = (struct menu_entry){.action = (uint8_t)found};
    memcpy(menu->entry[place].keys, keys, length);
    return 0;
}

void menu_remove(struct menu *menu, const char *keys)
{
    unsigned place = place_of(menu, keys);
    if (!is_at(menu, place, keys))
        return;
    menu->count--;
    memmove(&menu->entry[place], &menu->entry[place + 1],
            (menu->count - place) * sizeof(menu->entry[0]));
}

/* ---- as text ---- */

static_assert(MENU_MAX_ENTRIES * (MENU_KEYS_BYTES + 11 + 6) + 3 <= MENU_TEXT_BYTES,
              "24 entries with the longest keys and the longest word must fit");

void menu_write(const struct menu *menu, char out[MENU_TEXT_BYTES])
{
    size_t used = (size_t)snprintf(out, MENU_TEXT_BYTES, "{");
    for (unsigned i = 0; i < menu->count; i++)
        used += (size_t)snprintf(out + used, MENU_TEXT_BYTES - used, "%s\"%s\":\"%s\"",
                                 i ? "," : "", menu->entry[i].keys,
                                 action_words[menu->entry[i].action]);
    snprintf(out + used, MENU_TEXT_BYTES - used, "}");
}

static bool take(const char **at, char wanted)
{
    *at += strspn(*at, " \t\r\n");
    if (**at != wanted)
        return false;
    (*at)++;
    return true;
}

/* A JSON string of ours: it has no escapes. */
static bool take_word(const char **at, char *out, size_t room)
{
    if (!take(at, '"'))
        return false;
    size_t length = strcspn(*at, "\"\\");
    if (length >= room || (*at)[length] != '"')
        return false;
    memcpy(out, *at, length);
    out[length] = '\0';
    *at += length + 1;
    return true;
}

int menu_read(const char *text, struct menu *menu)
{
    struct menu read = {0};
    const char *at = text;
    if (!take(&at, '{'))
        return -EBADMSG;
    bool more = !take(&at, '}');
    while (more) {
        char keys[MENU_KEYS_BYTES + 1], action[32];
        if (!take_word(&at, keys, sizeof(keys)) || !take(&at, ':') ||
            !take_word(&at, action, sizeof(action)))
            return -EBADMSG;
        int err = menu_set(&read, keys, action);
        if (err < 0)
            return err;
        more = take(&at, ',');
        if (!more && !take(&at, '}'))
            return -EBADMSG;
    }
    if (!take(&at, '\0'))
        return -EBADMSG;
    *menu = read;
    return 0;
}

/* ---- the listener ---- */

static bool is_begin(const struct menu *menu, const char *keys)
{
    for (unsigned i = 0; i < menu->count; i++) {
        if (begins(menu->entry[i].keys, keys))
            return true;
    }
    return false;
}

static void forget(struct menu_reader *reader)
{
    reader->keys[0] = '\0';
}

enum menu_result menu_hear(const struct menu *menu, struct menu_reader *reader, char digit,
                           int64_t now_ns, bool is_moderator, enum menu_action *action)
{
    if (now_ns - reader->last_ns > MENU_KEYS_NS)
        forget(reader);
    reader->last_ns = now_ns;
    size_t length = strlen(reader->keys);
    bool had_begun = length > 0;
    char keys[MENU_KEYS_BYTES + 1];
    snprintf(keys, sizeof(keys), "%s%c", reader->keys, digit);
    bool goes_on = length + 1 < MENU_KEYS_BYTES && is_begin(menu, keys);
    if (!goes_on && had_begun)
        snprintf(keys, sizeof(keys), "%c", digit);
    if (!goes_on && !is_begin(menu, keys)) {
        forget(reader);
        return had_begun ? MENU_UNKNOWN : MENU_IGNORED;
    }
    unsigned place = place_of(menu, keys);
    if (!is_at(menu, place, keys)) {
        snprintf(reader->keys, sizeof(reader->keys), "%.4s", keys);
        return MENU_BEGUN;
    }
    forget(reader);
    *action = (enum menu_action)menu->entry[place].action;
    return menu_action_is_for_moderators(*action) && !is_moderator ? MENU_FORBIDDEN
                                                                   : MENU_CHOSEN;
}
