/* jitter.c - packets in the order of their sequence numbers, and a place in RTP time. */
#include "server/rtp/jitter.h"

#include "mixer/base/clock.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_DROPOUT = 3000, /* RFC 3550 A.1: a gap in sequence numbers that may be loss  */
    MAX_MISORDER = 100, /* ... and how far behind is still "late"                    */
    JUMP_S = 3,         /* no packet that follows what waits lies further in RTP time */
    ROUNDING_PART = 4,  /* a gap below this part of a packet is the sender's rounding */
};

enum state {
    STATE_IDLE,    /* no audio: the next packet starts the clock        */
    STATE_FILLING, /* audio waits until delay has passed since started_ns */
    STATE_PLAYING, /* `position` is what is to be played next           */
};

struct slot {
    int64_t sequence; /* with its wraps                                  */
    uint32_t timestamp;
    uint8_t payload_type;
    bool is_audio; /* false: it only keeps its place in the sequence   */
    size_t length;
    uint8_t *payload; /* [max_payload_bytes], in the same allocation     */
};

struct jitter {
    struct jitter_config config;
    struct jitter_stats stats;
    unsigned clock_hz; /* 0: not reset yet                                 */
    enum state state;
    int64_t started_ns; /* arrival of the packet that began to fill        */
    bool has_newest, has_newest_time, has_next; /* the fields below are known */
    int64_t newest;        /* highest sequence that came                      */
    int64_t newest_audio;  /* ... of those that are audio                     */
    uint32_t newest_time;  /* ... and that one's time stamp                   */
    int64_t next_sequence; /* whose turn it is                                */
    uint32_t position;     /* RTP time that is played next                    */
    uint32_t packet_units; /* how long the last played packet was; 0: unknown */
    uint32_t concealed;    /* units made up for next_sequence so far          */
    enum jitter_get got;   /* what the last get said                          */
    unsigned count;        /* slots in use                                    */
    struct slot **order;   /* [slots]: those in use by sequence, then the free ones */
    struct slot slot[];    /* [slots]                                         */
};

/* ---- life ---- */

static bool is_sound(const struct jitter_config *config)
{
    return config->delay_ms <= config->limit_ms && config->limit_ms > 0 &&
           config->limit_ms <= JITTER_MAX_MS && config->slots >= 2 &&
           config->slots <= JITTER_MAX_SLOTS && config->max_payload_bytes > 0 &&
           config->max_payload_bytes <= JITTER_MAX_PAYLOAD_BYTES;
}

struct jitter *jitter_create(const struct jitter_config *config)
{
    if (!is_sound(config))
        return NULL;
    size_t head = sizeof(struct jitter) + config->slots * sizeof(struct slot);
    size_t order = config->slots * sizeof(struct slot *);
    struct jitter *jitter =
        calloc(1, head + order + (size_t)config->slots * config->max_payload_bytes);
    if (!jitter)
        return NULL;
    jitter->config = *config;
    jitter->got = JITTER_EMPTY;
    jitter->order = (struct slot **)(void *)((uint8_t *)jitter + head);
    uint8_t *payload = (uint8_t *)jitter + head + order;
    for (unsigned i = 0; i < config->slots; i++) {
        jitter->slot[i].payload = payload + (size_t)i * config->max_payload_bytes;
        jitter->order[i] = &jitter->slot[i];
    }
    return jitter;
}

void jitter_destroy(struct jitter *jitter)
{
    free(jitter);
}

static void begin_anew(struct jitter *jitter)
{
    jitter->state = STATE_IDLE;
    jitter->has_newest = jitter->has_newest_time = jitter->has_next = false;
    jitter->concealed = 0;
    jitter->got = JITTER_EMPTY;
    jitter->count = 0;
    jitter->stats.waiting = 0;
}

void jitter_reset(struct jitter *jitter, unsigned clock_hz)
{
    assert(clock_hz > 0);
    begin_anew(jitter);
    jitter->clock_hz = clock_hz;
    jitter->packet_units = 0;
}

const struct jitter_stats *jitter_stats(const struct jitter *jitter)
{
    return &jitter->stats;
}

/* ---- how much waits ---- */

static uint32_t ahead(uint32_t timestamp, uint32_t of)
{
    int32_t units = (int32_t)(timestamp - of);
    return units > 0 ? (uint32_t)units : 0;
}

static uint32_t units_of_ms(const struct jitter *jitter, unsigned ms)
{
    return (uint32_t)((uint64_t)ms * jitter->clock_hz / 1000);
}

/* The first waiting slot that is audio; NULL: none. */
static const struct slot *first_audio(const struct jitter *jitter)
{
    for (unsigned i = 0; i < jitter->count; i++) {
        if (jitter->order[i]->is_audio)
            return jitter->order[i];
    }
    return NULL;
}

