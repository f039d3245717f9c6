/* rtcp_feedback.c - the messages of types 205 and 206: whom they are for, what they ask. */
#include "server/rtp/rtcp_feedback.h"

#include "server/rtp/bytes.h"
#include "server/rtp/rtcp_part.h"
#include "server/rtp/rtcp_transport.h"

#include <errno.h>
#include <string.h>

enum {
    SSRCS_BYTES = 8, /* of the message's sender, and of the media it is about */
    HEAD_BYTES = RTCP_PART_HEADER_BYTES + SSRCS_BYTES,
    FORMAT_NACK = 1, /* of transport feedback */
    FORMAT_TMMBR = 3,
    FORMAT_TMMBN = 4,
    FORMAT_PLI = 1, /* of payload feedback */
    FORMAT_FIR = 4,
    FORMAT_APPLICATION = 15,
    NACK_BYTES = 4,
    NACK_MASK_BITS = 16, /* those that follow the packet of a pair */
    FIR_BYTES = 8,
    BOUND_BYTES = 8, /* an entry of TMMBR and TMMBN */
    BOUND_MANTISSA_BITS = 17,
    BOUND_OVERHEAD_MOST = 0x1ff,
    REMB_HEAD_BYTES = 8,
    REMB_MANTISSA_BITS = 18,
    OVERHEAD = 20 + 8 + 12, /* IPv4, UDP and RTP */
};

#define REMB_NAME 0x52454d42u /* "REMB" */

/* ---- reading ---- */

/* One message, behind its SSRCs. */
struct message {
    uint32_t media;
    const uint8_t *fci;
    size_t length;
};

static void add_nacked(struct rtcp_feedback *feedback, unsigned sequence)
{
    if (feedback->nacked_count < RTCP_MAX_NACKED)
        feedback->nacked[feedback->nacked_count++] = (uint16_t)sequence;
}

static bool read_nack(const struct message *message, uint32_t ours,
                      struct rtcp_feedback *feedback)
{
    if (!message->length || message->length % NACK_BYTES)
        return false;
    for (size_t at = 0; at < message->length && message->media == ours; at += NACK_BYTES) {
        const unsigned first = bytes_get16(message->fci + at);
        const unsigned mask = bytes_get16(message->fci + at + 2);
        add_nacked(feedback, first);
        for (unsigned bit = 0; bit < NACK_MASK_BITS; bit++) {
            if (mask >> bit & 1)
                add_nacked(feedback, first + 1 + bit);
        }
    }
    return true;
}

static uint64_t times_power_of_2(uint64_t mantissa, unsigned exponent)
{
    const uint64_t product = mantissa << exponent;
    return product >> exponent == mantissa ? product : UINT64_MAX;
}

struct bound {
    uint32_t ssrc;
    uint64_t bps;
    uint16_t overhead;
};

static struct bound bound_at(const uint8_t *at)
{
    const uint32_t word = bytes_get32(at + 4);
    return (struct bound){.ssrc = bytes_get32(at),
                          .bps = times_power_of_2(word >> 9 & 0x1ffff, word >> 26),
                          .overhead = word & BOUND_OVERHEAD_MOST};
}

static bool read_tmmbr(const struct message *message, uint32_t ours,
                       struct rtcp_feedback *feedback)
{
    if (!message->length || message->length % BOUND_BYTES)
        return false;
    for (size_t at = 0; at < message->length; at += BOUND_BYTES) {
        const struct bound bound = bound_at(message->fci + at);
        if (bound.ssrc != ours || (feedback->has_tmmbr && feedback->tmmbr_bps <= bound.bps))
            continue;
        feedback->has_tmmbr = true;
        feedback->tmmbr_bps = bound.bps;
        feedback->tmmbr_overhead = bound.overhead;
    }
    return true;
}

/* May be empty: then nobody bounds it. */
static bool read_tmmbn(const struct message *message, uint32_t ours,
                       struct rtcp_feedback *feedback)
{
    if (message->length % BOUND_BYTES)
        return false;
    for (size_t at = 0; at < message->length; at += BOUND_BYTES) {
        const struct bound bound = bound_at(message->fci + at);
        if (bound.ssrc != ours)
            continue;
        feedback->has_tmmbn = true;
        feedback->tmmbn_bps = bound.bps;
    }
    return true;
}

/* Of transport sequence numbers, not of one SSRC: all that come are for us. */
static bool read_transport(const struct message *message, struct rtcp_feedback *feedback)
{
    unsigned count;
    if (!rtcp_transport_read(message->fci, message->length,
                             feedback->transport + feedback->transport_count,
                             RTCP_MAX_TRANSPORT - feedback->transport_count, &count))
        return false;
    feedback->transport_count += count;
    return true;
}

static bool read_pli(const struct message *message, uint32_t ours,
                     struct rtcp_feedback *feedback)
{
    if (message->length)
        return false;
    feedback->pli = feedback->pli || message->media == ours;
    return true;
}

