/* audio_section.c - one m=audio, read in two passes: its lines once, then its formats in order.
 */
#include "server/sip/audio_section.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { TYPES = 128, FORMAT_LINE_BYTES = 512 };

/* What the lines of a section say, by payload type. */
struct type_lines {
    struct slice map[TYPES], parameters[TYPES]; /* at NULL: not said */
};

static int refuse(struct offer_warning *warning, unsigned code, int error, const char *text)
{
    warning->code = code;
    snprintf(warning->text, sizeof(warning->text), "%s", text);
    return error;
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
    if (!slice_next_word(&map, '/', &word) || !slice_number(word, 1000000, &number))
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

static bool identify(struct slice map, unsigned type, const struct audio_known_types *known,
                     struct audio_format *format)
{
    char name[64];
    unsigned clock_hz, channels;
    *format = (struct audio_format){.type = (uint8_t)type};
    if (!map.at) {
        format->codec = codec_by_static_type(type);
        if (!format->codec && known)
            format->codec = known->codec[type];
    } else if (!read_map(map, name, &clock_hz, &channels)) {
        return false;
    } else if (strcasecmp(name, "telephone-event") == 0) {
        format->clock_hz = clock_hz;
        return channels == 1;
    } else {
        format->codec = codec_by_name(name, clock_hz, channels);
    }
    format->clock_hz = format->codec ? format->codec->rtp_clock_hz : 0;
    return format->codec != NULL;
}

static bool has_format(const struct audio_section *section, const struct audio_format *format)
{
    for (unsigned i = 0; i < section->format_count; i++) {
        const struct audio_format *each = &section->format[i];
        if (each->codec == format->codec && each->clock_hz == format->clock_hz)
            return true;
    }
    return false;
}

static unsigned count_formats(const struct audio_section *section, bool events)
{
    unsigned count = 0;
    for (unsigned i = 0; i < section->format_count; i++)
        count += !section->format[i].codec == events;
    return count;
}

static void add_format(struct audio_section *section, struct audio_format *format,
                       struct slice parameters)
{
    char text[FORMAT_LINE_BYTES] = "";
    unsigned room = format->codec ? LEG_PLAN_MAX_CODECS : LEG_PLAN_MAX_EVENTS;
    if (has_format(section, format) || count_formats(section, !format->codec) == room)
        return;
    if (format->codec) {
        if (parameters.at && !slice_copy(parameters, text, sizeof(text)))
            return;
        if (format->codec->fmtp_read(text, &format->params) < 0)
            return;
        unsigned most = section->bandwidth_bps;
        if (most && (!format->params.bitrate_bps || format->params.bitrate_bps > most))
            format->params.bitrate_bps = most;
    }
    section->format[section->format_count++] = *format;
}

static void read_formats(const struct description_media *media,
                         const struct audio_known_types *known, struct audio_section *section)
{
    struct type_lines types = {0};
    bool seen[TYPES] = {false};
    struct slice rest = media->formats, word;
    unsigned long type;
    note_types(media->lines, &types);
    while (slice_next_word(&rest, ' ', &word)) {
        struct audio_format format;
        if (!slice_number(word, TYPES - 1, &type) || seen[type])
            continue;
        seen[type] = true;
        if (section->rtcp_mux && type >= 64 && type <= 95)
            continue;
        if (identify(types.map[type], (unsigned)type, known, &format))
            add_format(section, &format, types.parameters[type]);
    }
}

int audio_section_read(const struct description *description,
                       const struct description_media *media,
                       const struct audio_known_types *known, struct audio_section *section,
                       struct offer_warning *warning)
{
    *section = (struct audio_section){.direction = AUDIO_SENDRECV};
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
    read_formats(media, known, section);
    if (count_formats(section, false) == 0)
        return refuse(warning, 305, -ENOTSUP, "no audio codec in common");
    return 0;
}
