/* video_section.c - one m=video: its lines once, then its formats in order, then their rtx. */
#include "server/sdp/video_section.h"

#include "server/sdp/feedback_lines.h"
#include "server/sdp/media_types.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

enum { MAX_FRAMERATE = 1000 };

/* ---- meanings ---- */

struct video_meaning video_meaning_of(const struct video_codec *codec,
                                      const struct video_params *params)
{
    return (struct video_meaning){.codec = codec,
                                  .profile = params->profile,
                                  .constraints = params->constraints,
                                  .level = params->level,
                                  .packetization = params->packetization};
}

struct video_params video_meaning_params(const struct video_meaning *meaning)
{
    struct video_params params;
    memset(&params, 0, sizeof(params));
    params.profile = meaning->profile;
    params.constraints = meaning->constraints;
    params.level = meaning->level;
    params.packetization = meaning->packetization;
    return params;
}

bool video_meaning_equals(const struct video_meaning *a, const struct video_meaning *b)
{
    if (a->codec != b->codec)
        return false;
    struct video_params first = video_meaning_params(a), second = video_meaning_params(b);
    return a->codec->params_match(&first, &second);
}

/* ---- lines ---- */

enum video_content video_section_content(const struct description_media *media)
{
    enum video_content content = VIDEO_CONTENT_OTHER;
    struct slice value, word;
    if (!slice_find_attribute(media->lines, "content", &value))
        return VIDEO_CONTENT_UNSAID;
    while (slice_next_word(&value, ',', &word)) {
        if (slice_equals(word, "main"))
            return VIDEO_CONTENT_MAIN;
        if (slice_equals(word, "slides"))
            content = VIDEO_CONTENT_SLIDES;
    }
    return content;
}

/* TIAS has no UDP and IP headers; AS has: 28 bytes of each 1,228. 0: not said. */
static uint64_t read_bandwidth(struct slice lines, const char *kind)
{
    unsigned long number;
    if (media_section_bandwidth(lines, "TIAS", &number))
        return number;
    return media_section_bandwidth(lines, kind, &number) ? (uint64_t)number * 977 : 0;
}

/* "29.97" is 30; 0: not said. */
static unsigned read_framerate(struct slice lines)
{
    struct slice value, whole;
    unsigned long number;
    if (!slice_find_attribute(lines, "framerate", &value) ||
        !slice_next_word(&value, '.', &whole) || !slice_number(whole, MAX_FRAMERATE, &number))
        return 0;
    return (unsigned)number + (value.length > 1 ? 1 : 0);
}

/* "apt=96;rtx-time=200" */
static bool read_apt(struct slice parameters, unsigned long *type)
{
    struct slice word;
    while (slice_next_word(&parameters, ';', &word)) {
        while (word.length && word.at[0] == ' ') {
            word.at++;
            word.length--;
        }
        if (word.length > 4 && strncasecmp(word.at, "apt=", 4) == 0)
            return slice_number((struct slice){word.at + 4, word.length - 4}, MEDIA_TYPES - 1,
                                type);
    }
    return false;
}

/* ---- formats ---- */

static bool has_meaning(const struct video_section *section,
                        const struct video_meaning *meaning)
{
    for (unsigned i = 0; i < section->format_count; i++) {
        if (video_meaning_equals(&section->format[i].meaning, meaning))
            return true;
    }
    return false;
}

static bool read_format(const struct media_types *types, uint8_t type,
                        struct video_format *format)
{
    char name[MEDIA_NAME_BYTES], text[MEDIA_FMTP_BYTES] = "";
    unsigned clock_hz, channels;
    memset(format, 0, sizeof(*format)); /* plans are compared byte for byte */
    if (!types->map[type].at ||
        !media_types_read_map(types->map[type], name, &clock_hz, &channels) ||
        clock_hz != VIDEO_CLOCK_HZ)
        return false;
    const struct video_codec *codec = video_codec_by_name(name);
    if (!codec || (types->parameters[type].at &&
                   !slice_copy(types->parameters[type], text, sizeof(text))))
        return false;
    if (codec->fmtp_read(text, &format->params) < 0)
        return false;
    format->meaning = video_meaning_of(codec, &format->params);
    format->type = type;
    format->is_bare = !types->parameters[type].at;
    format->rtx_type = VIDEO_PLAN_NO_TYPE;
    return true;
}

