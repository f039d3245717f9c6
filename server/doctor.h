/*
 * doctor.h - raduno doctor: whether this machine lets the server work as it is configured, and
 * what to do where it does not. It changes nothing and sends nothing.
 *
 *   return doctor_run(conf, &tls, options.json);
 *
 *   OK    data       data can be written, 93 GiB are free
 *   WARN  address    callers are told 10.0.0.7, which is private
 *                    > set media.advertised_address to the address that callers reach
 *
 * With @p json the same as one JSON object: {"ok": true, "findings": [{"check", "verdict",
 * "text", "advice"}]}.
 *
 * Thread   main, before the others start.
 * Source   RFC 8866 section 5.7 (the address in SDP); adjtimex(2), getrlimit(2), ip(7).
 */
#ifndef SERVER_DOCTOR_H
#define SERVER_DOCTOR_H

#include "conf/conf.h"
#include "server/sip/ua.h"

#include <stdbool.h>

/** @return the exit code: 0, or 1 if a check has failed; warnings do not count. */
int doctor_run(const struct conf *conf, const struct secure_config *tls, bool json);

#endif
