/* api_menu.c - keys that are removed, then those that are set. */
#include "api/api_menu.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Only ~ and / would need an escape in the pointer (RFC 6901), and neither can be in keys. */
static void complain(struct api_answer *answer, const char *keys, int err)
{
    char pointer[32] = "/menu";
    if (strlen(keys) < MENU_KEYS_BYTES && !strpbrk(keys, "~/"))
        snprintf(pointer, sizeof(pointer), "/menu/%s", keys);
    switch (-err) {
    case EINVAL:
        api_problem_field(answer, pointer, "\"%.20s\" is not 1 to 4 of 0-9, *, # and A-D",
                          keys);
        break;
    case EEXIST:
        api_problem_field(answer, pointer,
                          "is the beginning of other keys, or they are the beginning of it");
        break;
    case E2BIG:
        api_problem_field(answer, pointer, "is one too many: %d are allowed", MENU_MAX_ENTRIES);
        break;
    default:
        api_problem_field(
            answer, pointer,
            "has to be one of mute, raise_hand, volume_up, volume_down, voice_up, voice_down, "
            "headcount, help, lock, mute_all, end, hang_up, admit; or null");
    }
}

/* What is removed goes first: its keys may be in the way of others. */
bool api_menu_change(const json_t *body, struct menu *menu, struct api_answer *answer)
{
    const char *keys;
    json_t *action;
    bool good = true;
    json_object_foreach((json_t *)body, keys, action)
    {
        if (json_is_null(action))
            menu_remove(menu, keys);
    }
    json_object_foreach((json_t *)body, keys, action)
    {
        if (json_is_null(action))
            continue;
        const char *word = json_string_value(action);
        int err = menu_set(menu, keys, word ? word : "");
        good = good && err == 0;
        if (err < 0)
            complain(answer, keys, err);
    }
    return good;
}

json_t *api_menu_show(const struct menu *menu)
{
    json_t *shown = json_object();
    for (unsigned i = 0; i < menu->count; i++)
        json_object_set_new(shown, menu->entry[i].keys,
                            json_string(menu_action_word(menu->entry[i].action)));
    return shown;
}
