/* offer.c - who offers and who answers: reading the far end, making plans, remembering. */
#include "server/sip/offer.h"

#include "mixer/base/random.h"
#include "server/sip/offer_body.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct offer {
    struct description description;
    unsigned audio_index;
    struct audio_section audio;
};

void offer_session_init(struct offer_session *session)
{
    *session = (struct offer_session){.direction = AUDIO_SENDRECV};
    random_bytes(&session->id, sizeof(session->id));
    session->id &= INT64_MAX >> 1; /* some far ends read it as a signed number */
}

static void drop_pending(struct offer_session *session)
{
    if (session->pending) {
        free(session->pending->sent);
        free(session->pending->sections);
        free(session->pending);
        session->pending = NULL;
    }
}

void offer_session_finish(struct offer_session *session)
{
    drop_pending(session);
    free(session->sent);
    free(session->sections);
    *session = (struct offer_session){.direction = AUDIO_SENDRECV};
}

/* ---- reading ---- */

static int fail(struct offer_failure *why, unsigned status, int error, const char *text)
{
    why->status = status;
    snprintf(why->text, sizeof(why->text), "%s", text);
    return error;
}

static void note_known(const struct offer_session *session, struct audio_known_types *known)
{
    const struct offer_types *types = session->is_offering ? &session->listed : &session->types;
    *known = (struct audio_known_types){.codec = {NULL}};
    for (unsigned i = 0; i < types->count; i++) {
        const struct offer_type *type = &types->type[i];
        known->codec[session->is_offering ? type->receive_type : type->send_type] = type->codec;
    }
}

/* Tries section @p index. *warning keeps the first reason that a real audio section gave. */
static bool try_section(struct offer *offer, unsigned index,
                        const struct audio_known_types *known, struct offer_failure *why,
                        int *error)
{
    struct offer_warning warning;
    if (index >= offer->description.media_count)
        return false;
    const struct description_media *media = &offer->description.media[index];
    if (!slice_equals(media->kind, "audio") || media->port == 0)
        return false;
    int failed = audio_section_read(&offer->description, media, known, &offer->audio, &warning);
    if (!failed) {
        offer->audio_index = index;
        return true;
    }
    if (!why->warning.code) {
        why->warning = warning;
        *error = failed;
    }
    return false;
}

static int choose_section(const struct offer_session *session, struct offer *offer,
                          struct offer_failure *why)
{
    struct audio_known_types known;
    int error = -ENOTSUP;
    note_known(session, &known);
    if (session->protocol[0] || session->is_offering) {
        if (try_section(offer, session->audio_index, &known, why, &error))
            return 0;
    }
    for (unsigned i = 0; !session->is_offering && i < offer->description.media_count; i++) {
        if (try_section(offer, i, &known, why, &error))
            return 0;
    }
    if (!why->warning.code)
        why->warning = (struct offer_warning){304, "no audio offered that could be used"};
    if (error == -EBADMSG)
        return fail(why, 400, error, why->warning.text);
    return fail(why, 488, error, "Not Acceptable Here");
}

int offer_read(const struct offer_session *session, const char *body, size_t length,
               struct offer **out, struct offer_failure *why)
{
    *why = (struct offer_failure){.status = 500, .text = "out of memory"};
    struct offer *offer = calloc(1, sizeof(*offer));
    if (!offer)
        return -ENOMEM;
    int error = description_read(body, length, &offer->description, why->text);
    if (error) {
        why->status = error == -E2BIG ? 413 : error == -ENOMEM ? 500 : 400;
        free(offer);
        return error;
    }
    error = choose_section(session, offer, why);
    if (error) {
        offer_destroy(offer);
        return error;
    }
    *out = offer;
    return 0;
}

void offer_destroy(struct offer *offer)
{
    if (!offer)
        return;
    description_finish(&offer->description);
    free(offer);
}

int offer_family(const struct offer *offer)
{
    return offer->audio.family;
}

