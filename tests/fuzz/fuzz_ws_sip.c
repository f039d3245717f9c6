/* fuzz_ws_sip.c - any bytes as a message: what goes to the stack is one message, by its length. */
#include "server/websocket/ws_sip.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum ws_transport transport = WS_TRANSPORT_WS;
    const char *message = (const char *)data;
    char *in = malloc(size + WS_SIP_GROWTH), *out = malloc(size + 2 * WS_SIP_GROWTH);
    assert(in && out);
    const ssize_t cut = ws_sip_cut(message, size);
    assert(cut <= (ssize_t)size);
    const ssize_t bytes = ws_sip_take_in(message, size, in, &transport);
    assert(bytes <= (ssize_t)(size + WS_SIP_GROWTH));
    if (bytes > 0) {
        assert(ws_sip_cut(in, (size_t)bytes) == bytes);
        assert(ws_sip_take_out(in, (size_t)bytes, transport, out) <= (size_t)bytes + 1);
    }
    free(in);
    free(out);
    return 0;
}
