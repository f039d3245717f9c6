/*
 * menu.h - what the keys of a telephone do in a conference: a table, and the one who listens to
 * the digits.
 *
 *   struct menu menu = menu_default();
 *   menu_set(&menu, "*1", "mute");  menu_remove(&menu, "*5");
 *   switch (menu_hear(&menu, &reader, digit, now_ns, is_moderator, &action)) ...
 *
 * Keys of an entry are told as soon as the last one is pressed: so no entry may be the
 * beginning of another, and nothing ever waits for a time-out. Keys that come MENU_KEYS_NS
 * after those before them begin anew.
 *
 * The text of a menu is JSON, as the store keeps it: {"*1":"mute","*2":"raise_hand"}.
 *
 * Thread   any; pure.
 * Errors   0 or a negative errno; on error the menu is as it was.
 */
#ifndef SERVER_ROOM_MENU_H
#define SERVER_ROOM_MENU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum menu_action {
    MENU_MUTE,       /* mute or unmute oneself                   */
    MENU_RAISE_HAND, /* raise or lower it                        */
    MENU_VOLUME_UP,  /* of what one hears                        */
    MENU_VOLUME_DOWN,
    MENU_VOICE_UP, /* of what one says                         */
    MENU_VOICE_DOWN,
    MENU_HEADCOUNT, /* hear how many there are                  */
    MENU_HELP,      /* hear the menu                            */
    MENU_LOCK,      /* moderators: lock or unlock the room      */
    MENU_MUTE_ALL,  /* moderators: mute all but moderators      */
    MENU_END,       /* moderators: hang up all                  */
    MENU_HANG_UP,   /* oneself                                  */
    MENU_ADMIT,     /* moderators: let in who has waited longest */
    MENU_ACTIONS,
};

enum {
    MENU_MAX_ENTRIES = 24,
    MENU_KEYS_BYTES = 5, /* 1 to 4 digits */
    MENU_TEXT_BYTES = 1024,
};
#define MENU_KEYS_NS 3000000000LL

struct menu_entry {
    char keys[MENU_KEYS_BYTES]; /* "*1" */
    uint8_t action;             /* enum menu_action */
};

/** Sorted by keys; zeroed: no menu. */
struct menu {
    unsigned count;
    struct menu_entry entry[MENU_MAX_ENTRIES];
};

/** The menu of a room that does not say otherwise. */
struct menu menu_default(void);

/**
 * Adds an entry, or gives its keys another action.
 *
 * @return 0; -EINVAL: @p keys are not 1 to 4 of 0-9 * # A-D; -ENOENT: there is no @p action of
 *         that word; -EEXIST: one is the beginning of another; -E2BIG: MENU_MAX_ENTRIES.
 */
int menu_set(struct menu *menu, const char *keys, const char *action);

/** Removes an entry, if it is there. */
void menu_remove(struct menu *menu, const char *keys);

/** "mute"; a constant. */
const char *menu_action_word(enum menu_action action);

/** True for what only moderators may do. */
bool menu_action_is_for_moderators(enum menu_action action);

/** Writes a menu as text: MENU_TEXT_BYTES always are enough. */
void menu_write(const struct menu *menu, char out[MENU_TEXT_BYTES]);

/** Reads what menu_write() wrote; blanks are allowed. @return 0; -EBADMSG; menu_set()'s errors.
 */
int menu_read(const char *text, struct menu *menu);

/* ---- the listener ---- */

/** The keys pressed so far; zeroed: none. */
struct menu_reader {
    char keys[MENU_KEYS_BYTES];
    int64_t last_ns;
};

enum menu_result {
    MENU_IGNORED,   /* no entry begins so: meant for somebody else      */
    MENU_BEGUN,     /* an entry begins so                               */
    MENU_UNKNOWN,   /* it began like one, but there is none             */
    MENU_FORBIDDEN, /* *action is for moderators                        */
    MENU_CHOSEN,    /* *action                                          */
};

/** One more digit. A key that does not go on what was begun may begin anew ("**1" is "*1"). */
enum menu_result menu_hear(const struct menu *menu, struct menu_reader *reader, char digit,
                           int64_t now_ns, bool is_moderator, enum menu_action *action);

#endif
