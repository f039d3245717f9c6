/* load_call.c - the call's states: idle, asking (INVITE or OPTIONS), talking, ending (BYE). */
#include "tests/bench/load_call.h"

#include "mixer/base/clock.h"
#include "mixer/base/random.h"
#include "tests/bench/load_sip.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    T1_MS = 500,
    T2_MS = 4000,
    GIVE_UP_MS = 64 * T1_MS, /* timers B and F */
    MAX_SETUP_TIMES = 1000000,
    SOCKET_BUFFER_BYTES = 4 << 20,
};

enum call_state { CALL_IDLE, CALL_ASKING, CALL_TALKING, CALL_ENDING };

struct load_call {
    enum call_state state;
    unsigned round; /* counts the slot's calls; part of the Call-ID    */
    bool heard;     /* a provisional answer came: INVITE is not resent */
    unsigned resend_ms;
    int64_t asked_ns, resend_ns, give_up_ns, hang_up_ns;
    struct load_sip_dialog dialog;
};

struct load_calls {
    struct load_calls_plan plan;
    struct load_calls_counters counters;
    int fd;
    char local[64], host[INET_ADDRSTRLEN];
    char run[9]; /* random; keeps the Call-IDs of two runs apart */
    bool hanging_up;
    unsigned idle, talking; /* slots in that state                          */
    unsigned next;          /* slot to look at next for a call or a BYE     */
    int64_t next_ns;
    double *setup_ms; /* [setup_count] of MAX_SETUP_TIMES             */
    size_t setup_count;
    struct load_call call[]; /* [plan.slots]                                */
};

static int socket_open(struct load_calls *calls)
{
    const int bytes = SOCKET_BUFFER_BYTES;
    struct sockaddr_in own;
    socklen_t length = sizeof(own);
    calls->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (calls->fd < 0 ||
        setsockopt(calls->fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes)) < 0 ||
        connect(calls->fd, (const struct sockaddr *)&calls->plan.server,
                sizeof(calls->plan.server)) < 0 ||
        getsockname(calls->fd, (struct sockaddr *)&own, &length) < 0)
        return -errno;
    inet_ntop(AF_INET, &own.sin_addr, calls->host, sizeof(calls->host));
    snprintf(calls->local, sizeof(calls->local), "%s:%u", calls->host, ntohs(own.sin_port));
    return 0;
}

int load_calls_create(const struct load_calls_plan *plan, struct load_calls **calls)
{
    struct load_calls *made = calloc(1, sizeof(*made) + plan->slots * sizeof(made->call[0]));
    if (!made)
        return -ENOMEM;
    made->plan = *plan;
    made->idle = plan->slots;
    made->fd = -1;
    random_name(made->run, sizeof(made->run));
    made->setup_ms = malloc(MAX_SETUP_TIMES * sizeof(*made->setup_ms));
    int error = made->setup_ms ? socket_open(made) : -ENOMEM;
    if (error)
        load_calls_destroy(made);
    else
        *calls = made;
    return error;
}

void load_calls_destroy(struct load_calls *calls)
{
    if (!calls)
        return;
    if (calls->fd >= 0)
        close(calls->fd);
    free(calls->setup_ms);
    free(calls);
}

int load_calls_fd(const struct load_calls *calls)
{
    return calls->fd;
}

static unsigned slot_of(const struct load_calls *calls, const struct load_call *call)
{
    return (unsigned)(call - calls->call);
}

static void set_state(struct load_calls *calls, struct load_call *call, enum call_state state)
{
    calls->idle += (state == CALL_IDLE) - (unsigned)(call->state == CALL_IDLE);
    calls->talking += (state == CALL_TALKING) - (unsigned)(call->state == CALL_TALKING);
    call->state = state;
}

static void transmit(struct load_calls *calls, const char *text, size_t length)
{
    if (length) /* what is lost here is sent again by its timer */
        (void)!send(calls->fd, text, length, 0);
}

/* Sends what the state asks for; the same bytes each time, so also the retransmission. */
static void send_request(struct load_calls *calls, struct load_call *call)
{
    char text[LOAD_SIP_BYTES], sdp[LOAD_SIP_BYTES];
    size_t length;
    if (call->state == CALL_ENDING) {
        length = load_sip_write_request(&call->dialog, "BYE", NULL, text);
    } else if (calls->plan.options) {
        length = load_sip_write_request(&call->dialog, "OPTIONS", NULL, text);
    } else {
        load_sip_write_offer(calls->host, load_leg_port(calls->plan.legs, slot_of(calls, call)),
                             load_legs_rtcp_port(calls->plan.legs), calls->plan.codec,
                             load_legs_crypto(calls->plan.legs), sdp);
        length = load_sip_write_request(&call->dialog, "INVITE", sdp, text);
    }
    transmit(calls, text, length);
}

