/* account_forward.c - which answer of phones sends a call on. */
#include "server/account/account_forward.h"

#include <string.h>

const char *const account_forward_scope_words[ACCOUNT_FORWARD_SCOPES] = {
    [ACCOUNT_FORWARD_NONE] = "none",
    [ACCOUNT_FORWARD_LOCAL] = "local",
    [ACCOUNT_FORWARD_TRUNK] = "trunk",
};
const char *const account_forward_when_words[ACCOUNT_FORWARD_WHENS] = {
    [ACCOUNT_FORWARD_ALWAYS] = "always",       [ACCOUNT_FORWARD_BUSY] = "busy",
    [ACCOUNT_FORWARD_NO_ANSWER] = "no_answer", [ACCOUNT_FORWARD_NOT_TAKEN] = "not_taken",
    [ACCOUNT_FORWARD_BESIDE] = "beside",
};

bool account_forward_to_is_valid(const char *to)
{
    for (const char *at = to; *at; at++) {
        if (*at <= ' ' || *at > '~' || strchr("<>\"\\", *at))
            return false;
    }
    return strlen(to) < ACCOUNT_FORWARD_BYTES;
}

static bool is_set(const struct account_forward *forward)
{
    return forward->scope != ACCOUNT_FORWARD_NONE && forward->to[0];
}

bool account_forward_is_always(const struct account_forward *forward)
{
    return is_set(forward) && forward->when == ACCOUNT_FORWARD_ALWAYS;
}

bool account_forward_is_beside(const struct account_forward *forward)
{
    return is_set(forward) && forward->when == ACCOUNT_FORWARD_BESIDE;
}

bool account_forward_meets(const struct account_forward *forward, int status)
{
    const bool is_busy = status == 486 || status == 600;
    const bool is_unreached = status == 430 || status == 480 || status == 503;
    const bool is_unanswered = is_unreached || status == 408 || status == 487;
    if (!is_set(forward))
        return false;
    switch (forward->when) {
    case ACCOUNT_FORWARD_ALWAYS:
        return true;
    case ACCOUNT_FORWARD_BUSY:
        return is_busy;
    case ACCOUNT_FORWARD_NO_ANSWER:
        return is_unanswered;
    case ACCOUNT_FORWARD_NOT_TAKEN:
    case ACCOUNT_FORWARD_BESIDE:
        break;
    }
    return is_busy || status / 100 != 6;
}
