/*
 * file_clamd.h - asks ClamAV's daemon whether a file may be shared: its bytes go to it by
 * INSTREAM, so that it needs no right to read them, and may be on another machine.
 *
 *   err = file_clamd_scan(rules, fd, stop_fd);           rules->clamd: "/run/clamav/clamd.ctl"
 *
 * What it does not call good is refused: what it finds, and what it cannot say, because it is
 * not there, takes too long, or the file is larger than its StreamMaxLength.
 *
 * Thread   those of file_desk: it waits for the daemon.
 * Source   clamd(8), COMMANDS.
 */
#ifndef SERVER_FILE_FILE_CLAMD_H
#define SERVER_FILE_FILE_CLAMD_H

#include "server/file/file_rules.h"

/** Reads @p fd from its begin. @return 0; -EACCES: something was found; -EBUSY: it could not
 * say; -ECANCELED: @p stop_fd is readable. */
int file_clamd_scan(const struct file_rules *rules, int fd, int stop_fd);

#endif
