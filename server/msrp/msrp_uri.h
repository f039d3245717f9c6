/*
 * msrp_uri.h - where one end of a session is: "msrp://192.0.2.1:2855/8d3kl0;tcp".
 *
 *   struct msrp_uri uri;
 *   while (msrp_path_next(&path, &uri) > 0) ...each URI of a path, the next hop first...
 *
 * Shape    slices are of the text that was read.
 * Thread   any; pure.
 * Errors   -EBADMSG: it is no URI of MSRP.
 * Source   RFC 4975 section 6 (URIs), 9 (grammar).
 */
#ifndef SERVER_MSRP_MSRP_URI_H
#define SERVER_MSRP_MSRP_URI_H

#include "server/sdp/description.h"

#include <stdbool.h>

enum { MSRP_PATH_BYTES = 1024, MSRP_SESSION_BYTES = 128 };

struct msrp_uri {
    bool is_secure;         /* msrps                                        */
    struct slice host;      /* an address of IPv6 with its brackets         */
    unsigned port;          /* 0: none is said                              */
    struct slice session;   /* the session-id; "": of a relay, it has none  */
    struct slice transport; /* "tcp"                                        */
};

int msrp_uri_read(struct slice text, struct msrp_uri *uri);

/** Takes the next URI off @p path. @return 1; 0 at the end; -EBADMSG. */
int msrp_path_next(struct slice *path, struct msrp_uri *uri);

/** The last of @p path: the far end itself, behind its relays. @return 0, or -EBADMSG: one of
 *  them cannot be read, or there is none. */
int msrp_path_last(struct slice path, struct msrp_uri *uri);

#endif
