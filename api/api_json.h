/*
 * api_json.h - a request's body as JSON: one object, not too deep, no name twice, valid UTF-8.
 *
 * Thread   any; pure.
 * Source   RFC 8259; RFC 7493 (I-JSON: no duplicate names).
 */
#ifndef API_API_JSON_H
#define API_API_JSON_H

#include <jansson.h>
#include <stddef.h>

enum { API_JSON_MAX_DEPTH = 32, API_JSON_WHY_BYTES = 256 };

/**
 * Reads a body. The depth is looked at first, without recursion: a parser's own limit is its
 * stack.
 *
 * @return 0 and *json, owned by the caller; -EBADMSG and a sentence in @p why.
 */
int api_json_parse(const char *text, size_t length, json_t **json,
                   char why[API_JSON_WHY_BYTES]);

/** How deep brackets nest in @p text, strings left out; no more than API_JSON_MAX_DEPTH + 1. */
unsigned api_json_depth(const char *text, size_t length);

#endif
