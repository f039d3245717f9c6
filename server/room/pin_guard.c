/* pin_guard.c - buckets: one in each room, and a table of those of sources. */
#include "server/room/pin_guard.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const char caller[] = "caller ";

static void fill(struct pin_bucket *bucket, int64_t now_ns)
{
    int64_t back = (now_ns - bucket->at_ns) / PIN_GUARD_NS;
    if (!bucket->used || back >= bucket->used) {
        bucket->used = 0;
        bucket->at_ns = now_ns;
    } else {
        bucket->used -= (unsigned)back;
        bucket->at_ns += back * PIN_GUARD_NS;
    }
}

static void take(struct pin_bucket *bucket, unsigned most, int64_t now_ns)
{
    fill(bucket, now_ns);
    if (bucket->used < most)
        bucket->used++;
}

/* The source's place; -1: it has none. */
static int find(const struct pin_guard *guard, const char *source)
{
    for (int i = 0; i < PIN_GUARD_SOURCES; i++) {
        if (guard->place[i].bucket.used && strcmp(guard->place[i].source, source) == 0)
            return i;
    }
    return -1;
}

/* The place whose source has done the least: one that makes up sources drives out his own. */
static int choose(struct pin_guard *guard, int64_t now_ns)
{
    int best = 0;
    fill(&guard->place[best].bucket, now_ns);
    for (int i = 1; i < PIN_GUARD_SOURCES; i++) {
        struct pin_bucket *bucket = &guard->place[i].bucket;
        const struct pin_bucket *least = &guard->place[best].bucket;
        fill(bucket, now_ns);
        if (bucket->used < least->used ||
            (bucket->used == least->used && bucket->at_ns < least->at_ns))
            best = i;
    }
    return best;
}

/* Its own word only: such sources are made up for nothing. */
static bool is_caller(const char *source)
{
    return strncmp(source, caller, sizeof(caller) - 1) == 0;
}

static bool has_free_place(struct pin_guard *guard, int64_t now_ns)
{
    return guard->place[choose(guard, now_ns)].bucket.used == 0;
}

bool pin_guard_allows(struct pin_guard *guard, struct pin_bucket *room, const char *source,
                      int64_t now_ns)
{
    fill(room, now_ns);
    bool is_open = room->used < PIN_GUARD_ROOM_TRIES;
    if (!is_open && is_caller(source))
        return false;
    int place = find(guard, source);
    if (place < 0)
        return is_open || has_free_place(guard, now_ns);
    fill(&guard->place[place].bucket, now_ns);
    unsigned used = guard->place[place].bucket.used;
    return used == 0 || (is_open && used < PIN_GUARD_SOURCE_TRIES);
}

void pin_guard_note(struct pin_guard *guard, struct pin_bucket *room, const char *source,
                    int64_t now_ns)
{
    take(room, PIN_GUARD_ROOM_TRIES, now_ns);
    int place = find(guard, source);
    if (place < 0) {
        place = choose(guard, now_ns);
        guard->place[place].bucket = (struct pin_bucket){.used = 0};
        snprintf(guard->place[place].source, PIN_GUARD_SOURCE_BYTES, "%s", source);
    }
    take(&guard->place[place].bucket, PIN_GUARD_SOURCE_TRIES, now_ns);
}

bool pin_guard_network(const char *address, char out[PIN_GUARD_SOURCE_BYTES])
{
    struct in6_addr six;
    struct in_addr four;
    if (inet_pton(AF_INET, address, &four) == 1)
        return inet_ntop(AF_INET, &four, out, PIN_GUARD_SOURCE_BYTES);
    if (inet_pton(AF_INET6, address, &six) != 1)
        return false;
    memset(&six.s6_addr[8], 0, 8);
    char network[INET6_ADDRSTRLEN];
    if (!inet_ntop(AF_INET6, &six, network, sizeof(network)))
        return false;
    snprintf(out, PIN_GUARD_SOURCE_BYTES, "%s/64", network);
    return true;
}

void pin_guard_caller(const char *uri, char out[PIN_GUARD_SOURCE_BYTES])
{
    snprintf(out, PIN_GUARD_SOURCE_BYTES, "%s%s", caller, uri);
}

/* An @ can only stand before the host (RFC 3261 section 25.1). */
void pin_guard_source(const char *uri, char out[PIN_GUARD_SOURCE_BYTES])
{
    const char *host = strchr(uri, '@');
    if (!host)
        host = strchr(uri, ':');
    host = host ? host + 1 : uri;
    size_t length = *host == '[' ? strcspn(host, "]") : strcspn(host, ":;?>");
    size_t written = 0;
    for (; written < length && written + 1 < PIN_GUARD_SOURCE_BYTES; written++) {
        char byte = host[written];
        out[written] = (char)(byte >= 'A' && byte <= 'Z' ? byte - 'A' + 'a' : byte);
    }
    out[written] = '\0';
}
