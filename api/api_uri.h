/*
 * api_uri.h - a request's target, taken apart: path segments and query parameters, decoded.
 *
 *   struct api_uri uri;  const char *why;
 *   if (api_uri_parse("/api/v1/rooms/blue?limit=5", &uri, &why) < 0) ...say why...
 *   uri.segment[2] is "rooms";  api_uri_parameter(&uri, "limit") is "5"
 *
 * Thread   any; pure.
 * Source   RFC 3986 sections 2.1 and 3.3; "+" in a query is a space (WHATWG URL, forms).
 */
#ifndef API_API_URI_H
#define API_API_URI_H

enum { API_URI_BYTES = 2048, API_URI_MAX_SEGMENTS = 12, API_URI_MAX_PARAMETERS = 8 };

struct api_parameter {
    const char *name, *value;
};

/** Strings point into bytes: a copy of the struct is of no use. Valid UTF-8, no controls. */
struct api_uri {
    unsigned segment_count;
    const char *segment[API_URI_MAX_SEGMENTS];
    unsigned parameter_count;
    struct api_parameter parameter[API_URI_MAX_PARAMETERS];
    char bytes[API_URI_BYTES];
};

/**
 * Takes @p raw apart. Segments are split before they are decoded, so "%2F" parts nothing.
 *
 * @return 0; -E2BIG: longer than API_URI_BYTES, or too many parts; -EINVAL: a bad percent code,
 *         a control character or NUL, not UTF-8, not beginning with "/". *why is a constant.
 */
int api_uri_parse(const char *raw, struct api_uri *uri, const char **why);

/** The value of a parameter, or NULL. */
const char *api_uri_parameter(const struct api_uri *uri, const char *name);

#endif
