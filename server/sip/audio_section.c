/* audio_section.c - one m=audio, read in two passes: its lines once, then its formats in order.
 */
#include "server/sip/audio_section.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum {
    TYPES = 128,
    FORMAT_LINE_BYTES = 512,
    NOISE_TYPE = 13, /* CN's static type, for codecs of this clock: RFC 3389 section 4 */
    NOISE_CLOCK_HZ = 8000,
    SHORTEST_PACKET_MS = 10, /* that we send, whatever maxptime says */
};

/* What a section says of payload types. */
struct type_lines {
    unsigned count;                             /* of m=, each once       */
    uint8_t list[TYPES], place[TYPES];          /* in order; and back     */
    struct slice map[TYPES], parameters[TYPES]; /* at NULL: not said      */
};

static int refuse(struct offer_warning *warning, unsigned code, int error, const char *text)
{
    warning->code = code;
    snprintf(warning->text, sizeof(warning->text), "%s", text);
    return error;
}

bool audio_meaning_equals(const struct audio_meaning *a, const struct audio_meaning *b)
{
    return a->kind == b->kind && a->codec == b->codec && a->clock_hz == b->clock_hz;
}

const struct codec *audio_red_codec(void)
{
    return codec_by_name("opus", 48000, 2);
}

/* ---- address ---- */

static bool is_multicast_or_broadcast(const struct sockaddr_storage *address)
{
    if (address->ss_family == AF_INET) {
        uint32_t host = ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr);
        return host >> 28 == 14 || host == INADDR_BROADCAST;
    }
    return IN6_IS_ADDR_MULTICAST(&((const struct sockaddr_in6 *)address)->sin6_addr);
}

static bool is_unspecified(const struct sockaddr_storage *address)
{
    if (address->ss_family == AF_INET)
        return ((const struct sockaddr_in *)address)->sin_addr.s_addr == INADDR_ANY;
    return IN6_IS_ADDR_UNSPECIFIED(&((const struct sockaddr_in6 *)address)->sin6_addr);
}

static void set_port(struct sockaddr_storage *address, unsigned port)
{
    if (address->ss_family == AF_INET)
        ((struct sockaddr_in *)address)->sin_port = htons((uint16_t)port);
    else if (address->ss_family == AF_INET6)
        ((struct sockaddr_in6 *)address)->sin6_port = htons((uint16_t)port);
}

/* "IN IP4 192.0.2.1" as in c=, and behind the port of a=rtcp. */
static int read_address(struct slice value, struct sockaddr_storage *address,
                        struct offer_warning *warning)
{
    struct slice net, kind, host;
    char text[INET6_ADDRSTRLEN];
    if (!slice_next_word(&value, ' ', &net) || !slice_next_word(&value, ' ', &kind) ||
        !slice_next_word(&value, ' ', &host))
        return refuse(warning, 399, -EBADMSG, "malformed connection address");
    if (!slice_equals(net, "IN"))
        return refuse(warning, 300, -EAFNOSUPPORT, "network type is not IN");
    bool is_ip4 = slice_equals(kind, "IP4");
    if (!is_ip4 && !slice_equals(kind, "IP6"))
        return refuse(warning, 301, -EAFNOSUPPORT, "address type is neither IP4 nor IP6");
    *address = (struct sockaddr_storage){.ss_family = is_ip4 ? AF_INET : AF_INET6};
    void *bytes = is_ip4 ? (void *)&((struct sockaddr_in *)address)->sin_addr
                         : (void *)&((struct sockaddr_in6 *)address)->sin6_addr;
    struct slice literal;
    bool has_suffix =
        memchr(host.at, '/', host.length) != NULL; /* TTL, count: multicast only */
    if (!slice_next_word(&host, '/', &literal) || !slice_copy(literal, text, sizeof(text)) ||
        inet_pton(address->ss_family, text, bytes) != 1)
        return refuse(warning, 301, -EAFNOSUPPORT,
                      "connection address is not a literal IP address");
    if (has_suffix || is_multicast_or_broadcast(address))
        return refuse(warning, 330, -EAFNOSUPPORT, "multicast is not available");
    return 0;
}

