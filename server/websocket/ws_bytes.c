/* ws_bytes.c - a queue of bytes. */
#include "server/websocket/ws_bytes.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST = 1024 };

char *ws_bytes_room(struct ws_bytes *bytes, size_t length)
{
    if (bytes->room - bytes->end >= length && bytes->data)
        return bytes->data + bytes->end;
    const size_t count = ws_bytes_count(bytes);
    const size_t wanted = count + length > FIRST ? count + length : FIRST;
    if (bytes->begin)
        memmove(bytes->data, bytes->data + bytes->begin, count);
    bytes->begin = 0;
    bytes->end = count;
    if (bytes->room < wanted) {
        const size_t room = wanted > 2 * bytes->room ? wanted : 2 * bytes->room;
        char *grown = realloc(bytes->data, room);
        if (!grown)
            return NULL;
        bytes->data = grown;
        bytes->room = room;
    }
    return bytes->data + bytes->end;
}

void ws_bytes_added(struct ws_bytes *bytes, size_t length)
{
    bytes->end += length;
}

bool ws_bytes_add(struct ws_bytes *bytes, const void *from, size_t length)
{
    char *at = ws_bytes_room(bytes, length);
    if (!at)
        return false;
    memcpy(at, from, length);
    ws_bytes_added(bytes, length);
    return true;
}

const char *ws_bytes_begin(const struct ws_bytes *bytes)
{
    return bytes->data ? bytes->data + bytes->begin : "";
}

size_t ws_bytes_count(const struct ws_bytes *bytes)
{
    return bytes->end - bytes->begin;
}

void ws_bytes_drop(struct ws_bytes *bytes, size_t length)
{
    bytes->begin += length;
    if (bytes->begin == bytes->end)
        ws_bytes_finish(bytes);
}

void ws_bytes_finish(struct ws_bytes *bytes)
{
    free(bytes->data);
    *bytes = (struct ws_bytes){.data = NULL};
}
