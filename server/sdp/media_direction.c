/* media_direction.c - four words and what follows from them. */
#include "server/sdp/media_direction.h"

const char *media_direction_word(enum media_direction direction)
{
    static const char *const words[] = {"sendrecv", "sendonly", "recvonly", "inactive"};
    return words[direction];
}

bool media_direction_read(struct slice word, enum media_direction *direction)
{
    for (int i = MEDIA_SENDRECV; i <= MEDIA_INACTIVE; i++) {
        if (slice_equals(word, media_direction_word((enum media_direction)i))) {
            *direction = (enum media_direction)i;
            return true;
        }
    }
    return false;
}

bool media_direction_sends(enum media_direction direction)
{
    return direction == MEDIA_SENDRECV || direction == MEDIA_SENDONLY;
}

bool media_direction_hears(enum media_direction direction)
{
    return direction == MEDIA_SENDRECV || direction == MEDIA_RECVONLY;
}

enum media_direction media_direction_turn(enum media_direction theirs,
                                          enum media_direction ours)
{
    bool send = media_direction_hears(theirs) && media_direction_sends(ours);
    bool receive = media_direction_sends(theirs) && media_direction_hears(ours);
    return send ? (receive ? MEDIA_SENDRECV : MEDIA_SENDONLY)
                : (receive ? MEDIA_RECVONLY : MEDIA_INACTIVE);
}
