/*
 * media_section.h - what one m= line and its attributes say whatever the medium: address, RTCP,
 * direction, bandwidth.
 *
 * Thread   any; pure.
 * Errors   a negative errno and a Warning (code and text, RFC 3261 section 20.43) that says why
 *          this section cannot be used.
 * Source   RFC 4568 (a=crypto); RFC 5763 and 8842 (DTLS); RFC 3264 (direction, hold), 3605
 *          (a=rtcp), 5761 (rtcp-mux), 3556 and 3890 (b=), 8866.
 */
#ifndef SERVER_SDP_MEDIA_SECTION_H
#define SERVER_SDP_MEDIA_SECTION_H

#include "server/leg/media_srtp.h"
#include "server/sdp/crypto_lines.h"
#include "server/sdp/description.h"
#include "server/sdp/fingerprint_lines.h"
#include "server/sdp/ice_lines.h"
#include "server/sdp/media_direction.h"

#include <stdbool.h>
#include <sys/socket.h>

struct media_section {
    struct sockaddr_storage rtp, rtcp; /* family AF_UNSPEC in rtp: 0.0.0.0, hold the old way */
    int family;                        /* of c=, known even then                             */
    enum media_direction direction;    /* as the far end says it                             */
    bool rtcp_mux;
    bool is_secure; /* its protocol says so: RTP/SAVP, RTP/SAVPF, and what DTLS has  */
    bool is_dtls;   /* keys come by DTLS: UDP/TLS/RTP/SAVP, UDP/TLS/RTP/SAVPF        */
    bool has_ice;   /* and it is a full agent's; only with DTLS                      */
    struct crypto_lines crypto; /* keys, with such a protocol or with another; not with DTLS */
    struct fingerprint_lines fingerprints; /* with DTLS                              */
    struct ice_credentials ice;            /* with ICE                               */
};

/** Why not: a Warning for a response. */
struct offer_warning {
    unsigned code;  /* 300..399 */
    char text[112]; /* no quotes, no control bytes */
};

/**
 * Reads section @p media of @p description. Port 0 is the caller's matter.
 *
 * @return 0; -EPROTONOSUPPORT neither RTP nor SRTP with a key or a fingerprint; -EAFNOSUPPORT
 * no usable address; -EBADMSG a malformed line; with *warning.
 */
int media_section_read(const struct description *description,
                       const struct description_media *media, struct media_section *section,
                       struct offer_warning *warning);

enum { MEDIA_PROTOCOL_BYTES = 24 };

/** Whether its protocol is one that we speak: RTP/AVP, RTP/SAVP, UDP/TLS/RTP/SAVP, and those
 *  with an F. */
bool media_section_is_spoken(const struct description_media *media);
/** RTP/SAVP, RTP/SAVPF. */
bool media_section_is_secure(const char *protocol);
/** UDP/TLS/RTP/SAVP, UDP/TLS/RTP/SAVPF. */
bool media_section_is_dtls(const char *protocol);
/** Those with an F. */
bool media_section_is_avpf(const char *protocol);

/** Whether a section that was read may be used. @return 0; -EPROTONOSUPPORT with *warning. */
int media_section_judge(const struct media_section *section, enum media_srtp policy,
                        struct offer_warning *warning);

/** Its direction, or that of the session; sendrecv if neither says one. */
enum media_direction media_section_direction(const struct description *description,
                                             const struct description_media *media);

/** Where it is: its c= line, or that of the session, and its port; of family AF_UNSPEC if there
 *  is none that could be used. */
void media_section_address(const struct description *description,
                           const struct description_media *media,
                           struct sockaddr_storage *address);

/** Our direction: the mirror of theirs, within @p ours, and without sending to 0.0.0.0. */
enum media_direction media_section_turn(const struct media_section *section,
                                        enum media_direction ours);

/** The number of the first "b=KIND:number" in @p lines. @return false: there is none. */
bool media_section_bandwidth(struct slice lines, const char *kind, unsigned long *number);

/** Fills *warning. @return @p error. */
int media_section_refuse(struct offer_warning *warning, unsigned code, int error,
                         const char *text);

#endif
