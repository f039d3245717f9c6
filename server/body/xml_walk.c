/* xml_walk.c - tags walked one by one; each name is kept until its end tag. */
#include "server/body/xml_walk.h"

#include <errno.h>
#include <string.h>

struct walk {
    const struct xml_walk_events *events;
    void *context;
    struct slice rest;
    const char *text; /* where the text began that stands in front of rest */
    unsigned depth, roots;
    struct slice open[XML_WALK_MAX_DEPTH]; /* outermost first */
};

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

static void skip(struct slice *rest, size_t count)
{
    rest->at += count;
    rest->length -= count;
}

static bool begins(struct slice rest, const char *text)
{
    size_t length = strlen(text);
    return rest.length >= length && memcmp(rest.at, text, length) == 0;
}

/* Goes behind the next @p end. */
static bool skip_to(struct slice *rest, const char *end)
{
    const char *found = memmem(rest->at, rest->length, end, strlen(end));
    if (!found)
        return false;
    skip(rest, (size_t)(found - rest->at) + strlen(end));
    return true;
}

/* Takes a name off @p rest. */
static struct slice take_name(struct slice *rest)
{
    size_t length = 0;
    while (length < rest->length && !is_blank(rest->at[length]) &&
           !memchr("/><=\"'&", rest->at[length], 7))
        length++;
    struct slice name = {rest->at, length};
    skip(rest, length);
    return name;
}

/* Goes behind the ">" of a tag, past attributes, whose values may have one. */
static bool skip_attributes(struct slice *rest, bool *is_empty)
{
    char before = ' ';
    while (rest->length) {
        char byte = rest->at[0];
        skip(rest, 1);
        if (byte == '<')
            return false;
        if (byte == '>') {
            *is_empty = before == '/';
            return true;
        }
        if ((byte == '"' || byte == '\'') && !skip_to(rest, (char[]){byte, '\0'}))
            return false;
        before = byte;
    }
    return false;
}

bool xml_is_called(struct slice name, const char *text)
{
    const char *colon = memchr(name.at, ':', name.length);
    if (colon)
        skip(&name, (size_t)(colon + 1 - name.at));
    return slice_equals(name, text);
}

static void tell_closed(struct walk *walk, struct slice name, struct slice text)
{
    if (walk->events->on_close)
        walk->events->on_close(walk->context, walk->depth, name, text);
}

static bool close_tag(struct walk *walk, struct slice text)
{
    struct slice name = take_name(&walk->rest);
    while (walk->rest.length && is_blank(walk->rest.at[0]))
        skip(&walk->rest, 1);
    if (!begins(walk->rest, ">") || !walk->depth)
        return false;
    skip(&walk->rest, 1);
    const struct slice *open = &walk->open[--walk->depth];
    if (open->length != name.length || memcmp(open->at, name.at, name.length) != 0)
        return false;
    tell_closed(walk, name, text);
    return true;
}

static bool open_tag(struct walk *walk)
{
    bool is_empty = false;
    struct slice name = take_name(&walk->rest);
    if (!name.length || walk->depth == XML_WALK_MAX_DEPTH ||
        !skip_attributes(&walk->rest, &is_empty))
        return false;
    if (walk->depth == 0 && walk->roots++)
        return false;
    if (walk->events->on_open && !walk->events->on_open(walk->context, walk->depth, name))
        return false;
    if (is_empty)
        tell_closed(walk, name, (struct slice){walk->rest.at, 0});
    else
        walk->open[walk->depth++] = name;
    return true;
}

/* Takes what begins with "<" off the rest. */
static bool take_tag(struct walk *walk)
{
    struct slice *rest = &walk->rest;
    if (begins(*rest, "<!--"))
        return skip_to(rest, "-->");
    if (begins(*rest, "<![CDATA["))
        return walk->depth && skip_to(rest, "]]>");
    if (begins(*rest, "<?"))
        return skip_to(rest, "?>");
    if (begins(*rest, "<!"))
        return false;
    struct slice text = {walk->text, (size_t)(rest->at - walk->text)};
    bool is_end = begins(*rest, "</");
    skip(rest, is_end ? 2 : 1);
    bool is_taken = is_end ? close_tag(walk, text) : open_tag(walk);
    walk->text = rest->at;
    return is_taken;
}

int xml_walk(struct slice body, const struct xml_walk_events *events, void *context)
{
    struct walk walk = {.events = events, .context = context, .rest = body, .text = body.at};
    for (const char *next; (next = memchr(walk.rest.at, '<', walk.rest.length));) {
        skip(&walk.rest, (size_t)(next - walk.rest.at));
        if (!take_tag(&walk))
            return -EBADMSG;
    }
    return walk.depth || !walk.roots ? -EBADMSG : 0;
}