static void add_formats(struct video_section *section, const struct media_types *types,
                        const struct feedback_lines *feedback, unsigned framerate)
{
    struct video_format format;
    for (unsigned i = 0; i < types->count && section->format_count < VIDEO_PLAN_MAX_CODECS;
         i++) {
        if (!read_format(types, types->list[i], &format) ||
            has_meaning(section, &format.meaning))
            continue;
        if (framerate && (!format.params.max_fps || format.params.max_fps > framerate))
            format.params.max_fps = framerate;
        format.feedback = feedback->type[format.type] & (uint8_t)~feedback->all;
        memcpy(&section->format[section->format_count++], &format, sizeof(format));
    }
}

static void add_retransmission(struct video_section *section, const struct media_types *types)
{
    for (unsigned i = 0; i < types->count; i++) {
        uint8_t type = types->list[i];
        char name[MEDIA_NAME_BYTES];
        unsigned clock_hz, channels;
        unsigned long apt;
        if (!types->map[type].at || !types->parameters[type].at ||
            !media_types_read_map(types->map[type], name, &clock_hz, &channels) ||
            clock_hz != VIDEO_CLOCK_HZ || strcasecmp(name, "rtx") != 0 ||
            !read_apt(types->parameters[type], &apt))
            continue;
        for (unsigned k = 0; k < section->format_count; k++) {
            struct video_format *format = &section->format[k];
            if (format->type == apt && format->rtx_type == VIDEO_PLAN_NO_TYPE)
                format->rtx_type = type;
        }
    }
}

static bool can_be_sent(const struct video_section *section)
{
    bool can = false;
    for (unsigned i = 0; i < section->format_count; i++)
        can = can || section->format[i].meaning.codec->can_encode;
    return can;
}

/* Numbers of packets are of use only with feedback that speaks of them. */
static void drop_idle_numbers(struct video_section *section)
{
    unsigned wanted = section->feedback;
    for (unsigned i = 0; i < section->format_count; i++)
        wanted |= section->format[i].feedback;
    if (!(wanted & FEEDBACK_TRANSPORT))
        section->extmap.line[EXTMAP_TRANSPORT].id = 0;
}

static void read_lines(const struct description *description,
                       const struct description_media *media, struct video_section *section)
{
    struct slice value;
    char protocol[MEDIA_PROTOCOL_BYTES];
    section->bandwidth_bps = read_bandwidth(media->lines, "AS");
    if (!section->bandwidth_bps)
        section->bandwidth_bps = read_bandwidth(description->lines, "AS");
    if (!section->bandwidth_bps)
        section->bandwidth_bps = read_bandwidth(description->lines, "CT");
    section->is_avpf = slice_copy(media->protocol, protocol, sizeof(protocol)) &&
                       media_section_is_avpf(protocol);
    section->reduced_size = slice_find_attribute(media->lines, "rtcp-rsize", &value);
    section->says_content = slice_find_attribute(media->lines, "content", &value);
    extmap_read(EXTMAP_VIDEO, media->lines, description->lines, &section->extmap);
}

int video_section_read(const struct description *description,
                       const struct description_media *media, struct video_section *section,
                       struct offer_warning *warning)
{
    struct media_types types;
    struct feedback_lines feedback;
    memset(section, 0, sizeof(*section));
    int error = media_section_read(description, media, &section->media, warning);
    if (error)
        return error;
    read_lines(description, media, section);
    feedback_lines_read(media->lines, &feedback);
    section->feedback = feedback.all;
    media_types_read(media, section->media.rtcp_mux, &types);
    add_formats(section, &types, &feedback, read_framerate(media->lines));
    add_retransmission(section, &types);
    drop_idle_numbers(section);
    if (!can_be_sent(section))
        return media_section_refuse(warning, 305, -ENOTSUP, "no video codec in common");
    return 0;
}

int video_section_choose(struct video_section *section, const struct codec_choice *choice,
                         struct offer_warning *warning)
{
    if (!codec_choice_limits(choice, CODEC_CHOICE_VIDEO))
        return 0;
    struct video_section all;
    memcpy(&all, section, sizeof(all));
    section->format_count = 0;
    for (unsigned place = 0; place < choice->count; place++) {
        for (unsigned i = 0; i < all.format_count; i++) {
            const struct video_format *format = &all.format[i];
            if (codec_choice_place(choice, format->meaning.codec->name) == (int)place)
                memcpy(&section->format[section->format_count++], format, sizeof(*format));
        }
    }
    if (!can_be_sent(section))
        return media_section_refuse(warning, 305, -ENOTSUP,
                                    "no video codec that the room allows");
    return 0;
}
