/*
 * dbov.h - the level of sound in whole dB below overload, from its power and back.
 *
 * Shape    -dBov as in RFC 6464 section 3: 0 is the power of a square wave at full scale
 *          (32767), 126 the least that is not silence, 127 silence.
 * Thread   any; pure.
 * Source   RFC 6464 section 3, RFC 3389 section 3.1.
 */
#ifndef MIXER_CODEC_DBOV_H
#define MIXER_CODEC_DBOV_H

enum { DBOV_SILENCE = 127 };

/** The level of samples whose squares have the mean @p power. */
unsigned dbov_of_power(double power);

/** The mean square of a level; 0 for silence and what is above. */
double dbov_power(unsigned level);

#endif
