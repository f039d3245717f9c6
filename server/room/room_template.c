/* room_template.c - an index of named settings, each kept in the store. */
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

const struct room_settings *room_template_find(const struct room_list *list, const char *name)
{
    const struct room_template *found = name_index_find(&list->templates, name);
    return found ? &found->settings : NULL;
}

const char *room_template_above(const struct room_list *list, const char *after)
{
    const struct room_template *above = name_index_above(&list->templates, after);
    return above ? above->name : NULL;
}

static int insert(struct room_list *list, const char *name, struct room_template **out)
{
    if (list->templates.count == ROOM_MAX_TEMPLATES)
        return -EUSERS;
    struct room_template *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    memcpy(made->name, name, strlen(name) + 1);
    int err = name_index_insert(&list->templates, made);
    if (err < 0)
        free(made);
    else
        *out = made;
    return err;
}

static void take_out(struct room_list *list, struct room_template *template)
{
    name_index_remove(&list->templates, template);
    free(template);
}

int room_template_put(struct room_list *list, const char *name,
                      const struct room_settings *settings)
{
    ASSERT_CONTROL();
    assert(room_settings_are_valid(settings));
    if (!room_name_is_valid(name))
        return -EINVAL;
    struct room_template *template = name_index_find(&list->templates, name);
    bool is_new = !template;
    int err = is_new ? insert(list, name, &template) : 0;
    if (err < 0)
        return err;
    struct room_settings clean = *settings;
    room_text_clean(clean.display_name, sizeof(clean.display_name), settings->display_name);
    err = room_settings_save_template(list, name, &clean);
    if (err < 0 && is_new)
        take_out(list, template);
    if (err < 0)
        return err;
    template->settings = clean;
    log_info("room", "template %s: %s", name, is_new ? "created" : "changed");
    return 0;
}

int room_template_delete(struct room_list *list, const char *name)
{
    ASSERT_CONTROL();
    struct room_template *template = name_index_find(&list->templates, name);
    if (!template)
        return 0;
    int err = list->config.store ? store_template_delete(list->config.store, name) : 0;
    if (err < 0)
        return err;
    log_info("room", "template %s: deleted", name);
    take_out(list, template);
    return 0;
}

/* ---- for the list ---- */

static void load(void *context, const struct store_room *row)
{
    struct room_list *list = context;
    struct room_settings settings = list->config.defaults;
    struct room_template *template;
    if (!room_name_is_valid(row->name) || room_settings_from_row(row, &settings) < 0 ||
        insert(list, row->name, &template) < 0) {
        log_warn("room", "the store has a template that cannot be taken, \"%s\": left alone",
                 row->name);
        return;
    }
    template->settings = settings;
}

void room_templates_init(struct room_list *list)
{
    list->templates = NAME_INDEX(struct room_template, name);
}

int room_templates_load(struct room_list *list)
{
    return store_templates_each(list->config.store, load, list);
}

void room_templates_finish(struct room_list *list)
{
    for (size_t i = 0; i < list->templates.count; i++)
        free(list->templates.item[i]);
    name_index_finish(&list->templates);
}