/* From the place that is played next to the begin of the newest packet. A sender may write time
 * stamps that go back: then what lies farthest counts. */
static uint32_t waiting_units(const struct jitter *jitter)
{
    const struct slot *first = first_audio(jitter);
    if (!first)
        return 0;
    uint32_t from = jitter->state == STATE_PLAYING ? jitter->position : first->timestamp;
    uint32_t to_first = ahead(first->timestamp, from);
    uint32_t to_newest = ahead(jitter->newest_time, from);
    return to_first > to_newest ? to_first : to_newest;
}

uint32_t jitter_waiting_ms(const struct jitter *jitter)
{
    if (!first_audio(jitter))
        return 0;
    uint64_t units = (uint64_t)waiting_units(jitter) + jitter->packet_units;
    return (uint32_t)(units * 1000 / jitter->clock_hz);
}

/* ---- the first slot leaves ---- */

/* Its turn, and that of all before it, is over: those that did not come are lost. */
static void pass(struct jitter *jitter, const struct slot *first)
{
    if (jitter->has_next && first->sequence > jitter->next_sequence)
        jitter->stats.lost += (uint32_t)(first->sequence - jitter->next_sequence);
    jitter->next_sequence = first->sequence + 1;
    jitter->has_next = true;
    jitter->concealed = 0;
}

static const struct slot *take_first(struct jitter *jitter)
{
    struct slot *first = jitter->order[0];
    pass(jitter, first);
    jitter->count--;
    memmove(jitter->order, jitter->order + 1, jitter->count * sizeof(struct slot *));
    jitter->order[jitter->count] = first;
    jitter->stats.waiting = jitter->count;
    return first;
}

static void throw_first(struct jitter *jitter)
{
    if (take_first(jitter)->is_audio)
        jitter->stats.overflowed++;
    const struct slot *first = first_audio(jitter);
    if (first)
        jitter->position = first->timestamp;
    else
        jitter->state = STATE_IDLE;
}

/* Shortens what waits to the limit: a pause or a hole first, then whole packets. */
static void keep_limit(struct jitter *jitter)
{
    uint32_t limit = units_of_ms(jitter, jitter->config.limit_ms);
    uint32_t waiting = waiting_units(jitter);
    if (waiting > limit && jitter->state == STATE_PLAYING) {
        uint32_t gap = ahead(first_audio(jitter)->timestamp, jitter->position);
        jitter->position += gap < waiting - limit ? gap : waiting - limit;
    }
    while (jitter->count > 1 && waiting_units(jitter) > limit)
        throw_first(jitter);
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
    /* forward is no jump when nothing waits: the sender may have paused for long */
    return time_step < -most || (time_step > most && jitter->state != STATE_IDLE);
}

/* Its turn is over, or the time before the packet that follows it is being made up already. */
static bool is_late(const struct jitter *jitter, int64_t sequence, uint32_t timestamp,
                    bool is_audio)
{
    if (!jitter->has_next)
        return false;
    if (sequence < jitter->next_sequence)
        return true;
    bool is_before_first = jitter->count && sequence < jitter->order[0]->sequence;
    return jitter->state == STATE_PLAYING && is_audio && is_before_first &&
           ahead(jitter->position, timestamp) > 0;
}

/* Where in order[] a sequence belongs: behind all that are lower. Mostly at the end. */
static unsigned place_of(const struct jitter *jitter, int64_t sequence)
{
    unsigned place = jitter->count;
    while (place > 0 && jitter->order[place - 1]->sequence >= sequence)
        place--;
    return place;
}

static struct slot *insert(struct jitter *jitter, unsigned place)
{
    struct slot *slot = jitter->order[jitter->count];
    memmove(jitter->order + place + 1, jitter->order + place,
            (jitter->count - place) * sizeof(struct slot *));
    jitter->order[place] = slot;
    jitter->stats.waiting = ++jitter->count;
    jitter->stats.stored++;
    return slot;
}

static void note_newest(struct jitter *jitter, const struct slot *slot)
{
    if (jitter->has_newest && slot->sequence < jitter->newest)
        return;
    jitter->newest = slot->sequence;
    jitter->has_newest = true;
}

static void note_newest_audio(struct jitter *jitter, const struct slot *slot)
{
    if (!slot->is_audio || (jitter->has_newest_time && slot->sequence < jitter->newest_audio))
        return;
    jitter->newest_audio = slot->sequence;
    jitter->newest_time = slot->timestamp;
    jitter->has_newest_time = true;
}

static enum jitter_put count_late(struct jitter *jitter)
{
    jitter->stats.late++;
    return JITTER_LATE;
}

