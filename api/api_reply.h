/*
 * api_reply.h - an answer as HTTP: headers, body, or an event stream.
 *
 * Thread   HTTP.
 */
#ifndef API_API_REPLY_H
#define API_API_REPLY_H

#include "api/api_request.h"

struct MHD_Connection;

/** Sends the request's answer; its text is moved. @return false: the connection has to end. */
bool api_reply(struct MHD_Connection *connection, struct api_request *request);

#endif
