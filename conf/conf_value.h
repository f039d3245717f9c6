/*
 * conf_value.h - one value of one key: read from text, checked, stored in struct conf.
 *
 *   json_t *value = conf_value_read(key, "tcp:127.0.0.1:5060,udp:127.0.0.1:5060");
 *   if (conf_value_store(key, value, conf) < 0)
 *       ...conf_value_allowed(key, out) says what would have been right...
 *
 * Texts are not copied: what is stored points into the value, which must live as long as conf.
 *
 * Thread   that of conf_load().
 */
#ifndef CONF_CONF_VALUE_H
#define CONF_CONF_VALUE_H

#include "conf/conf.h"
#include "conf/conf_key.h"

#include <jansson.h>

enum { CONF_ALLOWED_BYTES = 256 };

/**
 * Reads the text of --set or of an environment variable as the key's type asks: lists as JSON
 * or with commas; numbers and booleans as JSON; texts as they are, or as a JSON string; null is
 * null where it is allowed.
 *
 * @return a new value, perhaps of a wrong type; NULL if @p text is not UTF-8 or memory is out.
 */
json_t *conf_value_read(const struct conf_key *key, const char *text);

/** Stores the value. @return 0, or -EINVAL: not allowed, and nothing was stored. */
int conf_value_store(const struct conf_key *key, json_t *value, struct conf *conf);

/** Writes what is allowed, for a person: "a whole number from 1 to 600". */
void conf_value_allowed(const struct conf_key *key, char out[CONF_ALLOWED_BYTES]);

#endif
