/*
 * transport_table.h - whose datagram it is, on a port that many transports share: by the ICE
 * fragment that a check names, then by the address that it came from.
 *
 *   transport_table_create(&table);
 *   transport_table_add(table, &entry, "4kTq...");       our fragment
 *   a check:    entry = transport_table_by_ufrag(table, ufrag, length);
 *               transport_table_note(table, entry, from, false);
 *   it was authentic:        transport_table_note(table, entry, from, true);
 *   all else:   entry = transport_table_by_address(table, from);
 *
 * An address is believed to be that of who named it in a check, so that what comes right behind
 * the check finds its way; it is proved when the check was authentic, and then a check that
 * only names another does not take it away. The proof that is newest counts. What is believed
 * or proved says only where a datagram goes to be authenticated, by DTLS or SRTP: not that it
 * is.
 *
 * Shape    an entry has up to TRANSPORT_WAYS addresses, the newest; a place that is needed
 *          takes the oldest that is not proved, else the oldest. Two fragments: that of before
 *          an ICE restart, too.
 * Owner    entries are the caller's, and stay where they are until they were removed.
 * Thread   belongs to one; pure.
 */
#ifndef SERVER_RTP_TRANSPORT_TABLE_H
#define SERVER_RTP_TRANSPORT_TABLE_H

#include "server/rtp/ice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TRANSPORT_WAYS = 8, TRANSPORT_UFRAGS = 2 };

struct transport_entry;

struct transport_name {
    struct transport_entry *entry;
    struct transport_name *next; /* in its bucket */
    char ufrag[ICE_LOCAL_UFRAG + 1];
};

struct transport_way {
    struct transport_entry *entry; /* NULL: not in use */
    struct transport_way *next;    /* in its bucket */
    union latch_address address;
    uint32_t noted; /* in this order */
    bool is_proved;
};

/** Zeroed, then the table's. */
struct transport_entry {
    struct transport_name names[TRANSPORT_UFRAGS]; /* [0] the newer; ufrag "": none */
    struct transport_way ways[TRANSPORT_WAYS];
    uint32_t noted;
};

struct transport_table;

/** NULL: no memory. */
struct transport_table *transport_table_create(void);
/** Every entry must have been removed. NULL is allowed. */
void transport_table_destroy(struct transport_table *table);

/** @p ufrag: ours, ICE_LOCAL_UFRAG characters at most; copied. */
void transport_table_add(struct transport_table *table, struct transport_entry *entry,
                         const char *ufrag);
void transport_table_remove(struct transport_table *table, struct transport_entry *entry);

/** An ICE restart: checks name @p ufrag now; some still the one of before. */
void transport_table_rename(struct transport_table *table, struct transport_entry *entry,
                            const char *ufrag);

/** @return NULL: nobody's. */
struct transport_entry *transport_table_by_ufrag(const struct transport_table *table,
                                                 const char *ufrag, size_t length);
struct transport_entry *transport_table_by_address(const struct transport_table *table,
                                                   const union latch_address *address);

/** @p address named @p entry in a check; @p is_proved: which was authentic. */
void transport_table_note(struct transport_table *table, struct transport_entry *entry,
                          const union latch_address *address, bool is_proved);

#endif
