/*
 * vp9_descriptor.h - the VP9 payload descriptor: what stands before the frame's bytes in a
 * packet.
 *
 * Thread   any; pure.
 * Errors   -EBADMSG: cut, nothing behind it, flexible without a picture ID, or more than three
 *          references.
 * Source   RFC 9628 section 4.2.
 */
#ifndef MIXER_VIDEO_CODEC_VP9_DESCRIPTOR_H
#define MIXER_VIDEO_CODEC_VP9_DESCRIPTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    VP9_DESCRIPTOR_LAYERS = 8,
    VP9_DESCRIPTOR_REFERENCES = 3,
    VP9_DESCRIPTOR_BYTES = 4 /* written */
};

struct vp9_descriptor {
    bool is_predicted;     /* P: from other pictures            */
    bool is_flexible;      /* F */
    bool is_begin, is_end; /* B, E: of a layer's frame      */
    uint8_t id_bits;       /* 7, 15; 0: none                    */
    uint16_t id;
    bool has_layers; /* L: temporal, spatial, base are said */
    uint8_t temporal, spatial;
    bool is_switch_up;  /* U */
    bool is_on_lower;   /* D: needs the spatial layer below */
    uint8_t base;       /* TL0PICIDX, not in flexible mode  */
    uint8_t references; /* P_DIFF, of flexible mode         */
    uint8_t reference[VP9_DESCRIPTOR_REFERENCES];
    uint8_t sizes; /* of spatial layers, said by the scalability structure */
    uint16_t width[VP9_DESCRIPTOR_LAYERS], height[VP9_DESCRIPTOR_LAYERS];
};

/** @return its bytes, less than @p length. */
int vp9_descriptor_read(const uint8_t *payload, size_t length,
                        struct vp9_descriptor *descriptor);

/** Writes one without layers: B, E, P, the ID with 15 bits and, in flexible mode and if it is
 *  predicted, one reference. @p out: VP9_DESCRIPTOR_BYTES. @return bytes written. */
size_t vp9_descriptor_write(const struct vp9_descriptor *descriptor, uint8_t *out);

#endif
