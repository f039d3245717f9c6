/* ear_run.c - one loop: the next departure of anybody, or what comes in until then. */
#include "tests/bench/ear_run.h"

#include "mixer/base/clock.h"
#include "tests/bench/ear_call.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    APART_MS = 50,  /* between two calls: the server tells who came last by the millisecond */
    LEAD_MS = 1000, /* between the last answer and the first word */
    TAIL_MS = 1500, /* heard after the last packet                 */
    LATE_MS = 10,
    MAX_DATAGRAM = 2048,
};

struct party {
    struct ear_call call;
    struct ear_talk *talk;
    struct ear_departure *departure;
    size_t departures, next;
};

struct run {
    const struct ear_run_plan *plan;
    struct ear_run_result *result;
    struct ear_hear *hear;
    struct party party[EAR_PARTIES];
    int64_t start_ns;
    int64_t wall_ns; /* wall clock minus monotonic clock */
};

static int party_open(struct run *run, enum ear_party which)
{
    const struct ear_path clean = {0};
    struct party *party = &run->party[which];
    party->talk = run->plan->talk[which];
    if (!party->talk)
        return 0;
    int64_t *due_ns = malloc((party->talk->count + 1) * sizeof(*due_ns));
    if (!due_ns)
        return -ENOMEM;
    for (size_t i = 0; i < party->talk->count; i++)
        due_ns[i] = party->talk->packet[i].due_ns;
    int error = ear_path_apply(which == EAR_A ? run->plan->path : &clean, due_ns,
                               party->talk->count, &party->departure, &party->departures);
    free(due_ns);
    if (!error)
        error =
            ear_call_open(&run->plan->server, run->plan->room, run->plan->codec, &party->call);
    if (!error)
        ear_talk_type(party->talk, party->call.payload_type);
    return error;
}

static void party_close(struct party *party)
{
    ear_call_close(&party->call);
    free(party->departure);
}

/* The party whose packet is due first; NULL if nobody has any more. */
static struct party *next_party(struct run *run)
{
    struct party *first = NULL;
    for (int i = 0; i < EAR_PARTIES; i++) {
        struct party *party = &run->party[i];
        if (party->next < party->departures &&
            (!first ||
             party->departure[party->next].at_ns < first->departure[first->next].at_ns))
            first = party;
    }
    return first;
}

static void send_next(struct run *run, struct party *party)
{
    const struct ear_departure *departure = &party->departure[party->next++];
    const struct ear_packet *packet = &party->talk->packet[departure->packet];
    double late_ms =
        (double)(clock_monotonic_ns() - run->start_ns - departure->at_ns) / CLOCK_NS_PER_MS;
    if (late_ms > run->result->late_ms)
        run->result->late_ms = late_ms;
    run->result->late += late_ms > LATE_MS;
    run->result->sent += party == &run->party[EAR_A];
    (void)!sendto(party->call.rtp_fd, packet->bytes, packet->length, 0,
                  (const struct sockaddr *)&party->call.target, sizeof(party->call.target));
}

/* The kernel's arrival stamp, as monotonic time; now if there is none. */
static int64_t arrival_ns(const struct run *run, struct msghdr *message)
{
    struct timespec at;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
            memcpy(&at, CMSG_DATA(c), sizeof(at));
            return at.tv_sec * CLOCK_NS_PER_S + at.tv_nsec - run->wall_ns;
        }
    return clock_monotonic_ns();
}

/* Takes all that lies in a socket; what others than B hear is thrown away. */
static void drain(struct run *run, struct party *party, int fd)
{
    uint8_t data[MAX_DATAGRAM];
    union {
        struct cmsghdr alignment;
        char bytes[CMSG_SPACE(sizeof(struct timespec))];
    } control;
    bool listens = party == &run->party[EAR_B] && fd == party->call.rtp_fd;
    for (;;) {
        struct iovec part = {data, sizeof(data)};
        struct msghdr message = {.msg_iov = &part,
                                 .msg_iovlen = 1,
                                 .msg_control = control.bytes,
                                 .msg_controllen = sizeof(control.bytes)};
        ssize_t length = recvmsg(fd, &message, 0);
        if (length < 0)
            return;
        if (listens)
            ear_hear_add(run->hear, data, (size_t)length, arrival_ns(run, &message));
    }
}

