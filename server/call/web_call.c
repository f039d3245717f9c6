/* web_call.c - one table of calls, and the way of each from an offer to its end. */
#include "server/call/web_call.h"

#include "mixer/base/check.h"
#include "mixer/base/log.h"
#include "mixer/base/random.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 256, URI_BYTES = 80 };

static const char guest[] = "Guest", stream_name[] = "room";

struct web_calls {
    struct web_calls_config config;
    struct web_call *first[BUCKETS];
    struct web_calls_stats stats;
    web_calls_on_ended *on_ended;
    void *context;
};

struct web_call {
    struct web_calls *calls;
    struct web_call *next, **place; /* in its bucket */
    char id[WEB_CALL_ID_BYTES];
    struct participant *participant; /* NULL: over */
    enum participant_reason reason;  /* once it is over */
    struct shared_transport *transport;
    struct offer_session offers;
    struct handshakes handshakes;
    struct loop_timer timer; /* ICE has begun by then; once it is over: its burial */
};

/* ---- ends ---- */

static void bury(void *context)
{
    struct web_call *call = context;
    loop_timer_stop(call->calls->config.loop, &call->timer);
    *call->place = call->next;
    if (call->next)
        call->next->place = call->place;
    explicit_bzero(call, sizeof(*call));
    free(call);
}

/* All that a call in use needs. Its participant is gone, or going. */
static void let_go(struct web_call *call, enum participant_reason reason)
{
    const struct web_calls_config *config = &call->calls->config;
    handshakes_drop(&call->handshakes);
    offer_session_finish(&call->offers);
    shared_transport_release(call->transport);
    call->transport = NULL;
    call->participant = NULL;
    call->reason = reason;
    call->calls->stats.calls--;
    loop_timer_start(config->loop, &call->timer, WEB_CALL_KEPT_S * 1000LL, bury, call);
    if (call->calls->on_ended)
        call->calls->on_ended(call->calls->context, call);
}

/* The room ends it. */
static void hang_up(void *context, enum participant_reason reason)
{
    struct web_call *call = context;
    log_call_info("call", call->handshakes.name, "hung up: %s",
                  participant_reason_word(reason));
    let_go(call, reason);
}

static const struct participant_link web_link = {.hang_up = hang_up, .shows_chat = true};

static void leave(struct web_call *call, enum participant_reason reason, const char *detail)
{
    struct participant *participant = call->participant;
    if (!participant)
        return;
    log_call_info("call", call->handshakes.name, "over: %s%s%s",
                  participant_reason_word(reason), detail[0] ? ": " : "", detail);
    let_go(call, reason);
    participant_left(participant, reason, detail);
}

void web_call_hang_up(struct web_call *call)
{
    ASSERT_CONTROL();
    leave(call, PARTICIPANT_HUNG_UP, "");
}

static void on_failed(void *context, enum participant_reason reason, const char *detail)
{
    leave(context, reason, detail);
}

static void on_closed(void *context)
{
    leave(context, PARTICIPANT_HUNG_UP, "the browser closed its connection");
}

static void on_begin_due(void *context)
{
    struct web_call *call = context;
    if (!call->handshakes.is_reached)
        leave(call, PARTICIPANT_NO_MEDIA, "no check of ICE has come from the browser");
}

static const struct handshakes_events handshakes_events = {.on_failed = on_failed,
                                                           .on_closed = on_closed};

/* ---- what we say ---- */

static void say_where(struct web_call *call, const struct offer *offer,
                      struct offer_local *local)
{
    struct shared_port *port = call->calls->config.port;
    local->family = offer_family(offer);
    local->port = shared_port_number(port);
    local->candidate_count =
        shared_port_candidates(port, local->candidates, ICE_LINES_MAX_OURS);
    /* the way is ICE's matter: this is for who reads it (RFC 8829 section 5.3.1) */
    snprintf(local->address, sizeof(local->address), "%s",
             local->family == AF_INET6 ? "::" : "0.0.0.0");
}

