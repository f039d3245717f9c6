/* handshakes.c - handshakes of a call, and what comes of them. */
#include "server/call/handshakes.h"

#include "mixer/base/check.h"
#include "mixer/base/log.h"
#include "server/rtp/address.h"
#include "server/rtp/handshake_service.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { AUDIO, VIDEO }; /* VIDEO + enum video_stream */

struct handshake_desk {
    struct handshake_desk_config config;
    struct loop_watch *watch;
    unsigned streams; /* that the service has not let go of */
};

/* One of a call, until its service has let go of it. */
struct handshake_stream {
    struct handshake_desk *desk;
    struct handshakes *owner; /* NULL: it was dropped */
    const char *what;
    uint64_t id;
    int fd; /* a copy; -1: the shared port's is used */
    struct offer_dtls said;
    bool has_keys;
    struct rtp_keys send, receive;
    union latch_address address; /* with ICE: where media goes; AF_UNSPEC: nowhere yet */
};

struct handshake_plans {
    struct leg_plan audio;
    struct video_plans video;
};

/* ---- one stream ---- */

static void forget_keys(struct handshake_stream *stream)
{
    stream->has_keys = false;
    explicit_bzero(&stream->send, sizeof(stream->send));
    explicit_bzero(&stream->receive, sizeof(stream->receive));
}

static void drop(struct handshake_stream **place)
{
    struct handshake_stream *stream = *place;
    *place = NULL;
    if (!stream)
        return;
    if (stream->owner->transport)
        shared_transport_set_handshake(stream->owner->transport, 0);
    stream->owner = NULL;
    forget_keys(stream);
    handshake_service_remove(stream->desk->config.service, stream->id);
}

static int begin(struct handshake_stream *stream, int fd, const struct sockaddr *remote)
{
    struct shared_transport *transport = stream->owner->transport;
    const struct offer_dtls *said = &stream->said;
    const struct handshake_config config = {
        .certificate = stream->desk->config.certificate,
        .has_ice = said->has_ice,
        .local = said->local,
        .remote_ice = said->remote_ice,
        .remote = said->remote,
        .address = address_of(remote),
        .send = transport ? shared_port_send : NULL,
        .send_context = transport ? shared_transport_port(transport) : NULL,
    };
    if (transport)
        shared_transport_rename(transport, said->local.ufrag);
    stream->fd = transport ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (stream->fd < 0 && !transport)
        return -errno;
    int error = handshake_service_add(stream->desk->config.service, &config,
                                      transport ? fd : stream->fd, stream, &stream->id);
    if (error && stream->fd >= 0)
        close(stream->fd);
    if (!error && transport)
        shared_transport_set_handshake(transport, stream->id);
    return error;
}