const struct sockaddr *offer_remote(const struct offer *offer)
{
    return (const struct sockaddr *)&offer->audio.rtp;
}

/* ---- payload types ---- */

static struct offer_type *find_type(struct offer_types *types, const struct codec *codec,
                                    uint32_t clock_hz)
{
    for (unsigned i = 0; i < types->count; i++) {
        if (types->type[i].codec == codec && types->type[i].clock_hz == clock_hz)
            return &types->type[i];
    }
    return NULL;
}

static void remember_type(struct offer_types *types, const struct offer_type *type)
{
    struct offer_type *known = find_type(types, type->codec, type->clock_hz);
    if (known)
        *known = *type;
    else if (types->count < OFFER_MAX_TYPES)
        types->type[types->count++] = *type;
}

static bool is_taken(const struct offer_types *types, int number)
{
    for (unsigned i = 0; i < types->count; i++) {
        if (types->type[i].receive_type == number || types->type[i].send_type == number)
            return true;
    }
    return false;
}

/* The payload type for our own offer: that of before, else the wished one, else a free one. */
static void list_type(struct offer_session *session, struct offer_types *list,
                      const struct codec *codec, uint32_t clock_hz, int wish)
{
    if (list->count == OFFER_MAX_TYPES)
        return;
    const struct offer_type *known = find_type(&session->types, codec, clock_hz);
    struct offer_type type = {.codec = codec, .clock_hz = clock_hz};
    if (known) {
        type = *known;
    } else {
        for (int number = 96;
             (is_taken(&session->types, wish) || is_taken(list, wish)) && number <= 127;
             number++)
            wish = number;
        type.receive_type = type.send_type = (uint8_t)wish;
    }
    list->type[list->count++] = type;
}

static void list_all(struct offer_session *session, struct offer_types *list)
{
    enum { FIRST_EVENT_TYPE = 101 };
    const struct codec *codec;
    *list = (struct offer_types){.count = 0};
    for (unsigned i = 0; i < LEG_PLAN_MAX_CODECS && (codec = codec_at(i)); i++) {
        if (!codec->is_offered)
            continue;
        bool is_static = codec->static_payload_type >= 0;
        list_type(session, list, codec, codec->rtp_clock_hz,
                  is_static ? codec->static_payload_type : codec->preferred_payload_type);
    }
    unsigned codecs = list->count, events = 0;
    for (unsigned i = 0; i < codecs && events < LEG_PLAN_MAX_EVENTS; i++) {
        uint32_t clock_hz = list->type[i].clock_hz;
        if (!find_type(list, NULL, clock_hz)) {
            list_type(session, list, NULL, clock_hz, FIRST_EVENT_TYPE);
            events++;
        }
    }
}

/* ---- plans ---- */

static bool is_clock_used(const struct audio_section *audio, uint32_t clock_hz)
{
    for (unsigned i = 0; i < audio->format_count; i++) {
        if (audio->format[i].codec && audio->format[i].clock_hz == clock_hz)
            return true;
    }
    return false;
}

/* Events run at the clock of a codec in use (RFC 4733 section 2.1). Phones that offer Opus with
 * events at 8000 only have no such clock: then they are taken as they are. */
static bool is_event_wanted(const struct audio_section *audio, uint32_t clock_hz)
{
    bool fits = false;
    for (unsigned i = 0; i < audio->format_count; i++) {
        const struct audio_format *format = &audio->format[i];
        fits = fits || (!format->codec && is_clock_used(audio, format->clock_hz));
    }
    return !fits || is_clock_used(audio, clock_hz);
}

static unsigned choose_ptime(const struct audio_section *audio, unsigned wanted_ms)
{
    unsigned most = audio->maxptime_ms && audio->maxptime_ms < OFFER_MAX_PTIME_MS
                        ? audio->maxptime_ms
                        : OFFER_MAX_PTIME_MS;
    unsigned ptime = audio->ptime_ms ? audio->ptime_ms : wanted_ms;
    if (ptime > most)
        ptime = most;
    ptime -= ptime % OFFER_MIN_PTIME_MS; /* the engine works in whole tens */
    return ptime < OFFER_MIN_PTIME_MS ? OFFER_MIN_PTIME_MS : ptime;
}

