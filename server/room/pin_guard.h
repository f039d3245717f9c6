/*
 * pin_guard.h - how many wrong PINs may come: of one source, and into one room, over all calls.
 *
 * Each has a bucket of tries that a wrong PIN takes one out of and that fills slowly. Where one
 * is empty, no PIN is looked at: so guessing over many calls is hopeless, though each call has
 * a few tries. A source is the network that a call comes from, or, where that is not known, the
 * host of the caller's address. A room's bucket counts those that change their address, too; so
 * that they do not keep others out, a source that has not been wrong lately has one try even
 * where it is empty, as long as there are fewer than PIN_GUARD_SOURCES that have.
 *
 * All who call by a trunk come from its gateway: there the number that calls is the source, so
 * that the telephone network is not locked out for one of its callers. Since a number may be
 * made up, it has no such try.
 *
 *   pin_guard_network("2001:db8::7", source);                     "2001:db8::/64"
 *   pin_guard_source("sip:ann@example.com:5060;x", source);       "example.com"
 *   pin_guard_caller("tel:+493012345", source);                   "caller tel:+493012345"
 *   if (!pin_guard_allows(&guard, &room->wrong_pins, source, now_ns)) ...hang up...
 *   pin_guard_note(&guard, &room->wrong_pins, source, now_ns);    a wrong one
 *
 * Thread   any; pure.
 */
#ifndef SERVER_ROOM_PIN_GUARD_H
#define SERVER_ROOM_PIN_GUARD_H

#include <stdbool.h>
#include <stdint.h>

enum {
    PIN_GUARD_SOURCE_BYTES = 64,
    PIN_GUARD_SOURCES = 256,
    PIN_GUARD_SOURCE_TRIES = 10, /* at once; then one more in each PIN_GUARD_NS */
    PIN_GUARD_ROOM_TRIES = 30,
};
#define PIN_GUARD_NS 60000000000LL

/** Zeroed: full. */
struct pin_bucket {
    unsigned used; /* tries that are gone */
    int64_t at_ns; /* when one of them came back, or would have */
};

/** Zeroed: no source was wrong yet. */
struct pin_guard {
    struct {
        char source[PIN_GUARD_SOURCE_BYTES];
        struct pin_bucket bucket;
    } place[PIN_GUARD_SOURCES];
};

/** Writes an IPv4 address, or the network of an IPv6 address, of which each house has 2^64.
 *  @return false: it is neither. */
bool pin_guard_network(const char *address, char out[PIN_GUARD_SOURCE_BYTES]);

/** Writes the host of a URI, cut to what there is room for; "" if it has none. */
void pin_guard_source(const char *uri, char out[PIN_GUARD_SOURCE_BYTES]);

/** Of who calls by a trunk. */
void pin_guard_caller(const char *uri, char out[PIN_GUARD_SOURCE_BYTES]);

bool pin_guard_allows(struct pin_guard *guard, struct pin_bucket *room, const char *source,
                      int64_t now_ns);
void pin_guard_note(struct pin_guard *guard, struct pin_bucket *room, const char *source,
                    int64_t now_ns);

#endif
