/* room_template.c - a sorted list of named settings, each kept in the store. */
#include "server/room/room_template.h"

#include "mixer/base/check.h"
#include "mixer/base/log.h"
#include "server/room/room_internal.h"
#include "server/room/room_text.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct room_template {
    char name[ROOM_NAME_BYTES];
    struct room_settings settings;
};

/* The first at or above @p name. */
static unsigned place_of(const struct room_templates *templates, const char *name)
{
    unsigned place = 0;
    while (place < templates->count && strcmp(templates->item[place]->name, name) < 0)
        place++;
    return place;
}

static bool is_at(const struct room_templates *templates, unsigned place, const char *name)
{
    return place < templates->count && strcmp(templates->item[place]->name, name) == 0;
}

const struct room_settings *room_template_find(const struct room_list *list, const char *name)
{
    const struct room_templates *templates = &list->templates;
    unsigned place = place_of(templates, name);
    return is_at(templates, place, name) ? &templates->item[place]->settings : NULL;
}

const char *room_template_above(const struct room_list *list, const char *after)
{
    const struct room_templates *templates = &list->templates;
    unsigned place = place_of(templates, after);
    place += is_at(templates, place, after);
    return place < templates->count ? templates->item[place]->name : NULL;
}

static int insert(struct room_templates *templates, unsigned place, const char *name)
{
    if (templates->count == ROOM_MAX_TEMPLATES)
        return -EUSERS;
    struct room_template **larger =
        realloc(templates->item, (templates->count + 1) * sizeof(templates->item[0]));
    if (!larger)
        return -ENOMEM;
    templates->item = larger;
    struct room_template *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    memcpy(made->name, name, strlen(name) + 1);
    memmove(&larger[place + 1], &larger[place], (templates->count - place) * sizeof(larger[0]));
    larger[place] = made;
    templates->count++;
    return 0;
}

static void take_out(struct room_templates *templates, unsigned place)
{
    free(templates->item[place]);
    templates->count--;
    memmove(&templates->item[place], &templates->item[place + 1],
            (templates->count - place) * sizeof(templates->item[0]));
}

int room_template_put(struct room_list *list, const char *name,
                      const struct room_settings *settings)
{
    ASSERT_CONTROL();
    struct room_templates *templates = &list->templates;
    assert(room_settings_are_valid(settings));
    if (!room_name_is_valid(name))
        return -EINVAL;
    unsigned place = place_of(templates, name);
    bool is_new = !is_at(templates, place, name);
    int err = is_new ? insert(templates, place, name) : 0;
    if (err < 0)
        return err;
    struct room_settings clean = *settings;
    room_text_clean(clean.display_name, sizeof(clean.display_name), settings->display_name);
    err = room_settings_save_template(list, name, &clean);
    if (err < 0 && is_new)
        take_out(templates, place);
    if (err < 0)
        return err;
    templates->item[place]->settings = clean;
    log_info("room", "template %s: %s", name, is_new ? "created" : "changed");
    return 0;
}

int room_template_delete(struct room_list *list, const char *name)
{
    ASSERT_CONTROL();
    struct room_templates *templates = &list->templates;
    unsigned place = place_of(templates, name);
    if (!is_at(templates, place, name))
        return 0;
    int err = list->config.store ? store_template_delete(list->config.store, name) : 0;
    if (err < 0)
        return err;
    log_info("room", "template %s: deleted", name);
    take_out(templates, place);
    return 0;
}

/* ---- for the list ---- */

static void load(void *context, const struct store_room *row)
{
    struct room_list *list = context;
    unsigned place = place_of(&list->templates, row->name);
    if (!room_name_is_valid(row->name) || insert(&list->templates, place, row->name) < 0) {
        log_warn("room", "the store has a template that cannot be taken, \"%s\": left alone",
                 row->name);
        return;
    }
    list->templates.item[place]->settings = room_settings_from_row(row, &list->config.defaults);
}

int room_templates_load(struct room_list *list)
{
    return store_templates_each(list->config.store, load, list);
}

void room_templates_finish(struct room_templates *templates)
{
    while (templates->count)
        take_out(templates, templates->count - 1);
    free(templates->item);
    templates->item = NULL;
}
