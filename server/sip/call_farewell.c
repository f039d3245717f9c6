/* call_farewell.c - a BYE that waits for nobody.
 *
 * The stack sends one request of a dialog after the other, so that a BYE would wait up to 32 s
 * behind a MESSAGE, INFO or NOTIFY that is never answered. This one goes beside the queue: with
 * the tags and the way of the dialog, and the highest CSeq that there can be, for nothing
 * follows it. */
#include "server/sip/call_internal.h"

#include "mixer/base/log.h"
#include "server/sip/route.h"

#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/sip_util.h>
#include <sofia-sip/su_alloc.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LAST_CSEQ "2147483647 BYE" /* below 2^31: RFC 3261 section 8.1.1.5 */

/* ---- the way ---- */

/* The far end's Record-Route as the Route of ours. @return NULL: none, or it cannot be told. */
static char *write_route(su_home_t *home, const sip_t *sip)
{
    char *out = NULL;
    size_t length;
    FILE *file = open_memstream(&out, &length);
    sip_route_t *route = sip->sip_status ? sip_route_reverse(home, sip->sip_record_route)
                                         : sip_route_fixdup(home, sip->sip_record_route);
    for (; file && route; route = route->r_next) {
        char *url = url_as_string(home, route->r_url);
        fprintf(file, "<%s>%s", url ? url : "", route->r_next ? ", " : "");
    }
    if (file && fclose(file) == 0)
        return out;
    free(out);
    return NULL;
}

static bool is_strict(const sip_t *sip)
{
    for (const sip_record_route_t *each = sip->sip_record_route; each; each = each->r_next) {
        if (!each->r_url->url_params || !url_has_param(each->r_url, "lr"))
            return true;
    }
    return false;
}

/* The route set is that of the first message; the target that of the last. */
void call_note_way(struct call *call, const sip_t *sip)
{
    struct call_way *way = &call->way;
    su_home_t home[1] = {SU_HOME_INIT(home)};
    if (!sip->sip_contact || (!way->target && is_strict(sip)))
        return;
    su_home_init(home);
    char *url = url_as_string(home, sip->sip_contact->m_url);
    bool is_first = !way->target;
    if (is_first || !way->route)
        way->leads_back = route_leads_to(sip, (const struct sockaddr *)&call->peer);
    free(way->target);
    way->target = url ? strdup(url) : NULL;
    if (is_first && sip->sip_record_route)
        way->route = write_route(home, sip);
    su_home_deinit(home);
}

void call_note_proxy(struct call *call, const char *proxy)
{
    free(call->way.proxy);
    call->way.proxy = strdup(proxy);
}

void call_way_finish(struct call *call)
{
    free(call->way.target);
    free(call->way.route);
    free(call->way.proxy);
    call->way = (struct call_way){.target = NULL};
}

/* ---- the BYE ---- */

static bool send_bye(const struct call *call, su_home_t *home, const char *reason)
{
    const struct call_way *way = &call->way;
    sip_replaces_t *dialog = nua_handle_make_replaces(call->handle, home, 0);
    sip_from_t *from = sip_from_dup(home, nua_handle_local(call->handle));
    sip_to_t *to = sip_to_dup(home, nua_handle_remote(call->handle));
    if (!way->target || !dialog || !from || !to)
        return false;
    from->a_params = to->a_params = NULL;
    from->a_tag = to->a_tag = NULL; /* those of the dialog have to be in it, whatever is here */
    if (sip_from_tag(home, from, dialog->rp_from_tag) < 0 ||
        sip_to_tag(home, to, dialog->rp_to_tag) < 0)
        return false;
    nua_handle_t *beside = nua_handle(call->line->nua, NULL, TAG_END());
    if (!beside)
        return false;
    nua_method(beside, NUTAG_METHOD("BYE"), NUTAG_DIALOG(0), NUTAG_URL(way->target),
               TAG_IF(way->proxy, NUTAG_PROXY(way->proxy)),
               TAG_IF(way->route, SIPTAG_ROUTE_STR(way->route)), SIPTAG_FROM(from),
               SIPTAG_TO(to), SIPTAG_CALL_ID_STR(dialog->rp_call_id),
               SIPTAG_CSEQ_STR(LAST_CSEQ), SIPTAG_REASON_STR(reason), TAG_END());
    return true; /* its answer ends the handle: ua_event.c */
}

bool call_farewell(const struct call *call, const char *reason)
{
    su_home_t home[1] = {SU_HOME_INIT(home)};
    su_home_init(home);
    bool is_sent = send_bye(call, home, reason);
    su_home_deinit(home);
    if (is_sent)
        log_call_debug("sip", call->id, "BYE goes beside a request that has no answer");
    return is_sent;
}
