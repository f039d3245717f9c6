/*
 * storm.c - bench-storm: callers who join with DTLS, so many a second, and leave soon.
 *
 *   bench-storm --server HOST:PORT --rate 50 --for 20 --hold 2000
 *
 * Each has a socket of its own: INVITE with an offer of UDP/TLS/RTP/SAVP, the handshake as
 * client, until a packet comes that opens with its keys; BYE after --hold. They say nothing:
 * what is measured is what their coming does to others. Last line: one JSON object.
 *
 * The association is the server's own code (server/rtp/dtls.h), as the SRTP of bench-load is:
 * here it has to be cheap, not right; that it is right, others test. No RTCP, no
 * authentication, IPv4.
 */
#include "mixer/base/clock.h"
#include "mixer/base/random.h"
#include "server/rtp/dtls.h"
#include "server/rtp/rtp_guard.h"
#include "tests/bench/load_sip.h"
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
#include <unistd.h>

enum {
    RESEND_MS = 500,
    GIVE_UP_MS = 10000,
    MOST_CALLERS = 2000,
    MOST_TIMES = 200000,
    DATAGRAM_BYTES = 2048,
};

enum state { IDLE, ASKING, SHAKING, KEYED, HEARING, ENDING };

struct options {
    struct sockaddr_in server;
    unsigned rate, seconds, hold_ms, rooms;
};

struct caller {
    enum state state;
    int fd;
    bool was_answered;
    struct load_sip_dialog dialog;
    struct dtls *dtls;
    struct rtp_guard *guard;
    int64_t asked_ns, resend_ns, answered_ns;
};

struct storm {
    struct options options;
    const struct load_codec *codec;
    struct dtls_certificate *certificate;
    char fingerprint[DTLS_FINGERPRINT_TEXT_BYTES];
    char local[64], host[INET_ADDRSTRLEN], server[INET_ADDRSTRLEN + 8], run[9];
    int sip;
    unsigned next, callers; /* up to MOST_CALLERS */
    struct caller *caller;
    unsigned started, answered, keyed, heard, failed, ended, no_slot;
    uint64_t opened, unopened;
    double *keyed_ms, *heard_ms; /* [MOST_TIMES]: from INVITE on */
};

static double since_ms(int64_t then_ns)
{
    return (double)(clock_monotonic_ns() - then_ns) / CLOCK_NS_PER_MS;
}

/* ---- SIP ---- */

static int open_sip(struct storm *storm)
{
    const int bytes = 4 << 20;
    struct sockaddr_in own;
    socklen_t length = sizeof(own);
    storm->sip = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (storm->sip < 0 ||
        setsockopt(storm->sip, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes)) < 0 ||
        connect(storm->sip, (const struct sockaddr *)&storm->options.server,
                sizeof(storm->options.server)) < 0 ||
        getsockname(storm->sip, (struct sockaddr *)&own, &length) < 0)
        return -errno;
    inet_ntop(AF_INET, &own.sin_addr, storm->host, sizeof(storm->host));
    snprintf(storm->local, sizeof(storm->local), "%s:%u", storm->host, ntohs(own.sin_port));
    inet_ntop(AF_INET, &storm->options.server.sin_addr, storm->server, INET_ADDRSTRLEN);
    snprintf(storm->server + strlen(storm->server), 8, ":%u",
             ntohs(storm->options.server.sin_port));
    return 0;
}

static void send_text(const struct storm *storm, const char *text, size_t length)
{
    if (length) /* what is lost here is sent again */
        (void)!send(storm->sip, text, length, 0);
}

static size_t write_offer(const struct storm *storm, uint16_t port, char out[LOAD_SIP_BYTES])
{
    const int length =
        snprintf(out, LOAD_SIP_BYTES,
                 "v=0\r\no=bench 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\n"
                 "m=audio %u UDP/TLS/RTP/SAVP 0\r\na=fingerprint:%s\r\na=setup:actpass\r\n"
                 "a=rtcp-mux\r\na=sendrecv\r\n",
                 storm->host, storm->host, port, storm->fingerprint);
    return length > 0 && length < LOAD_SIP_BYTES ? (size_t)length : 0;
}

