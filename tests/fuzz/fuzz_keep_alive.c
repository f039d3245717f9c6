/* fuzz_keep_alive.c - any bytes as a keep-alive of a phone: no answer is much longer than what
 * asked for it, and it has the transaction of that. */
#include "server/sip/keep_alive.h"

#include <assert.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = 1234};
    static const struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = 1234};
    uint8_t out[160];
    uint8_t *exact = malloc(size ? size : 1); /* nothing lies behind its end */
    assert(exact);
    memcpy(exact, data, size);
    size_t four = keep_alive_answer(exact, size, (const void *)&v4, out, sizeof(out));
    assert(!four || (four <= sizeof(out) && memcmp(out + 4, exact + 4, 16) == 0));
    size_t six = keep_alive_answer(exact, size, (const void *)&v6, out, sizeof(out));
    assert((four == 0) == (six == 0) && six <= size + 80);
    free(exact);
    return 0;
}
