/* ctl_client.c - libcurl. */
#include "api/ctl/ctl_client.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONNECT_MS = 10000, ANSWER_S = 60, MOST_LINE_BYTES = 1 << 20 };

struct ctl_client {
    CURL *curl;
    const struct ctl_place *place;
    const char *ca;
};

struct transfer {
    CURL *curl;
    struct ctl_reply reply;
    void (*on_line)(void *context, const char *line);
    void *context;
};

struct ctl_client *ctl_client_create(const struct ctl_place *place, const char *ca)
{
    struct ctl_client *client = calloc(1, sizeof(*client));
    if (!client)
        return NULL;
    client->place = place;
    client->ca = ca;
    client->curl = curl_easy_init();
    if (client->curl)
        return client;
    free(client);
    return NULL;
}

void ctl_client_destroy(struct ctl_client *client)
{
    if (!client)
        return;
    curl_easy_cleanup(client->curl);
    free(client);
}

void ctl_reply_finish(struct ctl_reply *reply)
{
    free(reply->text);
    reply->text = NULL;
}

char *ctl_client_escape(struct ctl_client *client, const char *part)
{
    char *theirs = curl_easy_escape(client->curl, part, 0);
    char *ours = theirs ? strdup(theirs) : NULL;
    curl_free(theirs);
    return ours;
}

/* Gives whole lines away and keeps the rest. */
static void give_lines(struct transfer *transfer)
{
    struct ctl_reply *reply = &transfer->reply;
    char *begin = reply->text, *end;
    while ((end = memchr(begin, '\n', (size_t)(reply->text + reply->length - begin)))) {
        *end = '\0';
        transfer->on_line(transfer->context, begin);
        begin = end + 1;
    }
    reply->length -= (size_t)(begin - reply->text);
    memmove(reply->text, begin, reply->length + 1);
}

static size_t on_bytes(char *bytes, size_t one, size_t count, void *context)
{
    (void)one; /* always 1 */
    struct transfer *transfer = context;
    struct ctl_reply *reply = &transfer->reply;
    char *grown = realloc(reply->text, reply->length + count + 1);
    if (!grown)
        return 0;
    reply->text = grown;
    memcpy(grown + reply->length, bytes, count);
    reply->length += count;
    grown[reply->length] = '\0';
    curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &reply->status);
    if (transfer->on_line && reply->status < 300)
        give_lines(transfer);
    return reply->length > MOST_LINE_BYTES && transfer->on_line ? 0 : count;
}

/* The headers that every request has, owned by the caller. NULL: memory is out. */
static struct curl_slist *make_headers(const struct ctl_client *client, const char *method)
{
    char *token = NULL;
    if (asprintf(&token, "Authorization: Bearer %s", client->place->token) < 0)
        return NULL;
    struct curl_slist *headers = curl_slist_append(NULL, token);
    free(token);
    const char *type = strcmp(method, "PATCH") == 0
                           ? "Content-Type: application/merge-patch+json"
                           : "Content-Type: application/json";
    struct curl_slist *more = headers ? curl_slist_append(headers, type) : NULL;
    if (!more)
        curl_slist_free_all(headers);
    return more;
}

static void prepare(const struct ctl_client *client, struct transfer *transfer,
                    const char *method, const char *url, const char *body)
{
    CURL *curl = client->curl;
    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    if (!transfer->on_line)
        curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)ANSWER_S);
    if (client->ca)
        curl_easy_setopt(curl, CURLOPT_CAINFO, client->ca);
    if (body)
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_bytes);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
}

static int perform(const struct ctl_client *client, struct transfer *transfer,
                   const char *method)
{
    struct curl_slist *headers = make_headers(client, method);
    if (!headers)
        return -ENOMEM;
    curl_easy_setopt(client->curl, CURLOPT_HTTPHEADER, headers);
    CURLcode code = curl_easy_perform(client->curl);
    curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &transfer->reply.status);
    curl_slist_free_all(headers);
    if (code == CURLE_OK || (transfer->on_line && code == CURLE_PARTIAL_FILE))
        return 0;
    fprintf(stderr, "raduno ctl: %s: %s\n", client->place->url, curl_easy_strerror(code));
    return -ECONNREFUSED;
}

int ctl_client_ask(struct ctl_client *client, const char *method, const char *path,
                   const json_t *body, void (*on_line)(void *context, const char *line),
                   void *context, struct ctl_reply *reply)
{
    struct transfer transfer = {.curl = client->curl, .on_line = on_line, .context = context};
    char *url = NULL, *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
    const char *base = *path == '^' ? "" : "/api/v1";
    int err = -ENOMEM;
    if ((text || !body) &&
        asprintf(&url, "%s%s%s", client->place->url, base, path + (*path == '^')) >= 0) {
        prepare(client, &transfer, method, url, text);
        err = perform(client, &transfer, method);
    }
    free(url);
    free(text);
    if (err < 0)
        ctl_reply_finish(&transfer.reply);
    *reply = transfer.reply;
    return err;
}
