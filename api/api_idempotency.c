/* api_idempotency.c - a ring of answers, searched from end to end: keys are few, POSTs seldom.
 */
#include "api/api_idempotency.h"

#include "mixer/base/clock.h"

#include <stdlib.h>
#include <string.h>

struct kept {
    char key[API_KEY_BYTES]; /* "": free */
    uint8_t digest[API_DIGEST_BYTES];
    int64_t until_ns; /* monotonic */
    struct api_answer answer;
};

struct api_idempotency {
    unsigned slots, next; /* next: the oldest */
    struct kept kept[];   /* [slots]          */
};

struct api_idempotency *api_idempotency_create(unsigned slots)
{
    struct api_idempotency *keys = calloc(1, sizeof(*keys) + slots * sizeof(keys->kept[0]));
    if (keys)
        keys->slots = slots;
    return keys;
}

void api_idempotency_destroy(struct api_idempotency *keys)
{
    for (unsigned i = 0; keys && i < keys->slots; i++)
        api_answer_finish(&keys->kept[i].answer);
    free(keys);
}

static const struct kept *find(const struct api_idempotency *keys, const char *key,
                               int64_t now_ns)
{
    for (unsigned i = 0; i < keys->slots; i++) {
        const struct kept *kept = &keys->kept[i];
        if (kept->until_ns > now_ns && strcmp(kept->key, key) == 0)
            return kept;
    }
    return NULL;
}

bool api_idempotency_answer(struct api_idempotency *keys, struct api_request *request,
                            int64_t now_ns)
{
    const struct kept *kept = request->key[0] ? find(keys, request->key, now_ns) : NULL;
    if (!kept)
        return false;
    struct api_answer *answer = &request->answer;
    if (memcmp(kept->digest, request->digest, API_DIGEST_BYTES) != 0)
        api_problem(answer, 422, "key_reused",
                    "This Idempotency-Key was used for another request.");
    else if (api_answer_copy(answer, &kept->answer))
        answer->is_replay = true;
    else
        api_answer_empty(answer, 503);
    return true;
}

void api_idempotency_keep(struct api_idempotency *keys, const struct api_request *request,
                          int64_t now_ns)
{
    const struct api_answer *answer = &request->answer;
    struct api_answer copy;
    if (!request->key[0] || answer->status / 100 != 2 || !api_answer_copy(&copy, answer))
        return;
    struct kept *kept = &keys->kept[keys->next];
    keys->next = (keys->next + 1) % keys->slots;
    api_answer_finish(&kept->answer);
    memcpy(kept->key, request->key, sizeof(kept->key));
    memcpy(kept->digest, request->digest, sizeof(kept->digest));
    kept->until_ns = now_ns + API_KEYS_LIFE_S * CLOCK_NS_PER_S;
    kept->answer = copy;
}