static int create(struct handshakes *owner, const char *what, int fd,
                  const struct offer_dtls *said, const struct sockaddr *remote,
                  struct handshake_stream **place)
{
    struct handshake_stream *stream = calloc(1, sizeof(*stream));
    if (!stream)
        return -ENOMEM;
    stream->desk = owner->desk;
    stream->owner = owner;
    stream->what = what;
    stream->said = *said;
    int error = begin(stream, fd, remote);
    if (error) {
        free(stream);
        return error;
    }
    stream->desk->streams++;
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

static int restart_ice(struct handshake_stream *stream, const struct offer_dtls *said)
{
    if (is_same_ice(&said->local, &stream->said.local) &&
        is_same_ice(&said->remote_ice, &stream->said.remote_ice))
        return 0;
    if (stream->owner->transport)
        shared_transport_rename(stream->owner->transport, said->local.ufrag);
    return handshake_service_restart(stream->desk->config.service, stream->id, &said->local,
                                     &said->remote_ice);
}

static int change(struct handshake_stream *stream, const struct offer_dtls *said,
                  const struct sockaddr *remote)
{
    const union latch_address address = address_of(remote);
    struct handshake_service *service = stream->desk->config.service;
    int error = 0;
    if (said->has_ice)
        error = restart_ice(stream, said);
    else if (address_bytes(&address))
        error = handshake_service_set_address(service, stream->id, &address);
    if (!error && !is_same_remote(&said->remote, &stream->said.remote)) {
        error = handshake_service_set_remote(service, stream->id, &said->remote);
        forget_keys(stream);
    }
    stream->said = *said;
    return error;
}

/* Makes it as the last offer and answer say. */
static int fit(struct handshakes *owner, unsigned stream, int fd, const struct offer_dtls *said,
               const struct sockaddr *remote)
{
    static const char *const names[HANDSHAKES_STREAMS] = {
        [AUDIO] = "audio", [VIDEO + VIDEO_CAMERA] = "video", [VIDEO + VIDEO_SLIDES] = "slides"};
    struct handshake_stream **place = &owner->stream[stream];
    if (fd < 0 || !said->is_used || (*place && (*place)->said.has_ice != said->has_ice))
        drop(place);
    if (fd < 0 || !said->is_used)
        return 0;
    return *place ? change(*place, said, remote)
                  : create(owner, names[stream], fd, said, remote, place);
}

/* ---- plans ---- */

static void set_address(struct sockaddr_storage *out, const union latch_address *address)
{
    memset(out, 0, sizeof(*out));
    memcpy(out, address, address_bytes(address));
}

static void put(const struct handshake_stream *stream, struct rtp_security *security,
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

static int connect_with(struct handshakes *handshakes, struct leg_plan *plan,
                        struct video_plans *video)
{
    put(handshakes->stream[AUDIO], &plan->security, &plan->remote_rtp, &plan->remote_rtcp);
    for (unsigned i = 0; i < VIDEO_STREAMS; i++) {
        struct video_plan *picture = &video->stream[i];
        if (picture->codec_count)
            put(handshakes->stream[handshakes->transport ? AUDIO : VIDEO + i],
                &picture->security, &picture->remote_rtp, &picture->remote_rtcp);
    }
    return participant_connect(handshakes->participant, plan, video);
}

static void forget_plans(struct handshakes *handshakes)
{
    free(handshakes->plans);
    handshakes->plans = NULL;
}

static bool has_streams(const struct handshakes *handshakes)
{
    bool has = false;
    for (unsigned i = 0; i < HANDSHAKES_STREAMS; i++)
        has = has || handshakes->stream[i];
    return has;
}

static int keep_plans(struct handshakes *handshakes, const struct leg_plan *plan,
                      const struct video_plans *video)
{
    if (!has_streams(handshakes)) {
        forget_plans(handshakes);
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

/* On a shared transport a picture has none of its own. */
static int fit_video(struct handshakes *handshakes, const struct offer_session *offers,
                     enum video_stream stream, const struct video_plan *plan)
{
    struct video_leg *leg = participant_video(handshakes->participant, stream);
    const bool has_own = leg && plan->codec_count && !handshakes->transport;
    return fit(handshakes, VIDEO + stream, has_own ? video_leg_rtp_fd(leg) : -1,
               offer_dtls_of_video(offers, stream), (const struct sockaddr *)&plan->remote_rtp);
}

int handshakes_connect(struct handshakes *handshakes, struct participant *participant,
                       const struct offer_session *offers, struct leg_plan *plan,
                       struct video_plans *video)
{
    ASSERT_CONTROL();
    int error = 0;
    handshakes->participant = participant;
    if (handshakes->desk) {
        error = fit(handshakes, AUDIO, leg_rtp_fd(participant_leg(participant)),
                    offer_dtls_of_sound(offers), (const struct sockaddr *)&plan->remote_rtp);
        for (unsigned i = 0; !error && i < VIDEO_STREAMS; i++)
            error = fit_video(handshakes, offers, i, &video->stream[i]);
        if (!error)
            error = keep_plans(handshakes, plan, video);
    }
    return error ? error : connect_with(handshakes, plan, video);
}

void handshakes_begin(struct handshakes *handshakes, struct handshake_desk *desk,
                      const struct handshakes_events *events, void *context, const char *name)
{
    *handshakes =
        (struct handshakes){.desk = desk, .events = events, .context = context, .name = name};
}

void handshakes_drop(struct handshakes *handshakes)
{
    for (unsigned i = 0; i < HANDSHAKES_STREAMS; i++)
        drop(&handshakes->stream[i]);
    forget_plans(handshakes);
    handshakes->participant = NULL;
}

/* ---- events ---- */

static void fail(struct handshakes *handshakes, enum participant_reason reason,
                 const char *detail)
{
    handshakes->events->on_failed(handshakes->context, reason, detail);
}

static void replan(struct handshakes *handshakes)
{
    struct leg_plan plan;
    struct video_plans video;
    if (!handshakes->participant || !handshakes->plans)
        return;
    memcpy(&plan, &handshakes->plans->audio, sizeof(plan));
    memcpy(&video, &handshakes->plans->video, sizeof(video));
    int error = connect_with(handshakes, &plan, &video);
    explicit_bzero(&plan.security, sizeof(plan.security));
    for (unsigned i = 0; i < VIDEO_STREAMS; i++)
        explicit_bzero(&video.stream[i].security, sizeof(video.stream[i].security));
    if (error)
        fail(handshakes, PARTICIPANT_FAILED, strerror(-error));
}

static void take_keys(struct handshake_stream *stream, const struct dtls_keys *keys)
{
    stream->has_keys = true;
    stream->send = keys->send;
    stream->receive = keys->receive;
    log_call_info("call", stream->owner->name, "%s has keys by DTLS: %s", stream->what,
                  rtp_suite_row(keys->send.suite)->name);
    replan(stream->owner);
}

static void take_way(struct handshake_stream *stream, const union latch_address *address)
{
    char text[ADDRESS_TEXT_BYTES];
    address_text(address, text);
    log_call_info("call", stream->owner->name, "%s goes to %s", stream->what, text);
    stream->address = *address;
    replan(stream->owner);
}

static void take_failure(struct handshake_stream *stream, const char *reason)
{
    char detail[DTLS_REASON_BYTES + 24];
    snprintf(detail, sizeof(detail), "DTLS of the %s: %s", stream->what, reason);
    fail(stream->owner, PARTICIPANT_INCOMPATIBLE, detail);
}

static void take(struct handshake_stream *stream, const struct handshake_event *event)
{
    static const union latch_address nowhere;
    struct handshakes *owner = stream->owner;
    switch (event->kind) {
    case HANDSHAKE_VALIDATED:
        owner->is_reached = true;
        if (owner->transport)
            shared_transport_prove(owner->transport, &event->address);
        break;
    case HANDSHAKE_CLOSED:
        if (owner->events->on_closed)
            owner->events->on_closed(owner->context);
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
        take_failure(stream, event->reason);
        break;
    case HANDSHAKE_GONE:
        break;
    }
}

static void bury(struct handshake_stream *stream)
{
    stream->desk->streams--;
    if (stream->fd >= 0)
        close(stream->fd);
    explicit_bzero(stream, sizeof(*stream));
    free(stream);
}

static void on_events(void *context, uint32_t ready)
{
    (void)ready;
    struct handshake_desk *desk = context;
    struct handshake_event event;
    while (handshake_service_take(desk->config.service, &event)) {
        struct handshake_stream *stream = event.owner;
        if (stream->owner)
            take(stream, &event);
        else if (event.kind ==
                 HANDSHAKE_FAILED) /* the far end was faster, and does not say why */
            log_info("call", "of a call that is over: DTLS of the %s: %s", stream->what,
                     event.reason);
        handshake_keys_destroy(event.keys);
        if (event.kind == HANDSHAKE_GONE)
            bury(stream);
    }
}

/* ---- the desk ---- */

int handshake_desk_create(const struct handshake_desk_config *config,
                          struct handshake_desk **desk)
{
    ASSERT_CONTROL();
    struct handshake_desk *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->config = *config;
    made->watch = loop_watch(config->loop, handshake_service_fd(config->service), EPOLLIN,
                             on_events, made);
    if (!made->watch) {
        free(made);
        return -ENOMEM;
    }
    *desk = made;
    return 0;
}

void handshake_desk_destroy(struct handshake_desk *desk)
{
    if (!desk)
        return;
    loop_unwatch(desk->config.loop, desk->watch);
    while (desk->streams) {
        struct pollfd wait = {.fd = handshake_service_fd(desk->config.service),
                              .events = POLLIN};
        poll(&wait, 1, -1);
        on_events(desk, 0);
    }
    free(desk);
}

const struct dtls_certificate *handshake_desk_certificate(const struct handshake_desk *desk)
{
    return desk->config.certificate;
}
