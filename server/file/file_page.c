/* file_page.c - pdfinfo counts, pdftoppm draws. */
#include "server/file/file_page.h"

#include "server/file/file_command.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TIMEOUT_S = 20, NOT_FOUND = 127 /* says prlimit of a program */ };

#define LIMITS                                                                                 \
    "prlimit", "--as=1073741824", "--cpu=15", "--fsize=67108864", "--nofile=64", "--core=0"

static int run(const char *const *arguments, const char *output, int stop_fd)
{
    const struct file_command command = {.arguments = (char *const *)(uintptr_t)arguments,
                                         .output = output,
                                         .timeout_s = TIMEOUT_S,
                                         .stop_fd = stop_fd};
    int code = file_command_run(&command);
    return code == NOT_FOUND ? -ENOENT : code > 0 || code == -EINTR ? -EBADMSG : code;
}

static int read_count(const char *path, unsigned *pages)
{
    char line[256];
    FILE *file = fopen(path, "re");
    *pages = 0;
    while (file && fgets(line, sizeof(line), file)) {
        if (strncmp(line, "Pages:", 6) == 0)
            *pages = (unsigned)strtoul(line + 6, NULL, 10);
    }
    if (file)
        fclose(file);
    return *pages ? 0 : -EBADMSG;
}

int file_page_render(const char *path, struct file_page *page, const char *picture, int stop_fd)
{
    char number[16];
    const char *const info[] = {LIMITS, "pdfinfo", path, NULL};
    const char *const draw[] = {LIMITS,        "pdftoppm",  "-f",   number,  "-l", number,
                                "-singlefile", "-scale-to", "1920", "-jpeg", path, NULL};
    snprintf(number, sizeof(number), "%u", page->page);
    int err = run(info, picture, stop_fd);
    if (err == 0)
        err = read_count(picture, &page->pages);
    if (err < 0)
        return err;
    return page->page < 1 || page->page > page->pages ? -ERANGE : run(draw, picture, stop_fd);
}