static void send_request(const struct storm *storm, struct caller *caller)
{
    char text[LOAD_SIP_BYTES], sdp[LOAD_SIP_BYTES];
    struct sockaddr_in own;
    socklen_t bytes = sizeof(own);
    caller->resend_ns = clock_monotonic_ns() + RESEND_MS * CLOCK_NS_PER_MS;
    if (caller->state == ENDING) {
        send_text(storm, text, load_sip_write_request(&caller->dialog, "BYE", NULL, text));
        return;
    }
    getsockname(caller->fd, (struct sockaddr *)&own, &bytes);
    if (write_offer(storm, ntohs(own.sin_port), sdp))
        send_text(storm, text, load_sip_write_request(&caller->dialog, "INVITE", sdp, text));
}

static void begin(struct storm *storm, struct caller *caller)
{
    struct load_sip_dialog *dialog = &caller->dialog;
    const struct sockaddr_in any = {.sin_family = AF_INET,
                                    .sin_addr = storm->options.server.sin_addr};
    const unsigned room = storm->started % storm->options.rooms + 1;
    caller->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (caller->fd < 0)
        return;
    struct sockaddr_in own = any;
    inet_pton(AF_INET, storm->host, &own.sin_addr);
    if (bind(caller->fd, (const struct sockaddr *)&own, sizeof(own)) < 0) {
        close(caller->fd);
        return;
    }
    memcpy(dialog->local, storm->local, sizeof(dialog->local));
    snprintf(dialog->uri, sizeof(dialog->uri), "sip:storm-%u@%s", room, storm->server);
    memcpy(dialog->target, dialog->uri, sizeof(dialog->target));
    snprintf(dialog->to, sizeof(dialog->to), "<sip:storm-%u@%s>", room, storm->server);
    snprintf(dialog->call_id, sizeof(dialog->call_id), "%u-%u-%s",
             (unsigned)(caller - storm->caller), storm->started, storm->run);
    dialog->cseq = 1;
    storm->started++;
    caller->was_answered = false;
    caller->asked_ns = clock_monotonic_ns();
    caller->state = ASKING;
    send_request(storm, caller);
}

static void forget(struct caller *caller)
{
    dtls_destroy(caller->dtls);
    rtp_guard_destroy(caller->guard);
    close(caller->fd);
    memset(caller, 0, sizeof(*caller));
}

static void hang_up(struct storm *storm, struct caller *caller)
{
    caller->dialog.cseq++;
    caller->asked_ns = clock_monotonic_ns();
    caller->state = ENDING;
    send_request(storm, caller);
}

/* ---- DTLS ---- */

static void on_dtls_send(void *context, const uint8_t *data, size_t length)
{
    const struct caller *caller = context;
    (void)!send(caller->fd, data, length, 0);
}

static void note_state(struct storm *storm, struct caller *caller, enum dtls_state state)
{
    struct dtls_keys keys;
    if (caller->state != SHAKING)
        return;
    if (state == DTLS_FAILED || state == DTLS_CLOSED) {
        storm->failed++;
        fprintf(stderr, "bench-storm: %s\n", dtls_reason(caller->dtls));
        hang_up(storm, caller);
    } else if (state == DTLS_CONNECTED && dtls_take_keys(caller->dtls, &keys)) {
        if (rtp_guard_create(&keys.receive, &caller->guard) < 0)
            abort();
        dtls_keys_wipe(&keys);
        caller->state = KEYED;
        if (storm->keyed < MOST_TIMES)
            storm->keyed_ms[storm->keyed] = since_ms(caller->asked_ns);
        storm->keyed++;
    }
}

