/*
 * api_trunk_settings.h - the settings of a trunk as JSON: what is set is checked against the
 * keys of trunk_settings.h, what is shown is written by them.
 *
 * Thread   any; pure.
 * Errors   What is wrong with a body is put into the answer, each field by its pointer.
 */
#ifndef API_API_TRUNK_SETTINGS_H
#define API_API_TRUNK_SETTINGS_H

#include "api/api_answer.h"
#include "server/trunk/trunk_list.h"

#include <jansson.h>

/** What a body has beside the settings. Borrowed from it. */
struct api_trunk_body {
    const char *name;     /* of a new one */
    const char *password; /* NULL: it is not said; "": there is none any more */
};

/** Reads a new trunk (@p is_new), or a merge patch, into @p settings: in a patch null is the
 *  default. @return false: @p answer says why. */
bool api_trunk_read(const json_t *json, bool is_new, struct trunk_settings *settings,
                    struct api_trunk_body *body, struct api_answer *answer);

/** All but the password, and how the trunk stands now. NULL: no memory. */
json_t *api_trunk_show(const struct trunk *trunk);

#endif
