/*
 * web.c - bench-web: callers as browsers are: an offer by HTTP, checks, DTLS, and SRTP on the
 * one port that they share, for as long as is measured.
 *
 *   bench-web --api HOST:PORT --legs 200 --talkers 5 --seconds 20 --watch PID
 *
 * Each has a socket of its own and sends PCMU, sound only. They come one after the other; when
 * all hear something, what the server (--watch) costs is measured for --seconds. Last line: one
 * JSON object, its keys those of bench-load.
 *
 * DTLS, ICE's messages and SRTP are the server's own code, as the SRTP of bench-load is: here
 * it has to be cheap, not right; that it is right, others test. No RTCP, IPv4.
 */
#include "mixer/base/clock.h"
#include "mixer/base/random.h"
#include "server/rtp/bytes.h"
#include "server/rtp/dtls.h"
#include "server/rtp/ice.h"
#include "server/rtp/rtp_guard.h"
#include "server/rtp/rtp_packet.h"
#include "tests/bench/load_proc.h"
#include "tests/bench/load_speech.h"
#include "tests/bench/load_stats.h"
#include "tests/bench/load_words.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    MOST_LEGS = 1000,
    TEXT_BYTES = 16384,
    DATAGRAM_BYTES = 2048,
    FRAME_MS = 20,
    FRAME_SAMPLES = 160,
    CLOCK_HZ = 8000,
    CHECK_MS = 4000, /* consent: RFC 7675 says 5 s */
    AGAIN_MS = 100,
    GIVE_UP_MS = 10000,
};

struct options {
    struct sockaddr_in api;
    unsigned legs, talkers, seconds, watch;
};

struct leg {
    int fd;
    struct ice_credentials local, remote;
    struct dtls_fingerprint theirs;
    struct sockaddr_in server;
    struct dtls *dtls;
    struct rtp_guard *in, *out;
    struct load_stats stats;
    int64_t checked_ns;
    uint32_t ssrc, timestamp;
    uint16_t sequence;
};

struct web {
    struct options options;
    struct dtls_certificate *certificate;
    char fingerprint[DTLS_FINGERPRINT_TEXT_BYTES];
    struct load_speech *speech;
    struct leg *leg; /* [options.legs] */
    unsigned frame;
    uint64_t sent, unopened;
    double late_ms;
};

static int complain(const char *what)
{
    fprintf(stderr, "bench-web: %s\n", what);
    return -EPROTO;
}

/* ---- HTTP ---- */

/* The answer's body, NUL behind it. @return 0 or -errno. */
static int post(const struct web *web, const char *path, const char *body, char *out)
{
    char head[512];
    size_t used = 0;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 ||
        connect(fd, (const struct sockaddr *)&web->options.api, sizeof(web->options.api)) < 0) {
        close(fd);
        return -errno;
    }
    const int length =
        snprintf(head, sizeof(head),
                 "POST %s HTTP/1.1\r\nHost: bench\r\nContent-Type: application/sdp\r\n"
                 "Connection: close\r\nContent-Length: %zu\r\n\r\n",
                 path, strlen(body));
    if (send(fd, head, (size_t)length, 0) < 0 || send(fd, body, strlen(body), 0) < 0) {
        close(fd);
        return -errno;
    }
    for (ssize_t part;
         used + 1 < TEXT_BYTES && (part = recv(fd, out + used, TEXT_BYTES - used - 1, 0)) > 0;)
        used += (size_t)part;
    out[used] = '\0';
    close(fd);
    return strncmp(out, "HTTP/1.1 201", 12) == 0 ? 0 : complain(out);
}

static bool find_line(const char *text, const char *name, char *out, size_t room)
{
    const char *at = strstr(text, name);
    if (!at)
        return false;
    at += strlen(name);
    const size_t length = strcspn(at, "\r\n");
    snprintf(out, room, "%.*s", (int)length, at);
    return length < room;
}

/* The first candidate of UDP and IPv4. */
static bool find_candidate(const char *text, struct sockaddr_in *server)
{
    char line[256], host[64];
    unsigned port;
    for (const char *at = text; (at = strstr(at, "a=candidate:")); at++) {
        *server = (struct sockaddr_in){.sin_family = AF_INET};
        if (!find_line(at, "a=candidate:", line, sizeof(line)) ||
            sscanf(line, "%*s %*u udp %*u %63s %u", host, &port) != 2 ||
            inet_pton(AF_INET, host, &server->sin_addr) != 1)
            continue;
        server->sin_port = htons((uint16_t)port);
        return true;
    }
    return false;
}

