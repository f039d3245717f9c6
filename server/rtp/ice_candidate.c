/* ice_candidate.c - candidate lines, read and written. */
#include "server/rtp/ice_candidate.h"

#include "server/rtp/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { FNV_PRIME = 16777619 };

static const struct {
    const char *word;
    unsigned preference;
} types[] = {
    [ICE_CANDIDATE_HOST] = {"host", 126},
    [ICE_CANDIDATE_SERVER_REFLEXIVE] = {"srflx", 100},
    [ICE_CANDIDATE_PEER_REFLEXIVE] = {"prflx", 110},
    [ICE_CANDIDATE_RELAYED] = {"relay", 0},
};

enum { TYPES = sizeof(types) / sizeof(types[0]) };

uint32_t ice_candidate_priority(enum ice_candidate_type type, uint16_t local_preference,
                                uint16_t component)
{
    return (uint32_t)types[type].preference << 24 | (uint32_t)local_preference << 8 |
           (256U - component);
}

/* Equal for equal addresses whatever the port, and hardly ever for others. */
static uint32_t foundation_of(const union latch_address *address)
{
    const bool is_v4 = address->any.sa_family == AF_INET;
    const uint8_t *bytes =
        is_v4 ? (const uint8_t *)&address->v4.sin_addr : address->v6.sin6_addr.s6_addr;
    const size_t length = is_v4 ? sizeof(address->v4.sin_addr) : sizeof(address->v6.sin6_addr);
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ bytes[i]) * FNV_PRIME;
    return hash;
}

void ice_candidate_host(struct ice_candidate *candidate, const struct sockaddr *address,
                        uint16_t local_preference)
{
    *candidate = (struct ice_candidate){
        .type = ICE_CANDIDATE_HOST,
        .component = 1,
        .priority = ice_candidate_priority(ICE_CANDIDATE_HOST, local_preference, 1),
        .address = address_unmapped(address),
    };
    snprintf(candidate->foundation, sizeof(candidate->foundation), "%u",
             foundation_of(&candidate->address));
}

/* RFC 6544 section 4.2: passive has 4 of the directions; a type preference below all of UDP's.
 */
void ice_candidate_host_tcp(struct ice_candidate *candidate, const struct sockaddr *address,
                            uint16_t local_preference)
{
    enum { PASSIVE = 4 << 13, OTHERS = (1 << 13) - 1, BELOW = 90 - 126 };
    ice_candidate_host(candidate, address, (uint16_t)(PASSIVE | (local_preference & OTHERS)));
    candidate->is_tcp = true;
    candidate->priority += (uint32_t)BELOW << 24;
    snprintf(candidate->foundation, sizeof(candidate->foundation), "%u",
             foundation_of(&candidate->address) ^ 1U);
}

size_t ice_candidate_write(const struct ice_candidate *candidate, char *out, size_t room)
{
    const union latch_address *address = &candidate->address;
    char host[INET6_ADDRSTRLEN];
    const bool is_v4 = address->any.sa_family == AF_INET;
    if (!address_bytes(address) ||
        !inet_ntop(address->any.sa_family,
                   is_v4 ? (const void *)&address->v4.sin_addr : &address->v6.sin6_addr, host,
                   sizeof(host)))
        return 0;
    const int length =
        snprintf(out, room, "candidate:%s %u %s %u %s %u typ %s%s", candidate->foundation,
                 candidate->component, candidate->is_tcp ? "tcp" : "udp", candidate->priority,
                 host, address_port(address), types[candidate->type].word,
                 candidate->is_tcp ? " tcptype passive" : "");
    return length < 0 || (size_t)length >= room ? 0 : (size_t)length;
}

/* ---- reading ---- */

struct words {
    const char *at;
    size_t left;
};

struct word {
    const char *at;
    size_t length;
};

static bool next(struct words *words, struct word *word)
{
    while (words->left && words->at[0] == ' ') {
        words->at++;
        words->left--;
    }
    const char *end = words->left ? memchr(words->at, ' ', words->left) : NULL;
    *word = (struct word){words->at, end ? (size_t)(end - words->at) : words->left};
    words->at += word->length;
    words->left -= word->length;
    return word->length > 0;
}

