/* api_fetch_transfer.c - libcurl, held on a short leash. */
#include "api/api_fetch_transfer.h"

#include "api/api_address_rule.h"
#include "api/api_fetch.h"
#include "mixer/base/clock.h"
#include "mixer/base/random.h"
#include "server/rtp/address_kind.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    MOST_REDIRECTS = 3,
    MOST_OTHER_BYTES = 64 * 1024, /* of a page that only says why there is no file */
    CONNECT_MS = 10000,
    LOW_SPEED_BYTES_PER_S = 1000,
    LOW_SPEED_S = 15,
};

struct api_fetch_transfer {
    const struct api_fetch_limits *limits;
    const struct api_fetch_sent *sent;
    CURL *curl;
    CURLU *url;
    char *host; /* of url; curl's memory */
    int64_t deadline_ns;
    unsigned redirects;

    char *path;
    int fd;
    uint64_t bytes, other_bytes;

    int err; /* the first thing that went wrong, and its line */
    char *why;
    char refused[192]; /* the last address that was not allowed */
};

/* ---- what went wrong ---- */

__attribute__((format(printf, 3, 4))) static void fail(struct api_fetch_transfer *transfer,
                                                       int err, const char *format, ...)
{
    if (transfer->err)
        return;
    transfer->err = err;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&transfer->why, format, arguments) < 0)
        transfer->why = NULL;
    va_end(arguments);
}

static void fail_at_size(struct api_fetch_transfer *transfer)
{
    fail(transfer, -EFBIG, "%s: the file is larger than %llu bytes", transfer->host,
         (unsigned long long)transfer->limits->most_bytes);
}

static void fail_at_code(struct api_fetch_transfer *transfer, CURLcode code)
{
    const char *host = transfer->host;
    if (code == CURLE_OUT_OF_MEMORY)
        fail(transfer, -ENOMEM, "no memory");
    else if (code == CURLE_FILESIZE_EXCEEDED)
        fail_at_size(transfer);
    else if (code == CURLE_COULDNT_CONNECT && transfer->refused[0])
        fail(transfer, -EACCES, "%s: %s", host, transfer->refused);
    else if (code == CURLE_OPERATION_TIMEDOUT)
        fail(transfer, -ETIMEDOUT, "%s: did not answer, or too slowly", host);
    else
        fail(transfer, -EPROTO, "%s: %s", host, curl_easy_strerror(code));
}

/* ---- the URL ---- */

static bool is_web(CURLU *url)
{
    char *scheme = NULL;
    bool is = curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
              (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0);
    curl_free(scheme);
    return is;
}

static bool has_host(CURLU *url)
{
    char *host = NULL;
    bool has = curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK && host[0];
    curl_free(host);
    return has;
}

static const char *read_url(const char *text, CURLU *url)
{
    if (strlen(text) > API_FETCH_MAX_URL_BYTES)
        return "is too long";
    CURLUcode code = curl_url_set(url, CURLUPART_URL, text, CURLU_DISALLOW_USER);
    if (code == CURLUE_USER_NOT_ALLOWED)
        return "must not have a user name or a password in it";
    if (code == CURLUE_UNSUPPORTED_SCHEME || code == CURLUE_BAD_SCHEME ||
        (code == CURLUE_OK && !is_web(url)))
        return "must begin with http:// or https://";
    if (code || !has_host(url))
        return "is not a URL";
    return NULL;
}

const char *api_fetch_transfer_url_fault(const char *text)
{
    CURLU *url = curl_url();
    if (!url)
        return "cannot be read: memory is out";
    const char *fault = read_url(text, url);
    curl_url_cleanup(url);
    return fault;
}

/* ---- what curl asks ---- */

static void describe(const struct sockaddr *address, char *out, size_t room)
{
    char text[INET6_ADDRSTRLEN] = "?";
    if (address->sa_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)address)->sin_addr, text,
                  sizeof(text));
    else if (address->sa_family == AF_INET6)
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr,
                  text, sizeof(text));
    snprintf(out, room, "the address %s is %s: no rule allows it", text, address_kind(address));
}

