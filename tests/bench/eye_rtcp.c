/* eye_rtcp.c - big endian words, one packet behind the other. */
#include "tests/bench/eye_rtcp.h"

#include "mixer/base/clock.h"

#include <string.h>

enum {
    SR = 200,
    RR = 201,
    SDES = 202,
    TRANSPORT = 205, /* RTPFB: NACK 1, TMMBR 3  */
    PAYLOAD = 206,   /* PSFB: PLI 1, FIR 4, application layer (REMB) 15 */
};

static const uint64_t NTP_TO_UNIX_S = 2208988800U; /* 1900 to 1970 */

static uint8_t *put(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 24);
    at[1] = (uint8_t)(value >> 16);
    at[2] = (uint8_t)(value >> 8);
    at[3] = (uint8_t)value;
    return at + 4;
}

static uint32_t get(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Writes the header of what ends at @p end. */
static void put_head(uint8_t *start, unsigned count, unsigned type, const uint8_t *end)
{
    put(start, 0x80000000U | count << 24 | type << 16 | (uint32_t)((end - start) / 4 - 1));
}

static uint8_t *put_names(uint8_t *start, uint32_t ssrc, const char *cname)
{
    size_t length = strlen(cname) < 200 ? strlen(cname) : 200;
    uint8_t *at = put(start + 4, ssrc);
    *at++ = 1; /* CNAME */
    *at++ = (uint8_t)length;
    memcpy(at, cname, length);
    at += length;
    do
        *at++ = 0; /* at least one ends the list */
    while ((at - start) % 4);
    put_head(start, 1, SDES, at);
    return at;
}

size_t eye_rtcp_write_report(const struct eye_rtcp_report *report, uint8_t out[EYE_RTCP_BYTES])
{
    uint8_t *at = put(out + 4, report->ssrc);
    if (report->sends) {
        uint64_t rest = (uint64_t)(report->wall_ns % CLOCK_NS_PER_S);
        at = put(at, (uint32_t)((uint64_t)(report->wall_ns / CLOCK_NS_PER_S) + NTP_TO_UNIX_S));
        at = put(at, (uint32_t)((rest << 32) / (uint64_t)CLOCK_NS_PER_S));
        at = put(at, report->timestamp);
        at = put(at, report->packets);
        at = put(at, report->octets);
    }
    if (report->far_ssrc) {
        at = put(at, report->far_ssrc);
        at = put(at, (uint32_t)report->fraction_lost << 24 | (report->lost & 0xffffff));
        at = put(at, report->highest);
        at = put(at, 0); /* jitter: not measured */
        at = put(at, report->last_report);
        at = put(at, report->since_report);
    }
    put_head(out, report->far_ssrc ? 1 : 0, report->sends ? SR : RR, at);
    return (size_t)(put_names(at, report->ssrc, report->cname) - out);
}

size_t eye_rtcp_write_pli(uint32_t ssrc, uint32_t far_ssrc, uint8_t *out)
{
    uint8_t *at = put(put(out + 4, ssrc), far_ssrc);
    put_head(out, 1, PAYLOAD, at);
    return (size_t)(at - out);
}

size_t eye_rtcp_write_fir(uint32_t ssrc, uint32_t far_ssrc, uint8_t serial, uint8_t *out)
{
    uint8_t *at = put(put(out + 4, ssrc), 0);
    at = put(put(at, far_ssrc), (uint32_t)serial << 24);
    put_head(out, 4, PAYLOAD, at);
    return (size_t)(at - out);
}

size_t eye_rtcp_write_nack(uint32_t ssrc, uint32_t far_ssrc, const uint16_t *list,
                           unsigned count, uint8_t *out)
{
    uint8_t *at = put(put(out + 4, ssrc), far_ssrc);
    for (unsigned i = 0; i < count;) {
        uint16_t first = list[i++];
        uint32_t following = 0;
        for (; i < count && (uint16_t)(list[i] - first) - 1U < 16; i++)
            following |= 1U << ((uint16_t)(list[i] - first) - 1U);
        at = put(at, (uint32_t)first << 16 | following);
    }
    put_head(out, 1, TRANSPORT, at);
    return (size_t)(at - out);
}

static void read_nacks(const uint8_t *at, const uint8_t *end, struct eye_rtcp_news *news)
{
    for (; end - at >= 4; at += 4) {
        uint16_t first = (uint16_t)(at[0] << 8 | at[1]);
        uint32_t wanted = 1U | (uint32_t)(at[2] << 8 | at[3]) << 1;
        for (unsigned i = 0; i <= 16 && news->nacks < EYE_RTCP_MAX_NACKS; i++)
            if (wanted >> i & 1)
                news->nack[news->nacks++] = (uint16_t)(first + i);
    }
}

static void read_one(const uint8_t *at, const uint8_t *end, struct eye_rtcp_news *news)
{
    unsigned count = at[0] & 31U, type = at[1];
    if (type == SR && end - at >= 28) {
        news->is_report = true;
        news->ntp = (uint64_t)get(at + 8) << 32 | get(at + 12);
        news->last_report = (uint32_t)(news->ntp >> 16);
        news->timestamp = get(at + 16);
    }
    if (end - at < 12)
        return;
    if (type == PAYLOAD)
        news->key_requests += count == 1 || count == 4;
    if ((type == PAYLOAD && count == 15) || (type == TRANSPORT && count == 3))
        news->limits++;
    if (type == TRANSPORT && count == 1)
        read_nacks(at + 12, end, news);
}

void eye_rtcp_read(const uint8_t *bytes, size_t length, struct eye_rtcp_news *news)
{
    *news = (struct eye_rtcp_news){0};
    while (length >= 8 && bytes[0] >> 6 == 2) {
        size_t one = 4U * ((unsigned)bytes[2] << 8 | bytes[3]) + 4U;
        if (one > length)
            return;
        read_one(bytes, bytes + one, news);
        bytes += one;
        length -= one;
    }
}
