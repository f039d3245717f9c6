/* api_page.c - what routes of several resources share: pages, the path's room, errors. */
#include "api/api_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool read_limit(const char *text, unsigned *limit)
{
    size_t length = strlen(text);
    if (!length || length > 3 || strspn(text, "0123456789") != length)
        return false;
    *limit = (unsigned)strtoul(text, NULL, 10);
    return *limit >= 1 && *limit <= API_PAGE_MOST;
}

bool api_page_read(struct api_request *request, struct api_page *page)
{
    const char *limit = api_uri_parameter(&request->uri, "limit");
    const char *after = api_uri_parameter(&request->uri, "after");
    *page = (struct api_page){.limit = API_PAGE_DEFAULT, .after = after ? after : ""};
    if (!limit || read_limit(limit, &page->limit))
        return true;
    api_problem_parameter(&request->answer, "limit", "has to be 1 to %d", API_PAGE_MOST);
    return false;
}

void api_page_answer(struct api_request *request, json_t *items, const char *next)
{
    api_answer_json(&request->answer, 200,
                    json_pack("{s:o, s:s?}", "items", items, "next", next));
}

bool api_page_number(struct api_request *request, const struct api_page *page, int64_t *id)
{
    char *end;
    *id = *page->after ? strtoll(page->after, &end, 10) : 0;
    if (!*page->after || (*id > 0 && !*end))
        return true;
    api_problem_parameter(&request->answer, "after", "is no id of a page's last item");
    return false;
}

void api_page_answer_newest(struct api_request *request, const struct api_page *page,
                            json_t *items)
{
    const char *next = NULL;
    if (json_array_size(items) > page->limit) {
        json_array_remove(items, page->limit);
        next = json_string_value(json_object_get(json_array_get(items, page->limit - 1), "id"));
    }
    api_page_answer(request, items, next);
}

struct room *api_request_room(struct api *api, struct api_request *request)
{
    struct room *room = room_list_find(api->config.rooms, request->room);
    if (!room)
        api_problem(&request->answer, 404, "no_such_room", "There is no room \"%.64s\".",
                    request->room);
    return room;
}

void api_problem_errno(struct api_answer *answer, int err)
{
    switch (-err) {
    case ENOSPC:
        api_problem(answer, 507, "disk_full", "The disk is full: nothing was changed.");
        break;
    case ENOMEM:
        api_problem(answer, 503, "out_of_memory", "Memory is out: nothing was changed.");
        break;
    case EBUSY:
        api_problem(answer, 503, "store_busy", "The store is in use by another process.");
        answer->retry_after_s = 1;
        break;
    case ESHUTDOWN:
        api_problem(answer, 503, "shutting_down", "The server is going down.");
        break;
    default:
        api_problem(answer, 500, "store_failed", "It could not be stored: %s.", strerror(-err));
    }
}

void api_answer_errno(struct api_request *request, int err)
{
    api_problem_errno(&request->answer, err);
}
