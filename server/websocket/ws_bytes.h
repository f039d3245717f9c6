/*
 * ws_bytes.h - bytes that wait: put at the end, taken off the beginning.
 *
 *   char *at = ws_bytes_room(&bytes, length);   NULL: no memory
 *   ...write there...  ws_bytes_added(&bytes, length);
 *   ws_bytes_begin(&bytes), ws_bytes_count(&bytes);   ws_bytes_drop(&bytes, sent);
 *
 * Thread   its owner's; pure.
 */
#ifndef SERVER_WEBSOCKET_WS_BYTES_H
#define SERVER_WEBSOCKET_WS_BYTES_H

#include <stdbool.h>
#include <stddef.h>

/** Zeroed: empty. */
struct ws_bytes {
    char *data;
    size_t begin, end, room;
};

/** Moves what there is, if need be. */
char *ws_bytes_room(struct ws_bytes *bytes, size_t length);
void ws_bytes_added(struct ws_bytes *bytes, size_t length);
/** @return false: no memory. */
bool ws_bytes_add(struct ws_bytes *bytes, const void *from, size_t length);
const char *ws_bytes_begin(const struct ws_bytes *bytes);
size_t ws_bytes_count(const struct ws_bytes *bytes);
/** If none is left, their memory is given back. */
void ws_bytes_drop(struct ws_bytes *bytes, size_t length);
void ws_bytes_finish(struct ws_bytes *bytes);

#endif
