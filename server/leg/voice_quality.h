/*
 * voice_quality.h - how good a voice sounded, estimated from loss and delay.
 *
 *   mos = voice_quality_mos(voice_quality_r(&(struct voice_quality){
 *       .codec = "opus", .loss = 0.02, .delay_ms = 120}));
 *
 * The E-model with all that is not measured at its default, as is usual:
 *
 *   R     = 93.2 - Id - Ie,eff
 *   Id    = 0.024 d + 0.11 (d - 177.3) if d > 177.3        d: one way, mouth to ear [ms]
 *   Ie,eff = Ie + (95 - Ie) P / (P + Bpl)                  P: lost and not recovered [%]
 *   MOS   = 1 + 0.035 R + R (R - 60) (100 - R) 7e-6        1 below R = 0, 4.5 above 100
 *
 * It is an estimate: 4.0 and above is good, below 3.1 many are not satisfied. Of codecs for
 * which G.113 has no values those of the nearest are taken.
 *
 * Thread   any; pure.
 * Source   ITU-T G.107 (06/2015) section 7 and annex B; G.113 appendix I (Ie, Bpl); Cole and
 *          Rosenbluth, Voice over IP Performance Monitoring, 2001 (Id).
 */
#ifndef SERVER_LEG_VOICE_QUALITY_H
#define SERVER_LEG_VOICE_QUALITY_H

struct voice_quality {
    const char *codec; /* "PCMU"; NULL or one that is not known: as Opus       */
    double loss;       /* of what was sent, lost and not recovered, 0..1       */
    double delay_ms;   /* one way: half of the round trip, and the buffer      */
};

double voice_quality_r(const struct voice_quality *quality);

/** 1 (bad) to 4.5. */
double voice_quality_mos(double r);

#endif
