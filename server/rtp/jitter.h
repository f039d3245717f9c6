/*
 * jitter.h - the jitter buffer: packets in as they come, out in order, at the right time.
 *
 *   packet:  jitter_put(jitter, sequence, timestamp, type, payload, length, arrival_ns);
 *   tick:    while more samples are needed
 *                switch (jitter_get(jitter, now_ns, &packet, &units)) ...decode, conceal...
 *                jitter_advance(jitter, units that were played);
 *
 * It knows RTP time, not audio: the caller decodes. Play begins when `delay` has passed since
 * the first packet's arrival, and again so after it ran dry. What comes after its turn is
 * dropped. If more than `limit` waits, pauses are shortened, then the oldest is thrown away: a
 * sender whose clock is faster than ours cannot make the delay grow beyond that.
 *
 * Packets are ordered by sequence number; time stamps say how much lies between them.
 *
 * Shape    units are RTP clock units of the payload's clock.
 * Thread   create, destroy: control. The rest: the leg's media worker; never allocates.
 * Source   RFC 3550 section 5.1; the adaptive target follows later behind the same functions.
 */
#ifndef SERVER_RTP_JITTER_H
#define SERVER_RTP_JITTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    JITTER_MAX_MS = 10000,
    JITTER_MAX_SLOTS = 1024,
    JITTER_MAX_PAYLOAD_BYTES = 4096,
};

struct jitter;

struct jitter_config {
    unsigned delay_ms;          /* to hold before playing; up to limit_ms      */
    unsigned limit_ms;          /* never hold more than this; up to JITTER_MAX_MS */
    unsigned slots;             /* packets that fit, e.g. 32                   */
    unsigned max_payload_bytes; /* longer ones are refused                     */
};

enum jitter_put {
    JITTER_STORED,
    JITTER_LATE,      /* its turn is over                         */
    JITTER_DUPLICATE, /* of one that waits; of a played one: late */
    JITTER_TOO_LONG,  /* payload above max_payload_bytes          */
    JITTER_RESET,     /* stored, but the buffer began anew (jump) */
};

enum jitter_get {
    JITTER_PACKET, /* *packet is next: play all of it, then advance by its duration       */
    JITTER_LOST,   /* something is missing here, and later packets wait: conceal a packet */
    JITTER_QUIET,  /* the sender paused (DTX): fill with quiet until the next packet      */
    JITTER_EMPTY,  /* nothing to play: not yet started, or run dry. Do not advance        */
};

struct jitter_packet {
    uint8_t payload_type;
    uint16_t sequence;
    uint32_t timestamp;
    const uint8_t *payload; /* borrowed until the next call */
    size_t length;
};

struct jitter_stats {
    uint32_t stored, late, duplicate, too_long;
    uint32_t overflowed; /* packets thrown away unplayed: more than limit_ms, or no slot free */
    uint32_t lost;       /* packets whose turn came and that were not there                   */
    uint32_t resets;     /* jumps                                                             */
    uint32_t dried;      /* times it ran empty while playing: starved, or the sender paused   */
    uint32_t waiting;    /* packets now in the buffer                                         */
};

struct jitter *
jitter_create(const struct jitter_config *config); /* NULL: no memory, bad number */
void jitter_destroy(struct jitter *jitter);        /* NULL is allowed */

/** Forgets all packets and the place in time; counts stay. The clock of what comes next is
 *  @p clock_hz. Must be called once before the first put; and for a new SSRC or clock. */
void jitter_reset(struct jitter *jitter, unsigned clock_hz);

/**
 * Copies one packet in. @p arrival_ns: monotonic.
 *
 * @p payload NULL says: this sequence number came but is no audio (a telephone-event, which is
 * handled at once). It keeps its place, so that it is not taken for lost; the time it covers
 * becomes QUIET; its time stamp is not looked at.
 */
enum jitter_put jitter_put(struct jitter *jitter, uint16_t sequence, uint32_t timestamp,
                           uint8_t payload_type, const uint8_t *payload, size_t length,
                           int64_t arrival_ns);

/** What is to be played now. *packet is set for JITTER_PACKET only, and taken out. For LOST and
 *  QUIET *units says how much is to be filled at most (never 0). */
enum jitter_get jitter_get(struct jitter *jitter, int64_t now_ns, struct jitter_packet *packet,
                           uint32_t *units);

/** Says how many units were just played for the last PACKET, LOST or QUIET. 0 is allowed: a
 *  packet that could not be decoded. */
void jitter_advance(struct jitter *jitter, uint32_t units);

/** How much lies between the place that is played next and the end of the newest packet [ms].
 */
uint32_t jitter_waiting_ms(const struct jitter *jitter);

const struct jitter_stats *jitter_stats(const struct jitter *jitter);

#endif