static int join(struct web *web, struct leg *leg)
{
    char offer[TEXT_BYTES], path[64], line[256];
    static char answer[TEXT_BYTES];
    ice_credentials_make(&leg->remote); /* of theirs: ours are theirs to the server */
    snprintf(
        offer, sizeof(offer),
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n"
        "m=audio 9 UDP/TLS/RTP/SAVPF 0 101\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=rtcp-mux\r\n"
        "a=rtpmap:101 telephone-event/8000\r\n"
        "a=ice-ufrag:%s\r\na=ice-pwd:%s\r\na=fingerprint:%s\r\na=setup:active\r\n"
        "a=sendrecv\r\n",
        leg->remote.ufrag, leg->remote.password, web->fingerprint);
    snprintf(path, sizeof(path), "/api/v1/rooms/bench/calls");
    int error = post(web, path, offer, answer);
    if (error)
        return error;
    if (!find_line(answer, "a=ice-ufrag:", leg->local.ufrag, sizeof(leg->local.ufrag)) ||
        !find_line(answer, "a=ice-pwd:", leg->local.password, sizeof(leg->local.password)) ||
        !find_line(answer, "a=fingerprint:", line, sizeof(line)) ||
        dtls_fingerprint_read(line, strlen(line), &leg->theirs) ||
        !find_candidate(answer, &leg->server))
        return complain("the answer lacks a way");
    leg->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return leg->fd < 0 || connect(leg->fd, (const struct sockaddr *)&leg->server,
                                  sizeof(leg->server)) < 0
               ? -errno
               : 0;
}

/* ---- checks, DTLS ---- */

static void send_check(struct leg *leg)
{
    char username[2 * ICE_UFRAG_BYTES];
    uint8_t data[ICE_STUN_MAX_BYTES];
    struct ice_stun_request request = {.username = username,
                                       .role = ICE_STUN_CONTROLLING,
                                       .tie_breaker = 1,
                                       .use_candidate = true};
    random_bytes(request.transaction, sizeof(request.transaction));
    snprintf(username, sizeof(username), "%s:%s", leg->local.ufrag, leg->remote.ufrag);
    const size_t length =
        ice_stun_write_request(data, sizeof(data), &request, leg->local.password);
    (void)!send(leg->fd, data, length, 0);
    leg->checked_ns = clock_monotonic_ns();
}

static void on_dtls_send(void *context, const uint8_t *data, size_t length)
{
    const struct leg *leg = context;
    (void)!send(leg->fd, data, length, 0);
}

static int take_keys(struct leg *leg)
{
    struct dtls_keys keys;
    if (!dtls_take_keys(leg->dtls, &keys))
        return 0;
    int error = rtp_guard_create(&keys.receive, &leg->in);
    if (!error)
        error = rtp_guard_create(&keys.send, &leg->out);
    dtls_keys_wipe(&keys);
    return error;
}

static int take_datagram(struct web *web, struct leg *leg, const uint8_t *data, size_t length)
{
    uint8_t clear[DATAGRAM_BYTES];
    size_t bytes;
    struct rtp_packet packet;
    if (data[0] >= 20 && data[0] <= 63) {
        const enum dtls_state state = dtls_take(leg->dtls, data, length, clock_monotonic_ns());
        return state == DTLS_FAILED ? complain(dtls_reason(leg->dtls)) : take_keys(leg);
    }
    if (!leg->in || data[0] < 128 || rtp_packet_is_rtcp(data, length))
        return 0;
    if (rtp_guard_open(leg->in, data, length, clear, &bytes) ||
        rtp_packet_read(clear, bytes, &packet)) {
        web->unopened++;
        return 0;
    }
    const struct load_arrival arrival = {.at_ns = clock_monotonic_ns(),
                                         .timestamp = packet.timestamp,
                                         .ssrc = packet.ssrc,
                                         .sequence = packet.sequence,
                                         .marker = packet.marker};
    load_stats_add(&leg->stats, &arrival, CLOCK_HZ);
    return 0;
}

static int take_all(struct web *web, struct leg *leg)
{
    uint8_t data[DATAGRAM_BYTES];
    int error = 0;
    for (ssize_t length; !error && (length = recv(leg->fd, data, sizeof(data), 0)) > 1;)
        error = take_datagram(web, leg, data, (size_t)length);
    return error;
}

