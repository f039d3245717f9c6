/*
 * api_fetch.h - files brought from URLs, for sounds that somebody wants played; and bodies
 * posted to URLs, for webhooks.
 *
 *   api_fetch_create(&config, loop, &fetch, &why);
 *   api_fetch_start(fetch, "https://files.example.com/a.mp3", on_done, self, &job);
 *   ...  on_done(self, result):   stream_open(result->path, {.is_unlinked = true}, ...)
 *   api_fetch_post(fetch, "https://example.com/hook", &post, on_done, self, &job);
 *   api_fetch_cancel(job);        then on_done is not called
 *   api_fetch_destroy(fetch);
 *
 * A request must not make this server reach what only this server can reach: only http and
 * https, each address is looked at when it is connected to (api_address_rule.h), also behind
 * each of at most three redirects, and no proxy of the environment is used. TLS certificates
 * are verified. What is posted follows no redirect, and of its answer only the status is looked
 * at. Nothing of a URL but its host is ever in a line for a person.
 *
 * What is fetched becomes fetch-RANDOM.tmp (mode 0600) in the directory; those that a process
 * which ended badly has left there are removed by api_fetch_create().
 *
 * Thread   control: every function, and on_done, from the loop. One thread inside does all
 *          fetches; nobody waits for it but destroy, and it does not wait for the network then.
 * Errors   a negative errno; on error nothing moved.
 */
#ifndef API_API_FETCH_H
#define API_API_FETCH_H

#include "server/loop/loop.h"

#include <stddef.h>
#include <stdint.h>

struct api_fetch;
struct api_fetch_job;

enum { API_FETCH_MAX_AT_ONCE = 16, API_FETCH_MAX_URL_BYTES = 2048 };

struct api_fetch_config {
    const char *directory;    /* copied; the data directory                     */
    const char *const *allow; /* rules of api_address_rule.h; copied            */
    unsigned allow_count;
    uint64_t most_bytes;   /* of a file; more is an error                    */
    unsigned most_s;       /* from its begin to its end, redirects and all   */
    unsigned at_once;      /* 1..API_FETCH_MAX_AT_ONCE; others wait          */
    unsigned most_waiting; /* and more are refused                           */
};

struct api_fetch_result {
    int err; /* 0; -EACCES: the address may not be reached; -EFBIG; -ETIMEDOUT; -ENOENT: no
                file, answered 4xx or 5xx; -ENOSPC and the like; -ECANCELED: destroyed; else
                -EPROTO */
    const char *why;  /* a line for a person, "" without error; borrowed for the call         */
    const char *path; /* the file, the callee's from now on; NULL on error, and of what was
                         posted; borrowed, too */
    unsigned status;  /* the last of HTTP; 0: there was no answer */
};

typedef void api_fetch_done(void *context, const struct api_fetch_result *result);

/** @return 0 and *fetch, owned by the caller; -EINVAL: a rule or a number is wrong, -ENOMEM,
 *  -EAGAIN (no thread) or what opendir() says, and *why, owned by the caller (free()), NULL if
 *  memory is out. */
int api_fetch_create(const struct api_fetch_config *config, struct loop *loop,
                     struct api_fetch **fetch, char **why);

/** Ends all fetches: each on_done that has not been called is called now, with -ECANCELED. NULL
 *  is allowed. */
void api_fetch_destroy(struct api_fetch *fetch);

/** What is wrong with a URL, as the end of a sentence: "must begin with http:// or https://";
 *  NULL: nothing, as far as can be seen. A constant. Thread: any. */
const char *api_fetch_url_fault(const char *url);

/** Begins to fetch. *job (may be NULL) is valid until on_done or api_fetch_cancel().
 *  @return 0; -EINVAL: api_fetch_url_fault(); -EBUSY: too many are waiting; -ESHUTDOWN;
 * -ENOMEM. */
int api_fetch_start(struct api_fetch *fetch, const char *url, api_fetch_done *on_done,
                    void *context, struct api_fetch_job **job);

/** Copied. */
struct api_fetch_post {
    const char *body;
    size_t length;
    const char *const *headers; /* "Content-Type: application/json" */
    unsigned header_count;
};

/** As api_fetch_start(): posts, and any status but 2xx is an error, -EPROTO. */
int api_fetch_post(struct api_fetch *fetch, const char *url, const struct api_fetch_post *post,
                   api_fetch_done *on_done, void *context, struct api_fetch_job **job);

/** No longer wanted: on_done is not called, and no file stays. */
void api_fetch_cancel(struct api_fetch_job *job);

#endif
