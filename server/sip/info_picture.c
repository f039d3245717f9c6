/* info_picture.c - one tag among those of media_control. */
#include "server/sip/info_picture.h"

#include "server/body/xml_walk.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

static bool on_open(void *context, unsigned depth, struct slice name)
{
    bool *found = context;
    *found = *found || xml_is_called(name, "picture_fast_update");
    return depth > 0 || xml_is_called(name, "media_control");
}

int info_picture_read(const char *content_type, const char *body, size_t length)
{
    static const struct xml_walk_events events = {.on_open = on_open};
    const char *type = content_type ? content_type : "";
    size_t type_length = strcspn(type, "; \t");
    bool found = false;
    if (type_length != strlen(INFO_PICTURE_TYPE) ||
        strncasecmp(type, INFO_PICTURE_TYPE, type_length) != 0)
        return -ENOTSUP;
    if (length > INFO_PICTURE_MAX_BYTES ||
        xml_walk((struct slice){body, length}, &events, &found) < 0)
        return -EBADMSG;
    return found ? 0 : -ENOMSG;
}
