/*
 * jitter_restart.h - a sender that began anew, told from packets that come twice or late.
 *
 *   of each that is refused, as it came already or its turn is over:
 *               if (jitter_restart_refused(&restart, sequence, arrival_ns))   it began anew
 *   stored:     jitter_restart_stored(&restart);
 *
 * Who goes back by few numbers looks like a network that mixes them up. If the time stamps go
 * back as well (a recording is played once more), only this is left to tell: all that comes is
 * refused, one after the other, as fast as sound goes. Packets that a network doubles come at
 * once, or between others that are new.
 *
 * Thread   belongs to one jitter buffer; never allocates. A zeroed one has seen nothing.
 * Source   RFC 3550 appendix A.1 tells the same of those who go back far.
 */
#ifndef SERVER_RTP_JITTER_RESTART_H
#define SERVER_RTP_JITTER_RESTART_H

#include <stdbool.h>
#include <stdint.h>

struct jitter_restart {
    unsigned packets;   /* refused one after the other; 0: none       */
    uint16_t last;      /* ... and the number of the last             */
    int64_t begin_ns;   /* ... and when the first came                */
    bool is_among_news; /* since then something was stored            */
};

/** @p arrival_ns: monotonic. */
bool jitter_restart_refused(struct jitter_restart *restart, uint16_t sequence,
                            int64_t arrival_ns);

void jitter_restart_stored(struct jitter_restart *restart);

#endif