/* That there is no picture is no error. */
static void say_video(struct web_call *call, enum video_stream stream,
                      struct offer_local *local)
{
    struct participant *participant = call->participant;
    if (!participant_wants_video(participant, stream))
        return;
    int error = participant_open_shared_video(participant, stream, call->transport);
    if (error) {
        log_call_info("call", call->handshakes.name, "no video: %s", strerror(-error));
        return;
    }
    const struct video_leg *leg = participant_video(participant, stream);
    local->video[stream] = (struct offer_video_local){
        .port = local->port, .bandwidth_bps = call->calls->config.video_bandwidth_bps};
    if (stream == VIDEO_CAMERA) /* the only one in which we send */
        local->video_source[stream] = (struct source_lines){.stream = stream_name,
                                                            .track = "picture",
                                                            .cname = call->calls->config.cname,
                                                            .ssrc = video_leg_ssrc(leg),
                                                            .repeats = video_leg_rtx_ssrc(leg)};
}

static void make_local(struct web_call *call, const struct offer *offer,
                       struct offer_local *local)
{
    const struct web_calls_config *config = &call->calls->config;
    memset(local, 0, sizeof(*local));
    local->ptime_ms = config->ptime_ms;
    local->pauses = config->pauses;
    say_where(call, offer, local);
    local->audio_source =
        (struct source_lines){.stream = stream_name,
                              .track = "sound",
                              .cname = config->cname,
                              .ssrc = leg_ssrc(participant_leg(call->participant))};
    const unsigned videos = offer_videos(offer);
    for (unsigned i = 0; i < VIDEO_STREAMS; i++) {
        if (videos & 1u << i)
            say_video(call, i, local);
    }
}

static void add_section_of_video(const struct video_plan *plan, enum video_stream stream,
                                 struct rtp_sections *sections)
{
    const enum shared_inlet inlet = SHARED_VIDEO + stream;
    struct rtp_types *types = &sections->section[inlet].types;
    sections->section[inlet].mid = plan->mid;
    for (unsigned i = 0; i < plan->codec_count; i++) {
        rtp_types_add(types, plan->codec[i].receive_type);
        rtp_types_add(types, plan->codec[i].rtx_receive_type);
    }
}

/* What comes in which section. */
static struct rtp_sections sections_of(const struct leg_plan *plan,
                                       const struct video_plans *video)
{
    struct rtp_sections sections = {.noted_count = 0};
    struct rtp_types *sound = &sections.section[SHARED_AUDIO].types;
    sections.section[SHARED_AUDIO].mid = plan->mid;
    for (unsigned i = 0; i < plan->codec_count; i++)
        rtp_types_add(sound, plan->codec[i].receive_type);
    for (unsigned i = 0; i < plan->event_count; i++)
        rtp_types_add(sound, plan->event[i].receive_type);
    for (unsigned i = 0; i < plan->noise_count; i++)
        rtp_types_add(sound, plan->noise[i].receive_type);
    rtp_types_add(sound, plan->red.receive_type);
    for (unsigned i = 0; i < VIDEO_STREAMS; i++)
        add_section_of_video(&video->stream[i], i, &sections);
    return sections;
}

/* ---- from an offer to its answer ---- */

static int connect_call(struct web_call *call, const struct offer *offer, char **answer)
{
    struct offer_local local;
    struct leg_plan plan;
    struct video_plans video;
    make_local(call, offer, &local);
    int error = offer_answer(&call->offers, offer, &local, &plan, &video, answer);
    if (error)
        return error;
    const struct rtp_sections sections = sections_of(&plan, &video);
    shared_transport_set_sections(call->transport, &sections);
    error =
        handshakes_connect(&call->handshakes, call->participant, &call->offers, &plan, &video);
    if (error) {
        free(*answer);
        return error;
    }
    offer_commit(&call->offers);
    return 0;
}

/* Ids are of chance. */
static unsigned bucket_of(const char *id)
{
    unsigned sum = (unsigned char)id[0];
    return (sum * 32 + (sum ? (unsigned char)id[1] : 0)) % BUCKETS;
}

