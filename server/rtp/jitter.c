/* jitter.c - a place in RTP time, and what is to be played there. */
#include "server/rtp/jitter.h"

#include "mixer/base/clock.h"
#include "mixer/base/pages.h"
#include "server/rtp/jitter_grid.h"
#include "server/rtp/jitter_queue.h"
#include "server/rtp/jitter_restart.h"
#include "server/rtp/jitter_target.h"
#include "server/rtp/jitter_tick.h"

#include <assert.h>
#include <string.h>

enum {
    MAX_DROPOUT = 3000, /* RFC 3550 A.1: a gap in sequence numbers that may be loss  */
    MAX_MISORDER = 100, /* ... and how far behind is still "late"                    */
    JUMP_S = 3,         /* no packet that follows what waits lies further in RTP time */
    ROUNDING_PART = 4,  /* a gap below this part of a packet is the sender's rounding */
    SEEN_PACKETS = 64,  /* so far back a duplicate is told from a late one           */
};

enum state {
    STATE_IDLE,    /* no audio: the next packet starts the clock          */
    STATE_FILLING, /* audio waits until its delay is the cover            */
    STATE_PLAYING, /* `position` is what is to be played next             */
};

struct jitter {
    struct jitter_config config;
    struct jitter_stats stats;
    unsigned clock_hz; /* 0: not reset yet                                 */
    enum state state;
    int64_t started_ns; /* arrival of the packet that began to fill        */
    bool spare;         /* one packet more is held than need be            */
    bool has_newest, has_newest_time, has_next; /* the fields below are known */
    int64_t newest;        /* highest sequence that came                      */
    int64_t newest_audio;  /* ... of those that are audio                     */
    uint32_t newest_time;  /* ... and that one's time stamp                   */
    uint64_t seen;         /* bit i: newest - i came                          */
    int64_t next_sequence; /* whose turn it is                                */
    uint32_t position;     /* RTP time that is played next                    */
    uint32_t packet_units; /* how long the last played packet was; 0: unknown */
    uint32_t concealed;    /* units made up for next_sequence so far          */
    enum jitter_get got;   /* what the last get said                          */
    struct jitter_tick tick;
    struct jitter_restart restart;
    bool has_last, keeps_last; /* what get gave; its payload is there still       */
    struct jitter_entry last;
    uint32_t last_overlap;
    struct jitter_target target;
    struct jitter_queue queue;
};

/* ---- life ---- */

static bool is_sound(const struct jitter_config *config)
{
    return config->min_ms <= config->max_ms && config->max_ms > 0 &&
           config->max_ms <= JITTER_MAX_MS && config->slots >= 2 &&
           config->slots <= JITTER_MAX_SLOTS && config->max_payload_bytes > 0 &&
           config->max_payload_bytes <= JITTER_MAX_PAYLOAD_BYTES &&
           config->pool_bytes >= config->max_payload_bytes &&
           config->pool_bytes <= JITTER_MAX_POOL_BYTES;
}

size_t jitter_bytes(const struct jitter_config *config)
{
    if (!is_sound(config))
        return 0;
    return sizeof(struct jitter) +
           jitter_queue_bytes(config->slots, jitter_pool_blocks(config->pool_bytes));
}

struct jitter *jitter_create(const struct jitter_config *config)
{
    size_t bytes = jitter_bytes(config);
    struct jitter *jitter = bytes ? pages_create(bytes) : NULL;
    if (!jitter)
        return NULL;
    jitter->config = *config;
    jitter->got = JITTER_EMPTY;
    jitter_target_init(&jitter->target, config->min_ms, config->max_ms);
    jitter_queue_init(&jitter->queue, config->slots, jitter_pool_blocks(config->pool_bytes),
                      jitter + 1);
    return jitter;
}

void jitter_destroy(struct jitter *jitter)
{
    if (jitter)
        pages_destroy(jitter, jitter_bytes(&jitter->config));
}

