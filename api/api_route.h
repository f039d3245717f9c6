/*
 * api_route.h - which function answers which method of which path: one table.
 *
 *   struct api_route_match match;
 *   api_route_find(API_GET, &uri, &match);
 *   match.route is NULL: 404 if match.allow is "", else 405 (or the answer to OPTIONS)
 *
 * Thread   any; pure.
 */
#ifndef API_API_ROUTE_H
#define API_API_ROUTE_H

#include "api/api_request.h"

#include <stdbool.h>

enum { API_ROUTE_MAX_PARAMETERS = 6 };

enum api_place {
    API_ON_CONTROL, /* rooms are asked                                     */
    API_ON_HTTP,    /* nobody is asked: answered by the HTTP thread itself */
};

struct api_route {
    enum api_method method;
    const char *path; /* "/api/v1/rooms/{room}"; only {room}, {account}, {id} and {name} are
                         known; the last two are one */
    void (*serve)(struct api *api, struct api_request *request);
    /** On the HTTP thread, once the header is read and found good; it may answer. NULL:
     * nothing. */
    void (*read_head)(struct api *api, struct api_request *request);
    /** On control, before the body is read: answers, or lends request->transfer a part to which
     * it is written. NULL: the body is read into memory. */
    void (*admit)(struct api *api, struct api_request *request);
    /** On the HTTP thread before serve(); it may answer. NULL: nothing. */
    void (*prepare)(struct api *api, struct api_request *request);
    /** On the HTTP thread after serve(), for what control should not do. NULL: nothing. */
    void (*finish)(struct api *api, struct api_request *request);
    enum api_place place;
    enum api_role role; /* the least that is needed; UNSAID: the administrator's    */
    bool is_own;        /* {id} is a participant, and a participant may ask for his own only */
    bool has_body;      /* a JSON object                                          */
    bool is_image;      /* the body is one, instead                               */
    bool takes_sdp;     /* the body may be SDP, or a fragment of it, instead     */
    bool is_tus;        /* speaks api_tus.h                                       */
    bool is_metrics;    /* the token for metrics is enough                       */
    bool takes_link;    /* a signed one is as good as a token (api_links.h)       */
    bool takes_digest;  /* Authorization is a phone's password, not a token       */
    const char *parameters[API_ROUTE_MAX_PARAMETERS]; /* of the query */
    /** Of a GET that shows one resource which has a version: the fields that are not of it
     *  (api_version.h), the last is NULL. NULL: it has none. */
    const char *const *changing;
};

struct api_route_match {
    const struct api_route *route;   /* NULL: none                             */
    bool is_tus;                     /* of any method of the path */
    const char *room, *account, *id; /* parts of the path, in the uri; or NULL */
    char
        allow[API_ALLOW_BYTES]; /* the path's methods: "GET, HEAD, OPTIONS"; "": no such path */
};

void api_route_find(enum api_method method, const struct api_uri *uri,
                    struct api_route_match *match);

/** Row @p index of the table; NULL behind the last. */
const struct api_route *api_route_at(unsigned index);

/** The least role that it needs. */
enum api_role api_route_role(const struct api_route *route);

/** "GET"; NULL for API_METHOD_OTHER. */
const char *api_method_word(enum api_method method);

/** HEAD is GET. */
enum api_method api_method_parse(const char *word);

#endif
