/*
 * mount.h - what a directory lies on: a volume, memory, or the system itself.
 *
 *   struct mount mount;
 *   if (mount_of("/data", &mount) == 0 && !mount.is_volume) ...it ends with the container...
 *
 * In a container "/" is thrown away with it; what is mounted below is not, unless it is memory.
 *
 * Thread   any; reads files of the kernel, which do not block.
 * Errors   -ENOENT: nothing is mounted there, not even "/"; -EINVAL: the directory does not
 *          begin with "/"; else what realpath(3) and open(2) say.
 * Source   proc(5), /proc/PID/mountinfo.
 */
#ifndef SERVER_STORE_MOUNT_H
#define SERVER_STORE_MOUNT_H

#include <stdbool.h>
#include <stdio.h>

struct mount {
    char point[256]; /* where it is mounted; cut if it is longer */
    bool is_volume;  /* neither "/" nor memory                   */
    bool is_memory;  /* tmpfs or ramfs                           */
    bool is_unnamed; /* a volume of a container engine that nobody has given a name: the next
                        container gets another                   */
};

/** @param directory  one that is there; links are followed */
int mount_of(const char *directory, struct mount *out);

/**
 * The same by a table of the caller's, for tests.
 * @param directory  absolute, without links and "..": of realpath(3)
 */
int mount_find(FILE *table, const char *directory, struct mount *out);

#endif
