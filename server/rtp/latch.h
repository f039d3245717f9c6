/*
 * latch.h - whose packets are taken: symmetric RTP with a short learning window, then strict.
 *
 * The signalled address is believed at once. Within the window one other source may take its
 * place, if the signalled one was never heard and the newcomer sends LATCH_PROBE_PACKETS
 * packets in a row with one SSRC (a NAT in between); should the signalled one be heard after
 * all before the window ends, it gets its place back: who was faster than the phone's first
 * packet does not stay. After the window, only the source that was latched is taken (if none
 * was: the signalled one) until the plan is changed. That ends "RTP bleed": a stranger's spray
 * is counted, never played, and our audio is never sent to him.
 *
 * Where packets are authenticated (SRTP), that is done first, and the last one that was
 * authentic says where the far end is: latch_accept_authentic().
 *
 * RTCP that comes from another port than RTP has a latch of its own.
 *
 * Thread   belongs to one leg and its media worker; pure, never allocates.
 * Source   RFC 4961 (symmetric RTP), RFC 7362 (latching); CVE-2025-53399 is what it prevents.
 */
#ifndef SERVER_RTP_LATCH_H
#define SERVER_RTP_LATCH_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

enum { LATCH_PROBE_PACKETS = 3, LATCH_WINDOW_MS = 10000 };

/** An address of the families that we speak: a quarter of a sockaddr_storage. */
union latch_address {
    struct sockaddr any; /* its family says which */
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

struct latch {
    union latch_address signalled;
    union latch_address current;   /* where to send; taken from when latched       */
    union latch_address candidate; /* a newcomer on probation                      */
    uint32_t candidate_ssrc;
    unsigned candidate_packets;
    bool latched;
    int64_t opened_ns; /* monotonic: the window's begin; 0: first packet sets it */
    uint32_t refused;  /* packets of strangers                         */
};

/**
 * Starts anew with the address of the SDP; refused goes on counting. NULL, or another family
 * than IPv4 and IPv6: nobody's packets are taken, as with a zeroed latch.
 *
 * A new plan with the address of before (a session refresh) must not come here: it would open
 * the window again.
 */
void latch_open(struct latch *latch, const struct sockaddr *signalled, int64_t now_ns);

/** Takes one packet's source. @return true if the packet may be used. */
bool latch_accept(struct latch *latch, const struct sockaddr *from, uint32_t ssrc,
                  int64_t now_ns);

/** Takes the source of a packet that has proved authentic (rtp_guard.h): it is believed at
 * once, and at any time. @return false: nobody's are taken. */
bool latch_accept_authentic(struct latch *latch, const struct sockaddr *from);

/** Nobody can take its place any more: it was heard from where it said, or the window is over.
 */
bool latch_is_final(const struct latch *latch, int64_t now_ns);

/** True if both have the same family, address and port (an IPv4-mapped address is its IPv4). */
bool latch_same(const struct sockaddr *a, const struct sockaddr *b);

#endif