static bool read_fir(const struct message *message, uint32_t ours,
                     struct rtcp_feedback *feedback)
{
    if (!message->length || message->length % FIR_BYTES)
        return false;
    for (size_t at = 0; at < message->length; at += FIR_BYTES) {
        if (bytes_get32(message->fci + at) != ours)
            continue;
        feedback->fir = true;
        feedback->fir_sequence = message->fci[at + 4];
    }
    return true;
}

/* Application layer feedback of another name is none of ours, and not malformed. */
static bool read_remb(const struct message *message, uint32_t ours,
                      struct rtcp_feedback *feedback)
{
    const uint8_t *fci = message->fci;
    if (message->length < 4 || bytes_get32(fci) != REMB_NAME)
        return true;
    if (message->length < REMB_HEAD_BYTES)
        return false;
    const uint32_t word = bytes_get32(fci + 4);
    const size_t ssrcs = word >> 24;
    if (message->length < REMB_HEAD_BYTES + 4 * ssrcs)
        return false;
    for (size_t i = 0; i < ssrcs; i++) {
        if (bytes_get32(fci + REMB_HEAD_BYTES + 4 * i) != ours)
            continue;
        feedback->has_remb = true;
        feedback->remb_bps = times_power_of_2(word & 0x3ffff, word >> 18 & 0x3f);
    }
    return true;
}

static bool read_message(const struct rtcp_part *part, uint32_t ours,
                         struct rtcp_feedback *feedback)
{
    if (part->length < SSRCS_BYTES)
        return false;
    const struct message message = {.media = bytes_get32(part->body + 4),
                                    .fci = part->body + SSRCS_BYTES,
                                    .length = part->length - SSRCS_BYTES};
    const bool is_transport = part->type == RTCP_TYPE_TRANSPORT_FEEDBACK;
    if (is_transport && part->count == FORMAT_NACK)
        return read_nack(&message, ours, feedback);
    if (is_transport && part->count == FORMAT_TMMBR)
        return read_tmmbr(&message, ours, feedback);
    if (is_transport && part->count == FORMAT_TMMBN)
        return read_tmmbn(&message, ours, feedback);
    if (is_transport && part->count == RTCP_FORMAT_TRANSPORT_WIDE)
        return read_transport(&message, feedback);
    if (!is_transport && part->count == FORMAT_PLI)
        return read_pli(&message, ours, feedback);
    if (!is_transport && part->count == FORMAT_FIR)
        return read_fir(&message, ours, feedback);
    if (!is_transport && part->count == FORMAT_APPLICATION)
        return read_remb(&message, ours, feedback);
    return true;
}

static bool is_compound(const uint8_t *data, size_t length)
{
    struct rtcp_part part;
    if (length == 0)
        return false;
    while (length > 0) {
        if (!rtcp_part_next(&data, &length, &part))
            return false;
    }
    return true;
}

int rtcp_feedback_read(const uint8_t *data, size_t length, uint32_t media_ssrc,
                       struct rtcp_feedback *feedback)
{
    if (!is_compound(data, length))
        return -EBADMSG;
    memset(feedback, 0, offsetof(struct rtcp_feedback, transport));
    struct rtcp_part part;
    while (length > 0 && rtcp_part_next(&data, &length, &part)) {
        if (part.type != RTCP_TYPE_TRANSPORT_FEEDBACK &&
            part.type != RTCP_TYPE_PAYLOAD_FEEDBACK)
            continue;
        if (!read_message(&part, media_ssrc, feedback))
            feedback->malformed++;
    }
    return 0;
}

/* ---- writing ---- */

/* Header and SSRCs of a message of @p bytes in all. @return where its FCI goes, or NULL. */
static uint8_t *begin(uint8_t *out, size_t room, size_t bytes, unsigned type, unsigned format,
                      uint32_t own, uint32_t media)
{
    if (bytes > room || bytes > RTCP_PART_MAX_BYTES)
        return NULL;
    rtcp_part_write_header(out, type, format, bytes);
    bytes_put32(out + RTCP_PART_HEADER_BYTES, own);
    bytes_put32(out + RTCP_PART_HEADER_BYTES + 4, media);
    return out + HEAD_BYTES;
}

/* How many of the sequences one pair can say, from the first on. */
static unsigned take_pair(const uint16_t *sequences, unsigned count, uint16_t *mask)
{
    unsigned taken = 1;
    *mask = 0;
    for (; taken < count; taken++) {
        const uint16_t ahead = (uint16_t)(sequences[taken] - sequences[0]);
        if (ahead > NACK_MASK_BITS)
            break;
        if (ahead)
            *mask = (uint16_t)(*mask | 1u << (ahead - 1));
    }
    return taken;
}

