/* offer_video.c - one m=video: found, answered, offered, accepted. */
#include "server/sdp/offer_video.h"

#include "server/sdp/feedback_lines.h"
#include "server/sdp/offer_body.h"
#include "server/sdp/offer_stream.h"

#include <string.h>

enum { MAX_TRIES = 8 }; /* sections that are read: each costs all lines of the session */

/* ---- reading ---- */

static const struct description_media *video_at(const struct description *description,
                                                unsigned index)
{
    if (index >= description->media_count)
        return NULL;
    const struct description_media *media = &description->media[index];
    return slice_equals(media->kind, "video") ? media : NULL;
}

/* Where all has one transport, port 0 may only say so. */
static bool is_offered(const struct description_media *media, unsigned index,
                       const struct bundle_lines *bundle)
{
    if (!bundle)
        return media->port != 0;
    return index < BUNDLE_MAX_SECTIONS && bundle->is_bundled[index] &&
           (media->port != 0 || bundle->is_bundle_only[index]);
}

/* Whether it could show who talks. */
static bool is_main(const struct description_media *media)
{
    const enum video_content content = video_section_content(media);
    return content == VIDEO_CONTENT_UNSAID || content == VIDEO_CONTENT_MAIN;
}

/* Whether it could be what is presented, beside @p camera: a browser has no word for it. Who only
 * wants to be sent slides gets none: it is all in one picture. */
static bool is_slides(const struct offer_session *session,
                      const struct description *description, unsigned index,
                      const struct offer_video *camera)
{
    const struct offer_film *film = &session->video[VIDEO_SLIDES];
    const struct description_media *media = video_at(description, index);
    const enum video_content content = video_section_content(media);
    const bool is_known = film->is_in && film->stream.index == index;
    return camera->is_usable && camera->index != index &&
           (content == VIDEO_CONTENT_SLIDES ||
            (content == VIDEO_CONTENT_UNSAID && (session->bundles || is_known))) &&
           (is_known || media_direction_sends(media_section_direction(description, media)));
}

static bool try_section(const struct offer_session *session, enum video_stream which,
                        const struct description *description,
                        const struct bundle_lines *bundle, unsigned index,
                        struct offer_video found[VIDEO_STREAMS])
{
    struct offer_warning ignored;
    struct offer_video *video = &found[which];
    const struct description_media *media = video_at(description, index);
    if (!media || !is_offered(media, index, bundle) ||
        !(which == VIDEO_CAMERA
              ? is_main(media)
              : is_slides(session, description, index, &found[VIDEO_CAMERA])) ||
        video_section_read(description, media, &video->section, &ignored) != 0 ||
        video_section_choose(&video->section, &session->codecs, &ignored) != 0 ||
        offer_stream_judge(session, &video->section.media, &ignored) != 0 ||
        (video->section.media.is_dtls && !video->section.media.rtcp_mux))
        return false;
    video->index = index;
    video->is_usable = true;
    return true;
}

/* Where the video that we send could go some day, though this one cannot be used. */
static bool is_place(const struct offer_session *session, const struct description *description,
                     unsigned index)
{
    const struct description_media *media = video_at(description, index);
    char protocol[MEDIA_PROTOCOL_BYTES];
    return media && media_section_is_spoken(media) && is_main(media) &&
           slice_copy(media->protocol, protocol, sizeof(protocol)) &&
           !media_section_is_dtls(protocol) &&
           (session->srtp != MEDIA_SRTP_OFF || !media_section_is_secure(protocol));
}

static void find_place(const struct offer_session *session, unsigned before,
                       const struct description *description, struct offer_video *found)
{
    found->index = is_place(session, description, before) ? before : OFFER_NO_INDEX;
    for (unsigned i = 0; i < description->media_count && found->index == OFFER_NO_INDEX; i++) {
        if (is_place(session, description, i))
            found->index = i;
    }
}

static void find(const struct offer_session *session, enum video_stream which,
                 const struct description *description, const struct bundle_lines *bundle,
                 struct offer_video found[VIDEO_STREAMS])
{
    const struct offer_film *film = &session->video[which];
    const unsigned before = film->stream.index;
    unsigned tries = 0;
    found[which] = (struct offer_video){.index = before};
    if (session->is_offering) {
        if (film->is_in)
            try_section(session, which, description, bundle, before, found);
        return;
    }
    if (try_section(session, which, description, bundle, before, found))
        return;
    for (unsigned i = 0; i < description->media_count && tries < MAX_TRIES; i++) {
        tries += video_at(description, i) != NULL;
        if (try_section(session, which, description, bundle, i, found))
            return;
    }
    if (which == VIDEO_CAMERA)
        find_place(session, before, description, &found[which]);
    else
        found[which].index = OFFER_NO_INDEX;
}

