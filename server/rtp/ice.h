/*
 * ice.h - the lite side of ICE for one transport: answers checks, and knows which way was
 * chosen.
 *
 *   ice_credentials_make(&local);
 *   ice_init(&ice, &local);   ice_set_remote(&ice, &remote);      once it is known
 *   a datagram:  ice_take(&ice, data, length, from, now_ns, &result);   result.answer goes back
 *                if (result.is_nominated) ...send media to ice.selected from now on...
 *   now and then, not before ice_due_ns(&ice):
 *                if (ice_lost_consent(&ice, now_ns)) ...stop sending media...
 *
 * We are lite, so the far end has the controlling role, and nominates: the newest nomination
 * wins. A check is believed if it has our password's MESSAGE-INTEGRITY; whom it came from may
 * send DTLS from then on (ice_is_validated()). A captured nomination that comes again does not
 * move the media: its transaction is remembered.
 *
 * After a restart the way of before is kept, and checks with the credentials of before are
 * answered, until the far end nominates with the new ones.
 *
 * Consent: of us, who send media, it lasts as long as checks come on the selected way. If none
 * came for 30 s it is lost, once; a check that comes after all gives it back, as a nomination.
 *
 * Thread   belongs to one thread; no socket, no clock. Not for a media tick (HMAC).
 * Source   RFC 8445 sections 2.7 (lite), 7.3 (answering checks), 8.1.1, 8.2 (nomination), 9
 *          (restart), 5.3 (credentials); RFC 8489 section 9.1.3; RFC 7675 section 5.1. Of RFC
 *          7675 the lite side has no checks of its own: those of the far end tell.
 */
#ifndef SERVER_RTP_ICE_H
#define SERVER_RTP_ICE_H

#include "server/rtp/ice_stun.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ICE_UFRAG_BYTES = 257,    /* 4 to 256 characters */
    ICE_PASSWORD_BYTES = 257, /* 22 to 256 characters */
    ICE_LOCAL_UFRAG = 8,      /* characters of ours: 40 bits  */
    ICE_LOCAL_PASSWORD = 26,  /* 130 bits */
    ICE_VALIDATED = 8,        /* ways remembered */
    ICE_NOMINATIONS = 64,     /* transactions remembered */
    ICE_CONSENT_MS = 30000,
};

struct ice_credentials {
    char ufrag[ICE_UFRAG_BYTES];
    char password[ICE_PASSWORD_BYTES];
};

struct ice_counters {
    uint32_t checks;      /* answered with success                            */
    uint32_t refused;     /* answered with an error                           */
    uint32_t ignored;     /* no STUN, no request, no FINGERPRINT              */
    uint32_t conflicts;   /* of the refused ones: 487                         */
    uint32_t nominations; /* that moved the media                             */
    uint32_t consent_lost;
};

struct ice {
    struct ice_credentials local, remote;               /* remote.ufrag "": not known */
    struct ice_credentials local_before, remote_before; /* "": no restart is under way */
    union latch_address validated[ICE_VALIDATED];
    unsigned validated_next;      /* the place of the newest */
    union latch_address selected; /* AF_UNSPEC: none yet  */
    bool has_consent;             /* to send to selected  */
    int64_t heard_ns;             /* the last check on it */
    uint8_t nominations[ICE_NOMINATIONS][ICE_STUN_TRANSACTION_BYTES];
    unsigned nominations_made; /* in all */
    struct ice_counters counters;
};

struct ice_result {
    size_t answer_bytes; /* 0: nothing to send */
    bool is_validated;   /* for the first time, by this check  */
    bool is_nominated;   /* ice.selected is new, or has consent again */
    uint8_t answer[ICE_STUN_ANSWER_BYTES];
};

/** Makes unpredictable ones. */
void ice_credentials_make(struct ice_credentials *credentials);

/** Whether they are of the form that RFC 8839 section 5.4 asks of both sides. */
bool ice_credentials_are_good(const struct ice_credentials *credentials);

/** @p local is copied. */
void ice_init(struct ice *ice, const struct ice_credentials *local);

/** The far end's, as its SDP says; from now on its checks have to name them. Copied. */
void ice_set_remote(struct ice *ice, const struct ice_credentials *remote);

/** New credentials; @p remote NULL: not known yet. Copied. */
void ice_restart(struct ice *ice, const struct ice_credentials *local,
                 const struct ice_credentials *remote);

/** Takes a datagram that demux_kind() calls STUN. */
void ice_take(struct ice *ice, const uint8_t *data, size_t length, const struct sockaddr *from,
              int64_t now_ns, struct ice_result *result);

/** True if an authentic check came from @p from, lately. */
bool ice_is_validated(const struct ice *ice, const struct sockaddr *from);

/** When consent ends if nothing comes; INT64_MAX: there is none to lose. */
int64_t ice_due_ns(const struct ice *ice);

/** @return true once when consent has ended. */
bool ice_lost_consent(struct ice *ice, int64_t now_ns);

/** The fragment of ours that a check names, to find its transport on a shared port.
 *  @return its length, and *ufrag, borrowed from the message; 0: none. */
size_t ice_ufrag_of(const struct ice_stun *check, const char **ufrag);

#endif
