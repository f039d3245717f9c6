/* offer.c - who offers and who answers: reading the far end, making plans, remembering. */
#include "server/sdp/offer.h"

#include "mixer/base/random.h"
#include "server/sdp/offer_body.h"
#include "server/sdp/offer_video.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct offer {
    struct description description;
    bool has_sound;
    unsigned audio_index;
    struct audio_section audio; /* zeroed if it has none */
    unsigned message_count;
    struct message_section message[OFFER_MAX_MESSAGES];
    struct offer_video video;
    struct bundle_lines bundle; /* if the session bundles */
};

static const struct offer_session fresh = {
    .srtp = MEDIA_SRTP_OFF,
    .audio.direction = MEDIA_SENDRECV,
    .video = {.direction = MEDIA_SENDRECV, .index = OFFER_NO_INDEX},
};

void offer_session_init(struct offer_session *session)
{
    *session = fresh;
    random_bytes(&session->id, sizeof(session->id));
    session->id &= INT64_MAX >> 1; /* some far ends read it as a signed number */
}

/* A session that was copied gets its own, which may be changed. @return false: no memory. */
static bool copy_secrets(struct offer_session *session)
{
    struct offer_secrets *audio = offer_secrets_copy(session->audio.secrets);
    struct offer_secrets *video = offer_secrets_copy(session->video.secrets);
    session->audio.secrets = audio;
    session->video.secrets = video;
    return audio && video;
}

static void trim_secrets(struct offer_session *session)
{
    session->audio.secrets = offer_secrets_trim(session->audio.secrets);
    session->video.secrets = offer_secrets_trim(session->video.secrets);
}

static void drop_secrets(struct offer_session *session)
{
    offer_secrets_destroy(session->audio.secrets);
    offer_secrets_destroy(session->video.secrets);
    session->audio.secrets = session->video.secrets = NULL;
}

static void drop_pending(struct offer_session *session)
{
    if (session->pending) {
        free(session->pending->sent);
        free(session->pending->sections);
        free(session->pending->bundle);
        free(session->pending->kept);
        drop_secrets(session->pending);
        free(session->pending);
        session->pending = NULL;
    }
}

void offer_session_finish(struct offer_session *session)
{
    drop_pending(session);
    free(session->sent);
    free(session->agreed);
    free(session->sections);
    free(session->bundle);
    free(session->kept);
    drop_secrets(session);
    *session = fresh;
}

/* ---- keys of a stream ---- */

int offer_stream_judge(const struct offer_session *session, const struct media_section *theirs,
                       struct offer_warning *warning)
{
    const bool is_off = theirs->is_dtls && !session->fingerprint;
    return media_section_judge(theirs, is_off ? MEDIA_SRTP_OFF : session->srtp, warning);
}

void offer_stream_answer_keys(const struct offer_session *session, struct offer_stream *stream,
                              const struct media_section *theirs)
{
    if (theirs->is_dtls) {
        offer_keys_drop(&stream->secrets->keys);
        if (session->bundles && stream != &session->audio) /* its own lines do not count */
            stream->secrets->dtls = session->audio.secrets->dtls;
        else
            offer_dtls_answer(&stream->secrets->dtls, theirs);
        return;
    }
    offer_dtls_drop(&stream->secrets->dtls);
    if (session->srtp == MEDIA_SRTP_OFF)
        offer_keys_drop(&stream->secrets->keys);
    else
        offer_keys_answer(&stream->secrets->keys, &theirs->crypto);
}

/* Of a stream that is offered for the first time. */
static bool begins_with_dtls(const struct offer_session *session)
{
    return session->fingerprint && session->srtp != MEDIA_SRTP_OFF &&
           (session->offers_dtls || session->audio.secrets->dtls.is_used);
}

/* Under a policy that was another when it was agreed to. */
static void offer_plain(struct offer_stream *stream)
{
    const bool is_avpf = media_section_is_avpf(stream->protocol);
    offer_secrets_drop(stream->secrets);
    snprintf(stream->protocol, sizeof(stream->protocol), is_avpf ? "RTP/AVPF" : "RTP/AVP");
}