void offer_video_find(const struct offer_session *session,
                      const struct description *description, const struct bundle_lines *bundle,
                      struct offer_video found[VIDEO_STREAMS])
{
    for (unsigned i = 0; i < VIDEO_STREAMS; i++)
        find(session, i, description, bundle, found);
}

/* Ours, before theirs is known. */
static enum media_direction widest(enum video_stream which)
{
    return which == VIDEO_SLIDES ? MEDIA_RECVONLY : MEDIA_SENDRECV;
}

/* ---- plans ---- */

/* A plan is compared byte for byte with the one before: what is between its fields is 0. */
static void begin_plan(const struct video_section *video, enum media_direction direction,
                       struct video_plan *plan)
{
    memset(plan, 0, sizeof(*plan));
    memcpy(&plan->remote_rtp, &video->media.rtp, sizeof(plan->remote_rtp));
    memcpy(&plan->remote_rtcp, &video->media.rtcp, sizeof(plan->remote_rtcp));
    plan->rtcp_mux = video->media.rtcp_mux;
    plan->reduced_size = video->reduced_size;
    plan->send = media_direction_sends(direction);
    plan->receive = media_direction_hears(direction);
    plan->bandwidth_bps = video->bandwidth_bps;
}

static void add_to_plan(struct video_plan *plan, const struct video_format *format,
                        const struct video_type *type)
{
    struct video_plan_codec *codec = &plan->codec[plan->codec_count++];
    codec->codec = format->meaning.codec;
    codec->receive_type = type->receive_type;
    codec->send_type = type->send_type;
    codec->rtx_receive_type = type->rtx_receive_type;
    codec->rtx_send_type = type->rtx_send_type;
    memcpy(&codec->params, &format->params, sizeof(codec->params));
}

/* The first that we can send goes to the front. @return false: there is none. */
static bool prefer_what_we_send(struct video_plan *plan)
{
    unsigned at = 0;
    struct video_plan_codec chosen;
    while (at < plan->codec_count && !plan->codec[at].codec->can_encode)
        at++;
    if (at == plan->codec_count)
        return false;
    memcpy(&chosen, &plan->codec[at], sizeof(chosen));
    memmove(&plan->codec[1], &plan->codec[0], at * sizeof(plan->codec[0]));
    memcpy(&plan->codec[0], &chosen, sizeof(chosen));
    return true;
}

/* What follows from all that was added. @p said is the feedback that we both speak of. */
static void end_plan(struct video_plan *plan, const struct video_section *video,
                     const struct extmap *extmap, unsigned said)
{
    if (!prefer_what_we_send(plan)) {
        memset(plan, 0, sizeof(*plan));
        return;
    }
    unsigned bits = video->feedback;
    for (unsigned i = 0; i < video->format_count; i++) {
        if (video->format[i].type == plan->codec[0].send_type)
            bits |= video->format[i].feedback;
    }
    plan->transport_id = extmap_used(extmap, EXTMAP_TRANSPORT);
    if (!plan->transport_id)
        bits &= ~(unsigned)FEEDBACK_TRANSPORT;
    if (!(bits & FEEDBACK_TRANSPORT))
        plan->transport_id = 0;
    plan->feedback = feedback_lines_plan(bits & said);
    /* who wishes feedback under RTP/AVP does not mean: some seconds later */
    plan->early_feedback = video->is_avpf || (bits & said);
}

/* ---- the far end offers ---- */

/* Feedback that speaks of packets' numbers needs them. */
static uint8_t all_feedback(const struct video_section *video, const struct extmap *extmap)
{
    unsigned bits = video->feedback;
    for (unsigned i = 0; i < video->format_count; i++)
        bits |= video->format[i].feedback;
    if (!extmap->line[EXTMAP_TRANSPORT].id)
        bits &= ~(unsigned)FEEDBACK_TRANSPORT;
    return (uint8_t)bits;
}