static struct web_call *create(struct web_calls *calls)
{
    struct web_call *call = calloc(1, sizeof(*call));
    if (!call)
        return NULL;
    call->calls = calls;
    random_name(call->id, sizeof(call->id));
    struct web_call **bucket = &calls->first[bucket_of(call->id)];
    call->next = *bucket;
    call->place = bucket;
    if (call->next)
        call->next->place = &call->next;
    *bucket = call;
    offer_session_init(&call->offers);
    call->offers.bundles = true;
    call->offers.fingerprint =
        dtls_certificate_fingerprint(handshake_desk_certificate(calls->config.desk));
    return call;
}

/* The fragment in the answer is chosen when it is made: until then the transport has none. */
static int open_transport(struct web_call *call)
{
    int error = shared_transport_create(call->calls->config.port, "", &call->transport);
    if (error)
        return error;
    handshakes_begin(&call->handshakes, call->calls->config.desk, &handshakes_events, call,
                     participant_info(call->participant)->id);
    call->handshakes.transport = call->transport;
    return participant_open_shared_leg(call->participant, call->transport);
}

/* @p uri is written, and borrowed. */
static struct room_admission admission_of(const struct web_call_request *request,
                                          struct web_call *call, char uri[URI_BYTES])
{
    bool has_name = request->display_name && request->display_name[0];
    snprintf(uri, URI_BYTES, "web:guest@%s", request->source);
    return (struct room_admission){.display_name = has_name ? request->display_name : guest,
                                   .uri = uri,
                                   .link = &web_link,
                                   .call = call,
                                   .types_pin = true,
                                   .pin = request->pin,
                                   .judged = request->judged,
                                   .is_known = request->is_known,
                                   .source = request->source};
}

bool web_call_has_to_judge(struct room *room, const struct web_call_request *request)
{
    char uri[URI_BYTES];
    const struct room_admission admission = admission_of(request, NULL, uri);
    return room_has_to_judge(room, &admission);
}

static int admit(struct web_call *call, struct room *room,
                 const struct web_call_request *request, struct web_call_failure *why)
{
    char uri[URI_BYTES];
    const struct room_admission admission = admission_of(request, call, uri);
    call->calls->stats.calls++; /* let_go() takes it off */
    why->refusal = room_admit(room, &admission, &call->participant);
    if (why->refusal != ROOM_ADMITTED) {
        call->calls->stats.calls--;
        return -EACCES;
    }
    return call->participant ? 0 : -ENOTCONN; /* a listener has ended it */
}

/* A browser has nothing but encrypted media. */
static int judge_srtp(const struct room *room, enum media_srtp *srtp, struct offer_failure *why)
{
    const struct media_srtp_say says[] = {{"a browser", MEDIA_SRTP_REQUIRED},
                                          {"the room", room_settings(room)->srtp}};
    why->warning.code = 399;
    return media_srtp_settle(says, 2, srtp, why->warning.text) == 0 ? 0 : -ENOTSUP;
}

/* @return as web_call_open(). */
static int read_offer(struct web_call *call, const struct room *room, const char *body,
                      size_t length, struct offer **offer, struct offer_failure *why)
{
    int error = judge_srtp(room, &call->offers.srtp, why);
    call->offers.codecs = room_settings(room)->codecs;
    if (!error)
        error = offer_read(&call->offers, body, length, offer, why);
    return error && error != -ENOMEM ? -ENOTSUP : error;
}

static int enter(struct web_call *call, struct room *room,
                 const struct web_call_request *request, char **answer,
                 struct web_call_failure *why)
{
    struct offer *offer;
    int error =
        read_offer(call, room, request->offer, request->offer_length, &offer, &why->offer);
    if (error)
        return error;
    error = admit(call, room, request, why);
    if (!error)
        error = open_transport(call);
    if (!error)
        error = connect_call(call, offer, answer);
    offer_destroy(offer);
    return error;
}

