/*
 * early_header.h - P-Early-Media: whether there is sound before the answer.
 *
 *   early_header_read(sip)            what a response says of the far end's sound
 *   early_header_is_supported(sip)    whether an INVITE wants to be told
 *
 * Whether a network on the way gates it is of no matter here: what comes is heard.
 *
 * Thread   control; pure.
 * Source   RFC 5009 sections 4 and 8.
 */
#ifndef SERVER_SIP_EARLY_HEADER_H
#define SERVER_SIP_EARLY_HEADER_H

#include "server/sip/sip_internal.h"

#define EARLY_HEADER_SUPPORTED "P-Early-Media: supported"
#define EARLY_HEADER_SENDONLY "P-Early-Media: sendonly"

enum early_header {
    EARLY_HEADER_NONE, /* nothing that is known */
    EARLY_HEADER_SENDS,
    EARLY_HEADER_SILENT,
};

/** By the last word that is a direction, as the far end sees it. */
enum early_header early_header_read(const sip_t *sip);

bool early_header_is_supported(const sip_t *sip);

#endif
