/* media_section.c - what audio and video have in common. */
#include "server/sdp/media_section.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

int media_section_refuse(struct offer_warning *warning, unsigned code, int error,
                         const char *text)
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
        return media_section_refuse(warning, 399, -EBADMSG, "malformed connection address");
    if (!slice_equals(net, "IN"))
        return media_section_refuse(warning, 300, -EAFNOSUPPORT, "network type is not IN");
    bool is_ip4 = slice_equals(kind, "IP4");
    if (!is_ip4 && !slice_equals(kind, "IP6"))
        return media_section_refuse(warning, 301, -EAFNOSUPPORT,
                                    "address type is neither IP4 nor IP6");
    *address = (struct sockaddr_storage){.ss_family = is_ip4 ? AF_INET : AF_INET6};
    void *bytes = is_ip4 ? (void *)&((struct sockaddr_in *)address)->sin_addr
                         : (void *)&((struct sockaddr_in6 *)address)->sin6_addr;
    struct slice literal;
    bool has_suffix =
        memchr(host.at, '/', host.length) != NULL; /* TTL, count: multicast only */
    if (!slice_next_word(&host, '/', &literal) || !slice_copy(literal, text, sizeof(text)) ||
        inet_pton(address->ss_family, text, bytes) != 1)
        return media_section_refuse(warning, 301, -EAFNOSUPPORT,
                                    "connection address is not a literal IP address");
    if (has_suffix || is_multicast_or_broadcast(address))
        return media_section_refuse(warning, 330, -EAFNOSUPPORT, "multicast is not available");
    return 0;
}

static int read_connection(const struct description *description,
                           const struct description_media *media, struct media_section *section,
                           struct offer_warning *warning)
{
    struct slice value;
    if (!slice_find_line(media->lines, 'c', &value) &&
        !slice_find_line(description->lines, 'c', &value))
        return media_section_refuse(warning, 399, -EBADMSG, "no c= line");
    int error = read_address(value, &section->rtp, warning);
    if (error)
        return error;
    section->family = section->rtp.ss_family;
    if (is_unspecified(&section->rtp))
        section->rtp = (struct sockaddr_storage){.ss_family = AF_UNSPEC};
    set_port(&section->rtp, media->port);
    return 0;
}

void media_section_address(const struct description *description,
                           const struct description_media *media,
                           struct sockaddr_storage *address)
{
    struct media_section section = {.family = AF_UNSPEC};
    struct offer_warning ignored;
    *address = (struct sockaddr_storage){.ss_family = AF_UNSPEC};
    if (read_connection(description, media, &section, &ignored) == 0)
        *address = section.rtp;
}

/* a=rtcp:PORT [IN IP4 ADDRESS]; a malformed one is as if it were not there. */
static void read_rtcp(const struct description_media *media, struct media_section *section)
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

/* ---- direction, bandwidth ---- */

static bool find_direction(struct slice lines, enum media_direction *direction)
{
    char type;
    struct slice line;
    while (slice_next_line(&lines, &type, &line)) {
        if (type == 'a' && media_direction_read(line, direction))
            return true;
    }
    return false;
}

enum media_direction media_section_direction(const struct description *description,
                                             const struct description_media *media)
{
    enum media_direction direction = MEDIA_SENDRECV;
    if (!find_direction(media->lines, &direction))
        find_direction(description->lines, &direction);
    return direction;
}

enum media_direction media_section_turn(const struct media_section *section,
                                        enum media_direction ours)
{
    enum media_direction direction = media_direction_turn(section->direction, ours);
    if (section->rtp.ss_family != AF_UNSPEC || section->has_ice)
        return direction;
    return media_direction_hears(direction) ? MEDIA_RECVONLY : MEDIA_INACTIVE;
}

bool media_section_bandwidth(struct slice lines, const char *kind, unsigned long *number)
{
    char type;
    struct slice line, value;
    while (slice_next_line(&lines, &type, &line)) {
        if (type == 'b' && slice_is_attribute(line, kind, &value))
            return slice_number(value, 1000000000, number);
    }
    return false;
}

/* ---- all of it ---- */

