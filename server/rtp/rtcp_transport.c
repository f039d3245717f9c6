/* rtcp_transport.c - chunks of symbols, one for each packet, and deltas for those that came. */
#include "server/rtp/rtcp_transport.h"

#include "server/rtp/bytes.h"

enum {
    HEAD_BYTES = 8,
    DELTA_US = 250,
    REFERENCE_DELTAS = 256, /* 64 ms */
    LOST = 0,               /* the symbols */
    SMALL = 1,
    LARGE = 2,
    RESERVED = 3,
    VECTOR = 0x8000, /* of a chunk */
    TWO_BITS = 0x4000,
    RUN_LENGTH = 0x1fff,
    ONE_BIT_SYMBOLS = 14,
    TWO_BIT_SYMBOLS = 7,
};

/* ---- reading ---- */

static unsigned chunk_symbols(unsigned chunk)
{
    if (!(chunk & VECTOR))
        return chunk & RUN_LENGTH;
    return chunk & TWO_BITS ? TWO_BIT_SYMBOLS : ONE_BIT_SYMBOLS;
}

static unsigned symbol_at(unsigned chunk, unsigned place)
{
    if (!(chunk & VECTOR))
        return chunk >> 13 & 3;
    if (chunk & TWO_BITS)
        return chunk >> 2 * (TWO_BIT_SYMBOLS - 1 - place) & 3;
    return chunk >> (ONE_BIT_SYMBOLS - 1 - place) & 1;
}

static size_t delta_bytes(unsigned symbol)
{
    return symbol == SMALL ? 1 : symbol == LARGE ? 2 : 0;
}

/* The bytes of the deltas of the first @p symbols of a chunk. A run is not walked over: one of
 * 8191 costs two bytes only. */
static bool add_deltas(unsigned chunk, unsigned symbols, size_t *bytes)
{
    const unsigned step = chunk & VECTOR ? 1 : symbols;
    for (unsigned i = 0; i < symbols; i += step) {
        const unsigned symbol = symbol_at(chunk, i);
        if (symbol == RESERVED)
            return false;
        *bytes += delta_bytes(symbol) * step;
    }
    return true;
}

/* Where the deltas begin, if chunks and deltas of all @p count packets are there; else 0. */
static size_t find_deltas(const uint8_t *data, size_t length, unsigned count)
{
    size_t at = HEAD_BYTES, bytes = 0;
    while (count) {
        if (length - at < 2)
            return 0;
        const unsigned chunk = bytes_get16(data + at);
        unsigned symbols = chunk_symbols(chunk);
        if (!symbols)
            return 0;
        symbols = symbols < count ? symbols : count;
        if (!add_deltas(chunk, symbols, &bytes))
            return 0;
        count -= symbols;
        at += 2;
    }
    return length - at < bytes ? 0 : at;
}

static int read_delta(const uint8_t **at, unsigned symbol)
{
    const int delta = symbol == SMALL ? **at : (int16_t)bytes_get16(*at);
    *at += delta_bytes(symbol);
    return delta;
}

bool rtcp_transport_read(const uint8_t *data, size_t length,
                         struct rtcp_transport_packet *packets, unsigned room, unsigned *count)
{
    if (length < HEAD_BYTES)
        return false;
    const unsigned all = bytes_get16(data + 2);
    const size_t deltas = find_deltas(data, length, all);
    if (!all || !deltas)
        return false;
    uint16_t sequence = bytes_get16(data);
    int64_t units = (int64_t)(bytes_get32(data + 4) >> 8) * REFERENCE_DELTAS;
    const uint8_t *delta = data + deltas;
    const unsigned wanted = all < room ? all : room;
    unsigned chunk = 0, place = 0, symbols = 0;
    data += HEAD_BYTES;
    for (unsigned i = 0; i < wanted; i++, place++) {
        if (place == symbols) {
            chunk = bytes_get16(data);
            symbols = chunk_symbols(chunk);
            place = 0;
            data += 2;
        }
        const unsigned symbol = symbol_at(chunk, place);
        packets[i] = (struct rtcp_transport_packet){.sequence = sequence++};
        if (symbol == LOST)
            continue;
        units += read_delta(&delta, symbol);
        packets[i].received = true;
        packets[i].arrival_us = units * DELTA_US;
    }
    *count = wanted;
    return true;
}

