/* rtcp.c - RTCP compound packets: every length is checked before what it covers is looked at.
 */
#include "server/rtp/rtcp.h"

#include "mixer/base/clock.h"
#include "server/rtp/bytes.h"
#include "server/rtp/rtcp_part.h"

#include <errno.h>
#include <string.h>

enum {
    SDES_END = 0,
    SDES_CNAME = 1,
    SENDER_BYTES = 20,
    BLOCK_BYTES = 24,
    CNAME_MOST = RTCP_CNAME_BYTES - 1,
};

#define NTP_UNIX_SECONDS 2208988800ULL /* 1900 to 1970 */

/* ---- reading ---- */

struct reader {
    struct rtcp_compound *compound;
    bool has_ssrc;
};

static void note_ssrc(struct reader *reader, uint32_t ssrc)
{
    if (!reader->has_ssrc)
        reader->compound->ssrc = ssrc;
    reader->has_ssrc = true;
}

static int32_t signed24(uint32_t value)
{
    return value & 0x800000 ? (int32_t)value - 0x1000000 : (int32_t)value;
}

static void read_block(const uint8_t *at, struct rtcp_block *block)
{
    block->ssrc = bytes_get32(at);
    block->fraction_lost = at[4];
    block->lost = signed24(bytes_get32(at + 4) & 0xffffff);
    block->extended_sequence = bytes_get32(at + 8);
    block->jitter = bytes_get32(at + 12);
    block->last_sr = bytes_get32(at + 16);
    block->delay_since_last_sr = bytes_get32(at + 20);
}

static void read_sender(const uint8_t *at, struct rtcp_compound *compound)
{
    compound->has_sender = true;
    compound->sender =
        (struct rtcp_sender){.ntp = (uint64_t)bytes_get32(at) << 32 | bytes_get32(at + 4),
                             .timestamp = bytes_get32(at + 8),
                             .packets = bytes_get32(at + 12),
                             .octets = bytes_get32(at + 16)};
}

static bool read_report(struct reader *reader, const struct rtcp_part *part)
{
    struct rtcp_compound *compound = reader->compound;
    size_t fixed = 4 + (part->type == RTCP_TYPE_SR ? SENDER_BYTES : 0);
    if (part->length < fixed + (size_t)BLOCK_BYTES * part->count)
        return false;
    bool is_first = !reader->has_ssrc;
    note_ssrc(reader, bytes_get32(part->body));
    if (part->type == RTCP_TYPE_SR && (is_first || bytes_get32(part->body) == compound->ssrc))
        read_sender(part->body + 4, compound);
    for (unsigned i = 0; i < part->count && compound->block_count < RTCP_MAX_BLOCKS; i++)
        read_block(part->body + fixed + (size_t)BLOCK_BYTES * i,
                   &compound->blocks[compound->block_count++]);
    return true;
}

/* The items of one chunk. @return its bytes, padded to 4; 0: cut short. */
static size_t read_items(struct reader *reader, uint32_t ssrc, const uint8_t *at, size_t length)
{
    size_t place = 0;
    while (place < length && at[place] != SDES_END) {
        if (length - place < 2 || length - place - 2 < at[place + 1])
            return 0;
        size_t bytes = at[place + 1];
        bool is_ours = !reader->has_ssrc || ssrc == reader->compound->ssrc;
        if (at[place] == SDES_CNAME && is_ours) {
            memcpy(reader->compound->cname, at + place + 2, bytes);
            reader->compound->cname[bytes] = '\0';
        }
        place += 2 + bytes;
    }
    if (place == length)
        return 0; /* no end */
    return place / 4 * 4 + 4;
}

static bool read_sdes(struct reader *reader, const struct rtcp_part *part)
{
    const uint8_t *at = part->body;
    size_t left = part->length;
    for (unsigned i = 0; i < part->count; i++) {
        if (left < 8)
            return false;
        size_t items = read_items(reader, bytes_get32(at), at + 4, left - 4);
        if (items == 0)
            return false;
        at += 4 + items;
        left -= 4 + items;
    }
    return true;
}

static bool read_bye(struct reader *reader, const struct rtcp_part *part)
{
    if (part->length < (size_t)4 * part->count)
        return false;
    for (unsigned i = 0; i < part->count; i++) {
        uint32_t ssrc = bytes_get32(part->body + (size_t)4 * i);
        note_ssrc(reader, ssrc);
        if (ssrc == reader->compound->ssrc)
            reader->compound->has_bye = true;
    }
    return true;
}

static bool read_part(struct reader *reader, const struct rtcp_part *part)
{
    switch (part->type) {
    case RTCP_TYPE_SR:
    case RTCP_TYPE_RR:
        return read_report(reader, part);
    case RTCP_TYPE_SDES:
        return read_sdes(reader, part);
    case RTCP_TYPE_BYE:
        return read_bye(reader, part);
    default:
        return true;
    }
}

