/*
 * api_play_urls.h - files that are being fetched from URLs, and the plays that wait for them.
 *
 *   err = api_play_urls_start(&urls, url, &wait);      the fetch begins
 *   ...room_play_start(...)...  api_play_urls_bind(wait, play);  or  api_play_urls_drop(wait);
 *
 * When the file is there, the play gets it; when the play has ended, the fetch ends.
 *
 * Thread   control.
 */
#ifndef API_API_PLAY_URLS_H
#define API_API_PLAY_URLS_H

#include "api/api_fetch.h"
#include "server/room/room_play.h"

struct api_play_wait;

struct api_play_urls {
    struct api_fetch *fetch; /* borrowed; NULL: none can be fetched */
    struct api_play_wait *first;
};

void api_play_urls_init(struct api_play_urls *urls, struct api_fetch *fetch);

/** Ends all fetches. */
void api_play_urls_finish(struct api_play_urls *urls);

/** @return 0 and *wait, which is to be bound or dropped in the same turn of the loop; -ENOSYS;
 *  -ENOMEM; api_fetch_start()'s errors. */
int api_play_urls_start(struct api_play_urls *urls, const char *url,
                        struct api_play_wait **wait);
void api_play_urls_bind(struct api_play_wait *wait, struct room_play *play);
void api_play_urls_drop(struct api_play_wait *wait);

/** The play has ended. To be called for each that ends. */
void api_play_urls_forget(struct api_play_urls *urls, const struct room_play *play);

#endif