void offer_stream_offer_keys(const struct offer_session *session, struct offer_stream *stream)
{
    if (session->srtp == MEDIA_SRTP_OFF) {
        offer_plain(stream);
        return;
    }
    if (!stream->protocol[0] && begins_with_dtls(session)) {
        snprintf(stream->protocol, sizeof(stream->protocol), "UDP/TLS/RTP/SAVP");
        offer_dtls_begin(&stream->secrets->dtls, session->audio.secrets->dtls.has_ice);
    }
    if (stream->secrets->dtls.is_used) {
        offer_dtls_offer(&stream->secrets->dtls);
        return;
    }
    if (!stream->protocol[0] || media_section_is_dtls(stream->protocol))
        snprintf(stream->protocol, sizeof(stream->protocol), "%s",
                 session->srtp == MEDIA_SRTP_REQUIRED ? "RTP/SAVP" : "RTP/AVP");
    if (session->offers_srtp || session->srtp == MEDIA_SRTP_REQUIRED ||
        stream->secrets->keys.agreed.kind || media_section_is_secure(stream->protocol))
        offer_keys_offer(&stream->secrets->keys);
    else
        offer_keys_drop(&stream->secrets->keys);
}

int offer_stream_accept_keys(struct offer_stream *stream, const struct media_section *theirs)
{
    if (theirs->is_dtls != stream->secrets->dtls.is_used)
        return -ENOTSUP;
    if (theirs->is_dtls)
        return offer_dtls_accept(&stream->secrets->dtls, theirs);
    if (!theirs->crypto.count && media_section_is_secure(stream->protocol))
        return -ENOTSUP;
    return offer_keys_accept(&stream->secrets->keys, &theirs->crypto);
}

void offer_stream_security(const struct offer_stream *stream, struct rtp_security *security)
{
    const struct rtp_security *agreed = &stream->secrets->keys.agreed;
    memset(security, 0, sizeof(*security));
    security->kind = stream->secrets->dtls.is_used ? RTP_SECURITY_DTLS : agreed->kind;
    security->by_path = stream->secrets->dtls.has_ice;
    memcpy(&security->receive, &agreed->receive, sizeof(security->receive));
    memcpy(&security->send, &agreed->send, sizeof(security->send));
}

const struct offer_dtls *offer_dtls_of(const struct offer_session *session, bool video)
{
    static const struct offer_dtls none;
    const struct offer_session *last = session->pending ? session->pending : session;
    const struct offer_stream *stream = video ? &last->video : &last->audio;
    return stream->secrets ? &stream->secrets->dtls : &none;
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
    struct offer_formats formats;
    offer_formats_open(session->kept, &formats);
    const struct offer_types *types = session->is_offering ? &formats.listed : &formats.types;
    memset(known, 0, sizeof(*known));
    for (unsigned i = 0; i < types->count; i++) {
        const struct offer_type *type = &types->type[i];
        known->meaning[session->is_offering ? type->receive_type : type->send_type] =
            type->meaning;
    }
}

