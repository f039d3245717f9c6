/* ban.c - a set-associative table of failures; they are counted in thousandths. */
#include "server/sip/ban.h"

#include "mixer/base/clock.h"
#include "mixer/base/random.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

enum { SETS = 1024, WAYS = 4, ONE = 1000 };

struct source {
    uint64_t key; /* 0: free */
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

/* 0 is no source. */
static uint64_t key_of(const struct sockaddr *source)
{
    uint64_t key = 0;
    if (source->sa_family == AF_INET6) {
        const struct sockaddr_in6 *in = (const struct sockaddr_in6 *)(const void *)source;
        memcpy(&key, &in->sin6_addr, 8);
        return key ^ 1u << 31 ? key ^ 1u << 31 : 1;
    }
    if (source->sa_family != AF_INET)
        return 0;
    memcpy(&key, &((const struct sockaddr_in *)(const void *)source)->sin_addr, 4);
    return key + 1;
}

static struct source *set_of(struct ban_list *list, uint64_t key)
{
    return list->source[(((key ^ list->salt) * 0x9e3779b97f4a7c15u) >> 40) % SETS];
}

static struct source *find(struct ban_list *list, uint64_t key)
{
    struct source *set = set_of(list, key);
    for (unsigned i = 0; key && i < WAYS; i++) {
        if (set[i].key == key)
            return &set[i];
    }
    return NULL;
}

/* Who is banned is forgotten last. */
static struct source *find_or_take(struct ban_list *list, uint64_t key, int64_t now_ns)
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

bool ban_note(struct ban_list *list, const struct sockaddr *address, int64_t now_ns)
{
    uint64_t key = key_of(address);
    if (!key)
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
