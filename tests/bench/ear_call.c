/* ear_call.c - a transaction at a time, each sent again every 500 ms until it is answered. */
#include "tests/bench/ear_call.h"

#include "mixer/base/random.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RESEND_MS = 500, ATTEMPTS = 20, RTP_BUFFER_BYTES = 4 << 20 };

static int socket_open(const struct sockaddr_in *far, int *fd, uint16_t *port)
{
    const int on = 1, bytes = RTP_BUFFER_BYTES;
    struct sockaddr_in own = {.sin_family = AF_INET};
    socklen_t length = sizeof(own);
    *fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (*fd < 0 || setsockopt(*fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) < 0 ||
        setsockopt(*fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes)) < 0 ||
        (far && connect(*fd, (const struct sockaddr *)far, sizeof(*far)) < 0) ||
        (!far && bind(*fd, (struct sockaddr *)&own, sizeof(own)) < 0) ||
        getsockname(*fd, (struct sockaddr *)&own, &length) < 0)
        return -errno;
    *port = ntohs(own.sin_port);
    return 0;
}

static int local_host(int fd, char host[INET_ADDRSTRLEN])
{
    struct sockaddr_in own;
    socklen_t length = sizeof(own);
    if (getsockname(fd, (struct sockaddr *)&own, &length) < 0)
        return -errno;
    return inet_ntop(AF_INET, &own.sin_addr, host, INET_ADDRSTRLEN) ? 0 : -errno;
}

static int make_dialog(struct load_sip_dialog *dialog, const struct sockaddr_in *server,
                       const char *room, const char *host, uint16_t sip_port)
{
    char far[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &server->sin_addr, far, sizeof(far));
    *dialog = (struct load_sip_dialog){.cseq = 1};
    snprintf(dialog->local, sizeof(dialog->local), "%s:%u", host, sip_port);
    int length = snprintf(dialog->uri, sizeof(dialog->uri), "sip:%s@%s:%u", room, far,
                          ntohs(server->sin_port));
    if (length < 0 || length + 3 > (int)sizeof(dialog->to))
        return -ENAMETOOLONG;
    snprintf(dialog->target, sizeof(dialog->target), "%s", dialog->uri);
    snprintf(dialog->to, sizeof(dialog->to), "<%.250s>", dialog->uri);
    random_name(dialog->call_id, 17);
    return 0;
}

static void answer_request(struct ear_call *call, const struct load_sip_message *request)
{
    char text[LOAD_SIP_BYTES];
    if (load_text_is(request->method, "ACK"))
        return;
    bool is_bye = load_text_is(request->method, "BYE");
    bool known = is_bye || load_text_is(request->method, "OPTIONS");
    size_t length =
        load_sip_write_answer(request, known ? "200 OK" : "501 Not Implemented", text);
    call->ended = call->ended || is_bye;
    (void)!send(call->sip_fd, text, length, 0);
}

/* The next message into @p data. @return its length, 0 if none came in time. */
static size_t next_message(struct ear_call *call, int wait_ms, char data[LOAD_SIP_BYTES],
                           struct load_sip_message *message)
{
    struct pollfd sip = {.fd = call->sip_fd, .events = POLLIN};
    if (poll(&sip, 1, wait_ms) <= 0)
        return 0;
    ssize_t length = recv(call->sip_fd, data, LOAD_SIP_BYTES, 0);
    if (length <= 0 || load_sip_read(data, (size_t)length, message))
        return 0;
    return (size_t)length;
}

void ear_call_serve(struct ear_call *call)
{
    char data[LOAD_SIP_BYTES], text[LOAD_SIP_BYTES];
    struct load_sip_message message;
    while (next_message(call, 0, data, &message)) {
        if (!message.status)
            answer_request(call, &message);
        else if (message.status >= 200 && load_text_is(message.cseq_method, "INVITE"))
            (void)!send(call->sip_fd, text, /* the answer came twice: the ACK was lost */
                        load_sip_write_ack(&call->dialog, &message, text), 0);
    }
}

/* Sends a request until its final answer is there: in @p answer, which points into @p data. */
static int transact(struct ear_call *call, const char *method, const char *body,
                    char data[LOAD_SIP_BYTES], struct load_sip_message *answer)
{
    char text[LOAD_SIP_BYTES];
    size_t length = load_sip_write_request(&call->dialog, method, body, text);
    bool resend = true;
    for (int i = 0; i < ATTEMPTS; i++) {
        if (resend && send(call->sip_fd, text, length, 0) < 0 && errno != ECONNREFUSED)
            return -errno;
        while (next_message(call, RESEND_MS, data, answer)) {
            if (!answer->status)
                answer_request(call, answer);
            else if (!load_text_is(answer->cseq_method, method))
                continue;
            else if (answer->status >= 200)
                return answer->status < 300 ? 0 : -ECONNREFUSED;
            else
                resend = false;
        }
    }
    return -ETIMEDOUT;
}

static int invite(struct ear_call *call, const char *sdp)
{
    char data[LOAD_SIP_BYTES], text[LOAD_SIP_BYTES];
    struct load_sip_message answer;
    int error = transact(call, "INVITE", sdp, data, &answer);
    if (error == -ECONNREFUSED)
        fprintf(stderr, "bench-ear: INVITE was answered with %u\n", answer.status);
    if (!error)
        error = load_sip_learn(&call->dialog, &answer);
    if (!error || error == -ECONNREFUSED)
        (void)!send(call->sip_fd, text, load_sip_write_ack(&call->dialog, &answer, text), 0);
    if (!error)
        error = load_sip_read_sdp(answer.body, call->codec, &call->target, &call->payload_type);
    return error;
}

int ear_call_open(const struct sockaddr_in *server, const char *room,
                  const struct load_codec *codec, struct ear_call *call)
{
    char host[INET_ADDRSTRLEN], sdp[LOAD_SIP_BYTES];
    uint16_t sip_port, rtp_port, rtcp_port;
    *call = (struct ear_call){
        .sip_fd = -1, .rtp_fd = -1, .rtcp_fd = -1, .codec = codec, .ended = true};
    int error = socket_open(server, &call->sip_fd, &sip_port);
    if (!error)
        error = socket_open(NULL, &call->rtp_fd, &rtp_port);
    if (!error)
        error = socket_open(NULL, &call->rtcp_fd, &rtcp_port);
    if (!error)
        error = local_host(call->sip_fd, host);
    if (!error)
        error = make_dialog(&call->dialog, server, room, host, sip_port);
    if (!error && !load_sip_write_offer(host, rtp_port, rtcp_port, codec, "", sdp))
        error = -ENOBUFS;
    if (!error)
        error = invite(call, sdp);
    call->ended = error != 0;
    if (error)
        ear_call_close(call);
    return error;
}

void ear_call_close(struct ear_call *call)
{
    char data[LOAD_SIP_BYTES];
    struct load_sip_message answer;
    if (call->codec && !call->ended) {
        call->dialog.cseq++;
        transact(call, "BYE", NULL, data, &answer);
    }
    if (call->codec) { /* a zeroed call has no sockets */
        const int fds[] = {call->sip_fd, call->rtp_fd, call->rtcp_fd};
        for (int i = 0; i < 3; i++)
            if (fds[i] >= 0)
                close(fds[i]);
    }
    *call = (struct ear_call){.ended = true};
}
