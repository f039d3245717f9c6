/*
 * msrp_assembly.h - a message that comes in pieces, in any order, put together in memory.
 *
 *   struct msrp_assembly assembly = {.most = 65536};
 *   error = msrp_assembly_add(&assembly, offset, data, length);     as often as something comes
 *   error = msrp_assembly_end(&assembly, total);                    once '$' has come
 *   if (msrp_assembly_is_whole(&assembly)) ...assembly.data, assembly.total...
 *   msrp_assembly_finish(&assembly);
 *
 * Where pieces overlap the later one counts. Memory grows with what has come, not with what
 * was promised.
 *
 * Thread   its owner's; pure.
 * Errors   -EMSGSIZE: above `most`; -E2BIG: too many gaps; -EBADMSG: behind its end, or two
 *          ends; -ENOMEM.
 * Source   RFC 4975 section 7.3.1 (putting chunks together).
 */
#ifndef SERVER_MSRP_MSRP_ASSEMBLY_H
#define SERVER_MSRP_MSRP_ASSEMBLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MSRP_ASSEMBLY_PARTS = 32 };

/** Zeroed but for `most`: empty. */
struct msrp_assembly {
    size_t most; /* bytes */
    char *data;  /* owned; a NUL is behind what there is */
    size_t room;
    bool has_total;
    size_t total;
    unsigned count; /* of parts that are there, in order, with gaps between them */
    struct {
        size_t begin, end;
    } part[MSRP_ASSEMBLY_PARTS];
};

/** @p data is copied. */
int msrp_assembly_add(struct msrp_assembly *assembly, uint64_t offset, const char *data,
                      size_t length);
int msrp_assembly_end(struct msrp_assembly *assembly, uint64_t total);
bool msrp_assembly_is_whole(const struct msrp_assembly *assembly);

/** Moves the data out. @return NULL: nothing has come. */
char *msrp_assembly_take(struct msrp_assembly *assembly);

void msrp_assembly_finish(struct msrp_assembly *assembly);

#endif
