/* recipient_list.c - the entries of a document, whatever lists they are in. */
#include "server/body/recipient_list.h"

#include "server/body/xml_walk.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_DOCUMENT = 0, DEPTH_LIST = 1 };

struct reading {
    struct recipient_list *list;
    int error; /* the first one */
};

static bool fail(struct reading *reading, int error)
{
    reading->error = error;
    return false;
}

static bool on_open(void *context, unsigned depth, struct slice name)
{
    if (depth == DEPTH_DOCUMENT)
        return xml_is_called(name, "resource-lists");
    if (xml_is_called(name, "external") || xml_is_called(name, "entry-ref"))
        return fail(context, -ENOTSUP);
    return depth != DEPTH_LIST || xml_is_called(name, "list");
}

static bool has(const struct recipient_list *list, const char *uri)
{
    unsigned i = 0;
    while (i < list->count && strcmp(list->uri[i], uri) != 0)
        i++;
    return i < list->count;
}

static bool add(struct reading *reading, const char *uri)
{
    struct recipient_list *list = reading->list;
    if (!uri[0])
        return fail(reading, -EBADMSG);
    if (has(list, uri))
        return true;
    if (list->count == RECIPIENT_LIST_MOST)
        return fail(reading, -E2BIG);
    list->uri[list->count] = strdup(uri);
    if (!list->uri[list->count])
        return fail(reading, -ENOMEM);
    list->count++;
    return true;
}

static void on_attributes(void *context, unsigned depth, struct slice name,
                          struct slice attributes)
{
    struct reading *reading = context;
    struct slice value;
    char uri[RECIPIENT_URI_BYTES];
    if (reading->error || depth <= DEPTH_LIST || !xml_is_called(name, "entry"))
        return;
    if (xml_attribute(attributes, "uri", &value) && xml_decode(value, uri, sizeof(uri)))
        add(reading, uri);
    else
        reading->error = -EBADMSG;
}

int recipient_list_read(struct slice body, struct recipient_list *list)
{
    static const struct xml_walk_events events = {.on_open = on_open,
                                                  .on_attributes = on_attributes};
    struct reading reading = {.list = list};
    list->count = 0;
    int error = xml_walk(body, &events, &reading);
    if (reading.error)
        error = reading.error;
    if (!error && !list->count)
        error = -EBADMSG;
    if (error)
        recipient_list_finish(list);
    return error;
}

void recipient_list_finish(struct recipient_list *list)
{
    for (unsigned i = 0; i < list->count; i++)
        free(list->uri[i]);
    list->count = 0;
}