/* Our direction: the mirror of theirs, within what we said, and without sending to 0.0.0.0. */
static enum audio_direction turn(const struct audio_section *audio, enum audio_direction ours)
{
    enum audio_direction direction = audio_direction_turn(audio->direction, ours);
    if (audio->rtp.ss_family != AF_UNSPEC)
        return direction;
    return audio_direction_hears(direction) ? AUDIO_RECVONLY : AUDIO_INACTIVE;
}

static void begin_plan(const struct audio_section *audio, enum audio_direction direction,
                       unsigned ptime_ms, struct leg_plan *plan)
{
    *plan = (struct leg_plan){
        .remote_rtp = audio->rtp,
        .remote_rtcp = audio->rtcp,
        .rtcp_mux = audio->rtcp_mux,
        .send = direction == AUDIO_SENDRECV || direction == AUDIO_SENDONLY,
        .receive = direction == AUDIO_SENDRECV || direction == AUDIO_RECVONLY,
        .held_by_far_end = audio->direction == AUDIO_SENDONLY ||
                           audio->direction == AUDIO_INACTIVE ||
                           audio->rtp.ss_family == AF_UNSPEC,
        .ptime_ms = ptime_ms,
        .rtcp_bandwidth_off = audio->rtcp_off,
    };
}

static void add_to_plan(struct leg_plan *plan, const struct audio_format *format,
                        const struct offer_type *type)
{
    if (!format->codec) {
        plan->event[plan->event_count++] = (struct leg_plan_event){
            .clock_hz = type->clock_hz,
            .receive_type = type->receive_type,
            .send_type = type->send_type,
        };
        return;
    }
    struct leg_plan_codec *codec = &plan->codec[plan->codec_count++];
    *codec = (struct leg_plan_codec){
        .codec = format->codec,
        .receive_type = type->receive_type,
        .send_type = type->send_type,
        .params = format->params,
    };
    codec->params.ptime_ms = plan->ptime_ms;
    codec->params.stereo = codec->params.sends_stereo = false; /* a leg's buffers are mono */
}

/* ---- the far end offers ---- */

/* A copy of the session that owns nothing yet. */
static struct offer_session *begin_pending(struct offer_session *session)
{
    drop_pending(session);
    struct offer_session *next = malloc(sizeof(*next));
    if (!next)
        return NULL;
    *next = *session;
    next->sent = next->sections = NULL;
    next->pending = NULL;
    session->pending = next;
    return next;
}

/* Gives the session the body @p sent; the version grows if it differs from the one before. */
static int say(struct offer_session *next, const char *before, char *sent, char **sdp)
{
    if (!sent)
        return -ENOMEM;
    bool is_new = !before || strcmp(before, sent) != 0;
    uint64_t version = next->version + (is_new ? 1 : 0);
    char *whole = offer_body_whole(next->id, version, sent);
    if (!whole) {
        free(sent);
        return -ENOMEM;
    }
    next->version = version;
    next->sent = sent;
    *sdp = whole;
    return 0;
}

