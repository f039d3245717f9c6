/*
 * xml_walk.h - the tags of a small XML body, one by one.
 *
 *   static const struct xml_walk_events events = {.on_open = on_open, .on_close = on_close};
 *   if (xml_walk(body, &events, &mine) < 0) ...400...
 *
 * Not an XML reader: comments, CDATA and processing instructions are left out, references
 * (&amp;) stay as they are until xml_decode() is asked. Document types are refused, for their
 * entities; namespaces' prefixes do not matter.
 *
 * Thread   any; pure.
 * Errors   -EBADMSG: tags that do not fit together, too deep, not one root, or
 *          on_open() said no.
 * Source   XML 1.0 sections 2, 3 and 4.1 (references).
 */
#ifndef SERVER_BODY_XML_WALK_H
#define SERVER_BODY_XML_WALK_H

#include "server/sdp/description.h"

#include <stdbool.h>

enum { XML_WALK_MAX_DEPTH = 16 };

/** Slices are of the body. @p depth 0 is the root. */
struct xml_walk_events {
    /** @return false: this is not what it should be. May be NULL. */
    bool (*on_open)(void *context, unsigned depth, struct slice name);
    /** @p text is what stands right in front of the end: all of it, if there are no tags in it.
     *  May be NULL. */
    void (*on_close)(void *context, unsigned depth, struct slice name, struct slice text);
    /** Right after on_open(): what stands behind the name in the tag (xml_attribute()). May be
     * NULL. */
    void (*on_attributes)(void *context, unsigned depth, struct slice name,
                          struct slice attributes);
};

int xml_walk(struct slice body, const struct xml_walk_events *events, void *context);

/** The value of the attribute of that name, as it came. @return false: there is none. */
bool xml_attribute(struct slice attributes, const char *name, struct slice *value);

/** Writes @p text with its references (the five of XML, and numbers) as characters. @return
 *  false: one that is not known, or it does not fit with its NUL. */
bool xml_decode(struct slice text, char *out, size_t room);

/** True if @p name, without its prefix, is @p text. */
bool xml_is_called(struct slice name, const char *text);

#endif
