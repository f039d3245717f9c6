/*
 * offer_stream.h - the keys of one stream of a dialog, sound or picture: for offer.c and
 * offer_video.c only.
 *
 *   offer_stream_judge(session, &section, &warning);       may it be used?
 *   the far end offers:   offer_stream_answer_keys(session, stream, &section);
 *   we offer:             offer_stream_offer_keys(session, stream);
 *                         offer_stream_accept_keys(stream, &section);
 *   offer_stream_security(stream, &plan->security);
 *
 * Thread   control; pure but for random keys.
 * Source   RFC 4568 (SDES), RFC 5763 (DTLS), as offer.h says.
 */
#ifndef SERVER_SDP_OFFER_STREAM_H
#define SERVER_SDP_OFFER_STREAM_H

#include "server/sdp/media_section.h"
#include "server/sdp/offer.h"

/** Whether a section that was read may be used. @return 0; -EPROTONOSUPPORT with *warning. */
int offer_stream_judge(const struct offer_session *session, const struct media_section *theirs,
                       struct offer_warning *warning);
/** What a plan has of it: with DTLS, no keys yet. */
void offer_stream_security(const struct offer_stream *stream, struct rtp_security *security);
/** Those of an answer to @p theirs, as the policy of the session says. */
void offer_stream_answer_keys(const struct offer_session *session, struct offer_stream *stream,
                              const struct media_section *theirs);
/** Those of an offer, and its protocol if there was none yet. */
void offer_stream_offer_keys(const struct offer_session *session, struct offer_stream *stream);
/** Those that are left of an offer by the answer @p theirs. @return 0 or -ENOTSUP. */
int offer_stream_accept_keys(struct offer_stream *stream, const struct media_section *theirs);

#endif
