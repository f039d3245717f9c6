/* api_idempotency.c - a ring of answers, searched from end to end: keys are few, POSTs seldom.
 */
#include "api/api_idempotency.h"

#include "api/api_route.h"
#include "mixer/base/clock.h"
#include "mixer/base/random.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

struct kept {
    char owner[API_CALLER_ID_BYTES];
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

static const struct kept *find(const struct api_idempotency *keys,
                               const struct api_request *request, int64_t now_ns)
{
    for (unsigned i = 0; i < keys->slots; i++) {
        const struct kept *kept = &keys->kept[i];
        if (kept->until_ns > now_ns && strcmp(kept->key, request->key) == 0 &&
            strcmp(kept->owner, request->caller.id) == 0)
            return kept;
    }
    return NULL;
}

void api_request_digest(struct api_request *request)
{
    const char *method = api_method_word(request->method);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) &&
                EVP_DigestUpdate(context, method, strlen(method) + 1) &&
                EVP_DigestUpdate(context, request->target, strlen(request->target) + 1) &&
                EVP_DigestUpdate(context, request->body, request->body_length) &&
                EVP_DigestFinal_ex(context, request->digest, NULL);
    EVP_MD_CTX_free(context);
    if (!good) /* no memory: equal to no other request */
        random_bytes(request->digest, sizeof(request->digest));
}

bool api_idempotency_answer(struct api_idempotency *keys, struct api_request *request,
                            int64_t now_ns)
{
    const struct kept *kept = request->key[0] ? find(keys, request, now_ns) : NULL;
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
    memcpy(kept->owner, request->caller.id, sizeof(kept->owner));
    memcpy(kept->key, request->key, sizeof(kept->key));
    memcpy(kept->digest, request->digest, sizeof(kept->digest));
    kept->until_ns = now_ns + API_KEYS_LIFE_S * CLOCK_NS_PER_S;
    kept->answer = copy;
}
