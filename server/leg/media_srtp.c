/* media_srtp.c - who may speak plainly, and who may not. */
#include "server/leg/media_srtp.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

const char *const media_srtp_words[MEDIA_SRTP_WORDS] = {
    [MEDIA_SRTP_DEFAULT] = "default",
    [MEDIA_SRTP_OFF] = "off",
    [MEDIA_SRTP_OPTIONAL] = "optional",
    [MEDIA_SRTP_REQUIRED] = "required",
};

const char *media_srtp_word(enum media_srtp policy)
{
    assert(policy <= MEDIA_SRTP_REQUIRED);
    return media_srtp_words[policy];
}

int media_srtp_parse(const char *word, enum media_srtp *policy)
{
    for (unsigned i = 0; i <= MEDIA_SRTP_REQUIRED; i++) {
        if (strcmp(word, media_srtp_words[i]) == 0) {
            *policy = (enum media_srtp)i;
            return 0;
        }
    }
    return -EINVAL;
}

/* The first that says @p policy; NULL: nobody does. */
static const char *who_says(const struct media_srtp_say says[], unsigned count,
                            enum media_srtp policy)
{
    for (unsigned i = 0; i < count; i++) {
        if (says[i].policy == policy)
            return says[i].who;
    }
    return NULL;
}

int media_srtp_settle(const struct media_srtp_say says[], unsigned count,
                      enum media_srtp *policy, char why[MEDIA_SRTP_WHY_BYTES])
{
    const char *forbids = who_says(says, count, MEDIA_SRTP_OFF);
    const char *requires = who_says(says, count, MEDIA_SRTP_REQUIRED);
    if (forbids && requires) {
        snprintf(why, MEDIA_SRTP_WHY_BYTES, "%s requires encrypted media, and %s forbids it",
                 requires, forbids);
        return -EPROTO;
    }
    *policy = forbids ? MEDIA_SRTP_OFF : requires ? MEDIA_SRTP_REQUIRED : MEDIA_SRTP_OPTIONAL;
    return 0;
}
