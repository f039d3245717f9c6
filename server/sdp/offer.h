/*
 * offer.h - SDP offer and answer for one dialog: a body in; a struct leg_plan, a struct
 * video_plans and a body out.
 *
 *   offer_session_init(&session);
 *   the far end offers:   offer_read(&session, body, n, &offer, &why);
 *                         ...leg for offer_family(offer)...
 *                         offer_answer(&session, offer, &local, &plan, &video, &sdp);
 *                         ...plan taken:  offer_commit(&session)  and sdp is sent...
 *   we offer:             offer_make(&session, &local, &sdp);    ...the far end answers...
 *                         offer_read(...);
 *                         offer_accept(&session, offer, &local, &plan, &video, &why);
 *                         offer_commit(&session);
 *
 * Policy   The answer lists every codec that both have, in the offerer's order and under its
 *          payload types (RFC 3264 section 6.1); its first is the one that we send: what the
 *          far end prefers. telephone-event and CN follow for each clock rate of those codecs,
 *          RED for Opus. Our own offers list the rows that are to be offered, and what else
 *          was agreed before. One audio section is taken: that of before, else the first that
 *          can be used; every other section is refused with port 0, in its place, its protocol
 *          and formats repeated byte for byte. What a dynamic payload type or an identifier of
 *          a header extension meant once, it means until the dialog ends (section 8.3.2). Our
 *          o= version grows only when something else in the body has changed.
 * Codecs   as the session's choice has them, which may be set anew before each body: those that
 *          are chosen, in the order of the choice, whoever offers; our offers have all of them
 *          but pictures that are never offered. Without a choice as above.
 * Video    if we want it, one m=video is taken, too: that of before, else the first that can be
 *          used and shows who talks (a=content). Whatever is wrong with it, the voice goes on:
 *          it is answered with port 0. We send the first format that we can encode. Feedback
 *          (a=rtcp-fb) is wished under RTP/AVP, too, as most phones do that refuse RTP/AVPF.
 *          Our offers have m=video in its place, with port 0 once we want none; retransmission
 *          (rtx) only under RTP/AVPF, or where it was agreed.
 * Slides   beside it one more m=video is taken, as long as it sends what is presented: with
 *          a=content:slides, or any in a bundle. We never send there, and offer it only where
 *          it is in use already.
 * SRTP     as the session's srtp says, which may be set anew before each body. Whoever offers
 *          keys is answered with one, under the protocol that he offered: RTP/SAVP, or RTP/AVP
 *          from those who leave the choice to the other side. Our own offers are plain; with
 *          a=crypto beside, if offers_srtp says so; RTP/SAVP, if it is required or was agreed
 *          on before.
 * DTLS     UDP/TLS/RTP/SAVP(F), where SRTP is not off, if the far end asks for it, or
 *          offers_dtls says so, or offers_ice; our offers have it, too, for a picture beside a
 *          voice that has it. With our fingerprint, and the lite side of ICE if the far end has
 *          ICE, or offers_ice says so. The plan then has no keys and perhaps no address:
 *          offer_dtls_of_sound() and its like say how they are to be had. Each section has a
 *          transport of its own. Without a=rtcp-mux there is no RTCP, and no video.
 * Bundle   of a session that bundles (a browser's) all media has one transport: its offer has
 *          to group its sound with BUNDLE, with DTLS, ICE and rtcp-mux; a picture is taken
 *          only if it is in that group, and has no keys and no way of its own. Such a session
 *          never offers.
 * Messages m=message lines of MSRP are read, and answered as the caller says: those that he
 *          names in offer_local, with lines of his, in their places; the others with port 0. A
 *          body that has such lines needs no sound, if the session `takes_messages`: its plan
 *          then neither sends nor receives.
 * Shape    plan->ptime_ms is what the far end wants to get, in whole frames of the codec that
 *          we send, and never above its maxptime but for the 10 ms that are the least; the
 *          a=ptime of our answer wishes the same for the other way. A plan's unused bytes are
 *          0: two plans that say the same are equal byte for byte.
 * Thread   control; pure: no socket, no clock.
 * Errors   a negative errno; what is the far end's fault has a SIP status, and a Warning if
 *          488.
 * Source   RFC 3264, 8866, 3551, 4733, 3389, 2198, 3605, 5761, 3556, 7587, 8285; hold: RFC 3264
 *          section 8.4; video: RFC 4585, 4588, 5104, 5506, 4796, 3890; DTLS: RFC 5763, 8842;
 *          bundle: RFC 9143, 8829 (what browsers offer).
 */
