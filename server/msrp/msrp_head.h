/*
 * msrp_head.h - the lines of a request or a response before its content.
 *
 *   if (msrp_head_read(text, &head) < 0) ...nobody can go on with this connection...
 *   if (head.method == MSRP_SEND && head.has_range) ...
 *
 * Headers that we do not know are skipped, as extensions are to be. What a header says twice is
 * an error: two readers could not agree on it.
 *
 * Shape    slices are of the text that was read.
 * Thread   any; pure.
 * Errors   -EBADMSG.
 * Source   RFC 4975 section 7 (methods and headers), 9 (grammar); RFC 7701 section 7.1
 *          (NICKNAME).
 */
#ifndef SERVER_MSRP_MSRP_HEAD_H
#define SERVER_MSRP_MSRP_HEAD_H

#include "server/sdp/description.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    MSRP_TRANSACTION_BYTES = 33, /* up to 32 signs, and NUL */
    MSRP_MESSAGE_ID_BYTES = 64,
    MSRP_HEAD_LINES = 64,
    MSRP_NICKNAME_BYTES = 1024,
};

enum msrp_method { MSRP_RESPONSE, MSRP_SEND, MSRP_REPORT, MSRP_NICKNAME, MSRP_OTHER };

enum msrp_failure { MSRP_FAILURE_YES, MSRP_FAILURE_PARTIAL, MSRP_FAILURE_NO };

#define MSRP_NOT_SAID UINT64_MAX

/** Bytes count from 1. A last byte that is one less than the first: there are none. */
struct msrp_range {
    uint64_t first;
    uint64_t last, total; /* MSRP_NOT_SAID: "*" */
};

struct msrp_head {
    struct slice text; /* all that was read */
    struct slice transaction;
    enum msrp_method method;
    unsigned status; /* of a RESPONSE */
    struct slice to_path, from_path;
    struct slice message_id; /* "": none */
    bool has_range;
    struct msrp_range range; /* "1-*" "/" "*" if there is none */
    bool wants_success;
    enum msrp_failure failure;
    unsigned report;           /* REPORT: what it says; 0: nothing that can be read */
    struct slice content_type; /* "": none */
    bool has_nickname;
    struct slice nickname; /* with its quotes */
};

int msrp_head_read(struct slice text, struct msrp_head *head);

/** Reads the first line alone. */
int msrp_head_read_start(struct slice line, struct msrp_head *head);

/** Writes the nickname without its quotes. @return 0; -EBADMSG: it has none, or is too long;
 *  0 bytes are allowed (none is wanted any more). */
int msrp_head_nickname(struct slice quoted, char out[MSRP_NICKNAME_BYTES]);

/** Whether @p type is "KIND/SUBTYPE" of @p wanted, whatever its parameters. */
bool msrp_head_is_type(struct slice type, const char *wanted);

#endif
