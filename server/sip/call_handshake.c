/* call_handshake.c - handshakes of a call, and what comes of them. */
#include "server/sip/call_handshake.h"

#include "mixer/base/log.h"
#include "server/rtp/address.h"
#include "server/rtp/handshake_service.h"
#include "server/sip/call_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { AUDIO, VIDEO };

/* One of a call, until its service has let go of it. */
struct call_handshake {
    struct ua *ua;
    struct call *call; /* NULL: it was dropped */
    const char *what;
    uint64_t id;
    int fd; /* a copy */
    struct offer_dtls said;
    bool has_keys;
    struct rtp_keys send, receive;
    union latch_address address; /* with ICE: where media goes; AF_UNSPEC: nowhere yet */
};

struct call_plans {
    struct leg_plan audio;
    struct video_plan video;
};

static struct handshake_service *service_of(const struct call *call)
{
    return call->ua->config.handshakes;
}

/* ---- one stream ---- */

static void forget_keys(struct call_handshake *stream)
{
    stream->has_keys = false;
    explicit_bzero(&stream->send, sizeof(stream->send));
    explicit_bzero(&stream->receive, sizeof(stream->receive));
}

static void drop(struct call_handshake **place)
{
    struct call_handshake *stream = *place;
    *place = NULL;
    if (!stream)
        return;
    stream->call = NULL;
    forget_keys(stream);
    handshake_service_remove(stream->ua->config.handshakes, stream->id);
}

static int begin(struct call *call, int fd, const struct offer_dtls *said,
                 const struct sockaddr *remote, struct call_handshake *stream)
{
    const struct handshake_config config = {
        .certificate = call->ua->config.certificate,
        .has_ice = said->has_ice,
        .local = said->local,
        .remote_ice = said->remote_ice,
        .remote = said->remote,
        .address = address_of(remote),
    };
    stream->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (stream->fd < 0)
        return -errno;
    int error =
        handshake_service_add(service_of(call), &config, stream->fd, stream, &stream->id);
    if (error)
        close(stream->fd);
    return error;
}

static int create(struct call *call, const char *what, int fd, const struct offer_dtls *said,
                  const struct sockaddr *remote, struct call_handshake **place)
{
    struct call_handshake *stream = calloc(1, sizeof(*stream));
    if (!stream)
        return -ENOMEM;
    stream->ua = call->ua;
    stream->call = call;
    stream->what = what;
    stream->said = *said;
    int error = begin(call, fd, said, remote, stream);
    if (error) {
        free(stream);
        return error;
    }
    call->ua->handshakes++;
    *place = stream;
    return 0;
}

static bool is_same_remote(const struct handshake_remote *a, const struct handshake_remote *b)
{
    return a->role == b->role && a->fingerprint_count == b->fingerprint_count &&
           memcmp(a->fingerprints, b->fingerprints,
                  a->fingerprint_count * sizeof(a->fingerprints[0])) == 0;
}

static bool is_same_ice(const struct ice_credentials *a, const struct ice_credentials *b)
{
    return strcmp(a->ufrag, b->ufrag) == 0 && strcmp(a->password, b->password) == 0;
}

static int change(struct call *call, struct call_handshake *stream,
                  const struct offer_dtls *said, const struct sockaddr *remote)
{
    const union latch_address address = address_of(remote);
    struct handshake_service *service = service_of(call);
    int error = 0;
    if (said->has_ice && (!is_same_ice(&said->local, &stream->said.local) ||
                          !is_same_ice(&said->remote_ice, &stream->said.remote_ice)))
        error = handshake_service_restart(service, stream->id, &said->local, &said->remote_ice);
    else if (!said->has_ice && address_bytes(&address))
        error = handshake_service_set_address(service, stream->id, &address);
    if (!error && !is_same_remote(&said->remote, &stream->said.remote)) {
        error = handshake_service_set_remote(service, stream->id, &said->remote);
        forget_keys(stream);
    }
    stream->said = *said;
    return error;
}

/* Makes it as the last offer and answer say. */
static int fit(struct call *call, bool video, int fd, const struct sockaddr *remote)
{
    struct call_handshake **place = &call->handshakes.stream[video ? VIDEO : AUDIO];
    const struct offer_dtls *said = offer_dtls_of(&call->offers, video);
    if (fd < 0 || !said->is_used || (*place && (*place)->said.has_ice != said->has_ice))
        drop(place);
    if (fd < 0 || !said->is_used)
        return 0;
    return *place ? change(call, *place, said, remote)
                  : create(call, video ? "video" : "audio", fd, said, remote, place);
}

/* ---- plans ---- */

static void set_address(struct sockaddr_storage *out, const union latch_address *address)
{
    memset(out, 0, sizeof(*out));
    memcpy(out, address, address_bytes(address));
}

static void put(const struct call_handshake *stream, struct rtp_security *security,
                struct sockaddr_storage *rtp, struct sockaddr_storage *rtcp)
{
    if (!stream)
        return;
    security->handshake = stream->id;
    if (stream->has_keys) {
        security->send = stream->send;
        security->receive = stream->receive;
    }
    if (!stream->said.has_ice)
        return;
    set_address(rtp, &stream->address);
    set_address(rtcp, &stream->address);
}

static int connect_with(struct call *call, struct leg_plan *plan, struct video_plan *video)
{
    put(call->handshakes.stream[AUDIO], &plan->security, &plan->remote_rtp, &plan->remote_rtcp);
    if (video->codec_count)
        put(call->handshakes.stream[VIDEO], &video->security, &video->remote_rtp,
            &video->remote_rtcp);
    return participant_connect(call->participant, plan, video);
}

