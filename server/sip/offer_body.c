/* offer_body.c - the text of offers and answers. */
#include "server/sip/offer_body.h"

#include "server/sip/text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    FIXED_BYTES = 1024, /* all lines that do not depend on the number of codecs or sections */
    TYPE_BYTES = 64 + CODEC_FMTP_BYTES,
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
        write_red(text, &body->session->listed, type);
        break;
    }
}

static void write_audio(struct text *text, const struct offer_body *body)
{
    const struct offer_types *types = &body->session->listed;
    text_add(text, "m=audio %u %s", body->local->port, body->session->protocol);
    for (unsigned i = 0; i < types->count; i++)
        text_add(text, " %u", types->type[i].receive_type);
    text_add(text, "\r\n");
    for (unsigned i = 0; i < types->count; i++)
        write_type(text, body, &types->type[i]);
    text_add(text, "a=ptime:%u\r\na=maxptime:%u\r\na=%s\r\n", body->ptime_ms,
             OFFER_MAX_PTIME_MS, media_direction_word(body->session->direction));
    extmap_write(&body->session->extmap, text);
    if (body->rtcp_mux)
        text_add(text, "a=rtcp-mux\r\n");
}

char *offer_body_write(const struct offer_body *body)
{
    const struct offer_session *session = body->session;
    const char *sections = session->sections ? session->sections : "";
    const char *kind = body->local->family == AF_INET6 ? "IP6" : "IP4";
    size_t room = FIXED_BYTES + body->timing.length + strlen(sections) +
                  session->listed.count * (size_t)TYPE_BYTES;
    char *data = malloc(room);
    if (!data)
        return NULL;
    struct text text;
    text_init(&text, data, room);
    text_add(&text, " IN %s %s\r\ns=-\r\nc=IN %s %s\r\nt=", kind, body->local->address, kind,
             body->local->address);
    text_add_bytes(&text, body->timing.at, body->timing.length);
    text_add(&text, "\r\n");
    text_add_bytes(&text, sections, session->audio_at);
    write_audio(&text, body);
    text_add(&text, "%s", sections + session->audio_at);
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

char *offer_body_refusals(const struct description *offered, unsigned audio_index,
                          size_t *audio_at)
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
        if (i == audio_index) {
            *audio_at = text.length;
            continue;
        }
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
