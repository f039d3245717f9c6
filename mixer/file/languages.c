/* languages.c - folders that are named as languages, and the prompts of each. */
#include "mixer/file/languages.h"

#include "mixer/base/check.h"
#include "mixer/base/explain.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

struct language {
    char name[LANGUAGE_BYTES];
    struct prompts *prompts;
};

struct languages {
    unsigned count; /* the default is the first */
    struct language language[LANGUAGES_MOST];
};

/* Where to look: the operator's and the built-in; "": there is none. */
struct places {
    char own[PATH_MAX], built_in[PATH_MAX];
    unsigned most_s;
};

bool language_is_valid(const char *name)
{
    const char *at = name;
    unsigned letters = 0;
    while (isalpha((unsigned char)*at))
        at++, letters++;
    if (letters < 2 || letters > 3 || strlen(name) >= LANGUAGE_BYTES)
        return false;
    while (*at == '-') {
        unsigned length = 0;
        while (isalnum((unsigned char)*++at))
            length++;
        if (length < 2 || length > 8)
            return false;
    }
    return !*at;
}

static bool is_folder(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

/* Where this program's own are: beside it, or where it is installed. */
static void find_built_in(char out[PATH_MAX])
{
    static const char *const places[] = {"prompts", "../share/raduno/prompts"};
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);
    program[length < 0 ? 0 : length] = '\0';
    const char *end = strrchr(program, '/');
    for (unsigned i = 0; end && i < sizeof(places) / sizeof(places[0]); i++) {
        int wanted =
            snprintf(out, PATH_MAX, "%.*s/%s", (int)(end - program), program, places[i]);
        if (wanted < PATH_MAX && is_folder(out))
            return;
    }
    out[0] = '\0';
}

/* Adds PARENT/NAME, if it is there. */
static void add_folder(const char *parent, const char *name, char out[PATH_MAX],
                       const char *directories[], unsigned *count)
{
    if (!parent[0] || snprintf(out, PATH_MAX, "%s/%s", parent, name) >= PATH_MAX ||
        !is_folder(out))
        return;
    directories[(*count)++] = out;
}

static int load_one(struct languages *languages, const struct places *places, const char *name,
                    char **why)
{
    char own[PATH_MAX], built_in[PATH_MAX];
    const char *directories[3];
    unsigned count = 0;
    const bool is_default = languages->count == 0;
    struct language *language = &languages->language[languages->count];
    add_folder(places->own, name, own, directories, &count);
    if (is_default && places->own[0])
        directories[count++] = places->own;
    add_folder(places->built_in, name, built_in, directories, &count);
    int got = is_default ? prompts_load_from(directories, count, places->most_s,
                                             &language->prompts, why)
                         : prompts_load_beside(languages_default(languages), directories, count,
                                               places->most_s, &language->prompts, why);
    if (got < 0)
        return got;
    snprintf(language->name, sizeof(language->name), "%s", name);
    languages->count++;
    return got;
}

static int is_language(const struct dirent *entry)
{
    return language_is_valid(entry->d_name);
}

static int take_folder(struct languages *languages, const struct places *places,
                       const char *parent, const char *name, char **why)
{
    char path[PATH_MAX];
    if (languages_find(languages, name) ||
        snprintf(path, sizeof(path), "%s/%s", parent, name) >= PATH_MAX || !is_folder(path))
        return 0;
    if (languages->count < LANGUAGES_MOST)
        return load_one(languages, places, name, why);
    return explain(-E2BIG, why, "%s: there are more than %d languages", parent, LANGUAGES_MOST);
}

static int load_folders(struct languages *languages, const struct places *places,
                        const char *parent, char **why)
{
    struct dirent **entries;
    int count = parent[0] ? scandir(parent, &entries, is_language, alphasort) : 0;
    int got = count < 0 ? -errno : 0;
    for (int i = 0; i < count; i++) {
        if (got >= 0)
            got = take_folder(languages, places, parent, entries[i]->d_name, why);
        free(entries[i]);
    }
    if (parent[0] && count >= 0)
        free(entries);
    return got < 0 ? got : 0;
}

int languages_load(const char *directory, unsigned most_s, struct languages **languages,
                   char **why)
{
    ASSERT_CONTROL();
    struct places places = {.most_s = most_s};
    *why = NULL;
    if (directory)
        snprintf(places.own, sizeof(places.own), "%s", directory);
    find_built_in(places.built_in);
    struct languages *all = calloc(1, sizeof(*all));
    if (!all)
        return -ENOMEM;
    int missing = load_one(all, &places, LANGUAGE_DEFAULT, why);
    int err = missing < 0 ? missing : load_folders(all, &places, places.own, why);
    if (err == 0)
        err = load_folders(all, &places, places.built_in, why);
    if (err < 0) {
        languages_destroy(all);
        return err;
    }
    *languages = all;
    return missing;
}

void languages_destroy(struct languages *languages)
{
    for (unsigned i = 0; languages && i < languages->count; i++)
        prompts_destroy(languages->language[i].prompts);
    free(languages);
}

const struct prompts *languages_find(const struct languages *languages, const char *name)
{
    for (unsigned i = 0; i < languages->count; i++) {
        if (strcasecmp(languages->language[i].name, name) == 0)
            return languages->language[i].prompts;
    }
    return NULL;
}

const struct prompts *languages_default(const struct languages *languages)
{
    return languages->language[0].prompts;
}

const char *languages_name(const struct languages *languages, unsigned index)
{
    return index < languages->count ? languages->language[index].name : NULL;
}
