/* ice.c - the lite side of ICE for one transport. */
#include "server/rtp/ice.h"

#include "mixer/base/clock.h"
#include "mixer/base/random.h"
#include "server/rtp/address.h"

#include <string.h>

enum { LEAST_UFRAG = 4, LEAST_PASSWORD = 22 };

/* ---- credentials ---- */

void ice_credentials_make(struct ice_credentials *credentials)
{
    memset(credentials, 0, sizeof(*credentials));
    random_name(credentials->ufrag, ICE_LOCAL_UFRAG + 1);
    random_name(credentials->password, ICE_LOCAL_PASSWORD + 1);
}

static bool is_ice_text(const char *text, size_t least, size_t room)
{
    const size_t length = strnlen(text, room);
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        "-_=";
    return length >= least && length < room && strspn(text, allowed) == length;
}

bool ice_credentials_are_good(const struct ice_credentials *credentials)
{
    return is_ice_text(credentials->ufrag, LEAST_UFRAG, ICE_UFRAG_BYTES) &&
           is_ice_text(credentials->password, LEAST_PASSWORD, ICE_PASSWORD_BYTES);
}

void ice_init(struct ice *ice, const struct ice_credentials *local)
{
    memset(ice, 0, sizeof(*ice));
    ice->local = *local;
}

void ice_set_remote(struct ice *ice, const struct ice_credentials *remote)
{
    ice->remote = *remote;
}

/* Of a second restart before the first was nominated, the way of before is still the one that
 * media takes. */
void ice_restart(struct ice *ice, const struct ice_credentials *local,
                 const struct ice_credentials *remote)
{
    const bool is_first = ice->local_before.ufrag[0] == '\0';
    if (is_first && ice->selected.any.sa_family != AF_UNSPEC) {
        ice->local_before = ice->local;
        ice->remote_before = ice->remote;
    }
    ice->local = *local;
    if (remote)
        ice->remote = *remote;
    else
        memset(&ice->remote, 0, sizeof(ice->remote));
}

/* ---- what is remembered ---- */

bool ice_is_validated(const struct ice *ice, const struct sockaddr *from)
{
    for (unsigned i = 0; i < ICE_VALIDATED; i++) {
        if (latch_same(&ice->validated[i].any, from))
            return true;
    }
    return false;
}

/* The selected way is not the one that is forgotten. */
static bool validate(struct ice *ice, const struct sockaddr *from)
{
    if (ice_is_validated(ice, from))
        return false;
    if (latch_same(&ice->validated[ice->validated_next].any, &ice->selected.any))
        ice->validated_next = (ice->validated_next + 1) % ICE_VALIDATED;
    ice->validated[ice->validated_next] = address_of(from);
    ice->validated_next = (ice->validated_next + 1) % ICE_VALIDATED;
    return true;
}

static bool is_replayed(struct ice *ice, const struct ice_stun *check)
{
    const unsigned known =
        ice->nominations_made < ICE_NOMINATIONS ? ice->nominations_made : ICE_NOMINATIONS;
    for (unsigned i = 0; i < known; i++) {
        if (memcmp(ice->nominations[i], check->transaction, sizeof(check->transaction)) == 0)
            return true;
    }
    memcpy(ice->nominations[ice->nominations_made++ % ICE_NOMINATIONS], check->transaction,
           sizeof(check->transaction));
    return false;
}

static void nominate(struct ice *ice, const struct sockaddr *from, int64_t now_ns,
                     struct ice_result *result)
{
    result->is_nominated = !latch_same(&ice->selected.any, from) || !ice->has_consent;
    ice->selected = address_of(from);
    ice->has_consent = true;
    ice->heard_ns = now_ns;
    ice->counters.nominations += result->is_nominated;
}

/* ---- checks ---- */

size_t ice_ufrag_of(const struct ice_stun *check, const char **ufrag)
{
    const char *colon =
        check->username ? memchr(check->username, ':', check->username_length) : NULL;
    if (!colon)
        return 0;
    *ufrag = check->username;
    return (size_t)(colon - check->username);
}