static curl_socket_t open_socket(void *context, curlsocktype purpose,
                                 struct curl_sockaddr *address)
{
    (void)purpose;
    struct api_fetch_transfer *transfer = context;
    const struct api_fetch_limits *limits = transfer->limits;
    if (!api_address_rule_allows((const char *const *)limits->allow, limits->allow_count,
                                 transfer->host, &address->addr)) {
        describe(&address->addr, transfer->refused, sizeof(transfer->refused));
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static bool open_file(struct api_fetch_transfer *transfer)
{
    char name[27];
    random_name(name, sizeof(name));
    if (asprintf(&transfer->path, "%s/fetch-%s.tmp", transfer->limits->directory, name) < 0) {
        transfer->path = NULL;
        fail(transfer, -ENOMEM, "no memory");
        return false;
    }
    transfer->fd =
        open(transfer->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (transfer->fd < 0)
        fail(transfer, -errno, "%s: %s", transfer->path, strerror(errno));
    return transfer->fd >= 0;
}

static bool write_file(struct api_fetch_transfer *transfer, const char *bytes, size_t length)
{
    if (transfer->fd < 0 && !open_file(transfer))
        return false;
    while (length) {
        ssize_t wrote = write(transfer->fd, bytes, length);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0) {
            fail(transfer, -errno, "%s: %s", transfer->path, strerror(errno));
            return false;
        }
        bytes += wrote;
        length -= (size_t)wrote;
    }
    return true;
}

static size_t take_bytes(char *bytes, size_t size, size_t count, void *context)
{
    struct api_fetch_transfer *transfer = context;
    size_t length = size * count;
    long status = 0;
    curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &status);
    if (transfer->sent->body || status < 200 || status > 299) {
        transfer->other_bytes += length;
        return transfer->other_bytes <= MOST_OTHER_BYTES ? length : 0;
    }
    transfer->bytes += length;
    if (transfer->bytes > transfer->limits->most_bytes) {
        fail_at_size(transfer);
        return 0;
    }
    return write_file(transfer, bytes, length) ? length : 0;
}

/* ---- begin, redirect, end ---- */

static CURLcode set_limits(struct api_fetch_transfer *transfer)
{
    CURL *curl = transfer->curl;
    CURLcode code = curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    code |= curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L); /* we do, with a look at each */
    code |= curl_easy_setopt(curl, CURLOPT_PROXY, "");
    code |= curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    code |= curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, transfer);
    code |= curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
    code |= curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_bytes);
    code |= curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
    code |= curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE,
                             (curl_off_t)transfer->limits->most_bytes);
    code |= curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    code |= curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, (long)LOW_SPEED_BYTES_PER_S);
    code |= curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)LOW_SPEED_S);
    code |= curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    code |= curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L); /* no wait for a name server */
    code |= curl_easy_setopt(curl, CURLOPT_USERAGENT, "raduno/" RADUNO_VERSION);
    code |= curl_easy_setopt(curl, CURLOPT_PRIVATE, transfer);
    return code;
}

static CURLcode set_sent(struct api_fetch_transfer *transfer)
{
    CURL *curl = transfer->curl;
    const struct api_fetch_sent *sent = transfer->sent;
    if (!sent->body)
        return CURLE_OK;
    CURLcode code = curl_easy_setopt(curl, CURLOPT_POSTFIELDS, sent->body);
    code |= curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)sent->length);
    code |= curl_easy_setopt(curl, CURLOPT_HTTPHEADER, sent->headers);
    return code;
}

/* Asks for `text` next. */
static bool aim(struct api_fetch_transfer *transfer, const char *text)
{
    const char *fault = read_url(text, transfer->url);
    if (fault) {
        fail(transfer, -EPROTO, "the URL%s %s", transfer->redirects ? " it leads to" : "",
             fault);
        return false;
    }
    int64_t left_ms = (transfer->deadline_ns - clock_monotonic_ns()) / CLOCK_NS_PER_MS;
    curl_free(transfer->host);
    transfer->host = NULL;
    transfer->refused[0] = '\0';
    transfer->other_bytes = 0;
    if (curl_url_get(transfer->url, CURLUPART_HOST, &transfer->host, 0) ||
        curl_easy_setopt(transfer->curl, CURLOPT_CURLU, transfer->url) ||
        curl_easy_setopt(transfer->curl, CURLOPT_TIMEOUT_MS, (long)(left_ms > 1 ? left_ms : 1)))
        fail(transfer, -ENOMEM, "no memory");
    return transfer->err == 0;
}

