/* mount.c - the longest mount point above a directory; of two at one point the later hides the
 * other. */
#include "server/store/mount.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { UNNAMED_DIGITS = 64 }; /* Docker's and podman's name of a volume without one */

/* In place: blanks, backslashes and line ends of names are written as three octal digits. */
static void unescape(char *text)
{
    char *out = text;
    while (*text) {
        if (text[0] == '\\' && text[1] >= '0' && text[1] <= '3' && text[2] >= '0' &&
            text[2] <= '7' && text[3] >= '0' && text[3] <= '7') {
            *out++ = (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0'));
            text += 4;
        } else {
            *out++ = *text++;
        }
    }
    *out = '\0';
}

static bool is_above(const char *point, const char *directory)
{
    const size_t length = strcmp(point, "/") ? strlen(point) : 0;
    return strncmp(point, directory, length) == 0 &&
           (directory[length] == '/' || directory[length] == '\0');
}

/* ".../volumes/<64 hexadecimal digits>/_data" */
static bool is_unnamed(const char *root)
{
    static const char before[] = "/volumes/", behind[] = "/_data";
    const char *name = strstr(root, before);
    if (!name)
        return false;
    name += strlen(before);
    return strspn(name, "0123456789abcdef") == UNNAMED_DIGITS &&
           strcmp(name + UNNAMED_DIGITS, behind) == 0;
}

/* "36 35 98:0 ROOT POINT OPTIONS [optional ...] - TYPE SOURCE OPTIONS" */
static void read_line(char *line, const char *directory, struct mount *out, size_t *longest)
{
    char *rest = line, *root = NULL, *point = NULL;
    for (unsigned field = 0; field < 5; field++) {
        char *word = strsep(&rest, " ");
        root = field == 3 ? word : root;
        point = field == 4 ? word : point;
    }
    char *type = rest ? strstr(rest, " - ") : NULL;
    if (!root || !point || !type)
        return;
    type += strlen(" - ");
    type[strcspn(type, " \n")] = '\0';
    unescape(point);
    const size_t length = strlen(point);
    if (!is_above(point, directory) || length < *longest)
        return;
    *longest = length;
    const bool is_memory = !strcmp(type, "tmpfs") || !strcmp(type, "ramfs");
    *out = (struct mount){.is_memory = is_memory,
                          .is_volume = strcmp(point, "/") != 0 && !is_memory,
                          .is_unnamed = is_unnamed(root)};
    snprintf(out->point, sizeof(out->point), "%s", point);
}

int mount_find(FILE *table, const char *directory, struct mount *out)
{
    if (directory[0] != '/')
        return -EINVAL;
    char *line = NULL;
    size_t room = 0, longest = 0;
    *out = (struct mount){0};
    while (getline(&line, &room, table) > 0)
        read_line(line, directory, out, &longest);
    free(line);
    return longest ? 0 : -ENOENT;
}

int mount_of(const char *directory, struct mount *out)
{
    char *path = realpath(directory, NULL);
    if (!path)
        return -errno;
    FILE *table = fopen("/proc/self/mountinfo", "re");
    int error = table ? mount_find(table, path, out) : -errno;
    if (table)
        fclose(table);
    free(path);
    return error;
}