/* Tries section @p index. *warning keeps the first reason that a real audio section gave. */
static bool try_section(const struct offer_session *session, struct offer *offer,
                        unsigned index, const struct audio_known_types *known,
                        struct offer_failure *why, int *error)
{
    struct offer_warning warning;
    if (index >= offer->description.media_count)
        return false;
    const struct description_media *media = &offer->description.media[index];
    if (!slice_equals(media->kind, "audio") || media->port == 0)
        return false;
    int failed = audio_section_read(&offer->description, media, known, &offer->audio, &warning);
    if (!failed)
        failed = audio_section_choose(&offer->audio, &session->codecs, &warning);
    if (!failed)
        failed = offer_stream_judge(session, &offer->audio.media, &warning);
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

static void read_messages(struct offer *offer)
{
    const struct description *description = &offer->description;
    for (unsigned i = 0;
         i < description->media_count && offer->message_count < OFFER_MAX_MESSAGES; i++) {
        if (message_section_read(description, i, &offer->message[offer->message_count]) == 0)
            offer->message_count++;
    }
}

static int choose_section(const struct offer_session *session, struct offer *offer,
                          struct offer_failure *why)
{
    struct audio_known_types known;
    int error = -ENOTSUP;
    note_known(session, &known);
    if (session->audio.protocol[0] || session->is_offering) {
        if (try_section(session, offer, session->audio.index, &known, why, &error))
            return 0;
    }
    for (unsigned i = 0; !session->is_offering && i < offer->description.media_count; i++) {
        if (try_section(session, offer, i, &known, why, &error))
            return 0;
    }
    if (!why->warning.code)
        why->warning = (struct offer_warning){304, "no audio offered that could be used"};
    if (error == -EBADMSG)
        return fail(why, 400, error, why->warning.text);
    return fail(why, 488, error, "Not Acceptable Here");
}

/* One transport for all, and what it needs. */
static bool is_bundle(struct offer *offer, struct offer_failure *why)
{
    const struct media_section *audio = &offer->audio.media;
    const char *missing = NULL;
    bundle_lines_read(&offer->description, &offer->bundle);
    if (!audio->is_dtls || !audio->has_ice)
        missing = "the sound has no DTLS, or no ICE";
    else if (!audio->rtcp_mux)
        missing = "the sound has no a=rtcp-mux";
    else if (offer->audio_index >= BUNDLE_MAX_SECTIONS ||
             !offer->bundle.is_bundled[offer->audio_index])
        missing = "no a=group:BUNDLE has the sound in it";
    if (!missing)
        return true;
    why->warning.code = 399;
    snprintf(why->warning.text, sizeof(why->warning.text), "%s", missing);
    (void)fail(why, 488, 0, "Not Acceptable Here");
    return false;
}

/* Names are of use only where sections share a transport. */
static const char *mid_of(const struct offer_session *session, const struct offer *offer,
                          unsigned index)
{
    const struct bundle_lines *bundle = &offer->bundle;
    return session->bundles && index < bundle->sections ? bundle->mid[index] : "";
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
    read_messages(offer);
    error = choose_section(session, offer, why);
    offer->has_sound = !error;
    if (error && !(session->takes_messages && offer->message_count && error != -EBADMSG)) {
        offer_destroy(offer);
        return error;
    }
    if (error)
        memset(&offer->audio, 0, sizeof(offer->audio));
    if (session->bundles && !is_bundle(offer, why)) {
        offer_destroy(offer);
        return -ENOTSUP;
    }
    offer_video_find(session, &offer->description, session->bundles ? &offer->bundle : NULL,
                     &offer->video);
    offer->video.is_usable &= offer->has_sound;
    offer->video.mid = mid_of(session, offer, offer->video.index);
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
    if (offer->has_sound)
        return offer->audio.media.family;
    return offer->message[0].address.ss_family == AF_INET6 ? AF_INET6 : AF_INET;
}

const struct sockaddr *offer_remote(const struct offer *offer)
{
    return (const struct sockaddr *)(offer->has_sound ? &offer->audio.media.rtp
                                                      : &offer->message[0].address);
}

bool offer_has_sound(const struct offer *offer)
{
    return offer->has_sound;
}

unsigned offer_messages(const struct offer *offer, const struct message_section **sections)
{
    *sections = offer->message;
    return offer->message_count;
}

bool offer_has_video(const struct offer *offer)
{
    return offer->video.is_usable;
}

/* ---- plans ---- */

/* What we have of what they list: all that was read, or, of an answer, what we had @p offered.
 */
static bool is_common(const struct offer_types *offered, const struct audio_meaning *meaning)
{
    return !offered || offer_types_find(offered, meaning);
}

static bool is_clock_used(const struct audio_section *audio, const struct offer_types *offered,
                          uint32_t clock_hz)
{
    for (unsigned i = 0; i < audio->format_count; i++) {
        const struct audio_meaning *meaning = &audio->format[i].meaning;
        if (meaning->kind == AUDIO_CODEC && meaning->clock_hz == clock_hz &&
            is_common(offered, meaning))
            return true;
    }
    return false;
}

/* Events run at the clock of a codec in use (RFC 4733 section 2.1). Phones that offer Opus with
 * events at 8000 only have no such clock: then they are taken as they are. */
static bool is_event_wanted(const struct audio_section *audio,
                            const struct offer_types *offered, uint32_t clock_hz)
{
    bool fits = false;
    for (unsigned i = 0; i < audio->format_count; i++) {
        const struct audio_meaning *meaning = &audio->format[i].meaning;
        fits = fits || (meaning->kind == AUDIO_EVENT &&
                        is_clock_used(audio, offered, meaning->clock_hz));
    }
    return !fits || is_clock_used(audio, offered, clock_hz);
}

static bool is_wanted(const struct audio_section *audio, const struct offer_types *offered,
                      const struct audio_meaning *meaning)
{
    if (!is_common(offered, meaning))
        return false;
    if (meaning->kind == AUDIO_EVENT)
        return is_event_wanted(audio, offered, meaning->clock_hz);
    return meaning->kind != AUDIO_NOISE || is_clock_used(audio, offered, meaning->clock_hz);
}

static unsigned choose_ptime(const struct audio_section *audio, const struct codec *codec,
                             unsigned wanted_ms)
{
    /* the engine works in whole tens, the codec in whole frames */
    unsigned step = codec->frame_ms > OFFER_MIN_PTIME_MS ? codec->frame_ms : OFFER_MIN_PTIME_MS;
    unsigned most = audio->maxptime_ms && audio->maxptime_ms < OFFER_MAX_PTIME_MS
                        ? audio->maxptime_ms
                        : OFFER_MAX_PTIME_MS;
    if (codec->max_ptime_ms && most > codec->max_ptime_ms)
        most = codec->max_ptime_ms;
    unsigned ptime = audio->ptime_ms ? audio->ptime_ms : wanted_ms;
    if (ptime > most)
        ptime = most;
    ptime -= ptime % step;
    return ptime < step ? step : ptime;
}

/* A plan is compared byte for byte with the one before: what is between its fields is 0. */
static void begin_plan(const struct audio_section *audio, enum media_direction direction,
                       struct leg_plan *plan)
{
    memset(plan, 0, sizeof(*plan));
    memcpy(&plan->remote_rtp, &audio->media.rtp, sizeof(plan->remote_rtp));
    memcpy(&plan->remote_rtcp, &audio->media.rtcp, sizeof(plan->remote_rtcp));
    plan->rtcp_mux = audio->media.rtcp_mux;
    plan->send = media_direction_sends(direction);
    plan->receive = media_direction_hears(direction);
    plan->held_by_far_end = !media_direction_hears(audio->media.direction) ||
                            (audio->media.rtp.ss_family == AF_UNSPEC && !audio->media.has_ice);
    plan->red.receive_type = plan->red.send_type = LEG_PLAN_NO_TYPE;
    plan->rtcp_bandwidth_off =
        audio->rtcp_off || (audio->media.is_dtls && !audio->media.rtcp_mux);
}

static void add_codec(struct leg_plan *plan, const struct audio_format *format,
                      const struct offer_type *type)
{
    struct leg_plan_codec *codec = &plan->codec[plan->codec_count++];
    codec->codec = format->meaning.codec;
    codec->receive_type = type->receive_type;
    codec->send_type = type->send_type;
    memcpy(&codec->params, &format->params, sizeof(codec->params));
}

static void add_to_plan(struct leg_plan *plan, const struct audio_format *format,
                        const struct offer_type *type)
{
    struct leg_plan_event *event;
    struct leg_plan_noise *noise;
    switch (type->meaning.kind) {
    case AUDIO_NOTHING:
        break;
    case AUDIO_CODEC:
        add_codec(plan, format, type);
        break;
    case AUDIO_EVENT:
        event = &plan->event[plan->event_count++];
        event->clock_hz = type->meaning.clock_hz;
        event->receive_type = type->receive_type;
        event->send_type = type->send_type;
        break;
    case AUDIO_NOISE:
        noise = &plan->noise[plan->noise_count++];
        noise->clock_hz = type->meaning.clock_hz;
        noise->receive_type = type->receive_type;
        noise->send_type = type->send_type;
        break;
    case AUDIO_RED:
        plan->red.receive_type = type->receive_type;
        plan->red.send_type = type->send_type;
        break;
    }
}

/* What follows from all that was added. */
static void end_plan(struct leg_plan *plan, const struct audio_section *audio,
                     const struct offer_local *local, const struct extmap *extmap)
{
    plan->level_id = extmap_used(extmap, EXTMAP_LEVEL);
    plan->mixed_levels_id = extmap_used(extmap, EXTMAP_MIXED_LEVELS);
    plan->ptime_ms = choose_ptime(audio, plan->codec[0].codec, local->ptime_ms);
    plan->pauses = local->pauses;
    for (unsigned i = 0; i < plan->codec_count; i++) {
        plan->codec[i].params.ptime_ms = plan->ptime_ms;
        plan->codec[i].params.dtx = plan->codec[i].params.dtx && plan->pauses;
        if (plan->codec[i].codec == audio_red_codec())
            plan->red.codec = (uint8_t)i;
    }
}

/* ---- the far end offers ---- */

/* A copy of the session that owns nothing yet but its secrets; it works on @p formats, until it
 * keeps them. */
static struct offer_session *begin_pending(struct offer_session *session,
                                           struct offer_formats *formats)
{
    drop_pending(session);
    struct offer_session *next = malloc(sizeof(*next));
    if (!next)
        return NULL;
    *next = *session;
    next->sent = next->sections = next->agreed = NULL;
    next->bundle = NULL;
    next->kept = NULL;
    next->pending = NULL;
    offer_formats_open(session->kept, formats);
    next->formats = formats;
    session->pending = next;
    if (!copy_secrets(next))
        drop_pending(session);
    return session->pending;
}

/* It works on them no more. @return false: no memory. */
static bool keep_formats(struct offer_session *next)
{
    next->kept = offer_formats_keep(next->formats);
    next->formats = NULL;
    return next->kept;
}

/* Gives the session the body @p sent; the version grows if it differs from the one before. */
static int say(struct offer_session *next, const char *before, char *sent, char **sdp)
{
    if (!keep_formats(next) || !sent) {
        free(sent);
        return -ENOMEM;
    }
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

static void answer_audio(struct offer_session *next, const struct offer *offer,
                         const struct offer_local *local, struct leg_plan *plan)
{
    const struct audio_section *audio = &offer->audio;
    const struct description_media *media = &offer->description.media[offer->audio_index];
    struct offer_stream *stream = &next->audio;
    struct offer_formats *formats = next->formats;
    stream->direction = media_section_turn(&audio->media, MEDIA_SENDRECV);
    stream->index = offer->audio_index;
    slice_copy(media->protocol, stream->protocol, sizeof(stream->protocol));
    formats->listed.count = 0;
    begin_plan(audio, stream->direction, plan);
    for (unsigned i = 0; i < audio->format_count; i++) {
        const struct audio_format *format = &audio->format[i];
        struct offer_type type = {format->meaning, format->type, format->type};
        if (!is_wanted(audio, NULL, &format->meaning))
            continue;
        offer_types_remember(&formats->types, &type);
        formats->listed.type[formats->listed.count++] = type;
        add_to_plan(plan, format, &type);
    }
    extmap_answer(&stream->extensions, &audio->extmap, &stream->extmap);
    extmap_name(&stream->extmap, mid_of(next, offer, stream->index), &plan->mid);
    extmap_remember(&stream->extensions, &stream->extmap);
    offer_stream_answer_keys(next, stream, &audio->media);
    offer_stream_security(stream, &plan->security);
    end_plan(plan, audio, local, &stream->extmap);
}

/* Nothing is sent, nothing is expected: it is in the mix all the same, as somebody who only
 * writes. */
static void plan_silence(struct leg_plan *plan)
{
    memset(plan, 0, sizeof(*plan));
    plan->codec[0].codec = codec_by_name("PCMU", 8000, 1);
    plan->codec_count = 1;
    plan->ptime_ms = plan->codec[0].params.ptime_ms = 20;
    plan->red.receive_type = plan->red.send_type = LEG_PLAN_NO_TYPE;
    plan->rtcp_bandwidth_off = 1;
}

static void drop_audio(struct offer_session *next, struct leg_plan *plan)
{
    next->audio.index = OFFER_NO_INDEX;
    next->audio.protocol[0] = '\0';
    next->formats->listed.count = 0;
    offer_secrets_drop(next->audio.secrets);
    plan_silence(plan);
}

static bool keep_bundle(struct offer_session *next, const struct bundle_lines *bundle)
{
    next->bundle = malloc(sizeof(*next->bundle));
    if (next->bundle)
        memcpy(next->bundle, bundle, sizeof(*bundle));
    return next->bundle;
}

int offer_answer(struct offer_session *session, const struct offer *offer,
                 const struct offer_local *local, struct leg_plan *plan,
                 struct video_plan *video, char **sdp)
{
    struct offer_formats formats;
    struct offer_session *next = begin_pending(session, &formats);
    if (!next)
        return -ENOMEM;
    next->sent_is_agreed = true;
    next->is_offering = false;
    if (offer->has_sound)
        answer_audio(next, offer, local, plan);
    else
        drop_audio(next, plan);
    offer_video_answer(next, &offer->description, &offer->video, local, video);
    next->sections = offer_body_sections(&offer->description);
    if (!next->sections || (next->bundles && !keep_bundle(next, &offer->bundle)))
        return -ENOMEM;
    struct offer_body body = {.local = local,
                              .session = next,
                              .far = &offer->audio,
                              .far_video = &offer->video.section,
                              .ptime_ms = plan->ptime_ms,
                              .rtcp_mux = plan->rtcp_mux};
    if (!slice_find_line(offer->description.lines, 't', &body.timing))
        body.timing = (struct slice){"0 0", 3};
    return say(next, session->sent, offer_body_write(&body), sdp);
}

/* ---- we offer ---- */

static bool is_taken(const struct offer_local *local, unsigned index)
{
    for (unsigned i = 0; i < local->message_count; i++) {
        if (local->message[i].index == index)
            return true;
    }
    return false;
}

/* RFC 3264 section 8.1: a call that goes on for days does not grow with every file. */
static unsigned find_place(const struct offer_session *session, const struct offer_local *local,
                           unsigned count)
{
    unsigned index = 0;
    while (index < count &&
           (is_taken(local, index) || !offer_body_is_closed_message(session, index)))
        index++;
    return index;
}

/* Where the last body has closed one, or behind all that there are. */
static void place_messages(const struct offer_session *session,
                           const struct offer_session *next, struct offer_local *local)
{
    unsigned count = offer_body_count(next);
    if (next->has_video && next->video.index >= count)
        count = next->video.index + 1;
    for (unsigned i = 0; i < local->message_count; i++) {
        if (local->message[i].index != OFFER_NO_INDEX)
            continue;
        local->message[i].index = find_place(session, local, count);
        count += local->message[i].index == count;
    }
}

void offer_place(const struct offer_session *session, struct offer_local *local)
{
    place_messages(session, session, local);
}

int offer_make(struct offer_session *session, const struct offer_local *local, char **sdp)
{
    struct offer_formats formats;
    struct offer_types list;
    assert(!session->bundles);
    drop_pending(session);
    offer_formats_open(session->kept, &formats);
    offer_types_offer(&formats.types, &session->codecs, &list);
    formats.listed = list;
    struct offer_session next = *session;
    next.formats = &formats;
    int error = copy_secrets(&next) ? 0 : -ENOMEM;
    if (error) {
        drop_secrets(&next);
        return error;
    }
    extmap_offer(EXTMAP_AUDIO, &session->audio.extensions, &next.audio.extmap);
    next.audio.direction = MEDIA_SENDRECV;
    next.sent = NULL;
    next.agreed = NULL;
    const bool only_writes = next.audio.index == OFFER_NO_INDEX; /* and is not asked to speak */
    if (!only_writes)
        offer_stream_offer_keys(&next, &next.audio);
    offer_video_make(&next, local);
    next.has_video &= !only_writes;
    struct offer_local placed = *local;
    place_messages(session, &next, &placed);
    struct offer_body body = {.local = &placed,
                              .session = &next,
                              .timing = {"0 0", 3},
                              .ptime_ms = local->ptime_ms,
                              .rtcp_mux = true};
    error = say(&next, session->sent, offer_body_write(&body), sdp);
    if (error) {
        drop_secrets(&next);
        free(next.kept);
        return error;
    }
    if (session->sent_is_agreed) {
        next.agreed = session->sent;
        free(session->agreed);
    } else {
        next.agreed = session->agreed;
        free(session->sent);
    }
    free(session->kept);
    drop_secrets(session);
    next.sent_is_agreed = false;
    next.is_offering = true;
    *session = next;
    trim_secrets(session);
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
    if (!session->agreed)
        return;
    free(session->sent);
    session->sent = session->agreed;
    session->agreed = NULL;
    session->sent_is_agreed = true;
}

static void accept_audio(struct offer_session *next, const struct audio_section *audio,
                         const struct offer_local *local, struct leg_plan *plan)
{
    struct offer_stream *stream = &next->audio;
    struct offer_formats *formats = next->formats;
    struct extmap agreed;
    stream->direction = media_section_turn(&audio->media, stream->direction);
    begin_plan(audio, stream->direction, plan);
    for (unsigned i = 0; i < audio->format_count; i++) {
        const struct audio_format *format = &audio->format[i];
        if (!is_wanted(audio, &formats->listed, &format->meaning))
            continue;
        struct offer_type type = *offer_types_find(&formats->listed, &format->meaning);
        type.send_type = format->type;
        offer_types_remember(&formats->types, &type);
        add_to_plan(plan, format, &type);
    }
    if (!plan->codec_count)
        return;
    offer_stream_security(stream, &plan->security);
    extmap_accept(&stream->extmap, &audio->extmap, &agreed);
    extmap_remember(&stream->extensions, &agreed);
    end_plan(plan, audio, local, &agreed);
}

int offer_accept(struct offer_session *session, const struct offer *answer,
                 const struct offer_local *local, struct leg_plan *plan,
                 struct video_plan *video, struct offer_failure *why)
{
    struct offer_formats formats;
    struct offer_session *next = begin_pending(session, &formats);
    if (!next)
        return fail(why, 500, -ENOMEM, "out of memory");
    next->sent_is_agreed = true;
    next->is_offering = false;
    next->sent = strdup(session->sent);
    next->sections = offer_body_grown_sections(session);
    if (!next->sent || !next->sections)
        return fail(why, 500, -ENOMEM, "out of memory");
    if (!answer->has_sound) {
        drop_audio(next, plan);
        offer_video_accept(next, &answer->video, local, video);
        return keep_formats(next) ? 0 : fail(why, 500, -ENOMEM, "out of memory");
    }
    if (offer_stream_accept_keys(&next->audio, &answer->audio.media) < 0) {
        why->warning =
            (struct offer_warning){399, "the answer takes a key that was not offered"};
        return fail(why, 488, -ENOTSUP, "Not Acceptable Here");
    }
    accept_audio(next, &answer->audio, local, plan);
    offer_video_accept(next, &answer->video, local, video);
    if (!keep_formats(next))
        return fail(why, 500, -ENOMEM, "out of memory");
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
    free(session->agreed);
    free(session->sections);
    free(session->bundle);
    free(session->kept);
    drop_secrets(session);
    *session = *next;
    session->pending = NULL;
    trim_secrets(session);
    free(next);
}