static void begin_anew(struct jitter *jitter)
{
    jitter->state = STATE_IDLE;
    jitter->has_newest = jitter->has_newest_time = jitter->has_next = false;
    jitter->concealed = 0;
    jitter->seen = 0;
    jitter->restart = (struct jitter_restart){0};
    jitter->got = JITTER_EMPTY;
    jitter_queue_clear(&jitter->queue);
    jitter_target_restart(&jitter->target, jitter->clock_hz);
    jitter->stats.waiting = 0;
}

static void let_go_last(struct jitter *jitter)
{
    if (jitter->keeps_last)
        jitter_queue_release(&jitter->queue, &jitter->last);
    jitter->keeps_last = false;
}

void jitter_reset(struct jitter *jitter, unsigned clock_hz)
{
    assert(clock_hz > 0);
    jitter->clock_hz = clock_hz;
    begin_anew(jitter);
    let_go_last(jitter);
    jitter->packet_units = 0;
    jitter->has_last = false;
    jitter->stats.delay_ms = 0;
    jitter->stats.target_ms = jitter_target_ms(&jitter->target, 0);
}

void jitter_hold_spare(struct jitter *jitter, bool spare)
{
    jitter->spare = spare && jitter->config.min_ms < jitter->config.max_ms;
}

void jitter_hold_more(struct jitter *jitter, unsigned more_ms)
{
    const struct jitter_config *config = &jitter->config;
    if (config->min_ms < config->max_ms)
        jitter_target_set_min(&jitter->target, config->min_ms + more_ms);
}

bool jitter_place(const struct jitter *jitter, uint32_t *timestamp)
{
    *timestamp = jitter->position;
    return jitter->state == STATE_PLAYING;
}

const struct jitter_stats *jitter_stats(const struct jitter *jitter)
{
    return &jitter->stats;
}

/* ---- RTP time ---- */

static uint32_t ahead(uint32_t timestamp, uint32_t of)
{
    int32_t units = (int32_t)(timestamp - of);
    return units > 0 ? (uint32_t)units : 0;
}

static uint32_t units_of_ms(const struct jitter *jitter, unsigned ms)
{
    return (uint32_t)((uint64_t)ms * jitter->clock_hz / 1000);
}

static uint32_t usual_packet(const struct jitter *jitter)
{
    return jitter->packet_units ? jitter->packet_units : units_of_ms(jitter, JITTER_TICK_MS);
}

static unsigned usual_packet_ms(const struct jitter *jitter)
{
    return (unsigned)((uint64_t)usual_packet(jitter) * 1000 / jitter->clock_hz);
}

static uint32_t cover(const struct jitter *jitter)
{
    return jitter_target_cover(&jitter->target, usual_packet(jitter)) +
           (jitter->spare ? usual_packet(jitter) : 0);
}

static int32_t delay_of(const struct jitter *jitter, uint32_t timestamp, int64_t now_ns)
{
    return jitter_target_delay(&jitter->target, timestamp,
                               jitter_tick_due_ns(&jitter->tick, now_ns));
}

static void note_target(struct jitter *jitter)
{
    jitter->stats.target_ms = jitter_target_ms(&jitter->target, usual_packet(jitter)) +
                              (jitter->spare ? usual_packet_ms(jitter) : 0);
}

/* ---- how much waits ---- */

/* From the place that is played next to the begin of the newest packet. A sender may write time
 * stamps that go back: then what lies farthest counts. */
static uint32_t waiting_units(const struct jitter *jitter)
{
    const struct jitter_entry *first = jitter_queue_first_audio(&jitter->queue);
    if (!first)
        return 0;
    uint32_t from = jitter->state == STATE_PLAYING ? jitter->position : first->timestamp;
    uint32_t to_first = ahead(first->timestamp, from);
    uint32_t to_newest = ahead(jitter->newest_time, from);
    return to_first > to_newest ? to_first : to_newest;
}

uint32_t jitter_waiting_ms(const struct jitter *jitter)
{
    if (!jitter->queue.audio)
        return 0;
    uint64_t units = (uint64_t)waiting_units(jitter) + jitter->packet_units;
    return (uint32_t)(units * 1000 / jitter->clock_hz);
}

