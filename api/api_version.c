/* api_version.c - the hash of what is shown. */
#include "api/api_version.h"

#include "api/api_range.h"
#include "api/api_route.h"
#include "mixer/base/hex.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HASHED_BYTES = 16, NAME_BYTES = 32 };

static void remove_field(json_t *object, const char *name)
{
    const char *dot = strchr(name, '.');
    char outer[NAME_BYTES];
    if (!dot) {
        json_object_del(object, name);
        return;
    }
    snprintf(outer, sizeof(outer), "%.*s", (int)(dot - name), name);
    json_object_del(json_object_get(object, outer), dot + 1);
}

void api_version_of(const json_t *shown, const char *const *changing,
                    char out[API_VERSION_BYTES])
{
    json_t *lasting = json_deep_copy(shown);
    for (unsigned i = 0; lasting && changing[i]; i++)
        remove_field(lasting, changing[i]);
    char *text = lasting ? json_dumps(lasting, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    uint8_t digest[API_DIGEST_BYTES];
    char hex[2 * HASHED_BYTES + 1];
    const bool good =
        text && EVP_Digest(text, strlen(text), digest, NULL, EVP_sha256(), NULL) == 1;
    out[0] = '\0';
    if (good) {
        hex_write(hex, digest, HASHED_BYTES);
        snprintf(out, API_VERSION_BYTES, "\"%s\"", hex);
    }
    free(text);
    json_decref(lasting);
}

/* Of the path of the request; NULL: it has no version. */
static const struct api_route *shown_by(const struct api_request *request)
{
    struct api_route_match match;
    api_route_find(API_GET, &request->uri, &match);
    return match.route && match.route->changing ? match.route : NULL;
}

bool api_version_check(struct api *api, struct api_request *request)
{
    struct api_answer *answer = &request->answer;
    char version[API_VERSION_BYTES] = "";
    if (!request->tags[0] || request->method == API_GET)
        return true;
    const struct api_route *route = shown_by(request);
    if (route) {
        route->serve(api, request);
        if (answer->status != 200)
            return false;
        api_version_of(answer->json, route->changing, version);
        api_answer_finish(answer);
        *answer = (struct api_answer){.status = 0};
    }
    if (version[0] && api_etag_is_in(request->tags, version))
        return true;
    api_problem(answer, 412, "other_version",
                "It is not the version of If-Match any more, or has none.");
    return false;
}

void api_version_add(struct api_request *request)
{
    struct api_answer *answer = &request->answer;
    char version[API_VERSION_BYTES];
    if (answer->status != 200 || answer->is_problem || !answer->json)
        return;
    const struct api_route *route = shown_by(request);
    if (!route)
        return;
    api_version_of(answer->json, route->changing, version);
    if (!version[0])
        return;
    if (request->method == API_GET && api_etag_is_in(request->tags, version))
        api_answer_empty(answer, 304);
    api_answer_header(answer, "ETag", "%s", version);
}
