/* info_picture.c - tags walked one by one; each name is kept until its end tag. */
#include "server/sip/info_picture.h"

#include "server/sdp/description.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* What is open now, outermost first. */
struct tags {
    unsigned depth, roots;
    struct slice open[INFO_PICTURE_MAX_DEPTH];
};

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

static struct slice skip(struct slice rest, size_t count)
{
    return (struct slice){rest.at + count, rest.length - count};
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
    *rest = skip(*rest, (size_t)(found - rest->at) + strlen(end));
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
    *rest = skip(*rest, length);
    return name;
}

/* Goes behind the ">" of a tag, past attributes, whose values may have one. */
static bool skip_attributes(struct slice *rest, bool *is_empty)
{
    char before = ' ';
    while (rest->length) {
        char byte = rest->at[0];
        *rest = skip(*rest, 1);
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

/* "mc:picture_fast_update" has a prefix. */
static bool is_called(struct slice name, const char *text)
{
    const char *colon = memchr(name.at, ':', name.length);
    return slice_equals(colon ? skip(name, (size_t)(colon + 1 - name.at)) : name, text);
}

static bool close_tag(struct slice *rest, struct tags *tags)
{
    struct slice name = take_name(rest);
    while (rest->length && is_blank(rest->at[0]))
        *rest = skip(*rest, 1);
    if (!begins(*rest, ">") || !tags->depth)
        return false;
    *rest = skip(*rest, 1);
    const struct slice *open = &tags->open[--tags->depth];
    return open->length == name.length && memcmp(open->at, name.at, name.length) == 0;
}

static bool open_tag(struct slice *rest, struct tags *tags, bool *found)
{
    bool is_empty = false;
    struct slice name = take_name(rest);
    if (!name.length || tags->depth == INFO_PICTURE_MAX_DEPTH ||
        !skip_attributes(rest, &is_empty))
        return false;
    if (tags->depth == 0 && (tags->roots++ || !is_called(name, "media_control")))
        return false;
    *found = *found || is_called(name, "picture_fast_update");
    if (!is_empty)
        tags->open[tags->depth++] = name;
    return true;
}

/* Takes what begins with "<" off @p rest. */
static bool take_tag(struct slice *rest, struct tags *tags, bool *found)
{
    if (begins(*rest, "<!--"))
        return skip_to(rest, "-->");
    if (begins(*rest, "<![CDATA["))
        return tags->depth && skip_to(rest, "]]>");
    if (begins(*rest, "<?"))
        return skip_to(rest, "?>");
    if (begins(*rest, "<!"))
        return false;
    bool is_end = begins(*rest, "</");
    *rest = skip(*rest, is_end ? 2 : 1);
    return is_end ? close_tag(rest, tags) : open_tag(rest, tags, found);
}

int info_picture_read(const char *content_type, const char *body, size_t length)
{
    const char *type = content_type ? content_type : "";
    size_t type_length = strcspn(type, "; \t");
    struct slice rest = {body, length};
    struct tags tags = {.depth = 0};
    bool found = false;
    if (type_length != strlen(INFO_PICTURE_TYPE) ||
        strncasecmp(type, INFO_PICTURE_TYPE, type_length) != 0)
        return -ENOTSUP;
    if (length > INFO_PICTURE_MAX_BYTES)
        return -EBADMSG;
    for (const char *next; (next = memchr(rest.at, '<', rest.length));) {
        rest = skip(rest, (size_t)(next - rest.at));
        if (!take_tag(&rest, &tags, &found))
            return -EBADMSG;
    }
    if (tags.depth || !tags.roots)
        return -EBADMSG;
    return found ? 0 : -ENOMSG;
}
