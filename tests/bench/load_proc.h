/*
 * load_proc.h - what another process used: CPU, memory, descriptors, from /proc/PID.
 *
 * Shape    CPU comes in ticks of 10 ms (sysconf(_SC_CLK_TCK)); a window of seconds is needed.
 * Errors   a process that is gone reads as zeros and -ESRCH.
 */
#ifndef TESTS_BENCH_LOAD_PROC_H
#define TESTS_BENCH_LOAD_PROC_H

#include <stdint.h>

enum { LOAD_PROC_MAX_THREADS = 64 };

struct load_proc_thread {
    int tid;
    char name[16];
    uint64_t cpu_us;
};

struct load_proc {
    uint64_t cpu_us; /* user and system, of the process with its ended threads */
    unsigned long rss_kib;
    unsigned fds, threads;
    struct load_proc_thread thread[LOAD_PROC_MAX_THREADS];
};

int load_proc_read(int pid, struct load_proc *proc);

/** CPU of @p after's thread @p index since @p before; all of it if it was not there before. */
uint64_t load_proc_thread_used_us(const struct load_proc *before, const struct load_proc *after,
                                  unsigned index);

#endif
