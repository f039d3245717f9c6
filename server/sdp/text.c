/* text.c - bounded writing. */
#include "server/sdp/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void text_init(struct text *text, char *data, size_t room)
{
    *text = (struct text){.data = data, .room = room};
    data[0] = '\0';
}

void text_add(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    size_t left = text->room - text->length;
    int needed = vsnprintf(text->data + text->length, left, format, arguments);
    va_end(arguments);
    if (needed < 0 || (size_t)needed >= left) {
        text->full = true;
        text->length = text->room - 1;
        text->data[text->length] = '\0';
    } else {
        text->length += (size_t)needed;
    }
}

void text_add_bytes(struct text *text, const char *bytes, size_t length)
{
    size_t left = text->room - text->length - 1;
    if (length > left) {
        text->full = true;
        length = left;
    }
    memcpy(text->data + text->length, bytes, length);
    text->length += length;
    text->data[text->length] = '\0';
}
