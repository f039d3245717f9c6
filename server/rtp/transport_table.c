/* transport_table.c - two hash tables whose links are in the entries. */
#include "server/rtp/transport_table.h"

#include "server/rtp/address.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 4096 }; /* a power of two */

struct transport_table {
    struct transport_name *names[BUCKETS];
    struct transport_way *ways[BUCKETS];
    unsigned entries;
};

/* FNV-1a. Nobody fills a bucket on purpose: fragments are ours and random, and an address comes
 * in with one of them only. */
static uint32_t hash(const void *data, size_t length)
{
    const uint8_t *bytes = data;
    uint32_t sum = 2166136261U;
    for (size_t i = 0; i < length; i++)
        sum = (sum ^ bytes[i]) * 16777619U;
    return (sum ^ sum >> 16) & (BUCKETS - 1);
}

static uint32_t hash_address(const union latch_address *address)
{
    return address->any.sa_family == AF_INET6
               ? hash(&address->v6.sin6_addr, sizeof(address->v6.sin6_addr)) ^
                     (address->v6.sin6_port & (BUCKETS - 1))
               : hash(&address->v4.sin_addr, sizeof(address->v4.sin_addr)) ^
                     (address->v4.sin_port & (BUCKETS - 1));
}

struct transport_table *transport_table_create(void)
{
    return calloc(1, sizeof(struct transport_table));
}

void transport_table_destroy(struct transport_table *table)
{
    assert(!table || !table->entries);
    free(table);
}

/* ---- names ---- */

static void link_name(struct transport_table *table, struct transport_name *name)
{
    struct transport_name **bucket = &table->names[hash(name->ufrag, strlen(name->ufrag))];
    if (!name->ufrag[0])
        return;
    name->next = *bucket;
    *bucket = name;
}

static void unlink_name(struct transport_table *table, struct transport_name *name)
{
    struct transport_name **at = &table->names[hash(name->ufrag, strlen(name->ufrag))];
    if (!name->ufrag[0])
        return;
    while (*at != name)
        at = &(*at)->next;
    *at = name->next;
}

void transport_table_rename(struct transport_table *table, struct transport_entry *entry,
                            const char *ufrag)
{
    struct transport_name *now = &entry->names[0], *before = &entry->names[1];
    assert(strlen(ufrag) <= ICE_LOCAL_UFRAG);
    if (strcmp(now->ufrag, ufrag) == 0)
        return;
    unlink_name(table, before);
    unlink_name(table, now);
    memcpy(before->ufrag, now->ufrag, sizeof(now->ufrag));
    strcpy(now->ufrag, ufrag); /* it fits: see above */
    link_name(table, before);
    link_name(table, now);
}

struct transport_entry *transport_table_by_ufrag(const struct transport_table *table,
                                                 const char *ufrag, size_t length)
{
    const struct transport_name *name = length ? table->names[hash(ufrag, length)] : NULL;
    while (name && (strlen(name->ufrag) != length || memcmp(name->ufrag, ufrag, length) != 0))
        name = name->next;
    return name ? name->entry : NULL;
}

/* ---- ways ---- */

static struct transport_way *find_way(const struct transport_table *table,
                                      const union latch_address *address)
{
    struct transport_way *way = table->ways[hash_address(address)];
    while (way && !latch_same(&way->address.any, &address->any))
        way = way->next;
    return way;
}

static void drop_way(struct transport_table *table, struct transport_way *way)
{
    struct transport_way **at = &table->ways[hash_address(&way->address)];
    while (*at != way)
        at = &(*at)->next;
    *at = way->next;
    memset(way, 0, sizeof(*way));
}

/* Whether @p a is to go before @p b. */
static bool goes_first(const struct transport_way *a, const struct transport_way *b)
{
    if (!a->entry || !b->entry)
        return !a->entry;
    return a->is_proved != b->is_proved ? b->is_proved : a->noted < b->noted;
}

static void add_way(struct transport_table *table, struct transport_entry *entry,
                    const union latch_address *address, bool is_proved)
{
    struct transport_way *place = &entry->ways[0];
    for (unsigned i = 1; i < TRANSPORT_WAYS; i++) {
        if (goes_first(&entry->ways[i], place))
            place = &entry->ways[i];
    }
    if (place->entry)
        drop_way(table, place);
    struct transport_way **bucket = &table->ways[hash_address(address)];
    *place = (struct transport_way){.entry = entry,
                                    .next = *bucket,
                                    .address = *address,
                                    .noted = ++entry->noted,
                                    .is_proved = is_proved};
    *bucket = place;
}

struct transport_entry *transport_table_by_address(const struct transport_table *table,
                                                   const union latch_address *address)
{
    const struct transport_way *way = find_way(table, address);
    return way ? way->entry : NULL;
}

void transport_table_note(struct transport_table *table, struct transport_entry *entry,
                          const union latch_address *address, bool is_proved)
{
    struct transport_way *way = find_way(table, address);
    if (!address_bytes(address))
        return;
    if (way && way->entry == entry) {
        way->is_proved |= is_proved;
        way->noted = ++entry->noted;
        return;
    }
    if (way && way->is_proved && !is_proved)
        return;
    if (way)
        drop_way(table, way);
    add_way(table, entry, address, is_proved);
}

/* ---- entries ---- */

void transport_table_add(struct transport_table *table, struct transport_entry *entry,
                         const char *ufrag)
{
    for (unsigned i = 0; i < TRANSPORT_UFRAGS; i++)
        entry->names[i].entry = entry;
    transport_table_rename(table, entry, ufrag);
    table->entries++;
}

void transport_table_remove(struct transport_table *table, struct transport_entry *entry)
{
    for (unsigned i = 0; i < TRANSPORT_UFRAGS; i++)
        unlink_name(table, &entry->names[i]);
    for (unsigned i = 0; i < TRANSPORT_WAYS; i++) {
        if (entry->ways[i].entry)
            drop_way(table, &entry->ways[i]);
    }
    memset(entry, 0, sizeof(*entry));
    table->entries--;
}
