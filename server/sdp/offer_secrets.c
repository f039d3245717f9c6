/* offer_secrets.c - on the heap, and only for those who have some. */
#include "server/sdp/offer_secrets.h"

#include <stdlib.h>

struct offer_secrets *offer_secrets_copy(const struct offer_secrets *from)
{
    struct offer_secrets *copy = calloc(1, sizeof(*copy));
    if (copy && from)
        *copy = *from;
    return copy;
}

static bool is_empty(const struct offer_secrets *secrets)
{
    return !secrets->dtls.is_used && !secrets->keys.agreed.kind && !secrets->keys.said.count;
}

struct offer_secrets *offer_secrets_trim(struct offer_secrets *secrets)
{
    if (!secrets || !is_empty(secrets))
        return secrets;
    offer_secrets_destroy(secrets);
    return NULL;
}

void offer_secrets_drop(struct offer_secrets *secrets)
{
    offer_keys_drop(&secrets->keys);
    offer_dtls_drop(&secrets->dtls);
}

void offer_secrets_destroy(struct offer_secrets *secrets)
{
    if (!secrets)
        return;
    offer_secrets_drop(secrets);
    free(secrets);
}