#ifndef SERVER_SDP_OFFER_H
#define SERVER_SDP_OFFER_H

#include "server/leg/leg_plan.h"
#include "server/leg/video_plan.h"
#include "server/sdp/audio_section.h"
#include "server/sdp/bundle_lines.h"
#include "server/sdp/message_section.h"
#include "server/sdp/offer_formats.h"
#include "server/sdp/offer_secrets.h"
#include "server/sdp/source_lines.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    OFFER_MIN_PTIME_MS = 10,
    OFFER_MAX_PTIME_MS = 60,
    OFFER_NO_INDEX = UINT16_MAX,
    OFFER_MAX_MESSAGES = 4,
    OFFER_MESSAGE_BYTES = 2048, /* of the lines of one */
};

/** Why a body was not taken. */
struct offer_failure {
    unsigned status; /* of the response: 400, 413, 488, 500         */
    char text[DESCRIPTION_WHY_BYTES];
    struct offer_warning warning; /* code 0: none                                */
};

/** One of the sections that we take. */
struct offer_stream {
    unsigned index; /* which m= line it is; OFFER_NO_INDEX: none yet      */
    char protocol[MEDIA_PROTOCOL_BYTES]; /* "": nothing was agreed yet                    */
    enum media_direction direction; /* ours, as last said                                 */
    struct extmap_known extensions; /* all that an identifier ever meant here             */
    struct extmap extmap;           /* what the last body has                             */
    struct offer_secrets *secrets;  /* owned; NULL: it is plain. In what is pending: never */
};

/** One of them that has a picture. */
struct offer_film {
    struct offer_stream stream;
    bool is_in;       /* the last body has it                              */
    uint8_t feedback; /* what that says of it: bits of feedback_lines.h     */
};

/** What a dialog remembers from one offer to the next. The fields are offer*.c's. */
struct offer_session {
    enum media_srtp srtp;       /* not DEFAULT; may be set before any body                   */
    struct codec_choice codecs; /* what may be agreed on; the same                       */
    bool offers_srtp;           /* our offers of RTP/AVP have a=crypto, too: before the first,
                                   as what follows                                           */
    bool offers_dtls;           /* our offers have DTLS, and nothing else                    */
    bool offers_ice;            /* the same, and the lite side of ICE: to a browser          */
    bool takes_messages;        /* there may be MSRP instead of sound                        */
    const struct dtls_fingerprint *fingerprint; /* ours, borrowed; NULL: no DTLS here  */
    bool bundles;                /* all media has one transport                            */
    struct bundle_lines *bundle; /* owned: of the last body, if it bundles                 */
    uint64_t id, version;        /* o=; version 0: nothing was said yet                 */
    char *sent;                  /* the last body, from behind the version              */
    bool sent_is_agreed;         /* the far end has accepted it                         */
    char *agreed;                /* owned: the one before, to be had again if this is refused */
    bool is_offering;            /* our own offer waits for its answer                  */
    char *sections;              /* every m= line, as it is refused                     */
    struct offer_stream audio;
    struct offer_film video[VIDEO_STREAMS];
    struct offer_formats_kept *kept; /* owned: what types mean; NULL: nothing was said yet */
    struct offer_formats *formats;   /* the same, borrowed while a body is made; else NULL */
    struct offer_session *pending;   /* what offer_commit() puts into force              */
};

/** Our side of the video. */
struct offer_video_local {
    uint16_t port;          /* 0: we want none                              */
    uint64_t bandwidth_bps; /* the most that we want to be sent; 0: not said */
};

/** Our side of a session of MSRP. */
struct offer_message_local {
    unsigned index; /* its m= line; in our offer OFFER_NO_INDEX: a new one, see offer_place() */
    bool is_tls;
    uint16_t port;
    const char *lines; /* attributes, with their ends; borrowed */
};