size_t rtcp_feedback_write_nack(uint8_t *out, size_t room, uint32_t own, uint32_t media,
                                const uint16_t *sequences, unsigned count)
{
    uint16_t mask;
    size_t bytes = HEAD_BYTES;
    if (!count)
        return 0;
    for (unsigned i = 0; i < count; i += take_pair(sequences + i, count - i, &mask))
        bytes += NACK_BYTES;
    uint8_t *fci =
        begin(out, room, bytes, RTCP_TYPE_TRANSPORT_FEEDBACK, FORMAT_NACK, own, media);
    if (!fci)
        return 0;
    for (unsigned i = 0; i < count; fci += NACK_BYTES) {
        bytes_put16(fci, sequences[i]);
        i += take_pair(sequences + i, count - i, &mask);
        bytes_put16(fci + 2, mask);
    }
    return bytes;
}

size_t rtcp_feedback_write_pli(uint8_t *out, size_t room, uint32_t own, uint32_t media)
{
    return begin(out, room, HEAD_BYTES, RTCP_TYPE_PAYLOAD_FEEDBACK, FORMAT_PLI, own, media)
               ? HEAD_BYTES
               : 0;
}

size_t rtcp_feedback_write_fir(uint8_t *out, size_t room, uint32_t own, uint32_t media,
                               uint8_t sequence)
{
    const size_t bytes = HEAD_BYTES + FIR_BYTES;
    uint8_t *fci = begin(out, room, bytes, RTCP_TYPE_PAYLOAD_FEEDBACK, FORMAT_FIR, own, 0);
    if (!fci)
        return 0;
    bytes_put32(fci, media);
    bytes_put32(fci + 4, (uint32_t)sequence << 24);
    return bytes;
}

/* Rounded down: what is written is a bound. */
static unsigned split(uint64_t bps, unsigned mantissa_bits, uint32_t *mantissa)
{
    unsigned exponent = 0;
    while (bps >> exponent >> mantissa_bits)
        exponent++;
    *mantissa = (uint32_t)(bps >> exponent);
    return exponent;
}

static size_t write_bound(uint8_t *out, size_t room, unsigned format, uint32_t own,
                          const struct bound *bound)
{
    const size_t bytes = HEAD_BYTES + BOUND_BYTES;
    uint8_t *fci = begin(out, room, bytes, RTCP_TYPE_TRANSPORT_FEEDBACK, format, own, 0);
    if (!fci)
        return 0;
    uint32_t mantissa;
    const unsigned exponent = split(bound->bps, BOUND_MANTISSA_BITS, &mantissa);
    const unsigned overhead =
        bound->overhead < BOUND_OVERHEAD_MOST ? bound->overhead : BOUND_OVERHEAD_MOST;
    bytes_put32(fci, bound->ssrc);
    bytes_put32(fci + 4, (uint32_t)exponent << 26 | mantissa << 9 | overhead);
    return bytes;
}

size_t rtcp_feedback_write_tmmbr(uint8_t *out, size_t room, uint32_t own, uint32_t media,
                                 uint64_t bps)
{
    const struct bound bound = {.ssrc = media, .bps = bps, .overhead = OVERHEAD};
    return write_bound(out, room, FORMAT_TMMBR, own, &bound);
}

size_t rtcp_feedback_write_tmmbn(uint8_t *out, size_t room, uint32_t own, uint32_t owner,
                                 uint64_t bps, uint16_t overhead)
{
    const struct bound bound = {.ssrc = owner, .bps = bps, .overhead = overhead};
    return write_bound(out, room, FORMAT_TMMBN, own, &bound);
}

size_t rtcp_feedback_write_remb(uint8_t *out, size_t room, uint32_t own, uint32_t media,
                                uint64_t bps)
{
    const size_t bytes = HEAD_BYTES + REMB_HEAD_BYTES + 4;
    uint8_t *fci =
        begin(out, room, bytes, RTCP_TYPE_PAYLOAD_FEEDBACK, FORMAT_APPLICATION, own, 0);
    if (!fci)
        return 0;
    uint32_t mantissa;
    const unsigned exponent = split(bps, REMB_MANTISSA_BITS, &mantissa);
    bytes_put32(fci, REMB_NAME);
    bytes_put32(fci + 4, 1u << 24 | (uint32_t)exponent << 18 | mantissa);
    bytes_put32(fci + 8, media);
    return bytes;
}

size_t rtcp_feedback_write_transport(uint8_t *out, size_t room, uint32_t own, uint32_t media,
                                     uint8_t number,
                                     const struct rtcp_transport_packet *packets,
                                     unsigned count)
{
    if (room < HEAD_BYTES)
        return 0;
    const size_t said =
        rtcp_transport_write(out + HEAD_BYTES, room - HEAD_BYTES, number, packets, count);
    const size_t bytes = (HEAD_BYTES + said + 3) / 4 * 4;
    if (!said || !begin(out, room, bytes, RTCP_TYPE_TRANSPORT_FEEDBACK,
                        RTCP_FORMAT_TRANSPORT_WIDE, own, media))
        return 0;
    memset(out + HEAD_BYTES + said, 0, bytes - HEAD_BYTES - said);
    return bytes;
}
