/*
 * info_dtmf.h - a digit that is told by SIP INFO, in both of the forms that phones have.
 *
 *   switch (info_dtmf_read("application/dtmf-relay", body, length, &digit, &duration_ms)) ...
 *
 *   application/dtmf-relay    "Signal=5", "Duration=160": a line each, in any order
 *   application/dtmf          "5"
 *
 * Read generously, for no RFC says how it is written: case, blanks and the kind of line end do
 * not matter; * and # may be 10 and 11, A to D may be 12 to 15 (the numbers of RFC 4733); other
 * lines are skipped; of a line that comes twice the first counts.
 *
 * Thread   any; pure.
 * Errors   -ENOTSUP another content type; -EBADMSG no digit, or a body of above
 *          INFO_DTMF_MAX_BYTES. Then nothing is written.
 * Source   RFC 6086 section 4.2 (INFO without a package, as it was used before); RFC 4733
 *          section 3.2, table 3 (the digits).
 */
#ifndef SERVER_SIP_INFO_DTMF_H
#define SERVER_SIP_INFO_DTMF_H

#include <stddef.h>

enum { INFO_DTMF_MAX_BYTES = 512, INFO_DTMF_MAX_MS = 60000, INFO_DTMF_BODY_BYTES = 40 };

/** Content types for an Accept. */
#define INFO_DTMF_TYPES "application/dtmf-relay, application/dtmf"
/** What we write. */
#define INFO_DTMF_TYPE "application/dtmf-relay"

/**
 * Reads @p length bytes of @p body, none of them behind its end. @p content_type may have
 * parameters, which are ignored, and may be NULL.
 *
 * @return 0 and *digit, one of "0123456789*#ABCD", and *duration_ms, at most INFO_DTMF_MAX_MS;
 *         0: not said, or no number.
 */
int info_dtmf_read(const char *content_type, const char *body, size_t length, char *digit,
                   unsigned *duration_ms);

/** Writes a body of INFO_DTMF_TYPE. */
void info_dtmf_write(char digit, unsigned duration_ms, char body[INFO_DTMF_BODY_BYTES]);

#endif
