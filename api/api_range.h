/*
 * api_range.h - which part of a file somebody wants: Range, and what it depends on.
 *
 *   struct api_range range;
 *   switch (api_range_read("bytes=100-", bytes, &range)) ...
 *
 * One range is answered; of a list of them the whole file is sent, as may be.
 *
 * Thread   any; pure.
 * Source   RFC 9110 sections 13.1.2, 13.1.5 (If-None-Match, If-Range), 14.1.2 and 14.2.
 */
#ifndef API_API_RANGE_H
#define API_API_RANGE_H

#include <stdbool.h>
#include <stdint.h>

struct api_range {
    uint64_t first, bytes;
};

enum api_range_kind {
    API_RANGE_WHOLE,   /* 200: none is wanted, or one that is not understood */
    API_RANGE_PART,    /* 206 */
    API_RANGE_OUTSIDE, /* 416 */
};

/** What @p header (NULL: it is not there) wants of @p bytes bytes. */
enum api_range_kind api_range_read(const char *header, uint64_t bytes, struct api_range *range);

/** True if @p tag, with its quotes, is in a list of If-None-Match; "*" has all. */
bool api_etag_is_in(const char *header, const char *tag);

#endif
