/* offer_dtls.c - roles, fingerprints and credentials of one stream. */
#include "server/sdp/offer_dtls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

enum { ONLY_PREFERENCE = 65535 }; /* of the one candidate that there is */

void offer_dtls_drop(struct offer_dtls *dtls)
{
    explicit_bzero(dtls, sizeof(*dtls));
}

static bool is_same(const struct ice_credentials *a, const struct ice_credentials *b)
{
    return strcmp(a->ufrag, b->ufrag) == 0 && strcmp(a->password, b->password) == 0;
}

static void take_ice(struct offer_dtls *dtls, const struct media_section *theirs, bool renew)
{
    if (theirs->has_ice && (!dtls->has_ice || renew))
        ice_credentials_make(&dtls->local);
    dtls->has_ice = theirs->has_ice;
    dtls->remote_ice = theirs->ice;
    if (!dtls->has_ice)
        memset(&dtls->local, 0, sizeof(dtls->local));
}

void offer_dtls_answer(struct offer_dtls *dtls, const struct media_section *theirs)
{
    const enum setup before = !dtls->is_used                     ? SETUP_NONE
                              : dtls->remote.role == DTLS_CLIENT ? SETUP_ACTIVE
                                                                 : SETUP_PASSIVE;
    dtls->setup = fingerprint_lines_answer(theirs->fingerprints.setup, before);
    fingerprint_lines_remote(&theirs->fingerprints, fingerprint_lines_role(dtls->setup),
                             &dtls->remote);
    take_ice(dtls, theirs, !is_same(&dtls->remote_ice, &theirs->ice));
    dtls->is_used = true;
}

void offer_dtls_begin(struct offer_dtls *dtls, bool has_ice)
{
    offer_dtls_drop(dtls);
    dtls->is_used = true;
    dtls->has_ice = has_ice;
    if (has_ice)
        ice_credentials_make(&dtls->local);
}

void offer_dtls_offer(struct offer_dtls *dtls)
{
    dtls->setup = SETUP_ACTPASS;
}

int offer_dtls_accept(struct offer_dtls *dtls, const struct media_section *theirs)
{
    enum dtls_role role;
    if (!fingerprint_lines_accept(theirs->fingerprints.setup, &role))
        return -ENOTSUP;
    fingerprint_lines_remote(&theirs->fingerprints, role, &dtls->remote);
    take_ice(dtls, theirs, false);
    return 0;
}

static bool read_address(const char *address, uint16_t port, struct sockaddr_storage *read)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)read;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)read;
    *read = (struct sockaddr_storage){.ss_family = strchr(address, ':') ? AF_INET6 : AF_INET};
    if (read->ss_family == AF_INET6) {
        v6->sin6_port = htons(port);
        return inet_pton(AF_INET6, address, &v6->sin6_addr) == 1;
    }
    v4->sin_port = htons(port);
    return inet_pton(AF_INET, address, &v4->sin_addr) == 1;
}

void offer_dtls_write_all(const struct offer_dtls *dtls, const struct dtls_fingerprint *ours,
                          const struct ice_candidate *candidates, unsigned count,
                          struct text *text)
{
    struct ice_lines_ours ice = {.credentials = &dtls->local};
    fingerprint_lines_write(ours, dtls->setup, text);
    if (!dtls->has_ice)
        return;
    while (ice.count < count && ice.count < ICE_LINES_MAX_OURS) {
        ice.candidates[ice.count] = candidates[ice.count];
        ice.count++;
    }
    ice_lines_write(&ice, text);
}

void offer_dtls_write(const struct offer_dtls *dtls, const struct dtls_fingerprint *ours,
                      const char *address, uint16_t port, struct text *text)
{
    struct ice_candidate candidate;
    struct sockaddr_storage host;
    const bool has_address = dtls->has_ice && read_address(address, port, &host);
    if (has_address)
        ice_candidate_host(&candidate, (const struct sockaddr *)&host, ONLY_PREFERENCE);
    offer_dtls_write_all(dtls, ours, &candidate, has_address, text);
}
