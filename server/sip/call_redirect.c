/* call_redirect.c - a 3xx to a call of ours: where it may go on to, and who is told so. */
#include "server/sip/call_internal.h"

#include "mixer/base/log.h"
#include "server/sip/dial_rule.h"
#include "server/sip/privacy.h"
#include "server/sip/uri.h"

#include <sofia-sip/sip_header.h>

#include <stdlib.h>
#include <string.h>

static bool may_redirect(const struct call *call, const url_t *url,
                         const struct uri_target *target)
{
    const struct ua_config *config = &call->ua->config;
    return call->trunk
               ? trunk_out_may_redirect(call, url)
               : dial_rule_allows(config->dial_allow, config->dial_allow_count, target->host);
}

/* Before those of an earlier 3xx: so a target's history is the begin of that of who is tried
 * before it. @return false: there is no more room. */
static bool insert(struct call *call, unsigned place, const char *uri, unsigned diversions)
{
    if (call->target_count == CALL_MAX_TARGETS)
        return false;
    char *copy = strdup(uri);
    if (!copy)
        return false;
    memmove(&call->target[place + 1], &call->target[place],
            (call->target_count - place) * sizeof(call->target[0]));
    call->target[place] = (struct call_target){.uri = copy, .diversions = diversions};
    call->target_count++;
    return true;
}

/* Whoever was called is the one who sends it on. */
static void note_diversion(struct call *call, int status, const sip_t *sip)
{
    char uri[PARTICIPANT_URI_BYTES];
    if (!call->diversions && !(call->diversions = calloc(1, sizeof(*call->diversions))))
        return;
    uri_plain(sip->sip_to->a_url, uri, sizeof(uri));
    const bool is_hidden = privacy_hides_history(sip) || !uri_is_clean(uri);
    diversion_add(call->diversions, is_hidden ? DIVERSION_ANONYMOUS : uri,
                  status == 301 || status == 302 ? "unconditional" : "unknown");
}

void call_note_redirects(struct call *call, int status, const sip_t *sip)
{
    struct uri_target target;
    unsigned place = 0;
    note_diversion(call, status, sip);
    const unsigned diversions = call->diversions ? call->diversions->count : 0;
    for (const sip_contact_t *each = sip->sip_contact; each; each = each->m_next) {
        if (uri_target_of(each->m_url, &target) < 0 || (call->is_sips && !target.is_sips) ||
            !may_redirect(call, each->m_url, &target)) {
            log_call_info("sip", call->id, "redirected to where may not be dialled");
            continue;
        }
        if (!insert(call, place, target.text, diversions))
            return;
        place++;
    }
}

char *call_next_redirect(struct call *call)
{
    if (!call->target_count || call->redirects >= call->ua->config.max_redirects)
        return NULL;
    const struct call_target next = call->target[0];
    memmove(&call->target[0], &call->target[1], --call->target_count * sizeof(call->target[0]));
    call->redirects++;
    if (call->diversions)
        diversion_keep_oldest(call->diversions, next.diversions);
    return next.uri;
}

void call_forget_redirects(struct call *call)
{
    while (call->target_count)
        free(call->target[--call->target_count].uri);
    if (call->diversions)
        diversion_keep_oldest(call->diversions, call->forwards);
}

void call_write_diversions(const struct diversion_list *list, const char *target,
                           char out[CALL_DIVERSION_BYTES])
{
    char value[DIVERSION_TEXT_BYTES];
    struct text text;
    text_init(&text, out, CALL_DIVERSION_BYTES);
    if (!list || !list->count)
        return;
    diversion_write(list, value);
    text_add(&text, "Diversion: %s\r\n", value);
    diversion_write_history(list, target, value);
    text_add(&text, "History-Info: %s", value);
}
