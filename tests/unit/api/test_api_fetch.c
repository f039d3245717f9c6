/* test_api_fetch.c - files from a small HTTP server on this machine, api/api_fetch.c. */
#include "api/api_fetch.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { MOST_BYTES = 100000, MAX_HELD = 64 };

/* ---- the server ---- */

static struct {
    int fd;
    unsigned port;
    pthread_t thread;
    atomic_uint connections, held;
    int held_fd[MAX_HELD]; /* clients that get no answer */
} web;

static void put(int fd, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    assert_true(send(fd, text, (size_t)length, MSG_NOSIGNAL) <= length);
}

/* Until the client has had enough of it. */
static void put_without_end(int fd)
{
    static const char zeros[4096];
    put(fd, "HTTP/1.1 200 OK\r\n\r\n");
    while (send(fd, zeros, sizeof(zeros), MSG_NOSIGNAL) > 0)
        ;
}

static void redirect(int fd, const char *to)
{
    put(fd, "HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 4\r\n\r\ngone", to);
}

/* @return false: the client waits for ever. */
static bool answer(int fd, const char *path)
{
    unsigned number;
    char to[256];
    if (strcmp(path, "/file") == 0) {
        put(fd, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nthe bytes");
    } else if (strcmp(path, "/chunks") == 0) {
        put(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nthe \r\n");
        put(fd, "5\r\nbytes\r\n0\r\n\r\n");
    } else if (sscanf(path, "/on/%u", &number) == 1) {
        snprintf(to, sizeof(to), number > 1 ? "/on/%u" : "/file", number - 1);
        redirect(fd, to);
    } else if (strncmp(path, "/to/", 4) == 0) {
        redirect(fd, path + 4);
    } else if (strcmp(path, "/nowhere") == 0) {
        put(fd, "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n");
    } else if (strcmp(path, "/large") == 0) {
        put(fd, "HTTP/1.1 200 OK\r\nContent-Length: %u\r\n\r\nx", MOST_BYTES + 1);
    } else if (strcmp(path, "/endless") == 0) {
        put_without_end(fd);
    } else if (strcmp(path, "/empty") == 0) {
        put(fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    } else if (strcmp(path, "/cut") == 0) {
        put(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nthe bytes");
    } else if (strcmp(path, "/noise") == 0) {
        put(fd, "this is no HTTP at all\r\n\r\n");
    } else if (strcmp(path, "/hang") == 0) {
        return false;
    } else if (strcmp(path, "/half") == 0) {
        put(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nthe bytes");
        return false;
    } else {
        put(fd, "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone");
    }
    return true;
}

static void serve(int fd)
{
    char request[4096], path[1024];
    size_t length = 0;
    while (length < sizeof(request) - 1) {
        ssize_t got = recv(fd, request + length, sizeof(request) - 1 - length, 0);
        if (got <= 0)
            break;
        length += (size_t)got;
        request[length] = '\0';
        if (strstr(request, "\r\n\r\n"))
            break;
    }
    if (length && sscanf(request, "GET %1023[^ ?]", path) == 1 && !answer(fd, path)) {
        web.held_fd[atomic_load(&web.held)] = fd;
        atomic_fetch_add(&web.held, 1);
        return;
    }
    close(fd);
}

static void *run(void *argument)
{
    (void)argument;
    for (int fd; (fd = accept(web.fd, NULL, NULL)) >= 0;) {
        atomic_fetch_add(&web.connections, 1);
        serve(fd);
    }
    return NULL;
}

static void start_server(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof(address);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    web.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(web.fd, (struct sockaddr *)&address, length), 0);
    assert_int_equal(listen(web.fd, 64), 0);
    assert_int_equal(getsockname(web.fd, (struct sockaddr *)&address, &length), 0);
    web.port = ntohs(address.sin_port);
    atomic_store(&web.connections, 0);
    atomic_store(&web.held, 0);
    assert_int_equal(pthread_create(&web.thread, NULL, run, NULL), 0);
}

static void stop_server(void)
{
    shutdown(web.fd, SHUT_RDWR);
    pthread_join(web.thread, NULL);
    close(web.fd);
    for (unsigned i = 0; i < atomic_load(&web.held); i++)
        close(web.held_fd[i]);
}

/* ---- each test: a folder, a loop, a server ---- */

static char folder[64];
static struct loop *loop;
static struct api_fetch *fetch;

/* What on_done was told, of one job or of several. */
static struct told {
    unsigned times;
    int err;
    char why[512], path[256];
} told;

static const char *const loopback[] = {"example.com", "127.0.0.1"};

static void begin(struct api_fetch_config config)
{
    char *why = NULL;
    config.directory = folder;
    config.most_bytes = MOST_BYTES;
    if (api_fetch_create(&config, loop, &fetch, &why) < 0)
        fail_msg("%s", why ? why : "");
}

static void begin_with_rule(void)
{
    begin((struct api_fetch_config){
        .allow = loopback, .allow_count = 2, .most_s = 60, .at_once = 2, .most_waiting = 3});
}

static int make(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    strcpy(folder, "/tmp/raduno-fetch-XXXXXX");
    assert_non_null(mkdtemp(folder));
    loop = loop_create();
    told = (struct told){0};
    start_server();
    return 0;
}

static unsigned files_in_folder(void)
{
    unsigned count = 0;
    DIR *directory = opendir(folder);
    for (struct dirent *entry; directory && (entry = readdir(directory));)
        count += entry->d_name[0] != '.';
    if (directory)
        closedir(directory);
    return count;
}

static int end(void **state)
{
    (void)state;
    api_fetch_destroy(fetch);
    fetch = NULL;
    loop_destroy(loop);
    stop_server();
    assert_int_equal(files_in_folder(), 0); /* whoever was given one has removed it */
    rmdir(folder);
    return 0;
}

static void on_done(void *context, const struct api_fetch_result *result)
{
    struct told *to = context;
    to->times++;
    to->err = result->err;
    snprintf(to->why, sizeof(to->why), "%s", result->why);
    snprintf(to->path, sizeof(to->path), "%s", result->path ? result->path : "");
}

static const char *url_of(const char *path)
{
    static char url[512];
    snprintf(url, sizeof(url), "http://127.0.0.1:%u%s", web.port, path);
    return url;
}

/* Fetches, and waits for what comes of it. */
static void bring(const char *url)
{
    told = (struct told){0};
    assert_int_equal(api_fetch_start(fetch, url, on_done, &told, NULL), 0);
    while (!told.times)
        loop_run_once(loop, 1000);
    assert_int_equal(told.times, 1);
    assert_true((told.err == 0) == (told.path[0] != '\0'));
    assert_true((told.err == 0) == (told.why[0] == '\0'));
}

static void brings_no(const char *url, int err, const char *says)
{
    bring(url);
    if (told.err != err || !strstr(told.why, says))
        fail_msg("%s: %d \"%s\" instead of %d \"%s\"", url, told.err, told.why, err, says);
    assert_int_equal(files_in_folder(), 0);
}

static void brings_the_file(const char *url)
{
    bring(url);
    if (told.err)
        fail_msg("%s: %s", url, told.why);
    assert_memory_equal(told.path, folder, strlen(folder));
    struct stat about;
    assert_int_equal(stat(told.path, &about), 0);
    assert_int_equal(about.st_mode & 07777, 0600);
    char bytes[64] = "";
    int fd = open(told.path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(read(fd, bytes, sizeof(bytes)), 9);
    assert_string_equal(bytes, "the bytes");
    close(fd);
    unlink(told.path);
}

/* ---- tests ---- */

static void brings_files(void **state)
{
    (void)state;
    begin_with_rule();
    brings_the_file(url_of("/file"));
    char first[256];
    strcpy(first, told.path);
    brings_the_file(url_of("/chunks?token=x#part"));
    assert_string_not_equal(first, told.path);
}

static void reaches_no_address_without_a_rule(void **state)
{
    (void)state;
    static const char *const others[] = {"127.0.0.2", "localhost", "10.0.0.0/8"};
    begin((struct api_fetch_config){
        .allow = others, .allow_count = 1, .most_s = 60, .at_once = 1, .most_waiting = 9});
    brings_no(url_of("/file"), -EACCES, "127.0.0.1 is loopback");
    static const char *const hosts[] = {"127.1",       "0x7f000001",         "2130706433",
                                        "0177.0.0.01", "[::ffff:127.0.0.1]", "localhost"};
    for (unsigned i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        char url[128];
        snprintf(url, sizeof(url), "http://%s:%u/file", hosts[i], web.port);
        brings_no(url, -EACCES, "is loopback");
    }
    brings_no("http://0.0.0.0/", -EACCES, "this network");
    brings_no("https://[::1]/", -EACCES, "loopback");
    assert_int_equal(web.connections, 0);
}

static void a_host_may_be_allowed_by_its_name(void **state)
{
    (void)state;
    static const char *const names[] = {"localhost"};
    begin((struct api_fetch_config){
        .allow = names, .allow_count = 1, .most_s = 60, .at_once = 1, .most_waiting = 9});
    char url[1024];
    snprintf(url, sizeof(url), "http://LOCALHOST:%u/file", web.port);
    brings_the_file(url);
    unsigned before = web.connections;
    brings_no(url_of("/file"), -EACCES, "loopback"); /* by this name it is not */
    snprintf(url, sizeof(url), "http://localhost:%u/to/%s", web.port, url_of("/file"));
    brings_no(url, -EACCES, "loopback");
    assert_int_equal(web.connections, before + 1);
}

static void looks_at_each_redirect(void **state)
{
    (void)state;
    begin_with_rule();
    brings_the_file(url_of("/on/1"));
    brings_the_file(url_of("/on/3"));
    brings_no(url_of("/on/4"), -EPROTO, "more than 3 times");
    brings_no(url_of("/nowhere"), -EPROTO, "leads nowhere");
    brings_no(url_of("/to/file:///etc/passwd"), -EPROTO, "http://");
    brings_no(url_of("/to/ftp://127.0.0.1/x"), -EPROTO, "http://");
    brings_no(url_of("/to/gopher://127.0.0.1/x"), -EPROTO, "");
    brings_no(url_of("/to/http://me:secret@127.0.0.1/x"), -EPROTO, "user name");
    assert_null(strstr(told.why, "secret"));
    brings_no(url_of("/to/http://127.0.0.2/x"), -EACCES, "127.0.0.2 is loopback");
    brings_no(url_of("/to/http://0.0.0.0/x"), -EACCES, "0.0.0.0 is this network");
    brings_no(url_of("/to/http://127.0.0.1:1/x"), -EPROTO, "connect"); /* nobody listens */
    brings_no(url_of("/to//none"), -ENOENT, "404");
}

static void what_is_no_file_is_told(void **state)
{
    (void)state;
    begin_with_rule();
    brings_no(url_of("/none"), -ENOENT, "404");
    brings_no(url_of("/empty"), -ENOENT, "empty");
    brings_no(url_of("/large"), -EFBIG, "larger than 100000 bytes");
    brings_no(url_of("/endless"), -EFBIG, "larger than 100000 bytes");
    brings_no(url_of("/cut"), -EPROTO, "127.0.0.1: ");
    brings_no(url_of("/noise"), -EPROTO, "127.0.0.1: ");
    brings_no("http://127.0.0.1:1/", -EPROTO, "connect");
}

static void what_takes_too_long_is_ended(void **state)
{
    (void)state;
    begin((struct api_fetch_config){
        .allow = loopback, .allow_count = 2, .most_s = 1, .at_once = 1, .most_waiting = 9});
    brings_no(url_of("/half"), -ETIMEDOUT, "too slowly");
}

static void a_full_or_missing_disk_is_told(void **state)
{
    (void)state;
    begin_with_rule();
    rmdir(folder);
    brings_no(url_of("/file"), -ENOENT, folder);
}

static void wait_for_held(unsigned count)
{
    while (atomic_load(&web.held) < count)
        sched_yield();
}

static void is_bounded(void **state)
{
    (void)state;
    begin_with_rule(); /* two at once, three more may wait */
    struct told each[6] = {0};
    struct api_fetch_job *jobs[6];
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(api_fetch_start(fetch, url_of("/hang"), on_done, &each[i], &jobs[i]),
                         0);
    wait_for_held(2);
    for (unsigned i = 2; i < 5; i++)
        assert_int_equal(api_fetch_start(fetch, url_of("/file"), on_done, &each[i], &jobs[i]),
                         0);
    assert_int_equal(api_fetch_start(fetch, url_of("/file"), on_done, &each[5], &jobs[5]),
                     -EBUSY);
    assert_int_equal(web.connections, 2);
    api_fetch_cancel(jobs[3]); /* one that waits, one that hangs: the others have their turn */
    api_fetch_cancel(jobs[0]);
    while (!each[2].times || !each[4].times)
        loop_run_once(loop, 1000);
    assert_int_equal(each[2].err, 0);
    assert_int_equal(each[4].err, 0);
    assert_int_equal(web.connections, 4);
    assert_int_equal(each[0].times + each[1].times + each[3].times + each[5].times, 0);
    unlink(each[2].path);
    unlink(each[4].path);
    api_fetch_cancel(jobs[1]);
}

static void what_was_cancelled_is_not_told_and_leaves_nothing(void **state)
{
    (void)state;
    begin_with_rule();
    for (unsigned round = 0; round < 30; round++) {
        struct api_fetch_job *job;
        told = (struct told){0};
        const char *path = round % 3 == 0 ? "/hang" : round % 3 == 1 ? "/half" : "/file";
        assert_int_equal(api_fetch_start(fetch, url_of(path), on_done, &told, &job), 0);
        if (round & 4) /* it may be done by now, but control has not been told */
            while (atomic_load(&web.connections) <= round / 2)
                sched_yield();
        api_fetch_cancel(job);
        brings_the_file(url_of("/file"));
    }
}

static void the_end_waits_for_nobody(void **state)
{
    (void)state;
    begin_with_rule();
    struct told each[4] = {0};
    static const char *const paths[] = {"/hang", "/half", "/file", "/file"};
    struct api_fetch_job *job;
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(api_fetch_start(fetch, url_of(paths[i]), on_done, &each[i], &job), 0);
    api_fetch_cancel(job);
    wait_for_held(2);
    api_fetch_destroy(fetch);
    fetch = NULL;
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(each[i].times, 1);
        assert_int_equal(each[i].err, -ECANCELED);
        assert_string_equal(each[i].path, "");
    }
    assert_int_equal(each[3].times, 0);
    api_fetch_destroy(NULL);
}

/* The loop still has a job of a fetcher that is gone. */
static void may_end_before_control_was_told(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 20; round++) {
        begin_with_rule();
        told = (struct told){0};
        assert_int_equal(api_fetch_start(fetch, url_of("/file"), on_done, &told, NULL), 0);
        while (round & 1 && files_in_folder() == 0)
            sched_yield();
        api_fetch_destroy(fetch);
        fetch = NULL;
        assert_int_equal(told.times, 1);
        assert_int_equal(told.err, -ECANCELED);
        if (round & 2)
            loop_run_once(loop, 0);
    }
}

static void urls_are_looked_at_before(void **state)
{
    (void)state;
    begin_with_rule();
    static const char *const bad[][2] = {
        {"", ""},
        {"file:///etc/passwd", "http"},
        {"ftp://example.com/a", "http"},
        {"example.com/a.wav", ""},
        {"/etc/passwd", ""},
        {"http://", ""},
        {"http://user@example.com/", "user name"},
        {"http://user:word@example.com/", "user name"},
        {"http://exa mple.com/", ""},
        {"http://example.com/\r\nX: y", ""},
        {"http://example.com:99999/", ""},
        {"javascript:alert(1)", ""},
        {"concat:http://example.com/", ""},
    };
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const char *fault = api_fetch_url_fault(bad[i][0]);
        if (!fault || !strstr(fault, bad[i][1]))
            fail_msg("%s: %s", bad[i][0], fault ? fault : "good");
        assert_int_equal(api_fetch_start(fetch, bad[i][0], on_done, &told, NULL), -EINVAL);
    }
    char long_url[API_FETCH_MAX_URL_BYTES + 2];
    memset(long_url, 'a', sizeof(long_url));
    memcpy(long_url, "http://example.com/", 19);
    long_url[sizeof(long_url) - 1] = '\0';
    assert_non_null(api_fetch_url_fault(long_url));
    long_url[sizeof(long_url) - 2] = '\0';
    assert_null(api_fetch_url_fault(long_url));
    assert_null(api_fetch_url_fault("HTTPS://Example.com:8443/a%20b?c=d"));
    assert_null(api_fetch_url_fault("http://[2001:db8::1]/a"));
    assert_int_equal(told.times, 0);
}

static void wrong_limits_are_refused_and_old_files_removed(void **state)
{
    (void)state;
    struct api_fetch_config good = {
        .directory = folder, .most_bytes = 1, .most_s = 1, .at_once = 1};
    char *why;
    char path[128];
    static const char *const bad_rules[] = {"10.0.0.0/8", "10.0.0.0/99"};
    struct api_fetch_config bad[6];
    for (unsigned i = 0; i < 6; i++)
        bad[i] = good;
    bad[0].at_once = 0;
    bad[1].at_once = API_FETCH_MAX_AT_ONCE + 1;
    bad[2].most_s = 0;
    bad[3].most_bytes = 0;
    bad[4].directory = "/nowhere";
    bad[5].allow = bad_rules;
    bad[5].allow_count = 2;
    static const char *const says[] = {"", "", "", "", "/nowhere: No such", "\"10.0.0.0/99\""};
    for (unsigned i = 0; i < 6; i++) {
        why = NULL;
        int err = api_fetch_create(&bad[i], loop, &fetch, &why);
        assert_int_equal(err, i == 4 ? -ENOENT : -EINVAL);
        assert_true(!says[i][0] || (why && strstr(why, says[i])));
        free(why);
    }
    snprintf(path, sizeof(path), "%s/fetch-0123456789abcdef.tmp", folder);
    close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    assert_int_equal(api_fetch_create(&good, loop, &fetch, &why), 0);
    assert_int_equal(files_in_folder(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(brings_files, make, end),
        cmocka_unit_test_setup_teardown(reaches_no_address_without_a_rule, make, end),
        cmocka_unit_test_setup_teardown(a_host_may_be_allowed_by_its_name, make, end),
        cmocka_unit_test_setup_teardown(looks_at_each_redirect, make, end),
        cmocka_unit_test_setup_teardown(what_is_no_file_is_told, make, end),
        cmocka_unit_test_setup_teardown(what_takes_too_long_is_ended, make, end),
        cmocka_unit_test_setup_teardown(a_full_or_missing_disk_is_told, make, end),
        cmocka_unit_test_setup_teardown(is_bounded, make, end),
        cmocka_unit_test_setup_teardown(what_was_cancelled_is_not_told_and_leaves_nothing, make,
                                        end),
        cmocka_unit_test_setup_teardown(the_end_waits_for_nobody, make, end),
        cmocka_unit_test_setup_teardown(may_end_before_control_was_told, make, end),
        cmocka_unit_test_setup_teardown(urls_are_looked_at_before, make, end),
        cmocka_unit_test_setup_teardown(wrong_limits_are_refused_and_old_files_removed, make,
                                        end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
