/*
 * ctl_client.h - one request of the API, and its answer, by libcurl.
 *
 * Thread   main.
 */
#ifndef API_CTL_CTL_CLIENT_H
#define API_CTL_CTL_CLIENT_H

#include "api/ctl/ctl_place.h"

#include <jansson.h>
#include <stddef.h>

struct ctl_client;

struct ctl_reply {
    long status;
    char *text; /* owned; terminated */
    size_t length;
};

/** @p place and @p ca are borrowed. @return NULL: memory is out. */
struct ctl_client *ctl_client_create(const struct ctl_place *place, const char *ca);
void ctl_client_destroy(struct ctl_client *client); /* NULL is allowed */

/**
 * Asks for @p path, which begins with a slash, below /api/v1; or, behind a ^, below the root.
 *
 * @param body     NULL: none
 * @param on_line  is given each line of a good answer as it comes; NULL: it is gathered
 * @return 0 and *reply, also if the server refuses; -ECONNREFUSED after a line on stderr that
 *         says why nobody was reached; -ENOMEM.
 */
int ctl_client_ask(struct ctl_client *client, const char *method, const char *path,
                   const json_t *body, void (*on_line)(void *context, const char *line),
                   void *context, struct ctl_reply *reply);
void ctl_reply_finish(struct ctl_reply *reply);

/** A part of a path, escaped. @return owned by the caller (free()); NULL: memory is out. */
char *ctl_client_escape(struct ctl_client *client, const char *part);

#endif
