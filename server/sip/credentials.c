/* credentials.c - the best of the challenges. */
#include "server/sip/credentials.h"

#include "mixer/base/random.h"
#include "server/sdp/text.h"

#include <errno.h>
#include <string.h>

enum { CNONCE_BYTES = 25 };

bool credentials_join(const msg_auth_t *header, char out[DIGEST_MOST_BYTES])
{
    struct text text;
    text_init(&text, out, DIGEST_MOST_BYTES);
    text_add(&text, "%s ", header->au_scheme ? header->au_scheme : "");
    for (const msg_param_t *field = header->au_params; field && *field; field++)
        text_add(&text, "%s%s", field == header->au_params ? "" : ", ", *field);
    return !text.full;
}

int credentials_write(const struct trunk *trunk, const msg_auth_t *challenges,
                      const char *method, const char *uri, char out[DIGEST_ANSWER_BYTES])
{
    const struct trunk_settings *settings = &trunk->settings;
    const char *name = settings->auth_name[0] ? settings->auth_name : settings->username;
    char text[2][DIGEST_MOST_BYTES], cnonce[CNONCE_BYTES];
    struct digest_challenge best, each;
    unsigned found = 0; /* text[found % 2] is free */
    for (; challenges; challenges = challenges->au_next) {
        char *at = text[found % 2];
        if (!credentials_join(challenges, at) ||
            digest_read_challenge(at, strlen(at), &each) < 0 ||
            (found && each.algorithm <= best.algorithm))
            continue;
        best = each;
        found++;
    }
    if (!found || !name[0] || !trunk->password[0])
        return -ENOENT;
    random_name(cnonce, sizeof(cnonce));
    return digest_answer(&best, name, trunk->password, method, uri, cnonce, out);
}
