/*
 * media_srtp.h - whether the media of a call has to be encrypted: what one of several says who
 * may have a say (the listener, the account, the room), and what all of them together mean.
 *
 *   const struct media_srtp_say says[] = {{"the listener", MEDIA_SRTP_OPTIONAL},
 *                                         {"the room", MEDIA_SRTP_REQUIRED}};
 *   media_srtp_settle(says, 2, &policy, why);               0, and MEDIA_SRTP_REQUIRED
 *
 * Each says what is allowed: plain (off), encrypted (required), or both (optional); what all
 * allow is left. Off and required leave nothing: nobody can be let in.
 *
 * Thread   any; pure.
 * Errors   0 or a negative errno.
 */
#ifndef SERVER_LEG_MEDIA_SRTP_H
#define SERVER_LEG_MEDIA_SRTP_H

enum media_srtp {
    MEDIA_SRTP_DEFAULT,  /* says nothing: the others decide                            */
    MEDIA_SRTP_OFF,      /* never: RTP/SAVP and UDP/TLS/RTP/SAVP are refused, a=crypto is
                             as if it were not there                                    */
    MEDIA_SRTP_OPTIONAL, /* as the far end wishes                                      */
    MEDIA_SRTP_REQUIRED, /* always                                                     */
};

enum { MEDIA_SRTP_WORDS = MEDIA_SRTP_REQUIRED + 1, MEDIA_SRTP_WHY_BYTES = 112 };

/** "default", "off", "optional", "required": by policy, for tables of settings. */
extern const char *const media_srtp_words[MEDIA_SRTP_WORDS];
const char *media_srtp_word(enum media_srtp policy);
/** @return 0 or -EINVAL. */
int media_srtp_parse(const char *word, enum media_srtp *policy);

struct media_srtp_say {
    const char *who; /* "the room": begins a sentence; a constant */
    enum media_srtp policy;
};

/** What is left of what all say; MEDIA_SRTP_OPTIONAL if nobody says anything.
 *  @return 0; -EPROTO: two contradict each other, and @p why says which. */
int media_srtp_settle(const struct media_srtp_say says[], unsigned count,
                      enum media_srtp *policy, char why[MEDIA_SRTP_WHY_BYTES]);

#endif
