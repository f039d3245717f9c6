/* demux.c - what a datagram is that came to a port which several protocols share. */
#include "server/rtp/demux.h"

enum demux_kind demux_kind(uint8_t first)
{
    if (first <= 3)
        return DEMUX_STUN;
    if (first >= 20 && first <= 63)
        return DEMUX_DTLS;
    if (first >= 128 && first <= 191)
        return DEMUX_RTP;
    return DEMUX_OTHER;
}
