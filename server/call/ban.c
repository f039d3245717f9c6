/* ban.c - a set-associative table of failures; they are counted in thousandths. */
#include "server/call/ban.h"

#include "mixer/base/clock.h"
#include "mixer/base/random.h"
#include "server/rtp/address.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

enum { SETS = 1024, WAYS = 4, ONE = 1000 };

struct key { /* the part of an address that counts */
    uint64_t bits;
    sa_family_t family; /* AF_UNSPEC: no source; AF_LOCAL: a name */
};

struct source {
    struct key key; /* AF_UNSPEC: free */
    int64_t seen_ns, banned_until_ns;
    int64_t failures; /* in thousandths */
    unsigned asked;   /* while it is slow: every other one is dropped */
};

struct ban_list {
    int64_t most, ban_ns;
    uint64_t salt; /* nobody can aim at one set */
    struct source source[SETS][WAYS];
};

struct ban_list *ban_list_create(unsigned most, unsigned ban_s)
{
    struct ban_list *list = calloc(1, sizeof(*list));
    if (!list)
        return NULL;
    list->most = most;
    list->ban_ns = ban_s * CLOCK_NS_PER_S;
    random_bytes(&list->salt, sizeof(list->salt));
    return list;
}

void ban_list_destroy(struct ban_list *list)
{
    free(list);
}

static struct key key_of(const struct sockaddr *source)
{
    struct key key = {.family = source->sa_family};
    if (source->sa_family == AF_INET6) {
        const struct sockaddr_in6 *in = (const struct sockaddr_in6 *)(const void *)source;
        memcpy(&key.bits, &in->sin6_addr, sizeof(key.bits));
        key.bits = be64toh(key.bits);
    } else if (source->sa_family == AF_INET) {
        key.bits = ntohl(((const struct sockaddr_in *)(const void *)source)->sin_addr.s_addr);
    } else {
        key.family = AF_UNSPEC;
    }
    return key;
}

static struct key key_of_name(const struct ban_list *list, const char *name)
{
    struct key key = {.family = AF_LOCAL, .bits = 14695981039346656037u ^ list->salt};
    for (; *name; name++) /* FNV-1a */
        key.bits = (key.bits ^ (unsigned char)*name) * 1099511628211u;
    return key;
}

static struct key key_of_text(const char *text)
{
    union latch_address address;
    if (!address_read(text, 0, &address))
        return (struct key){.family = AF_UNSPEC};
    return key_of(&address.any);
}

static void write_address(struct key key, struct ban_entry *entry)
{
    struct in6_addr v6 = {0};
    const uint64_t high = htobe64(key.bits);
    const uint32_t v4 = htonl((uint32_t)key.bits);
    bool is_v6 = key.family == AF_INET6;
    memcpy(&v6, &high, sizeof(high));
    inet_ntop(key.family, is_v6 ? (const void *)&v6 : (const void *)&v4, entry->address,
              sizeof(entry->address));
    entry->prefix = is_v6 ? 64 : 32;
}

/* IPv4 first, as AF_INET is below AF_INET6. */
static bool is_below(struct key one, struct key other)
{
    return one.family != other.family ? one.family < other.family : one.bits < other.bits;
}

static bool is_same(struct key one, struct key other)
{
    return one.family == other.family && one.bits == other.bits;
}

static struct source *set_of(struct ban_list *list, struct key key)
{
    uint64_t mixed = (key.bits ^ list->salt ^ key.family) * 0x9e3779b97f4a7c15u;
    return list->source[(mixed >> 40) % SETS];
}

static struct source *find(struct ban_list *list, struct key key)
{
    struct source *set = set_of(list, key);
    for (unsigned i = 0; key.family && i < WAYS; i++) {
        if (is_same(set[i].key, key))
            return &set[i];
    }
    return NULL;
}

/* Who is banned is forgotten last. */
static struct source *find_or_take(struct ban_list *list, struct key key, int64_t now_ns)
{
    struct source *set = set_of(list, key), *worst = set;
    struct source *found = find(list, key);
    if (found)
        return found;
    for (unsigned i = 1; i < WAYS; i++) {
        bool is_banned = set[i].banned_until_ns > now_ns;
        bool worst_is_banned = worst->banned_until_ns > now_ns;
        if (is_banned != worst_is_banned ? worst_is_banned : set[i].seen_ns < worst->seen_ns)
            worst = &set[i];
    }
    *worst = (struct source){.key = key, .seen_ns = now_ns};
    return worst;
}

static void regain(const struct ban_list *list, struct source *source, int64_t now_ns)
{
    int64_t passed_ms = (now_ns - source->seen_ns) / CLOCK_NS_PER_MS;
    if (passed_ms > BAN_WINDOW_S * 1000LL)
        passed_ms = BAN_WINDOW_S * 1000LL;
    int64_t regained = passed_ms * list->most * ONE / (BAN_WINDOW_S * 1000LL);
    if (!regained)
        return;
    source->failures = source->failures > regained ? source->failures - regained : 0;
    source->seen_ns = now_ns;
}

static bool note(struct ban_list *list, struct key key, int64_t now_ns)
{
    if (!key.family)
        return false;
    struct source *source = find_or_take(list, key, now_ns);
    regain(list, source, now_ns);
    source->failures += ONE;
    if (source->failures < list->most * ONE || !list->ban_ns ||
        source->banned_until_ns > now_ns)
        return false;
    source->banned_until_ns = now_ns + list->ban_ns;
    source->failures = 0;
    return true;
}

bool ban_note(struct ban_list *list, const struct sockaddr *address, int64_t now_ns)
{
    return note(list, key_of(address), now_ns);
}

bool ban_note_name(struct ban_list *list, const char *name, int64_t now_ns)
{
    return note(list, key_of_name(list, name), now_ns);
}

static bool holds(struct ban_list *list, struct key key, int64_t now_ns)
{
    const struct source *source = find(list, key);
    return source && source->banned_until_ns > now_ns;
}

bool ban_holds(struct ban_list *list, const struct sockaddr *address, int64_t now_ns)
{
    return holds(list, key_of(address), now_ns);
}

bool ban_holds_name(struct ban_list *list, const char *name, int64_t now_ns)
{
    return holds(list, key_of_name(list, name), now_ns);
}

bool ban_drops(struct ban_list *list, const struct sockaddr *address, int64_t now_ns)
{
    struct source *source = find(list, key_of(address));
    if (!source)
        return false;
    if (source->banned_until_ns > now_ns)
        return true;
    regain(list, source, now_ns);
    return 2 * source->failures > list->most * ONE && source->asked++ % 2 == 0;
}

bool ban_above(const struct ban_list *list, const char *after, int64_t now_ns,
               struct ban_entry *entry)
{
    const struct key low = key_of_text(after);
    const struct source *best = NULL;
    if (after[0] && !low.family)
        return false;
    for (unsigned i = 0; i < SETS * WAYS; i++) {
        const struct source *each = &list->source[i / WAYS][i % WAYS];
        if (each->banned_until_ns > now_ns && is_below(low, each->key) &&
            (!best || is_below(each->key, best->key)))
            best = each;
    }
    if (!best)
        return false;
    write_address(best->key, entry);
    entry->until_ns = best->banned_until_ns;
    return true;
}

int ban_lift(struct ban_list *list, const char *address, int64_t now_ns)
{
    const struct key key = key_of_text(address);
    struct source *source = find(list, key);
    if (!key.family)
        return -EINVAL;
    if (!source || source->banned_until_ns <= now_ns)
        return -ENOENT;
    *source = (struct source){.failures = 0};
    return 0;
}
