/* load_leg.c - shared sockets, recvmmsg and sendmmsg, arrival times from the kernel. */
#include "tests/bench/load_leg.h"

#include "mixer/base/random.h"
#include "server/rtp/rtp_guard.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    LEGS_PER_SOCKET = 8,
    RTP_HEADER_BYTES = 12,
    HEAD_BYTES = 64, /* of a packet are read; the payload is not looked at */
    BATCH = 32,
    PORTS = 65536,
    SOCKET_BUFFER_BYTES = 1 << 20,
    CRYPTO_BYTES = 160,
    PACKET_BYTES = 2048,
};

struct load_leg {
    bool sending, talks;
    struct sockaddr_in target;
    uint8_t payload_type;
    unsigned voice, frame; /* frame: the next one to send */
    uint16_t sequence;
    uint32_t timestamp, ssrc;
    struct rtp_guard *guard; /* owned; NULL: plain */
    struct load_stats heard;
};

struct load_legs {
    struct load_legs_plan plan;
    struct load_legs_counters counters;
    struct load_leg *leg; /* [plan.legs]                             */
    int *fd;              /* [sockets]; leg i has fd[i % sockets]    */
    uint16_t *port;       /* [sockets]                               */
    unsigned sockets;
    int rtcp_fd;
    uint16_t rtcp_port;
    char crypto[CRYPTO_BYTES];
    uint32_t by_port[PORTS]; /* the far end's port: leg + 1; 0: nobody  */
};

struct receive_batch {
    struct mmsghdr message[BATCH];
    struct iovec part[BATCH];
    struct sockaddr_in from[BATCH];
    uint8_t head[BATCH][HEAD_BYTES];
    union {
        struct cmsghdr alignment;
        char bytes[CMSG_SPACE(sizeof(struct timespec))];
    } control[BATCH];
};

static int socket_open(int *fd, uint16_t *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof(address);
    const int on = 1, bytes = SOCKET_BUFFER_BYTES;
    *fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (*fd < 0 || setsockopt(*fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) < 0 ||
        setsockopt(*fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes)) < 0 ||
        bind(*fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
        getsockname(*fd, (struct sockaddr *)&address, &length) < 0)
        return -errno;
    *port = ntohs(address.sin_port);
    return 0;
}

static unsigned sockets_for(const struct load_legs_plan *plan)
{
    unsigned sockets = (plan->legs + LEGS_PER_SOCKET - 1) / LEGS_PER_SOCKET;
    return sockets < plan->phases ? plan->phases : sockets;
}

static int sockets_open(struct load_legs *legs)
{
    int error = socket_open(&legs->rtcp_fd, &legs->rtcp_port);
    for (unsigned i = 0; i < legs->sockets && !error; i++)
        error = socket_open(&legs->fd[i], &legs->port[i]);
    return error;
}

static void write_crypto(enum rtp_suite suite, char out[CRYPTO_BYTES])
{
    const struct rtp_suite_row *row = rtp_suite_row(suite);
    const int bytes = row->key_bytes + row->salt_bytes, digits = (bytes * 8 + 5) / 6;
    char zeros[CRYPTO_BYTES];
    memset(zeros, 'A', sizeof(zeros));
    if (suite)
        snprintf(out, CRYPTO_BYTES, "a=crypto:1 %s inline:%.*s%.*s\r\n", row->name, digits,
                 zeros, (3 - bytes % 3) % 3, "==");
}

/* A new one for each call: its sequence numbers begin anew. */
static void leg_guard(struct load_leg *leg, enum rtp_suite suite)
{
    const struct rtp_keys zeros = {.suite = suite};
    rtp_guard_destroy(leg->guard);
    leg->guard = NULL;
    if (suite && rtp_guard_create(&zeros, &leg->guard) < 0)
        abort();
}

static void leg_prepare(struct load_leg *leg, unsigned index, const struct load_legs_plan *plan)
{
    leg->talks = index < plan->talkers;
    leg->voice = index;
    leg->frame = random_u32() % LOAD_VOICE_FRAMES;
}

int load_legs_create(const struct load_legs_plan *plan, struct load_legs **legs)
{
    struct load_legs *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->plan = *plan;
    write_crypto(plan->suite, made->crypto);
    made->sockets = sockets_for(plan);
    made->rtcp_fd = -1;
    made->leg = calloc(plan->legs, sizeof(*made->leg));
    made->fd = malloc(made->sockets * sizeof(*made->fd));
    made->port = calloc(made->sockets, sizeof(*made->port));
    int error = made->leg && made->fd && made->port ? 0 : -ENOMEM;
    for (unsigned i = 0; i < made->sockets && made->fd; i++)
        made->fd[i] = -1;
    for (unsigned i = 0; i < plan->legs && made->leg; i++)
        leg_prepare(&made->leg[i], i, plan);
    if (!error)
        error = sockets_open(made);
    if (error)
        load_legs_destroy(made);
    else
        *legs = made;
    return error;
}