/* ---- the first leaves ---- */

/* Its turn, and that of all before it, is over: those that did not come are lost. */
static struct jitter_entry take_first(struct jitter *jitter)
{
    int64_t sequence = jitter_queue_at(&jitter->queue, 0)->sequence;
    if (jitter->has_next && sequence > jitter->next_sequence)
        jitter->stats.lost += (uint32_t)(sequence - jitter->next_sequence);
    jitter->next_sequence = sequence + 1;
    jitter->has_next = true;
    jitter->concealed = 0;
    const struct jitter_entry first = jitter_queue_take_first(&jitter->queue);
    jitter->stats.waiting = jitter->queue.count;
    return first;
}

static void pass_first(struct jitter *jitter)
{
    const struct jitter_entry first = take_first(jitter);
    jitter_queue_release(&jitter->queue, &first);
}

static void throw_first(struct jitter *jitter)
{
    jitter->stats.overflowed += jitter_queue_at(&jitter->queue, 0)->is_audio;
    pass_first(jitter);
    const struct jitter_entry *first = jitter_queue_first_audio(&jitter->queue);
    if (first)
        jitter->position = first->timestamp;
    else
        jitter->state = STATE_IDLE;
}

/* The most that may wait: max_ms, but of a sender that runs ahead what may lie above a right
 * delay, as all of it would be played too late. */
static uint32_t limit_of(const struct jitter *jitter, int64_t now_ns)
{
    const uint32_t limit = units_of_ms(jitter, jitter->config.max_ms);
    if (!jitter_target_runs_ahead(&jitter->target, now_ns))
        return limit;
    const struct jitter_grid grid = {jitter->clock_hz, usual_packet(jitter)};
    const uint32_t right = cover(jitter) + jitter_grid_most_above(&grid);
    return right < limit ? right : limit;
}

/* Shortens what waits to the limit: a pause or a hole first, then whole packets. */
static void keep_limit(struct jitter *jitter, int64_t now_ns)
{
    uint32_t limit = limit_of(jitter, now_ns);
    uint32_t waiting = waiting_units(jitter);
    if (waiting > limit && jitter->state == STATE_PLAYING) {
        const struct jitter_entry *first = jitter_queue_first_audio(&jitter->queue);
        uint32_t gap = ahead(first->timestamp, jitter->position);
        jitter->position += gap < waiting - limit ? gap : waiting - limit;
    }
    while (jitter->queue.count > 1 && waiting_units(jitter) > limit)
        throw_first(jitter);
}

/* Time stamps that stand still hide how much waits, and nobody may have played for long. */
static void throw_old(struct jitter *jitter, int64_t now_ns)
{
    uint32_t now_ms = (uint32_t)(now_ns / CLOCK_NS_PER_MS);
    uint32_t oldest_ms = jitter->config.max_ms + usual_packet_ms(jitter) + JITTER_TICK_MS;
    const struct jitter_entry *first = jitter_queue_first_audio(&jitter->queue);
    while (first && ahead(now_ms, first->arrival_ms) > oldest_ms) {
        throw_first(jitter);
        first = jitter_queue_first_audio(&jitter->queue);
    }
}

/* ---- put ---- */

static bool is_jump(const struct jitter *jitter, int sequence_step, uint32_t timestamp,
                    bool is_audio)
{
    if (sequence_step > MAX_DROPOUT || sequence_step < -MAX_MISORDER)
        return true;
    if (!is_audio || !jitter->has_newest_time)
        return false;
    int64_t time_step = (int32_t)(timestamp - jitter->newest_time);
    int64_t most = (int64_t)JUMP_S * jitter->clock_hz;
    if (time_step > 0 && jitter->newest + sequence_step <= jitter->newest_audio)
        return true; /* an old number again, for something new */
    /* forward is no jump when nothing waits: the sender may have paused for long */
    return time_step < -most || (time_step > most && jitter->state != STATE_IDLE);
}

