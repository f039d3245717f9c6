/*
 * msrp_reader.h - cuts what comes over a connection into heads, pieces of content, and ends.
 *
 *   struct msrp_reader reader = {0};
 *   struct slice rest = {buffer, used};
 *   while ((error = msrp_reader_next(&reader, &rest, &piece)) == 0 && piece.kind)
 *       switch (piece.kind) ...
 *   ...what is left in `rest` stays in the buffer, and what comes next is put behind it...
 *
 * Content is handed on as it comes, so that a file of any size needs no memory. It ends with a
 * line of its request's own ("-------" and the transaction), behind which a sign says how it
 * goes on: '$' the message is whole, '+' there is more of it, '#' it was given up.
 *
 * Shape    a head, from its first byte to its last line, and an end have room in
 *          MSRP_READER_BYTES: a buffer of that size never gets stuck.
 * Thread   its owner's; pure. Slices of a piece are of `rest`, as it was before the call.
 * Errors   -EBADMSG: this is not MSRP; -E2BIG: a head is too long. The connection is of no use
 *          any more.
 * Source   RFC 4975 section 7.1 (framing), 9 (grammar).
 */
#ifndef SERVER_MSRP_MSRP_READER_H
#define SERVER_MSRP_MSRP_READER_H

#include "server/msrp/msrp_head.h"

enum { MSRP_READER_BYTES = 8192, MSRP_DASHES = 7 };

enum msrp_piece_kind { MSRP_PIECE_NONE, MSRP_PIECE_HEAD, MSRP_PIECE_CONTENT, MSRP_PIECE_END };

struct msrp_piece {
    enum msrp_piece_kind kind; /* NONE: more has to come first */
    struct msrp_head head;
    struct slice content; /* never empty */
    char flag;            /* of an END: '$', '+' or '#' */
};

/** Zeroed: at the beginning. */
struct msrp_reader {
    bool is_in_content, is_at_start; /* of it */
    size_t looked_at;                /* so many bytes of a head have no end of it */
    char end[2 + MSRP_DASHES + MSRP_TRANSACTION_BYTES]; /* CRLF, dashes, transaction */
    size_t end_length;
};

/** Takes the next piece off @p rest. */
int msrp_reader_next(struct msrp_reader *reader, struct slice *rest, struct msrp_piece *piece);

#endif
