/* gate.c - a set-associative table of token buckets; tokens are counted in thousandths. */
#include "server/call/gate.h"

#include "mixer/base/random.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

enum { SETS = 1024, WAYS = 4, TOKEN = 1000 };

enum bucket { NEW_REQUESTS, ARRIVALS, KEEP_ALIVES, BUCKETS };

struct source {
    uint64_t key;    /* 0: free */
    int64_t seen_ns; /* of the last refill, and for choosing whom to forget */
    int64_t tokens[BUCKETS];
};

struct gate {
    int64_t rate[BUCKETS]; /* tokens a second */
    uint64_t salt;         /* nobody can aim at one set */
    struct source source[SETS][WAYS];
};

struct gate *gate_create(unsigned rate)
{
    struct gate *gate = calloc(1, sizeof(*gate));
    if (!gate)
        return NULL;
    gate->rate[NEW_REQUESTS] = rate;
    gate->rate[ARRIVALS] = gate->rate[KEEP_ALIVES] = (int64_t)rate * GATE_FLOOD;
    random_bytes(&gate->salt, sizeof(gate->salt));
    return gate;
}

void gate_destroy(struct gate *gate)
{
    free(gate);
}

uint64_t gate_source(const struct sockaddr *source)
{
    uint64_t key = 0;
    if (source->sa_family == AF_INET6) {
        const struct sockaddr_in6 *in = (const struct sockaddr_in6 *)(const void *)source;
        if (IN6_IS_ADDR_V4MAPPED(&in->sin6_addr))
            memcpy(&key, &in->sin6_addr.s6_addr[12], 4);
        else
            memcpy(&key, &in->sin6_addr, 8);
        return key + 1;
    }
    memcpy(&key, &((const struct sockaddr_in *)(const void *)source)->sin_addr, 4);
    return key + 1;
}

static struct source *find(struct gate *gate, uint64_t key, int64_t now_ns)
{
    uint64_t hash = (key ^ gate->salt) * 0x9e3779b97f4a7c15u;
    struct source *set = gate->source[(hash >> 40) % SETS], *oldest = set;
    for (unsigned i = 0; i < WAYS; i++) {
        if (set[i].key == key)
            return &set[i];
        if (set[i].seen_ns < oldest->seen_ns)
            oldest = &set[i];
    }
    *oldest = (struct source){.key = key, .seen_ns = now_ns};
    for (unsigned i = 0; i < BUCKETS; i++)
        oldest->tokens[i] = gate->rate[i] * GATE_BURST_S * TOKEN;
    return oldest;
}

static void refill(const struct gate *gate, struct source *source, int64_t now_ns)
{
    int64_t passed_us = (now_ns - source->seen_ns) / 1000;
    if (passed_us < 1000)
        return;
    if (passed_us > GATE_BURST_S * 1000000LL)
        passed_us = GATE_BURST_S * 1000000LL;
    for (unsigned i = 0; i < BUCKETS; i++) {
        int64_t most = gate->rate[i] * GATE_BURST_S * TOKEN;
        source->tokens[i] += gate->rate[i] * passed_us * TOKEN / 1000000;
        if (source->tokens[i] > most)
            source->tokens[i] = most;
    }
    source->seen_ns = now_ns;
}

static struct source *look(struct gate *gate, uint64_t key, int64_t now_ns)
{
    struct source *source = find(gate, key, now_ns);
    refill(gate, source, now_ns);
    return source;
}

static bool take(struct gate *gate, enum bucket bucket, uint64_t key, int64_t now_ns)
{
    if (!gate->rate[bucket])
        return true;
    struct source *source = look(gate, key, now_ns);
    if (source->tokens[bucket] < TOKEN)
        return false;
    source->tokens[bucket] -= TOKEN;
    return true;
}

bool gate_admit(struct gate *gate, const struct sockaddr *source, int64_t now_ns)
{
    return take(gate, NEW_REQUESTS, gate_source(source), now_ns);
}

bool gate_admit_name(struct gate *gate, const char *name, int64_t now_ns)
{
    uint64_t key = 14695981039346656037u; /* FNV-1a */
    for (; *name; name++)
        key = (key ^ (unsigned char)*name) * 1099511628211u;
    return take(gate, NEW_REQUESTS, key ? key : 1, now_ns);
}

bool gate_is_spent(struct gate *gate, const struct sockaddr *source, int64_t now_ns)
{
    return gate->rate[NEW_REQUESTS] &&
           look(gate, gate_source(source), now_ns)->tokens[NEW_REQUESTS] < TOKEN;
}

bool gate_arrive(struct gate *gate, const struct sockaddr *source, int64_t now_ns)
{
    return take(gate, ARRIVALS, gate_source(source), now_ns);
}

bool gate_keep_alive(struct gate *gate, const struct sockaddr *source, int64_t now_ns)
{
    return take(gate, KEEP_ALIVES, gate_source(source), now_ns);
}