static int read_connection(const struct description *description,
                           const struct description_media *media, struct audio_section *section,
                           struct offer_warning *warning)
{
    struct slice value;
    if (!slice_find_line(media->lines, 'c', &value) &&
        !slice_find_line(description->lines, 'c', &value))
        return refuse(warning, 399, -EBADMSG, "no c= line for the audio");
    int error = read_address(value, &section->rtp, warning);
    if (error)
        return error;
    section->family = section->rtp.ss_family;
    if (is_unspecified(&section->rtp))
        section->rtp = (struct sockaddr_storage){.ss_family = AF_UNSPEC};
    set_port(&section->rtp, media->port);
    return 0;
}

/* a=rtcp:PORT [IN IP4 ADDRESS]; a malformed one is as if it were not there. */
static void read_rtcp(const struct description_media *media, struct audio_section *section)
{
    struct slice value, word;
    unsigned long port = media->port + 1;
    section->rtcp = section->rtp;
    section->rtcp_mux = slice_find_attribute(media->lines, "rtcp-mux", &value);
    if (section->rtcp_mux || section->rtp.ss_family == AF_UNSPEC)
        return;
    if (slice_find_attribute(media->lines, "rtcp", &value) &&
        slice_next_word(&value, ' ', &word) && slice_number(word, 65535, &port) && port) {
        struct sockaddr_storage address;
        struct offer_warning ignored;
        if (value.length && read_address(value, &address, &ignored) == 0 &&
            address.ss_family == section->family && !is_unspecified(&address))
            section->rtcp = address;
    }
    if (port == 0 || port > 65535)
        section->rtcp = (struct sockaddr_storage){.ss_family = AF_UNSPEC};
    set_port(&section->rtcp, (unsigned)(port & 0xffff));
}

/* ---- direction, packet time, bandwidth ---- */

static bool find_direction(struct slice lines, enum audio_direction *direction)
{
    char type;
    struct slice line;
    while (slice_next_line(&lines, &type, &line)) {
        if (type == 'a' && audio_direction_read(line, direction))
            return true;
    }
    return false;
}

static unsigned read_ms(struct slice lines, const char *name)
{
    struct slice value, word;
    unsigned long number;
    if (!slice_find_attribute(lines, name, &value) || !slice_next_word(&value, '.', &word) ||
        !slice_number(word, 10000, &number))
        return 0;
    return (unsigned)number;
}

static bool find_bandwidth(struct slice lines, const char *kind, unsigned long *number)
{
    char type;
    struct slice line, value;
    while (slice_next_line(&lines, &type, &line)) {
        if (type == 'b' && slice_is_attribute(line, kind, &value))
            return slice_number(value, 1000000000, number);
    }
    return false;
}

static bool rtcp_share_is_zero(const struct description *description,
                               const struct description_media *media, const char *kind)
{
    unsigned long number;
    return (find_bandwidth(media->lines, kind, &number) ||
            find_bandwidth(description->lines, kind, &number)) &&
           number == 0;
}

/* TIAS is the codec's own rate; AS counts IP, UDP and RTP headers of 20 ms packets, too. */
static unsigned read_bandwidth(const struct description_media *media, int family)
{
    unsigned long number, headers = (family == AF_INET ? 40 : 60) * 8 * 50;
    if (find_bandwidth(media->lines, "TIAS", &number))
        return (unsigned)number;
    if (!find_bandwidth(media->lines, "AS", &number) || number > 1000000)
        return 0;
    return number * 1000 > headers ? (unsigned)(number * 1000 - headers) : 1;
}

/* ---- formats ---- */

/* Notes each a=rtpmap and a=fmtp under its payload type, in one pass however many there are. */
static void note_types(struct slice lines, struct type_lines *types)
{
    char type;
    struct slice line, value, number;
    unsigned long payload_type;
    while (slice_next_line(&lines, &type, &line)) {
        if (type != 'a')
            continue;
        bool is_map = slice_is_attribute(line, "rtpmap", &value);
        if (!is_map && !slice_is_attribute(line, "fmtp", &value))
            continue;
        if (!slice_next_word(&value, ' ', &number) ||
            !slice_number(number, TYPES - 1, &payload_type))
            continue;
        while (value.length && value.at[0] == ' ') {
            value.at++;
            value.length--;
        }
        struct slice *place =
            is_map ? &types->map[payload_type] : &types->parameters[payload_type];
        if (!place->at)
            *place = value;
    }
}