static bool was_seen(const struct jitter *jitter, int step)
{
    return jitter->has_newest && step <= 0 && step > -SEEN_PACKETS &&
           (jitter->seen >> -step & 1);
}

/* @p step: from the newest, as it was before this one came. */
static void note_seen(struct jitter *jitter, int step)
{
    if (step > 0)
        jitter->seen = step < SEEN_PACKETS ? jitter->seen << step | 1 : 1;
    else if (step > -SEEN_PACKETS)
        jitter->seen |= UINT64_C(1) << -step;
}

/* Its turn is over, or the time before the packet that follows it is being made up already. */
static bool is_late(const struct jitter *jitter, const struct jitter_entry *entry)
{
    if (!jitter->has_next)
        return false;
    if (entry->sequence < jitter->next_sequence)
        return true;
    bool is_before_first =
        jitter->queue.count && entry->sequence < jitter_queue_at(&jitter->queue, 0)->sequence;
    return jitter->state == STATE_PLAYING && entry->is_audio && is_before_first &&
           ahead(jitter->position, entry->timestamp) > 0;
}

/* The sender has begun anew: what comes has nothing to do with what came. */
static bool is_new_beginning(struct jitter *jitter, int step, const struct jitter_entry *entry,
                             int64_t arrival_ns)
{
    if (!jitter->has_newest)
        return false;
    if (is_jump(jitter, step, entry->timestamp, entry->is_audio))
        return true;
    const bool is_refused = was_seen(jitter, step) || is_late(jitter, entry);
    return is_refused && entry->is_audio &&
           jitter_restart_refused(&jitter->restart, (uint16_t)entry->sequence, arrival_ns);
}

static void note_newest(struct jitter *jitter, const struct jitter_entry *entry)
{
    if (!jitter->has_newest || entry->sequence > jitter->newest) {
        jitter->newest = entry->sequence;
        jitter->has_newest = true;
    }
    if (entry->is_audio &&
        (!jitter->has_newest_time || entry->sequence > jitter->newest_audio)) {
        jitter->newest_audio = entry->sequence;
        jitter->newest_time = entry->timestamp;
        jitter->has_newest_time = true;
    }
}

/* False: its turn is over, or it is the oldest of all and would be the first to be thrown. */
static bool store(struct jitter *jitter, const struct jitter_entry *entry,
                  const uint8_t *payload)
{
    if (is_late(jitter, entry))
        return false;
    unsigned place = jitter_queue_place(&jitter->queue, entry->sequence);
    while (!jitter_queue_has_room(&jitter->queue, entry->length)) {
        if (jitter->keeps_last) {
            let_go_last(jitter);
            continue;
        }
        if (place == 0)
            return false;
        throw_first(jitter);
        place--;
    }
    jitter_queue_insert(&jitter->queue, place, entry, payload);
    jitter->stats.waiting = jitter->queue.count;
    jitter->stats.stored++;
    note_newest(jitter, entry);
    return true;
}

/* What the packet tells of the network, and whether it is there in time. */
static bool take(struct jitter *jitter, const struct jitter_entry *entry,
                 const uint8_t *payload, int64_t arrival_ns)
{
    bool is_dry = jitter->state == STATE_IDLE && jitter->has_next;
    bool is_stored = store(jitter, entry, payload);
    if (!entry->is_audio)
        return is_stored;
    uint32_t lateness = jitter_target_measure(&jitter->target, entry->timestamp, arrival_ns,
                                              usual_packet_ms(jitter));
    /* dry, it may be the end of a pause; then it is not late. Nor if its turn was thrown away
     */
    bool is_missed = !is_stored || (is_dry && lateness > cover(jitter));
    if (is_missed && !jitter_target_runs_ahead(&jitter->target, arrival_ns))
        jitter_target_missed(&jitter->target, lateness, arrival_ns);
    note_target(jitter);
    return is_stored;
}

