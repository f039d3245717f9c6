/* fuzz_dtls.c - any datagrams to a server's association: it never connects to who has not the
 * right certificate, and sends only datagrams that fit. Each is two bytes of length and itself.
 */
#include "server/rtp/dtls.h"

#include "server/rtp/bytes.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_send(void *context, const uint8_t *data, size_t length)
{
    (void)context;
    assert(data && length > 0 && length <= DTLS_MTU);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct dtls_certificate *certificate;
    static const struct dtls_fingerprint nobody = {.hash = DTLS_SHA_256};
    if (!certificate)
        assert(dtls_certificate_create(&certificate) == 0);
    const struct dtls_config config = {.certificate = certificate,
                                       .role = DTLS_SERVER,
                                       .fingerprints = &nobody,
                                       .fingerprint_count = 1,
                                       .send = on_send};
    struct dtls *dtls;
    struct dtls_keys keys;
    assert(dtls_create(&config, &dtls) == 0);
    for (size_t at = 0; size - at >= 2;) {
        size_t length = bytes_get16(data + at);
        at += 2;
        length = length < size - at ? length : size - at;
        uint8_t *copy = malloc(length ? length : 1); /* exact: nothing lies behind its end */
        assert(copy);
        memcpy(copy, data + at, length);
        assert(dtls_take(dtls, copy, length, 1) != DTLS_CONNECTED);
        free(copy);
        at += length;
    }
    assert(!dtls_take_keys(dtls, &keys));
    dtls_close(dtls);
    dtls_destroy(dtls);
    return 0;
}
