/* load_proc.c - reads /proc/PID/stat, task/<tid>/stat, status and fd. */
#include "tests/bench/load_proc.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* proc(5): the name is in brackets and may hold any character; utime and stime are fields
 * 14, 15. */
static int read_stat(const char *path, char name[16], uint64_t *cpu_us)
{
    char text[1024] = "";
    FILE *file = fopen(path, "r");
    if (!file)
        return -ESRCH;
    size_t length = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    text[length] = '\0';
    char *open = strchr(text, '('), *close = strrchr(text, ')');
    unsigned long user, system;
    if (!open || !close ||
        sscanf(close + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
               &system) != 2)
        return -ESRCH;
    snprintf(name, 16, "%.*s", (int)(close - open - 1), open + 1);
    *cpu_us = (uint64_t)(user + system) * 1000000U / (uint64_t)sysconf(_SC_CLK_TCK);
    return 0;
}

static unsigned long read_rss_kib(int pid)
{
    char path[64], line[256];
    unsigned long rss_kib = 0;
    snprintf(path, sizeof(path), "/proc/%d/status", pid);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof(line), file))
        if (sscanf(line, "VmRSS: %lu", &rss_kib) == 1)
            break;
    if (file)
        fclose(file);
    return rss_kib;
}

static unsigned count_fds(int pid)
{
    char path[64];
    unsigned count = 0;
    snprintf(path, sizeof(path), "/proc/%d/fd", pid);
    DIR *directory = opendir(path);
    for (struct dirent *entry; directory && (entry = readdir(directory));)
        count += entry->d_name[0] != '.';
    if (directory)
        closedir(directory);
    return count;
}

static void read_threads(int pid, struct load_proc *proc)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/task", pid);
    DIR *directory = opendir(path);
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        struct load_proc_thread *thread = &proc->thread[proc->threads];
        thread->tid = atoi(entry->d_name);
        if (!thread->tid || proc->threads + 1 == LOAD_PROC_MAX_THREADS)
            continue;
        snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, thread->tid);
        proc->threads += read_stat(path, thread->name, &thread->cpu_us) == 0;
    }
    if (directory)
        closedir(directory);
}

int load_proc_read(int pid, struct load_proc *proc)
{
    char path[64], name[16];
    memset(proc, 0, sizeof(*proc));
    snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    int error = read_stat(path, name, &proc->cpu_us);
    if (error)
        return error;
    read_threads(pid, proc);
    proc->rss_kib = read_rss_kib(pid);
    proc->fds = count_fds(pid);
    return 0;
}

uint64_t load_proc_thread_used_us(const struct load_proc *before, const struct load_proc *after,
                                  unsigned index)
{
    const struct load_proc_thread *thread = &after->thread[index];
    for (unsigned i = 0; i < before->threads; i++)
        if (before->thread[i].tid == thread->tid)
            return thread->cpu_us - before->thread[i].cpu_us;
    return thread->cpu_us;
}