/* Until there are keys. */
static int shake(struct web *web, struct leg *leg)
{
    const struct dtls_config config = {.certificate = web->certificate,
                                       .role = DTLS_CLIENT,
                                       .fingerprints = &leg->theirs,
                                       .fingerprint_count = 1,
                                       .send = on_dtls_send,
                                       .context = leg};
    const int64_t late_ns = clock_monotonic_ns() + GIVE_UP_MS * CLOCK_NS_PER_MS;
    struct pollfd ready = {.fd = leg->fd, .events = POLLIN};
    int error = dtls_create(&config, &leg->dtls);
    send_check(leg);
    poll(&ready, 1, AGAIN_MS); /* its answer */
    if (!error)
        dtls_begin(leg->dtls, clock_monotonic_ns());
    while (!error && !leg->out) {
        if (clock_monotonic_ns() > late_ns)
            return complain("no keys came");
        poll(&ready, 1, AGAIN_MS);
        error = take_all(web, leg);
        if (!error && !leg->out)
            dtls_tick(leg->dtls, clock_monotonic_ns());
    }
    return error;
}

/* ---- sound ---- */

static void send_frame(struct web *web, struct leg *leg, bool talks, unsigned index)
{
    uint8_t data[DATAGRAM_BYTES];
    const struct load_frame *frame =
        talks ? load_speech_frame(web->speech, index % LOAD_VOICES, web->frame)
              : load_speech_quiet(web->speech, web->frame);
    const struct rtp_packet packet = {
        .sequence = ++leg->sequence, .timestamp = leg->timestamp, .ssrc = leg->ssrc};
    size_t bytes = rtp_packet_write_header(&packet, data, sizeof(data));
    leg->timestamp += FRAME_SAMPLES;
    memcpy(data + bytes, frame->bytes, frame->length);
    bytes = rtp_guard_protect(leg->out, data, bytes + frame->length, sizeof(data));
    if (bytes && send(leg->fd, data, bytes, 0) > 0)
        web->sent++;
}

static int tick(struct web *web)
{
    for (unsigned i = 0; i < web->options.legs; i++) {
        struct leg *leg = &web->leg[i];
        int error = take_all(web, leg);
        if (error)
            return error;
        send_frame(web, leg, i < web->options.talkers, i);
        if (clock_monotonic_ns() - leg->checked_ns > CHECK_MS * CLOCK_NS_PER_MS)
            send_check(leg);
    }
    web->frame++;
    return 0;
}

static int run_for(struct web *web, unsigned seconds)
{
    int64_t due_ns = clock_monotonic_ns();
    const int64_t end_ns = due_ns + seconds * CLOCK_NS_PER_S;
    for (; due_ns < end_ns; due_ns += FRAME_MS * CLOCK_NS_PER_MS) {
        const struct timespec due = {.tv_sec = due_ns / CLOCK_NS_PER_S,
                                     .tv_nsec = due_ns % CLOCK_NS_PER_S};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
        const double late_ms = (double)(clock_monotonic_ns() - due_ns) / CLOCK_NS_PER_MS;
        web->late_ms = late_ms > web->late_ms ? late_ms : web->late_ms;
        int error = tick(web);
        if (error)
            return error;
    }
    return 0;
}

/* ---- all of it ---- */

static int open_all(struct web *web)
{
    int error = dtls_certificate_create(&web->certificate);
    if (!error)
        error = load_speech_create(load_codec_by_option("pcmu"), &web->speech);
    web->leg = calloc(web->options.legs, sizeof(*web->leg));
    if (!web->leg)
        return -ENOMEM;
    dtls_fingerprint_write(dtls_certificate_fingerprint(web->certificate), web->fingerprint);
    for (unsigned i = 0; i < web->options.legs && !error; i++) {
        struct leg *leg = &web->leg[i];
        leg->ssrc = random_u32();
        error = join(web, leg);
        if (!error)
            error = shake(web, leg);
    }
    return error;
}