void load_legs_destroy(struct load_legs *legs)
{
    if (!legs)
        return;
    for (unsigned i = 0; i < legs->sockets && legs->fd; i++)
        if (legs->fd[i] >= 0)
            close(legs->fd[i]);
    if (legs->rtcp_fd >= 0)
        close(legs->rtcp_fd);
    for (unsigned i = 0; i < legs->plan.legs && legs->leg; i++)
        rtp_guard_destroy(legs->leg[i].guard);
    free(legs->port);
    free(legs->fd);
    free(legs->leg);
    free(legs);
}

uint16_t load_leg_port(const struct load_legs *legs, unsigned index)
{
    return legs->port[index % legs->sockets];
}

uint16_t load_legs_rtcp_port(const struct load_legs *legs)
{
    return legs->rtcp_port;
}

const char *load_legs_crypto(const struct load_legs *legs)
{
    return legs->crypto;
}

void load_leg_start(struct load_legs *legs, unsigned index, const struct sockaddr_in *target,
                    uint8_t payload_type)
{
    struct load_leg *leg = &legs->leg[index];
    leg->sending = true;
    leg->target = *target;
    leg->payload_type = payload_type;
    leg->ssrc = random_u32();
    leg->sequence = random_u32() % RTP_GUARD_FIRST_SEQUENCES;
    leg_guard(leg, legs->plan.suite);
    leg->timestamp = random_u32();
    load_stats_restart(&leg->heard);
    legs->by_port[ntohs(target->sin_port)] = index + 1;
}

void load_leg_stop(struct load_legs *legs, unsigned index)
{
    struct load_leg *leg = &legs->leg[index];
    uint32_t *owner = &legs->by_port[ntohs(leg->target.sin_port)];
    leg->sending = false;
    if (*owner == index + 1)
        *owner = 0;
}

static void count_packet(struct load_legs *legs, const uint8_t *head, size_t length,
                         uint16_t from_port, int64_t at_ns)
{
    if (length < RTP_HEADER_BYTES || head[0] >> 6 != 2) {
        legs->counters.malformed++;
        return;
    }
    if (head[1] >= 192 && head[1] <= 223) {
        legs->counters.rtcp++;
        return;
    }
    if (!legs->by_port[from_port]) {
        legs->counters.strays++;
        return;
    }
    struct load_leg *leg = &legs->leg[legs->by_port[from_port] - 1];
    if ((head[1] & 0x7f) != leg->payload_type)
        legs->counters.wrong_types++;
    struct load_arrival arrival = {.at_ns = at_ns, .marker = head[1] & 0x80};
    memcpy(&arrival.sequence, head + 2, sizeof(arrival.sequence));
    memcpy(&arrival.timestamp, head + 4, sizeof(arrival.timestamp));
    memcpy(&arrival.ssrc, head + 8, sizeof(arrival.ssrc));
    arrival.sequence = ntohs(arrival.sequence);
    arrival.timestamp = ntohl(arrival.timestamp);
    load_stats_add(&leg->heard, &arrival, legs->plan.codec->clock_hz);
}

