/* ctl_place.c - conf, and one file. */
#include "api/ctl/ctl_place.h"

#include "conf/conf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TOKEN_BYTES = 512 };

/* "0.0.0.0:8080" is every address of ours; we ask the loopback. */
static int make_url(const struct conf *conf, char **url)
{
    const char *listen = conf->api.listen;
    const char *scheme = conf->api.tls_certificate ? "https" : "http";
    int length;
    if (strncmp(listen, "0.0.0.0:", 8) == 0)
        length = asprintf(url, "%s://127.0.0.1:%s", scheme, listen + 8);
    else if (strncmp(listen, "[::]:", 5) == 0)
        length = asprintf(url, "%s://[::1]:%s", scheme, listen + 5);
    else
        length = asprintf(url, "%s://%s", scheme, listen);
    return length < 0 ? -ENOMEM : 0;
}

static int read_token(const char *path, char **token)
{
    char text[TOKEN_BYTES] = "";
    FILE *file = fopen(path, "re");
    int err = file ? 0 : -errno;
    if (file && !fgets(text, sizeof(text), file))
        err = -EINVAL;
    if (file)
        fclose(file);
    if (err == 0) {
        text[strcspn(text, " \t\r\n")] = '\0';
        *token = strdup(text);
        return *token ? 0 : -ENOMEM;
    }
    fprintf(stderr, "raduno ctl: the token's file %s cannot be read: %s\n", path,
            err == -EINVAL ? "it is empty" : strerror(-err));
    return err;
}

static int find_token(const struct conf *conf, const struct ctl_options *options, char **token)
{
    char *path = NULL;
    if (options->token_file)
        return read_token(options->token_file, token);
    if (conf->api.admin_token) {
        *token = strdup(conf->api.admin_token);
        return *token ? 0 : -ENOMEM;
    }
    if (asprintf(&path, "%s/admin-token", conf->data.directory) < 0)
        return -ENOMEM;
    int err = read_token(path, token);
    free(path);
    return err;
}

int ctl_place_find(const struct ctl_options *options, struct ctl_place *place)
{
    extern char **environ;
    struct conf *conf;
    char *why = NULL;
    *place = (struct ctl_place){.url = NULL};
    int err = conf_load(&(struct conf_sources){.file = options->config, .environment = environ},
                        &conf, &why);
    if (err < 0) {
        fprintf(stderr, "raduno ctl: %s\n", why ? why : strerror(-err));
        free(why);
        return err;
    }
    if (!options->url)
        err = make_url(conf, &place->url);
    else if ((place->url = strdup(options->url)))
        place->url[strlen(place->url) - (place->url[strlen(place->url) - 1] == '/')] = '\0';
    else
        err = -ENOMEM;
    if (err == 0)
        err = find_token(conf, options, &place->token);
    conf_destroy(conf);
    if (err < 0)
        ctl_place_finish(place);
    return err;
}

void ctl_place_finish(struct ctl_place *place)
{
    free(place->url);
    free(place->token);
    *place = (struct ctl_place){.url = NULL};
}