static bool is_part(const char *ufrag, const char *part, size_t length)
{
    return strlen(ufrag) == length && memcmp(ufrag, part, length) == 0;
}

/* "ours:theirs" */
static bool names(const struct ice_stun *check, const struct ice_credentials *local,
                  const struct ice_credentials *remote)
{
    const char *ours;
    const size_t length = ice_ufrag_of(check, &ours);
    return length && is_part(local->ufrag, ours, length) &&
           (!remote->ufrag[0] ||
            is_part(remote->ufrag, ours + length + 1, check->username_length - length - 1));
}

/* Our credentials that a check was made with; NULL: it is not authentic. */
static const struct ice_credentials *authenticate(const struct ice *ice,
                                                  const struct ice_stun *check)
{
    const struct ice_credentials *known = NULL;
    if (names(check, &ice->local, &ice->remote))
        known = &ice->local;
    else if (ice->local_before.ufrag[0] &&
             names(check, &ice->local_before, &ice->remote_before))
        known = &ice->local_before;
    return known && ice_stun_is_authentic(check, known->password) ? known : NULL;
}

/* RFC 8489 section 9.1.3: without MESSAGE-INTEGRITY where the far end cannot be known. */
static void refuse(struct ice *ice, const struct ice_stun *check, unsigned code,
                   const char *password, struct ice_result *result)
{
    result->answer_bytes =
        ice_stun_write_error(result->answer, sizeof(result->answer), check, code, password);
    ice->counters.refused++;
    ice->counters.conflicts += code == 487;
}

static void accept_check(struct ice *ice, const struct ice_stun *check, bool is_before,
                         const struct sockaddr *from, int64_t now_ns, struct ice_result *result)
{
    ice->counters.checks++;
    result->is_validated = validate(ice, from);
    if (latch_same(&ice->selected.any, from)) {
        result->is_nominated = !ice->has_consent;
        ice->has_consent = true;
        ice->heard_ns = now_ns;
    }
    if (!check->use_candidate || is_before || is_replayed(ice, check))
        return;
    nominate(ice, from, now_ns, result);
    memset(&ice->local_before, 0, sizeof(ice->local_before));
    memset(&ice->remote_before, 0, sizeof(ice->remote_before));
}

void ice_take(struct ice *ice, const uint8_t *data, size_t length, const struct sockaddr *from,
              int64_t now_ns, struct ice_result *result)
{
    struct ice_stun check;
    result->answer_bytes = 0;
    result->is_validated = result->is_nominated = false;
    if (ice_stun_read(data, length, &check) < 0 || check.class != ICE_STUN_REQUEST ||
        check.method != ICE_STUN_BINDING || !check.has_fingerprint) {
        ice->counters.ignored++;
        return;
    }
    if (!check.username || !check.integrity_at) {
        refuse(ice, &check, 400, NULL, result);
        return;
    }
    const struct ice_credentials *local = authenticate(ice, &check);
    if (!local) {
        refuse(ice, &check, 401, NULL, result);
    } else if (check.unknown_count) {
        refuse(ice, &check, 420, local->password, result);
    } else if (check.role == ICE_STUN_CONTROLLED) { /* we are lite: it has to take the other */
        refuse(ice, &check, 487, local->password, result);
    } else {
        result->answer_bytes = ice_stun_write_success(result->answer, sizeof(result->answer),
                                                      check.transaction, from, local->password);
        accept_check(ice, &check, local == &ice->local_before, from, now_ns, result);
    }
}

/* ---- consent ---- */

int64_t ice_due_ns(const struct ice *ice)
{
    return ice->has_consent ? ice->heard_ns + ICE_CONSENT_MS * CLOCK_NS_PER_MS : INT64_MAX;
}

bool ice_lost_consent(struct ice *ice, int64_t now_ns)
{
    if (!ice->has_consent || now_ns < ice_due_ns(ice))
        return false;
    ice->has_consent = false;
    ice->counters.consent_lost++;
    return true;
}
