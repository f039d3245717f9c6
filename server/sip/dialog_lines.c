/* dialog_lines.c - the stack's dialog as lines of text. */
#include "server/sip/dialog_lines.h"

#include <sofia-sip/sip_header.h>
#include <sofia-sip/su_alloc.h>

#include <errno.h>
#include <string.h>

/* The tags are those of the dialog, whatever is in the addresses. */
static char *write_address(su_home_t *home, const sip_addr_t *address, const char *tag)
{
    sip_from_t *copy = sip_from_dup(home, address);
    if (!copy)
        return NULL;
    copy->a_params = NULL;
    copy->a_tag = NULL;
    if (strcmp(tag, "0") != 0 && sip_from_tag(home, copy, tag) < 0) /* "0": none (RFC 3891) */
        return NULL;
    return sip_header_as_string(home, (const sip_header_t *)copy);
}

int dialog_lines_read(struct dialog_lines *dialog, nua_handle_t *handle, const char *start,
                      const char *sequence)
{
    *dialog = (struct dialog_lines){.home = {SU_HOME_INIT(dialog->home)}};
    su_home_t *home = dialog->home;
    su_home_init(home);
    const sip_replaces_t *names = nua_handle_make_replaces(handle, home, 0);
    const sip_addr_t *local = nua_handle_local(handle), *remote = nua_handle_remote(handle);
    if (!names || !local || !remote)
        return -ENOTCONN;
    const bool is_response = strncmp(start, "SIP/2.0 ", 8) == 0;
    const char *ours = write_address(home, local, names->rp_from_tag);
    const char *theirs = write_address(home, remote, names->rp_to_tag);
    const char *target = url_as_string(home, remote->a_url);
    dialog->lines = (struct tunnel_lines){
        .start = is_response ? start : su_sprintf(home, "%s %s SIP/2.0", start, target),
        .from = is_response ? theirs : ours,
        .to = is_response ? ours : theirs,
        .call_id = names->rp_call_id,
        .cseq = is_response ? sequence : NULL,
        .date = sip_now()};
    return ours && theirs && target && dialog->lines.start ? 0 : -ENOMEM;
}

void dialog_lines_finish(struct dialog_lines *dialog)
{
    su_home_deinit(dialog->home);
}