enum jitter_put jitter_put(struct jitter *jitter, uint16_t sequence, uint32_t timestamp,
                           uint8_t payload_type, const uint8_t *payload, size_t length,
                           int64_t arrival_ns)
{
    assert(jitter->clock_hz > 0);
    bool is_audio = payload != NULL;
    if (is_audio && length > jitter->config.max_payload_bytes) {
        jitter->stats.too_long++;
        return JITTER_TOO_LONG;
    }
    int step = jitter->has_newest ? (int16_t)(sequence - (uint16_t)jitter->newest) : 0;
    struct jitter_entry entry = {.sequence =
                                     jitter->has_newest ? jitter->newest + step : sequence,
                                 .timestamp = timestamp,
                                 .arrival_ms = (uint32_t)(arrival_ns / CLOCK_NS_PER_MS),
                                 .length = (uint16_t)(is_audio ? length : 0),
                                 .payload_type = payload_type,
                                 .is_audio = is_audio};
    const bool jumped = is_new_beginning(jitter, step, &entry, arrival_ns);
    if (jumped) {
        begin_anew(jitter);
        jitter->stats.resets++;
        entry.sequence = sequence;
        step = 0;
    }
    if (was_seen(jitter, step)) {
        jitter->stats.duplicate++;
        return JITTER_DUPLICATE;
    }
    note_seen(jitter, step);
    if (!take(jitter, &entry, payload, arrival_ns)) {
        jitter->stats.late++;
        return JITTER_LATE;
    }
    jitter_restart_stored(&jitter->restart);
    if (is_audio && jitter->state == STATE_IDLE) {
        jitter->state = STATE_FILLING;
        jitter->started_ns = arrival_ns;
    }
    keep_limit(jitter, arrival_ns);
    return jumped ? JITTER_RESET : JITTER_STORED;
}

bool jitter_put_again(struct jitter *jitter, uint16_t sequence, uint32_t timestamp,
                      uint8_t payload_type, const uint8_t *payload, size_t length,
                      int64_t arrival_ns)
{
    if (!jitter->has_newest || length > jitter->config.max_payload_bytes)
        return false;
    int step = (int16_t)(sequence - (uint16_t)jitter->newest);
    if (was_seen(jitter, step) || is_jump(jitter, step, timestamp, true))
        return false;
    struct jitter_entry entry = {.sequence = jitter->newest + step,
                                 .timestamp = timestamp,
                                 .arrival_ms = (uint32_t)(arrival_ns / CLOCK_NS_PER_MS),
                                 .length = (uint16_t)length,
                                 .payload_type = payload_type,
                                 .is_audio = true};
    if (is_late(jitter, &entry))
        return false;
    note_seen(jitter, step);
    return store(jitter, &entry, payload);
}

/* ---- get ---- */

/* Enough to begin: the delay is the cover, or nothing was known of it and so long has passed.
 */
static bool is_ripe(const struct jitter *jitter, int64_t now_ns)
{
    const struct jitter_entry *first = jitter_queue_first_audio(&jitter->queue);
    if (jitter->state != STATE_FILLING || !first)
        return false;
    int64_t wanted = cover(jitter);
    int64_t delay = delay_of(jitter, first->timestamp, now_ns);
    return delay >= wanted - units_of_ms(jitter, JITTER_GRID_SLACK_MS) ||
           (now_ns - jitter->started_ns) / 1000 * jitter->clock_hz / 1000000 >= wanted;
}

/* What is to be filled before the first packet is played [units]. */
static uint32_t gap_before(const struct jitter *jitter, const struct jitter_entry *first,
                           int64_t now_ns)
{
    uint32_t gap = ahead(first->timestamp, jitter->position);
    /* a sender that rounds its time stamps must not cause a click each packet */
    if (gap <= jitter->packet_units / ROUNDING_PART)
        return 0;
    bool is_pause = jitter_queue_at(&jitter->queue, 0)->sequence <= jitter->next_sequence;
    /* time stamps that outrun the clock tell of no pauses: e.g. of G.722, counted at 16 kHz */
    if (is_pause && jitter_target_runs_ahead(&jitter->target, now_ns))
        return 0;
    /* a pause longer than what is wanted to wait is none: its time stamps jumped */
    uint32_t wanted = cover(jitter);
    return is_pause && gap > wanted + 2 * units_of_ms(jitter, JITTER_TICK_MS) ? wanted : gap;
}

