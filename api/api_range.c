/* api_range.c - a number, a dash, a number. */
#include "api/api_range.h"

#include <string.h>
#include <strings.h>

enum { MOST_DIGITS = 18 }; /* of a number that is surely no overflow */

/* @return false: no number at *at; else *at is behind it. */
static bool read_number(const char **at, uint64_t *number)
{
    const size_t digits = strspn(*at, "0123456789");
    if (!digits || digits > MOST_DIGITS)
        return false;
    *number = 0;
    for (size_t i = 0; i < digits; i++)
        *number = *number * 10 + (uint64_t)((*at)[i] - '0');
    *at += digits;
    return true;
}

/* The last @p count of them. */
static enum api_range_kind take_last(uint64_t count, uint64_t bytes, struct api_range *range)
{
    if (!count || !bytes)
        return API_RANGE_OUTSIDE;
    range->bytes = count < bytes ? count : bytes;
    range->first = bytes - range->bytes;
    return API_RANGE_PART;
}

enum api_range_kind api_range_read(const char *header, uint64_t bytes, struct api_range *range)
{
    uint64_t first, last;
    *range = (struct api_range){.first = 0, .bytes = bytes};
    if (!header || strncasecmp(header, "bytes=", 6) != 0)
        return API_RANGE_WHOLE;
    const char *at = header + 6;
    if (*at == '-') {
        at++;
        return read_number(&at, &last) && !*at ? take_last(last, bytes, range)
                                               : API_RANGE_WHOLE;
    }
    if (!read_number(&at, &first) || *at++ != '-')
        return API_RANGE_WHOLE;
    const bool has_last = *at != '\0';
    if (has_last && (!read_number(&at, &last) || *at || last < first))
        return API_RANGE_WHOLE;
    if (first >= bytes)
        return API_RANGE_OUTSIDE;
    range->first = first;
    range->bytes = has_last && last < bytes ? last - first + 1 : bytes - first;
    return API_RANGE_PART;
}

bool api_etag_is_in(const char *header, const char *tag)
{
    const size_t length = strlen(tag);
    for (const char *at = header; at && *at;) {
        at += strspn(at, " \t,");
        if (*at == '*')
            return true;
        if (strncmp(at, "W/", 2) == 0)
            at += 2;
        if (strncmp(at, tag, length) == 0 && strchr(" \t,", at[length])) /* the NUL, too */
            return true;
        at += strcspn(at, ",");
    }
    return false;
}
