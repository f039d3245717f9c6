/*
 * gate.h - how much one source may ask: token buckets in a table of fixed size.
 *
 * Three buckets for each source. The first counts new requests and is asked where an answer can
 * be given: 503 with Retry-After. The second, GATE_FLOOD times as wide, counts whatever arrives
 * and is asked before the SIP stack makes any state of it: what it refuses is dropped
 * unanswered, for a flood with forged senders must not turn into answers to the victims. The
 * third, as wide, is for keep-alives: those of a house full of phones take nothing from what
 * its phones have to say.
 *
 * Shape    a source is an IPv4 address or an IPv6 /64. A full set of the table forgets the
 *          source that was quiet longest: no flood of sources makes it grow.
 * Thread   its owner's; pure, time is given.
 */
#ifndef SERVER_CALL_GATE_H
#define SERVER_CALL_GATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

enum { GATE_BURST_S = 2, GATE_FLOOD = 8 };

struct gate;

/** @param rate requests a second and source; 0: no limit. @return NULL: no memory. */
struct gate *gate_create(unsigned rate);
void gate_destroy(struct gate *gate); /* NULL is allowed */

/** Whose it is: the same of all addresses that are one source. */
uint64_t gate_source(const struct sockaddr *source);

/** A new request of @p source. @return true if it may pass. */
bool gate_admit(struct gate *gate, const struct sockaddr *source, int64_t now_ns);

/** As gate_admit() of a source that has a name instead of an address. */
bool gate_admit_name(struct gate *gate, const char *name, int64_t now_ns);

/** True if gate_admit() would say no now. Takes nothing. */
bool gate_is_spent(struct gate *gate, const struct sockaddr *source, int64_t now_ns);

/** Anything of @p source. @return false: drop it. */
bool gate_arrive(struct gate *gate, const struct sockaddr *source, int64_t now_ns);

/** A keep-alive of @p source. @return false: drop it. */
bool gate_keep_alive(struct gate *gate, const struct sockaddr *source, int64_t now_ns);

#endif
