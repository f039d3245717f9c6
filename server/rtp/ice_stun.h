/*
 * ice_stun.h - the STUN messages of ICE, read and written.
 *
 *   struct ice_stun check;
 *   if (ice_stun_read(data, length, &check) == 0 && ice_stun_is_authentic(&check, password))
 *       bytes = ice_stun_write_success(out, sizeof(out), check.transaction, from, password);
 *
 * Of an attribute that comes twice the first counts; behind MESSAGE-INTEGRITY only FINGERPRINT
 * is read. A message whose FINGERPRINT is wrong, or not the last, is no STUN message.
 *
 * Shape    a message is ICE_STUN_MAX_BYTES long at most. What is read points into the datagram
 *          (borrowed as long as that lives).
 * Thread   any; pure. A HMAC costs a microsecond or two and may allocate: not for a media tick.
 * Errors   -EBADMSG for bytes that are no STUN message, or whose attributes have wrong lengths.
 * Source   RFC 8489 section 5 (header), 6.3, 9.1 (short-term credentials), 14 (attributes);
 *          RFC 8445 section 16.1 (ICE's attributes). (The name: stun_* is the SIP library's.)
 */
#ifndef SERVER_RTP_ICE_STUN_H
#define SERVER_RTP_ICE_STUN_H

#include "server/rtp/latch.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ICE_STUN_HEADER_BYTES = 20,
    ICE_STUN_MAX_BYTES = 1500,
    ICE_STUN_TRANSACTION_BYTES = 12,
    ICE_STUN_MAX_UNKNOWN = 8,    /* more are not listed            */
    ICE_STUN_MAX_USERNAME = 513, /* two fragments of 256 and a ":" */
    ICE_STUN_ANSWER_BYTES = 160, /* room for any of our answers    */
    ICE_STUN_BINDING = 1,
};

enum ice_stun_class {
    ICE_STUN_REQUEST,
    ICE_STUN_INDICATION,
    ICE_STUN_SUCCESS,
    ICE_STUN_ERROR,
};

enum ice_stun_role { ICE_STUN_NO_ROLE, ICE_STUN_CONTROLLING, ICE_STUN_CONTROLLED };

struct ice_stun {
    enum ice_stun_class class;
    unsigned method;
    uint8_t transaction[ICE_STUN_TRANSACTION_BYTES];
    const char *username; /* borrowed, not terminated; NULL: none */
    size_t username_length;
    bool has_fingerprint; /* and it is right */
    bool has_priority, use_candidate;
    uint32_t priority;
    enum ice_stun_role role;
    uint64_t tie_breaker;       /* of the role                               */
    union latch_address mapped; /* XOR-MAPPED-ADDRESS; AF_UNSPEC: none       */
    unsigned error_code;        /* 300..699; 0: none                         */
    unsigned unknown_count;     /* comprehension-required ones               */
    uint16_t unknown[ICE_STUN_MAX_UNKNOWN];

    const uint8_t *data; /* borrowed: the message */
    size_t length;
    size_t integrity_at; /* of MESSAGE-INTEGRITY in it; 0: there is none */
};

/** A check or a keep-alive of our own. */
struct ice_stun_request {
    uint8_t transaction[ICE_STUN_TRANSACTION_BYTES];
    const char *username; /* "their fragment:ours" */
    uint32_t priority;
    enum ice_stun_role role;
    uint64_t tie_breaker;
    bool use_candidate;
};

/** @return 0 and *message, or -EBADMSG. */
int ice_stun_read(const uint8_t *data, size_t length, struct ice_stun *message);

/** True if it has a MESSAGE-INTEGRITY that was made with @p password; compared in constant
 *  time. */
bool ice_stun_is_authentic(const struct ice_stun *message, const char *password);

/** The writers say how many bytes they wrote to @p out; 0: @p room is too small. All messages
 *  have FINGERPRINT, and MESSAGE-INTEGRITY unless @p password is NULL. */
size_t ice_stun_write_request(uint8_t *out, size_t room, const struct ice_stun_request *request,
                              const char *password);
size_t ice_stun_write_success(uint8_t *out, size_t room,
                              const uint8_t transaction[ICE_STUN_TRANSACTION_BYTES],
                              const struct sockaddr *mapped, const char *password);
/** @p code 400, 401, 420 (lists what @p refused had unknown) or 487, in answer to @p refused.
 */
size_t ice_stun_write_error(uint8_t *out, size_t room, const struct ice_stun *refused,
                            unsigned code, const char *password);

#endif
