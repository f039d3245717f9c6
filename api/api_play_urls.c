/* api_play_urls.c - a list of waits, each with its fetch. */
#include "api/api_play_urls.h"

#include <errno.h>
#include <stdlib.h>

struct api_play_wait {
    struct api_play_urls *urls;
    struct room_play *play; /* borrowed until api_play_urls_forget() */
    struct api_fetch_job *job;
    struct api_play_wait *next;
};

void api_play_urls_init(struct api_play_urls *urls, struct api_fetch *fetch)
{
    *urls = (struct api_play_urls){.fetch = fetch};
}

static void remove_wait(struct api_play_wait *wait)
{
    struct api_play_wait **at = &wait->urls->first;
    while (*at != wait)
        at = &(*at)->next;
    *at = wait->next;
    free(wait);
}

void api_play_urls_drop(struct api_play_wait *wait)
{
    api_fetch_cancel(wait->job);
    remove_wait(wait);
}

void api_play_urls_finish(struct api_play_urls *urls)
{
    while (urls->first)
        api_play_urls_drop(urls->first);
}

/* The list forgets first: the play may end by this, and would be looked for. */
static void on_done(void *context, const struct api_fetch_result *result)
{
    struct api_play_wait *wait = context;
    struct room_play *play = wait->play;
    remove_wait(wait);
    if (result->err == 0)
        room_play_fetched(play, result->path);
    else
        room_play_failed(play, result->why);
}

int api_play_urls_start(struct api_play_urls *urls, const char *url,
                        struct api_play_wait **wait)
{
    if (!urls->fetch)
        return -ENOSYS;
    struct api_play_wait *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    int err = api_fetch_start(urls->fetch, url, on_done, made, &made->job);
    if (err < 0) {
        free(made);
        return err;
    }
    made->urls = urls;
    made->next = urls->first;
    urls->first = made;
    *wait = made;
    return 0;
}

void api_play_urls_bind(struct api_play_wait *wait, struct room_play *play)
{
    wait->play = play;
}

void api_play_urls_forget(struct api_play_urls *urls, const struct room_play *play)
{
    struct api_play_wait *wait = urls->first;
    while (wait && wait->play != play)
        wait = wait->next;
    if (wait)
        api_play_urls_drop(wait);
}
