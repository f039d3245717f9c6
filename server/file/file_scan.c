/* file_scan.c - the command's exit code as a verdict. */
#include "server/file/file_scan.h"

#include "mixer/base/log.h"
#include "server/file/file_command.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static int judge(const char *command, int code)
{
    if (code == -ECANCELED || code == 0)
        return code;
    if (code == 1)
        return -EACCES;
    log_warn("file", "the scanner %s could not say: %s", command,
             code == -ETIMEDOUT ? "it took too long"
             : code == -EINTR   ? "a signal ended it"
             : code < 0         ? strerror(-code)
                                : "it failed");
    return -EBUSY;
}

int file_scan(const struct file_rules *rules, const char *path, int stop_fd)
{
    const unsigned count = rules->scanner_count;
    char **arguments = calloc(count + 2, sizeof(*arguments));
    if (!arguments)
        return -ENOMEM;
    for (unsigned i = 0; i < count; i++)
        arguments[i] = (char *)(uintptr_t)rules->scanner[i];
    arguments[count] = (char *)(uintptr_t)path;
    const struct file_command command = {
        .arguments = arguments, .timeout_s = rules->scanner_timeout_s, .stop_fd = stop_fd};
    int code = file_command_run(&command);
    free(arguments);
    return judge(rules->scanner[0], code);
}
