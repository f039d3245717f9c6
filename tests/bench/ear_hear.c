/* ear_hear.c - an arena of packets; unwrapped time stamps; a running median of the offsets. */
#include "tests/bench/ear_hear.h"

#include "mixer/base/clock.h"
#include "mixer/codec/codec.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    HEADER_BYTES = 12,
    MEDIAN_PACKETS = 51,
    MAX_SECONDS = 7200, /* a time stamp farther ahead is none of ours */
};

struct kept {
    int64_t at_ns, timestamp; /* unwrapped */
    uint16_t sequence;
    size_t place, length; /* of the payload in the store */
};

struct ear_hear {
    const struct load_codec *codec;
    uint8_t payload_type;
    struct kept *packet;
    size_t count, room;
    uint8_t *store;
    size_t stored, store_room;
    uint32_t ssrc, last_timestamp;
    int64_t unwrapped;
    unsigned sources;
};

int ear_hear_create(const struct load_codec *codec, uint8_t payload_type,
                    struct ear_hear **hear)
{
    struct ear_hear *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->codec = codec;
    made->payload_type = payload_type;
    *hear = made;
    return 0;
}

void ear_hear_destroy(struct ear_hear *hear)
{
    if (!hear)
        return;
    free(hear->packet);
    free(hear->store);
    free(hear);
}

static bool grow(struct ear_hear *hear, size_t length)
{
    if (hear->count == hear->room) {
        size_t room = hear->room ? 2 * hear->room : 4096;
        struct kept *packet = realloc(hear->packet, room * sizeof(*packet));
        if (!packet)
            return false;
        hear->packet = packet;
        hear->room = room;
    }
    if (hear->stored + length > hear->store_room) {
        size_t room = 2 * hear->store_room + 65536;
        uint8_t *store = realloc(hear->store, room);
        if (!store)
            return false;
        hear->store = store;
        hear->store_room = room;
    }
    return true;
}

static uint32_t word(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void unwrap(struct ear_hear *hear, uint32_t timestamp, uint32_t ssrc)
{
    if (!hear->count)
        hear->last_timestamp = timestamp;
    if (!hear->count || ssrc != hear->ssrc)
        hear->sources++;
    hear->ssrc = ssrc;
    hear->unwrapped += (int32_t)(timestamp - hear->last_timestamp);
    hear->last_timestamp = timestamp;
}

void ear_hear_add(struct ear_hear *hear, const uint8_t *data, size_t length, int64_t at_ns)
{
    bool plain = length > HEADER_BYTES && data[0] >> 6 == 2;
    size_t header = plain ? HEADER_BYTES + 4U * (data[0] & 15U) : 0;
    if (plain && data[0] & 0x10 && length >= header + 4)
        header += 4 + 4U * (size_t)(data[header + 2] << 8 | data[header + 3]);
    if (!plain || header >= length || (data[1] & 0x7f) != hear->payload_type ||
        length > 65535 || !grow(hear, length - header))
        return;
    unwrap(hear, word(data + 4), word(data + 8));
    hear->packet[hear->count++] = (struct kept){.at_ns = at_ns,
                                                .timestamp = hear->unwrapped,
                                                .sequence = (uint16_t)(data[2] << 8 | data[3]),
                                                .place = hear->stored,
                                                .length = length - header};
    memcpy(hear->store + hear->stored, data + header, length - header);
    hear->stored += length - header;
}

static int earlier_first(const void *a, const void *b)
{
    const struct kept *left = a, *right = b;
    if (left->timestamp != right->timestamp)
        return left->timestamp < right->timestamp ? -1 : 1;
    return left->place < right->place ? -1 : left->place > right->place;
}

static const struct codec *codec_of(const struct load_codec *codec)
{
    char name[16];
    size_t length = strcspn(codec->rtpmap, "/");
    memcpy(name, codec->rtpmap, length);
    name[length] = '\0';
    return codec_by_name(name, codec->clock_hz, codec->clock_hz == EAR_HZ ? 2 : 1);
}

/* Lays the decoded packets out at the codec's rate. */
static int decode(const struct ear_hear *hear, const struct kept *packet,
                  const struct codec *codec, struct ear_signal *sound)
{
    const unsigned rate = codec->sample_rate_hz / hear->codec->clock_hz;
    const struct codec_params params = {.ptime_ms = 20};
    struct codec_decoder *decoder = NULL;
    int16_t pcm[CODEC_MAX_PACKET_SAMPLES];
    int64_t span = packet[hear->count - 1].timestamp - packet[0].timestamp;
    if (span > (int64_t)hear->codec->clock_hz * MAX_SECONDS)
        return -EBADMSG;
    int error = codec->decoder_create(&params, &decoder);
    if (!error)
        error = ear_signal_create((size_t)span * rate + CODEC_MAX_PACKET_SAMPLES, sound);
    for (size_t i = 0; i < hear->count && !error; i++) {
        size_t place = (size_t)(packet[i].timestamp - packet[0].timestamp) * rate;
        int samples = codec_decode(codec, decoder, hear->store + packet[i].place,
                                   packet[i].length, pcm, CODEC_MAX_PACKET_SAMPLES);
        for (int j = 0; j < samples; j++)
            sound->at[place + (size_t)j] = (float)pcm[j] / 32768;
    }
    codec->decoder_destroy(decoder);
    return error;
}

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return left < right ? -1 : left > right;
}