static void begin_request(struct load_calls *calls, struct load_call *call,
                          enum call_state state)
{
    set_state(calls, call, state);
    call->asked_ns = clock_monotonic_ns();
    call->heard = false;
    call->resend_ms = T1_MS;
    call->resend_ns = call->asked_ns + T1_MS * CLOCK_NS_PER_MS;
    call->give_up_ns = call->asked_ns + GIVE_UP_MS * CLOCK_NS_PER_MS;
    send_request(calls, call);
}

static void dial(struct load_calls *calls, struct load_call *call)
{
    struct load_sip_dialog *dialog = &call->dialog;
    unsigned room = (unsigned)(calls->counters.started++ % calls->plan.rooms) + 1;
    char server[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &calls->plan.server.sin_addr, server, sizeof(server));
    memcpy(dialog->local, calls->local, sizeof(dialog->local));
    snprintf(dialog->uri, sizeof(dialog->uri), "sip:bench-%u@%s:%u", room, server,
             ntohs(calls->plan.server.sin_port));
    memcpy(dialog->target, dialog->uri, sizeof(dialog->target));
    snprintf(dialog->to, sizeof(dialog->to), "<sip:bench-%u@%s:%u>", room, server,
             ntohs(calls->plan.server.sin_port));
    snprintf(dialog->call_id, sizeof(dialog->call_id), "%u-%u-%s", slot_of(calls, call),
             ++call->round, calls->run);
    dialog->cseq = 1;
    begin_request(calls, call, CALL_ASKING);
}

static void hang_up(struct load_calls *calls, struct load_call *call)
{
    load_leg_stop(calls->plan.legs, slot_of(calls, call));
    call->dialog.cseq++;
    begin_request(calls, call, CALL_ENDING);
}

/* The call of a Call-ID of ours; NULL if it is of an earlier call of that slot, or not ours. */
static struct load_call *call_of(struct load_calls *calls, struct load_text call_id)
{
    char text[64] = "", run[9] = "";
    unsigned slot, round;
    if (call_id.length >= sizeof(text))
        return NULL;
    memcpy(text, call_id.at, call_id.length);
    if (sscanf(text, "%u-%u-%8s", &slot, &round, run) != 3 || strcmp(run, calls->run) ||
        slot >= calls->plan.slots || calls->call[slot].round != round)
        return NULL;
    return &calls->call[slot];
}

static void keep_setup_time(struct load_calls *calls, const struct load_call *call)
{
    if (calls->setup_count < MAX_SETUP_TIMES)
        calls->setup_ms[calls->setup_count++] =
            (double)(clock_monotonic_ns() - call->asked_ns) / CLOCK_NS_PER_MS;
}

static void acknowledge(struct load_calls *calls, struct load_call *call,
                        const struct load_sip_message *answer)
{
    char text[LOAD_SIP_BYTES];
    transmit(calls, text, load_sip_write_ack(&call->dialog, answer, text));
}

static void on_accepted(struct load_calls *calls, struct load_call *call,
                        const struct load_sip_message *answer)
{
    struct sockaddr_in target;
    uint8_t payload_type;
    int error = load_sip_learn(&call->dialog, answer);
    acknowledge(calls, call, answer);
    if (!error)
        error = load_sip_read_sdp(answer->body, calls->plan.codec, &target, &payload_type);
    if (error) {
        calls->counters.bad_answers++;
        hang_up(calls, call);
        return;
    }
    calls->counters.answered++;
    keep_setup_time(calls, call);
    set_state(calls, call, CALL_TALKING);
    call->hang_up_ns = clock_monotonic_ns() + calls->plan.hold_ms * CLOCK_NS_PER_MS;
    load_leg_start(calls->plan.legs, slot_of(calls, call), &target, payload_type);
}

static void on_invite_answer(struct load_calls *calls, struct load_call *call,
                             const struct load_sip_message *answer)
{
    if (answer->status < 200) {
        call->heard = true;
        return;
    }
    if (answer->status < 300 && call->state == CALL_ASKING) {
        on_accepted(calls, call, answer);
        return;
    }
    acknowledge(calls, call, answer); /* again, if it was a retransmission */
    if (answer->status >= 300 && call->state == CALL_ASKING) {
        calls->counters.refused++;
        calls->counters.last_refusal = answer->status;
        set_state(calls, call, CALL_IDLE);
    }
}

static void on_final_answer(struct load_calls *calls, struct load_call *call,
                            const struct load_sip_message *answer)
{
    bool accepted = answer->status < 300;
    if (call->state == CALL_ENDING) {
        calls->counters.ended += accepted;
        calls->counters.end_failed += !accepted;
    } else { /* OPTIONS */
        keep_setup_time(calls, call);
        calls->counters.answered += accepted;
        calls->counters.refused += !accepted;
        calls->counters.last_refusal = accepted ? calls->counters.last_refusal : answer->status;
    }
    set_state(calls, call, CALL_IDLE);
}