static bool find_fingerprint(struct load_text sdp, struct dtls_fingerprint *fingerprint)
{
    static const char name[] = "a=fingerprint:";
    const char *at = memmem(sdp.at, sdp.length, name, sizeof(name) - 1);
    if (!at)
        return false;
    at += sizeof(name) - 1;
    const char *end = memchr(at, '\r', (size_t)(sdp.at + sdp.length - at));
    return end && dtls_fingerprint_read(at, (size_t)(end - at), fingerprint) == 0;
}

static void on_accepted(struct storm *storm, struct caller *caller,
                        const struct load_sip_message *answer)
{
    struct sockaddr_in target;
    struct dtls_fingerprint theirs;
    uint8_t type;
    storm->answered++;
    caller->was_answered = true;
    caller->answered_ns = clock_monotonic_ns();
    if (load_sip_read_sdp(answer->body, storm->codec, &target, &type) ||
        !find_fingerprint(answer->body, &theirs) ||
        connect(caller->fd, (const struct sockaddr *)&target, sizeof(target)) < 0) {
        storm->failed++;
        hang_up(storm, caller);
        return;
    }
    const struct dtls_config config = {.certificate = storm->certificate,
                                       .role = DTLS_CLIENT,
                                       .fingerprints = &theirs,
                                       .fingerprint_count = 1,
                                       .send = on_dtls_send,
                                       .context = caller};
    if (dtls_create(&config, &caller->dtls))
        abort();
    caller->state = SHAKING;
    note_state(storm, caller, dtls_begin(caller->dtls, clock_monotonic_ns()));
}

static void take_packet(struct storm *storm, struct caller *caller, const uint8_t *data,
                        size_t length)
{
    uint8_t clear[DATAGRAM_BYTES];
    size_t bytes;
    if (!caller->guard || (data[1] >= 192 && data[1] <= 223))
        return;
    if (rtp_guard_open(caller->guard, data, length, clear, &bytes)) {
        storm->unopened++;
        return;
    }
    storm->opened++;
    if (caller->state != KEYED)
        return;
    caller->state = HEARING;
    if (storm->heard < MOST_TIMES)
        storm->heard_ms[storm->heard] = since_ms(caller->asked_ns);
    storm->heard++;
}

static void read_media(struct storm *storm, struct caller *caller)
{
    uint8_t data[DATAGRAM_BYTES];
    for (ssize_t length; (length = recv(caller->fd, data, sizeof(data), 0)) > 0;) {
        if (data[0] >= 20 && data[0] <= 63 && caller->dtls)
            note_state(storm, caller,
                       dtls_take(caller->dtls, data, (size_t)length, clock_monotonic_ns()));
        else if (length >= 12 && data[0] >= 128)
            take_packet(storm, caller, data, (size_t)length);
    }
}

/* ---- the loop ---- */

static struct caller *caller_of(struct storm *storm, struct load_text call_id)
{
    char text[64] = "";
    unsigned slot;
    if (call_id.length >= sizeof(text))
        return NULL;
    memcpy(text, call_id.at, call_id.length);
    if (sscanf(text, "%u-", &slot) != 1 || slot >= storm->callers)
        return NULL;
    struct caller *caller = &storm->caller[slot];
    return caller->state && strcmp(text, caller->dialog.call_id) == 0 ? caller : NULL;
}

static void on_answer(struct storm *storm, struct caller *caller,
                      const struct load_sip_message *answer)
{
    char text[LOAD_SIP_BYTES];
    if (answer->status < 200)
        return;
    if (load_text_is(answer->cseq_method, "BYE") && caller->state == ENDING) {
        storm->ended++;
        forget(caller);
        return;
    }
    if (!load_text_is(answer->cseq_method, "INVITE"))
        return;
    if (caller->state == ASKING && load_sip_learn(&caller->dialog, answer) < 0)
        return;
    send_text(storm, text, load_sip_write_ack(&caller->dialog, answer, text));
    if (caller->state != ASKING)
        return;
    if (answer->status < 300) {
        on_accepted(storm, caller, answer);
    } else {
        storm->failed++;
        fprintf(stderr, "bench-storm: refused: %u\n", answer->status);
        forget(caller);
    }
}

