/*
 * audio_section.h - what one m=audio of the far end says: formats, address, direction, packet
 * time.
 *
 * Reads, judges usability, decides nothing: who answers what is offer.h's matter.
 *
 * Thread   any; pure.
 * Errors   a negative errno and a Warning (code and text, RFC 3261 section 20.43) that says why
 *          this section cannot be used.
 * Source   RFC 3264 (direction, hold), 3551 (static types), 4733 (telephone-event), 3389 (CN),
 *          2198 (RED), 3605 (a=rtcp), 5761 (rtcp-mux; types 64..95 collide with RTCP), 3556
 *          (b=RS, RR), 8866.
 */
#ifndef SERVER_SDP_AUDIO_SECTION_H
#define SERVER_SDP_AUDIO_SECTION_H

#include "mixer/codec/codec.h"
#include "server/leg/codec_choice.h"
#include "server/leg/leg_plan.h"
#include "server/sdp/description.h"
#include "server/sdp/extmap.h"
#include "server/sdp/media_section.h"
#include "server/sdp/media_types.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

enum {
    AUDIO_MAX_FORMATS =
        LEG_PLAN_MAX_CODECS + LEG_PLAN_MAX_EVENTS + LEG_PLAN_MAX_NOISES + 1 /* RED */,
};

enum audio_kind { AUDIO_NOTHING, AUDIO_CODEC, AUDIO_EVENT, AUDIO_NOISE, AUDIO_RED };

/** What a payload type means. */
struct audio_meaning {
    const struct codec *codec; /* of CODEC and RED, else NULL */
    enum audio_kind kind;
    uint32_t clock_hz;
};

struct audio_format {
    struct audio_meaning meaning;
    uint8_t type;               /* RTP payload type, the far end's */
    struct codec_params params; /* of CODEC                        */
};

struct audio_section {
    struct media_section media;
    bool rtcp_off;                  /* b=RS:0 and b=RR:0                                  */
    unsigned ptime_ms, maxptime_ms; /* 0: not said                                        */
    unsigned bandwidth_bps;         /* of the codec, from b=TIAS or b=AS; 0: not said     */
    struct extmap extmap;           /* header extensions                                  */
    unsigned format_count;          /* what we have, in its order, each meaning once      */
    struct audio_format format[AUDIO_MAX_FORMATS];
};

/** What else a payload type may mean, for types that come without a=rtpmap. May be NULL. */
struct audio_known_types {
    struct audio_meaning meaning[MEDIA_TYPES];
};

/**
 * Reads section @p media of @p description.
 *
 * @return 0; -EPROTONOSUPPORT not plain RTP; -EAFNOSUPPORT no usable address; -ENOTSUP no codec
 *         in common; -EBADMSG a malformed line; with *warning. Port 0 is the caller's matter.
 */
int audio_section_read(const struct description *description,
                       const struct description_media *media,
                       const struct audio_known_types *known, struct audio_section *section,
                       struct offer_warning *warning);

/** Leaves the codecs that are chosen, in that order; all, if no sound is. @return 0; -ENOTSUP:
 *  none is left; with *warning. */
int audio_section_choose(struct audio_section *section, const struct codec_choice *choice,
                         struct offer_warning *warning);

bool audio_meaning_equals(const struct audio_meaning *a, const struct audio_meaning *b);

/** The one codec whose audio is taken and sent in RED: Opus. */
const struct codec *audio_red_codec(void);

#endif
