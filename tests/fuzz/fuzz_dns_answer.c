/* fuzz_dns_answer.c - any bytes as an answer of DNS: what is taken of it is whole, and hosts are
 * hosts. */
#include "server/sip/dns_answer.h"
#include "server/sip/uri.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint16_t types[] = {DNS_A, DNS_AAAA, DNS_SRV, DNS_NAPTR};
    struct dns_answer answer;
    struct dns_record record;
    uint8_t *exact = malloc(size ? size : 1); /* nothing lies behind its end */
    assert(exact);
    memcpy(exact, data, size);
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (dns_answer_begin(&answer, exact, size) < 0)
            break;
        while (dns_answer_next(&answer, types[i], &record)) {
            assert(memchr(record.name, '\0', sizeof(record.name)));
            assert(memchr(record.flags, '\0', sizeof(record.flags)));
            assert(memchr(record.service, '\0', sizeof(record.service)));
            assert(!record.name[0] || uri_is_host(record.name));
        }
    }
    free(exact);
    return 0;
}
