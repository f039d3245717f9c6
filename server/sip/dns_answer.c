/* dns_answer.c - the C library walks the message; here are the data of our types. */
#include "server/sip/dns_answer.h"

#include "server/sip/uri.h"

#include <errno.h>
#include <string.h>

#include <resolv.h>

enum { SRV_HEAD = 6, NAPTR_HEAD = 4 };

int dns_answer_begin(struct dns_answer *answer, const uint8_t *bytes, size_t length)
{
    answer->next = 0;
    if (length > UINT16_MAX || ns_initparse(bytes, (int)length, &answer->message) < 0)
        return -EBADMSG;
    return ns_msg_getflag(answer->message, ns_f_qr) ? 0 : -EBADMSG;
}

/* The name at @p at, which ends the data. */
static bool read_name(const struct dns_answer *answer, const uint8_t *at, const uint8_t *end,
                      char name[DNS_NAME_BYTES])
{
    const uint8_t *message_end = ns_msg_end(answer->message);
    int used =
        ns_name_uncompress(ns_msg_base(answer->message), message_end, at, name, DNS_NAME_BYTES);
    if (used < 0 || at + used != end)
        return false;
    size_t length = strlen(name);
    if (length && name[length - 1] == '.')
        name[length - 1] = '\0';
    return !name[0] || uri_is_host(name);
}

/* A string of one byte of length; *at goes behind it. */
static bool read_text(const uint8_t **at, const uint8_t *end, char text[DNS_TEXT_BYTES])
{
    size_t length = *at < end ? **at : SIZE_MAX;
    if (length >= DNS_TEXT_BYTES || length >= (size_t)(end - *at))
        return false;
    memcpy(text, *at + 1, length);
    text[length] = '\0';
    *at += 1 + length;
    return true;
}

static bool read_address(const uint8_t *data, size_t length, size_t expected,
                         struct dns_record *record)
{
    if (length != expected)
        return false;
    memcpy(record->address, data, length);
    return true;
}

static bool read_srv(const struct dns_answer *answer, const uint8_t *data, const uint8_t *end,
                     struct dns_record *record)
{
    if (end - data <= SRV_HEAD)
        return false;
    record->priority = (uint16_t)ns_get16(data);
    record->weight = (uint16_t)ns_get16(data + 2);
    record->port = (uint16_t)ns_get16(data + 4);
    return read_name(answer, data + SRV_HEAD, end, record->name);
}

/* A rule with an expression has no replacement that could be asked for. */
static bool read_naptr(const struct dns_answer *answer, const uint8_t *data, const uint8_t *end,
                       struct dns_record *record)
{
    char expression[DNS_TEXT_BYTES];
    const uint8_t *at = data + NAPTR_HEAD;
    if (end - data <= NAPTR_HEAD)
        return false;
    record->priority = (uint16_t)ns_get16(data);
    record->weight = (uint16_t)ns_get16(data + 2);
    return read_text(&at, end, record->flags) && read_text(&at, end, record->service) &&
           read_text(&at, end, expression) && !expression[0] &&
           read_name(answer, at, end, record->name);
}

static bool read_record(const struct dns_answer *answer, const ns_rr *from,
                        struct dns_record *record)
{
    const uint8_t *data = ns_rr_rdata(*from), *end = data + ns_rr_rdlen(*from);
    *record = (struct dns_record){.ttl_s = ns_rr_ttl(*from)};
    switch (ns_rr_type(*from)) {
    case DNS_A:
        return read_address(data, ns_rr_rdlen(*from), 4, record);
    case DNS_AAAA:
        return read_address(data, ns_rr_rdlen(*from), DNS_ADDRESS_BYTES, record);
    case DNS_SRV:
        return read_srv(answer, data, end, record);
    case DNS_NAPTR:
        return read_naptr(answer, data, end, record);
    default:
        return false;
    }
}

bool dns_answer_next(struct dns_answer *answer, uint16_t type, struct dns_record *record)
{
    ns_rr from;
    while (ns_parserr(&answer->message, ns_s_an, answer->next, &from) == 0) {
        answer->next++;
        if (ns_rr_class(from) == ns_c_in && ns_rr_type(from) == type &&
            read_record(answer, &from, record))
            return true;
    }
    return false;
}
