/*
 * media_direction.h - sendrecv, sendonly, recvonly, inactive: of a stream, or of one header
 * extension in it.
 *
 * Thread   any; pure.
 * Source   RFC 8866 section 6.7; mirrored between offer and answer: RFC 3264 section 6.1,
 *          RFC 8285 section 6.
 */
#ifndef SERVER_SDP_MEDIA_DIRECTION_H
#define SERVER_SDP_MEDIA_DIRECTION_H

#include "server/sdp/description.h"

#include <stdbool.h>

enum media_direction { MEDIA_SENDRECV, MEDIA_SENDONLY, MEDIA_RECVONLY, MEDIA_INACTIVE };

const char *media_direction_word(enum media_direction direction);

/** @return false if @p word is none of the four. */
bool media_direction_read(struct slice word, enum media_direction *direction);

bool media_direction_sends(enum media_direction direction);
bool media_direction_hears(enum media_direction direction);

/** Our direction where they say @p theirs: its mirror, within @p ours. */
enum media_direction media_direction_turn(enum media_direction theirs,
                                          enum media_direction ours);

#endif
