/* audio_direction.c - four words and what follows from them. */
#include "server/sip/audio_direction.h"

const char *audio_direction_word(enum audio_direction direction)
{
    static const char *const words[] = {"sendrecv", "sendonly", "recvonly", "inactive"};
    return words[direction];
}

bool audio_direction_read(struct slice word, enum audio_direction *direction)
{
    for (int i = AUDIO_SENDRECV; i <= AUDIO_INACTIVE; i++) {
        if (slice_equals(word, audio_direction_word((enum audio_direction)i))) {
            *direction = (enum audio_direction)i;
            return true;
        }
    }
    return false;
}

bool audio_direction_sends(enum audio_direction direction)
{
    return direction == AUDIO_SENDRECV || direction == AUDIO_SENDONLY;
}

bool audio_direction_hears(enum audio_direction direction)
{
    return direction == AUDIO_SENDRECV || direction == AUDIO_RECVONLY;
}

enum audio_direction audio_direction_turn(enum audio_direction theirs,
                                          enum audio_direction ours)
{
    bool send = audio_direction_hears(theirs) && audio_direction_sends(ours);
    bool receive = audio_direction_sends(theirs) && audio_direction_hears(ours);
    return send ? (receive ? AUDIO_SENDRECV : AUDIO_SENDONLY)
                : (receive ? AUDIO_RECVONLY : AUDIO_INACTIVE);
}
