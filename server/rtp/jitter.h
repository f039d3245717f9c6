/*
 * jitter.h - the jitter buffer: packets in as they come, out in order, at the right time.
 *
 *   packet:  jitter_put(jitter, sequence, timestamp, type, payload, length, arrival_ns);
 *   tick:    stretch = jitter_excess_ms(jitter, now_ns, units in the fifo);
 *            while more samples are needed
 *                switch (jitter_get(jitter, now_ns, &packet, &units)) ...decode, conceal...
 *                jitter_advance(jitter, units that were played);
 *
 * It knows RTP time, not audio: the caller decodes. It measures how late packets come
 * (jitter_target.h) and wants the least delay that covers it: play begins at the tick at which
 * the first packet has it, and again so after it ran dry. From then on RTP time is played as
 * fast as the caller takes it; jitter_excess_ms() says when that should be a little faster or
 * slower. What comes after its turn is dropped. If more than max_ms waits, pauses are
 * shortened, then the oldest is thrown away: whatever a sender does, no sound is played
 * later than that, and a packet, after it came. From a sender that runs ahead of real time, by
 * more than stretching can follow, no more is kept than is wanted: when it ends, so has the
 * delay.
 *
 * min_ms == max_ms is a fixed buffer: it measures, but asks for nothing.
 *
 * Packets are ordered by sequence number; time stamps say how much lies between them.
 *
 * Shape    units are RTP clock units of the payload's clock. A tick is 20 ms.
 * Thread   create, destroy: control. The rest: the leg's media worker; never allocates.
 * Source   RFC 3550 section 5.1 and appendix A.1.
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
    JITTER_MAX_POOL_BYTES = 1 << 20,
};

struct jitter;

struct jitter_config {
    unsigned min_ms; /* of sound to aim at, at least: it holds so much right after a packet
                        that was on time came, that packet included; up to max_ms           */
    unsigned max_ms; /* ... at most; up to JITTER_MAX_MS                                    */
    unsigned slots;  /* packets that fit, e.g. 48: 400 ms of 10 ms packets, and some        */
    unsigned max_payload_bytes; /* longer ones are refused                                  */
    unsigned pool_bytes;        /* of payload that fit: max_ms at the codec's usual rate, and a
                                   packet; at least max_payload_bytes                       */
};

enum jitter_put {
    JITTER_STORED,
    JITTER_LATE,      /* its turn is over                         */
    JITTER_DUPLICATE, /* of one that waits or was played, if not too long ago */
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
    uint32_t overlap; /* units at its begin that the packet before it has played already, as
                         that was longer than its place in time; 0 but for broken senders */
    size_t length;
    uint8_t payload[JITTER_MAX_PAYLOAD_BYTES]; /* [length] */
};

struct jitter_stats {
    uint32_t stored, late, duplicate, too_long;
    uint32_t overflowed; /* packets thrown away unplayed: too much waited, or no room */
    uint32_t lost;       /* packets whose turn came and that were not there                   */
    uint32_t resets;     /* jumps                                                             */
    uint32_t dried;      /* times it ran empty while playing: starved, or the sender paused   */
    uint32_t waiting;    /* packets now in the buffer                                         */
    uint32_t target_ms;  /* what it aims at now, between min_ms and max_ms                    */
    uint32_t delay_ms;   /* of what was played last: how much later than a packet that nothing
                            held up in the network would allow                                */
};

struct jitter *
jitter_create(const struct jitter_config *config); /* NULL: no memory, bad number */
void jitter_destroy(struct jitter *jitter);        /* NULL is allowed */

/** The memory that one takes; 0: bad number. */
size_t jitter_bytes(const struct jitter_config *config);

/** Forgets all packets and the place in time; counts stay, and for a few seconds some of the
 *  target. The clock of what comes next is @p clock_hz. Must be called once before the first
 * put; and for a new SSRC or clock. */
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

/**
 * A packet that is carried by a later one once more (RFC 2198): it takes the place of one that
 * did not come. When it came tells nothing of the network. To be put before the packet that
 * carries it.
 *
 * @return true if it was missing and will be played.
 */
bool jitter_put_again(struct jitter *jitter, uint16_t sequence, uint32_t timestamp,
                      uint8_t payload_type, const uint8_t *payload, size_t length,
                      int64_t arrival_ns);

/** What is to be played now. *packet is set for JITTER_PACKET only, and taken out. For LOST and
 *  QUIET *units says how much is to be filled at most (never 0). */
enum jitter_get jitter_get(struct jitter *jitter, int64_t now_ns, struct jitter_packet *packet,
                           uint32_t *units);

/** Says how many units were just played for the last PACKET, LOST or QUIET, whatever came out
 *  of them. 0 is allowed: a packet that could not be decoded. */
void jitter_advance(struct jitter *jitter, uint32_t units);

/**
 * How much later (above 0: shorten) or earlier (below 0: lengthen) than wanted is played what
 * is played now [ms]; 0 if it is right or not playing. To be asked once a tick, before its
 * gets.
 *
 * @p held_units: what the caller has decoded and not played yet; it comes before the buffer's
 * place. The answer is steady: ticks and packets that are a little late do not change it, and
 * it never asks to shorten what is not there. It need not be done at once, nor to the last ms.
 */
int jitter_excess_ms(const struct jitter *jitter, int64_t now_ns, uint32_t held_units);

/** Holds one packet more than the network asks for, or no longer: so that behind a packet that
 *  is lost the next one is there already, with what it carries of the lost one (FEC, RED). A
 *  fixed buffer does not. */
void jitter_hold_spare(struct jitter *jitter, bool spare);

/** From now on it aims at so much more than min_ms, at least; the network may ask for more
 *  anyway. Up to max_ms; a fixed buffer does not. */
void jitter_hold_more(struct jitter *jitter, unsigned more_ms);

/** The RTP time that is played next. False: nothing is. */
bool jitter_place(const struct jitter *jitter, uint32_t *timestamp);

/** The packet that jitter_get() would give now, which stays in. False: it would give none. */
bool jitter_peek(struct jitter *jitter, int64_t now_ns, struct jitter_packet *packet);

/** The first packet that waits, whatever lies before it: after jitter_get() said LOST, the one
 *  whose FEC tells of the end of that gap. False: none. */
bool jitter_next(struct jitter *jitter, struct jitter_packet *packet);

/** The packet that jitter_get() gave last, once more: to warm up a decoder. False: none since
 *  the reset, or what came since needed its room. */
bool jitter_last(const struct jitter *jitter, struct jitter_packet *packet);

/** How much lies between the place that is played next and the end of the newest packet [ms].
 */
uint32_t jitter_waiting_ms(const struct jitter *jitter);

const struct jitter_stats *jitter_stats(const struct jitter *jitter);

#endif
