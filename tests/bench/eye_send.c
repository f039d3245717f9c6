/* eye_send.c - a frame is cut and sent at once when it is due. */
#include "tests/bench/eye_send.h"

#include "mixer/base/clock.h"
#include "mixer/base/random.h"
#include "tests/bench/eye_lips.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    HEADER_BYTES = 12,
    CACHE = 1024,
    CLOCK_HZ = 90000,
    KEYS_APART_MS = 200,
    FLOOD_COPIES = 24, /* of each packet of 800 kbit/s: about 20 Mbit/s */
    FAST_TIMES = 4,
};

struct kept {
    uint16_t length; /* 0: nothing yet */
    uint8_t bytes[HEADER_BYTES + EYE_PAYLOAD_BYTES];
};

struct eye_send {
    struct eye_send_plan plan;
    struct eye_send_counters counters;
    struct eye_cutter cutter;
    struct ear_random random;
    bool sending;
    int fd;
    struct sockaddr_in target;
    uint8_t payload_type;
    uint16_t sequence;
    uint32_t ssrc, timestamp; /* timestamp: of the next frame */
    unsigned frame;           /* next of the clip */
    int64_t next_ns, last_key_ns;
    struct eye_pieces pieces;
    struct kept kept[CACHE];
};

int eye_send_create(const struct eye_send_plan *plan, struct eye_send **send)
{
    struct eye_send *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->plan = *plan;
    made->cutter = (struct eye_cutter){.codec = plan->clip->plan.codec, .single = plan->single};
    made->random.state = plan->loss.random.state;
    *send = made;
    return 0;
}

void eye_send_destroy(struct eye_send *send)
{
    free(send);
}

void eye_send_start(struct eye_send *send, int fd, const struct sockaddr_in *target,
                    uint8_t payload_type, int64_t now_ns)
{
    send->sending = true;
    send->fd = fd;
    send->target = *target;
    send->payload_type = payload_type;
    send->ssrc = random_u32() | 1;
    send->sequence = (uint16_t)random_u32();
    send->timestamp = random_u32();
    send->frame = 0;
    send->next_ns = now_ns;
}

void eye_send_stop(struct eye_send *send)
{
    send->sending = false;
}

static void transmit(struct eye_send *send, const struct kept *kept, int64_t now_ns)
{
    if (eye_loss_next(&send->plan.loss)) {
        send->counters.dropped++;
        return;
    }
    if (send->plan.delay) {
        eye_delay_put(send->plan.delay, send->fd, &send->target, kept->bytes, kept->length,
                      now_ns);
        return;
    }
    ssize_t sent = sendto(send->fd, kept->bytes, kept->length, MSG_DONTWAIT,
                          (const struct sockaddr *)&send->target, sizeof(send->target));
    send->counters.errors += sent < 0;
}

static struct kept *write_packet(struct eye_send *send, const struct eye_piece *piece,
                                 bool marker)
{
    struct kept *kept = &send->kept[send->sequence % CACHE];
    uint8_t *at = kept->bytes;
    uint16_t sequence = htons(send->sequence++);
    uint32_t timestamp = htonl(send->timestamp), ssrc = htonl(send->ssrc);
    at[0] = 0x80;
    at[1] = (uint8_t)(send->payload_type | (marker ? 0x80 : 0));
    memcpy(at + 2, &sequence, sizeof(sequence));
    memcpy(at + 4, &timestamp, sizeof(timestamp));
    memcpy(at + 8, &ssrc, sizeof(ssrc));
    memcpy(at + HEADER_BYTES, piece->bytes, piece->length);
    kept->length = (uint16_t)(HEADER_BYTES + piece->length);
    send->counters.packets++;
    send->counters.octets += piece->length;
    return kept;
}

static void send_pieces(struct eye_send *send, int64_t now_ns)
{
    const enum eye_fault fault = send->plan.fault;
    const unsigned copies = fault == EYE_FAULT_FLOOD ? FLOOD_COPIES : 1;
    struct kept *before = NULL;
    for (unsigned i = 0; i < send->pieces.count; i++) {
        struct eye_piece *piece = &send->pieces.piece[i];
        bool last = i + 1 == send->pieces.count;
        if (!eye_fault_apply(fault, send->cutter.codec, &send->random, piece))
            continue;
        for (unsigned copy = 0; copy < copies; copy++) {
            struct kept *kept = write_packet(send, piece, last && copy + 1 == copies);
            if (fault == EYE_FAULT_SWAPPED && !before && !last) {
                before = kept;
                continue;
            }
            transmit(send, kept, now_ns);
            if (before)
                transmit(send, before, now_ns);
            before = NULL;
        }
    }
}

static void send_frame(struct eye_send *send, int64_t now_ns)
{
    const struct eye_ivf *ivf = &send->plan.clip->ivf;
    const struct eye_ivf_picture *picture = &ivf->picture[send->frame];
    const struct eye_mark mark = {send->plan.sender, send->frame};
    bool is_key = eye_clip_is_key(send->plan.clip, send->frame);
    if (send->plan.look)
        eye_look_sent(send->plan.look, &mark, now_ns);
    if (send->plan.pips && send->frame % EYE_LIPS_EVERY == 0)
        eye_pip_add(send->plan.pips, send->next_ns);
    if (is_key)
        send->last_key_ns = now_ns;
    if (!eye_cut(&send->cutter, picture->bytes, picture->length, is_key, &send->pieces))
        send_pieces(send, now_ns);
    send->counters.frames++;
    send->frame = (send->frame + 1) % ivf->count;
}

void eye_send_tick(struct eye_send *send, int64_t now_ns)
{
    const unsigned times = send->plan.fault == EYE_FAULT_FAST ? FAST_TIMES : 1;
    const unsigned fps = send->plan.clip->plan.fps * times;
    while (send->sending && now_ns >= send->next_ns) {
        if (now_ns - send->next_ns > send->counters.worst_late_ns)
            send->counters.worst_late_ns = now_ns - send->next_ns;
        send_frame(send, now_ns);
        send->timestamp += CLOCK_HZ / fps;
        send->next_ns += CLOCK_NS_PER_S / fps;
    }
}

void eye_send_key(struct eye_send *send, int64_t now_ns)
{
    send->counters.key_requests++;
    if (now_ns - send->last_key_ns < KEYS_APART_MS * CLOCK_NS_PER_MS)
        return;
    send->counters.key_jumps++;
    send->frame = eye_clip_next_key(send->plan.clip, send->frame);
    send->last_key_ns = now_ns;
}

void eye_send_again(struct eye_send *send, const uint16_t *list, unsigned count, int64_t now_ns)
{
    for (unsigned i = 0; i < count && send->plan.answers_nacks; i++) {
        const struct kept *kept = &send->kept[list[i] % CACHE];
        if (!kept->length || (kept->bytes[2] << 8 | kept->bytes[3]) != list[i])
            continue;
        send->counters.resent++;
        transmit(send, kept, now_ns);
    }
}

uint32_t eye_send_timestamp(const struct eye_send *send, int64_t now_ns)
{
    int64_t ahead_ns = send->next_ns - now_ns;
    return send->timestamp - (uint32_t)(ahead_ns * CLOCK_HZ / CLOCK_NS_PER_S);
}

uint32_t eye_send_ssrc(const struct eye_send *send)
{
    return send->ssrc;
}

const struct eye_send_counters *eye_send_counters(const struct eye_send *send)
{
    return &send->counters;
}

void eye_send_reset(struct eye_send *send)
{
    send->counters = (struct eye_send_counters){0};
}
