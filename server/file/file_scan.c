/* file_scan.c - spawned, waited for by its pidfd, killed if it is late. */
#include "server/file/file_scan.h"

#include "mixer/base/clock.h"
#include "mixer/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* With nothing of ours: no descriptors but these, no blocked signals, a group of its own. */
static int start(char *const *arguments, pid_t *pid)
{
    extern char **environ;
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addclosefrom_np(&files, 3);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                              POSIX_SPAWN_SETPGROUP);
    int err = posix_spawnp(pid, arguments[0], &files, &attributes, arguments, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    return -err;
}

/* @return 0: it has ended; -ETIMEDOUT; -ECANCELED. */
static int wait_for(pid_t pid, int stop_fd, unsigned timeout_s)
{
    int pidfd = pidfd_open(pid, 0);
    struct pollfd either[] = {{.fd = pidfd, .events = POLLIN},
                              {.fd = stop_fd, .events = POLLIN}};
    const int64_t due_ns = clock_monotonic_ns() + timeout_s * CLOCK_NS_PER_S;
    int err = pidfd < 0 ? -errno : -EINTR;
    while (err == -EINTR) {
        const int64_t left_ms = (due_ns - clock_monotonic_ns()) / CLOCK_NS_PER_MS;
        int count = poll(either, 2, left_ms > 0 ? (int)left_ms : 0);
        if (count < 0)
            err = -errno;
        else if (either[0].revents)
            err = 0;
        else
            err = either[1].revents ? -ECANCELED : -ETIMEDOUT;
    }
    if (pidfd >= 0)
        close(pidfd);
    return err;
}

static int judge(const char *command, int err, int status)
{
    if (err == -ECANCELED)
        return err;
    if (err == 0 && WIFEXITED(status) && WEXITSTATUS(status) <= 1)
        return WEXITSTATUS(status) == 0 ? 0 : -EACCES;
    log_warn("file", "the scanner %s could not say: %s", command,
             err == -ETIMEDOUT     ? "it took too long"
             : err < 0             ? strerror(-err)
             : WIFSIGNALED(status) ? "a signal ended it"
                                   : "it failed");
    return -EBUSY;
}

int file_scan(const struct file_rules *rules, const char *path, int stop_fd)
{
    const unsigned count = rules->scanner_count;
    char **arguments = calloc(count + 2, sizeof(*arguments));
    pid_t pid;
    int status = 0;
    if (!arguments)
        return -ENOMEM;
    for (unsigned i = 0; i < count; i++)
        arguments[i] = (char *)(uintptr_t)rules->scanner[i];
    arguments[count] = (char *)(uintptr_t)path;
    int err = start(arguments, &pid);
    free(arguments);
    if (err < 0)
        return judge(rules->scanner[0], err, status);
    err = wait_for(pid, stop_fd, rules->scanner_timeout_s);
    if (err < 0)
        kill(-pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return judge(rules->scanner[0], err, status);
}
