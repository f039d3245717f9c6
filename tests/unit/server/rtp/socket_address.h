/*
 * socket_address.h - an address of a socket out of its text, for tests; the next one replaces
 * it.
 */
#ifndef TESTS_UNIT_SERVER_RTP_SOCKET_ADDRESS_H
#define TESTS_UNIT_SERVER_RTP_SOCKET_ADDRESS_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

static inline const struct sockaddr *make(const char *text)
{
    static struct sockaddr_storage storage;
    struct sockaddr_in *ipv4 = (struct sockaddr_in *)&storage;
    struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)&storage;
    memset(&storage, 0xa5, sizeof(storage));
    if (inet_pton(AF_INET, text, &ipv4->sin_addr) == 1)
        storage.ss_family = AF_INET;
    else if (inet_pton(AF_INET6, text, &ipv6->sin6_addr) == 1)
        storage.ss_family = AF_INET6;
    else
        fail_msg("%s", text);
    return (const struct sockaddr *)&storage;
}

#endif
