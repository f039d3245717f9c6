/* offer_body.c - the text of offers and answers. */
#include "server/sdp/offer_body.h"

#include "server/sdp/feedback_lines.h"
#include "server/sdp/text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    STREAMS = 1 + VIDEO_STREAMS,
    /* all lines that do not depend on the number of codecs or sections */
    FIXED_BYTES = 1024 + STREAMS * (CRYPTO_MAX_LINES * CRYPTO_LINE_BYTES + OFFER_DTLS_BYTES),
    TYPE_BYTES = 64 + CODEC_FMTP_BYTES,
    VIDEO_TYPE_BYTES = 384 + VIDEO_FMTP_BYTES, /* with rtx and six kinds of feedback */
    PLACEHOLDER_BYTES = 48,
    SOURCE_BYTES = 1024, /* of one section: what we send, and where we are */
    BUNDLE_BYTES = BUNDLE_MAX_SECTIONS * 2 * (BUNDLE_MID_BYTES + 8) +
                   STREAMS * (SOURCE_BYTES + ICE_LINES_MAX_OURS * ICE_CANDIDATE_LINE_BYTES),
};

/* How the far end wants the codec. NULL: we offer. */
static const struct codec_params *far_params(const struct offer_body *body,
                                             const struct audio_meaning *meaning)
{
    for (unsigned i = 0; body->far && i < body->far->format_count; i++) {
        if (audio_meaning_equals(&body->far->format[i].meaning, meaning))
            return &body->far->format[i].params;
    }
    return NULL;
}

static void write_codec(struct text *text, const struct offer_body *body,
                        const struct offer_type *type)
{
    char parameters[CODEC_FMTP_BYTES] = "";
    const struct codec *codec = type->meaning.codec;
    text_add(text, "a=rtpmap:%u %s/%u", type->receive_type, codec->name, codec->rtp_clock_hz);
    if (codec->sdp_channels > 1)
        text_add(text, "/%u", codec->sdp_channels);
    text_add(text, "\r\n");
    codec->fmtp_write(far_params(body, &type->meaning), parameters);
    if (parameters[0])
        text_add(text, "a=fmtp:%u %s\r\n", type->receive_type, parameters);
}

/* What is sent anew and what is sent again are both of the codec. */
static void write_red(struct text *text, const struct offer_types *types,
                      const struct offer_type *red)
{
    const struct codec *codec = red->meaning.codec;
    text_add(text, "a=rtpmap:%u red/%u/%u\r\n", red->receive_type, codec->rtp_clock_hz,
             codec->sdp_channels);
    for (unsigned i = 0; i < types->count; i++) {
        const struct offer_type *type = &types->type[i];
        if (type->meaning.kind == AUDIO_CODEC && type->meaning.codec == codec)
            text_add(text, "a=fmtp:%u %u/%u\r\n", red->receive_type, type->receive_type,
                     type->receive_type);
    }
}

static void write_type(struct text *text, const struct offer_body *body,
                       const struct offer_type *type)
{
    switch (type->meaning.kind) {
    case AUDIO_NOTHING:
        break;
    case AUDIO_CODEC:
        write_codec(text, body, type);
        break;
    case AUDIO_EVENT:
        text_add(text, "a=rtpmap:%u telephone-event/%u\r\na=fmtp:%u 0-15\r\n",
                 type->receive_type, type->meaning.clock_hz, type->receive_type);
        break;
    case AUDIO_NOISE:
        text_add(text, "a=rtpmap:%u CN/%u\r\n", type->receive_type, type->meaning.clock_hz);
        break;
    case AUDIO_RED:
        write_red(text, &body->session->formats->listed, type);
        break;
    }
}

static void write_keys(struct text *text, const struct offer_body *body,
                       const struct offer_stream *stream, uint16_t port)
{
    const struct offer_local *local = body->local;
    offer_keys_write(&stream->secrets->keys, text);
    if (!stream->secrets->dtls.is_used)
        return;
    if (body->session->bundles)
        offer_dtls_write_all(&stream->secrets->dtls, body->session->fingerprint,
                             local->candidates, local->candidate_count, text);
    else
        offer_dtls_write(&stream->secrets->dtls, body->session->fingerprint,
                         body->local->address, port, text);
}

/* Which section it is, and whose sound or picture. */
static void write_bundle(struct text *text, const struct offer_body *body, unsigned index,
                         const struct source_lines *source)
{
    const struct bundle_lines *bundle = body->session->bundle;
    if (!bundle || index >= bundle->sections)
        return;
    bundle_lines_write_mid(bundle->mid[index], text);
    if (source && source->cname)
        source_lines_write(source, text);
}