void offer_video_answer(struct offer_session *next, enum video_stream which,
                        const struct description *description, const struct offer_video *found,
                        const struct offer_local *local, struct video_plan *plan)
{
    const struct video_section *video = &found->section;
    struct offer_film *film = &next->video[which];
    struct offer_stream *stream = &film->stream;
    struct offer_video_formats *formats = &next->formats->video[which];
    memset(plan, 0, sizeof(*plan));
    stream->index = found->index;
    film->is_in =
        found->is_usable && local->video[which].port && video->media.family == local->family;
    formats->listed.count = 0;
    if (found->index == OFFER_NO_INDEX)
        return;
    slice_copy(description->media[found->index].protocol, stream->protocol,
               sizeof(stream->protocol));
    if (!film->is_in) {
        offer_secrets_drop(stream->secrets);
        return;
    }
    stream->direction = media_section_turn(&video->media, widest(which));
    begin_plan(video, stream->direction, plan);
    for (unsigned i = 0; i < video->format_count; i++) {
        const struct video_format *format = &video->format[i];
        struct video_type type = {.meaning = format->meaning,
                                  .receive_type = format->type,
                                  .send_type = format->type,
                                  .rtx_receive_type = format->rtx_type,
                                  .rtx_send_type = format->rtx_type};
        video_types_remember(&formats->types, &type);
        formats->listed.type[formats->listed.count++] = type;
        add_to_plan(plan, format, &type);
    }
    extmap_answer(&stream->extensions, &video->extmap, &stream->extmap);
    extmap_name(&stream->extmap, found->mid, &plan->mid);
    extmap_remember(&stream->extensions, &stream->extmap);
    offer_stream_answer_keys(next, stream, &video->media);
    offer_stream_security(stream, &plan->security);
    film->feedback = all_feedback(video, &stream->extmap);
    end_plan(plan, video, &stream->extmap, film->feedback);
}

/* ---- we offer ---- */

void offer_video_make(struct offer_session *next, enum video_stream which,
                      const struct offer_local *local)
{
    struct offer_film *film = &next->video[which];
    struct offer_stream *stream = &film->stream;
    struct offer_video_formats *formats = &next->formats->video[which];
    bool is_avpf = media_section_is_avpf(stream->protocol);
    film->is_in = false;
    formats->listed.count = 0;
    if (!local->video[which].port)
        return;
    video_types_offer(&formats->types, &next->codecs, is_avpf, &formats->listed);
    film->is_in = formats->listed.count > 0;
    if (!film->is_in)
        return;
    offer_stream_offer_keys(next, stream);
    if (stream->index == OFFER_NO_INDEX)
        stream->index = offer_body_count(next);
    stream->direction = widest(which);
    extmap_offer(EXTMAP_VIDEO, &stream->extensions, &stream->extmap);
    film->feedback = FEEDBACK_ALL;
    if (!stream->extmap.line[EXTMAP_TRANSPORT].id)
        film->feedback &= (uint8_t)~FEEDBACK_TRANSPORT;
}

static bool is_planned(const struct video_plan *plan, const struct video_type *type)
{
    for (unsigned i = 0; i < plan->codec_count; i++) {
        if (plan->codec[i].receive_type == type->receive_type)
            return true;
    }
    return false;
}

/* Some answer under our number without the a=fmtp that makes it ours, or with another: what
 * they say of themselves counts. */
static const struct video_type *find_offered(const struct video_types *listed,
                                             const struct video_format *format)
{
    const struct video_type *same = video_types_find(listed, &format->meaning);
    const struct video_type *numbered =
        video_types_find_number(listed, format->meaning.codec, format->type);
    if (format->is_bare)
        return numbered ? numbered : same;
    return same ? same : numbered;
}

void offer_video_accept(struct offer_session *next, enum video_stream which,
                        const struct offer_video *found, const struct offer_local *local,
                        struct video_plan *plan)
{
    const struct video_section *video = &found->section;
    struct offer_film *film = &next->video[which];
    struct offer_stream *stream = &film->stream;
    struct offer_video_formats *formats = &next->formats->video[which];
    struct extmap agreed;
    memset(plan, 0, sizeof(*plan));
    if (!film->is_in || !found->is_usable || video->media.family != local->family ||
        offer_stream_accept_keys(stream, &video->media) < 0)
        return;
    stream->direction = media_section_turn(&video->media, stream->direction);
    begin_plan(video, stream->direction, plan);
    for (unsigned i = 0; i < video->format_count; i++) {
        const struct video_format *format = &video->format[i];
        const struct video_type *offered = find_offered(&formats->listed, format);
        if (!offered || is_planned(plan, offered))
            continue;
        struct video_type type = *offered;
        bool rtx = type.rtx_receive_type != VIDEO_PLAN_NO_TYPE &&
                   format->rtx_type != VIDEO_PLAN_NO_TYPE;
        type.send_type = format->type;
        type.rtx_send_type = rtx ? format->rtx_type : VIDEO_PLAN_NO_TYPE;
        type.rtx_receive_type = rtx ? type.rtx_receive_type : VIDEO_PLAN_NO_TYPE;
        video_types_remember(&formats->types, &type);
        add_to_plan(plan, format, &type);
    }
    offer_stream_security(stream, &plan->security);
    extmap_accept(&stream->extmap, &video->extmap, &agreed);
    extmap_remember(&stream->extensions, &agreed);
    end_plan(plan, video, &agreed, film->feedback);
}
