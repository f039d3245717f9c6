/*
 * dns_answer.h - the records of one answer of DNS, as they came.
 *
 *   struct dns_answer answer;
 *   if (dns_answer_begin(&answer, bytes, length) == 0)
 *       while (dns_answer_next(&answer, DNS_SRV, &record)) ...
 *
 * What cannot be used is passed over: records of other types and classes, hosts that are none,
 * texts that are too long. Of an answer that is broken in the middle nothing is taken.
 *
 * Thread   any; pure.
 * Source   RFC 1035 section 4.1, RFC 2782 (SRV), RFC 3403 section 4.1 (NAPTR), RFC 3596 (AAAA).
 */
#ifndef SERVER_SIP_DNS_ANSWER_H
#define SERVER_SIP_DNS_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/nameser.h>

/** Types of records, as they are on the wire. */
enum { DNS_A = ns_t_a, DNS_AAAA = ns_t_aaaa, DNS_SRV = ns_t_srv, DNS_NAPTR = ns_t_naptr };

enum { DNS_NAME_BYTES = 256, DNS_TEXT_BYTES = 32, DNS_ADDRESS_BYTES = 16 };

struct dns_record {
    uint32_t ttl_s;
    uint8_t address[DNS_ADDRESS_BYTES]; /* A: 4 bytes of it; AAAA: all */
    uint16_t priority, weight, port;    /* SRV; NAPTR: order, preference */
    char name[DNS_NAME_BYTES]; /* SRV: target; NAPTR: replacement; without the last dot:
                                           "" is the root */
    char flags[DNS_TEXT_BYTES], service[DNS_TEXT_BYTES]; /* NAPTR, without an expression */
};

/* The fields are dns_answer.c's. Borrows the bytes. */
struct dns_answer {
    ns_msg message;
    int next;
};

/** @return 0; -EBADMSG: this is no answer. */
int dns_answer_begin(struct dns_answer *answer, const uint8_t *bytes, size_t length);

/** @return false: there are no more of @p type. */
bool dns_answer_next(struct dns_answer *answer, uint16_t type, struct dns_record *record);

#endif
