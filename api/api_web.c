/* api_web.c - /, /join/{room}, /docs and /web/{file}. */
#include "api/api_web.h"

#include "api/api_internal.h"

#include <string.h>

static const struct api_web_file *find(const char *name)
{
    for (const struct api_web_file *at = api_web_files; at->name; at++) {
        if (strcmp(at->name, name) == 0)
            return at;
    }
    return NULL;
}

static const char *type_of(const char *name)
{
    static const struct {
        const char *end, *type;
    } types[] = {{".html", "text/html; charset=utf-8"},
                 {".css", "text/css; charset=utf-8"},
                 {".js", "text/javascript; charset=utf-8"},
                 {".mjs", "text/javascript; charset=utf-8"},
                 {".svg", "image/svg+xml"}};
    const size_t length = strlen(name);
    for (unsigned i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        const size_t end = strlen(types[i].end);
        if (length > end && strcmp(name + length - end, types[i].end) == 0)
            return types[i].type;
    }
    return "text/plain; charset=utf-8";
}

static void serve(struct api_answer *answer, const char *name)
{
    const struct api_web_file *file = find(name);
    if (!file) {
        api_problem(answer, 404, "no_such_path", "There is nothing at this path.");
        return;
    }
    answer->status = 200;
    answer->constant = file->text;
    answer->content_type = type_of(name);
    answer->is_page = true;
}

/* The page itself finds out whether there is such a room: by asking for it. */
void api_serve_join(struct api *api, struct api_request *request)
{
    (void)api;
    serve(&request->answer, "join.html");
}

void api_serve_console(struct api *api, struct api_request *request)
{
    (void)api;
    serve(&request->answer, "console.html");
}

void api_serve_docs(struct api *api, struct api_request *request)
{
    (void)api;
    serve(&request->answer, "docs.html");
}

void api_serve_web_file(struct api *api, struct api_request *request)
{
    (void)api;
    serve(&request->answer, request->id);
}
