/*
 * api_intake.h - what a request must be before anybody looks at it: target, token, method,
 * media type, length, JSON.
 *
 *   api_intake_head(request, &head);     once the header is read
 *   api_intake_body(request);            once the body is there
 *   request->answer.status is 0: it may be served; else it is answered
 *
 * Thread   HTTP.
 * Source   RFC 9110 sections 8.3, 9.3.7, 10.1.1, 15.5; RFC 6750 section 3.
 */
#ifndef API_API_INTAKE_H
#define API_API_INTAKE_H

#include "api/api_request.h"

/** The fields of the header that count; NULL: not there. Borrowed for the call. */
struct api_head {
    const char *method;
    const char *authorization, *content_type, *content_length;
    const char *idempotency_key, *last_event_id;
    const char *forwarded_for;
    const char *if_match, *if_none_match;
    const char *origin, *wanted_method; /* Access-Control-Request-Method */
    const struct sockaddr *peer;
};

void api_intake_head(struct api_request *request, const struct api_head *head);
void api_intake_body(struct api_request *request);

/** Answers 413. */
void api_intake_too_large(struct api_request *request);

#endif