static int64_t arrival_ns(struct msghdr *header)
{
    struct cmsghdr *control = CMSG_FIRSTHDR(header);
    struct timespec time;
    if (control && control->cmsg_type == SCM_TIMESTAMPNS)
        memcpy(&time, CMSG_DATA(control), sizeof(time));
    else
        clock_gettime(CLOCK_REALTIME, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void batch_prepare(struct receive_batch *batch)
{
    for (unsigned i = 0; i < BATCH; i++) {
        batch->part[i] = (struct iovec){.iov_base = batch->head[i], .iov_len = HEAD_BYTES};
        batch->message[i].msg_hdr =
            (struct msghdr){.msg_name = &batch->from[i],
                            .msg_namelen = sizeof(batch->from[i]),
                            .msg_iov = &batch->part[i],
                            .msg_iovlen = 1,
                            .msg_control = &batch->control[i],
                            .msg_controllen = sizeof(batch->control[i])};
    }
}

static void receive_all(struct load_legs *legs, int fd)
{
    struct receive_batch batch;
    int count;
    do {
        batch_prepare(&batch);
        count = recvmmsg(fd, batch.message, BATCH, 0, NULL);
        for (int i = 0; i < count; i++)
            count_packet(legs, batch.head[i], batch.message[i].msg_len,
                         ntohs(batch.from[i].sin_port), arrival_ns(&batch.message[i].msg_hdr));
    } while (count == BATCH);
}

static void write_header(struct load_leg *leg, unsigned step, uint8_t *header)
{
    uint16_t sequence = htons(leg->sequence++);
    uint32_t timestamp = htonl(leg->timestamp), ssrc = htonl(leg->ssrc);
    leg->timestamp += step;
    header[0] = 0x80;
    header[1] = leg->payload_type;
    memcpy(header + 2, &sequence, sizeof(sequence));
    memcpy(header + 4, &timestamp, sizeof(timestamp));
    memcpy(header + 8, &ssrc, sizeof(ssrc));
}

struct send_batch {
    unsigned count;
    struct mmsghdr message[BATCH];
    struct iovec part[BATCH][2];
    uint8_t header[BATCH][RTP_HEADER_BYTES];
    uint8_t sealed[BATCH][PACKET_BYTES];
};

/* Encrypted, a packet is one part: header and payload, which all share, copied behind it. */
static void batch_seal(struct send_batch *batch, unsigned i, struct load_leg *leg,
                       const struct load_frame *frame)
{
    uint8_t *packet = batch->sealed[i];
    memcpy(packet, batch->header[i], RTP_HEADER_BYTES);
    memcpy(packet + RTP_HEADER_BYTES, frame->bytes, frame->length);
    const size_t length =
        rtp_guard_protect(leg->guard, packet, RTP_HEADER_BYTES + frame->length, PACKET_BYTES);
    batch->part[i][0] = (struct iovec){packet, length};
    batch->part[i][1] = (struct iovec){NULL, 0};
}

static void batch_add(struct send_batch *batch, struct load_legs *legs, struct load_leg *leg)
{
    unsigned i = batch->count++;
    const struct load_frame *frame =
        leg->talks ? load_speech_frame(legs->plan.speech, leg->voice, leg->frame)
                   : load_speech_quiet(legs->plan.speech, leg->frame);
    leg->frame++;
    write_header(leg, legs->plan.codec->clock_hz / 50, batch->header[i]);
    batch->part[i][0] = (struct iovec){batch->header[i], RTP_HEADER_BYTES};
    batch->part[i][1] = (struct iovec){(void *)(uintptr_t)frame->bytes, frame->length};
    if (leg->guard)
        batch_seal(batch, i, leg, frame);
    batch->message[i].msg_hdr = (struct msghdr){.msg_name = &leg->target,
                                                .msg_namelen = sizeof(leg->target),
                                                .msg_iov = batch->part[i],
                                                .msg_iovlen = 2};
}

static void batch_send(struct send_batch *batch, struct load_legs *legs, int fd)
{
    unsigned done = 0;
    while (done < batch->count) {
        int sent = sendmmsg(fd, batch->message + done, batch->count - done, 0);
        if (sent > 0) {
            legs->counters.sent += (unsigned)sent;
            done += (unsigned)sent;
        } else { /* the first of the rest failed: an ICMP error, a full buffer */
            legs->counters.send_errors++;
            done++;
        }
    }
    batch->count = 0;
}

static void send_all(struct load_legs *legs, unsigned which)
{
    struct send_batch batch;
    batch.count = 0;
    for (unsigned i = which; i < legs->plan.legs; i += legs->sockets) {
        if (legs->leg[i].sending)
            batch_add(&batch, legs, &legs->leg[i]);
        if (batch.count == BATCH)
            batch_send(&batch, legs, legs->fd[which]);
    }
    batch_send(&batch, legs, legs->fd[which]);
}

void load_legs_tick(struct load_legs *legs, unsigned phase)
{
    for (unsigned i = phase; i < legs->sockets; i += legs->plan.phases) {
        receive_all(legs, legs->fd[i]);
        send_all(legs, i);
    }
    if (phase == 0)
        receive_all(legs, legs->rtcp_fd);
}

void load_legs_reset(struct load_legs *legs)
{
    memset(&legs->counters, 0, sizeof(legs->counters));
    for (unsigned i = 0; i < legs->plan.legs; i++)
        load_stats_reset(&legs->leg[i].heard);
}

void load_legs_read(const struct load_legs *legs, struct load_legs_counters *counters,
                    struct load_stats_sum *heard)
{
    *counters = legs->counters;
    load_stats_sum(&legs->leg[0].heard, sizeof(legs->leg[0]), legs->plan.legs,
                   legs->plan.codec->clock_hz, heard);
}
