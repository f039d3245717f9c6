/*
 * eye_receive.h - a screen: takes RTP, asks for what is missing, waits for a key frame when a
 * picture is broken, counts what comes; may keep it in a file, or decode and look at it.
 *
 *   eye_receive_start(receive, now_ns);
 *   eye_receive_packet(receive, bytes, length, now_ns);
 *   length = eye_receive_feedback(receive, ssrc, now_ns, out);     RTCP to be sent, or 0
 *
 * Thread   one per object.
 */
#ifndef TESTS_BENCH_EYE_RECEIVE_H
#define TESTS_BENCH_EYE_RECEIVE_H

#include "tests/bench/eye_fault.h"
#include "tests/bench/eye_lips.h"
#include "tests/bench/eye_look.h"
#include "tests/bench/eye_loss.h"
#include "tests/bench/eye_order.h"
#include "tests/bench/eye_rtcp.h"

struct eye_receive_plan {
    enum eye_codec codec;
    bool nack;              /* asks for lost packets; else it waits for none         */
    struct eye_loss loss;   /* on the way in                                         */
    enum eye_fault fault;   /* a storm, or none                                      */
    const char *keep;       /* file for what comes (IVF), or NULL                    */
    struct eye_look *look;  /* borrowed: decodes and looks; NULL: does not          */
    struct eye_lips *lips;  /* borrowed: is told what was seen; may be NULL         */
    unsigned width, height; /* for the file's head                                 */
};

struct eye_receive_counters {
    struct eye_order_counters order;
    uint64_t frames, key_frames, broken, dropped; /* dropped: by loss */
    uint64_t nacks, key_requests;                 /* sent             */
    uint64_t undecodable;
    int64_t decode_ns;       /* all together                                      */
    double first_picture_ms; /* from the start to the first whole key frame; -1   */
    double first_packet_ms;  /* the same for any packet                           */
    int64_t worst_gap_ns;    /* between whole pictures                            */
};

struct eye_receive;
int eye_receive_create(const struct eye_receive_plan *plan, struct eye_receive **receive);
void eye_receive_destroy(struct eye_receive *receive); /* NULL is allowed */

void eye_receive_start(struct eye_receive *receive, int64_t now_ns);
void eye_receive_packet(struct eye_receive *receive, const uint8_t *bytes, size_t length,
                        int64_t now_ns);

/** What is to be asked for now. @p out: EYE_RTCP_BYTES. */
size_t eye_receive_feedback(struct eye_receive *receive, uint32_t ssrc, int64_t now_ns,
                            uint8_t *out);

/** Fills the report block; counts from the last report on. */
void eye_receive_report(struct eye_receive *receive, struct eye_rtcp_report *report);

void eye_receive_read(const struct eye_receive *receive, struct eye_receive_counters *counters);
void eye_receive_reset(struct eye_receive *receive, int64_t now_ns); /* counters only */

#endif