/* Lets pass what is no audio: the one whose turn it is, or (@p all) whatever leads. */
static void pass_fillers(struct jitter *jitter, bool all)
{
    while (jitter->queue.count) {
        const struct jitter_entry *first = jitter_queue_at(&jitter->queue, 0);
        if (first->is_audio || !(all || first->sequence == jitter->next_sequence))
            return;
        pass_first(jitter);
    }
}

static void load(const struct jitter *jitter, const struct jitter_entry *entry,
                 struct jitter_packet *packet)
{
    packet->payload_type = entry->payload_type;
    packet->sequence = (uint16_t)entry->sequence;
    packet->timestamp = entry->timestamp;
    packet->overlap = 0;
    packet->length = entry->length;
    jitter_queue_load(&jitter->queue, entry, packet->payload);
}

/* A payload that is longer than the sender's clock says must not make the delay grow. Time
 * stamps that stand still or go back say nothing. */
static uint32_t overlap_of(const struct jitter *jitter, const struct jitter_packet *packet)
{
    if (!jitter->has_last || !ahead(packet->timestamp, jitter->last.timestamp))
        return 0;
    const uint32_t played = ahead(jitter->position, packet->timestamp);
    return played > usual_packet(jitter) / ROUNDING_PART ? played : 0;
}

static enum jitter_get get_packet(struct jitter *jitter, int64_t now_ns,
                                  struct jitter_packet *packet)
{
    pass_fillers(jitter, true);
    let_go_last(jitter);
    const struct jitter_entry taken = take_first(jitter);
    load(jitter, &taken, packet);
    packet->overlap = overlap_of(jitter, packet);
    jitter->position = packet->timestamp;
    jitter->last = taken;
    jitter->last_overlap = packet->overlap;
    jitter->has_last = jitter->keeps_last = true;
    int32_t delay = delay_of(jitter, packet->timestamp, now_ns);
    jitter->stats.delay_ms =
        delay > 0 ? (uint32_t)((uint64_t)delay * 1000 / jitter->clock_hz) : 0;
    return JITTER_PACKET;
}

static enum jitter_get get_gap(struct jitter *jitter, uint32_t gap, uint32_t *units)
{
    int64_t missing = jitter_queue_at(&jitter->queue, 0)->sequence - jitter->next_sequence;
    *units = gap;
    if (missing <= 0)
        return JITTER_QUIET;
    int64_t lost = missing * jitter->packet_units - jitter->concealed;
    if (jitter->packet_units && lost < gap)
        *units = (uint32_t)lost; /* the rest is a pause */
    return JITTER_LOST;
}

/* All that is to be done before one can say what is played now. Time stamps that make no sense
 * may want it more than once; to settle what is settled changes nothing. */
static void settle(struct jitter *jitter, int64_t now_ns)
{
    assert(jitter->clock_hz > 0);
    jitter_tick_note(&jitter->tick, now_ns);
    unsigned count;
    do {
        count = jitter->queue.count;
        throw_old(jitter, now_ns);
        if (is_ripe(jitter, now_ns)) {
            jitter->state = STATE_PLAYING;
            jitter->position = jitter_queue_first_audio(&jitter->queue)->timestamp;
        }
        if (jitter->state == STATE_PLAYING) {
            pass_fillers(jitter, false);
            keep_limit(jitter, now_ns);
        }
    } while (jitter->queue.count != count);
}

