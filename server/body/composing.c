/* composing.c - <state> and <refresh>. */
#include "server/body/composing.h"

#include "server/body/xml_walk.h"

#include <errno.h>
#include <string.h>

enum { MOST_REFRESH_S = 86400 };

struct reading {
    struct composing *composing;
    bool has_state;
};

static bool on_open(void *context, unsigned depth, struct slice name)
{
    (void)context;
    return depth > 0 || xml_is_called(name, "isComposing");
}

static void on_close(void *context, unsigned depth, struct slice name, struct slice text)
{
    struct reading *reading = context;
    unsigned long refresh_s;
    struct slice word = slice_trim(text);
    if (depth == 1 && xml_is_called(name, "state")) {
        reading->composing->is_active = slice_equals(word, "active");
        reading->has_state = word.length > 0; /* RFC 3994 section 4: unknown ones are idle */
    } else if (depth == 1 && xml_is_called(name, "refresh") &&
               slice_number(word, MOST_REFRESH_S, &refresh_s)) {
        reading->composing->refresh_s = (unsigned)refresh_s;
    }
}

int composing_read(struct slice body, struct composing *composing)
{
    static const struct xml_walk_events events = {.on_open = on_open, .on_close = on_close};
    struct reading reading = {.composing = composing};
    *composing = (struct composing){.is_active = false};
    int err = xml_walk(body, &events, &reading);
    return err < 0 || !reading.has_state ? -EBADMSG : 0;
}
