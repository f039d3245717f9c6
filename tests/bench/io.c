/*
 * io.c - bench-io: what the ways to receive and send one datagram per leg and tick cost.
 *
 *   bench-io --legs N [--seconds S] [--port-base P] >FILE &
 *   bench-load --floor FILE --legs N --seconds S
 *
 * One process takes all ways in turn, half a second each (A B C A B C ...), under one load: so
 * what the machine does beside it falls on all alike. Ticks, sockets and datagrams are as in
 * floor.c, whose way is the first.
 *
 * First line on stdout: "ports P P P ...", one for each leg; then, S seconds after the first
 * datagram, one line per way: CPU of the process in us per leg and second, minimum / median /
 * maximum of its turns.
 */
#include "mixer/base/clock.h"
#include "server/rtp/rtp_io.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

enum {
    MAX_LEGS = 2000,
    HEADER_BYTES = 12,
    PAYLOAD_BYTES = 160,
    TICK_MS = 20,
    TURN_TICKS = 25,
    SETTLE_TICKS = 3, /* of a turn, not counted */
    MAX_TURNS = 1000,
};

struct io_leg {
    struct rtp_socket *socket;
    struct sockaddr_storage peer;
    uint64_t heard, sent;
    uint8_t header[HEADER_BYTES];
};

struct bench {
    unsigned legs, seconds, port_base;
    struct rtp_ports *ports;
    struct rtp_io *io;
    struct io_leg *leg;
    uint8_t payload[PAYLOAD_BYTES];
    int64_t due_ns;
};

struct way {
    const char *name;
    void (*begin)(struct bench *);
    void (*tick)(struct bench *);
    unsigned turns;
    double cost[MAX_TURNS];
};

/* ---- the ways ---- */

static void next_header(struct io_leg *leg)
{
    uint16_t sequence = htons((uint16_t)leg->sent);
    uint32_t timestamp = htonl((uint32_t)leg->sent * PAYLOAD_BYTES);
    memcpy(leg->header + 2, &sequence, sizeof(sequence));
    memcpy(leg->header + 4, &timestamp, sizeof(timestamp));
    leg->sent++;
}

static void floor_leg(struct bench *bench, struct io_leg *leg)
{
    uint8_t data[RTP_IO_DATAGRAM_BYTES];
    socklen_t length = sizeof(leg->peer);
    int fd = rtp_socket_rtp_fd(leg->socket);
    if (recvfrom(fd, data, sizeof(data), 0, (struct sockaddr *)&leg->peer, &length) > 0)
        leg->heard++;
    next_header(leg);
    memcpy(data, leg->header, HEADER_BYTES);
    memcpy(data + HEADER_BYTES, bench->payload, PAYLOAD_BYTES);
    sendto(fd, data, HEADER_BYTES + PAYLOAD_BYTES, 0, (struct sockaddr *)&leg->peer,
           sizeof(struct sockaddr_in));
}

static void floor_tick(struct bench *bench)
{
    for (unsigned i = 0; i < bench->legs; i++)
        floor_leg(bench, &bench->leg[i]);
}

static void on_datagram(void *arg, void *context, bool rtcp,
                        const struct rtp_datagram *datagram)
{
    (void)arg;
    (void)rtcp;
    struct io_leg *leg = context;
    leg->heard++;
    memcpy(&leg->peer, datagram->from, sizeof(struct sockaddr_in));
}

static void io_tick(struct bench *bench)
{
    rtp_io_receive(bench->io, on_datagram, NULL);
    for (unsigned i = 0; i < bench->legs; i++) {
        struct io_leg *leg = &bench->leg[i];
        next_header(leg);
        rtp_io_send(bench->io, leg->socket,
                    &(struct rtp_message){.to = (struct sockaddr *)&leg->peer,
                                          .header = leg->header,
                                          .header_bytes = HEADER_BYTES,
                                          .payload = bench->payload,
                                          .payload_bytes = PAYLOAD_BYTES});
    }
}

static void stay_open(struct bench *bench)
{
    for (unsigned i = 0; i < bench->legs; i++)
        rtp_socket_connect(bench->leg[i].socket, NULL);
}

static void connect_all(struct bench *bench)
{
    for (unsigned i = 0; i < bench->legs; i++) {
        const struct sockaddr *peer = (struct sockaddr *)&bench->leg[i].peer;
        int error = rtp_socket_connect(bench->leg[i].socket, peer);
        if (error)
            fprintf(stderr, "bench-io: leg %u stays open: %s\n", i, strerror(-error));
    }
}

static struct way ways[] = {
    {.name = "floor: recvfrom, sendto", .begin = stay_open, .tick = floor_tick},
    {.name = "rtp_io", .begin = stay_open, .tick = io_tick},
    {.name = "rtp_io, connected", .begin = connect_all, .tick = io_tick},
};
enum { WAYS = sizeof(ways) / sizeof(ways[0]) };

/* ---- turns ---- */