/* Finds @p packet's place among those that wait and copies it there. */
static enum jitter_put store(struct jitter *jitter, int64_t sequence, bool is_audio,
                             const struct jitter_packet *packet)
{
    if (is_late(jitter, sequence, packet->timestamp, is_audio))
        return count_late(jitter);
    unsigned place = place_of(jitter, sequence);
    if (place < jitter->count && jitter->order[place]->sequence == sequence) {
        jitter->stats.duplicate++;
        return JITTER_DUPLICATE;
    }
    if (jitter->count == jitter->config.slots) {
        if (place == 0) /* the oldest of all: it would be the one to be thrown */
            return count_late(jitter);
        throw_first(jitter);
        place--;
    }
    struct slot *slot = insert(jitter, place);
    slot->sequence = sequence;
    slot->timestamp = packet->timestamp;
    slot->payload_type = packet->payload_type;
    slot->is_audio = is_audio;
    slot->length = is_audio ? packet->length : 0;
    if (slot->length)
        memcpy(slot->payload, packet->payload, slot->length);
    note_newest(jitter, slot);
    note_newest_audio(jitter, slot);
    return JITTER_STORED;
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
    bool jumped = jitter->has_newest && is_jump(jitter, step, timestamp, is_audio);
    if (jumped) {
        begin_anew(jitter);
        jitter->stats.resets++;
    }
    int64_t extended = jitter->has_newest ? jitter->newest + step : sequence;
    struct jitter_packet packet = {.payload_type = payload_type,
                                   .timestamp = timestamp,
                                   .payload = payload,
                                   .length = length};
    enum jitter_put result = store(jitter, extended, is_audio, &packet);
    if (result != JITTER_STORED)
        return result;
    if (is_audio && jitter->state == STATE_IDLE) {
        jitter->state = STATE_FILLING;
        jitter->started_ns = arrival_ns;
    }
    keep_limit(jitter);
    return jumped ? JITTER_RESET : JITTER_STORED;
}

/* ---- get ---- */

static bool is_playing(struct jitter *jitter, int64_t now_ns)
{
    int64_t delay_ns = jitter->config.delay_ms * CLOCK_NS_PER_MS;
    if (jitter->state == STATE_FILLING && now_ns - jitter->started_ns >= delay_ns) {
        jitter->state = STATE_PLAYING;
        jitter->position = first_audio(jitter)->timestamp;
    }
    return jitter->state == STATE_PLAYING;
}

/* Lets pass what is no audio: the one whose turn it is, or (@p all) whatever leads. */
static void pass_fillers(struct jitter *jitter, bool all)
{
    while (jitter->count && !jitter->order[0]->is_audio &&
           (all || jitter->order[0]->sequence == jitter->next_sequence))
        take_first(jitter);
}

static enum jitter_get get_packet(struct jitter *jitter, struct jitter_packet *packet)
{
    pass_fillers(jitter, true);
    const struct slot *slot = take_first(jitter);
    jitter->position = slot->timestamp;
    *packet = (struct jitter_packet){.payload_type = slot->payload_type,
                                     .sequence = (uint16_t)slot->sequence,
                                     .timestamp = slot->timestamp,
                                     .payload = slot->payload,
                                     .length = slot->length};
    return JITTER_PACKET;
}

static enum jitter_get get_gap(const struct jitter *jitter, uint32_t gap, uint32_t *units)
{
    int64_t missing = jitter->order[0]->sequence - jitter->next_sequence;
    *units = gap;
    if (missing <= 0)
        return JITTER_QUIET;
    int64_t lost = missing * jitter->packet_units - jitter->concealed;
    if (jitter->packet_units && lost < gap)
        *units = (uint32_t)lost; /* the rest is a pause */
    return JITTER_LOST;
}

static enum jitter_get look(struct jitter *jitter, int64_t now_ns, struct jitter_packet *packet,
                            uint32_t *units)
{
    if (!is_playing(jitter, now_ns)) {
        if (jitter->state == STATE_IDLE)
            pass_fillers(jitter, true);
        return JITTER_EMPTY;
    }
    pass_fillers(jitter, false);
    keep_limit(jitter);
    const struct slot *first = first_audio(jitter);
    if (!first) {
        pass_fillers(jitter, true);
        jitter->state = STATE_IDLE;
        jitter->stats.dried++;
        return JITTER_EMPTY;
    }
    uint32_t gap = ahead(first->timestamp, jitter->position);
    /* a sender that rounds its time stamps must not cause a click each packet */
    if (gap <= jitter->packet_units / ROUNDING_PART)
        return get_packet(jitter, packet);
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
    while (jitter->packet_units && jitter->concealed >= jitter->packet_units && jitter->count &&
           jitter->next_sequence < jitter->order[0]->sequence) {
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
}
