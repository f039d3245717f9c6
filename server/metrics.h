/*
 * metrics.h - what SIP, MSRP, handshakes and browsers count, for the API, which knows none of
 * them.
 *
 * Thread   control.
 */
#ifndef SERVER_METRICS_H
#define SERVER_METRICS_H

#include "api/api.h"

/** Whose counters; borrowed. */
struct metrics {
    const struct ua *ua;
    const struct location *location;
    const struct handshake_service *handshakes;
    const struct web_calls
        *web_calls; /* NULL: no browsers come, and there is no port for them */
    const struct shared_port *browser_port;
};

/** @return how many were written to @p out, which has room for @p room. */
unsigned metrics_read(const struct metrics *of, struct api_metric *out, unsigned room);

#endif
