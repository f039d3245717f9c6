/*
 * picture.h - one video picture in I420 (8 bits, chroma halved both ways), counted: who holds a
 * reference may read it, nobody writes to it once a second one is out.
 *
 *   picture_create(1280, 720, &picture);       ...fill plane[]...
 *   other = picture_reference(picture);
 *   picture_release(&other);                   other is NULL; the last one frees
 *
 * Shape    plane[0] is Y, width x height; plane[1], plane[2] are Cb, Cr, (width + 1) / 2 x
 *          (height + 1) / 2. Rows are stride[] bytes apart.
 * Thread   any; the count is atomic, the contents are whoever's makes them until they are
 *          shared.
 * Errors   -EINVAL: no such size; -ENOMEM.
 * Source   ITU-T H.264 table E-5 (matrix), E.2.1 (range).
 */
#ifndef MIXER_BASE_PICTURE_H
#define MIXER_BASE_PICTURE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { PICTURE_LEAST_SIDE = 2, PICTURE_MAX_SIDE = 8192 };

enum picture_matrix { PICTURE_BT601, PICTURE_BT709 };

struct picture {
    unsigned width, height;
    uint8_t *plane[3];
    int stride[3];
    enum picture_matrix matrix;
    bool full_range;    /* false: 16..235, as video has it */
    uint32_t timestamp; /* RTP, 90 kHz, of who sent it     */
    /* private: */
    atomic_uint references;
    void (*destroy)(struct picture *picture);
    void *memory; /* for destroy() */
};

/** @return 0 and *picture with one reference, not cleared; stride[] are multiples of 32. */
int picture_create(unsigned width, unsigned height, struct picture **picture);

/** Begins with one reference a picture whose planes are somebody else's: the caller has filled
 *  all but the private fields. @p destroy is called by the last release. */
void picture_adopt(struct picture *picture, void (*destroy)(struct picture *picture),
                   void *memory);

/** One reference more. @return @p picture. */
struct picture *picture_reference(struct picture *picture);

/** Lets go of a reference and sets *picture to NULL. NULL is allowed. */
void picture_release(struct picture **picture);

unsigned picture_chroma_width(const struct picture *picture);
unsigned picture_chroma_height(const struct picture *picture);

/** Fills all of it with one colour. */
void picture_fill(struct picture *picture, uint8_t y, uint8_t cb, uint8_t cr);

#endif
