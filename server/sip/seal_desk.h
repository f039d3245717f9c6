/*
 * seal_desk.h - S/MIME is opened on a thread of its own: a key of RSA takes milliseconds for
 * each body, and who sends it chooses how many there are, and what certificates they have.
 *
 *   struct seal_job *job = seal_desk_push(desk, &question, on_done, self);
 *   ...on_done(self, job): job->error, job->opened...
 *   seal_job_destroy(job);
 *
 * One after the other, in the order in which they came.
 *
 * Thread   control; a job is the desk's until on_done().
 */
#ifndef SERVER_SIP_SEAL_DESK_H
#define SERVER_SIP_SEAL_DESK_H

#include "server/body/smime.h"
#include "server/loop/loop.h"

struct seal_desk;

/** What smime_open() has to know: texts are copied, and keys and certificates kept. */
struct seal_question {
    const struct smime_identity *identity;
    X509 *sender; /* NULL: it is not known */
    struct slice type, encoding, body;
};

struct seal_job {
    int error; /* of smime_open() */
    struct smime_opened opened;
    /* the desk's */
    struct loop_job home;
    struct loop *loop;
    void (*on_done)(void *context, struct seal_job *job); /* NULL: nobody waits any more */
    void *context;
    struct smime_identity identity;
    struct seal_question question;
    char texts[];
};

/** @return NULL: no memory, or no threads. */
struct seal_desk *seal_desk_create(struct loop *loop);
/** What was pushed is done first, and told when the loop comes to it. NULL is allowed. */
void seal_desk_destroy(struct seal_desk *desk);

/** @return the job, which is to be destroyed in @p on_done or later, or forgotten before. NULL:
 *  no memory. */
struct seal_job *seal_desk_push(struct seal_desk *desk, const struct seal_question *question,
                                void (*on_done)(void *context, struct seal_job *job),
                                void *context);
/** One that is not done yet will not be told. It goes by itself. */
void seal_job_forget(struct seal_job *job);
void seal_job_destroy(struct seal_job *job); /* NULL is allowed */

#endif
