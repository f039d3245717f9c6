/*
 * msrp_write.h - requests and responses as they are sent.
 *
 *   msrp_write_request(&text, &request);
 *   ...content...
 *   msrp_write_end(&text, transaction, '$');
 *   msrp_write_response(&text, &head, 200, "OK");
 *
 * Thread   any; pure. What does not fit sets text.full.
 * Source   RFC 4975 section 7.1, 7.1.2 (REPORT), 7.2 (responses), 9.
 */
#ifndef SERVER_MSRP_MSRP_WRITE_H
#define SERVER_MSRP_MSRP_WRITE_H

#include "server/msrp/msrp_head.h"
#include "server/sdp/text.h"

enum { MSRP_WRITE_HEAD_BYTES = 4096 };

/** Texts are of one line; NULL: that header is left out. */
struct msrp_request {
    const char *transaction, *method; /* "SEND" */
    const char *to_path, *from_path;
    const char *message_id;
    struct msrp_range range;  /* first 0: none */
    bool wants_success;       /* a report */
    unsigned status;          /* of a REPORT; 0: it is none */
    const char *content_type; /* NULL: the end follows at once */
};

/** All that stands before the content. */
void msrp_write_request(struct text *text, const struct msrp_request *request);
/** All that stands behind it. @p has_content: there was a Content-Type. */
void msrp_write_end(struct text *text, const char *transaction, bool has_content, char flag);

/** The whole response to a request. */
void msrp_write_response(struct text *text, const struct msrp_head *request, unsigned status,
                         const char *comment);

/** The usual words for a status. */
const char *msrp_write_comment(unsigned status);

#endif
