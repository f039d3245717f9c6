/*
 * video_section.h - what one m=video of the far end says: formats with their feedback and
 * retransmission, address, direction, bandwidth.
 *
 * Reads, judges usability, decides nothing: who answers what is offer.h's matter. a=imageattr,
 * a=label and what else is not named here are as if they were not there.
 *
 * Thread   any; pure.
 * Errors   a negative errno and a Warning that says why this section cannot be used.
 * Source   RFC 3264, 8866; 4585 section 4, 5104 section 7 (a=rtcp-fb), 4588 section 8 (rtx),
 *          5506 (a=rtcp-rsize), 4796 (a=content), 3890 (TIAS).
 */
#ifndef SERVER_SDP_VIDEO_SECTION_H
#define SERVER_SDP_VIDEO_SECTION_H

#include "server/leg/codec_choice.h"
#include "server/leg/video_plan.h"
#include "server/sdp/extmap.h"
#include "server/sdp/media_section.h"

#include <stdbool.h>
#include <stdint.h>

/** What a payload type means: a codec, and what tells its formats apart. */
struct video_meaning {
    const struct video_codec *codec;
    uint8_t profile, constraints, level, packetization; /* as in struct video_params */
};

struct video_format {
    struct video_meaning meaning;
    uint8_t type, rtx_type;     /* RTP payload types, the far end's; rtx: may be NO_TYPE */
    uint8_t feedback;           /* bits of feedback_lines.h, beside those of all         */
    bool is_bare;               /* it has no a=fmtp                                      */
    struct video_params params; /* unused bytes are 0                                    */
};

struct video_section {
    struct media_section media;
    uint64_t bandwidth_bps; /* of RTP without UDP and IP, from b=; 0: not said            */
    bool is_avpf;           /* RTP/AVPF, RTP/SAVPF, UDP/TLS/RTP/SAVPF                     */
    bool reduced_size;      /* a=rtcp-rsize                                               */
    bool says_content;      /* a=content                                                  */
    uint8_t feedback;       /* of all formats: bits of feedback_lines.h                   */
    struct extmap extmap;   /* header extensions                                          */
    unsigned format_count;  /* what we have, in its order, each meaning once; not rtx     */
    struct video_format format[VIDEO_PLAN_MAX_CODECS];
};

/**
 * Reads section @p media of @p description.
 *
 * @return 0: at least one format can be encoded; media_section_read()'s errors; -ENOTSUP no
 *         codec in common; with *warning. Port 0 is the caller's
 *         matter.
 */
int video_section_read(const struct description *description,
                       const struct description_media *media, struct video_section *section,
                       struct offer_warning *warning);

/** Leaves the codecs that are chosen, in that order; all, if no picture is. @return 0;
 *  -ENOTSUP: none is left that can be encoded; with *warning. */
int video_section_choose(struct video_section *section, const struct codec_choice *choice,
                         struct offer_warning *warning);

/** What its a=content says it shows. */
enum video_content {
    VIDEO_CONTENT_UNSAID,
    VIDEO_CONTENT_MAIN,
    VIDEO_CONTENT_SLIDES,
    VIDEO_CONTENT_OTHER
};
enum video_content video_section_content(const struct description_media *media);

struct video_meaning video_meaning_of(const struct video_codec *codec,
                                      const struct video_params *params);

/** As much as a meaning knows; the rest is 0. */
struct video_params video_meaning_params(const struct video_meaning *meaning);

/** The same format, whatever the level. */
bool video_meaning_equals(const struct video_meaning *a, const struct video_meaning *b);

#endif