static void write_audio(struct text *text, const struct offer_body *body)
{
    const struct offer_types *types = &body->session->formats->listed;
    text_add(text, "m=audio %u %s", body->local->port, body->session->audio.protocol);
    for (unsigned i = 0; i < types->count; i++)
        text_add(text, " %u", types->type[i].receive_type);
    text_add(text, "\r\n");
    for (unsigned i = 0; i < types->count; i++)
        write_type(text, body, &types->type[i]);
    text_add(text, "a=ptime:%u\r\na=maxptime:%u\r\na=%s\r\n", body->ptime_ms,
             OFFER_MAX_PTIME_MS, media_direction_word(body->session->audio.direction));
    extmap_write(&body->session->audio.extmap, text);
    write_keys(text, body, &body->session->audio, body->local->port);
    if (body->rtcp_mux)
        text_add(text, "a=rtcp-mux\r\n");
    write_bundle(text, body, body->session->audio.index, &body->local->audio_source);
}

/* ---- video ---- */

/* @p section NULL: we offer. */
static const struct video_format *far_format(const struct video_section *section,
                                             const struct video_type *type)
{
    for (unsigned i = 0; section && i < section->format_count; i++) {
        if (section->format[i].type == type->send_type)
            return &section->format[i];
    }
    return NULL;
}

static void write_video_type(struct text *text, const struct video_section *section,
                             unsigned feedback, const struct video_type *type)
{
    char parameters[VIDEO_FMTP_BYTES] = "";
    const struct video_codec *codec = type->meaning.codec;
    const struct video_format *far = far_format(section, type);
    struct video_params params;
    memset(&params, 0, sizeof(params));
    if (far)
        codec->params_answer(&far->params, &params);
    else
        video_types_params(&type->meaning, &params);
    text_add(text, "a=rtpmap:%u %s/%u\r\n", type->receive_type, codec->name, VIDEO_CLOCK_HZ);
    codec->fmtp_write(&params, parameters);
    if (parameters[0])
        text_add(text, "a=fmtp:%u %s\r\n", type->receive_type, parameters);
    if (far)
        feedback_lines_write(far->feedback & feedback, type->receive_type, text);
}

/* The type of its own, or that of its retransmission: those come last, so that nobody takes one
 * for a codec. */
static uint8_t number_of(const struct video_type *type, bool rtx)
{
    return rtx ? type->rtx_receive_type : type->receive_type;
}

static void write_video_numbers(struct text *text, const struct video_types *types, bool rtx)
{
    for (unsigned i = 0; i < types->count; i++) {
        uint8_t number = number_of(&types->type[i], rtx);
        if (number != VIDEO_PLAN_NO_TYPE)
            text_add(text, " %u", number);
    }
}

/* AS counts UDP and IP headers, TIAS does not; both, for phones know one or the other. */
static void write_bandwidth(struct text *text, uint64_t bps)
{
    if (bps)
        text_add(text, "b=AS:%llu\r\nb=TIAS:%llu\r\n", (unsigned long long)((bps + 976) / 977),
                 (unsigned long long)bps);
}

static void write_video(struct text *text, const struct offer_body *body,
                        enum video_stream which)
{
    const struct offer_film *film = &body->session->video[which];
    const struct offer_video_local *local = &body->local->video[which];
    const struct video_types *types = &body->session->formats->video[which].listed;
    const struct video_section *far = body->far ? &body->far_video[which].section : NULL;
    text_add(text, "m=video %u %s", local->port, film->stream.protocol);
    write_video_numbers(text, types, false);
    write_video_numbers(text, types, true);
    text_add(text, "\r\n");
    write_bandwidth(text, local->bandwidth_bps);
    for (unsigned i = 0; i < types->count; i++)
        write_video_type(text, far, film->feedback, &types->type[i]);
    for (unsigned i = 0; i < types->count; i++) {
        const struct video_type *type = &types->type[i];
        if (type->rtx_receive_type != VIDEO_PLAN_NO_TYPE)
            text_add(text, "a=rtpmap:%u rtx/%u\r\na=fmtp:%u apt=%u\r\n", type->rtx_receive_type,
                     VIDEO_CLOCK_HZ, type->rtx_receive_type, type->receive_type);
    }
    feedback_lines_write(film->feedback & (far ? far->feedback : FEEDBACK_ALL),
                         FEEDBACK_ALL_TYPES, text);
    text_add(text, "a=%s\r\n", media_direction_word(film->stream.direction));
    extmap_write(&film->stream.extmap, text);
    write_keys(text, body, &film->stream, local->port);
    if (!far || far->media.rtcp_mux)
        text_add(text, "a=rtcp-mux\r\n");
    if (!far || far->reduced_size)
        text_add(text, "a=rtcp-rsize\r\n");
    if (far ? far->says_content : which == VIDEO_SLIDES)
        text_add(text, "a=content:%s\r\n", which == VIDEO_SLIDES ? "slides" : "main");
    write_bundle(text, body, film->stream.index, &body->local->video_source[which]);
}