static void on_answer(struct load_calls *calls, struct load_call *call,
                      const struct load_sip_message *answer)
{
    bool is_bye = load_text_is(answer->cseq_method, "BYE");
    if (load_text_is(answer->cseq_method, "INVITE"))
        on_invite_answer(calls, call, answer);
    else if (answer->status >= 200 && call->dialog.cseq == answer->cseq &&
             call->state == (is_bye ? CALL_ENDING : CALL_ASKING))
        on_final_answer(calls, call, answer);
}

static void on_request(struct load_calls *calls, struct load_call *call,
                       const struct load_sip_message *request)
{
    char text[LOAD_SIP_BYTES];
    bool is_bye = load_text_is(request->method, "BYE");
    if (load_text_is(request->method, "ACK"))
        return;
    bool known = is_bye || load_text_is(request->method, "OPTIONS");
    transmit(calls, text,
             load_sip_write_answer(request, known ? "200 OK" : "501 Not Implemented", text));
    if (is_bye && call && call->state == CALL_TALKING) {
        calls->counters.ended_by_server++;
        load_leg_stop(calls->plan.legs, slot_of(calls, call));
        set_state(calls, call, CALL_IDLE);
    }
}

void load_calls_read(struct load_calls *calls)
{
    char data[65536];
    struct load_sip_message message;
    for (ssize_t length; (length = recv(calls->fd, data, sizeof(data), 0)) >= 0;) {
        if (load_sip_read(data, (size_t)length, &message)) {
            calls->counters.malformed++;
            continue;
        }
        struct load_call *call = call_of(calls, message.call_id);
        if (!message.status)
            on_request(calls, call, &message);
        else if (call)
            on_answer(calls, call, &message);
        else
            calls->counters.stale++;
    }
}

static void check_timers(struct load_calls *calls, struct load_call *call, int64_t now_ns)
{
    if (call->state == CALL_TALKING && calls->plan.hold_ms && now_ns >= call->hang_up_ns)
        hang_up(calls, call);
    if (call->state != CALL_ASKING && call->state != CALL_ENDING)
        return;
    if (now_ns >= call->give_up_ns) {
        calls->counters.timed_out += call->state == CALL_ASKING;
        calls->counters.end_failed += call->state == CALL_ENDING;
        set_state(calls, call, CALL_IDLE);
    } else if (now_ns >= call->resend_ns && !call->heard) {
        calls->counters.retransmitted++;
        call->resend_ms = call->resend_ms * 2 < T2_MS ? call->resend_ms * 2 : T2_MS;
        call->resend_ns = now_ns + call->resend_ms * CLOCK_NS_PER_MS;
        send_request(calls, call);
    }
}

/* The next slot in @p state, from where the last search ended; NULL if there is none. */
static struct load_call *find(struct load_calls *calls, enum call_state state)
{
    for (unsigned i = 0; i < calls->plan.slots; i++) {
        struct load_call *call = &calls->call[calls->next];
        calls->next = (calls->next + 1) % calls->plan.slots;
        if (call->state == state)
            return call;
    }
    return NULL;
}

static void take_turn(struct load_calls *calls)
{
    bool may_dial = calls->plan.hold_ms || calls->counters.started < calls->plan.slots;
    struct load_call *call = NULL;
    if (calls->hanging_up) {
        call = find(calls, CALL_TALKING);
        if (call)
            hang_up(calls, call);
    } else if (may_dial) {
        call = find(calls, CALL_IDLE);
        if (call)
            dial(calls, call);
        else
            calls->counters.no_slot++;
    }
}

void load_calls_tick(struct load_calls *calls, int64_t now_ns)
{
    if (!calls->next_ns)
        calls->next_ns = now_ns;
    for (; calls->next_ns <= now_ns; calls->next_ns += CLOCK_NS_PER_S / calls->plan.rate)
        take_turn(calls);
    for (unsigned i = 0; i < calls->plan.slots; i++)
        check_timers(calls, &calls->call[i], now_ns);
}

void load_calls_hang_up(struct load_calls *calls)
{
    calls->hanging_up = true;
}

bool load_calls_are_settled(const struct load_calls *calls)
{
    if (calls->counters.started < calls->plan.slots)
        return false;
    for (unsigned i = 0; i < calls->plan.slots; i++)
        if (calls->call[i].state == CALL_ASKING)
            return false;
    return true;
}

bool load_calls_are_over(const struct load_calls *calls)
{
    return calls->idle == calls->plan.slots;
}

unsigned load_calls_talking(const struct load_calls *calls)
{
    return calls->talking;
}

const struct load_calls_counters *load_calls_counters(const struct load_calls *calls)
{
    return &calls->counters;
}

double *load_calls_setup_ms(const struct load_calls *calls, size_t *count)
{
    *count = calls->setup_count;
    return calls->setup_ms;
}
