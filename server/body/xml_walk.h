/*
 * xml_walk.h - the tags of a small XML body, one by one.
 *
 *   static const struct xml_walk_events events = {.on_open = on_open, .on_close = on_close};
 *   if (xml_walk(body, &events, &mine) < 0) ...400...
 *
 * Not an XML reader: comments, CDATA and processing instructions are left out, attributes are
 * passed over, references (&amp;) stay as they are. Document types are refused, for their
 * entities; namespaces' prefixes do not matter.
 *
 * Thread   any; pure.
 * Errors   -EBADMSG: tags that do not fit together, too deep, not one root, or on_open() said
 * no. Source   XML 1.0 sections 2 and 3.
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
};

int xml_walk(struct slice body, const struct xml_walk_events *events, void *context);

/** True if @p name, without its prefix, is @p text. */
bool xml_is_called(struct slice name, const char *text);

#endif
