/*
 * eye_ivf.h - coded pictures in an IVF file, which ffmpeg reads whatever the codec; written and
 * read.
 *
 * Shape    little endian; header of 32 bytes, before each picture its length and its time [ms].
 * Errors   0 or a negative errno; a file is not trusted: -EBADMSG.
 * Source   https://wiki.multimedia.cx/index.php/Duck_IVF
 */
#ifndef TESTS_BENCH_EYE_IVF_H
#define TESTS_BENCH_EYE_IVF_H

#include "tests/bench/eye_coder.h"

#include <stdio.h>

struct eye_ivf_head {
    enum eye_codec codec;
    unsigned width, height;
};

struct eye_ivf_picture {
    const uint8_t *bytes; /* into the file's bytes */
    size_t length;
};

/** A file in memory. */
struct eye_ivf {
    struct eye_ivf_head head;
    uint8_t *store;
    struct eye_ivf_picture *picture; /* [count] */
    unsigned count;
};

int eye_ivf_write_head(FILE *file, const struct eye_ivf_head *head);
int eye_ivf_write(FILE *file, const uint8_t *bytes, size_t length, uint64_t time_ms);

int eye_ivf_read(const char *path, struct eye_ivf *ivf);
void eye_ivf_finish(struct eye_ivf *ivf); /* a zeroed one is allowed */

#endif