/* ---- writing ---- */

static int64_t floor_divide(int64_t value, int64_t by)
{
    return value / by - (value % by < 0);
}

/* The symbols of all, and the bytes of their deltas. False: a delta is out of range, or none
 * came. */
static bool choose_symbols(const struct rtcp_transport_packet *packets, unsigned count,
                           uint8_t *symbols, size_t *bytes, int64_t *reference)
{
    bool any = false;
    int64_t before = 0;
    *bytes = 0;
    for (unsigned i = 0; i < count; i++) {
        symbols[i] = LOST;
        if (!packets[i].received)
            continue;
        const int64_t units = floor_divide(packets[i].arrival_us, DELTA_US);
        if (!any) {
            *reference = floor_divide(units, REFERENCE_DELTAS);
            before = *reference * REFERENCE_DELTAS;
            any = true;
        }
        const int64_t delta = units - before;
        if (delta < INT16_MIN || delta > INT16_MAX)
            return false;
        symbols[i] = delta >= 0 && delta <= UINT8_MAX ? SMALL : LARGE;
        *bytes += delta_bytes(symbols[i]);
        before = units;
    }
    return any;
}

/* The chunk that says most of what comes first, and how many symbols it says. */
static unsigned choose_chunk(const uint8_t *symbols, unsigned left, unsigned *said)
{
    unsigned run = 1, one_bit = 0;
    while (run < left && symbols[run] == symbols[0])
        run++;
    while (one_bit < left && one_bit < ONE_BIT_SYMBOLS && symbols[one_bit] != LARGE)
        one_bit++;
    if (one_bit < ONE_BIT_SYMBOLS && one_bit < left)
        one_bit = 0; /* the bits behind would say something too */
    const unsigned two_bit = left < TWO_BIT_SYMBOLS ? left : TWO_BIT_SYMBOLS;
    unsigned chunk = VECTOR;
    if (run >= one_bit && run >= two_bit) {
        *said = run;
        return (unsigned)symbols[0] << 13 | run;
    }
    *said = one_bit >= two_bit ? one_bit : two_bit;
    if (one_bit < two_bit)
        chunk |= TWO_BITS;
    for (unsigned i = 0; i < *said; i++)
        chunk |= chunk & TWO_BITS ? (unsigned)symbols[i] << 2 * (TWO_BIT_SYMBOLS - 1 - i)
                                  : (unsigned)symbols[i] << (ONE_BIT_SYMBOLS - 1 - i);
    return chunk;
}

static uint8_t *write_deltas(uint8_t *out, const struct rtcp_transport_packet *packets,
                             const uint8_t *symbols, unsigned count, int64_t before)
{
    for (unsigned i = 0; i < count; i++) {
        if (symbols[i] == LOST)
            continue;
        const int64_t units = floor_divide(packets[i].arrival_us, DELTA_US);
        if (symbols[i] == SMALL)
            *out = (uint8_t)(units - before);
        else
            bytes_put16(out, (unsigned)(units - before) & 0xffff);
        out += delta_bytes(symbols[i]);
        before = units;
    }
    return out;
}

size_t rtcp_transport_write(uint8_t *out, size_t room, uint8_t number,
                            const struct rtcp_transport_packet *packets, unsigned count)
{
    uint8_t symbols[RTCP_MAX_TRANSPORT];
    size_t deltas;
    int64_t reference = 0;
    if (count > RTCP_MAX_TRANSPORT || room < HEAD_BYTES ||
        !choose_symbols(packets, count, symbols, &deltas, &reference))
        return 0;
    bytes_put16(out, packets[0].sequence);
    bytes_put16(out + 2, count);
    bytes_put32(out + 4, (uint32_t)(reference & 0xffffff) << 8 | number);
    size_t at = HEAD_BYTES;
    for (unsigned i = 0, said; i < count; i += said, at += 2) {
        const unsigned chunk = choose_chunk(symbols + i, count - i, &said);
        if (room - at < 2)
            return 0;
        bytes_put16(out + at, chunk);
    }
    if (room - at < deltas)
        return 0;
    write_deltas(out + at, packets, symbols, count, reference * REFERENCE_DELTAS);
    return at + deltas;
}