/* "opus/48000/2" */
static bool read_map(struct slice map, char name[64], unsigned *clock_hz, unsigned *channels)
{
    struct slice word;
    unsigned long number;
    if (!slice_next_word(&map, '/', &word) || !slice_copy(word, name, 64))
        return false;
    if (!slice_next_word(&map, '/', &word) || !slice_number(word, 1000000, &number) ||
        number == 0)
        return false;
    *clock_hz = (unsigned)number;
    *channels = 1;
    if (slice_next_word(&map, '/', &word)) {
        if (!slice_number(word, 255, &number))
            return false;
        *channels = (unsigned)number;
    }
    return true;
}

static struct audio_meaning of_codec(const struct codec *codec)
{
    return codec ? (struct audio_meaning){codec, AUDIO_CODEC, codec->rtp_clock_hz}
                 : (struct audio_meaning){.kind = AUDIO_NOTHING};
}

static struct audio_meaning of_map(struct slice map)
{
    struct audio_meaning nothing = {.kind = AUDIO_NOTHING};
    const struct codec *red = audio_red_codec();
    char name[64];
    unsigned clock_hz, channels;
    if (!read_map(map, name, &clock_hz, &channels))
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
    char text[FORMAT_LINE_BYTES] = "";
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
        if (!slice_number(word, TYPES - 1, &type) || type != codec_type)
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

static void list_types(const struct description_media *media, bool rtcp_mux,
                       struct type_lines *types)
{
    bool seen[TYPES] = {false};
    struct slice rest = media->formats, word;
    unsigned long type;
    while (slice_next_word(&rest, ' ', &word)) {
        if (!slice_number(word, TYPES - 1, &type) || seen[type])
            continue;
        seen[type] = true;
        if (rtcp_mux && type >= 64 && type <= 95)
            continue;
        types->place[type] = (uint8_t)types->count;
        types->list[types->count++] = (uint8_t)type;
    }
}

static void insert_format(struct audio_section *section, const struct audio_format *format,
                          const struct type_lines *types)
{
    unsigned at = section->format_count++;
    while (at && types->place[section->format[at - 1].type] > types->place[format->type])
        at--;
    struct audio_format *place = &section->format[at];
    memmove(place + 1, place, (section->format_count - 1 - at) * sizeof(*place));
    memcpy(place, format, sizeof(*place));
}

/* RED or all the others. What means nothing has no room. */
static void add_formats(struct audio_section *section, const struct type_lines *types,
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
    struct type_lines types = {0};
    list_types(media, section->rtcp_mux, &types);
    note_types(media->lines, &types);
    add_formats(section, &types, known, false);
    add_formats(section, &types, known, true); /* knows by now which codecs are taken */
}

int audio_section_read(const struct description *description,
                       const struct description_media *media,
                       const struct audio_known_types *known, struct audio_section *section,
                       struct offer_warning *warning)
{
    memset(section, 0, sizeof(*section));
    section->direction = AUDIO_SENDRECV;
    if (!slice_equals(media->protocol, "RTP/AVP") && !slice_equals(media->protocol, "RTP/AVPF"))
        return refuse(warning, 302, -EPROTONOSUPPORT,
                      "only RTP/AVP and RTP/AVPF are available for audio");
    int error = read_connection(description, media, section, warning);
    if (error)
        return error;
    read_rtcp(media, section);
    if (!find_direction(media->lines, &section->direction))
        find_direction(description->lines, &section->direction);
    section->ptime_ms = read_ms(media->lines, "ptime");
    section->maxptime_ms = read_ms(media->lines, "maxptime");
    section->rtcp_off = rtcp_share_is_zero(description, media, "RS") &&
                        rtcp_share_is_zero(description, media, "RR");
    section->bandwidth_bps = read_bandwidth(media, section->family);
    extmap_read(media->lines, description->lines, &section->extmap);
    read_formats(media, known, section);
    if (count_kind(section, AUDIO_CODEC) == 0)
        return refuse(warning, 305, -ENOTSUP, "no audio codec in common");
    return 0;
}
