/* ear_talk.c - encodes the voice packet by packet, and spoils what is to be spoilt. */
#include "tests/bench/ear_talk.h"

#include "mixer/base/clock.h"
#include "mixer/codec/codec.h"
#include "tests/bench/ear_random.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    HEADER_BYTES = 12,
    USUAL_MS = 20,
    LONG_MS = 120,
    MAX_BYTES = 1600, /* of a packet */
    SEQUENCE_JUMP = 7000,
    RESTART_PACKETS = 40,
    TIMESTAMP_JUMP_S = 1000,
};

static const char *const fault_names[] = {"none",     "sizes",     "empty", "long",    "ptime",
                                          "sequence", "timestamp", "back",  "restart", "ssrc",
                                          "double",   "pause",     "hold"};

int ear_fault_by_name(const char *name)
{
    for (size_t i = 0; i < sizeof(fault_names) / sizeof(fault_names[0]); i++)
        if (!strcmp(name, fault_names[i]))
            return (int)i;
    return -1;
}

const char *ear_fault_name(enum ear_fault fault)
{
    return fault_names[fault];
}

/* The packet being made. */
struct maker {
    const struct ear_talk_plan *plan;
    struct ear_talk *talk;
    const struct codec *codec;
    struct codec_encoder *encoder;
    struct ear_signal pcm; /* the voice at the codec's rate */
    struct ear_random random;
    size_t place;  /* next sample of pcm  */
    double now_ns; /* when it is spoken, by everybody's clock */
    uint16_t sequence;
    uint32_t timestamp, ssrc;
    size_t stored;
    bool jumped;
};

static unsigned per_ms(const struct maker *maker)
{
    return maker->codec->sample_rate_hz / 1000;
}

/* Where in the voice we are, by the caller's own clock [s]. */
static double voice_s(const struct maker *maker)
{
    return (double)maker->place / maker->codec->sample_rate_hz;
}

static bool in_fault(const struct maker *maker)
{
    const struct ear_talk_plan *plan = maker->plan;
    return plan->fault && voice_s(maker) >= plan->fault_at_s &&
           voice_s(maker) < plan->fault_at_s + plan->fault_for_s;
}

static unsigned packet_ms(const struct maker *maker)
{
    static const unsigned turns[] = {60, 40, 10, 20};
    if (!in_fault(maker))
        return USUAL_MS;
    if (maker->plan->fault == EAR_FAULT_LONG)
        return LONG_MS;
    if (maker->plan->fault == EAR_FAULT_PTIME)
        return turns[(unsigned)(voice_s(maker) - maker->plan->fault_at_s) % 4];
    return USUAL_MS;
}

/* What is done once, at the fault's beginning. */
static void jump(struct maker *maker)
{
    const uint32_t clock_hz = maker->plan->codec->clock_hz;
    const double pause_s = maker->plan->fault_for_s;
    switch (maker->plan->fault) {
    case EAR_FAULT_SEQUENCE:
        maker->sequence = (uint16_t)(maker->sequence + SEQUENCE_JUMP);
        break;
    case EAR_FAULT_TIMESTAMP:
        maker->timestamp += clock_hz * TIMESTAMP_JUMP_S;
        break;
    case EAR_FAULT_BACK:
        maker->timestamp -= clock_hz * TIMESTAMP_JUMP_S;
        break;
    case EAR_FAULT_RESTART:
        maker->sequence = (uint16_t)(maker->sequence - RESTART_PACKETS);
        maker->timestamp -= RESTART_PACKETS * USUAL_MS * (clock_hz / 1000);
        break;
    case EAR_FAULT_SSRC:
        maker->ssrc = (uint32_t)ear_random_bits(&maker->random);
        maker->sequence = (uint16_t)ear_random_bits(&maker->random);
        maker->timestamp = (uint32_t)ear_random_bits(&maker->random);
        break;
    case EAR_FAULT_PAUSE:
        maker->timestamp += (uint32_t)(pause_s * clock_hz);
        maker->now_ns += pause_s * CLOCK_NS_PER_S;
        break;
    case EAR_FAULT_HOLD:
        maker->now_ns += pause_s * CLOCK_NS_PER_S;
        break;
    default:
        break;
    }
    maker->jumped = true;
}

static bool is_a_jump(enum ear_fault fault)
{
    return (fault >= EAR_FAULT_SEQUENCE && fault <= EAR_FAULT_SSRC) ||
           fault == EAR_FAULT_PAUSE || fault == EAR_FAULT_HOLD;
}

