/* ua_msrp.c - what the configuration says of MSRP becomes a service. */
#include "server/sip/ua_msrp.h"

#include "mixer/base/explain.h"
#include "server/rtp/address.h"
#include "server/sip/key_pair.h"
#include "server/sip/sip_internal.h"

#include <errno.h>

enum { PATIENCE_S = 10 };

static int read_endpoints(const struct ua_config *config, struct msrp_service_config *service,
                          char **why)
{
    struct listener_list list = {.count = 0};
    for (unsigned i = 0; i < config->msrp_listen_count; i++) {
        if (listener_add(&list, config->msrp_listen[i]) < 0 ||
            list.count > MSRP_MOST_ENDPOINTS || list.endpoint[list.count - 1].udp)
            return explain(-EINVAL, why, "sip.msrp_listen: %s is not tcp: or tls:ADDRESS:PORT",
                           config->msrp_listen[i]);
    }
    for (unsigned i = 0; i < list.count; i++) {
        struct sockaddr_storage address;
        struct msrp_endpoint *to = &service->endpoint[service->endpoint_count++];
        (void)listener_address(&list.endpoint[i], &address);
        to->is_tls = list.endpoint[i].tls;
        to->address = address_of((const struct sockaddr *)&address);
    }
    return 0;
}

static bool wants_tls(const struct msrp_service_config *service)
{
    for (unsigned i = 0; i < service->endpoint_count; i++) {
        if (service->endpoint[i].is_tls)
            return true;
    }
    return false;
}

/* The files of the certificate: those of the configuration, or what was made for want of them.
 */
static int find_pair(const struct ua_config *config, struct key_pair_paths *made,
                     const char **certificate, const char **key, char **why)
{
    bool is_new;
    *certificate = config->tls.certificate;
    *key = config->tls.key ? config->tls.key : *certificate;
    if (*certificate)
        return 0;
    const int error = key_pair_make(config->tls.data_directory, config->advertised_address,
                                    made, &is_new, why);
    *certificate = made->certificate;
    *key = made->key;
    return error;
}

int ua_msrp_begin(struct ua *ua, char **why)
{
    const struct ua_config *config = &ua->config;
    struct msrp_service_config service = {.loop = config->loop,
                                          .sessions = config->msrp_sessions,
                                          .connections = config->msrp_sessions * 2,
                                          .patience_s = PATIENCE_S};
    struct key_pair_paths made = {NULL, NULL};
    if (!config->msrp_listen_count)
        return 0;
    int error = read_endpoints(config, &service, why);
    if (!error && wants_tls(&service))
        error = find_pair(config, &made, &service.certificate, &service.key, why);
    if (!error)
        error = msrp_service_create(&service, &ua->msrp, why);
    key_pair_paths_finish(&made);
    return error;
}

int ua_msrp_reload(struct ua *ua, char **why)
{
    struct key_pair_paths made = {NULL, NULL};
    const char *certificate, *key;
    if (!ua->msrp || !msrp_service_fingerprint(ua->msrp))
        return 0;
    int error = find_pair(&ua->config, &made, &certificate, &key, why);
    if (!error)
        error = msrp_service_reload(ua->msrp, certificate, key, why);
    key_pair_paths_finish(&made);
    return error;
}
