/*
 * resolv_conf.c - gives a server another /etc/resolv.conf than the machine's.
 *
 *   RESOLV_CONF=FILE LD_PRELOAD=build/resolv_conf.so build/raduno ...
 *
 * tests/support/dns.mjs is the name server that such a file leads to.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

FILE *fopen(const char *path, const char *mode)
{
    static FILE *(*next)(const char *, const char *);
    const char *other = getenv("RESOLV_CONF");
    if (!next) {
        void *found = dlsym(RTLD_NEXT, "fopen");
        memcpy(&next, &found, sizeof(next));
    }
    return next(other && !strcmp(path, "/etc/resolv.conf") ? other : path, mode);
}
