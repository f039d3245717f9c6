/* fuzz_ice_stun.c - any bytes as a STUN message: what was read lies within them, and an agent
 * that takes it answers with a message that can be read, and believes nothing that is not
 * signed.
 */
#include "server/rtp/ice.h"

#include <assert.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_message(const uint8_t *data, size_t size, const struct ice_stun *message)
{
    const char *ufrag;
    assert(size >= ICE_STUN_HEADER_BYTES && size <= ICE_STUN_MAX_BYTES);
    assert(message->unknown_count <= ICE_STUN_MAX_UNKNOWN);
    if (message->username) {
        const uint8_t *at = (const uint8_t *)message->username;
        assert(at >= data && at + message->username_length <= data + size);
        assert(ice_ufrag_of(message, &ufrag) <= message->username_length);
    }
    (void)ice_stun_is_authentic(message, "password of the fuzzer");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct ice_credentials local = {"ours", "VOkJxbRl1RmTxUk/WvJxBt"};
    static const struct sockaddr_in from = {.sin_family = AF_INET, .sin_port = 1};
    const struct sockaddr *peer = (const struct sockaddr *)&from;
    struct ice_stun message, answer;
    struct ice_result result;
    struct ice ice;
    uint8_t *copy = malloc(size ? size : 1); /* exact: nothing lies behind its end */
    assert(copy);
    memcpy(copy, data, size);
    if (ice_stun_read(copy, size, &message) == 0)
        check_message(copy, size, &message);
    ice_init(&ice, &local);
    ice_take(&ice, copy, size, peer, 1, &result);
    if (result.answer_bytes) {
        assert(ice_stun_read(result.answer, result.answer_bytes, &answer) == 0);
        assert(answer.class == ICE_STUN_SUCCESS || answer.class == ICE_STUN_ERROR);
        assert(memcmp(answer.transaction, copy + 8, sizeof(answer.transaction)) == 0);
    }
    if (ice.counters.checks)
        assert(ice_stun_is_authentic(&message, local.password));
    else
        assert(!ice_is_validated(&ice, peer) && !ice.has_consent);
    free(copy);
    return 0;
}
