/* offer.c - who offers and who answers: reading the far end, answering, remembering. */
#include "server/sdp/offer.h"

#include "mixer/base/random.h"
#include "server/sdp/audio_plan.h"
#include "server/sdp/offer_body.h"
#include "server/sdp/offer_stream.h"
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
    struct offer_video video[VIDEO_STREAMS];
    struct bundle_lines bundle; /* if the session bundles */
};

static const struct offer_session fresh = {
    .srtp = MEDIA_SRTP_OFF,
    .audio.direction = MEDIA_SENDRECV,
    .video[VIDEO_CAMERA] = {.stream = {.direction = MEDIA_SENDRECV, .index = OFFER_NO_INDEX}},
    .video[VIDEO_SLIDES] = {.stream = {.direction = MEDIA_RECVONLY, .index = OFFER_NO_INDEX}},
};

void offer_session_init(struct offer_session *session)
{
    *session = fresh;
    random_bytes(&session->id, sizeof(session->id));
    session->id &= INT64_MAX >> 1; /* some far ends read it as a signed number */
}

void offer_session_init_silent(struct offer_session *session)
{
    offer_session_init(session);
    session->takes_messages = true;
    session->audio.index = OFFER_NO_INDEX;
}

/* A session that was copied gets its own, which may be changed. @return false: no memory. */
static bool copy_secrets(struct offer_session *session)
{
    session->audio.secrets = offer_secrets_copy(session->audio.secrets);
    bool is_copied = session->audio.secrets;
    for (unsigned i = 0; i < VIDEO_STREAMS; i++) {
        struct offer_stream *stream = &session->video[i].stream;
        stream->secrets = offer_secrets_copy(stream->secrets);
        is_copied = is_copied && stream->secrets;
    }
    return is_copied;
}

static void trim_secrets(struct offer_session *session)
{
    session->audio.secrets = offer_secrets_trim(session->audio.secrets);
    for (unsigned i = 0; i < VIDEO_STREAMS; i++) {
        struct offer_stream *stream = &session->video[i].stream;
        stream->secrets = offer_secrets_trim(stream->secrets);
    }
}

static void drop_secrets(struct offer_session *session)
{
    offer_secrets_destroy(session->audio.secrets);
    session->audio.secrets = NULL;
    for (unsigned i = 0; i < VIDEO_STREAMS; i++) {
        offer_secrets_destroy(session->video[i].stream.secrets);
        session->video[i].stream.secrets = NULL;
    }
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

/* ---- what is agreed ---- */

/* The newest, in force or not. */
static const struct offer_session *last_of(const struct offer_session *session)
{
    return session->pending ? session->pending : session;
}

static const struct offer_dtls *dtls_of(const struct offer_stream *stream)
{
    static const struct offer_dtls none;
    return stream->secrets ? &stream->secrets->dtls : &none;
}

const struct offer_dtls *offer_dtls_of_sound(const struct offer_session *session)
{
    return dtls_of(&last_of(session)->audio);
}

const struct offer_dtls *offer_dtls_of_video(const struct offer_session *session,
                                             enum video_stream stream)
{
    return dtls_of(&last_of(session)->video[stream].stream);
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

static void find_videos(const struct offer_session *session, struct offer *offer)
{
    const struct bundle_lines *bundle = session->bundles ? &offer->bundle : NULL;
    offer_video_find(session, &offer->description, bundle, offer->video);
    for (unsigned i = 0; i < VIDEO_STREAMS; i++) {
        struct offer_video *video = &offer->video[i];
        video->is_usable &= offer->has_sound;
        video->mid = mid_of(session, offer, video->index);
    }
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
    find_videos(session, offer);
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

unsigned offer_videos(const struct offer *offer)
{
    unsigned videos = 0;
    for (unsigned i = 0; i < VIDEO_STREAMS; i++)
        videos |= (unsigned)offer->video[i].is_usable << i;
    return videos;
}

unsigned offer_session_videos(const struct offer_session *session)
{
    unsigned videos = 0;
    for (unsigned i = 0; i < VIDEO_STREAMS; i++)
        videos |= (unsigned)session->video[i].is_in << i;
    return videos;
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
    audio_plan_begin(audio, stream->direction, plan);
    for (unsigned i = 0; i < audio->format_count; i++) {
        const struct audio_format *format = &audio->format[i];
        struct offer_type type = {format->meaning, format->type, format->type};
        if (!audio_plan_wants(audio, NULL, &format->meaning))
            continue;
        offer_types_remember(&formats->types, &type);
        formats->listed.type[formats->listed.count++] = type;
        audio_plan_add(plan, format, &type);
    }
    extmap_answer(&stream->extensions, &audio->extmap, &stream->extmap);
    extmap_name(&stream->extmap, mid_of(next, offer, stream->index), &plan->mid);
    extmap_remember(&stream->extensions, &stream->extmap);
    offer_stream_answer_keys(next, stream, &audio->media);
    offer_stream_security(stream, &plan->security);
    audio_plan_end(plan, audio, local, &stream->extmap);
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
                 struct video_plans *video, char **sdp)
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
    for (unsigned i = 0; i < VIDEO_STREAMS; i++)
        offer_video_answer(next, i, &offer->description, &offer->video[i], local,
                           &video->stream[i]);
    next->sections = offer_body_sections(&offer->description);
    if (!next->sections || (next->bundles && !keep_bundle(next, &offer->bundle)))
        return -ENOMEM;
    struct offer_body body = {.local = local,
                              .session = next,
                              .far = &offer->audio,
                              .far_video = offer->video,
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
    unsigned count = offer_body_count_with_video(next);
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

static void close_videos(struct offer_session *next)
{
    for (unsigned i = 0; i < VIDEO_STREAMS; i++)
        next->video[i].is_in = false;
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
    for (unsigned i = 0; i < VIDEO_STREAMS; i++)
        offer_video_make(&next, i, local);
    if (only_writes)
        close_videos(&next);
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
    audio_plan_begin(audio, stream->direction, plan);
    for (unsigned i = 0; i < audio->format_count; i++) {
        const struct audio_format *format = &audio->format[i];
        if (!audio_plan_wants(audio, &formats->listed, &format->meaning))
            continue;
        struct offer_type type = *offer_types_find(&formats->listed, &format->meaning);
        type.send_type = format->type;
        offer_types_remember(&formats->types, &type);
        audio_plan_add(plan, format, &type);
    }
    if (!plan->codec_count)
        return;
    offer_stream_security(stream, &plan->security);
    extmap_accept(&stream->extmap, &audio->extmap, &agreed);
    extmap_remember(&stream->extensions, &agreed);
    audio_plan_end(plan, audio, local, &agreed);
}

static void accept_videos(struct offer_session *next, const struct offer *answer,
                          const struct offer_local *local, struct video_plans *video)
{
    for (unsigned i = 0; i < VIDEO_STREAMS; i++)
        offer_video_accept(next, i, &answer->video[i], local, &video->stream[i]);
}

int offer_accept(struct offer_session *session, const struct offer *answer,
                 const struct offer_local *local, struct leg_plan *plan,
                 struct video_plans *video, struct offer_failure *why)
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
        accept_videos(next, answer, local, video);
        return keep_formats(next) ? 0 : fail(why, 500, -ENOMEM, "out of memory");
    }
    if (offer_stream_accept_keys(&next->audio, &answer->audio.media) < 0) {
        why->warning =
            (struct offer_warning){399, "the answer takes a key that was not offered"};
        return fail(why, 488, -ENOTSUP, "Not Acceptable Here");
    }
    accept_audio(next, &answer->audio, local, plan);
    accept_videos(next, answer, local, video);
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
