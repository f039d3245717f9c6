/* msrp_setup.c - who connects to whom, and where. */
#include "server/sip/msrp_setup.h"

#include "server/rtp/address.h"
#include "server/rtp/address_kind.h"
#include "server/sip/call_internal.h"

#include <arpa/inet.h>

void msrp_setup_add_capability(const struct ua *ua, struct offer_local *local)
{
    if (!ua->msrp)
        return;
    local->message[local->message_count++] = (struct offer_message_local){
        .index = OFFER_NO_INDEX,
        .is_tls = !msrp_service_port(ua->msrp, false),
        .lines = "a=accept-types:*\r\na=file-selector\r\n",
    };
}

bool msrp_setup_is_possible(const struct call *call, const struct message_section *section)
{
    return (section->is_tls || call->offers.srtp != MEDIA_SRTP_REQUIRED) &&
           msrp_service_port(call->ua->msrp, section->is_tls) &&
           section->security.setup <= SETUP_ACTPASS;
}

/* Where we have to connect. @return false: it is not known, or may not be. */
static bool find_address(const struct call *call, const struct message_section *section,
                         union latch_address *address)
{
    struct slice rest = section->path;
    struct msrp_uri uri;
    char host[INET6_ADDRSTRLEN + 2];
    const struct sockaddr *peer = (const struct sockaddr *)&call->peer;
    *address = address_of((const struct sockaddr *)&section->address);
    if (msrp_path_next(&rest, &uri) <= 0)
        return false;
    if (!section->is_cema && uri.port && slice_copy(uri.host, host, sizeof(host))) {
        struct sockaddr_storage literal;
        call_guess_peer(host, AF_UNSPEC, &literal);
        union latch_address of_path = address_of((const struct sockaddr *)&literal);
        if (of_path.any.sa_family == AF_INET)
            of_path.v4.sin_port = htons((uint16_t)uri.port);
        else if (of_path.any.sa_family == AF_INET6)
            of_path.v6.sin6_port = htons((uint16_t)uri.port);
        if (of_path.any.sa_family != AF_UNSPEC)
            *address = of_path;
    }
    if (!address_port(address))
        return false;
    const void *bytes = address->any.sa_family == AF_INET6
                            ? (const void *)&address->v6.sin6_addr
                            : (const void *)&address->v4.sin_addr;
    char text[INET6_ADDRSTRLEN];
    return inet_ntop(address->any.sa_family, bytes, text, sizeof(text)) &&
           !address_kind_hides(text, peer);
}

bool msrp_setup_far_end(const struct call *call, const struct message_section *section,
                        enum setup ours, struct msrp_far_end *far_end)
{
    const struct fingerprint_lines *security = &section->security;
    *far_end = (struct msrp_far_end){.path = section->path, .is_active = ours == SETUP_ACTIVE};
    for (unsigned i = 0; section->is_tls && i < security->count && i < MSRP_MOST_FINGERPRINTS;
         i++)
        far_end->fingerprint[far_end->fingerprint_count++] = security->fingerprints[i];
    return !far_end->is_active || find_address(call, section, &far_end->address);
}

void msrp_setup_write(const struct call *call, const struct message_section *section,
                      enum setup ours, struct text *text)
{
    if (section->is_cema)
        text_add(text, "a=msrp-cema\r\n");
    if (section->is_tls)
        fingerprint_lines_write(msrp_service_fingerprint(call->ua->msrp), ours, text);
    else if (section->security.setup != SETUP_NONE)
        text_add(text, "a=setup:%s\r\n",
                 ours == SETUP_ACTPASS  ? "actpass"
                 : ours == SETUP_ACTIVE ? "active"
                                        : "passive");
}
