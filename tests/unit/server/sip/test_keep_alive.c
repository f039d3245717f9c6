/* test_keep_alive.c - which datagrams are answered, and that no answer is a weapon. */
#include "server/sip/keep_alive.h"

#include "server/rtp/ice_stun.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct sockaddr_in source = {.sin_family = AF_INET, .sin_port = 0x1234};

static const uint8_t request[] = {0,   1,   0,   0,   0x21, 0x12, 0xa4, 0x42, 'a', 'b',
                                  'c', 'd', 'e', 'f', 'g',  'h',  'i',  'j',  'k', 'l'};

static size_t answer(const uint8_t *data, size_t length, struct ice_stun *out)
{
    static uint8_t bytes[ICE_STUN_ANSWER_BYTES];
    size_t count =
        keep_alive_answer(data, length, (const struct sockaddr *)&source, bytes, sizeof(bytes));
    if (count)
        assert_int_equal(ice_stun_read(bytes, count, out), 0);
    return count;
}

static void a_request_is_told_its_source(void **state)
{
    (void)state;
    struct ice_stun read;
    size_t count = answer(request, sizeof(request), &read);
    assert_int_equal(read.class, ICE_STUN_SUCCESS);
    assert_memory_equal(read.transaction, request + 8, ICE_STUN_TRANSACTION_BYTES);
    assert_int_equal(read.mapped.v4.sin_port, source.sin_port);
    assert_in_range(count, sizeof(request), 2 * sizeof(request)); /* no amplifier */
}

static void nothing_else_has_a_success(void **state)
{
    (void)state;
    struct ice_stun read;
    uint8_t copy[sizeof(request)];
    for (unsigned type = 0; type < 0x4000; type++) {
        memcpy(copy, request, sizeof(copy));
        copy[0] = (uint8_t)(type >> 8);
        copy[1] = (uint8_t)type;
        bool is_request = (type & 0x0110) == 0;
        assert_int_equal(answer(copy, sizeof(copy), &read) != 0, is_request);
        assert_true(!is_request || type == 1 || read.class == ICE_STUN_ERROR);
    }
    for (size_t length = 0; length < sizeof(request); length++)
        assert_int_equal(answer(request, length, &read), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_told_its_source),
        cmocka_unit_test(nothing_else_has_a_success),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
