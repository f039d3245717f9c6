/* audio_section.c - one m=audio, read in two passes: its lines once, then its formats in order.
 */
#include "server/sdp/audio_section.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

enum {
    NOISE_TYPE = 13, /* CN's static type, for codecs of this clock: RFC 3389 section 4 */
    NOISE_CLOCK_HZ = 8000,
    SHORTEST_PACKET_MS = 10, /* that we send, whatever maxptime says */
};

bool audio_meaning_equals(const struct audio_meaning *a, const struct audio_meaning *b)
{
    return a->kind == b->kind && a->codec == b->codec && a->clock_hz == b->clock_hz;
}

const struct codec *audio_red_codec(void)
{
    return codec_by_name("opus", 48000, 2);
}

/* ---- packet time, bandwidth ---- */

static unsigned read_ms(struct slice lines, const char *name)
{
    struct slice value, word;
    unsigned long number;
    if (!slice_find_attribute(lines, name, &value) || !slice_next_word(&value, '.', &word) ||
        !slice_number(word, 10000, &number))
        return 0;
    return (unsigned)number;
}

static bool rtcp_share_is_zero(const struct description *description,
                               const struct description_media *media, const char *kind)
{
    unsigned long number;
    return (media_section_bandwidth(media->lines, kind, &number) ||
            media_section_bandwidth(description->lines, kind, &number)) &&
           number == 0;
}

/* TIAS is the codec's own rate; AS counts IP, UDP and RTP headers of 20 ms packets, too. */
static unsigned read_bandwidth(const struct description_media *media, int family)
{
    unsigned long number, headers = (family == AF_INET ? 40 : 60) * 8 * 50;
    if (media_section_bandwidth(media->lines, "TIAS", &number))
        return (unsigned)number;
    if (!media_section_bandwidth(media->lines, "AS", &number) || number > 1000000)
        return 0;
    return number * 1000 > headers ? (unsigned)(number * 1000 - headers) : 1;
}

/* ---- formats ---- */

static struct audio_meaning of_codec(const struct codec *codec)
{
    return codec ? (struct audio_meaning){codec, AUDIO_CODEC, codec->rtp_clock_hz}
                 : (struct audio_meaning){.kind = AUDIO_NOTHING};
}

static struct audio_meaning of_map(struct slice map)
{
    struct audio_meaning nothing = {.kind = AUDIO_NOTHING};
    const struct codec *red = audio_red_codec();
    char name[MEDIA_NAME_BYTES];
    unsigned clock_hz, channels;
    if (!media_types_read_map(map, name, &clock_hz, &channels))
        return nothing;
    if (strcasecmp(name, "telephone-event") == 0)
        return channels == 1 ? (struct audio_meaning){NULL, AUDIO_EVENT, clock_hz} : nothing;
    if (strcasecmp(name, "CN") == 0)
        return channels == 1 ? (struct audio_meaning){NULL, AUDIO_NOISE, clock_hz} : nothing;
    if (strcasecmp(name, "red") == 0)
        return clock_hz == red->rtp_clock_hz && channels == red->sdp_channels
                   ? (struct audio_meaning){red, AUDIO_RED, clock_hz}
                   : nothing;
    return of_codec(codec_by_name(name, clock_hz, channels));
}

static struct audio_meaning of_type(unsigned type, const struct audio_known_types *known)
{
    const struct codec *codec = codec_by_static_type(type);
    if (codec)
        return of_codec(codec);
    if (type == NOISE_TYPE)
        return (struct audio_meaning){NULL, AUDIO_NOISE, NOISE_CLOCK_HZ};
    return known ? known->meaning[type] : (struct audio_meaning){.kind = AUDIO_NOTHING};
}

static bool has_meaning(const struct audio_section *section,
                        const struct audio_meaning *meaning)
{
    for (unsigned i = 0; i < section->format_count; i++) {
        if (audio_meaning_equals(&section->format[i].meaning, meaning))
            return true;
    }
    return false;
}

static unsigned count_kind(const struct audio_section *section, enum audio_kind kind)
{
    unsigned count = 0;
    for (unsigned i = 0; i < section->format_count; i++)
        count += section->format[i].meaning.kind == kind;
    return count;
}

static unsigned room_of_kind(enum audio_kind kind)
{
    static const unsigned rooms[] = {[AUDIO_NOTHING] = 0,
                                     [AUDIO_CODEC] = LEG_PLAN_MAX_CODECS,
                                     [AUDIO_EVENT] = LEG_PLAN_MAX_EVENTS,
                                     [AUDIO_NOISE] = LEG_PLAN_MAX_NOISES,
                                     [AUDIO_RED] = 1};
    return rooms[kind];
}

static bool fits_codec(const struct audio_section *section, struct audio_format *format,
                       struct slice parameters)
{
    const struct codec *codec = format->meaning.codec;
    char text[MEDIA_FMTP_BYTES] = "";
    if (parameters.at && !slice_copy(parameters, text, sizeof(text)))
        return false;
    if (section->maxptime_ms && codec->frame_ms > section->maxptime_ms &&
        codec->frame_ms > SHORTEST_PACKET_MS)
        return false; /* not one frame of it fits into a packet */
    if (codec->fmtp_read(text, &format->params) < 0)
        return false;
    unsigned most = section->bandwidth_bps;
    if (most && (!format->params.bitrate_bps || format->params.bitrate_bps > most))
        format->params.bitrate_bps = most;
    return true;
}

