/* msrp_assembly.c - the parts that are there, kept in order and joined where they touch. */
#include "server/msrp/msrp_assembly.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 512 };

static size_t end_of(const struct msrp_assembly *assembly)
{
    return assembly->count ? assembly->part[assembly->count - 1].end : 0;
}

static int grow(struct msrp_assembly *assembly, size_t end)
{
    size_t room = assembly->room ? assembly->room : FIRST_ROOM;
    if (end < assembly->room)
        return 0;
    while (room <= end)
        room *= 2;
    char *data = realloc(assembly->data, room);
    if (!data)
        return -ENOMEM;
    assembly->data = data;
    assembly->room = room;
    return 0;
}

/* Which parts [begin, end) touches: those from *first, so many. */
static unsigned touched(const struct msrp_assembly *assembly, size_t begin, size_t end,
                        unsigned *first)
{
    unsigned i = 0, behind;
    while (i < assembly->count && assembly->part[i].end < begin)
        i++;
    for (behind = i; behind < assembly->count && assembly->part[behind].begin <= end;
         behind++) {
    }
    *first = i;
    return behind - i;
}

/* @return -E2BIG: there would be too many. */
static int note(struct msrp_assembly *assembly, size_t begin, size_t end)
{
    unsigned first;
    const unsigned count = touched(assembly, begin, end, &first);
    if (!count && assembly->count == MSRP_ASSEMBLY_PARTS)
        return -E2BIG;
    if (count) {
        const size_t last_end = assembly->part[first + count - 1].end;
        if (assembly->part[first].begin < begin)
            begin = assembly->part[first].begin;
        if (last_end > end)
            end = last_end;
    }
    memmove(&assembly->part[first + 1], &assembly->part[first + count],
            (assembly->count - first - count) * sizeof(assembly->part[0]));
    assembly->part[first].begin = begin;
    assembly->part[first].end = end;
    assembly->count = assembly->count + 1 - count;
    return 0;
}

int msrp_assembly_add(struct msrp_assembly *assembly, uint64_t offset, const char *data,
                      size_t length)
{
    if (!length)
        return 0;
    if (offset > assembly->most || length > assembly->most - offset)
        return -EMSGSIZE;
    const size_t begin = (size_t)offset, end = begin + length;
    if (assembly->has_total && end > assembly->total)
        return -EBADMSG;
    int error = grow(assembly, end);
    if (!error)
        error = note(assembly, begin, end);
    if (error)
        return error;
    memcpy(assembly->data + begin, data, length);
    assembly->data[end_of(assembly)] = '\0';
    return 0;
}

int msrp_assembly_end(struct msrp_assembly *assembly, uint64_t total)
{
    if (total > assembly->most)
        return -EMSGSIZE;
    if (total < end_of(assembly) || (assembly->has_total && assembly->total != total))
        return -EBADMSG;
    assembly->has_total = true;
    assembly->total = (size_t)total;
    return 0;
}

bool msrp_assembly_is_whole(const struct msrp_assembly *assembly)
{
    if (!assembly->has_total || !assembly->total)
        return assembly->has_total;
    return assembly->count == 1 && !assembly->part[0].begin &&
           assembly->part[0].end == assembly->total;
}

char *msrp_assembly_take(struct msrp_assembly *assembly)
{
    char *data = assembly->data;
    assembly->data = NULL;
    msrp_assembly_finish(assembly);
    return data;
}

void msrp_assembly_finish(struct msrp_assembly *assembly)
{
    free(assembly->data);
    *assembly = (struct msrp_assembly){.most = assembly->most};
}
