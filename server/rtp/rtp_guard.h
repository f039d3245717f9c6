/*
 * rtp_guard.h - SRTP and SRTCP, one way: what protects the packets of one leg that go out, or
 * opens those that come in.
 *
 *   control:  rtp_guard_create(&keys, &out);  rtp_guard_create(&far_keys, &in);
 *   sending:  length = rtp_guard_protect(out, datagram, length, room);
 *   hearing:  rtp_guard_open(in, datagram, length, clear, &clear_length);
 *
 * The transform is our own, the ciphers are nettle's, whose state is plain memory: a packet
 * costs no allocation and no lock, whatever its SSRC. (Debian's libsrtp2 is built on NSS, which
 * allocates 5 to 14 times per packet and takes 4 to 15 times as long: not for a media tick. In
 * the tests it is the twin that all is compared with.) One master key serves all SSRCs of a
 * leg; each has a roll-over counter and a replay window of its own, made when its first packet
 * has proved authentic: who has no key cannot make us keep anything.
 *
 * Shape    in: up to RTP_GUARD_SOURCES SSRCs at once, the one not heard for longest is
 *          forgotten for a new one. out: so many, and no more: a forgotten counter would use a
 *          key twice. A packet that is sent again, unchanged, is protected as it was before.
 * Thread   create, destroy: any that may allocate. The rest: whoever has it, one at a time;
 *          never allocates, locks or waits.
 * Errors   -EBADMSG: not of the form of such a packet; -EKEYREJECTED: not authentic (wrong key,
 *          changed on the way, another MKI, not encrypted); -EALREADY: authentic once, or so
 *          late that this cannot be told.
 * Not done a key derivation rate other than 0, several master keys at a time.
 * Source   RFC 3711; RFC 6188 (AES-256); RFC 7714 (GCM); RFC 4568 section 6.
 */
#ifndef SERVER_RTP_RTP_GUARD_H
#define SERVER_RTP_RTP_GUARD_H

#include "server/rtp/rtp_keys.h"

enum {
    RTP_GUARD_SOURCES = 8,
    RTP_GUARD_WINDOW = 1024, /* packets; video asks for some of half a second ago again */
    RTP_GUARD_MAX_GROWTH = 16 + 4 + RTP_KEYS_MAX_MKI, /* of a packet [bytes] */
    RTP_GUARD_FIRST_SEQUENCES = 1 << 15, /* a sender begins below: RFC 3711 section 3.3.1 */
};

struct rtp_guard;

/** @return 0 and *guard, owned by the caller; -EINVAL: RTP_SUITE_NONE; -ENOMEM. */
int rtp_guard_create(const struct rtp_keys *keys, struct rtp_guard **guard);
void rtp_guard_destroy(struct rtp_guard *guard); /* wipes it; NULL is allowed */

/** A packet comes soon: the processor fetches what that will need, meanwhile. With hundreds of
 *  legs nothing of a guard is in a cache when its turn comes. NULL is allowed. */
void rtp_guard_expect(const struct rtp_guard *guard);

/** Protects the RTP packet of @p length bytes in @p data, in place.
 *  @return its new length; 0: no RTP packet, no room, or no more SSRCs. */
size_t rtp_guard_protect(struct rtp_guard *guard, uint8_t *data, size_t length, size_t room);
/** The same for an RTCP packet. */
size_t rtp_guard_protect_rtcp(struct rtp_guard *guard, uint8_t *data, size_t length,
                              size_t room);

/** Opens an SRTP packet into @p out, which has room for @p length bytes and is not @p data.
 *  @return 0, and the RTP packet's length; or an error: @p out is of no use. */
int rtp_guard_open(struct rtp_guard *guard, const uint8_t *data, size_t length, uint8_t *out,
                   size_t *out_length);
/** The same for an SRTCP packet. */
int rtp_guard_open_rtcp(struct rtp_guard *guard, const uint8_t *data, size_t length,
                        uint8_t *out, size_t *out_length);

#endif
