/* xml.c - five escapes. */
#include "server/body/xml.h"

#include <stdbool.h>

static const char *escape_of(char byte)
{
    switch (byte) {
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '&':
        return "&amp;";
    case '"':
        return "&quot;";
    case '\'':
        return "&apos;";
    default:
        return NULL;
    }
}

void xml_text(FILE *out, const char *text)
{
    for (; *text; text++) {
        const char *escape = escape_of(*text);
        bool is_control = (unsigned char)*text < ' ' && *text != '\t' && *text != '\n';
        if (escape)
            fputs(escape, out);
        else if (!is_control)
            fputc(*text, out);
    }
}

void xml_element(FILE *out, const char *name, const char *text)
{
    fprintf(out, "<%s>", name);
    xml_text(out, text);
    fprintf(out, "</%s>", name);
}
