/* api_upload_waits.c - a list of who waits. */
#include "api/api_upload_waits.h"

#include "api/api_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct api_upload_wait {
    struct api_upload_waits *owner;
    struct api_request *request;
    struct room_file *file;
    void (*on_shared)(struct api_request *request, struct room_file *file);
    struct api_upload_wait *next;
};

void api_upload_waits_init(struct api_upload_waits *waits,
                           void (*resume)(struct api_request *request))
{
    *waits = (struct api_upload_waits){.resume = resume};
}

static void answer_refusal(struct api_request *request, int err)
{
    struct api_answer *answer = &request->answer;
    switch (-err) {
    case EMEDIUMTYPE:
        api_problem(answer, 415, "wrong_file_type", "Files of this kind are not taken here.");
        break;
    case EACCES:
        api_problem(answer, 422, "file_refused", "The file was refused by the scanner.");
        break;
    case EBUSY:
        api_problem(answer, 503, "not_scanned", "The file could not be scanned.");
        answer->retry_after_s = 60;
        break;
    case ENOENT:
        api_problem(answer, 404, "no_such_room", "The room has ended meanwhile.");
        break;
    case ECANCELED:
        api_answer_errno(request, -ESHUTDOWN);
        break;
    default:
        api_answer_errno(request, err);
    }
}

static void on_checked(void *context, struct room_file *file, int err)
{
    struct api_upload_wait *wait = context;
    struct api_upload_waits *waits = wait->owner;
    struct api_request *request = wait->request;
    struct api_upload_wait **at = &waits->first;
    while (*at != wait)
        at = &(*at)->next;
    *at = wait->next;
    if (err < 0)
        answer_refusal(request, err);
    else
        wait->on_shared(request, file);
    free(wait);
    waits->resume(request);
}

void api_upload_waits_check(struct api_upload_waits *waits, struct api_request *request,
                            struct room_file *file,
                            void (*on_shared)(struct api_request *request,
                                              struct room_file *file))
{
    struct api_upload_wait *wait = calloc(1, sizeof(*wait));
    int err = wait ? room_file_check(file, on_checked, wait) : -ENOMEM;
    if (err < 0) {
        free(wait);
        api_answer_errno(request, err);
        return;
    }
    *wait = (struct api_upload_wait){waits, request, file, on_shared, waits->first};
    waits->first = wait;
    request->is_held = true;
}

void api_upload_waits_finish(struct api_upload_waits *waits)
{
    struct api_upload_wait *wait = waits->first;
    waits->first = NULL;
    while (wait) {
        struct api_upload_wait *next = wait->next;
        room_file_forget(wait->file);
        api_answer_errno(wait->request, -ESHUTDOWN);
        waits->resume(wait->request);
        free(wait);
        wait = next;
    }
}