int web_call_open(struct web_calls *calls, struct room *room,
                  const struct web_call_request *request, struct web_call **out, char **answer,
                  struct web_call_failure *why)
{
    ASSERT_CONTROL();
    memset(why, 0, sizeof(*why));
    if (calls->stats.calls >= calls->config.max_calls)
        return -EUSERS;
    struct web_call *call = create(calls);
    if (!call)
        return -ENOMEM;
    int error = enter(call, room, request, answer, why);
    if (error) {
        calls->stats.refused++;
        leave(call, PARTICIPANT_FAILED, strerror(-error));
        offer_session_finish(&call->offers);
        bury(call);
        return error;
    }
    calls->stats.opened++;
    if (calls->config.begin_s)
        loop_timer_start(calls->config.loop, &call->timer, calls->config.begin_s * 1000LL,
                         on_begin_due, call);
    log_call_info("call", call->handshakes.name, "a browser at %s joins %s", request->source,
                  room_name(room));
    *out = call;
    return 0;
}

int web_call_renew(struct web_call *call, const char *body, size_t length, char **answer,
                   struct web_call_failure *why)
{
    ASSERT_CONTROL();
    struct offer *offer;
    memset(why, 0, sizeof(*why));
    if (!call->participant)
        return -ENOTCONN;
    int error = read_offer(call, participant_room(call->participant), body, length, &offer,
                           &why->offer);
    if (error)
        return error;
    error = connect_call(call, offer, answer);
    offer_destroy(offer);
    return error;
}

int web_call_trickle(struct web_call *call, const char *fragment, size_t length)
{
    ASSERT_CONTROL();
    struct ice_lines more;
    if (!call->participant)
        return -ENOTCONN;
    const struct ice_credentials *theirs = &offer_dtls_of_sound(&call->offers)->remote_ice;
    int error = ice_lines_read_fragment(fragment, length, NULL, &more);
    if (error || !more.has_credentials)
        return -EBADMSG;
    if (strcmp(more.credentials.ufrag, theirs->ufrag) != 0)
        return -ENOTSUP;
    log_call_debug("call", call->handshakes.name, "%u candidates more%s", more.candidates.count,
                   more.candidates.ended ? ", the last" : "");
    return 0;
}

/* ---- all of them ---- */

int web_calls_create(const struct web_calls_config *config, struct web_calls **calls)
{
    ASSERT_CONTROL();
    struct web_calls *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->config = *config;
    *calls = made;
    return 0;
}

void web_calls_destroy(struct web_calls *calls)
{
    if (!calls)
        return;
    ASSERT_CONTROL();
    for (unsigned i = 0; i < BUCKETS; i++) {
        while (calls->first[i]) {
            leave(calls->first[i], PARTICIPANT_SHUTDOWN, "the server ends");
            bury(calls->first[i]);
        }
    }
    free(calls);
}

void web_calls_listen(struct web_calls *calls, web_calls_on_ended *on_ended, void *context)
{
    calls->on_ended = on_ended;
    calls->context = context;
}

void web_calls_stats_read(const struct web_calls *calls, struct web_calls_stats *stats)
{
    *stats = calls->stats;
}

struct web_call *web_calls_find(const struct web_calls *calls, const char *id)
{
    struct web_call *call = calls->first[bucket_of(id)];
    while (call && strcmp(call->id, id) != 0)
        call = call->next;
    return call;
}

struct web_call *web_calls_of(const struct web_calls *calls,
                              const struct participant *participant)
{
    for (unsigned i = 0; i < BUCKETS; i++) {
        for (struct web_call *call = calls->first[i]; call; call = call->next) {
            if (call->participant == participant)
                return call;
        }
    }
    return NULL;
}

const char *web_call_id(const struct web_call *call)
{
    return call->id;
}

struct participant *web_call_participant(const struct web_call *call)
{
    return call->participant;
}

enum participant_reason web_call_reason(const struct web_call *call)
{
    return call->reason;
}
