/*
 * floor.c - bench-floor: the least that a process can do for N legs, to compare the server
 * with.
 *
 *   bench-floor --legs N [--seconds S] [--port-base P]
 *
 * One thread, one socket per leg. It wakes once every 20 ms by absolute deadlines; for each leg
 * it receives one datagram and sends one of 172 bytes back to where that came from. What is
 * sent is RTP (PCMU silence), so that bench-load counts it as it counts a server's.
 *
 * First line on stdout: "ports P P P ...", one for each leg. Last line: one JSON object. It
 * measures its CPU from when every leg has been heard until S seconds later, or until SIGTERM.
 */
#include "mixer/base/clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    MAX_LEGS = 10000,
    DATAGRAM_BYTES = 172, /* RTP header and 20 ms of G.711 */
    RTP_HEADER_BYTES = 12,
    TICK_MS = 20,
};

struct floor_leg {
    int fd;
    bool heard;
    struct sockaddr_in peer;
    uint64_t received, sent;
    uint8_t packet[DATAGRAM_BYTES];
};

struct floor_options {
    unsigned legs, seconds, port_base;
};

static volatile sig_atomic_t ended;

static void on_signal(int number)
{
    (void)number;
    ended = 1;
}

static int fail(const char *option, const char *value, const char *allowed)
{
    fprintf(stderr, "bench-floor: --%s %s: %s\n", option, value, allowed);
    return -EINVAL;
}

static bool read_number(const char *text, unsigned least, unsigned most, unsigned *number)
{
    char *end;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (errno || end == text || *end || value < least || value > most)
        return false;
    *number = (unsigned)value;
    return true;
}

static int options_read(int argc, char **argv, struct floor_options *options)
{
    static const struct option known[] = {{"legs", required_argument, NULL, 'l'},
                                          {"seconds", required_argument, NULL, 's'},
                                          {"port-base", required_argument, NULL, 'p'},
                                          {NULL, 0, NULL, 0}};
    *options = (struct floor_options){.seconds = 10};
    for (int letter; (letter = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        if (letter == 'l' && !read_number(optarg, 1, MAX_LEGS, &options->legs))
            return fail("legs", optarg, "1 to 10000");
        if (letter == 's' && !read_number(optarg, 1, 3600, &options->seconds))
            return fail("seconds", optarg, "1 to 3600");
        if (letter == 'p' && !read_number(optarg, 1024, 65535, &options->port_base))
            return fail("port-base", optarg,
                        "1024 to 65535; leave it out for ports of the kernel");
        if (letter == '?')
            return -EINVAL;
    }
    if (!options->legs)
        return fail("legs", "", "is needed, 1 to 10000");
    return 0;
}

static int leg_open(struct floor_leg *leg, unsigned index, uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    socklen_t length = sizeof(address);
    leg->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (leg->fd < 0 || bind(leg->fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
        getsockname(leg->fd, (struct sockaddr *)&address, &length) < 0)
        return -errno;
    memset(leg->packet, 0xff, sizeof(leg->packet)); /* PCMU silence */
    memset(leg->packet, 0, RTP_HEADER_BYTES);
    leg->packet[0] = 0x80;
    uint32_t ssrc = htonl(index + 1);
    memcpy(leg->packet + 8, &ssrc, sizeof(ssrc));
    printf(" %u", ntohs(address.sin_port));
    return 0;
}

static void leg_receive(struct floor_leg *leg)
{
    uint8_t data[2048];
    socklen_t length = sizeof(leg->peer);
    if (recvfrom(leg->fd, data, sizeof(data), 0, (struct sockaddr *)&leg->peer, &length) < 0)
        return;
    leg->heard = true;
    leg->received++;
}

static void leg_send(struct floor_leg *leg)
{
    uint16_t sequence = htons((uint16_t)leg->sent);
    uint32_t timestamp = htonl((uint32_t)leg->sent * (DATAGRAM_BYTES - RTP_HEADER_BYTES));
    memcpy(leg->packet + 2, &sequence, sizeof(sequence));
    memcpy(leg->packet + 4, &timestamp, sizeof(timestamp));
    if (sendto(leg->fd, leg->packet, sizeof(leg->packet), 0, (struct sockaddr *)&leg->peer,
               sizeof(leg->peer)) == DATAGRAM_BYTES)
        leg->sent++;
}

/* One tick. Returns how many legs have been heard ever. */
static unsigned serve(struct floor_leg *leg, unsigned legs)
{
    unsigned heard = 0;
    for (unsigned i = 0; i < legs; i++) {
        leg_receive(&leg[i]);
        if (!leg[i].heard)
            continue;
        leg_send(&leg[i]);
        heard++;
    }
    return heard;
}

static int64_t sleep_until_next(int64_t deadline_ns)
{
    struct timespec until = {.tv_sec = deadline_ns / CLOCK_NS_PER_S,
                             .tv_nsec = deadline_ns % CLOCK_NS_PER_S};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR && !ended)
        ;
    return deadline_ns + TICK_MS * CLOCK_NS_PER_MS;
}

static uint64_t cpu_us(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000U +
           (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static void report(const struct floor_leg *leg, const struct floor_options *options,
                   double seconds, uint64_t used_us)
{
    uint64_t received = 0, sent = 0;
    for (unsigned i = 0; i < options->legs; i++) {
        received += leg[i].received;
        sent += leg[i].sent;
    }
    printf("{\"legs\": %u, \"seconds\": %.2f, \"cpu_us_per_leg_second\": %.1f, "
           "\"received\": %llu, \"sent\": %llu}\n",
           options->legs, seconds, seconds > 0 ? (double)used_us / options->legs / seconds : 0,
           (unsigned long long)received, (unsigned long long)sent);
}

static void run(struct floor_leg *leg, const struct floor_options *options)
{
    const uint64_t most_ticks = (uint64_t)options->seconds * 1000 / TICK_MS;
    uint64_t ticks = 0, cpu_before_us = 0;
    int64_t next_ns = clock_monotonic_ns();
    while (!ended && ticks < most_ticks) {
        next_ns = sleep_until_next(next_ns);
        bool all_heard = serve(leg, options->legs) == options->legs;
        if (!all_heard)
            continue;
        if (ticks++ == 0)
            cpu_before_us = cpu_us();
    }
    report(leg, options, (double)ticks * TICK_MS / 1000, ticks ? cpu_us() - cpu_before_us : 0);
}

int main(int argc, char **argv)
{
    struct floor_options options;
    if (options_read(argc, argv, &options))
        return 2;
    signal(SIGTERM, on_signal);
    signal(SIGINT, on_signal);
    struct floor_leg *leg = calloc(options.legs, sizeof(*leg));
    if (!leg)
        return 1;
    printf("ports");
    for (unsigned i = 0; i < options.legs; i++) {
        unsigned port = options.port_base ? options.port_base + i : 0;
        int error = port > 65535 ? -EINVAL : leg_open(&leg[i], i, (uint16_t)port);
        if (error) {
            fprintf(stderr, "bench-floor: port of leg %u: %s\n", i, strerror(-error));
            free(leg);
            return 1;
        }
    }
    printf("\n");
    fflush(stdout);
    run(leg, &options);
    for (unsigned i = 0; i < options.legs; i++)
        close(leg[i].fd);
    free(leg);
    return 0;
}