/* "111/111": what is sent anew and what is sent again, all of it the codec that was taken. */
static bool fits_red(const struct audio_section *section, const struct audio_format *format,
                     struct slice parameters)
{
    unsigned codec_type = LEG_PLAN_NO_TYPE, count = 0;
    for (unsigned i = 0; i < section->format_count; i++) {
        const struct audio_format *each = &section->format[i];
        if (each->meaning.kind == AUDIO_CODEC && each->meaning.codec == format->meaning.codec)
            codec_type = each->type;
    }
    for (const char *at = parameters.at, *end = at ? at + parameters.length : NULL; at;) {
        const char *slash = memchr(at, '/', (size_t)(end - at));
        struct slice word = {at, (size_t)((slash ? slash : end) - at)};
        unsigned long type;
        if (!slice_number(word, MEDIA_TYPES - 1, &type) || type != codec_type)
            return false;
        at = slash ? slash + 1 : NULL;
        count++;
    }
    return count > 1;
}

static bool is_usable(const struct audio_section *section, struct audio_format *format,
                      struct slice parameters)
{
    if (format->meaning.kind == AUDIO_CODEC)
        return fits_codec(section, format, parameters);
    return format->meaning.kind != AUDIO_RED || fits_red(section, format, parameters);
}

static void insert_format(struct audio_section *section, const struct audio_format *format,
                          const struct media_types *types)
{
    unsigned at = section->format_count++;
    while (at && types->place[section->format[at - 1].type] > types->place[format->type])
        at--;
    struct audio_format *place = &section->format[at];
    memmove(place + 1, place, (section->format_count - 1 - at) * sizeof(*place));
    memcpy(place, format, sizeof(*place));
}

/* RED or all the others. What means nothing has no room. */
static void add_formats(struct audio_section *section, const struct media_types *types,
                        const struct audio_known_types *known, bool red)
{
    for (unsigned i = 0; i < types->count; i++) {
        uint8_t type = types->list[i];
        struct audio_format format;
        memset(&format, 0, sizeof(format)); /* plans are compared byte for byte */
        format.type = type;
        format.meaning = types->map[type].at ? of_map(types->map[type]) : of_type(type, known);
        enum audio_kind kind = format.meaning.kind;
        if ((kind == AUDIO_RED) != red || has_meaning(section, &format.meaning) ||
            count_kind(section, kind) == room_of_kind(kind))
            continue;
        if (is_usable(section, &format, types->parameters[type]))
            insert_format(section, &format, types);
    }
}

static void read_formats(const struct description_media *media,
                         const struct audio_known_types *known, struct audio_section *section)
{
    struct media_types types;
    media_types_read(media, section->media.rtcp_mux, &types);
    add_formats(section, &types, known, false);
    add_formats(section, &types, known, true); /* knows by now which codecs are taken */
}

int audio_section_read(const struct description *description,
                       const struct description_media *media,
                       const struct audio_known_types *known, struct audio_section *section,
                       struct offer_warning *warning)
{
    memset(section, 0, sizeof(*section));
    int error = media_section_read(description, media, &section->media, warning);
    if (error)
        return error;
    section->ptime_ms = read_ms(media->lines, "ptime");
    section->maxptime_ms = read_ms(media->lines, "maxptime");
    section->rtcp_off = rtcp_share_is_zero(description, media, "RS") &&
                        rtcp_share_is_zero(description, media, "RR");
    section->bandwidth_bps = read_bandwidth(media, section->media.family);
    extmap_read(EXTMAP_AUDIO, media->lines, description->lines, &section->extmap);
    read_formats(media, known, section);
    if (count_kind(section, AUDIO_CODEC) == 0)
        return media_section_refuse(warning, 305, -ENOTSUP, "no audio codec in common");
    return 0;
}

static void keep_place(struct audio_section *section, const struct audio_section *all,
                       const struct codec_choice *choice, int place)
{
    for (unsigned i = 0; i < all->format_count; i++) {
        const struct audio_format *format = &all->format[i];
        if (format->meaning.kind == AUDIO_CODEC &&
            codec_choice_place(choice, format->meaning.codec->name) == place)
            memcpy(&section->format[section->format_count++], format, sizeof(*format));
    }
}

/* What is not a codec stays; RED, if its codec does. */
static void keep_others(struct audio_section *section, const struct audio_section *all,
                        const struct codec_choice *choice)
{
    for (unsigned i = 0; i < all->format_count; i++) {
        const struct audio_format *format = &all->format[i];
        if (format->meaning.kind != AUDIO_CODEC &&
            (format->meaning.kind != AUDIO_RED ||
             codec_choice_place(choice, format->meaning.codec->name) >= 0))
            memcpy(&section->format[section->format_count++], format, sizeof(*format));
    }
}

int audio_section_choose(struct audio_section *section, const struct codec_choice *choice,
                         struct offer_warning *warning)
{
    if (!codec_choice_limits(choice, CODEC_CHOICE_AUDIO))
        return 0;
    struct audio_section all;
    memcpy(&all, section, sizeof(all));
    section->format_count = 0;
    for (unsigned place = 0; place < choice->count; place++)
        keep_place(section, &all, choice, (int)place);
    if (!section->format_count)
        return media_section_refuse(warning, 305, -ENOTSUP,
                                    "no audio codec that the room allows");
    keep_others(section, &all, choice);
    return 0;
}
