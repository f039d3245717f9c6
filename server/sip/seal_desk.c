/* seal_desk.c - a mailbox to the thread, and the loop's jobs home. */
#include "server/sip/seal_desk.h"

#include "mixer/base/check.h"
#include "mixer/base/mailbox.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { NICE = 5 }; /* behind all that has to be in time */

struct seal_desk {
    struct loop *loop;
    struct mailbox *to_do; /* of struct seal_job *; NULL: it was the last */
    bool has_thread;
    pthread_t thread;
};

/* ---- a job ---- */

static struct slice copy(char **at, struct slice text)
{
    const struct slice kept = {*at, text.length};
    memcpy(*at, text.at, text.length);
    *at += text.length;
    return kept;
}

/* A reload of the keys does not take them away from who is at work with them. */
static void keep_keys(struct seal_job *job)
{
    X509_up_ref(job->identity.certificate);
    EVP_PKEY_up_ref(job->identity.key);
    if (job->identity.authorities)
        X509_STORE_up_ref(job->identity.authorities);
    if (job->question.sender)
        X509_up_ref(job->question.sender);
}

static struct seal_job *make(struct loop *loop, const struct seal_question *question)
{
    const size_t bytes =
        question->type.length + question->encoding.length + question->body.length;
    struct seal_job *job = calloc(1, sizeof(*job) + bytes);
    if (!job)
        return NULL;
    char *at = job->texts;
    job->loop = loop;
    job->identity = *question->identity;
    job->question = (struct seal_question){.identity = &job->identity,
                                           .sender = question->sender,
                                           .type = copy(&at, question->type),
                                           .encoding = copy(&at, question->encoding),
                                           .body = copy(&at, question->body)};
    keep_keys(job);
    return job;
}

void seal_job_destroy(struct seal_job *job)
{
    if (!job)
        return;
    smime_opened_finish(&job->opened);
    X509_free(job->identity.certificate);
    EVP_PKEY_free(job->identity.key);
    X509_STORE_free(job->identity.authorities);
    X509_free(job->question.sender);
    free(job);
}

void seal_job_forget(struct seal_job *job)
{
    job->on_done = NULL;
}

/* ---- the thread ---- */

static void come_home(void *argument)
{
    struct seal_job *job = argument;
    if (job->on_done)
        job->on_done(job->context, job);
    else
        seal_job_destroy(job);
}

static struct seal_job *take(struct seal_desk *desk)
{
    struct seal_job *job = NULL;
    while (!mailbox_take(desk->to_do, &job))
        mailbox_wait(desk->to_do);
    return job;
}

static void *run(void *argument)
{
    struct seal_desk *desk = argument;
    setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
    for (struct seal_job *job; (job = take(desk));) {
        const struct seal_question *question = &job->question;
        job->error = smime_open(&job->identity, question->sender, question->type,
                                question->encoding, question->body, &job->opened);
        loop_post_reserved(job->loop, &job->home, come_home, job);
    }
    return NULL;
}

/* ---- control ---- */

struct seal_job *seal_desk_push(struct seal_desk *desk, const struct seal_question *question,
                                void (*on_done)(void *context, struct seal_job *job),
                                void *context)
{
    ASSERT_CONTROL();
    struct seal_job *job = make(desk->loop, question);
    if (!job)
        return NULL;
    job->on_done = on_done;
    job->context = context;
    mailbox_put(desk->to_do, &job);
    return job;
}

struct seal_desk *seal_desk_create(struct loop *loop)
{
    ASSERT_CONTROL();
    struct seal_desk *desk = calloc(1, sizeof(*desk));
    if (!desk)
        return NULL;
    desk->loop = loop;
    if (mailbox_create(sizeof(struct seal_job *), &desk->to_do) == 0)
        desk->has_thread = pthread_create(&desk->thread, NULL, run, desk) == 0;
    if (desk->has_thread)
        return desk;
    seal_desk_destroy(desk);
    return NULL;
}

void seal_desk_destroy(struct seal_desk *desk)
{
    if (!desk)
        return;
    if (desk->has_thread) {
        mailbox_put(desk->to_do, &(struct seal_job *){NULL});
        pthread_join(desk->thread, NULL);
    }
    mailbox_destroy(desk->to_do);
    free(desk);
}
