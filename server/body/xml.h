/*
 * xml.h - writes XML so that no text can be more than text.
 *
 *   xml_element(out, "display-text", info->display_name);
 *   fputs("<user entity=\"", out); xml_text(out, uri); fputs("\">", out);
 *
 * What XML cannot have at all (most control characters) is left out.
 *
 * Thread   any; pure.
 * Source   XML 1.0 sections 2.2 (characters), 2.4 and 3.3.3 (escapes).
 */
#ifndef SERVER_BODY_XML_H
#define SERVER_BODY_XML_H

#include <stdio.h>

/** Writes @p text, valid UTF-8, escaped for content and for attributes in either quotes. */
void xml_text(FILE *out, const char *text);

/** Writes <name>text</name>. @p name is a constant. */
void xml_element(FILE *out, const char *name, const char *text);

#endif