static void write_header(const struct maker *maker, uint8_t *out, bool marker)
{
    const uint32_t words[] = {maker->timestamp, maker->ssrc};
    out[0] = 0x80;
    out[1] = marker ? 0x80 : 0;
    out[2] = (uint8_t)(maker->sequence >> 8);
    out[3] = (uint8_t)maker->sequence;
    for (int i = 0; i < 8; i++)
        out[4 + i] = (uint8_t)(words[i / 4] >> (24 - i % 4 * 8));
}

/* Replaces @p length bytes of payload by what the fault wants instead. */
static size_t spoil(struct maker *maker, uint8_t *payload, size_t length)
{
    static const size_t odd[] = {1, 7, 33, 161, 163, 333, 799, 1399};
    const enum ear_fault fault = maker->plan->fault;
    if (!in_fault(maker) || maker->sequence % 2)
        return length;
    if (fault == EAR_FAULT_EMPTY)
        return 0;
    if (fault != EAR_FAULT_SIZES)
        return length;
    length = odd[ear_random_bits(&maker->random) % (sizeof(odd) / sizeof(odd[0]))];
    for (size_t i = 0; i < length; i++)
        payload[i] = 0xff; /* silence to a G.711 decoder that takes it, an error to Opus */
    return length;
}

static int encode_part(struct maker *maker, unsigned first, unsigned samples, uint8_t *out,
                       size_t room)
{
    int16_t pcm[LONG_MS * EAR_PER_MS];
    for (unsigned i = 0; i < samples; i++)
        pcm[i] = (int16_t)(32767 * maker->pcm.at[maker->place + first + i]);
    return maker->codec->encode(maker->encoder, pcm, samples, out, room);
}

/* Opus: six frames of 20 ms in one packet (RFC 6716 section 3.2.5). A frame of another mode
 * than the first cannot be among them; it is left out, which is said by a length of 0. */
static int encode_six(struct maker *maker, unsigned samples, uint8_t *out)
{
    enum { FRAMES = LONG_MS / USUAL_MS, FRAME_BYTES = MAX_BYTES / FRAMES };
    uint8_t frame[FRAMES][FRAME_BYTES];
    size_t length[FRAMES], head = 2;
    for (unsigned i = 0; i < FRAMES; i++) {
        int bytes = encode_part(maker, i * samples / FRAMES, samples / FRAMES, frame[i],
                                FRAME_BYTES - 2);
        if (bytes < 1)
            return bytes ? bytes : -EBADMSG;
        length[i] = frame[i][0] == frame[0][0] ? (size_t)bytes - 1 : 0;
        if (i + 1 == FRAMES) /* the last one's length is what remains */
            break;
        const size_t least = length[i] < 252 ? length[i] : 252 + (length[i] & 3);
        out[head++] = (uint8_t)least;
        if (least >= 252)
            out[head++] = (uint8_t)((length[i] - least) / 4);
    }
    out[0] = frame[0][0] | 3;
    out[1] = 0x80 | FRAMES; /* each of its own length */
    for (unsigned i = 0; i < FRAMES; i++) {
        memcpy(out + head, frame[i] + 1, length[i]);
        head += length[i];
    }
    return (int)head;
}

static int encode(struct maker *maker, unsigned ms, uint8_t *out)
{
    const unsigned samples = ms * per_ms(maker);
    if (ms == LONG_MS && maker->plan->codec->clock_hz == EAR_HZ)
        return encode_six(maker, samples, out);
    return encode_part(maker, 0, samples, out, MAX_BYTES - HEADER_BYTES);
}

static void advance(struct maker *maker, unsigned ms)
{
    bool fast = maker->plan->fault == EAR_FAULT_DOUBLE && in_fault(maker);
    double real_ms = (fast ? 0.5 : 1) * ms / (1 + maker->plan->clock_ppm / 1e6);
    maker->now_ns += real_ms * CLOCK_NS_PER_MS;
    maker->place += ms * per_ms(maker);
    maker->timestamp += ms * (maker->plan->codec->clock_hz / 1000);
    maker->sequence++;
}

static void keep_packet(struct maker *maker, uint8_t *bytes, size_t length, unsigned ms)
{
    const unsigned up = EAR_HZ / maker->codec->sample_rate_hz;
    struct ear_packet *packet = &maker->talk->packet[maker->talk->count++];
    *packet = (struct ear_packet){.sample = maker->place * up,
                                  .samples = ms * EAR_PER_MS,
                                  .bytes = bytes,
                                  .length = length};
    maker->stored += length;
    advance(maker, ms);
    packet->due_ns = (int64_t)maker->now_ns;
}

