/* api_snapshots.c - a job for each request that waits; it may outlive the API. */
#include "api/api_snapshots.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct api_snapshot {
    struct api_snapshots *owner; /* NULL: the API has ended, nobody waits */
    struct api_request *request;
    bool is_asking; /* the engine may answer before it has returned */
    struct api_snapshot *next;
};

void api_snapshots_init(struct api_snapshots *snapshots,
                        void (*resume)(struct api_request *request))
{
    *snapshots = (struct api_snapshots){.resume = resume};
}

static void answer_error(struct api_answer *answer, int err)
{
    switch (-err) {
    case ENODATA:
        api_problem(answer, 404, "no_picture", "There is no picture now.");
        break;
    case EBUSY:
        api_problem(answer, 503, "too_many_snapshots", "Other pictures are being made.");
        answer->retry_after_s = 1;
        break;
    default:
        api_problem(answer, 500, err == -ENOMEM ? "out_of_memory" : "internal_error",
                    "The picture could not be made: %s.", strerror(-err));
    }
}

static void answer_picture(struct api_answer *answer, const uint8_t *jpeg, size_t length)
{
    char *copy = malloc(length);
    if (!copy) {
        answer_error(answer, -ENOMEM);
        return;
    }
    memcpy(copy, jpeg, length);
    api_answer_empty(answer, 200);
    answer->text = copy;
    answer->text_length = length;
    answer->content_type = "image/jpeg";
}

static void unlink_job(struct api_snapshots *snapshots, const struct api_snapshot *job)
{
    struct api_snapshot **at = &snapshots->first;
    while (*at != job)
        at = &(*at)->next;
    *at = job->next;
}

static void on_snapshot(void *context, int error, const uint8_t *jpeg, size_t length)
{
    struct api_snapshot *job = context;
    struct api_snapshots *owner = job->owner;
    struct api_request *request = job->request;
    if (!owner) {
        free(job);
        return;
    }
    if (error < 0 || !length)
        answer_error(&request->answer, error < 0 ? error : -ENODATA);
    else
        answer_picture(&request->answer, jpeg, length);
    bool is_asking = job->is_asking;
    unlink_job(owner, job);
    free(job);
    if (!is_asking)
        owner->resume(request);
}

void api_snapshots_take(struct api_snapshots *snapshots, struct api_request *request,
                        struct room *room, struct participant *participant, unsigned width)
{
    struct api_snapshot *job = calloc(1, sizeof(*job));
    if (!job) {
        answer_error(&request->answer, -ENOMEM);
        return;
    }
    *job = (struct api_snapshot){
        .owner = snapshots, .request = request, .is_asking = true, .next = snapshots->first};
    snapshots->first = job;
    int err = room_snapshot(room, participant, width, on_snapshot, job);
    if (err < 0) {
        answer_error(&request->answer, err);
        unlink_job(snapshots, job);
        free(job);
    } else if (!request->answer.status) {
        job->is_asking = false;
        request->is_held = true;
    }
}

void api_snapshots_finish(struct api_snapshots *snapshots)
{
    struct api_snapshot *job = snapshots->first;
    snapshots->first = NULL;
    while (job) {
        struct api_snapshot *next = job->next;
        api_problem(&job->request->answer, 503, "shutting_down", "The server is going down.");
        job->owner = NULL;
        snapshots->resume(job->request);
        job = next;
    }
}
