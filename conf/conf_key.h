/*
 * conf_key.h - the one table of configuration keys. Reading, checking, --help, conf/schema.json
 * (compared with it by a unit test) and the names of environment variables come from here.
 *
 *   A new key: a field in struct conf (conf.h), a row in conf_key.c, an entry in schema.json.
 *
 * Thread   any; constant.
 */
#ifndef CONF_CONF_KEY_H
#define CONF_CONF_KEY_H

#include <stdbool.h>
#include <stddef.h>

enum conf_type {
    CONF_BOOL,   /* bool                                              */
    CONF_NUMBER, /* unsigned                                          */
    CONF_TEXT,   /* const char *                                      */
    CONF_LIST,   /* const char *[max] and an unsigned count           */
    CONF_PORTS,  /* two uint16_t, "20000-23999" in JSON               */
    CONF_LEVEL,  /* enum log_level, a word in JSON                    */
};

enum { CONF_MAX_CHOICES = 10, CONF_PATH_BYTES = 48, CONF_VARIABLE_BYTES = 64 };

struct conf_key {
    const char *path; /* "sip.listen": group and name */
    enum conf_type type;
    bool is_nullable;                      /* TEXT: null is allowed, and stored as NULL     */
    bool is_secret;                        /* no message shows its value                    */
    unsigned min, max;                     /* NUMBER: value; TEXT: bytes; LIST: entries     */
    const char *choices[CONF_MAX_CHOICES]; /* TEXT, LEVEL: up to a NULL; none: any          */
    bool (*is_valid)(const char *text);    /* TEXT, and each entry of LIST; NULL: any       */
    const char *allowed;                   /* what is_valid wants, for a person             */
    const char *initial;                   /* the default, as JSON                          */
    size_t offset;                         /* of the value in struct conf                   */
    size_t second_offset;                  /* of LIST's count, of the last of PORTS         */
    const char *help;                      /* one or two sentences                          */
};

/** All keys, @p count of them, group by group. */
const struct conf_key *conf_keys(unsigned *count);

/** The key of that path ("sip.listen"), or NULL. */
const struct conf_key *conf_key_find(const char *path);

/** True if @p path is the beginning of keys: "sip". */
bool conf_key_is_group(const char *path);

/** Writes the name of its environment variable: "RADUNO_SIP_LISTEN". */
void conf_key_variable(const struct conf_key *key, char out[CONF_VARIABLE_BYTES]);

/** Writes the name of the variable that names a file with the value of a secret key:
 *  "RADUNO_API_ADMIN_TOKEN_FILE". @return false, and nothing written: it is no secret. */
bool conf_key_file_variable(const struct conf_key *key, char out[CONF_VARIABLE_BYTES]);

/** Writes the path of the key or group that somebody most likely meant with @p path.
 *  @return false, and nothing written, if nothing is near. */
bool conf_key_nearest(const char *path, char out[CONF_PATH_BYTES]);

/** Writes the variable that somebody most likely meant with @p name.
 *  @return false, and nothing written, if nothing is near. */
bool conf_key_nearest_variable(const char *name, char out[CONF_VARIABLE_BYTES]);

#endif
