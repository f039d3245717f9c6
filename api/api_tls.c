/* api_tls.c - two files of PEM. */
#include "api/api_tls.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BYTES = 1 << 20 };

static int explain(char **why, const char *path, int err, const char *text)
{
    if (asprintf(why, "%s: %s", path, text) < 0)
        *why = NULL;
    return err;
}

static int read_file(const char *path, char **text, char **why)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return explain(why, path, -errno, strerror(errno));
    char *data = calloc(1, MOST_BYTES + 1);
    const size_t length = data ? fread(data, 1, MOST_BYTES, file) : 0;
    const bool failed = ferror(file);
    fclose(file);
    if (!data)
        return -ENOMEM;
    if (failed || !length) {
        free(data);
        return explain(why, path, -EIO, failed ? "cannot be read" : "is empty");
    }
    char *fitting = realloc(data, length + 1);
    *text = fitting ? fitting : data;
    return 0;
}

/* That it is of the other is libmicrohttpd's to say; which file is the wrong one is not. */
static int check(const char *path, const char *text, const char *mark, const char *problem,
                 char **why)
{
    return strstr(text, mark) ? 0 : explain(why, path, -EINVAL, problem);
}

int api_tls_read(struct api_tls *tls, const char *certificate, const char *key, char **why)
{
    *tls = (struct api_tls){.certificate = NULL};
    if (!certificate)
        return 0;
    const char *key_file = key ? key : certificate;
    int err = read_file(certificate, &tls->certificate, why);
    if (err == 0)
        err = read_file(key_file, &tls->key, why);
    if (err == 0)
        err = check(certificate, tls->certificate, "-----BEGIN CERTIFICATE-----",
                    "has no certificate (PEM)", why);
    if (err == 0)
        err = check(key_file, tls->key, "PRIVATE KEY-----", "has no private key (PEM)", why);
    if (err < 0)
        api_tls_finish(tls);
    return err;
}

void api_tls_finish(struct api_tls *tls)
{
    if (tls->key)
        explicit_bzero(tls->key, strlen(tls->key));
    free(tls->key);
    free(tls->certificate);
    *tls = (struct api_tls){.certificate = NULL};
}
