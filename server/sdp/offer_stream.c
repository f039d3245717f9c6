/* offer_stream.c - a policy, what a section has, and what was agreed before. */
#include "server/sdp/offer_stream.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

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
           (session->offers_dtls || session->offers_ice ||
            session->audio.secrets->dtls.is_used);
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
        const bool has_ice = session->offers_ice || session->audio.secrets->dtls.has_ice;
        snprintf(stream->protocol, sizeof(stream->protocol), "UDP/TLS/RTP/SAVP%s",
                 session->offers_ice ? "F" : "");
        offer_dtls_begin(&stream->secrets->dtls, has_ice);
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