/** Our side of the media. */
struct offer_local {
    int family;
    char address[INET6_ADDRSTRLEN];
    uint16_t port;
    unsigned ptime_ms; /* wanted when the far end does not say */
    bool pauses;       /* we may send nothing in silence, where that is agreed */
    struct offer_video_local video[VIDEO_STREAMS];
    unsigned message_count;
    struct offer_message_local message[OFFER_MAX_MESSAGES];
    /* of a session that bundles: */
    unsigned candidate_count;
    struct ice_candidate candidates[ICE_LINES_MAX_OURS];
    struct source_lines audio_source, video_source[VIDEO_STREAMS]; /* what we send */
};

/** A body of the far end that was read and has audio, or messages, that we can use. */
struct offer;

/** Starts a dialog's state with a random id. */
void offer_session_init(struct offer_session *session);
/** The same, for offers that have no sound, only messages. */
void offer_session_init_silent(struct offer_session *session);
/** Frees what it holds. Zeroed is allowed. */
void offer_session_finish(struct offer_session *session);

/** Reads a body, offer or answer (whichever is expected now: see offer_make()).
 *  @return 0 and *offer, owned by the caller, which borrows @p body; else *why. */
int offer_read(const struct offer_session *session, const char *body, size_t length,
               struct offer **offer, struct offer_failure *why);
void offer_destroy(struct offer *offer); /* NULL is allowed */

/** AF_INET or AF_INET6: what the leg has to be. */
int offer_family(const struct offer *offer);
/** Where its media goes: for choosing our address; family AF_UNSPEC if it holds by 0.0.0.0. */
const struct sockaddr *offer_remote(const struct offer *offer);

/** Which pictures it has that could be taken: bits by enum video_stream. */
unsigned offer_videos(const struct offer *offer);
/** The same, of the last body. */
unsigned offer_session_videos(const struct offer_session *session);

/** Whether it has sound, and not only messages. */
bool offer_has_sound(const struct offer *offer);

/** Its sessions of MSRP that could be read. @return how many there are at *sections, borrowed
 *  from the offer. */
unsigned offer_messages(const struct offer *offer, const struct message_section **sections);

/** Answers. @return 0, *plan, *video and *sdp (owned by the caller, free()); -ENOMEM. Nothing
 * is in force before offer_commit(): an answer that is not sent leaves no trace. */
int offer_answer(struct offer_session *session, const struct offer *offer,
                 const struct offer_local *local, struct leg_plan *plan,
                 struct video_plans *video, char **sdp);

/** Makes an offer of all we have, sendrecv. The next offer_read() is of its answer.
 *  @return 0 and *sdp, owned by the caller; -ENOMEM. */
int offer_make(struct offer_session *session, const struct offer_local *local, char **sdp);

/** Gives the new sections of @p local the index that they get from offer_make(): where an old
 * one was closed, or behind all others. Its video is one that was there before, or none. */
void offer_place(const struct offer_session *session, struct offer_local *local);

/** Says the same as last time once more, as an offer (a refresh). -ENOENT: nothing was said
 * yet. */
int offer_repeat(struct offer_session *session, char **sdp);

/** Takes the far end's answer to our offer. @return 0, *plan and *video; -ENOTSUP with *why: it
 *  refuses, or answers with what was not offered. */
int offer_accept(struct offer_session *session, const struct offer *answer,
                 const struct offer_local *local, struct leg_plan *plan,
                 struct video_plans *video, struct offer_failure *why);

/** Our offer was refused, or its answer cannot be used: what was agreed before stands. */
void offer_withdraw(struct offer_session *session);

/** How the keys of the plans that were made last are to be had. Borrowed until the next call.
 */
const struct offer_dtls *offer_dtls_of_sound(const struct offer_session *session);
const struct offer_dtls *offer_dtls_of_video(const struct offer_session *session,
                                             enum video_stream stream);

/** Puts the last offer_answer() or offer_accept() into force. */
void offer_commit(struct offer_session *session);

#endif
