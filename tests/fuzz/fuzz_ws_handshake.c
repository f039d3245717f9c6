/* fuzz_ws_handshake.c - any bytes as the request for a WebSocket. */
#include "server/websocket/ws_handshake.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const origins[] = {"https://a.example"};
    const struct slice came = {(const char *)data, size};
    struct ws_request request;
    char answer[WS_HANDSHAKE_ANSWER_BYTES];
    const size_t length = ws_handshake_length(came);
    assert(length <= size);
    if (!length)
        return 0;
    const int status = ws_handshake_read((struct slice){came.at, length}, &request);
    assert(status != 101 || request.key.length == 24);
    (void)ws_origin_is_one_of(&request, origins, 1);
    const size_t bytes = ws_handshake_answer(status, &request, answer);
    assert(bytes < sizeof(answer) - 1 && memcmp(answer + bytes - 4, "\r\n\r\n", 4) == 0);
    return 0;
}
