/* ws_write.c - a frame's head. */
#include "server/websocket/ws_write.h"

enum { FINAL = 0x80, LENGTH_16 = 126, LENGTH_64 = 127 };

size_t ws_write_head(enum ws_opcode opcode, size_t length, uint8_t out[WS_SERVER_HEAD_BYTES])
{
    const unsigned more = length < LENGTH_16 ? 0 : length <= UINT16_MAX ? 2 : 8;
    out[0] = (uint8_t)(FINAL | opcode);
    out[1] = (uint8_t)(more == 0 ? length : more == 2 ? LENGTH_16 : LENGTH_64);
    for (unsigned i = 0; i < more; i++)
        out[2 + i] = (uint8_t)((uint64_t)length >> 8 * (more - 1 - i));
    return 2 + more;
}