struct api_fetch_transfer *api_fetch_transfer_create(const char *url,
                                                     const struct api_fetch_sent *sent,
                                                     const struct api_fetch_limits *limits)
{
    struct api_fetch_transfer *transfer = calloc(1, sizeof(*transfer));
    if (!transfer)
        return NULL;
    transfer->limits = limits;
    transfer->sent = sent;
    transfer->fd = -1;
    transfer->deadline_ns = clock_monotonic_ns() + limits->most_s * CLOCK_NS_PER_S;
    transfer->curl = curl_easy_init();
    transfer->url = curl_url();
    if (!transfer->curl || !transfer->url || set_limits(transfer) || set_sent(transfer)) {
        api_fetch_transfer_destroy(transfer);
        return NULL;
    }
    aim(transfer, url);
    return transfer;
}

void api_fetch_transfer_destroy(struct api_fetch_transfer *transfer)
{
    if (!transfer)
        return;
    curl_easy_cleanup(transfer->curl);
    curl_url_cleanup(transfer->url);
    curl_free(transfer->host);
    if (transfer->fd >= 0)
        close(transfer->fd);
    if (transfer->path)
        unlink(transfer->path);
    free(transfer->path);
    free(transfer->why);
    free(transfer);
}

CURL *api_fetch_transfer_handle(const struct api_fetch_transfer *transfer)
{
    return transfer->curl;
}

bool api_fetch_transfer_has_failed(const struct api_fetch_transfer *transfer)
{
    return transfer->err != 0;
}

static bool follow(struct api_fetch_transfer *transfer, long status)
{
    char *to = NULL;
    curl_easy_getinfo(transfer->curl, CURLINFO_REDIRECT_URL, &to);
    if (!to) {
        fail(transfer, -EPROTO, "%s: answered %ld, and leads nowhere", transfer->host, status);
        return false;
    }
    if (++transfer->redirects > MOST_REDIRECTS) {
        fail(transfer, -EPROTO, "%s: leads on more than %d times", transfer->host,
             MOST_REDIRECTS);
        return false;
    }
    char *copy = strdup(to); /* it is gone once the handle is set anew */
    if (!copy)
        fail(transfer, -ENOMEM, "no memory");
    bool goes_on = copy && aim(transfer, copy);
    free(copy);
    return goes_on;
}

/* What was posted is over, whatever came; too much of an answer is no harm. */
static void finish_post(struct api_fetch_transfer *transfer, CURLcode code, long status)
{
    if (status >= 200 && status < 300)
        return;
    if (status)
        fail(transfer, -EPROTO, "%s: answered %ld", transfer->host, status);
    else
        fail_at_code(transfer, code);
}

bool api_fetch_transfer_goes_on(struct api_fetch_transfer *transfer, CURLcode code)
{
    long status = 0;
    curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &status);
    if (transfer->err)
        return false;
    if (transfer->sent->body) {
        finish_post(transfer, code, status);
        return false;
    }
    if (status >= 400)
        fail(transfer, -ENOENT, "%s: answered %ld", transfer->host, status);
    else if (code)
        fail_at_code(transfer, code);
    else if (status >= 300)
        return follow(transfer, status);
    else if (transfer->bytes == 0)
        fail(transfer, -ENOENT, "%s: the file is empty", transfer->host);
    return false;
}

unsigned api_fetch_transfer_status(const struct api_fetch_transfer *transfer)
{
    long status = 0;
    curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &status);
    return (unsigned)status;
}

void api_fetch_transfer_take(struct api_fetch_transfer *transfer, int *err, char **why,
                             char **path)
{
    if (!transfer->path && !transfer->sent->body)
        fail(transfer, -ENOMEM, "no memory"); /* curl did not take it */
    *err = transfer->err;
    *why = transfer->why;
    transfer->why = NULL;
    *path = NULL;
    if (transfer->err == 0) {
        *path = transfer->path;
        transfer->path = NULL;
    }
}