static void find_offsets(const struct ear_hear *hear, const struct kept *packet,
                         int64_t start_ns, struct ear_heard *heard)
{
    const double per_tick = (double)EAR_HZ / hear->codec->clock_hz;
    double raw[MEDIAN_PACKETS];
    for (size_t i = 0; i < hear->count; i++)
        heard->first[i] =
            (int64_t)((double)(packet[i].timestamp - packet[0].timestamp) * per_tick);
    for (size_t i = 0; i < hear->count; i++) {
        size_t begin = i > MEDIAN_PACKETS / 2 ? i - MEDIAN_PACKETS / 2 : 0, n = 0;
        for (size_t j = begin; j < hear->count && n < MEDIAN_PACKETS; j++)
            raw[n++] = (double)(packet[j].at_ns - start_ns) / CLOCK_NS_PER_MS -
                       (double)heard->first[j] / EAR_PER_MS;
        qsort(raw, n, sizeof(raw[0]), by_value);
        heard->offset_ms[i] = raw[n / 2];
    }
}

int ear_hear_finish(const struct ear_hear *hear, int64_t start_ns, struct ear_heard *heard)
{
    const struct codec *codec = codec_of(hear->codec);
    struct ear_signal sound = {0};
    *heard = (struct ear_heard){.packets = hear->count, .sources = hear->sources};
    if (!hear->count || !codec)
        return -ENODATA;
    struct kept *packet = malloc(hear->count * sizeof(*packet));
    heard->first = malloc(hear->count * sizeof(*heard->first));
    heard->offset_ms = malloc(hear->count * sizeof(*heard->offset_ms));
    int error = packet && heard->first && heard->offset_ms ? 0 : -ENOMEM;
    if (!error) {
        memcpy(packet, hear->packet, hear->count * sizeof(*packet));
        qsort(packet, hear->count, sizeof(*packet), earlier_first);
        find_offsets(hear, packet, start_ns, heard);
        for (size_t i = 1; i < hear->count; i++)
            heard->gaps += (uint16_t)(packet[i].sequence - packet[i - 1].sequence) > 1;
        error = decode(hear, packet, codec, &sound);
    }
    if (!error)
        error = ear_signal_resample(&sound, codec->sample_rate_hz, EAR_HZ, &heard->sound);
    ear_signal_destroy(&sound);
    free(packet);
    if (error)
        ear_heard_destroy(heard);
    return error;
}

void ear_heard_destroy(struct ear_heard *heard)
{
    ear_signal_destroy(&heard->sound);
    free(heard->offset_ms);
    free(heard->first);
    *heard = (struct ear_heard){0};
}

double ear_heard_played_ms(const struct ear_heard *heard, double sample)
{
    size_t low = 0, high = heard->packets - 1;
    while (low < high) {
        size_t middle = (low + high + 1) / 2;
        if ((double)heard->first[middle] <= sample)
            low = middle;
        else
            high = middle - 1;
    }
    return heard->offset_ms[low] + sample / EAR_PER_MS;
}

double ear_heard_place(const struct ear_heard *heard, double ms)
{
    size_t low = 0, high = heard->packets - 1;
    while (low < high) {
        size_t middle = (low + high + 1) / 2;
        if (heard->offset_ms[middle] + (double)heard->first[middle] / EAR_PER_MS <= ms)
            low = middle;
        else
            high = middle - 1;
    }
    return (ms - heard->offset_ms[low]) * EAR_PER_MS;
}
