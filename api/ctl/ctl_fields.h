/*
 * ctl_fields.h - a request's body of words: KEY=TEXT and KEY:=JSON, where a dot goes one
 * deeper.
 *
 *   name=blue locked:=true video.layout=speaker
 *   {"name": "blue", "locked": true, "video": {"layout": "speaker"}}
 *
 * Thread   any; pure.
 */
#ifndef API_CTL_CTL_FIELDS_H
#define API_CTL_CTL_FIELDS_H

#include <jansson.h>

enum { CTL_FIELDS_WHY_BYTES = 256 };

/** Adds what @p word says to @p body. @return 0; -EINVAL and @p why, in words; -ENOMEM. */
int ctl_fields_add(json_t *body, const char *word, char why[CTL_FIELDS_WHY_BYTES]);

#endif
