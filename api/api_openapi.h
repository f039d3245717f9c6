/*
 * api_openapi.h - the description of the API (OpenAPI 3.1), as openapi.yaml was when this was
 * built.
 *
 * Thread   any; constant.
 */
#ifndef API_API_OPENAPI_H
#define API_API_OPENAPI_H

extern const char api_openapi_text[]; /* ends with NUL */

#endif