static int make_packet(struct maker *maker)
{
    struct ear_talk *talk = maker->talk;
    const struct ear_talk_plan *plan = maker->plan;
    bool fault_was = in_fault(maker), first = talk->count == 0;
    if (is_a_jump(plan->fault) && !maker->jumped && voice_s(maker) >= plan->fault_at_s) {
        jump(maker);
        talk->fault_end = maker->place * (EAR_HZ / maker->codec->sample_rate_hz);
        talk->fault_end_ns = (int64_t)maker->now_ns;
    }
    unsigned ms = packet_ms(maker);
    uint8_t *bytes = talk->store + maker->stored;
    int length = encode(maker, ms, bytes + HEADER_BYTES);
    if (length < 0)
        return length;
    write_header(maker, bytes, first);
    keep_packet(maker, bytes, HEADER_BYTES + spoil(maker, bytes + HEADER_BYTES, (size_t)length),
                ms);
    if (fault_was && !in_fault(maker) && !is_a_jump(plan->fault)) {
        talk->fault_end = maker->place * (EAR_HZ / maker->codec->sample_rate_hz);
        talk->fault_end_ns = (int64_t)maker->now_ns;
    }
    return 0;
}

static int open_encoder(struct maker *maker)
{
    const struct load_codec *codec = maker->plan->codec;
    const struct codec_params params = {.ptime_ms = USUAL_MS, .fec = maker->plan->fec};
    char name[16];
    size_t length = strcspn(codec->rtpmap, "/");
    memcpy(name, codec->rtpmap, length);
    name[length] = '\0';
    maker->codec = codec_by_name(name, codec->clock_hz, codec->clock_hz == EAR_HZ ? 2 : 1);
    return maker->codec ? maker->codec->encoder_create(&params, &maker->encoder) : -ENOTSUP;
}

static int prepare(struct maker *maker)
{
    const struct ear_signal *voice = maker->plan->voice;
    int error = open_encoder(maker);
    if (!error)
        error = ear_signal_resample(voice, EAR_HZ, maker->codec->sample_rate_hz, &maker->pcm);
    if (error)
        return error;
    size_t most = voice->count / (10 * EAR_PER_MS) + 1; /* packets: 10 ms is the shortest */
    maker->talk->packet = calloc(most, sizeof(*maker->talk->packet));
    maker->talk->store = malloc(most * MAX_BYTES);
    return maker->talk->packet && maker->talk->store ? 0 : -ENOMEM;
}

int ear_talk_create(const struct ear_talk_plan *plan, struct ear_talk *talk)
{
    struct maker maker = {.plan = plan, .talk = talk, .random.state = plan->seed ^ 0x7a1c};
    *talk = (struct ear_talk){0};
    int error = prepare(&maker);
    maker.ssrc = (uint32_t)ear_random_bits(&maker.random);
    maker.sequence = (uint16_t)ear_random_bits(&maker.random);
    maker.timestamp = (uint32_t)ear_random_bits(&maker.random);
    while (!error && maker.place + LONG_MS * per_ms(&maker) <= maker.pcm.count)
        error = make_packet(&maker);
    if (maker.encoder)
        maker.codec->encoder_destroy(maker.encoder);
    ear_signal_destroy(&maker.pcm);
    if (error)
        ear_talk_destroy(talk);
    return error;
}

void ear_talk_destroy(struct ear_talk *talk)
{
    free(talk->packet);
    free(talk->store);
    *talk = (struct ear_talk){0};
}

void ear_talk_type(struct ear_talk *talk, uint8_t payload_type)
{
    for (size_t i = 0; i < talk->count; i++)
        talk->packet[i].bytes[1] = (uint8_t)((talk->packet[i].bytes[1] & 0x80) | payload_type);
}

double ear_talk_spoken_ms(const struct ear_talk *talk, size_t sample)
{
    size_t low = 0, high = talk->count - 1;
    while (low < high) { /* the last packet that does not begin behind the sample */
        size_t middle = (low + high + 1) / 2;
        if (talk->packet[middle].sample <= sample)
            low = middle;
        else
            high = middle - 1;
    }
    const struct ear_packet *packet = &talk->packet[low];
    double ahead = (double)(packet->sample + packet->samples) - (double)sample;
    return (double)packet->due_ns / CLOCK_NS_PER_MS - ahead / EAR_PER_MS;
}
