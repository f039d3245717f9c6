/*
 * codec_internal.h - the rows of the table, each defined in its codec's file, and what they
 * share.
 *
 * Thread   any; rows are constants, the functions pure.
 */
#ifndef MIXER_CODEC_CODEC_INTERNAL_H
#define MIXER_CODEC_CODEC_INTERNAL_H

#include "mixer/codec/codec.h"

extern const struct codec codec_opus;        /* codec_opus.c */
extern const struct codec codec_g722;        /* codec_g722.c */
extern const struct codec codec_pcmu;        /* codec_g711.c */
extern const struct codec codec_pcma;        /* codec_g711.c */
extern const struct codec codec_l16_48000;   /* codec_l16.c   */
extern const struct codec codec_l16_16000;   /* codec_l16.c   */
extern const struct codec codec_l16_8000;    /* codec_l16.c   */
extern const struct codec codec_amr_wb;      /* codec_amr.c   */
extern const struct codec codec_amr;         /* codec_amr.c   */
extern const struct codec codec_speex_16000; /* codec_speex.c */
extern const struct codec codec_speex_8000;  /* codec_speex.c */
extern const struct codec codec_g729;        /* codec_g729.c  */
extern const struct codec codec_gsm;         /* codec_gsm.c   */

/* for the rows of codecs that have no parameters: codec.c */
int codec_fmtp_read_none(const char *fmtp, struct codec_params *params);
void codec_fmtp_write_none(const struct codec_params *far, char *out);

#endif