static bool is(struct word word, const char *text)
{
    return word.length == strlen(text) && strncasecmp(word.at, text, word.length) == 0;
}

static bool number(struct word word, uint64_t least, uint64_t most, uint64_t *value)
{
    uint64_t read = 0;
    if (!word.length || word.length > 10)
        return false;
    for (size_t i = 0; i < word.length; i++) {
        if (word.at[i] < '0' || word.at[i] > '9')
            return false;
        read = read * 10 + (uint64_t)(word.at[i] - '0');
    }
    *value = read;
    return read >= least && read <= most;
}

static bool is_foundation(struct word word)
{
    if (!word.length || word.length >= ICE_CANDIDATE_FOUNDATION_BYTES)
        return false;
    for (size_t i = 0; i < word.length; i++) {
        const char c = word.at[i];
        if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
              c == '+' || c == '/' || c == '-' || c == '_' || c == '=')) /* seen: - _ = */
            return false;
    }
    return true;
}

static bool read_address(struct word word, uint64_t port, union latch_address *address)
{
    char text[INET6_ADDRSTRLEN];
    if (word.length >= sizeof(text))
        return false;
    memcpy(text, word.at, word.length);
    text[word.length] = '\0';
    return address_read(text, (uint16_t)port, address);
}

static int read_type(struct word word, enum ice_candidate_type *type)
{
    for (unsigned i = 0; i < TYPES; i++) {
        if (is(word, types[i].word)) {
            *type = (enum ice_candidate_type)i;
            return 0;
        }
    }
    return -ENOTSUP;
}

int ice_candidate_read(const char *line, size_t length, struct ice_candidate *candidate)
{
    static const char prefix[] = "candidate:";
    struct ice_candidate read = {.type = ICE_CANDIDATE_HOST};
    struct word foundation, component, transport, priority, host, port, typ, type;
    uint64_t component_number, priority_number, port_number;
    if (length > ICE_CANDIDATE_MAX_LINE || length < sizeof(prefix) - 1 ||
        strncasecmp(line, prefix, sizeof(prefix) - 1) != 0)
        return -EBADMSG;
    struct words words = {line + sizeof(prefix) - 1, length - (sizeof(prefix) - 1)};
    if (!next(&words, &foundation) || !next(&words, &component) || !next(&words, &transport) ||
        !next(&words, &priority) || !next(&words, &host) || !next(&words, &port) ||
        !next(&words, &typ) || !next(&words, &type) || !is(typ, "typ") ||
        !is_foundation(foundation) || !number(component, 1, 256, &component_number) ||
        !number(priority, 0, UINT32_MAX, &priority_number) ||
        !number(port, 0, UINT16_MAX, &port_number))
        return -EBADMSG;
    memcpy(read.foundation, foundation.at, foundation.length);
    read.component = (uint16_t)component_number;
    read.priority = (uint32_t)priority_number;
    int error = read_type(type, &read.type);
    if (!is(transport, "udp") || !port_number ||
        !read_address(host, port_number, &read.address))
        error = -ENOTSUP;
    *candidate = read;
    return error;
}

static bool has(const struct ice_candidates *all, const struct ice_candidate *candidate)
{
    for (unsigned i = 0; i < all->count; i++) {
        if (all->candidate[i].component == candidate->component &&
            latch_same(&all->candidate[i].address.any, &candidate->address.any))
            return true;
    }
    return false;
}

int ice_candidates_add(struct ice_candidates *all, const char *line, size_t length)
{
    struct ice_candidate candidate;
    int error = ice_candidate_read(line, length, &candidate);
    if (!error && has(all, &candidate))
        return 0;
    if (!error && all->count == ICE_CANDIDATES_MAX)
        error = -E2BIG;
    if (error)
        all->refused++;
    else
        all->candidate[all->count++] = candidate;
    return error;
}