static void forget_plans(struct call *call)
{
    free(call->handshakes.plans);
    call->handshakes.plans = NULL;
}

static int keep_plans(struct call *call, const struct leg_plan *plan,
                      const struct video_plan *video)
{
    struct call_handshakes *handshakes = &call->handshakes;
    if (!handshakes->stream[AUDIO] && !handshakes->stream[VIDEO]) {
        forget_plans(call);
        return 0;
    }
    if (!handshakes->plans)
        handshakes->plans = malloc(sizeof(*handshakes->plans));
    if (!handshakes->plans)
        return -ENOMEM;
    memcpy(&handshakes->plans->audio, plan, sizeof(*plan));
    memcpy(&handshakes->plans->video, video, sizeof(*video));
    return 0;
}

int call_connect(struct call *call, struct leg_plan *plan, struct video_plan *video)
{
    struct video_leg *leg = participant_video(call->participant);
    int error = 0;
    if (service_of(call)) {
        error = fit(call, false, leg_rtp_fd(participant_leg(call->participant)),
                    (const struct sockaddr *)&plan->remote_rtp);
        if (!error)
            error = fit(call, true, leg && video->codec_count ? video_leg_rtp_fd(leg) : -1,
                        (const struct sockaddr *)&video->remote_rtp);
        if (!error)
            error = keep_plans(call, plan, video);
    }
    return error ? error : connect_with(call, plan, video);
}

void call_drop_handshakes(struct call *call)
{
    for (unsigned i = 0; i < CALL_STREAMS; i++)
        drop(&call->handshakes.stream[i]);
    forget_plans(call);
}

/* ---- events ---- */

static void replan(struct call *call)
{
    struct leg_plan plan;
    struct video_plan video;
    if (!call->participant || !call->handshakes.plans)
        return;
    memcpy(&plan, &call->handshakes.plans->audio, sizeof(plan));
    memcpy(&video, &call->handshakes.plans->video, sizeof(video));
    int error = connect_with(call, &plan, &video);
    explicit_bzero(&plan.security, sizeof(plan.security));
    explicit_bzero(&video.security, sizeof(video.security));
    if (error)
        call_fail(call, PARTICIPANT_FAILED, strerror(-error));
}

static void take_keys(struct call_handshake *stream, const struct dtls_keys *keys)
{
    stream->has_keys = true;
    stream->send = keys->send;
    stream->receive = keys->receive;
    log_info("sip", "call %s: %s has keys by DTLS: %s", stream->call->id, stream->what,
             rtp_suite_row(keys->send.suite)->name);
    replan(stream->call);
}

static void take_way(struct call_handshake *stream, const union latch_address *address)
{
    char text[ADDRESS_TEXT_BYTES];
    address_text(address, text);
    log_info("sip", "call %s: %s goes to %s", stream->call->id, stream->what, text);
    stream->address = *address;
    replan(stream->call);
}

static void fail(struct call_handshake *stream, const char *reason)
{
    char detail[DTLS_REASON_BYTES + 24];
    snprintf(detail, sizeof(detail), "DTLS of the %s: %s", stream->what, reason);
    call_fail(stream->call, PARTICIPANT_INCOMPATIBLE, detail);
}

static void take(struct call_handshake *stream, const struct handshake_event *event)
{
    static const union latch_address nowhere;
    switch (event->kind) {
    case HANDSHAKE_VALIDATED:
    case HANDSHAKE_CLOSED:
        break;
    case HANDSHAKE_NOMINATED:
        take_way(stream, &event->address);
        break;
    case HANDSHAKE_CONSENT_LOST:
        take_way(stream, &nowhere);
        break;
    case HANDSHAKE_KEYS:
        take_keys(stream, event->keys);
        break;
    case HANDSHAKE_FAILED:
        fail(stream, event->reason);
        break;
    case HANDSHAKE_GONE:
        break;
    }
}

static void bury(struct call_handshake *stream)
{
    stream->ua->handshakes--;
    close(stream->fd);
    explicit_bzero(stream, sizeof(*stream));
    free(stream);
}

static void on_events(void *context, uint32_t ready)
{
    (void)ready;
    struct ua *ua = context;
    struct handshake_event event;
    while (handshake_service_take(ua->config.handshakes, &event)) {
        struct call_handshake *stream = event.owner;
        if (stream->call)
            take(stream, &event);
        else if (event.kind ==
                 HANDSHAKE_FAILED) /* the far end was faster, and does not say why */
            log_info("sip", "of a call that is over: DTLS of the %s: %s", stream->what,
                     event.reason);
        handshake_keys_destroy(event.keys);
        if (event.kind == HANDSHAKE_GONE)
            bury(stream);
    }
}

int call_handshakes_open(struct ua *ua)
{
    struct handshake_service *service = ua->config.handshakes;
    if (!service)
        return 0;
    ua->handshake_watch =
        loop_watch(ua->config.loop, handshake_service_fd(service), EPOLLIN, on_events, ua);
    return ua->handshake_watch ? 0 : -ENOMEM;
}

void call_handshakes_close(struct ua *ua)
{
    if (!ua->handshake_watch)
        return;
    loop_unwatch(ua->config.loop, ua->handshake_watch);
    ua->handshake_watch = NULL;
    while (ua->handshakes) {
        struct pollfd wait = {.fd = handshake_service_fd(ua->config.handshakes),
                              .events = POLLIN};
        poll(&wait, 1, -1);
        on_events(ua, 0);
    }
}
