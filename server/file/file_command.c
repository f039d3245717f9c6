/* file_command.c - spawned, waited for by its pidfd, killed if it is late. */
#include "server/file/file_command.h"

#include "mixer/base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

static int start(const struct file_command *command, pid_t *pid)
{
    extern char **environ;
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    const char *output = command->output ? command->output : "/dev/null";
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addclosefrom_np(&files, 3);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                              POSIX_SPAWN_SETPGROUP);
    int err = posix_spawnp(pid, command->arguments[0], &files, &attributes, command->arguments,
                           environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    return -err;
}

/* @return 0: it has ended; -ETIMEDOUT; -ECANCELED. */
static int wait_for(const struct file_command *command, pid_t pid)
{
    int pidfd = pidfd_open(pid, 0);
    struct pollfd either[] = {{.fd = pidfd, .events = POLLIN},
                              {.fd = command->stop_fd, .events = POLLIN}};
    const int64_t due_ns = clock_monotonic_ns() + command->timeout_s * CLOCK_NS_PER_S;
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

int file_command_run(const struct file_command *command)
{
    pid_t pid;
    int status = 0;
    int err = start(command, &pid);
    if (err < 0)
        return err;
    err = wait_for(command, pid);
    if (err < 0)
        kill(-pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (err < 0)
        return err;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
}