static enum jitter_get look(struct jitter *jitter, int64_t now_ns, struct jitter_packet *packet,
                            uint32_t *units)
{
    settle(jitter, now_ns);
    const struct jitter_entry *first = jitter_queue_first_audio(&jitter->queue);
    if (!first)
        pass_fillers(jitter, true);
    if (jitter->state == STATE_PLAYING && !first) {
        jitter->state = STATE_IDLE;
        jitter->stats.dried++;
    }
    if (jitter->state != STATE_PLAYING)
        return JITTER_EMPTY;
    uint32_t gap = gap_before(jitter, first, now_ns);
    if (!gap)
        return get_packet(jitter, now_ns, packet);
    jitter->position = first->timestamp - gap;
    return get_gap(jitter, gap, units);
}

enum jitter_get jitter_get(struct jitter *jitter, int64_t now_ns, struct jitter_packet *packet,
                           uint32_t *units)
{
    return jitter->got = look(jitter, now_ns, packet, units);
}

/* What was made up counts for the packets that are missing, one after the other. */
static void conceal(struct jitter *jitter, uint32_t units)
{
    jitter->concealed += units;
    while (jitter->packet_units && jitter->concealed >= jitter->packet_units &&
           jitter->queue.count &&
           jitter->next_sequence < jitter_queue_at(&jitter->queue, 0)->sequence) {
        jitter->concealed -= jitter->packet_units;
        jitter->next_sequence++;
        jitter->stats.lost++;
    }
}

void jitter_advance(struct jitter *jitter, uint32_t units)
{
    assert(jitter->got != JITTER_EMPTY);
    if (jitter->got == JITTER_PACKET && units)
        jitter->packet_units = units;
    if (jitter->got == JITTER_LOST)
        conceal(jitter, units);
    jitter->position += units;
    const uint32_t played = jitter->last.timestamp + jitter->last_overlap;
    if (jitter->got == JITTER_PACKET && ahead(played, jitter->position))
        jitter->position = played;
}

/* ---- looking in ---- */

bool jitter_peek(struct jitter *jitter, int64_t now_ns, struct jitter_packet *packet)
{
    settle(jitter, now_ns);
    const struct jitter_entry *first = jitter_queue_first_audio(&jitter->queue);
    if (!first || jitter->state != STATE_PLAYING || gap_before(jitter, first, now_ns))
        return false;
    load(jitter, first, packet);
    return true;
}

bool jitter_next(struct jitter *jitter, struct jitter_packet *packet)
{
    const struct jitter_entry *first = jitter_queue_first_audio(&jitter->queue);
    if (!first)
        return false;
    load(jitter, first, packet);
    return true;
}

bool jitter_last(const struct jitter *jitter, struct jitter_packet *packet)
{
    if (!jitter->keeps_last)
        return false;
    load(jitter, &jitter->last, packet);
    packet->overlap = jitter->last_overlap;
    return true;
}

/* ---- too late, too early ---- */

int jitter_excess_ms(const struct jitter *jitter, int64_t now_ns, uint32_t held_units)
{
    const struct jitter_config *config = &jitter->config;
    if (jitter->state != STATE_PLAYING || config->min_ms == config->max_ms ||
        !jitter_target_is_sure(&jitter->target))
        return 0;
    const struct jitter_grid grid = {jitter->clock_hz, usual_packet(jitter)};
    /* a delay that is right must be within the limit, which would throw what is above */
    int64_t wanted = cover(jitter);
    int64_t most = (int64_t)units_of_ms(jitter, config->max_ms) - jitter_grid_most_above(&grid);
    if (wanted > most)
        wanted = most > 0 ? most : 0;
    int64_t excess = jitter_grid_excess(&grid, delay_of(jitter, jitter->position, now_ns),
                                        held_units, wanted);
    if (excess < 0)
        return -(int)((-excess * 1000 + jitter->clock_hz - 1) / jitter->clock_hz);
    uint32_t limit = units_of_ms(jitter, config->max_ms), waiting = waiting_units(jitter);
    int64_t there = held_units;
    if (jitter->queue.audio)
        there += (waiting < limit ? waiting : limit) + (int64_t)jitter->packet_units;
    there -= units_of_ms(jitter, JITTER_TICK_MS);
    if (excess > there)
        excess = there > 0 ? there : 0;
    return (int)(excess * 1000 / jitter->clock_hz);
}
