/* flow.c - descriptors with the far ends that they had when they were noted. */
#include "server/sip/flow.h"

#include "mixer/base/check.h"
#include "server/rtp/address.h"
#include "server/rtp/address_block.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

enum {
    FIRST_FD = 3,
    MOST_FREE = 256, /* so many free descriptors in a row: there are no more connections */
};

struct far_end {
    uint8_t address[ADDRESS_BLOCK_BYTES];
    uint16_t port;
};

struct known {
    uint32_t number; /* 0: not noted, or not any more */
    struct far_end far;
};

struct flows {
    struct known *known; /* [count], by descriptor */
    int count;
    uint32_t next_number;
};

struct flows *flows_create(void)
{
    struct flows *flows = calloc(1, sizeof(*flows));
    if (flows)
        flows->next_number = 1;
    return flows;
}

void flows_destroy(struct flows *flows)
{
    if (!flows)
        return;
    free(flows->known);
    free(flows);
}

static bool read_far(const struct sockaddr *address, struct far_end *far)
{
    const union latch_address value = address_of(address);
    *far = (struct far_end){.port = address_port(&value)};
    return address_block_bytes(address, far->address);
}

static bool is_same(const struct far_end *one, const struct far_end *other)
{
    return one->port == other->port &&
           memcmp(one->address, other->address, sizeof(one->address)) == 0;
}

/* Whether @p fd is a connection to @p far; errno is set if not. */
static bool leads_to(int fd, const struct far_end *far)
{
    struct sockaddr_storage peer;
    socklen_t length = sizeof(peer);
    struct far_end found;
    if (getpeername(fd, (struct sockaddr *)&peer, &length) < 0)
        return false;
    errno = 0;
    return read_far((const struct sockaddr *)&peer, &found) && is_same(&found, far);
}

/* Of one far end there may be a connection to each of our ports. */
static bool is_at(int fd, uint16_t port)
{
    struct sockaddr_storage own;
    socklen_t length = sizeof(own);
    if (getsockname(fd, (struct sockaddr *)&own, &length) < 0)
        return false;
    const union latch_address address = address_of((const struct sockaddr *)&own);
    return address_port(&address) == port;
}

/* @return its descriptor; -1: none of those that are noted. */
static int find_noted(const struct flows *flows, const struct far_end *far, uint16_t port)
{
    for (int fd = FIRST_FD; fd < flows->count; fd++) {
        const struct known *known = &flows->known[fd];
        if (known->number && is_same(&known->far, far) && leads_to(fd, far) && is_at(fd, port))
            return fd;
    }
    return -1;
}

/* The same among the others; @p all: and among those whose note may be out of date. */
static int find_open(const struct flows *flows, const struct far_end *far, uint16_t port,
                     bool all)
{
    int free_ones = 0;
    for (int fd = FIRST_FD; free_ones < MOST_FREE; fd++) {
        const bool is_noted = fd < flows->count && flows->known[fd].number;
        if (is_noted && !all)
            continue;
        if (leads_to(fd, far) && is_at(fd, port))
            return fd;
        free_ones = errno == EBADF ? free_ones + (fd >= flows->count) : 0;
    }
    return -1;
}

static bool make_room(struct flows *flows, int fd)
{
    if (fd < flows->count)
        return true;
    const int count = fd + 1 > 2 * flows->count ? fd + 1 : 2 * flows->count;
    struct known *grown = realloc(flows->known, (size_t)count * sizeof(*grown));
    if (!grown)
        return false;
    memset(grown + flows->count, 0, (size_t)(count - flows->count) * sizeof(*grown));
    flows->known = grown;
    flows->count = count;
    return true;
}

/* What the kernel refuses leaves a phone that is missed later. */
static void watch(int fd)
{
    const struct {
        int level, name, value;
    } options[] = {
        {SOL_SOCKET, SO_KEEPALIVE, 1},
        {IPPROTO_TCP, TCP_KEEPIDLE, FLOW_IDLE_S},
        {IPPROTO_TCP, TCP_KEEPINTVL, FLOW_INTERVAL_S},
        {IPPROTO_TCP, TCP_USER_TIMEOUT, FLOW_UNHEARD_S * 1000},
    };
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
        (void)setsockopt(fd, options[i].level, options[i].name, &options[i].value,
                         sizeof(options[i].value));
}

static uint64_t id_of(const struct flows *flows, int fd)
{
    return (uint64_t)flows->known[fd].number << 32 | (uint32_t)fd;
}

uint64_t flow_note(struct flows *flows, const struct sockaddr *source, uint16_t port)
{
    ASSERT_CONTROL();
    struct far_end far;
    if (!read_far(source, &far))
        return FLOW_NONE;
    int fd = find_noted(flows, &far, port);
    if (fd >= 0)
        return id_of(flows, fd);
    fd = find_open(flows, &far, port, false);
    if (fd < 0)
        fd = find_open(flows, &far, port, true);
    if (fd < 0 || !make_room(flows, fd))
        return FLOW_NONE;
    watch(fd);
    flows->known[fd] = (struct known){.number = flows->next_number, .far = far};
    flows->next_number = flows->next_number == INT32_MAX ? 1 : flows->next_number + 1;
    return id_of(flows, fd);
}

bool flow_is_there(struct flows *flows, uint64_t id)
{
    ASSERT_CONTROL();
    const uint32_t fd = (uint32_t)id;
    if (id == FLOW_NONE)
        return true;
    if (fd >= (uint32_t)flows->count || flows->known[fd].number != id >> 32)
        return false;
    const bool is_there = leads_to((int)fd, &flows->known[fd].far);
    if (!is_there)
        flows->known[fd].number = 0;
    return is_there;
}
