/*
 * eye_lips.h - lip-sync as it is received: pips in the sound, marks in the picture, and what
 * the far end's sender reports say of both clocks.
 *
 * A sender pips (eye_pip.h) at the moment of every picture whose number is a multiple of
 * EYE_LIPS_EVERY. The onset of a pip, and the first picture with such a number, are put on the
 * far end's clock by the last report of their stream, and each picture is compared with the pip
 * that lies nearest.
 *
 * Shape    offset: picture less sound [ms]: above 0, the picture is later.
 * Thread   one.
 * Source   RFC 3550 section 6.4.1.
 */
#ifndef TESTS_BENCH_EYE_LIPS_H
#define TESTS_BENCH_EYE_LIPS_H

#include "tests/bench/eye_mark.h"

#include <stddef.h>

enum { EYE_LIPS_EVERY = 30 };
enum eye_lips_stream { EYE_LIPS_SOUND, EYE_LIPS_PICTURE, EYE_LIPS_STREAMS };

struct eye_lips_result {
    unsigned count;          /* pictures that had a pip                              */
    double p50_ms;           /* of the offset                                        */
    double p95_ms, worst_ms; /* of how far it is from 0                              */
};

struct eye_lips;
struct eye_lips *eye_lips_create(unsigned sender); /* NULL: no memory */
void eye_lips_destroy(struct eye_lips *lips);      /* NULL is allowed */

/** A sender report of the far end. @p ntp: 32.32. */
void eye_lips_report(struct eye_lips *lips, enum eye_lips_stream stream, uint64_t ntp,
                     uint32_t timestamp);
/** A payload of PCMU, and a picture in which the sender's mark was read. */
void eye_lips_sound(struct eye_lips *lips, uint32_t timestamp, const uint8_t *payload,
                    size_t length);
void eye_lips_picture(struct eye_lips *lips, uint32_t timestamp, const struct eye_mark *mark);

void eye_lips_reset(struct eye_lips *lips); /* what was found, not the clocks */
void eye_lips_read(const struct eye_lips *lips, struct eye_lips_result *result);

#endif