int offer_answer(struct offer_session *session, const struct offer *offer,
                 const struct offer_local *local, struct leg_plan *plan, char **sdp)
{
    const struct audio_section *audio = &offer->audio;
    const struct description_media *media = &offer->description.media[offer->audio_index];
    struct offer_session *next = begin_pending(session);
    if (!next)
        return -ENOMEM;
    next->direction = turn(audio, AUDIO_SENDRECV);
    next->sent_is_agreed = true;
    next->is_offering = false;
    next->audio_index = offer->audio_index;
    next->listed.count = 0;
    slice_copy(media->protocol, next->protocol, sizeof(next->protocol));
    begin_plan(audio, next->direction, choose_ptime(audio, local->ptime_ms), plan);
    for (unsigned i = 0; i < audio->format_count; i++) {
        const struct audio_format *format = &audio->format[i];
        struct offer_type type = {format->codec, format->clock_hz, format->type, format->type};
        if (!format->codec && !is_event_wanted(audio, format->clock_hz))
            continue;
        remember_type(&next->types, &type);
        next->listed.type[next->listed.count++] = type;
        add_to_plan(plan, format, &type);
    }
    next->sections =
        offer_body_refusals(&offer->description, offer->audio_index, &next->audio_at);
    if (!next->sections)
        return -ENOMEM;
    struct offer_body body = {.local = local,
                              .session = next,
                              .ptime_ms = plan->ptime_ms,
                              .rtcp_mux = plan->rtcp_mux};
    if (!slice_find_line(offer->description.lines, 't', &body.timing))
        body.timing = (struct slice){"0 0", 3};
    return say(next, session->sent, offer_body_write(&body), sdp);
}

/* ---- we offer ---- */

int offer_make(struct offer_session *session, const struct offer_local *local, char **sdp)
{
    struct offer_types list;
    drop_pending(session);
    list_all(session, &list);
    struct offer_session next = *session;
    next.listed = list;
    next.direction = AUDIO_SENDRECV;
    next.sent = NULL;
    if (!next.protocol[0])
        snprintf(next.protocol, sizeof(next.protocol), "RTP/AVP");
    struct offer_body body = {.local = local,
                              .session = &next,
                              .timing = {"0 0", 3},
                              .ptime_ms = local->ptime_ms,
                              .rtcp_mux = true};
    int error = say(&next, session->sent, offer_body_write(&body), sdp);
    if (error)
        return error;
    free(session->sent);
    next.sent_is_agreed = false;
    next.is_offering = true;
    *session = next;
    return 0;
}

int offer_repeat(struct offer_session *session, char **sdp)
{
    if (!session->sent || !session->sent_is_agreed)
        return -ENOENT;
    char *whole = offer_body_whole(session->id, session->version, session->sent);
    if (!whole)
        return -ENOMEM;
    drop_pending(session);
    session->is_offering = true;
    *sdp = whole;
    return 0;
}

void offer_withdraw(struct offer_session *session)
{
    drop_pending(session);
    session->is_offering = false;
}

int offer_accept(struct offer_session *session, const struct offer *answer,
                 const struct offer_local *local, struct leg_plan *plan,
                 struct offer_failure *why)
{
    const struct audio_section *audio = &answer->audio;
    struct offer_session *next = begin_pending(session);
    if (!next)
        return fail(why, 500, -ENOMEM, "out of memory");
    next->direction = turn(audio, session->direction);
    next->sent_is_agreed = true;
    next->is_offering = false;
    next->sent = strdup(session->sent);
    next->sections = strdup(session->sections ? session->sections : "");
    if (!next->sent || !next->sections)
        return fail(why, 500, -ENOMEM, "out of memory");
    begin_plan(audio, next->direction, choose_ptime(audio, local->ptime_ms), plan);
    for (unsigned i = 0; i < audio->format_count; i++) {
        const struct audio_format *format = &audio->format[i];
        const struct offer_type *listed =
            find_type(&next->listed, format->codec, format->clock_hz);
        if (!listed || (!format->codec && !is_event_wanted(audio, format->clock_hz)))
            continue;
        struct offer_type type = *listed;
        type.send_type = format->type;
        remember_type(&next->types, &type);
        add_to_plan(plan, format, &type);
    }
    if (plan->codec_count)
        return 0;
    why->warning = (struct offer_warning){305, "the answer has no codec that was offered"};
    return fail(why, 488, -ENOTSUP, "Not Acceptable Here");
}

void offer_commit(struct offer_session *session)
{
    struct offer_session *next = session->pending;
    if (!next)
        return;
    free(session->sent);
    free(session->sections);
    *session = *next;
    session->pending = NULL;
    free(next);
}
