/* fuzz_rtp_guard.c - any bytes as an SRTP or SRTCP packet: without the key none is opened; what
 * is protected is opened, and never twice. */
#include "server/rtp/rtp_guard.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct rtp_guard *make(enum rtp_suite suite)
{
    struct rtp_guard *guard;
    struct rtp_keys keys = {.suite = suite, .mki_bytes = (uint8_t)(suite % 3)};
    memset(keys.key, 0x5a, rtp_suite_row(suite)->key_bytes);
    assert(rtp_guard_create(&keys, &guard) == 0);
    return guard;
}

static int open_packet(struct rtp_guard *guard, bool rtcp, const uint8_t *data, size_t size,
                       uint8_t *out, size_t *length)
{
    return rtcp ? rtp_guard_open_rtcp(guard, data, size, out, length)
                : rtp_guard_open(guard, data, size, out, length);
}

static void protect_and_open(enum rtp_suite suite, bool rtcp, const uint8_t *data, size_t size)
{
    struct rtp_guard *out = make(suite), *in = make(suite);
    const size_t room = size + RTP_GUARD_MAX_GROWTH;
    uint8_t *sealed = malloc(room), *clear = malloc(room);
    size_t length;
    assert(sealed && clear);
    memcpy(sealed, data, size);
    const size_t bytes = rtcp ? rtp_guard_protect_rtcp(out, sealed, size, room)
                              : rtp_guard_protect(out, sealed, size, room);
    if (bytes) {
        assert(bytes <= room);
        assert(open_packet(in, rtcp, sealed, bytes, clear, &length) == 0);
        assert(length == size && memcmp(clear, data, size) == 0);
        assert(open_packet(in, rtcp, sealed, bytes, clear, &length) == -EALREADY);
    }
    free(sealed);
    free(clear);
    rtp_guard_destroy(in);
    rtp_guard_destroy(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > 4096)
        return 0;
    const enum rtp_suite suite = (enum rtp_suite)(1 + data[0] % (RTP_SUITES - 1));
    const bool rtcp = data[0] & 0x80;
    struct rtp_guard *guard = make(suite);
    size_t length;
    data++;
    size--;
    uint8_t *exact = malloc(size ? size : 1), *clear = malloc(size ? size : 1);
    assert(exact && clear);
    memcpy(exact, data, size);
    int error = open_packet(guard, rtcp, exact, size, clear, &length);
    /* a short tag may be guessed: once in four billion packets */
    assert(error == -EBADMSG || error == -EKEYREJECTED || error == 0);
    protect_and_open(suite, rtcp, exact, size);
    free(exact);
    free(clear);
    rtp_guard_destroy(guard);
    return 0;
}
