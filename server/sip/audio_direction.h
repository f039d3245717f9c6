/*
 * audio_direction.h - sendrecv, sendonly, recvonly, inactive: of a stream, or of one header
 * extension in it.
 *
 * Thread   any; pure.
 * Source   RFC 8866 section 6.7; mirrored between offer and answer: RFC 3264 section 6.1,
 *          RFC 8285 section 6.
 */
#ifndef SERVER_SIP_AUDIO_DIRECTION_H
#define SERVER_SIP_AUDIO_DIRECTION_H

#include "server/sip/description.h"

#include <stdbool.h>

enum audio_direction { AUDIO_SENDRECV, AUDIO_SENDONLY, AUDIO_RECVONLY, AUDIO_INACTIVE };

const char *audio_direction_word(enum audio_direction direction);

/** @return false if @p word is none of the four. */
bool audio_direction_read(struct slice word, enum audio_direction *direction);

bool audio_direction_sends(enum audio_direction direction);
bool audio_direction_hears(enum audio_direction direction);

/** Our direction where they say @p theirs: its mirror, within @p ours. */
enum audio_direction audio_direction_turn(enum audio_direction theirs,
                                          enum audio_direction ours);

#endif