static unsigned count_lines(const char *sections)
{
    unsigned count = 0;
    for (const char *at = sections; at && (at = strchr(at, '\n')); at++)
        count++;
    return count;
}

unsigned offer_body_count(const struct offer_session *session)
{
    unsigned count = count_lines(session->sections);
    const bool has_sound = session->audio.index != OFFER_NO_INDEX;
    return count > session->audio.index || !has_sound ? count : session->audio.index + 1;
}

/* Takes the next line off @p sections, with its end; length 0: there is none. */
static struct slice take_line(const char **sections)
{
    const char *start = *sections, *end = strchr(start, '\n');
    *sections = end ? end + 1 : start + strlen(start);
    return (struct slice){start, (size_t)(*sections - start)};
}

unsigned offer_body_count_with_video(const struct offer_session *session)
{
    unsigned count = offer_body_count(session);
    for (unsigned i = 0; i < VIDEO_STREAMS; i++) {
        const struct offer_film *film = &session->video[i];
        if (film->is_in && film->stream.index >= count)
            count = film->stream.index + 1;
    }
    return count;
}

/* @return VIDEO_STREAMS: it is none's. */
static enum video_stream video_at(const struct offer_session *session, unsigned index)
{
    enum video_stream which = 0;
    while (which < VIDEO_STREAMS &&
           !(session->video[which].is_in && session->video[which].stream.index == index))
        which++;
    return which;
}

static unsigned count_all(const struct offer_body *body)
{
    unsigned count = offer_body_count_with_video(body->session);
    for (unsigned i = 0; i < body->local->message_count; i++) {
        if (body->local->message[i].index >= count)
            count = body->local->message[i].index + 1;
    }
    return count;
}

/* Those that our last body had. */
static unsigned count_sent(const struct offer_session *session)
{
    unsigned count = 0;
    for (const char *at = session->sent; (at = strstr(at, "\r\nm=")); at += 2)
        count++;
    return count;
}

bool offer_body_is_closed_message(const struct offer_session *session, unsigned index)
{
    static const char closed[] = "\r\nm=message 0 ";
    const char *at = session->sent ? strstr(session->sent, "\r\nm=") : NULL;
    for (unsigned i = 0; at && i < index; i++)
        at = strstr(at + 2, "\r\nm=");
    return at && strncmp(at, closed, sizeof(closed) - 1) == 0;
}

/* ---- messages ---- */

static const struct offer_message_local *find_message(const struct offer_body *body,
                                                      unsigned index)
{
    for (unsigned i = 0; i < body->local->message_count; i++) {
        if (body->local->message[i].index == index)
            return &body->local->message[i];
    }
    return NULL;
}

static void write_message(struct text *text, const struct offer_message_local *message)
{
    text_add(text, "m=message %u %s *\r\n%s", message->port,
             message->is_tls ? "TCP/TLS/MSRP" : "TCP/MSRP", message->lines);
}

/* ---- all sections ---- */

static void write_refused(struct text *text, const struct offer_body *body, unsigned index,
                          struct slice line)
{
    text_add_bytes(text, line.at, line.length);
    write_bundle(text, body, index, NULL);
}

/* The group of those that we take. */
static void write_group(struct text *text, const struct offer_session *session)
{
    bool taken[BUNDLE_MAX_SECTIONS] = {false};
    if (session->audio.index < BUNDLE_MAX_SECTIONS)
        taken[session->audio.index] = true;
    for (unsigned i = 0; i < VIDEO_STREAMS; i++) {
        const struct offer_film *film = &session->video[i];
        if (film->is_in && film->stream.index < BUNDLE_MAX_SECTIONS)
            taken[film->stream.index] = true;
    }
    bundle_lines_write_group(session->bundle, taken, text);
}

