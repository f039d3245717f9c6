/* bundle_lines.c - which m= sections share one transport. */
#include "server/sdp/bundle_lines.h"

#include <string.h>

/* RFC 8866 section 9, token. */
static bool is_token(struct slice slice)
{
    static const char others[] = "!#$%&'*+-.^_`{|}~";
    for (size_t i = 0; i < slice.length; i++) {
        const char c = slice.at[i];
        if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
              (c && strchr(others, c))))
            return false;
    }
    return slice.length > 0;
}

static bool is_taken(const struct bundle_lines *theirs, struct slice mid)
{
    for (unsigned i = 0; i < theirs->sections; i++) {
        if (slice_equals(mid, theirs->mid[i]))
            return true;
    }
    return false;
}

/* A mid that another section has already is none. */
static void read_section(const struct description_media *media, struct bundle_lines *theirs)
{
    struct slice value;
    char *mid = theirs->mid[theirs->sections];
    if (slice_find_attribute(media->lines, "mid", &value) && is_token(value) &&
        !is_taken(theirs, value) && !slice_copy(value, mid, BUNDLE_MID_BYTES))
        mid[0] = '\0';
    theirs->is_bundle_only[theirs->sections] =
        slice_find_attribute(media->lines, "bundle-only", &value);
    theirs->sections++;
}

static bool add_member(struct slice word, struct bundle_lines *theirs)
{
    for (unsigned i = 0; i < theirs->sections; i++) {
        if (!theirs->mid[i][0] || !slice_equals(word, theirs->mid[i]))
            continue;
        if (theirs->is_bundled[i])
            return false;
        if (!theirs->has_group)
            theirs->tagged = i;
        theirs->has_group = true;
        theirs->is_bundled[i] = true;
        return true;
    }
    return false;
}

static void read_group(struct slice members, struct bundle_lines *theirs)
{
    struct slice word;
    bool is_good = true;
    while (is_good && slice_next_word(&members, ' ', &word))
        is_good = add_member(word, theirs);
    if (is_good)
        return;
    theirs->has_group = false;
    theirs->tagged = 0;
    memset(theirs->is_bundled, 0, sizeof(theirs->is_bundled));
}

void bundle_lines_read(const struct description *description, struct bundle_lines *theirs)
{
    struct slice lines = description->lines, line, value, semantics;
    char type;
    memset(theirs, 0, sizeof(*theirs));
    for (unsigned i = 0; i < description->media_count && i < BUNDLE_MAX_SECTIONS; i++)
        read_section(&description->media[i], theirs);
    while (slice_next_line(&lines, &type, &line)) {
        if (type == 'a' && slice_is_attribute(line, "group", &value) &&
            slice_next_word(&value, ' ', &semantics) && slice_equals(semantics, "BUNDLE")) {
            read_group(value, theirs);
            return;
        }
    }
}

/* The tagged section first: it need not be the first of them. */
void bundle_lines_write_group(const struct bundle_lines *bundle, const bool *taken,
                              struct text *text)
{
    bool any = false;
    for (unsigned i = 0; i < bundle->sections; i++) {
        const unsigned at = i == 0 ? bundle->tagged : i <= bundle->tagged ? i - 1 : i;
        if (!bundle->is_bundled[at] || !taken[at])
            continue;
        text_add(text, any ? " %s" : "a=group:BUNDLE %s", bundle->mid[at]);
        any = true;
    }
    if (any)
        text_add(text, "\r\n");
}

void bundle_lines_write_mid(const char *mid, struct text *text)
{
    if (mid[0])
        text_add(text, "a=mid:%s\r\n", mid);
}