static void wait_for_tick(struct bench *bench)
{
    struct timespec due = {.tv_sec = bench->due_ns / CLOCK_NS_PER_S,
                           .tv_nsec = bench->due_ns % CLOCK_NS_PER_S};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL) == EINTR)
        ;
    bench->due_ns += TICK_MS * CLOCK_NS_PER_MS;
}

static int64_t cpu_ns(void)
{
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return used.tv_sec * CLOCK_NS_PER_S + used.tv_nsec;
}

static void take_turn(struct bench *bench, struct way *way)
{
    int64_t before_ns = 0;
    way->begin(bench);
    bench->due_ns = clock_monotonic_ns() + CLOCK_NS_PER_MS;
    for (unsigned i = 0; i < SETTLE_TICKS + TURN_TICKS; i++) {
        wait_for_tick(bench);
        if (i == SETTLE_TICKS)
            before_ns = cpu_ns();
        way->tick(bench);
    }
    double leg_seconds = bench->legs * TURN_TICKS * TICK_MS / 1000.0;
    if (way->turns < MAX_TURNS)
        way->cost[way->turns++] = (double)(cpu_ns() - before_ns) / 1000 / leg_seconds;
}

static bool all_are_heard(const struct bench *bench)
{
    for (unsigned i = 0; i < bench->legs; i++) {
        if (!bench->leg[i].heard)
            return false;
    }
    return true;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void run(struct bench *bench)
{
    bench->due_ns = clock_monotonic_ns();
    do {
        wait_for_tick(bench);
        rtp_io_receive(bench->io, on_datagram, NULL);
    } while (!all_are_heard(bench));
    int64_t end_ns = clock_monotonic_ns() + bench->seconds * CLOCK_NS_PER_S;
    for (unsigned i = 0; clock_monotonic_ns() < end_ns; i++)
        take_turn(bench, &ways[i % WAYS]);
    for (unsigned i = 0; i < WAYS; i++) {
        qsort(ways[i].cost, ways[i].turns, sizeof(ways[i].cost[0]), compare);
        printf("%-32s %3u turns  %.1f / %.1f / %.1f us per leg and second\n", ways[i].name,
               ways[i].turns, ways[i].cost[0], ways[i].cost[ways[i].turns / 2],
               ways[i].cost[ways[i].turns - 1]);
    }
}

/* ---- set up ---- */

static bool read_options(int argc, char **argv, struct bench *bench)
{
    static const struct option known[] = {{"legs", required_argument, NULL, 'l'},
                                          {"seconds", required_argument, NULL, 's'},
                                          {"port-base", required_argument, NULL, 'p'},
                                          {NULL, 0, NULL, 0}};
    unsigned *const values[] = {&bench->legs, &bench->seconds, &bench->port_base};
    for (int letter, index; (letter = getopt_long(argc, argv, "", known, &index)) != -1;) {
        if (letter == '?')
            return false;
        *values[index] = (unsigned)strtoul(optarg, NULL, 10);
    }
    return bench->legs && bench->legs <= MAX_LEGS && bench->seconds &&
           bench->port_base + 2 * bench->legs <= 65536;
}

static bool open_leg(struct bench *bench, unsigned i)
{
    struct io_leg *leg = &bench->leg[i];
    uint32_t ssrc = htonl(i + 1);
    leg->header[0] = 0x80;
    memcpy(leg->header + 8, &ssrc, sizeof(ssrc));
    if (rtp_socket_open(bench->ports, AF_INET, &leg->socket) < 0)
        return false;
    printf(" %u", rtp_socket_port(leg->socket));
    rtp_io_add(bench->io, leg->socket, leg);
    return true;
}

static bool set_up(struct bench *bench)
{
    struct rtp_ports_config config = {
        .address = "0.0.0.0", .first = (uint16_t)bench->port_base, .last = UINT16_MAX};
    if (rtp_ports_create(&config, &bench->ports) < 0)
        return false;
    bench->io = rtp_io_create(RTP_IO_PUNCTUAL);
    bench->leg = calloc(bench->legs, sizeof(*bench->leg));
    if (!bench->io || !bench->leg)
        return false;
    memset(bench->payload, 0xff, sizeof(bench->payload)); /* PCMU silence */
    printf("ports");
    for (unsigned i = 0; i < bench->legs; i++) {
        if (!open_leg(bench, i))
            return false;
    }
    printf("\n");
    fflush(stdout);
    return true;
}

int main(int argc, char **argv)
{
    struct bench bench = {.seconds = 10, .port_base = 10000};
    if (!read_options(argc, argv, &bench)) {
        fprintf(stderr, "bench-io: --legs 1 to 2000, --seconds, --port-base\n");
        return 2;
    }
    if (!set_up(&bench)) {
        perror("bench-io");
        return 1; /* the kernel takes back what there is */
    }
    prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    run(&bench);
    for (unsigned i = 0; i < bench.legs; i++) {
        rtp_io_remove(bench.io, bench.leg[i].socket);
        rtp_socket_close(bench.leg[i].socket);
    }
    free(bench.leg);
    rtp_io_destroy(bench.io);
    rtp_ports_destroy(bench.ports);
    return 0;
}
