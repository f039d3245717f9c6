/* api_pins.c - a job for each request that waits; it may outlive the API. */
#include "api/api_pins.h"

#include "api/api_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct api_pins_wait {
    struct api *api; /* NULL: it has ended, nobody waits */
    struct api_request *request;
    struct api_pins_wait *next;
};

static const char *const fields[PIN_KINDS] = {
    [PIN_OF_GUESTS] = "pin",
    [PIN_OF_MODERATORS] = "moderator_pin",
};

void api_pins_init(struct api_pins *pins, void (*serve)(void *api, struct api_request *request),
                   void (*resume)(struct api_request *request))
{
    *pins = (struct api_pins){.serve = serve, .resume = resume};
}

void api_pins_finish(struct api_pins *pins)
{
    struct api_pins_wait *wait = pins->first;
    pins->first = NULL;
    for (; wait; wait = wait->next) {
        api_problem(&wait->request->answer, 503, "shutting_down", "The server is going down.");
        pins->resume(wait->request);
        wait->api = NULL;
    }
}

/* ---- held, and served anew ---- */

static void on_done(struct pin_job *job)
{
    struct api_pins_wait *wait = job->context;
    struct api *api = wait->api;
    struct api_request *request = wait->request;
    if (api) {
        struct api_pins_wait **at = &api->pins.first;
        while (*at != wait)
            at = &(*at)->next;
        *at = wait->next;
    }
    free(wait);
    if (!api) {
        pin_job_destroy(job);
        return;
    }
    request->pins = job;
    request->is_held = false;
    api->pins.serve(api, request);
    if (!request->is_held)
        api->pins.resume(request);
}

/* The job is for this request, which has no other. @return NULL: it is answered. */
static struct pin_job *begin(struct api *api, struct api_request *request,
                             enum pin_job_kind what)
{
    struct api_pins_wait *wait = calloc(1, sizeof(*wait));
    struct pin_job *job = wait ? pin_job_create(what, on_done, wait) : NULL;
    pin_job_destroy(request->pins);
    request->pins = NULL;
    if (!job) {
        free(wait);
        api_answer_errno(request, -ENOMEM);
        return NULL;
    }
    *wait = (struct api_pins_wait){.api = api, .request = request};
    return job;
}

static void hold_or_answer(struct api *api, struct api_request *request, struct pin_job *job,
                           int err)
{
    struct api_pins_wait *wait = job->context;
    if (err == 0) {
        wait->next = api->pins.first;
        api->pins.first = wait;
        request->is_held = true;
        return;
    }
    free(wait);
    pin_job_destroy(job);
    api_problem(&request->answer, 503, "too_many_pins_at_once",
                "Too many PINs are being looked at.");
    request->answer.retry_after_s = 1;
}

/* ---- to be kept ---- */

/* NULL: it is to stay, or to go, or is none, which is refused later. */
static const char *new_pin(const json_t *settings, unsigned kind)
{
    const char *text = json_string_value(json_object_get(settings, fields[kind]));
    return text && pin_is_valid(text) ? text : NULL;
}

/* Hashed for what the room had then. Another request may have set the other PIN meanwhile, with
 * another salt: then nobody could see whether both are the same. */
static bool is_made_for(const struct pin_job *job, const char *guests, const char *moderators,
                        const struct room_settings *base)
{
    return pin_hash_share_salt(guests ? job->kept[PIN_OF_GUESTS] : base->pin,
                               moderators ? job->kept[PIN_OF_MODERATORS] : base->moderator_pin);
}

bool api_pins_hash(struct api *api, struct api_request *request, const json_t *settings,
                   const struct room_settings *base)
{
    const char *guests = new_pin(settings, PIN_OF_GUESTS);
    const char *moderators = new_pin(settings, PIN_OF_MODERATORS);
    if (request->pins && request->pins->result < 0) {
        api_answer_errno(request, request->pins->result);
        return false;
    }
    bool is_made = request->pins && is_made_for(request->pins, guests, moderators, base);
    if (is_made || (!guests && !moderators))
        return true;
    struct pin_job *job = begin(api, request, PIN_JOB_MAKE);
    if (!job)
        return false;
    snprintf(job->typed[PIN_OF_GUESTS], PIN_BYTES, "%s", guests ? guests : "");
    snprintf(job->typed[PIN_OF_MODERATORS], PIN_BYTES, "%s", moderators ? moderators : "");
    pin_job_keep(job, base->pin, base->moderator_pin);
    hold_or_answer(api, request, job, room_list_make_pins(api->config.rooms, job));
    return false;
}

bool api_pins_take(struct api_request *request, const json_t *body,
                   struct room_settings *settings)
{
    char *const kept[PIN_KINDS] = {settings->pin, settings->moderator_pin};
    for (unsigned i = 0; i < PIN_KINDS && request->pins; i++) {
        if (new_pin(body, i))
            memcpy(kept[i], request->pins->kept[i], PIN_HASH_BYTES);
    }
    /* the two of one room have one salt */
    if (!settings->pin[0] || strcmp(settings->pin, settings->moderator_pin) != 0)
        return true;
    api_problem_field(&request->answer, "/moderator_pin", "has to differ from the PIN");
    return false;
}

/* ---- to come in ---- */

void api_pins_judge(struct api *api, struct api_request *request, struct room *room,
                    const char *pin)
{
    struct pin_job *job = begin(api, request, PIN_JOB_JUDGE);
    if (job)
        hold_or_answer(api, request, job, room_judge(room, pin, job));
}
