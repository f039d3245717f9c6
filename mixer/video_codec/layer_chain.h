/*
 * layer_chain.h - whether a picture of VP8 or VP9 can be decoded, told by what came before it:
 * picture IDs say whether pictures are missing, temporal layers whether they are missed.
 *
 *   struct layer_chain chain = {0};
 *   for each picture   frame->is_broken = !layer_chain_take(&chain, &picture);
 *
 * A picture of temporal layer t may need those of layers 0 to t. After a loss that did not hit
 * layer 0 (TL0PICIDX goes on) only the layers above are broken, each until a picture that needs
 * nothing but layer 0, or from which the layers above begin anew.
 *
 * Thread   whoever has it.
 * Source   RFC 7741 section 4.2 (PictureID, TL0PICIDX, TID, Y); RFC 9628 section 4.2 (U).
 */
#ifndef MIXER_VIDEO_CODEC_LAYER_CHAIN_H
#define MIXER_VIDEO_CODEC_LAYER_CHAIN_H

#include <stdbool.h>
#include <stdint.h>

enum { LAYER_CHAIN_LAYERS = 8, LAYER_CHAIN_LEAST_TICKS = 90000 / 120 /* between pictures */ };

struct layer_chain_picture {
    uint32_t timestamp; /* 90 kHz */
    bool is_after_gap;  /* packets before it are lost                          */
    bool is_whole;      /* none of its own are                                 */
    bool is_key;        /* it needs nothing, and what follows nothing before it */
    bool is_unneeded;   /* no other picture needs it                           */
    uint8_t id_bits;    /* 7, 15; 0: no picture ID                             */
    uint16_t id;
    bool has_base;        /* base and layer are said */
    uint8_t base;         /* TL0PICIDX: counts the pictures of layer 0 */
    uint8_t layer;        /* TID */
    bool is_on_base_only; /* needs only layer 0: Y of VP8                      */
    bool is_switch_up;    /* layers above need nothing before it: U of VP9     */
};

struct layer_chain {
    bool is_good[LAYER_CHAIN_LAYERS]; /* all that pictures of this layer may need has come */
    struct layer_chain_picture last;
    bool has_last;
};

/** @return whether the picture is whole and so is all that it needs. */
bool layer_chain_take(struct layer_chain *chain, const struct layer_chain_picture *picture);

#endif