static void write_sections(struct text *text, const struct offer_body *body)
{
    const struct offer_session *session = body->session;
    const char *rest = session->sections ? session->sections : "";
    unsigned count = count_all(body);
    for (unsigned i = 0; i < count; i++) {
        struct slice refused = take_line(&rest);
        const struct offer_message_local *message = find_message(body, i);
        const enum video_stream which = video_at(session, i);
        if (message)
            write_message(text, message);
        else if (i == session->audio.index)
            write_audio(text, body);
        else if (which < VIDEO_STREAMS)
            write_video(text, body, which);
        else
            write_refused(text, body, i, refused);
    }
}

static bool has_ice(const struct offer_session *session)
{
    bool has = session->audio.secrets->dtls.has_ice;
    for (unsigned i = 0; i < VIDEO_STREAMS; i++) {
        const struct offer_film *film = &session->video[i];
        has = has || (film->is_in && film->stream.secrets->dtls.has_ice);
    }
    return has;
}

char *offer_body_write(const struct offer_body *body)
{
    const struct offer_session *session = body->session;
    const char *sections = session->sections ? session->sections : "";
    const char *kind = body->local->family == AF_INET6 ? "IP6" : "IP4";
    size_t room = FIXED_BYTES + body->timing.length + strlen(sections) +
                  (session->bundle ? BUNDLE_BYTES : 0) +
                  body->local->message_count * (size_t)OFFER_MESSAGE_BYTES +
                  session->formats->listed.count * (size_t)TYPE_BYTES;
    for (unsigned i = 0; i < VIDEO_STREAMS; i++)
        room += session->formats->video[i].listed.count * (size_t)VIDEO_TYPE_BYTES;
    char *data = malloc(room);
    if (!data)
        return NULL;
    struct text text;
    text_init(&text, data, room);
    text_add(&text, " IN %s %s\r\ns=-\r\nc=IN %s %s\r\nt=", kind, body->local->address, kind,
             body->local->address);
    text_add_bytes(&text, body->timing.at, body->timing.length);
    text_add(&text, "\r\n");
    if (has_ice(session))
        ice_lines_write_session(&text);
    if (session->bundle)
        write_group(&text, session);
    write_sections(&text, body);
    if (text.full) {
        free(data);
        return NULL;
    }
    char *fitting = realloc(data, text.length + 1); /* it is kept as long as the dialog */
    return fitting ? fitting : data;
}

char *offer_body_whole(uint64_t id, uint64_t version, const char *sent)
{
    size_t room = 128 + strlen(sent);
    char *data = malloc(room);
    if (!data)
        return NULL;
    struct text text;
    text_init(&text, data, room);
    text_add(&text, "v=0\r\no=raduno %llu %llu%s", (unsigned long long)id,
             (unsigned long long)version, sent);
    return data;
}

static size_t refusal_bytes(const struct description_media *media)
{
    return media->kind.length + media->protocol.length + media->formats.length + 16;
}

char *offer_body_sections(const struct description *offered)
{
    size_t room = 1;
    for (unsigned i = 0; i < offered->media_count; i++)
        room += refusal_bytes(&offered->media[i]);
    char *data = malloc(room);
    if (!data)
        return NULL;
    struct text text;
    text_init(&text, data, room);
    for (unsigned i = 0; i < offered->media_count; i++) {
        const struct description_media *media = &offered->media[i];
        text_add(&text, "m=");
        text_add_bytes(&text, media->kind.at, media->kind.length);
        text_add(&text, " 0 ");
        text_add_bytes(&text, media->protocol.at, media->protocol.length);
        text_add(&text, " ");
        text_add_bytes(&text, media->formats.at, media->formats.length);
        text_add(&text, "\r\n");
    }
    return data;
}

static void add_placeholder(struct text *text, const struct offer_session *session,
                            unsigned index)
{
    const enum video_stream which = video_at(session, index);
    if (index == session->audio.index)
        text_add(text, "m=audio 0 %s 0\r\n", session->audio.protocol);
    else if (which < VIDEO_STREAMS)
        text_add(text, "m=video 0 %s 96\r\n", session->video[which].stream.protocol);
    else
        text_add(text, "m=message 0 TCP/MSRP *\r\n");
}

char *offer_body_grown_sections(const struct offer_session *session)
{
    const char *rest = session->sections ? session->sections : "";
    const unsigned count = count_sent(session);
    size_t room = strlen(rest) + count * (size_t)PLACEHOLDER_BYTES + 1;
    char *data = malloc(room);
    if (!data)
        return NULL;
    struct text text;
    text_init(&text, data, room);
    for (unsigned i = 0; i < count; i++) {
        struct slice line = take_line(&rest);
        if (line.length)
            text_add_bytes(&text, line.at, line.length);
        else
            add_placeholder(&text, session, i);
    }
    return data;
}
