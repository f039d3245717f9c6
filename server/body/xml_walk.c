/* xml_walk.c - tags walked one by one; each name is kept until its end tag. */
#include "server/body/xml_walk.h"

#include <ctype.h>
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

static void skip_blanks(struct slice *rest)
{
    while (rest->length && is_blank(rest->at[0]))
        skip(rest, 1);
}

/* Takes name="value" off @p rest. */
static bool take_attribute(struct slice *rest, struct slice *name, struct slice *value)
{
    skip_blanks(rest);
    *name = take_name(rest);
    skip_blanks(rest);
    if (!name->length || !begins(*rest, "="))
        return false;
    skip(rest, 1);
    skip_blanks(rest);
    if (!rest->length || (rest->at[0] != '"' && rest->at[0] != '\''))
        return false;
    const char quote = rest->at[0];
    skip(rest, 1);
    value->at = rest->at;
    if (!skip_to(rest, (char[]){quote, '\0'}))
        return false;
    value->length = (size_t)(rest->at - 1 - value->at);
    return true;
}

bool xml_attribute(struct slice attributes, const char *name, struct slice *value)
{
    struct slice found, found_value;
    while (take_attribute(&attributes, &found, &found_value)) {
        if (!slice_equals(found, name))
            continue;
        *value = found_value;
        return true;
    }
    return false;
}

/* ---- references ---- */

/* "#65", "#x41". @return 0: no character that XML may have. */
static unsigned number_of(struct slice name)
{
    const bool is_hex = begins(name, "#x");
    unsigned value = 0;
    skip(&name, is_hex ? 2 : 1);
    if (!name.length)
        return 0;
    for (size_t i = 0; i < name.length; i++) {
        const char *const digits = "0123456789abcdef";
        const char *digit = strchr(digits, tolower((unsigned char)name.at[i]));
        if (!name.at[i] || !digit || (!is_hex && digit - digits > 9) || value > 0x10ffff)
            return 0;
        value = value * (is_hex ? 16 : 10) + (unsigned)(digit - digits);
    }
    const bool is_surrogate = value >= 0xd800 && value <= 0xdfff;
    const bool is_control = value < ' ' && value != '\t' && value != '\n' && value != '\r';
    return is_surrogate || is_control || value > 0x10ffff ? 0 : value;
}

static unsigned character_of(struct slice name)
{
    static const struct {
        const char *name;
        char character;
    } known[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
    if (begins(name, "#"))
        return number_of(name);
    for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (slice_equals(name, known[i].name))
            return (unsigned char)known[i].character;
    }
    return 0;
}

static unsigned write_utf8(unsigned character, char out[4])
{
    static const struct {
        unsigned below, first;
    } lengths[] = {{0x80, 0}, {0x800, 0xc0}, {0x10000, 0xe0}, {0x110000, 0xf0}};
    unsigned length = 0;
    while (character >= lengths[length].below)
        length++;
    for (unsigned i = length; i > 0; i--, character >>= 6)
        out[i] = (char)(0x80 | (character & 0x3f));
    out[0] = (char)(lengths[length].first | character);
    return length + 1;
}

/* Takes a reference off @p rest, which begins with "&". @return its length as UTF-8; 0: it is
 * none. */
static unsigned take_reference(struct slice *rest, char out[4])
{
    const char *end = memchr(rest->at, ';', rest->length);
    if (!end)
        return 0;
    const struct slice name = {rest->at + 1, (size_t)(end - rest->at - 1)};
    const unsigned character = character_of(name);
    skip(rest, (size_t)(end + 1 - rest->at));
    return character ? write_utf8(character, out) : 0;
}

bool xml_decode(struct slice text, char *out, size_t room)
{
    size_t used = 0;
    while (text.length) {
        char bytes[4] = {text.at[0]};
        unsigned length = 1;
        if (bytes[0] == '&')
            length = take_reference(&text, bytes);
        else
            skip(&text, 1);
        if (!length || used + length >= room)
            return false;
        memcpy(out + used, bytes, length);
        used += length;
    }
    if (!room)
        return false;
    out[used] = '\0';
    return true;
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
    skip_blanks(&walk->rest);
    if (!begins(walk->rest, ">") || !walk->depth)
        return false;
    skip(&walk->rest, 1);
    const struct slice *open = &walk->open[--walk->depth];
    if (open->length != name.length || memcmp(open->at, name.at, name.length) != 0)
        return false;
    tell_closed(walk, name, text);
    return true;
}

static void tell_attributes(struct walk *walk, struct slice name, const char *begin)
{
    const struct slice attributes = {begin, (size_t)(walk->rest.at - 1 - begin)};
    if (walk->events->on_attributes)
        walk->events->on_attributes(walk->context, walk->depth, name, attributes);
}

static bool open_tag(struct walk *walk)
{
    bool is_empty = false;
    struct slice name = take_name(&walk->rest);
    const char *attributes = walk->rest.at;
    if (!name.length || walk->depth == XML_WALK_MAX_DEPTH ||
        !skip_attributes(&walk->rest, &is_empty))
        return false;
    if (walk->depth == 0 && walk->roots++)
        return false;
    if (walk->events->on_open && !walk->events->on_open(walk->context, walk->depth, name))
        return false;
    tell_attributes(walk, name, attributes);
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
