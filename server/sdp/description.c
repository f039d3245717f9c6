/* description.c - one pass that checks every byte and counts the m= lines, one that cuts. */
#include "server/sdp/description.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLICE_MOST_DIGITS = 20 };

bool slice_next_line(struct slice *lines, char *type, struct slice *value)
{
    while (lines->length && (lines->at[0] == '\r' || lines->at[0] == '\n')) {
        lines->at++;
        lines->length--;
    }
    if (lines->length < 2)
        return false;
    const char *end = memchr(lines->at, '\n', lines->length);
    size_t length = end ? (size_t)(end - lines->at) : lines->length;
    *type = lines->at[0];
    *value = (struct slice){lines->at + 2, length < 2 ? 0 : length - 2};
    while (value->length && value->at[value->length - 1] == '\r')
        value->length--;
    lines->at += length;
    lines->length -= length;
    return true;
}

bool slice_next_word(struct slice *rest, char separator, struct slice *word)
{
    while (rest->length && rest->at[0] == separator) {
        rest->at++;
        rest->length--;
    }
    if (!rest->length)
        return false;
    const char *end = memchr(rest->at, separator, rest->length);
    *word = (struct slice){rest->at, end ? (size_t)(end - rest->at) : rest->length};
    rest->at += word->length;
    rest->length -= word->length;
    return true;
}

bool slice_find_line(struct slice lines, char type, struct slice *value)
{
    char each;
    struct slice found;
    while (slice_next_line(&lines, &each, &found)) {
        if (each == type) {
            *value = found;
            return true;
        }
    }
    return false;
}

bool slice_is_attribute(struct slice line, const char *name, struct slice *value)
{
    size_t length = strlen(name);
    if (line.length < length || memcmp(line.at, name, length) != 0)
        return false;
    if (line.length == length) {
        *value = (struct slice){line.at + length, 0};
        return true;
    }
    if (line.at[length] != ':')
        return false;
    *value = (struct slice){line.at + length + 1, line.length - length - 1};
    return true;
}

bool slice_find_attribute(struct slice lines, const char *name, struct slice *value)
{
    char type;
    struct slice line;
    while (slice_next_line(&lines, &type, &line)) {
        if (type == 'a' && slice_is_attribute(line, name, value))
            return true;
    }
    return false;
}

struct slice slice_trim(struct slice slice)
{
    while (slice.length && memchr(" \t\r\n", slice.at[0], 4)) {
        slice.at++;
        slice.length--;
    }
    while (slice.length && memchr(" \t\r\n", slice.at[slice.length - 1], 4))
        slice.length--;
    return slice;
}

bool slice_equals(struct slice slice, const char *text)
{
    return slice.length == strlen(text) && memcmp(slice.at, text, slice.length) == 0;
}

bool slice_number(struct slice slice, unsigned long most, unsigned long *number)
{
    unsigned long value = 0;
    if (!slice.length || slice.length > SLICE_MOST_DIGITS)
        return false;
    for (size_t i = 0; i < slice.length; i++) {
        const unsigned long digit = (unsigned long)(slice.at[i] - '0');
        if (slice.at[i] < '0' || digit > 9 || digit > most || value > (most - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *number = value;
    return true;
}

bool slice_copy(struct slice slice, char *out, size_t room)
{
    if (slice.length >= room)
        return false;
    memcpy(out, slice.at, slice.length);
    out[slice.length] = '\0';
    return true;
}

/* Checks one line of @p length bytes, without its line end. */
static const char *line_fault(const char *line, size_t length)
{
    if (length < 2 || line[1] != '=' || line[0] < 'a' || line[0] > 'z')
        return "is not of the form x=value";
    for (size_t i = 2; i < length; i++) {
        unsigned char byte = (unsigned char)line[i];
        if ((byte < 0x20 && byte != '\t') || byte == 0x7f)
            return "has a control byte";
    }
    return NULL;
}

static int check_lines(const char *body, size_t length, unsigned *media_count, char *why)
{
    unsigned number = 0, origins = 0;
    *media_count = 0;
    for (size_t at = 0; at < length;) {
        const char *end = memchr(body + at, '\n', length - at);
        size_t whole = end ? (size_t)(end - (body + at)) : length - at;
        size_t line = whole && body[at + whole - 1] == '\r' ? whole - 1 : whole;
        const char *fault = line ? line_fault(body + at, line) : NULL;
        number += line ? 1 : 0;
        if (!fault && number == 1 && line && (line != 3 || memcmp(body + at, "v=0", 3) != 0))
            fault = "is not v=0";
        if (fault) {
            snprintf(why, DESCRIPTION_WHY_BYTES, "SDP line %u %s", number, fault);
            return -EBADMSG;
        }
        *media_count += line && body[at] == 'm' ? 1 : 0;
        origins += line && body[at] == 'o' ? 1 : 0;
        at += whole + 1;
    }
    if (origins == 1)
        return 0;
    snprintf(why, DESCRIPTION_WHY_BYTES, "SDP has %s o= line",
             origins ? "more than one" : "no");
    return -EBADMSG;
}

/* m=<kind> <port>[/<ports>] <protocol> <format>... */
static bool read_media(struct slice value, struct description_media *media)
{
    struct slice port, first;
    unsigned long number;
    if (!slice_next_word(&value, ' ', &media->kind) || !slice_next_word(&value, ' ', &port) ||
        !slice_next_word(&value, ' ', &media->protocol))
        return false;
    if (!slice_next_word(&port, '/', &first) || !slice_number(first, 65535, &number))
        return false;
    media->port = (unsigned)number;
    while (value.length && value.at[0] == ' ') {
        value.at++;
        value.length--;
    }
    media->formats = value;
    return value.length > 0;
}

/* Gives each section its lines: all up to the next m=. */
static int cut(struct slice rest, struct description *description, char *why)
{
    struct slice *section = &description->lines;
    unsigned count = 0;
    char type;
    struct slice value;
    *section = (struct slice){rest.at, 0};
    while (slice_next_line(&rest, &type, &value)) {
        if (type == 'm') {
            section->length = (size_t)(value.at - 2 - section->at);
            struct description_media *media = &description->media[count++];
            if (!read_media(value, media)) {
                snprintf(why, DESCRIPTION_WHY_BYTES, "SDP m= line %u is malformed", count);
                return -EBADMSG;
            }
            section = &media->lines;
            *section = (struct slice){rest.at, 0};
        }
    }
    section->length = (size_t)(rest.at - section->at);
    return 0;
}

int description_read(const char *body, size_t length, struct description *description,
                     char why[DESCRIPTION_WHY_BYTES])
{
    *description = (struct description){.media = NULL};
    if (length > DESCRIPTION_MAX_BYTES) {
        snprintf(why, DESCRIPTION_WHY_BYTES, "SDP is longer than %d bytes",
                 DESCRIPTION_MAX_BYTES);
        return -E2BIG;
    }
    unsigned count;
    int error = check_lines(body, length, &count, why);
    if (error)
        return error;
    if (count > DESCRIPTION_MAX_MEDIA) {
        snprintf(why, DESCRIPTION_WHY_BYTES, "SDP has more than %d m= lines",
                 DESCRIPTION_MAX_MEDIA);
        return -E2BIG;
    }
    description->media_count = count;
    description->media = calloc(count + 1, sizeof(*description->media));
    if (!description->media)
        return -ENOMEM;
    error = cut((struct slice){body, length}, description, why);
    if (error)
        description_finish(description);
    return error;
}

void description_finish(struct description *description)
{
    free(description->media);
    *description = (struct description){.media = NULL};
}
