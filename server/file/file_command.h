/*
 * file_command.h - another program run and waited for: without a shell, with a time limit.
 *
 * It gets nothing of ours: no descriptors but its output, no blocked signals, a group of its
 * own, which is killed as a whole if it is late.
 *
 * Thread   those of file_desk: it waits.
 */
#ifndef SERVER_FILE_FILE_COMMAND_H
#define SERVER_FILE_FILE_COMMAND_H

struct file_command {
    char *const *arguments; /* the program first, found by PATH; a NULL at the end */
    const char *output; /* a file that its output is written to (mode 0600); NULL: nowhere */
    unsigned timeout_s;
    int stop_fd; /* it is given up when this becomes readable */
};

/** @return its exit code; -ETIMEDOUT; -ECANCELED: stop_fd; -EINTR: a signal has ended it; or
 * why it could not be begun. */
int file_command_run(const struct file_command *command);

#endif
