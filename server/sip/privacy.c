/* privacy.c - the words of a Privacy header. */
#include "server/sip/privacy.h"

#include <sofia-sip/sip_header.h>

#include <strings.h>

static bool has(const sip_t *sip, const char *const words[])
{
    const sip_privacy_t *privacy = sip->sip_privacy;
    for (const msg_param_t *each = privacy ? privacy->priv_values : NULL; each && *each;
         each++) {
        for (unsigned i = 0; words[i]; i++) {
            if (strcasecmp(*each, words[i]) == 0)
                return true;
        }
    }
    return false;
}

bool privacy_hides_caller(const sip_t *sip)
{
    static const char *const words[] = {"id", "user", "header", NULL};
    return has(sip, words);
}

bool privacy_hides_history(const sip_t *sip)
{
    static const char *const words[] = {"history", "header", "session", NULL};
    return has(sip, words);
}
