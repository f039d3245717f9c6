/*
 * load_sip.h - the few SIP and SDP texts that a load program needs, written and read.
 *
 * Enough to call a server that we run ourselves: no proxies (no Record-Route), no
 * authentication, no folded header lines. What is read is bounded and never trusted to end with
 * a NUL.
 *
 * Thread   any; pure.
 * Errors   0 or a negative errno; writers return the bytes written, 0 if there was no room.
 * Source   RFC 3261 sections 7, 8.1.1, 12.2.1.1, 13.2.2.4, 17.1.1.3; RFC 3264; RFC 3605.
 */
#ifndef TESTS_BENCH_LOAD_SIP_H
#define TESTS_BENCH_LOAD_SIP_H

#include "tests/bench/load_speech.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LOAD_SIP_BYTES = 4096, LOAD_SIP_FIELD_BYTES = 256 };

/** A piece of somebody else's text, borrowed. */
struct load_text {
    const char *at; /* NULL: not there */
    size_t length;
};

struct load_sip_message {
    unsigned status;         /* 0: a request        */
    struct load_text method; /* of a request        */
    unsigned cseq;
    struct load_text cseq_method;
    struct load_text via, from, to, call_id, contact; /* values; via: the topmost */
    struct load_text head, body;
};

/** What a call's requests are made of. */
struct load_sip_dialog {
    char local[64];                    /* host:port of ours                               */
    char name[32];                     /* of the caller; "": bench                        */
    char uri[LOAD_SIP_FIELD_BYTES];    /* dialled                                         */
    char target[LOAD_SIP_FIELD_BYTES]; /* Contact of the far end; at first the dialled uri */
    char to[LOAD_SIP_FIELD_BYTES];     /* To of the answer, with its tag; at first <uri>  */
    char call_id[64];
    unsigned cseq;
};

/** @return 0; -EBADMSG if this is no SIP message or lacks what one needs. */
int load_sip_read(const char *data, size_t length, struct load_sip_message *message);

bool load_text_is(struct load_text text, const char *word);

/** Takes over tag and remote target from an answer. -ENOBUFS: a field is longer than we keep.
 */
int load_sip_learn(struct load_sip_dialog *dialog, const struct load_sip_message *answer);

/** A request with CSeq dialog->cseq; its branch is made of Call-ID, CSeq and @p method, so that
 *  the same request written again is a retransmission. @p body: SDP, or NULL. */
size_t load_sip_write_request(const struct load_sip_dialog *dialog, const char *method,
                              const char *body, char out[LOAD_SIP_BYTES]);

/** ACK of an answer to INVITE: a 2xx has a transaction of its own, others share the INVITE's.
 */
size_t load_sip_write_ack(const struct load_sip_dialog *dialog,
                          const struct load_sip_message *answer, char out[LOAD_SIP_BYTES]);

/** The answer to a request of the far end. */
size_t load_sip_write_answer(const struct load_sip_message *request, const char *status,
                             char out[LOAD_SIP_BYTES]);

/** @p crypto: an a=crypto line with its end, then the media is encrypted; "": plain. */
size_t load_sip_write_offer(const char *host, uint16_t rtp_port, uint16_t rtcp_port,
                            const struct load_codec *codec, const char *crypto,
                            char out[LOAD_SIP_BYTES]);

/** Reads where to send and as which payload type. -ENOTSUP: refused, or another codec. */
int load_sip_read_sdp(struct load_text sdp, const struct load_codec *codec,
                      struct sockaddr_in *target, uint8_t *payload_type);

/** The address in "A.B.C.D:PORT", as a command line has it. -EINVAL: it is none, and @p address
 * is spoilt.
 */
int load_sip_read_address(const char *text, struct sockaddr_in *address);

#endif
