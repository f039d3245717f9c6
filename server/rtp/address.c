/* address.c - an IP address with its port, as a value of little size. */
#include "server/rtp/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

union latch_address address_of(const struct sockaddr *from)
{
    union latch_address address;
    memset(&address, 0, sizeof(address));
    if (from && from->sa_family == AF_INET)
        memcpy(&address, from, sizeof(address.v4));
    else if (from && from->sa_family == AF_INET6)
        memcpy(&address, from, sizeof(address.v6));
    return address;
}

union latch_address address_unmapped(const struct sockaddr *from)
{
    union latch_address address = address_of(from);
    if (address.any.sa_family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&address.v6.sin6_addr))
        return address;
    union latch_address v4;
    memset(&v4, 0, sizeof(v4));
    v4.v4.sin_family = AF_INET;
    v4.v4.sin_port = address.v6.sin6_port;
    memcpy(&v4.v4.sin_addr, &address.v6.sin6_addr.s6_addr[12], sizeof(v4.v4.sin_addr));
    return v4;
}

socklen_t address_bytes(const union latch_address *address)
{
    return address->any.sa_family == AF_INET    ? (socklen_t)sizeof(address->v4)
           : address->any.sa_family == AF_INET6 ? (socklen_t)sizeof(address->v6)
                                                : 0;
}

uint16_t address_port(const union latch_address *address)
{
    return address->any.sa_family == AF_INET    ? ntohs(address->v4.sin_port)
           : address->any.sa_family == AF_INET6 ? ntohs(address->v6.sin6_port)
                                                : 0;
}

void address_host_of(const struct sockaddr *from, char out[INET6_ADDRSTRLEN])
{
    const union latch_address address = address_of(from);
    out[0] = '\0';
    if (address.any.sa_family == AF_INET)
        inet_ntop(AF_INET, &address.v4.sin_addr, out, INET6_ADDRSTRLEN);
    else if (address.any.sa_family == AF_INET6)
        inet_ntop(AF_INET6, &address.v6.sin6_addr, out, INET6_ADDRSTRLEN);
}

void address_set_port(union latch_address *address, uint16_t port)
{
    if (address->any.sa_family == AF_INET)
        address->v4.sin_port = htons(port);
    else
        address->v6.sin6_port = htons(port);
}

bool address_is_any(const union latch_address *address)
{
    return address->any.sa_family == AF_INET ? address->v4.sin_addr.s_addr == htonl(INADDR_ANY)
                                             : IN6_IS_ADDR_UNSPECIFIED(&address->v6.sin6_addr);
}

bool address_read(const char *text, uint16_t port, union latch_address *address)
{
    memset(address, 0, sizeof(*address));
    if (inet_pton(AF_INET, text, &address->v4.sin_addr) == 1)
        address->any.sa_family = AF_INET;
    else if (inet_pton(AF_INET6, text, &address->v6.sin6_addr) == 1)
        address->any.sa_family = AF_INET6;
    else
        return false;
    address_set_port(address, port);
    return true;
}

void address_text(const union latch_address *address, char out[ADDRESS_TEXT_BYTES])
{
    char host[INET6_ADDRSTRLEN];
    const bool is_v6 = address->any.sa_family == AF_INET6;
    address_host_of(&address->any, host);
    if (host[0])
        snprintf(out, ADDRESS_TEXT_BYTES, is_v6 ? "[%s]:%u" : "%s:%u", host,
                 address_port(address));
    else
        snprintf(out, ADDRESS_TEXT_BYTES, "nowhere");
}