static void close_all(struct web *web)
{
    for (unsigned i = 0; web->leg && i < web->options.legs; i++) {
        struct leg *leg = &web->leg[i];
        if (leg->dtls)
            dtls_close(leg->dtls); /* the server takes it for hanging up */
        dtls_destroy(leg->dtls);
        rtp_guard_destroy(leg->in);
        rtp_guard_destroy(leg->out);
        if (leg->fd > 0)
            close(leg->fd);
    }
    free(web->leg);
    load_speech_destroy(web->speech);
    dtls_certificate_destroy(web->certificate);
}

static void report(const struct web *web, const struct load_proc *before,
                   const struct load_proc *after, double seconds)
{
    const unsigned legs = web->options.legs;
    struct load_stats_sum sum;
    load_stats_sum(&web->leg[0].stats, sizeof(web->leg[0]), legs, CLOCK_HZ, &sum);
    const double due = legs * seconds * 1000 / FRAME_MS;
    printf("{\"legs\": %u, \"seconds\": %.3f, \"sent\": %llu, \"received\": %llu, "
           "\"lost\": %llu, \"silent_legs\": %u, \"unopened\": %llu,\n",
           legs, seconds, (unsigned long long)web->sent, (unsigned long long)sum.received,
           (unsigned long long)sum.lost, sum.silent_legs, (unsigned long long)web->unopened);
    printf(" \"heard_percent\": %.2f, \"worst_gap_ms\": %.2f, \"load_late_ms\": %.2f,\n",
           100 * (double)sum.received / due, sum.worst_gap_ms, web->late_ms);
    printf(" \"rss_kib\": %lu,\n", after->rss_kib);
    printf(" \"cpu_us_per_leg_second\": %.1f,\n \"threads\": [",
           (double)(after->cpu_us - before->cpu_us) / legs / seconds);
    for (unsigned i = 0; i < after->threads && i < LOAD_PROC_MAX_THREADS; i++)
        printf("%s{\"name\": \"%s\", \"cpu_us\": %llu}", i ? ", " : "", after->thread[i].name,
               (unsigned long long)load_proc_thread_used_us(before, after, i));
    printf("]}\n");
}

static int measure(struct web *web)
{
    enum { WARM_S = 2 };
    struct load_proc before = {0}, after = {0};
    int error = run_for(web, WARM_S);
    for (unsigned i = 0; i < web->options.legs; i++)
        load_stats_reset(&web->leg[i].stats);
    web->sent = 0;
    web->late_ms = 0;
    if (!error && web->options.watch)
        error = load_proc_read((int)web->options.watch, &before);
    const int64_t begin_ns = clock_monotonic_ns();
    if (!error)
        error = run_for(web, web->options.seconds);
    const double seconds = (double)(clock_monotonic_ns() - begin_ns) / CLOCK_NS_PER_S;
    if (!error && web->options.watch)
        error = load_proc_read((int)web->options.watch, &after);
    if (!error)
        report(web, &before, &after, seconds);
    return error;
}

#define PLACE(field) .place = offsetof(struct options, field)

int main(int argc, char **argv)
{
    static const struct load_word words[] = {
        {"api", LOAD_WORD_SERVER, PLACE(api)},
        {"legs", LOAD_WORD_COUNT, PLACE(legs), 1, MOST_LEGS},
        {"talkers", LOAD_WORD_COUNT, PLACE(talkers), 0, MOST_LEGS},
        {"seconds", LOAD_WORD_COUNT, PLACE(seconds), 1, 3600},
        {"watch", LOAD_WORD_COUNT, PLACE(watch), 1, 1 << 30},
    };
    static const struct load_words line = {
        "bench-web",
        "bench-web: callers as browsers, on the port they share. One JSON object on stdout.\n"
        "  --api HOST:PORT   join by this server's API, the room \"bench\" (IPv4)\n"
        "  --legs N          so many (100)\n"
        "  --talkers K       of them talk (5), the others are quiet\n"
        "  --seconds S       of measuring (20)\n"
        "  --watch PID       the server's process: its CPU is told\n",
        words, sizeof(words) / sizeof(words[0])};
    struct web web = {.options = {.legs = 100, .talkers = 5, .seconds = 20}};
    if (load_words_read(&line, argc, argv, &web.options))
        return 2;
    if (!web.options.api.sin_family) {
        load_words_fail("bench-web", "api", "", "has to be given");
        return 2;
    }
    int error = open_all(&web);
    if (!error)
        error = measure(&web);
    if (error)
        fprintf(stderr, "bench-web: %s\n", strerror(-error));
    close_all(&web);
    return error ? 1 : 0;
}
