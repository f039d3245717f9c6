/*
 * api_fetch_transfer.h - one fetch: its curl handle, its file, its limits. Used by api_fetch.c.
 *
 *   transfer = api_fetch_transfer_create(url, &limits);
 *   do curl_multi_add_handle(multi, api_fetch_transfer_handle(transfer)) ... until curl is done
 *   while (api_fetch_transfer_goes_on(transfer, code));     true: a redirect; add it again
 *   api_fetch_transfer_take(transfer, &err, &why, &path);
 *   api_fetch_transfer_destroy(transfer);
 *
 * Thread   that of api_fetch.c.
 */
#ifndef API_API_FETCH_TRANSFER_H
#define API_API_FETCH_TRANSFER_H

#include <stdbool.h>
#include <stdint.h>

#include <curl/curl.h>

struct api_fetch_transfer;

/** What is posted; zeroed: nothing, it is a GET. Borrowed until destroy. */
struct api_fetch_sent {
    char *body;
    size_t length;
    struct curl_slist *headers;
};

/** What one may do; borrowed until destroy. */
struct api_fetch_limits {
    char *directory;
    char **allow; /* [allow_count] */
    unsigned allow_count;
    uint64_t most_bytes;
    unsigned most_s;
};

/** See api_fetch_url_fault(). */
const char *api_fetch_transfer_url_fault(const char *url);

/** NULL: no memory. Something else may be wrong already: has_failed(). */
struct api_fetch_transfer *api_fetch_transfer_create(const char *url,
                                                     const struct api_fetch_sent *sent,
                                                     const struct api_fetch_limits *limits);

/** Removes the file, if it was not taken. NULL is allowed. */
void api_fetch_transfer_destroy(struct api_fetch_transfer *transfer);

bool api_fetch_transfer_has_failed(const struct api_fetch_transfer *transfer);

/** Borrowed; its CURLOPT_PRIVATE is the transfer. */
CURL *api_fetch_transfer_handle(const struct api_fetch_transfer *transfer);

/** curl is done with the handle, and it has been removed. @return true: there is one more URL
 *  to be asked; false: it is over. */
bool api_fetch_transfer_goes_on(struct api_fetch_transfer *transfer, CURLcode code);

/** The last status of HTTP; 0: there was none. */
unsigned api_fetch_transfer_status(const struct api_fetch_transfer *transfer);

/** What came of it: *why and *path are the caller's from now on (free()); without an error
 * *path is there, if it was a GET. Once. */
void api_fetch_transfer_take(struct api_fetch_transfer *transfer, int *err, char **why,
                             char **path);

#endif
