/*
 * message_section.h - what one m=message line says: a session of MSRP, for a chat or a file.
 *
 *   if (message_section_read(&description, index, &section) == 0) ...section.path...
 *
 * Whether the session is one that we want is its user's matter; lines that are of other
 * specifications are found in `lines`.
 *
 * Shape    slices are of the body.
 * Thread   any; pure.
 * Errors   -EPROTONOSUPPORT: it is none; -EBADMSG: something that it needs is missing or cannot
 *          be read.
 * Source   RFC 4975 section 8; RFC 6135 (a=setup); RFC 6714 (a=msrp-cema); RFC 7701 section 8
 *          (a=chatroom); RFC 8122 (fingerprints).
 */
#ifndef SERVER_SDP_MESSAGE_SECTION_H
#define SERVER_SDP_MESSAGE_SECTION_H

#include "server/sdp/description.h"
#include "server/sdp/fingerprint_lines.h"
#include "server/sdp/media_direction.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct message_section {
    unsigned index;                  /* of its m= line */
    bool is_tls;                     /* TCP/TLS/MSRP   */
    struct sockaddr_storage address; /* of c= and m=; family AF_UNSPEC: no literal address */
    enum media_direction direction;  /* as the far end says it */
    struct slice path;
    struct slice accept_types, accept_wrapped_types; /* "": not said */
    uint64_t max_size;                               /* bytes; UINT64_MAX: not said */
    bool is_cema;      /* it is to be had at `address`, not where its path says */
    bool has_chatroom; /* it says what of a chat room it knows: */
    struct slice chatroom;
    struct fingerprint_lines security; /* and a=setup */
    struct slice lines;                /* all of the section */
};

int message_section_read(const struct description *description, unsigned index,
                         struct message_section *section);

/** Whether @p word is among the words of @p list; case counts not. */
bool message_section_lists(struct slice list, const char *word);

#endif
