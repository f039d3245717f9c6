/*
 * leg_counters.h - a leg's counters: written by its media half, read by its control half.
 *
 * The one thing both halves touch at once, so each field is atomic. One writer each: a relaxed
 * load and store is enough, no locked instruction is needed. Readers may see one field a tick
 * newer than another; leg_stats_read() makes the copy that others see. Fields mean what struct
 * leg_stats says.
 *
 * Owner    the control half (struct leg), which outlives the media half's use of it.
 */
#ifndef SERVER_LEG_LEG_COUNTERS_H
#define SERVER_LEG_LEG_COUNTERS_H

#include <stdatomic.h>
#include <stdint.h>

typedef _Atomic uint64_t leg_counter; /* a number: a typedef, so that every field is atomic */

struct leg_counters {
    leg_counter packets_received, octets_received, packets_sent, octets_sent;
    leg_counter packets_lost, packets_late, packets_duplicate, packets_overflowed,
        packets_refused, packets_malformed, packets_unauthentic;
    leg_counter concealed_us, recovered_us, shortened_us, lengthened_us, send_errors;
    leg_counter jitter_us, buffer_ms, delay_ms, target_ms, level;
    leg_counter far_jitter_us, far_lost, far_fraction_lost, has_far, round_trip_us;
    leg_counter rtcp_received, rtcp_sent;
    leg_counter last_media_ns;
    /* int64_t: the sender's clock [ns since 1970], at which what is played now was spoken, less
     * our monotonic clock; 0: not known. For the picture that belongs to it. */
    leg_counter spoken_less_now_ns;
    /* int64_t: the same of the picture that came last, if it is seen as soon as it can be; 0:
     * there is none. Its video leg writes it: the voice waits for it. */
    leg_counter seen_less_now_ns;
};

/** Media: adds to a counter. */
static inline void leg_counter_add(leg_counter *counter, uint64_t more)
{
    uint64_t now = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, now + more, memory_order_relaxed);
}

/** Media: sets a gauge. */
static inline void leg_counter_set(leg_counter *counter, uint64_t value)
{
    atomic_store_explicit(counter, value, memory_order_relaxed);
}

/** Any thread: reads. */
static inline uint64_t leg_counter_read(const leg_counter *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

#endif