int rtcp_read(const uint8_t *data, size_t length, struct rtcp_compound *compound)
{
    struct rtcp_compound read;
    memset(&read, 0, sizeof(read));
    struct reader reader = {.compound = &read};
    if (length == 0)
        return -EBADMSG;
    while (length > 0) {
        struct rtcp_part part;
        if (!rtcp_part_next(&data, &length, &part) || !read_part(&reader, &part))
            return -EBADMSG;
    }
    *compound = read;
    return 0;
}

/* ---- writing ---- */

static uint32_t clamp24(int32_t lost)
{
    const int32_t most = 0x7fffff, least = -0x800000;
    return (uint32_t)(lost > most ? most : lost < least ? least : lost) & 0xffffff;
}

static void write_block(const struct rtcp_block *block, uint8_t *at)
{
    bytes_put32(at, block->ssrc);
    bytes_put32(at + 4, (uint32_t)block->fraction_lost << 24 | clamp24(block->lost));
    bytes_put32(at + 8, block->extended_sequence);
    bytes_put32(at + 12, block->jitter);
    bytes_put32(at + 16, block->last_sr);
    bytes_put32(at + 20, block->delay_since_last_sr);
}

static void write_sender(const struct rtcp_sender *sender, uint8_t *at)
{
    bytes_put32(at, (uint32_t)(sender->ntp >> 32));
    bytes_put32(at + 4, (uint32_t)sender->ntp);
    bytes_put32(at + 8, sender->timestamp);
    bytes_put32(at + 12, sender->packets);
    bytes_put32(at + 16, sender->octets);
}

static uint8_t *write_report(const struct rtcp_compound *compound, uint8_t *at, size_t bytes)
{
    rtcp_part_write_header(at, compound->has_sender ? RTCP_TYPE_SR : RTCP_TYPE_RR,
                           compound->block_count, bytes);
    bytes_put32(at + RTCP_PART_HEADER_BYTES, compound->ssrc);
    uint8_t *block = at + RTCP_PART_HEADER_BYTES + 4;
    if (compound->has_sender) {
        write_sender(&compound->sender, block);
        block += SENDER_BYTES;
    }
    for (unsigned i = 0; i < compound->block_count; i++)
        write_block(&compound->blocks[i], block + (size_t)BLOCK_BYTES * i);
    return at + bytes;
}

static uint8_t *write_sdes(const struct rtcp_compound *compound, uint8_t *at, size_t bytes,
                           size_t cname_bytes)
{
    memset(at, 0, bytes); /* the end and its padding are zero */
    rtcp_part_write_header(at, RTCP_TYPE_SDES, 1, bytes);
    bytes_put32(at + 4, compound->ssrc);
    at[8] = SDES_CNAME;
    at[9] = (uint8_t)cname_bytes;
    memcpy(at + 10, compound->cname, cname_bytes);
    return at + bytes;
}

size_t rtcp_write(const struct rtcp_compound *compound, uint8_t *out, size_t room)
{
    size_t cname_bytes = strnlen(compound->cname, sizeof(compound->cname));
    if (cname_bytes > CNAME_MOST || compound->block_count > RTCP_MAX_BLOCKS)
        return 0;
    size_t report = RTCP_PART_HEADER_BYTES + 4 + (size_t)BLOCK_BYTES * compound->block_count;
    if (compound->has_sender)
        report += SENDER_BYTES;
    size_t sdes = RTCP_PART_HEADER_BYTES + 4 + (2 + cname_bytes) / 4 * 4 + 4;
    size_t bye = compound->has_bye ? RTCP_PART_HEADER_BYTES + 4 : 0;
    if (report + sdes + bye > room)
        return 0;
    uint8_t *at = write_report(compound, out, report);
    at = write_sdes(compound, at, sdes, cname_bytes);
    if (compound->has_bye) {
        rtcp_part_write_header(at, RTCP_TYPE_BYE, 1, bye);
        bytes_put32(at + RTCP_PART_HEADER_BYTES, compound->ssrc);
    }
    return report + sdes + bye;
}

/* ---- time ---- */

uint64_t rtcp_ntp(int64_t wall_ns)
{
    uint64_t seconds = (uint64_t)(wall_ns / CLOCK_NS_PER_S) + NTP_UNIX_SECONDS;
    uint64_t rest = (uint64_t)(wall_ns % CLOCK_NS_PER_S);
    return seconds << 32 | (rest << 32) / CLOCK_NS_PER_S;
}

int64_t rtcp_round_trip_ns(const struct rtcp_block *block, uint64_t now_ntp)
{
    enum { UNITS_PER_S = 65536, ROUNDING = UNITS_PER_S / 1000 };
    if (block->last_sr == 0)
        return 0;
    uint32_t now = (uint32_t)(now_ntp >> 16);
    int32_t units = (int32_t)(now - block->last_sr - block->delay_since_last_sr);
    if (units < -ROUNDING)
        return 0;
    if (units < 1)
        units = 1; /* a quick answer by one who counts in milliseconds */
    return units * CLOCK_NS_PER_S / UNITS_PER_S;
}

int64_t rtcp_interval_ms(bool first, uint32_t random)
{
    const double compensation = 2.718281828 - 1.5;
    double ms = first ? 2500 : 5000;
    return (int64_t)(ms * (0.5 + random / 4294967296.0) / compensation);
}