bool media_section_is_secure(const char *protocol)
{
    return strcmp(protocol, "RTP/SAVP") == 0 || strcmp(protocol, "RTP/SAVPF") == 0;
}

bool media_section_is_dtls(const char *protocol)
{
    return strcmp(protocol, "UDP/TLS/RTP/SAVP") == 0 ||
           strcmp(protocol, "UDP/TLS/RTP/SAVPF") == 0;
}

bool media_section_is_avpf(const char *protocol)
{
    return strcmp(protocol, "RTP/AVPF") == 0 || strcmp(protocol, "RTP/SAVPF") == 0 ||
           strcmp(protocol, "UDP/TLS/RTP/SAVPF") == 0;
}

bool media_section_is_spoken(const struct description_media *media)
{
    char protocol[MEDIA_PROTOCOL_BYTES];
    return slice_copy(media->protocol, protocol, sizeof(protocol)) &&
           (strcmp(protocol, "RTP/AVP") == 0 || media_section_is_avpf(protocol) ||
            media_section_is_secure(protocol) || media_section_is_dtls(protocol));
}

int media_section_judge(const struct media_section *section, enum media_srtp policy,
                        struct offer_warning *warning)
{
    if (section->is_secure && policy == MEDIA_SRTP_OFF)
        return media_section_refuse(warning, 302, -EPROTONOSUPPORT,
                                    "only RTP/AVP and RTP/AVPF are available");
    if (!section->crypto.count && !section->is_dtls && policy == MEDIA_SRTP_REQUIRED)
        return media_section_refuse(
            warning, 399, -EPROTONOSUPPORT,
            "media has to be encrypted: RTP/SAVP, or RTP/AVP with a=crypto, or DTLS");
    return 0;
}

static int read_dtls(const struct description *description,
                     const struct description_media *media, struct media_section *section,
                     struct offer_warning *warning)
{
    struct ice_lines ice;
    fingerprint_lines_read(media->lines, description->lines, &section->fingerprints);
    if (!section->fingerprints.count)
        return media_section_refuse(warning, 302, -EPROTONOSUPPORT,
                                    "no a=fingerprint line that could be used");
    if (section->fingerprints.setup > SETUP_ACTPASS)
        return media_section_refuse(warning, 302, -EPROTONOSUPPORT,
                                    "a=setup is neither active, passive nor actpass");
    ice_lines_read(media->lines, description->lines, &ice);
    if (ice.is_malformed)
        return media_section_refuse(warning, 399, -EPROTONOSUPPORT,
                                    "a=ice-ufrag or a=ice-pwd is malformed");
    section->has_ice = ice.has_credentials && !ice.is_lite; /* two lite ones do not check */
    if (section->has_ice)
        section->ice = ice.credentials;
    return 0;
}

static int read_protection(const struct description *description,
                           const struct description_media *media, struct media_section *section,
                           struct offer_warning *warning)
{
    char protocol[MEDIA_PROTOCOL_BYTES];
    if (!media_section_is_spoken(media) ||
        !slice_copy(media->protocol, protocol, sizeof(protocol)))
        return media_section_refuse(warning, 302, -EPROTONOSUPPORT,
                                    "only RTP/AVP, RTP/SAVP, UDP/TLS/RTP/SAVP, and those with "
                                    "an F, are available");
    section->is_dtls = media_section_is_dtls(protocol);
    section->is_secure = section->is_dtls || media_section_is_secure(protocol);
    if (section->is_dtls)
        return read_dtls(description, media, section, warning);
    crypto_lines_read(media->lines, &section->crypto);
    if (section->is_secure && !section->crypto.count)
        return media_section_refuse(warning, 302, -EPROTONOSUPPORT,
                                    "no a=crypto line that could be used");
    return 0;
}

int media_section_read(const struct description *description,
                       const struct description_media *media, struct media_section *section,
                       struct offer_warning *warning)
{
    memset(section, 0, sizeof(*section));
    int error = read_protection(description, media, section, warning);
    if (error)
        return error;
    error = read_connection(description, media, section, warning);
    if (error)
        return error;
    read_rtcp(media, section);
    section->direction = media_section_direction(description, media);
    return 0;
}
