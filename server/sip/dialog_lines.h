/*
 * dialog_lines.h - what the next message in a dialog of the stack will say of itself, for a
 * copy of its headers that is signed (tunnel.h).
 *
 *   struct dialog_lines dialog;
 *   if (dialog_lines_read(&dialog, handle, "MESSAGE", NULL) == 0)
 *       ...tunnel_write(&dialog.lines, ...)...
 *   dialog_lines_finish(&dialog);
 *
 * The stack numbers requests (CSeq) when it sends them: that may be later, there are those of
 * its own in between (PRACK, UPDATE, BYE), and what is refused with 422 goes out again under
 * another number. It shows the number to nobody before, and one that is wrong is worse than
 * none. So that is not in it, nor in what begins a dialog; of a response it is known.
 *
 * Thread   control.
 * Errors   -ENOTCONN: there is no dialog yet; -ENOMEM.
 * Source   RFC 3261 sections 12.2.1.1, 23.4.
 */
#ifndef SERVER_SIP_DIALOG_LINES_H
#define SERVER_SIP_DIALOG_LINES_H

#include "server/sip/sip_internal.h"
#include "server/sip/tunnel.h"

struct dialog_lines {
    su_home_t home[1];
    struct tunnel_lines lines;
};

/** @p start: a method, or the first line of a response, which begins with "SIP/2.0 "; then
 *  @p sequence is the CSeq that it has. @return also on error it is to be finished. */
int dialog_lines_read(struct dialog_lines *dialog, nua_handle_t *handle, const char *start,
                      const char *sequence);
void dialog_lines_finish(struct dialog_lines *dialog);

#endif
