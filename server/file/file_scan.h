/*
 * file_scan.h - a command of the operator's that says whether a file may be shared.
 *
 * It is run without a shell, with the file's path as its last argument, no input, and its
 * output thrown away. Exit code 0: the file is good; 1: it is not, as clamscan and clamdscan
 * have it; any other end, or none in time: it could not say, and the file is refused, too.
 *
 * Thread   those of file_desk: it waits for the command.
 */
#ifndef SERVER_FILE_FILE_SCAN_H
#define SERVER_FILE_FILE_SCAN_H

#include "server/file/file_rules.h"

/** @return 0; -EACCES: it is refused; -EBUSY: the command could not say; -ECANCELED: stop_fd.
 */
int file_scan(const struct file_rules *rules, const char *path, int stop_fd);

#endif