static void read_sip(struct storm *storm)
{
    char data[65536], text[LOAD_SIP_BYTES];
    struct load_sip_message message;
    for (ssize_t length; (length = recv(storm->sip, data, sizeof(data), 0)) >= 0;) {
        if (load_sip_read(data, (size_t)length, &message))
            continue;
        struct caller *caller = caller_of(storm, message.call_id);
        if (message.status && caller)
            on_answer(storm, caller, &message);
        else if (!message.status && !load_text_is(message.method, "ACK"))
            send_text(storm, text, load_sip_write_answer(&message, "200 OK", text));
    }
}

static void check(struct storm *storm, struct caller *caller, int64_t now_ns)
{
    if (!caller->state)
        return;
    if (caller->dtls && caller->state == SHAKING)
        note_state(storm, caller, dtls_tick(caller->dtls, now_ns));
    const bool is_asking = caller->state == ASKING || caller->state == ENDING;
    if (caller->state != ENDING && caller->was_answered &&
        now_ns - caller->answered_ns >= storm->options.hold_ms * CLOCK_NS_PER_MS) {
        storm->failed += caller->state == SHAKING;
        hang_up(storm, caller);
    } else if (is_asking && now_ns - caller->asked_ns >= GIVE_UP_MS * CLOCK_NS_PER_MS) {
        storm->failed++;
        forget(caller);
    } else if (is_asking && now_ns >= caller->resend_ns) {
        send_request(storm, caller);
    }
}

static void take_turn(struct storm *storm)
{
    for (unsigned i = 0; i < storm->callers; i++) {
        struct caller *caller = &storm->caller[storm->next];
        storm->next = (storm->next + 1) % storm->callers;
        if (!caller->state) {
            begin(storm, caller);
            return;
        }
    }
    storm->no_slot++;
}

/* Waits for datagrams, 5 ms at most. */
static void wait_for_all(struct storm *storm)
{
    static struct pollfd polled[MOST_CALLERS + 1];
    static unsigned who[MOST_CALLERS + 1];
    unsigned count = 0;
    polled[count++] = (struct pollfd){.fd = storm->sip, .events = POLLIN};
    for (unsigned i = 0; i < storm->callers; i++) {
        if (!storm->caller[i].state)
            continue;
        who[count] = i;
        polled[count++] = (struct pollfd){.fd = storm->caller[i].fd, .events = POLLIN};
    }
    if (poll(polled, count, 5) <= 0)
        return;
    for (unsigned i = 1; i < count; i++) {
        if (polled[i].revents && storm->caller[who[i]].state)
            read_media(storm, &storm->caller[who[i]]);
    }
    if (polled[0].revents)
        read_sip(storm);
}

static unsigned count_busy(const struct storm *storm)
{
    unsigned busy = 0;
    for (unsigned i = 0; i < storm->callers; i++)
        busy += storm->caller[i].state != IDLE;
    return busy;
}

static void run(struct storm *storm)
{
    const int64_t begin_ns = clock_monotonic_ns();
    const int64_t end_ns = begin_ns + storm->options.seconds * CLOCK_NS_PER_S;
    const int64_t limit_ns =
        end_ns + storm->options.hold_ms * CLOCK_NS_PER_MS + GIVE_UP_MS * CLOCK_NS_PER_MS;
    int64_t next_ns = begin_ns, now_ns = begin_ns;
    while (now_ns < end_ns || (count_busy(storm) && now_ns < limit_ns)) {
        for (; next_ns <= now_ns && next_ns < end_ns;
             next_ns += CLOCK_NS_PER_S / storm->options.rate)
            take_turn(storm);
        wait_for_all(storm);
        now_ns = clock_monotonic_ns();
        for (unsigned i = 0; i < storm->callers; i++)
            check(storm, &storm->caller[i], now_ns);
    }
}

