/* eye_call.c - states of a call: waiting, asking (INVITE), talking, ending (BYE), over. */
#include "tests/bench/eye_call.h"

#include "mixer/base/clock.h"
#include "mixer/base/random.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { T1_MS = 500, T2_MS = 4000, GIVE_UP_MS = 64 * T1_MS };

enum state { WAITING, ASKING, TALKING, ENDING, OVER };

struct call {
    enum state state;
    struct eye_call_state shown;
    bool heard; /* a provisional answer came: INVITE is not resent */
    unsigned resend_ms;
    int64_t due_ns, asked_ns, resend_ns;
    struct load_sip_dialog dialog;
};

struct eye_calls {
    struct eye_calls_plan plan;
    int fd;
    char local[64];
    char run[9];        /* random; keeps the Call-IDs of two runs apart */
    struct call call[]; /* [plan.legs] */
};

/* A socket that is connected to the server, and what it is bound to. */
static int connect_to(const struct sockaddr_in *server, struct sockaddr_in *own)
{
    socklen_t length = sizeof(*own);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    if (connect(fd, (const struct sockaddr *)server, sizeof(*server)) < 0 ||
        getsockname(fd, (struct sockaddr *)own, &length) < 0) {
        int error = -errno;
        close(fd);
        return error;
    }
    return fd;
}

int eye_calls_own_host(const struct sockaddr_in *server, struct in_addr *host)
{
    struct sockaddr_in own;
    int fd = connect_to(server, &own);
    if (fd < 0)
        return fd;
    close(fd);
    *host = own.sin_addr;
    return 0;
}

int eye_calls_create(const struct eye_calls_plan *plan, struct eye_calls **calls)
{
    struct eye_calls *made = calloc(1, sizeof(*made) + plan->legs * sizeof(made->call[0]));
    struct sockaddr_in own;
    char host[INET_ADDRSTRLEN];
    if (!made)
        return -ENOMEM;
    made->plan = *plan;
    made->fd = connect_to(&plan->server, &own);
    if (made->fd < 0) {
        int error = made->fd;
        free(made);
        return error;
    }
    inet_ntop(AF_INET, &own.sin_addr, host, sizeof(host));
    snprintf(made->local, sizeof(made->local), "%s:%u", host, ntohs(own.sin_port));
    random_name(made->run, sizeof(made->run));
    for (unsigned i = 0; i < plan->legs; i++)
        made->call[i].due_ns = clock_monotonic_ns() + i * plan->stagger_ms * CLOCK_NS_PER_MS;
    *calls = made;
    return 0;
}

void eye_calls_destroy(struct eye_calls *calls)
{
    if (!calls)
        return;
    close(calls->fd);
    free(calls);
}

int eye_calls_fd(const struct eye_calls *calls)
{
    return calls->fd;
}

static unsigned index_of(const struct eye_calls *calls, const struct call *call)
{
    return (unsigned)(call - calls->call);
}

static struct eye_leg *leg_of(const struct eye_calls *calls, const struct call *call)
{
    return calls->plan.leg[index_of(calls, call)];
}

static void transmit(struct eye_calls *calls, const char *text, size_t length)
{
    if (length) /* what is lost here is sent again by its timer */
        (void)!send(calls->fd, text, length, 0);
}

/* The same bytes each time, so also the retransmission. */
static void send_request(struct eye_calls *calls, struct call *call)
{
    char text[LOAD_SIP_BYTES], sdp[LOAD_SIP_BYTES], host[16];
    struct eye_sdp_offer offer;
    if (call->state == ENDING) {
        transmit(calls, text, load_sip_write_request(&call->dialog, "BYE", NULL, text));
        return;
    }
    eye_leg_offer(leg_of(calls, call), &offer, host);
    eye_sdp_write(&offer, sdp);
    transmit(calls, text, load_sip_write_request(&call->dialog, "INVITE", sdp, text));
}

static void begin_request(struct eye_calls *calls, struct call *call, enum state state)
{
    call->state = state;
    call->asked_ns = clock_monotonic_ns();
    call->heard = false;
    call->resend_ms = T1_MS;
    call->resend_ns = call->asked_ns + T1_MS * CLOCK_NS_PER_MS;
    send_request(calls, call);
}

static void dial(struct eye_calls *calls, struct call *call)
{
    struct load_sip_dialog *dialog = &call->dialog;
    char server[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &calls->plan.server.sin_addr, server, sizeof(server));
    memcpy(dialog->local, calls->local, sizeof(dialog->local));
    snprintf(dialog->name, sizeof(dialog->name), "%s", eye_leg_plan(leg_of(calls, call))->name);
    snprintf(dialog->uri, sizeof(dialog->uri), "sip:%s@%s:%u", calls->plan.room, server,
             ntohs(calls->plan.server.sin_port));
    memcpy(dialog->target, dialog->uri, sizeof(dialog->target));
    snprintf(dialog->to, sizeof(dialog->to), "<sip:%s@%s:%u>", calls->plan.room, server,
             ntohs(calls->plan.server.sin_port));
    snprintf(dialog->call_id, sizeof(dialog->call_id), "%u-%s", index_of(calls, call),
             calls->run);
    dialog->cseq = 1;
    begin_request(calls, call, ASKING);
}

static void hang_up(struct eye_calls *calls, struct call *call)
{
    eye_leg_stop(leg_of(calls, call));
    call->shown.talking = false;
    call->dialog.cseq++;
    begin_request(calls, call, ENDING);
}

