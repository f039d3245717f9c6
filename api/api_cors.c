/* api_cors.c - headers for the browser of another page. */
#include "api/api_cors.h"

#include "api/api_internal.h"

#include <string.h>

static bool may_ask(const struct api_request *request, const char *origin)
{
    const struct api_config *config = &request->api->config;
    for (unsigned i = 0; origin && i < config->cors_origin_count; i++) {
        const char *allowed = config->cors_origins[i];
        if (strcmp(allowed, "*") == 0 || strcmp(allowed, origin) == 0)
            return true;
    }
    return false;
}

bool api_cors_answer(struct api_request *request, const char *origin, const char *method,
                     const char *allow)
{
    struct api_answer *answer = &request->answer;
    if (request->method != API_OPTIONS || !method || !allow[0] || !may_ask(request, origin))
        return false;
    api_answer_empty(answer, 204);
    api_answer_header(answer, "Access-Control-Allow-Methods", "%s", allow);
    api_answer_header(answer, "Access-Control-Allow-Headers",
                      "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, "
                      "Last-Event-ID");
    api_answer_header(answer, "Access-Control-Max-Age", "600");
    return true;
}

void api_cors_add(struct api_request *request, const char *origin)
{
    struct api_answer *answer = &request->answer;
    if (!may_ask(request, origin))
        return;
    api_answer_header(answer, "Access-Control-Allow-Origin", "%s", origin);
    api_answer_header(answer, "Access-Control-Expose-Headers",
                      "ETag, Location, Retry-After, Idempotent-Replayed");
    api_answer_header(answer, "Vary", "Origin");
}
