/*
 * fmtp.h - the value of an SDP a=fmtp line, "name=value; name=value": one parameter at a time.
 *
 *   unsigned rate;
 *   if (fmtp_number(fmtp, "maxplaybackrate", &rate) == 0) ...
 *   char modes[32];
 *   if (fmtp_text(fmtp, "mode-set", modes, sizeof(modes)) == 0) ...
 *
 * Names are compared without case. Of a parameter that comes twice the first counts.
 *
 * Thread   any; pure.
 * Source   RFC 8866 section 6.15; RFC 4855 section 3 (semicolons between parameters).
 */
#ifndef MIXER_BASE_FMTP_H
#define MIXER_BASE_FMTP_H

#include <stddef.h>

/** @return 0 and *value; -ENOENT if there is no @p name; -EINVAL if its value is no decimal
 *  number below 10^9. *value is written on success only. */
int fmtp_number(const char *fmtp, const char *name, unsigned *value);

/** Copies the value of @p name to @p out, without blanks around it and without quotes.
 *  @return 0, -ENOENT if there is no @p name, -EINVAL if it does not fit into @p room. */
int fmtp_text(const char *fmtp, const char *name, char *out, size_t room);

#endif