static int open_storm(struct storm *storm)
{
    const struct options *options = &storm->options;
    const unsigned callers = options->rate * (options->hold_ms + 2000) / 1000 + 1;
    storm->callers = callers < MOST_CALLERS ? callers : MOST_CALLERS;
    storm->codec = load_codec_by_option("pcmu");
    random_name(storm->run, sizeof(storm->run));
    storm->caller = calloc(storm->callers, sizeof(*storm->caller));
    storm->keyed_ms = calloc(MOST_TIMES, sizeof(*storm->keyed_ms));
    storm->heard_ms = calloc(MOST_TIMES, sizeof(*storm->heard_ms));
    if (!storm->caller || !storm->keyed_ms || !storm->heard_ms)
        return -ENOMEM;
    const int error = dtls_certificate_create(&storm->certificate);
    if (error)
        return error;
    dtls_fingerprint_write(dtls_certificate_fingerprint(storm->certificate),
                           storm->fingerprint);
    return open_sip(storm);
}

static void close_storm(struct storm *storm)
{
    for (unsigned i = 0; i < storm->callers && storm->caller; i++) {
        if (storm->caller[i].state)
            forget(&storm->caller[i]);
    }
    dtls_certificate_destroy(storm->certificate);
    free(storm->caller);
    free(storm->keyed_ms);
    free(storm->heard_ms);
}

static void report_times(const char *what, double *times, unsigned count)
{
    const size_t kept = count < MOST_TIMES ? count : MOST_TIMES;
    printf(" \"%s_p50_ms\": %.2f, \"%s_p99_ms\": %.2f, \"%s_max_ms\": %.2f,\n", what,
           load_stats_percentile(times, kept, 0.5), what,
           load_stats_percentile(times, kept, 0.99), what,
           load_stats_percentile(times, kept, 1));
}

static void report(const struct storm *storm)
{
    printf("{\"started\": %u, \"answered\": %u, \"keyed\": %u, \"heard\": %u, \"failed\": %u, "
           "\"ended\": %u, \"no_slot\": %u,\n",
           storm->started, storm->answered, storm->keyed, storm->heard, storm->failed,
           storm->ended, storm->no_slot);
    report_times("keyed", storm->keyed_ms, storm->keyed);
    report_times("heard", storm->heard_ms, storm->heard);
    printf(" \"opened\": %llu, \"unopened\": %llu}\n", (unsigned long long)storm->opened,
           (unsigned long long)storm->unopened);
}

#define PLACE(field) .place = offsetof(struct options, field)

int main(int argc, char **argv)
{
    static const struct load_word words[] = {
        {"server", LOAD_WORD_SERVER, PLACE(server)},
        {"rate", LOAD_WORD_COUNT, PLACE(rate), 1, 1000},
        {"for", LOAD_WORD_COUNT, PLACE(seconds), 1, 3600},
        {"hold", LOAD_WORD_COUNT, PLACE(hold_ms), 1, 60000},
        {"rooms", LOAD_WORD_COUNT, PLACE(rooms), 1, 1000},
    };
    static const struct load_words line = {
        "bench-storm",
        "bench-storm: callers with DTLS who come and go. One JSON object on stdout.\n"
        "  --server HOST:PORT      call this server (IPv4, UDP)\n"
        "  --rate R                calls begun per second (50)\n"
        "  --for S                 for so many seconds (20)\n"
        "  --hold MS               how long such a call is up (2000)\n"
        "  --rooms M               spread over rooms storm-1 .. storm-M (10)\n",
        words, sizeof(words) / sizeof(words[0])};
    struct storm storm = {.options = {.rate = 50, .seconds = 20, .hold_ms = 2000, .rooms = 10},
                          .sip = -1};
    if (load_words_read(&line, argc, argv, &storm.options))
        return 2;
    if (!storm.options.server.sin_family) {
        load_words_fail("bench-storm", "server", "", "has to be given");
        return 2;
    }
    const int error = open_storm(&storm);
    if (error) {
        fprintf(stderr, "bench-storm: %s\n", strerror(-error));
    } else {
        run(&storm);
        report(&storm);
    }
    close_storm(&storm);
    return error ? 1 : storm.heard == storm.started && !storm.failed ? 0 : 1;
}