/* Hears and answers until @p until_ns. */
static void wait_until(struct run *run, int64_t until_ns)
{
    for (int64_t left_ns; (left_ns = until_ns - clock_monotonic_ns()) > 0;) {
        struct pollfd poll[3 * EAR_PARTIES];
        struct timespec wait = {left_ns / CLOCK_NS_PER_S, left_ns % CLOCK_NS_PER_S};
        for (int i = 0; i < 3 * EAR_PARTIES; i++) {
            const struct party *party = &run->party[i / 3];
            const int fds[] = {party->call.sip_fd, party->call.rtp_fd, party->call.rtcp_fd};
            poll[i] = (struct pollfd){.fd = party->talk ? fds[i % 3] : -1, .events = POLLIN};
        }
        if (ppoll(poll, 3 * EAR_PARTIES, &wait, NULL) <= 0)
            continue;
        for (int i = 0; i < 3 * EAR_PARTIES; i++) {
            if (poll[i].revents && i % 3 == 0)
                ear_call_serve(&run->party[i / 3].call);
            else if (poll[i].revents)
                drain(run, &run->party[i / 3], poll[i].fd);
        }
    }
}

/* Talking must not wait for what else the machine does. Without the right to it, it may. */
static void hurry(bool on)
{
    const struct sched_param parameter = {.sched_priority = on ? 1 : 0};
    (void)!sched_setscheduler(0, on ? SCHED_RR | SCHED_RESET_ON_FORK : SCHED_OTHER, &parameter);
}

static int talk_and_hear(struct run *run)
{
    run->wall_ns = clock_wall_ns() - clock_monotonic_ns();
    run->start_ns = clock_monotonic_ns() + LEAD_MS * CLOCK_NS_PER_MS;
    for (struct party *party; (party = next_party(run));) {
        wait_until(run, run->start_ns + party->departure[party->next].at_ns);
        send_next(run, party);
    }
    if (run->plan->before_end && system(run->plan->before_end))
        fprintf(stderr, "bench-ear: --before-end failed\n");
    wait_until(run, clock_monotonic_ns() + TAIL_MS * CLOCK_NS_PER_MS);
    for (int i = 0; i < EAR_PARTIES; i++)
        if (run->party[i].talk && run->party[i].call.ended)
            return -ECONNRESET;
    return 0;
}

static int join(struct run *run)
{
    static const enum ear_party order[] = {EAR_B, EAR_C, EAR_A};
    for (int i = 0; i < EAR_PARTIES; i++) {
        poll(NULL, 0, APART_MS);
        int error = party_open(run, order[i]);
        if (error)
            return error;
    }
    run->result->packets = run->party[EAR_A].talk->count;
    return ear_hear_create(run->plan->codec, run->party[EAR_B].call.payload_type, &run->hear);
}

int ear_run(const struct ear_run_plan *plan, struct ear_run_result *result,
            struct ear_heard *heard)
{
    struct run run = {.plan = plan, .result = result};
    *result = (struct ear_run_result){0};
    *heard = (struct ear_heard){0};
    int error = join(&run);
    if (!error) {
        hurry(true);
        error = talk_and_hear(&run);
        hurry(false);
    }
    for (int i = 0; i < EAR_PARTIES; i++)
        party_close(&run.party[i]);
    if (!error)
        error = ear_hear_finish(run.hear, run.start_ns, heard);
    ear_hear_destroy(run.hear);
    if (error)
        fprintf(stderr, "bench-ear: %s\n", strerror(-error));
    return error;
}