static struct call *call_of(struct eye_calls *calls, struct load_text call_id)
{
    char text[64] = "", run[9] = "";
    unsigned index;
    if (call_id.length >= sizeof(text))
        return NULL;
    memcpy(text, call_id.at, call_id.length);
    bool ours = sscanf(text, "%u-%8s", &index, run) == 2 && !strcmp(run, calls->run) &&
                index < calls->plan.legs;
    return ours ? &calls->call[index] : NULL;
}

static void on_accepted(struct eye_calls *calls, struct call *call,
                        const struct load_sip_message *message)
{
    char text[LOAD_SIP_BYTES];
    struct eye_sdp_answer answer;
    struct eye_leg *leg = leg_of(calls, call);
    int error = load_sip_learn(&call->dialog, message);
    transmit(calls, text, load_sip_write_ack(&call->dialog, message, text));
    if (!error)
        error = eye_sdp_read(message->body, eye_leg_plan(leg)->receive.codec, &answer);
    if (error) {
        hang_up(calls, call);
        return;
    }
    int64_t now_ns = clock_monotonic_ns();
    call->state = TALKING;
    call->shown.talking = true;
    call->shown.has_video = answer.has_video;
    call->shown.setup_ms = (double)(now_ns - call->asked_ns) / CLOCK_NS_PER_MS;
    eye_leg_start(leg, &answer, now_ns);
}

static void on_invite_answer(struct eye_calls *calls, struct call *call,
                             const struct load_sip_message *answer)
{
    char text[LOAD_SIP_BYTES];
    if (answer->status < 200) {
        call->heard = true;
        return;
    }
    call->shown.status = answer->status;
    if (answer->status < 300 && call->state == ASKING) {
        on_accepted(calls, call, answer);
        return;
    }
    transmit(calls, text, load_sip_write_ack(&call->dialog, answer, text));
    if (answer->status >= 300 && call->state == ASKING)
        call->state = OVER;
}

static void on_request(struct eye_calls *calls, struct call *call,
                       const struct load_sip_message *request)
{
    char text[LOAD_SIP_BYTES];
    bool is_bye = load_text_is(request->method, "BYE");
    if (load_text_is(request->method, "ACK"))
        return;
    bool known = is_bye || load_text_is(request->method, "OPTIONS") ||
                 load_text_is(request->method, "INFO");
    transmit(calls, text,
             load_sip_write_answer(request, known ? "200 OK" : "501 Not Implemented", text));
    if (is_bye && call && call->state == TALKING) {
        call->shown.talking = false;
        call->shown.ended_by_server = true;
        eye_leg_stop(leg_of(calls, call));
        call->state = OVER;
    }
}

static void on_answer(struct eye_calls *calls, struct call *call,
                      const struct load_sip_message *answer)
{
    if (load_text_is(answer->cseq_method, "INVITE"))
        on_invite_answer(calls, call, answer);
    else if (answer->status >= 200 && call->state == ENDING &&
             call->dialog.cseq == answer->cseq)
        call->state = OVER;
}

void eye_calls_read(struct eye_calls *calls)
{
    char data[65536];
    struct load_sip_message message;
    for (ssize_t length; (length = recv(calls->fd, data, sizeof(data), 0)) >= 0;) {
        if (load_sip_read(data, (size_t)length, &message))
            continue;
        struct call *call = call_of(calls, message.call_id);
        if (!message.status)
            on_request(calls, call, &message);
        else if (call)
            on_answer(calls, call, &message);
    }
}

static void check_timers(struct eye_calls *calls, struct call *call, int64_t now_ns)
{
    if (call->state == WAITING && now_ns >= call->due_ns)
        dial(calls, call);
    if (call->state != ASKING && call->state != ENDING)
        return;
    if (now_ns - call->asked_ns >= GIVE_UP_MS * CLOCK_NS_PER_MS) {
        call->state = OVER;
    } else if (now_ns >= call->resend_ns && !call->heard) {
        call->resend_ms = call->resend_ms * 2 < T2_MS ? call->resend_ms * 2 : T2_MS;
        call->resend_ns = now_ns + call->resend_ms * CLOCK_NS_PER_MS;
        send_request(calls, call);
    }
}

void eye_calls_tick(struct eye_calls *calls, int64_t now_ns)
{
    for (unsigned i = 0; i < calls->plan.legs; i++)
        check_timers(calls, &calls->call[i], now_ns);
}

void eye_calls_hang_up(struct eye_calls *calls)
{
    for (unsigned i = 0; i < calls->plan.legs; i++) {
        struct call *call = &calls->call[i];
        if (call->state == TALKING)
            hang_up(calls, call);
        else if (call->state == WAITING)
            call->state = OVER;
    }
}

bool eye_calls_are_settled(const struct eye_calls *calls)
{
    for (unsigned i = 0; i < calls->plan.legs; i++)
        if (calls->call[i].state == WAITING || calls->call[i].state == ASKING)
            return false;
    return true;
}

bool eye_calls_are_over(const struct eye_calls *calls)
{
    for (unsigned i = 0; i < calls->plan.legs; i++)
        if (calls->call[i].state != OVER)
            return false;
    return true;
}

struct eye_call_state eye_calls_state(const struct eye_calls *calls, unsigned leg)
{
    return calls->call[leg].shown;
}
