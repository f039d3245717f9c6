/* test_msrp_service.c - real connections: two services with one another, and clients that do as
 * they like. */
#include "server/msrp/msrp_service.h"

#include "mixer/base/clock.h"
#include "server/rtp/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { WAIT_MS = 20000, MOST = 300 * 1024 };

/* ---- one end ---- */

struct end {
    struct msrp_service *service;
    struct msrp_session *session;
    unsigned refuses_with; /* 0: 200 */
    unsigned requests, sent, bound, lost, failed;
    enum msrp_method method;
    char type[64], *content;
    size_t length;
    char nickname[64];
    struct msrp_sent last; /* of `sent` */
    bool keeps;            /* does not answer */
    struct msrp_incoming *kept;
};

static struct loop *loop;

static void on_request(void *context, struct msrp_session *session,
                       struct msrp_incoming *request)
{
    struct end *end = context;
    end->requests++;
    end->method = request->method;
    free(end->content);
    end->length = request->length;
    end->content = strndup(request->content ? request->content : "", request->length);
    snprintf(end->type, sizeof(end->type), "%s", request->type);
    snprintf(end->nickname, sizeof(end->nickname), "%s",
             request->nickname ? request->nickname : "");
    end->kept = request;
    if (!end->keeps)
        msrp_session_answer(session, request, end->refuses_with ? end->refuses_with : 200);
}

static void on_sent(void *context, const struct msrp_sent *sent)
{
    struct end *end = context;
    end->sent++;
    end->last = *sent;
}

static void on_state(void *context, enum msrp_state state)
{
    struct end *end = context;
    end->bound += state == MSRP_STATE_BOUND;
    end->lost += state == MSRP_STATE_LOST;
    end->failed += state == MSRP_STATE_FAILED;
}

static const struct msrp_listener listener = {on_request, on_sent, on_state};

static void wait_for(const unsigned *count, unsigned least)
{
    const int64_t end_ns = clock_monotonic_ns() + WAIT_MS * CLOCK_NS_PER_MS;
    while (*count < least && clock_monotonic_ns() < end_ns)
        loop_run_once(loop, 20);
    assert_true(*count >= least);
}

/* ---- a certificate for TLS ---- */

static char certificate_path[] = "/tmp/test_msrp_service_XXXXXX";

static int make_certificate(void)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *made = X509_new();
    const int fd = mkstemp(certificate_path);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    if (!key || !made || !file)
        return -1;
    X509_set_version(made, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made), 1);
    X509_gmtime_adj(X509_getm_notBefore(made), -3600);
    X509_gmtime_adj(X509_getm_notAfter(made), 3600);
    X509_set_pubkey(made, key);
    X509_sign(made, key, EVP_sha256());
    PEM_write_X509(file, made);
    PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
    fclose(file);
    X509_free(made);
    EVP_PKEY_free(key);
    return 0;
}

static int open_all(void **state)
{
    (void)state;
    loop = loop_create();
    return loop && make_certificate() == 0 ? 0 : -1;
}

static int close_all(void **state)
{
    (void)state;
    unlink(certificate_path);
    loop_destroy(loop);
    return 0;
}

/* ---- services and sessions ---- */

static void open_service(struct end *end, bool is_tls, unsigned patience_s)
{
    const struct sockaddr_in any = {.sin_family = AF_INET,
                                    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    char *why;
    memset(end, 0, sizeof(*end));
    const struct msrp_service_config config = {
        .loop = loop,
        .endpoint_count = 1,
        .endpoint = {{.address = address_of((const struct sockaddr *)&any), .is_tls = is_tls}},
        .certificate = certificate_path,
        .key = certificate_path,
        .sessions = 4,
        .connections = 8,
        .patience_s = patience_s,
    };
    assert_int_equal(msrp_service_create(&config, &end->service, &why), 0);
    assert_int_not_equal(msrp_service_port(end->service, is_tls), 0);
    assert_int_equal(msrp_service_port(end->service, !is_tls), 0);
}

static void open_session(struct end *end, bool is_tls)
{
    end->session =
        msrp_session_create(end->service, &(struct msrp_session_config){.call = "call",
                                                                        .is_tls = is_tls,
                                                                        .host = "127.0.0.1",
                                                                        .most_bytes = MOST,
                                                                        .listener = &listener,
                                                                        .context = end});
    assert_non_null(end->session);
}

static union latch_address address_of_port(uint16_t port)
{
    const struct sockaddr_in at = {.sin_family = AF_INET,
                                   .sin_port = htons(port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return address_of((const struct sockaddr *)&at);
}

static struct msrp_far_end far_end_of(const struct end *other, bool is_active, bool is_tls)
{
    const char *path = msrp_session_path(other->session);
    struct msrp_far_end far_end = {.path = {path, strlen(path)}, .is_active = is_active};
    if (is_active)
        far_end.address = address_of_port(msrp_service_port(other->service, is_tls));
    if (is_tls) {
        far_end.fingerprint_count = 1;
        far_end.fingerprint[0] = *msrp_service_fingerprint(other->service);
    }
    return far_end;
}

static void close_end(struct end *end)
{
    msrp_session_destroy(end->session);
    msrp_service_destroy(end->service);
    free(end->content);
}

static int send_text(struct end *end, uint64_t tag, const char *text, size_t length)
{
    return msrp_session_send(
        end->session, &(struct msrp_out){
                          .tag = tag, .type = "text/plain", .content = text, .length = length});
}

static void a_path_has_brackets_where_it_needs_them(void **state)
{
    (void)state;
    struct end ann;
    char expected[64];
    open_service(&ann, false, 10);
    static const char *const hosts[][2] = {{"2001:db8::1", "[2001:db8::1]"}, {"a.b", "a.b"}};
    for (unsigned i = 0; i < 2; i++) {
        struct msrp_session *session = msrp_session_create(
            ann.service, &(struct msrp_session_config){
                             .call = "call", .host = hosts[i][0], .listener = &listener});
        const int length = snprintf(expected, sizeof(expected), "msrp://%s:%u/", hosts[i][1],
                                    msrp_service_port(ann.service, false));
        assert_memory_equal(msrp_session_path(session), expected, (size_t)length);
        msrp_session_destroy(session);
    }
    msrp_service_destroy(ann.service);
}

static void talk(bool is_tls)
{
    struct end ann, bob;
    static char large[200 * 1024];
    memset(large, 'x', sizeof(large));
    open_service(&ann, is_tls, 10);
    open_service(&bob, is_tls, 10);
    open_session(&ann, is_tls);
    open_session(&bob, is_tls);
    struct msrp_far_end to_ann = far_end_of(&ann, true, is_tls),
                        to_bob = far_end_of(&bob, false, is_tls);
    assert_int_equal(msrp_session_connect(ann.session, &to_bob), 0);
    assert_int_equal(msrp_session_connect(bob.session, &to_ann), 0);
    wait_for(&ann.bound, 1);
    wait_for(&bob.bound, 1);
    assert_int_equal(send_text(&ann, 7, "hello", 5), 0);
    wait_for(&bob.requests, 1);
    assert_string_equal(bob.content, "hello");
    assert_string_equal(bob.type, "text/plain");
    wait_for(&ann.sent, 1);
    assert_int_equal(ann.last.tag, 7);
    assert_int_equal(ann.last.status, 200);
    ann.refuses_with = 403;
    assert_int_equal(send_text(&bob, 8, large, sizeof(large)), 0);
    wait_for(&ann.requests, 1);
    assert_int_equal(ann.length, sizeof(large));
    assert_memory_equal(ann.content, large, sizeof(large));
    wait_for(&bob.sent, 1);
    assert_int_equal(bob.last.status, 403);
    msrp_session_destroy(ann.session);
    ann.session = NULL;
    wait_for(&bob.lost, 1);
    close_end(&ann);
    close_end(&bob);
}

static void two_talk(void **state)
{
    (void)state;
    talk(false);
}

static void two_talk_over_tls(void **state)
{
    (void)state;
    talk(true);
}

/* RFC 8122: who shows another certificate than its SDP says is not let in, on either side. */
static void a_wrong_certificate_is_refused(void **state)
{
    (void)state;
    for (unsigned wrong = 0; wrong < 2; wrong++) {
        struct end ann, bob;
        open_service(&ann, true, 10);
        open_service(&bob, true, 10);
        open_session(&ann, true);
        open_session(&bob, true);
        struct msrp_far_end to_ann = far_end_of(&ann, true, true),
                            to_bob = far_end_of(&bob, false, true);
        (wrong ? &to_ann : &to_bob)->fingerprint[0].value[3] ^= 1;
        assert_int_equal(msrp_session_connect(ann.session, &to_bob), 0);
        assert_int_equal(msrp_session_connect(bob.session, &to_ann), 0);
        if (wrong) {
            wait_for(&bob.failed, 1);
        } else {
            assert_int_equal(send_text(&bob, 1, "x", 1), 0);
            wait_for(&bob.sent, 1);
            assert_int_equal(bob.last.status, 481);
        }
        assert_int_equal(ann.bound, 0);
        close_end(&ann);
        close_end(&bob);
    }
}

/* What connects later sees the other one; who is there stays. */
static void a_certificate_can_be_changed(void **state)
{
    (void)state;
    struct end ann, bob;
    char before[sizeof(certificate_path)], *why;
    open_service(&ann, true, 10);
    open_service(&bob, true, 10);
    const struct dtls_fingerprint was = *msrp_service_fingerprint(ann.service);
    assert_int_not_equal(msrp_service_reload(ann.service, "/nonexistent", "/nonexistent", &why),
                         0);
    assert_non_null(strstr(why, "/nonexistent"));
    free(why);
    assert_memory_equal(&was, msrp_service_fingerprint(ann.service), sizeof(was));
    memcpy(before, certificate_path, sizeof(before));
    memset(certificate_path + sizeof(certificate_path) - 7, 'X', 6);
    assert_int_equal(make_certificate(), 0);
    assert_int_equal(msrp_service_reload(ann.service, certificate_path, certificate_path, &why),
                     0);
    assert_memory_not_equal(&was, msrp_service_fingerprint(ann.service), sizeof(was));
    unlink(before);
    open_session(&ann, true);
    open_session(&bob, true);
    const struct msrp_far_end to_ann = far_end_of(&ann, true, true),
                              to_bob = far_end_of(&bob, false, true);
    assert_int_equal(msrp_session_connect(ann.session, &to_bob), 0);
    assert_int_equal(msrp_session_connect(bob.session, &to_ann), 0);
    wait_for(&bob.bound, 1);
    close_end(&ann);
    close_end(&bob);
}

/* ---- files: in pieces, of any size ---- */

enum { FILE_BYTES = 24 * 1024 * 1024 };

struct file {
    uint64_t bytes, sum;
    unsigned wrong;
    unsigned ends, released; /* on control, and read there behind its release */
};

static uint8_t byte_at(uint64_t offset)
{
    return (uint8_t)((offset * 2654435761U) >> 13);
}

static int64_t read_file(void *context, uint64_t offset, char *out, size_t room)
{
    (void)context;
    for (size_t i = 0; i < room; i++)
        out[i] = (char)byte_at(offset + i);
    return (int64_t)room;
}

static unsigned take_file(void *context, const struct msrp_head *head, uint64_t offset,
                          const char *data, size_t length)
{
    struct file *file = context;
    (void)head;
    for (size_t i = 0; i < length; i++)
        file->wrong += (uint8_t)data[i] != byte_at(offset + i);
    file->bytes += length;
    return 200;
}

static unsigned end_file(void *context, const struct msrp_head *head, uint64_t offset,
                         char flag)
{
    struct file *file = context;
    file->ends += flag == '$' && offset == FILE_BYTES && head->range.total == FILE_BYTES;
    return 200;
}

static void release_file(void *context)
{
    struct file *file = context;
    file->released++;
}

static void a_file_goes_through_in_pieces(void **state)
{
    (void)state;
    static const struct msrp_sink sink = {take_file, end_file, release_file};
    static const struct msrp_source source = {read_file, release_file};
    struct end ann, bob;
    struct file in = {.bytes = 0}, out = {.bytes = 0};
    open_service(&ann, false, 10);
    open_service(&bob, false, 10);
    open_session(&ann, false);
    bob.session =
        msrp_session_create(bob.service, &(struct msrp_session_config){.call = "call",
                                                                       .host = "127.0.0.1",
                                                                       .listener = &listener,
                                                                       .context = &bob,
                                                                       .sink = &sink,
                                                                       .sink_context = &in});
    assert_non_null(bob.session);
    struct msrp_far_end to_ann = far_end_of(&ann, false, false),
                        to_bob = far_end_of(&bob, true, false);
    assert_int_equal(msrp_session_connect(bob.session, &to_ann), 0);
    assert_int_equal(msrp_session_connect(ann.session, &to_bob), 0);
    assert_int_equal(msrp_session_send(ann.session, &(struct msrp_out){.tag = 1,
                                                                       .type = "a/b",
                                                                       .source = &source,
                                                                       .source_context = &out,
                                                                       .length = FILE_BYTES}),
                     0);
    wait_for(&ann.sent, 1);
    assert_int_equal(ann.last.status, 200);
    wait_for(&out.released, 1);
    msrp_session_destroy(bob.session);
    bob.session = NULL;
    wait_for(&in.released, 1);
    assert_int_equal(in.bytes, FILE_BYTES);
    assert_int_equal(in.wrong, 0);
    assert_int_equal(in.ends, 1);
    close_end(&ann);
    close_end(&bob);
}

/* ---- a client of its own ---- */

struct client {
    struct end end;
    int fd;
    char own[64], text[3 * MSRP_CHUNK_BYTES]; /* all that came */
    size_t length;
};

#define CLIENT_PATH "msrp://127.0.0.1:9/client;tcp"

static int call_service(const struct end *end)
{
    const union latch_address at = address_of_port(msrp_service_port(end->service, false));
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, &at.any, address_bytes(&at)), 0);
    return fd;
}

static void open_client_at(struct client *client, const char *path, unsigned patience_s)
{
    const struct msrp_far_end far_end = {.path = {path, strlen(path)}};
    memset(client, 0, sizeof(*client));
    open_service(&client->end, false, patience_s);
    open_session(&client->end, false);
    assert_int_equal(msrp_session_connect(client->end.session, &far_end), 0);
    client->fd = call_service(&client->end);
}

static void open_client(struct client *client, unsigned patience_s)
{
    open_client_at(client, CLIENT_PATH, patience_s);
}

static void close_client(struct client *client)
{
    close(client->fd);
    close_end(&client->end);
}

static void say(struct client *client, const char *start, const char *more)
{
    char text[4096];
    const int length =
        snprintf(text, sizeof(text), "%s\r\nTo-Path: %s\r\nFrom-Path: " CLIENT_PATH "\r\n%s",
                 start, msrp_session_path(client->end.session), more);
    assert_int_equal(send(client->fd, text, (size_t)length, MSG_NOSIGNAL), length);
}

/* Until @p text has come. */
static void hear(struct client *client, const char *text)
{
    const int64_t end_ns = clock_monotonic_ns() + WAIT_MS * CLOCK_NS_PER_MS;
    while (!strstr(client->text, text) && clock_monotonic_ns() < end_ns) {
        loop_run_once(loop, 5);
        const ssize_t came = recv(client->fd, client->text + client->length,
                                  sizeof(client->text) - client->length - 1, MSG_DONTWAIT);
        if (came > 0)
            client->length += (size_t)came;
        client->text[client->length] = '\0';
    }
    assert_non_null(strstr(client->text, text));
}

/* Until the service has closed it. */
static void hear_end(int fd)
{
    const int64_t end_ns = clock_monotonic_ns() + WAIT_MS * CLOCK_NS_PER_MS;
    char ignored[4096];
    ssize_t came;
    do {
        loop_run_once(loop, 5);
        came = recv(fd, ignored, sizeof(ignored), MSG_DONTWAIT);
    } while (came && (came > 0 || errno == EAGAIN) && clock_monotonic_ns() < end_ns);
    assert_true(came == 0 || errno == ECONNRESET);
}

static void chunks_reports_and_nicknames(void **state)
{
    (void)state;
    struct client client;
    open_client(&client, 10);
    say(&client, "MSRP tr01 SEND", "-------tr01$\r\n");
    hear(&client,
         "MSRP tr01 200 OK\r\nTo-Path: " CLIENT_PATH "\r\nFrom-Path: msrp://127.0.0.1:");
    say(&client, "MSRP tr03 SEND",
        "Message-ID: m1\r\nByte-Range: 4-6/6\r\nSuccess-Report: yes\r\n"
        "Content-Type: text/plain\r\n\r\ndef\r\n-------tr03$\r\n");
    hear(&client, "MSRP tr03 200 OK");
    assert_int_equal(client.end.requests, 0);
    say(&client, "MSRP tr02 SEND",
        "Message-ID: m1\r\nByte-Range: 1-*/6\r\nSuccess-Report: yes\r\n"
        "Content-Type: text/plain\r\n\r\nabc\r\n-------tr02+\r\n");
    hear(&client, "MSRP tr02 200 OK");
    assert_int_equal(client.end.requests, 1);
    assert_string_equal(client.end.content, "abcdef");
    hear(&client, "REPORT\r\nTo-Path: " CLIENT_PATH);
    hear(&client, "Message-ID: m1\r\nByte-Range: 1-6/6\r\nStatus: 000 200 OK\r\n-------");
    client.end.refuses_with = 425;
    say(&client, "MSRP tr04 NICKNAME", "Use-Nickname: \"Ann\"\r\n-------tr04$\r\n");
    hear(&client, "MSRP tr04 425 ");
    assert_int_equal(client.end.method, MSRP_NICKNAME);
    assert_string_equal(client.end.nickname, "\"Ann\"");
    say(&client, "MSRP tr05 AUTH", "-------tr05$\r\n");
    hear(&client, "MSRP tr05 501 ");
    client.end.refuses_with = 0;
    say(&client, "MSRP tr06 SEND",
        "Message-ID: m2\r\nFailure-Report: no\r\nContent-Type: "
        "a/b\r\n\r\nx\r\n-------tr06$\r\n");
    wait_for(&client.end.requests, 3);
    say(&client, "MSRP tr07 SEND", "-------tr07$\r\n");
    hear(&client, "MSRP tr07 200 OK");
    assert_null(strstr(client.text, "MSRP tr06"));
    close_client(&client);
}

#define SECOND_PATH "msrp://127.0.0.1:9/second;tcp"

static void say_to_second(struct client *client, const struct end *second, const char *start,
                          const char *more)
{
    char text[1024];
    const int length =
        snprintf(text, sizeof(text), "%s\r\nTo-Path: %s\r\nFrom-Path: " SECOND_PATH "\r\n%s",
                 start, msrp_session_path(second->session), more);
    assert_int_equal(send(client->fd, text, (size_t)length, MSG_NOSIGNAL), length);
}

static void two_sessions_share_a_connection(void **state)
{
    (void)state;
    struct client client;
    open_client(&client, 10);
    struct end second = {.service = client.end.service};
    open_session(&second, false);
    assert_int_equal(msrp_session_connect(second.session,
                                          &(struct msrp_far_end){
                                              .path = {SECOND_PATH, sizeof(SECOND_PATH) - 1}}),
                     0);
    say(&client, "MSRP tr01 SEND", "-------tr01$\r\n");
    hear(&client, "MSRP tr01 200 OK");
    say_to_second(&client, &second, "MSRP tr02 SEND",
                  "Message-ID: m1\r\nContent-Type: a/b\r\n\r\nx\r\n-------tr02$\r\n");
    hear(&client, "MSRP tr02 200 OK\r\nTo-Path: " SECOND_PATH);
    assert_int_equal(second.requests, 1);
    assert_int_equal(client.end.requests, 0);
    say_to_second(&client, &client.end, "MSRP tr03 SEND", "-------tr03$\r\n");
    hear(&client, "MSRP tr03 481 "); /* each is of its own far end */
    assert_int_equal(send_text(&second, 1, "hello", 5), 0);
    hear(&client, "SEND\r\nTo-Path: " SECOND_PATH);
    msrp_session_destroy(second.session);
    say(&client, "MSRP tr04 SEND", "-------tr04$\r\n"); /* the other goes on */
    hear(&client, "MSRP tr04 200 OK");
    assert_int_equal(client.end.lost, 0);
    free(second.content);
    close_client(&client);
}

/* Who is offered a session may connect before his answer has come by SIP. */
static void who_is_early_waits(void **state)
{
    (void)state;
    const struct msrp_far_end far_end = {.path = {CLIENT_PATH, sizeof(CLIENT_PATH) - 1}};
    struct client client = {.length = 0};
    open_service(&client.end, false, 20);
    open_session(&client.end, false);
    client.fd = call_service(&client.end);
    say(&client, "MSRP tr01 SEND",
        "Message-ID: m1\r\nByte-Range: 1-5/5\r\nContent-Type: "
        "text/plain\r\n\r\nhello\r\n-------tr01$\r\n");
    const int other =
        call_service(&client.end); /* a round of the thread later: nothing was said */
    close(other);
    struct msrp_service_stats stats = {.requests = 0};
    while (!stats.requests) {
        loop_run_once(loop, 5);
        msrp_service_stats_read(client.end.service, &stats);
    }
    assert_int_equal(recv(client.fd, client.text, sizeof(client.text), MSG_DONTWAIT), -1);
    assert_int_equal(client.end.requests, 0);
    assert_int_equal(msrp_session_connect(client.end.session, &far_end), 0);
    hear(&client, "MSRP tr01 200 OK");
    assert_string_equal(client.end.content, "hello");
    msrp_session_destroy(client.end.session);
    open_session(&client.end, false); /* and one that is given up meanwhile */
    close(client.fd);
    client.fd = call_service(&client.end);
    say(&client, "MSRP tr02 SEND", "-------tr02$\r\n");
    do {
        loop_run_once(loop, 5);
        msrp_service_stats_read(client.end.service, &stats);
    } while (stats.requests < 2);
    msrp_session_destroy(client.end.session);
    client.end.session = NULL;
    hear(&client, "MSRP tr02 481 ");
    close_client(&client);
}

static int64_t cpu_ns(void)
{
    struct timespec time;
    assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time), 0);
    return time.tv_sec * CLOCK_NS_PER_S + time.tv_nsec;
}

/* Who cannot be taken for want of descriptors is taken later, and costs nothing meanwhile. */
static void without_descriptors_it_waits(void **state)
{
    (void)state;
    struct client client;
    struct rlimit before, none;
    open_client(&client, 20);
    say(&client, "MSRP tr01 SEND", "-------tr01$\r\n");
    hear(&client, "MSRP tr01 200 OK");
    const union latch_address at =
        address_of_port(msrp_service_port(client.end.service, false));
    const int late = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = (rlim_t)late + 1;
    for (int fd = 0; fd <= late; fd++) /* all numbers below are taken */
        assert_true(fcntl(fd, F_GETFD) >= 0 || dup2(late, fd) == fd);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    assert_int_equal(connect(late, &at.any, address_bytes(&at)), 0);
    const int64_t begun_ns = cpu_ns();
    const int64_t end_ns = clock_monotonic_ns() + 300 * CLOCK_NS_PER_MS;
    while (clock_monotonic_ns() < end_ns)
        loop_run_once(loop, 20);
    assert_true(cpu_ns() - begun_ns < 60 * CLOCK_NS_PER_MS);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    static const char request[] =
        "MSRP tr02 SEND\r\nTo-Path: msrp://127.0.0.1:1/none;tcp\r\nFrom-Path: " CLIENT_PATH
        "\r\n-------tr02$\r\n";
    assert_int_equal(send(late, request, sizeof(request) - 1, MSG_NOSIGNAL),
                     sizeof(request) - 1);
    close(client.fd);
    client.fd = late;
    hear(&client, "MSRP tr02 481 ");
    close_client(&client);
}

static void what_is_wrong_is_refused(void **state)
{
    (void)state;
    struct client client;
    open_client(&client, 10);
    say(&client, "MSRP tr01 SEND", "-------tr01$\r\n");
    say(&client, "MSRP tr02 SEND",
        "Message-ID: m1\r\nByte-Range: 1-2/9\r\nContent-Type: "
        "a/b\r\n\r\nabc\r\n-------tr02+\r\n");
    hear(&client, "MSRP tr02 400 ");
    say(&client, "MSRP tr03 SEND",
        "Message-ID: m2\r\nByte-Range: 999999-*/999999999999\r\nContent-Type: "
        "a/b\r\n\r\nabc\r\n"
        "-------tr03+\r\n");
    hear(&client, "MSRP tr03 413 ");
    say(&client, "MSRP tr04 SEND", "Content-Type: a/b\r\n\r\nabc\r\n-------tr04$\r\n");
    hear(&client, "MSRP tr04 400 ");
    say(&client, "MSRP tr05 SEND",
        "Message-ID: m3\r\nByte-Range: 1-3/9\r\nContent-Type: "
        "a/b\r\n\r\nabc\r\n-------tr05+\r\n");
    say(&client, "MSRP tr06 SEND",
        "Message-ID: m3\r\nByte-Range: 4-*/9\r\nContent-Type: a/b\r\n\r\n-------tr06#\r\n");
    hear(&client, "MSRP tr06 200 ");
    say(&client, "MSRP tr07 SEND",
        "Message-ID: m3\r\nByte-Range: 4-9/9\r\nContent-Type: "
        "a/b\r\n\r\ndefghi\r\n-------tr07$\r\n");
    hear(&client, "MSRP tr07 200 ");
    assert_int_equal(client.end.requests, 0); /* its beginning was given up */
    const int second = call_service(&client.end);
    const int first = client.fd;
    client.fd = second;
    say(&client, "MSRP tr08 SEND", "-------tr08$\r\n");
    hear(&client, "MSRP tr08 506 ");
    client.fd = first;
    client.length = 0;
    hear(&client, " SEND\r\nTo-Path: " CLIENT_PATH); /* is the other one alive? */
    client.fd = second;
    static const char stranger[] = "MSRP tr09 SEND\r\nTo-Path: msrp://127.0.0.1:9/000x;tcp\r\n"
                                   "From-Path: " CLIENT_PATH "\r\n-------tr09$\r\n";
    assert_true(send(second, stranger, sizeof(stranger) - 1, MSG_NOSIGNAL) > 0);
    hear(&client, "MSRP tr09 481 ");
    char onwards[512];
    snprintf(onwards, sizeof(onwards),
             "MSRP tr10 SEND\r\nTo-Path: %s msrp://127.0.0.1:9/x;tcp\r\n"
             "From-Path: " CLIENT_PATH "\r\n-------tr10$\r\n",
             msrp_session_path(client.end.session));
    assert_true(send(second, onwards, strlen(onwards), MSG_NOSIGNAL) > 0);
    hear(&client, "MSRP tr10 481 ");
    assert_true(send(second, "GET / HTTP/1.1\r\n\r\n", 18, MSG_NOSIGNAL) > 0);
    hear_end(second);
    close(second);
    client.fd = first;
    close_client(&client);
}

static void nobody_stays_who_names_no_session(void **state)
{
    (void)state;
    struct client client;
    struct msrp_service_stats stats;
    open_client(&client, 1);
    hear_end(client.fd);
    msrp_service_stats_read(client.end.service, &stats);
    assert_int_equal(stats.sessions, 1);
    assert_int_equal(stats.accepted, 1);
    assert_int_equal(stats.refused, 1);
    close(client.fd);
    client.fd = call_service(&client.end); /* who does is let in, and may come again */
    say(&client, "MSRP tr01 SEND", "-------tr01$\r\n");
    hear(&client, "MSRP tr01 200 ");
    close(client.fd);
    wait_for(&client.end.lost, 1);
    client.fd = call_service(&client.end);
    say(&client, "MSRP tr02 SEND", "-------tr02$\r\n");
    hear(&client, "MSRP tr02 200 ");
    close_client(&client);
}

/* Who asks faster than he is answered waits; nothing is lost. */
static void requests_wait_for_answers(void **state)
{
    (void)state;
    enum { ALL = 100 };
    struct client client;
    open_client(&client, 10);
    client.end.keeps = true;
    for (unsigned i = 0; i < ALL; i++) {
        char start[32], more[128];
        snprintf(start, sizeof(start), "MSRP tr%03u SEND", i);
        snprintf(more, sizeof(more),
                 "Message-ID: m%u\r\nFailure-Report: partial\r\nContent-Type: a/b\r\n\r\nx\r\n"
                 "-------tr%03u$\r\n",
                 i, i);
        say(&client, start, more);
    }
    wait_for(&client.end.requests, MSRP_MOST_UNANSWERED);
    for (unsigned i = 0; i < 20; i++)
        loop_run_once(loop, 5);
    assert_int_equal(client.end.requests, MSRP_MOST_UNANSWERED);
    client.end.keeps = false;
    client.end.refuses_with = 413;
    msrp_session_answer(client.end.session, client.end.kept, 200);
    wait_for(&client.end.requests, MSRP_MOST_UNANSWERED + 2);
    assert_true(client.end.requests < ALL + 1);
    wait_for(&client.end.requests, ALL);
    close_client(&client);
}

/* Until nothing more goes out. */
static void wait_for_silence(const struct msrp_service *service)
{
    struct msrp_service_stats before, now;
    msrp_service_stats_read(service, &now);
    do {
        before = now;
        for (unsigned i = 0; i < 10; i++)
            loop_run_once(loop, 20);
        msrp_service_stats_read(service, &now);
    } while (now.sent != before.sent);
}

/* All of it is there before the first is read, and brings a few more answers than may wait
 * (MSRP_PAUSE_BYTES): epoll does not tell of what is in the buffer then. */
static void a_burst_is_answered_to_its_end(void **state)
{
    (void)state;
    enum { ALL = 1250, ROOM = 256 };
    static char burst[ALL * ROOM], heard[ALL * ROOM];
    const int bytes = sizeof(burst);
    struct client client;
    size_t used = 0, length = 0;
    open_client(&client, 10);
    client.end.keeps = true;
    for (unsigned i = 0; i < MSRP_MOST_UNANSWERED; i++)
        say(&client, "MSRP hold SEND",
            "Message-ID: m\r\nContent-Type: a/b\r\n\r\nx\r\n-------hold$\r\n");
    wait_for(&client.end.requests, MSRP_MOST_UNANSWERED);
    for (unsigned i = 0; i < ALL; i++)
        used += (size_t)snprintf(burst + used, sizeof(burst) - used,
                                 "MSRP tr%04u SEND\r\nTo-Path: %s\r\nFrom-Path: " CLIENT_PATH
                                 "\r\n-------tr%04u$\r\n",
                                 i, msrp_session_path(client.end.session), i);
    (void)setsockopt(client.fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
    assert_int_equal(send(client.fd, burst, used, MSG_NOSIGNAL | MSG_DONTWAIT), used);
    msrp_session_answer(client.end.session, client.end.kept, 200);
    const int64_t end_ns = clock_monotonic_ns() + WAIT_MS * CLOCK_NS_PER_MS;
    while (!strstr(heard, "MSRP tr1249 200 OK") && clock_monotonic_ns() < end_ns) {
        loop_run_once(loop, 5);
        const ssize_t came =
            recv(client.fd, heard + length, sizeof(heard) - length - 1, MSG_DONTWAIT);
        length += came > 0 ? (size_t)came : 0;
    }
    assert_non_null(strstr(heard, "MSRP tr1249 200 OK"));
    close_client(&client);
}

/* Who takes no more of a file is heard, though nobody can write to him. */
static void a_file_is_stopped_by_who_does_not_read_it(void **state)
{
    (void)state;
    static const struct msrp_source source = {read_file, release_file};
    struct client client;
    struct file out = {.bytes = 0};
    char transaction[33], start[64], end[64];
    open_client(&client, 10);
    say(&client, "MSRP tr01 SEND", "-------tr01$\r\n");
    hear(&client, "MSRP tr01 200 OK");
    client.length = 0;
    assert_int_equal(
        msrp_session_send(client.end.session, &(struct msrp_out){.type = "a/b",
                                                                 .source = &source,
                                                                 .source_context = &out,
                                                                 .length = UINT32_MAX}),
        0);
    hear(&client, " SEND\r\n");
    assert_int_equal(sscanf(strstr(client.text, "MSRP "), "MSRP %32s", transaction), 1);
    wait_for_silence(client.end.service);
    snprintf(start, sizeof(start), "MSRP %s 413 Stop", transaction);
    snprintf(end, sizeof(end), "-------%s$\r\n", transaction);
    say(&client, start, end);
    wait_for(&client.end.sent, 1);
    assert_int_equal(client.end.last.status, 413);
    wait_for(&out.released, 1);
    close_client(&client);
}

/* ---- what has arrived ---- */

enum { LONG_BYTES = MSRP_CHUNK_BYTES + 10000, LONG_FROM = 1000, SHORT_BYTES = 4000 };

/* Two chunks come: their transactions, and the Message-ID. */
static void send_two(struct client *client, size_t bytes, char first[33], char second[33],
                     char id[33])
{
    static char content[LONG_BYTES];
    say(client, "MSRP tr01 SEND", "-------tr01$\r\n");
    hear(client, "MSRP tr01 200 OK");
    client->length = 0;
    client->text[0] = '\0';
    memset(content, 'x', sizeof(content));
    assert_int_equal(
        msrp_session_send(client->end.session, &(struct msrp_out){.tag = 1,
                                                                  .type = "a/b",
                                                                  .content = content,
                                                                  .length = bytes,
                                                                  .offset = LONG_FROM}),
        0);
    hear(client, "$\r\n");
    const char *next = strstr(client->text, "+\r\nMSRP ");
    assert_int_equal(sscanf(client->text, "MSRP %32s", first), 1);
    assert_int_equal(sscanf(strstr(client->text, "Message-ID: "), "Message-ID: %32s", id), 1);
    assert_non_null(next);
    assert_int_equal(sscanf(next, "+\r\nMSRP %32s", second), 1);
}

static void respond(struct client *client, const char *transaction)
{
    char start[64], end[64];
    snprintf(start, sizeof(start), "MSRP %s 200 OK", transaction);
    snprintf(end, sizeof(end), "-------%s$\r\n", transaction);
    say(client, start, end);
}

static void report(struct client *client, const char *id, const char *range)
{
    char lines[256];
    snprintf(lines, sizeof(lines),
             "Message-ID: %s\r\nByte-Range: %s\r\nStatus: 000 200 OK\r\n-------rep1$\r\n", id,
             range);
    say(client, "MSRP rep1 REPORT", lines);
}

static void what_has_arrived_is_told(void **state)
{
    (void)state;
    struct client client;
    char first[33], second[33], id[33];
    open_client(&client, 10);
    send_two(&client, LONG_BYTES, first, second, id);
    assert_null(strstr(client.text, "Success-Report"));
    assert_non_null(strstr(client.text, "Byte-Range: 1001-*/42768\r\n"));
    assert_non_null(strstr(client.text, "Byte-Range: 33769-*/42768\r\n"));
    respond(&client, first);
    shutdown(client.fd, SHUT_WR);
    wait_for(&client.end.sent, 1);
    assert_int_equal(client.end.last.status, 481);
    assert_int_equal(client.end.last.arrived, LONG_FROM + MSRP_CHUNK_BYTES);
    close_client(&client);
}

static void behind_a_relay_only_reports_tell(void **state)
{
    (void)state;
    struct client client;
    char first[33], second[33], id[33];
    open_client_at(&client, "msrp://127.0.0.1:8/relay;tcp " CLIENT_PATH, 10);
    send_two(&client, SHORT_BYTES, first, second, id);
    assert_non_null(strstr(client.text, "\r\nSuccess-Report: yes\r\n"));
    assert_non_null(strstr(client.text, "Byte-Range: 1001-3048/4000\r\n"));
    assert_non_null(strstr(client.text, "Byte-Range: 3049-4000/4000\r\n"));
    respond(&client, first);
    respond(&client, second);
    report(&client, id, "2001-4000/4000"); /* what is between is not known */
    report(&client, "another", "1001-4000/4000");
    say(&client, "MSRP tr02 SEND", "-------tr02$\r\n");
    hear(&client, "MSRP tr02 200 OK");
    assert_int_equal(client.end.sent, 0);
    report(&client, id, "1001-3048/4000");
    report(&client, id, "3049-4000/4000");
    wait_for(&client.end.sent, 1);
    assert_int_equal(client.end.last.status, 200);
    assert_int_equal(client.end.last.arrived, SHORT_BYTES);
    close_client(&client);
}

/* TLS 1.2: what a client knows of the connection before does not keep it from coming again. */
static void a_tls_client_may_come_again(void **state)
{
    (void)state;
    struct end ann;
    open_service(&ann, true, 10);
    const union latch_address at = address_of_port(msrp_service_port(ann.service, true));
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL_SESSION *known = NULL;
    SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
    for (unsigned i = 0; i < 2; i++) {
        const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        SSL *ssl = SSL_new(context);
        assert_int_equal(connect(fd, &at.any, address_bytes(&at)), 0);
        SSL_set_fd(ssl, fd);
        if (known)
            SSL_set_session(ssl, known);
        assert_int_equal(SSL_connect(ssl), 1);
        SSL_SESSION_free(known);
        known = SSL_get1_session(ssl);
        SSL_shutdown(ssl);
        SSL_free(ssl);
        close(fd);
    }
    SSL_SESSION_free(known);
    SSL_CTX_free(context);
    msrp_service_destroy(ann.service);
}

struct tls_client {
    int fd;
    SSL *ssl;
};

static void connect_tls(struct tls_client *client, SSL_CTX *context, const struct end *end)
{
    const union latch_address at = address_of_port(msrp_service_port(end->service, true));
    const struct timeval patience = {.tv_sec = WAIT_MS / 1000};
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    client->ssl = SSL_new(context);
    setsockopt(client->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    assert_int_equal(connect(client->fd, &at.any, address_bytes(&at)), 0);
    SSL_set_fd(client->ssl, client->fd);
    assert_int_equal(SSL_connect(client->ssl), 1);
}

static void say_by_tls(struct tls_client *client, const struct end *end, const char *more)
{
    char text[1024];
    const int length = snprintf(text, sizeof(text),
                                "MSRP tr01 SEND\r\nTo-Path: %s\r\nFrom-Path: " CLIENT_PATH
                                "\r\n%s-------tr01$\r\n",
                                msrp_session_path(end->session), more);
    assert_int_equal(SSL_write(client->ssl, text, length), length);
}

/* @return the status of the next answer. */
static unsigned hear_by_tls(struct tls_client *client)
{
    char text[1024], status[4] = "";
    const int came = SSL_read(client->ssl, text, sizeof(text) - 1);
    assert_true(came > 0);
    text[came] = '\0';
    assert_int_equal(sscanf(text, "MSRP tr01 %3s", status), 1);
    return (unsigned)strtoul(status, NULL, 10);
}

/* Says who it is. @return the status of the answer. */
static unsigned introduce(struct tls_client *client, const struct end *end)
{
    say_by_tls(client, end, "");
    return hear_by_tls(client);
}

static unsigned come_by_tls(struct tls_client *client, SSL_CTX *context, const struct end *end)
{
    connect_tls(client, context, end);
    return introduce(client, end);
}

static void go(struct tls_client *client)
{
    SSL_free(client->ssl);
    close(client->fd);
}

static SSL_CTX *open_own_context(void)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_use_certificate_chain_file(context, certificate_path);
    SSL_CTX_use_PrivateKey_file(context, certificate_path, SSL_FILETYPE_PEM);
    return context;
}

/* To a client that has the certificate. */
static void open_session_to_it(struct end *end)
{
    struct msrp_far_end far_end = {.path = {CLIENT_PATH, sizeof(CLIENT_PATH) - 1},
                                   .fingerprint_count = 1};
    far_end.fingerprint[0] = *msrp_service_fingerprint(end->service); /* all use one here */
    open_session(end, true);
    assert_int_equal(msrp_session_connect(end->session, &far_end), 0);
}

/* Who has lost his network has a new connection before we know: by his certificate he is the
 * same. Who only knows the SDP is not. */
static void a_session_moves_to_who_shows_the_certificate(void **state)
{
    (void)state;
    struct end ann;
    struct tls_client first, second, stranger;
    open_service(&ann, true, 20);
    open_session_to_it(&ann);
    SSL_CTX *unknown = SSL_CTX_new(TLS_client_method());
    SSL_CTX *context = open_own_context();
    assert_int_equal(come_by_tls(&first, context, &ann), 200);
    wait_for(&ann.bound, 1);
    assert_int_equal(come_by_tls(&stranger, unknown, &ann), 506);
    assert_int_equal(ann.lost, 0);
    assert_int_equal(come_by_tls(&second, context, &ann), 200);
    wait_for(&ann.bound, 2);
    assert_int_equal(ann.lost, 1);
    hear_end(first.fd);
    go(&first);
    go(&second);
    go(&stranger);
    SSL_CTX_free(context);
    SSL_CTX_free(unknown);
    close_end(&ann);
}

/* The first connection stays, for the other session. */
static void a_session_that_moves_and_comes_back_is_answered(void **state)
{
    (void)state;
    struct end ann;
    struct tls_client first, second;
    open_service(&ann, true, 20);
    struct end bob = {.service = ann.service};
    open_session_to_it(&ann);
    open_session_to_it(&bob);
    SSL_CTX *context = open_own_context();
    ann.keeps = true;
    assert_int_equal(come_by_tls(&first, context, &ann), 200);
    assert_int_equal(introduce(&first, &bob), 200);
    say_by_tls(&first, &ann, "Message-ID: m1\r\nContent-Type: a/b\r\n\r\nx\r\n");
    wait_for(&ann.requests, 1);
    assert_int_equal(come_by_tls(&second, context, &ann), 200);
    assert_int_equal(introduce(&first, &ann), 200);
    msrp_session_answer(ann.session, ann.kept, 413);
    assert_int_equal(hear_by_tls(&first), 413);
    assert_int_equal(introduce(&first, &bob), 200);
    assert_int_equal(introduce(&first, &ann), 200);
    go(&first);
    go(&second);
    SSL_CTX_free(context);
    msrp_session_destroy(bob.session);
    close_end(&ann);
}

/* As many as there may be, and all of nobody: who has a session gets in all the same. */
static void strangers_keep_nobody_out(void **state)
{
    (void)state;
    enum { STRANGERS = 8 };
    struct client client;
    int stranger[STRANGERS];
    open_client(&client, 60);
    const int own = client.fd;
    for (unsigned i = 0; i < STRANGERS; i++)
        stranger[i] = call_service(&client.end);
    hear_end(own); /* the oldest */
    close(own);
    client.fd = call_service(&client.end);
    hear_end(stranger[0]);
    say(&client, "MSRP tr01 SEND", "-------tr01$\r\n");
    hear(&client, "MSRP tr01 200 ");
    for (unsigned i = 0; i < STRANGERS; i++)
        close(stranger[i]);
    close_client(&client);
}

/* Nor do they keep us from connecting. */
static void strangers_keep_nobody_in(void **state)
{
    (void)state;
    enum { STRANGERS = 8 };
    struct end ann, bob;
    struct msrp_service_stats stats;
    int stranger[STRANGERS];
    open_service(&ann, false, 60);
    open_service(&bob, false, 60);
    open_session(&ann, false);
    open_session(&bob, false);
    for (unsigned i = 0; i < STRANGERS; i++)
        stranger[i] = call_service(&ann);
    const int64_t end_ns = clock_monotonic_ns() + WAIT_MS * CLOCK_NS_PER_MS;
    do {
        loop_run_once(loop, 5);
        msrp_service_stats_read(ann.service, &stats);
    } while (stats.connections < STRANGERS && clock_monotonic_ns() < end_ns);
    const struct msrp_far_end to_ann = far_end_of(&ann, false, false),
                              to_bob = far_end_of(&bob, true, false);
    assert_int_equal(msrp_session_connect(bob.session, &to_ann), 0);
    assert_int_equal(msrp_session_connect(ann.session, &to_bob), 0);
    wait_for(&ann.bound, 1);
    assert_int_equal(ann.failed, 0);
    for (unsigned i = 0; i < STRANGERS; i++)
        close(stranger[i]);
    close_end(&ann);
    close_end(&bob);
}

static void too_many_are_refused(void **state)
{
    (void)state;
    struct client client;
    struct msrp_session *more[4];
    unsigned made = 0;
    open_client(&client, 10);
    for (unsigned i = 0; i < 4; i++) {
        more[i] = msrp_session_create(client.end.service,
                                      &(struct msrp_session_config){.call = "call",
                                                                    .host = "127.0.0.1",
                                                                    .listener = &listener});
        made += more[i] != NULL;
    }
    assert_int_equal(made, 3);
    assert_null(msrp_session_create(
        client.end.service,
        &(struct msrp_session_config){
            .call = "call", .is_tls = true, .host = "127.0.0.1", .listener = &listener}));
    for (unsigned i = 0; i < made; i++)
        msrp_session_destroy(more[i]);
    for (unsigned i = 0; i < MSRP_MOST_QUEUED; i++)
        assert_int_equal(send_text(&client.end, i, "x", 1), 0);
    assert_int_equal(send_text(&client.end, 99, "x", 1), -ENOBUFS);
    close_client(&client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_has_brackets_where_it_needs_them),
        cmocka_unit_test(two_talk),
        cmocka_unit_test(two_talk_over_tls),
        cmocka_unit_test(a_wrong_certificate_is_refused),
        cmocka_unit_test(a_certificate_can_be_changed),
        cmocka_unit_test(a_file_goes_through_in_pieces),
        cmocka_unit_test(chunks_reports_and_nicknames),
        cmocka_unit_test(two_sessions_share_a_connection),
        cmocka_unit_test(who_is_early_waits),
        cmocka_unit_test(without_descriptors_it_waits),
        cmocka_unit_test(what_is_wrong_is_refused),
        cmocka_unit_test(nobody_stays_who_names_no_session),
        cmocka_unit_test(requests_wait_for_answers),
        cmocka_unit_test(a_burst_is_answered_to_its_end),
        cmocka_unit_test(a_file_is_stopped_by_who_does_not_read_it),
        cmocka_unit_test(what_has_arrived_is_told),
        cmocka_unit_test(behind_a_relay_only_reports_tell),
        cmocka_unit_test(a_tls_client_may_come_again),
        cmocka_unit_test(a_session_moves_to_who_shows_the_certificate),
        cmocka_unit_test(a_session_that_moves_and_comes_back_is_answered),
        cmocka_unit_test(strangers_keep_nobody_out),
        cmocka_unit_test(strangers_keep_nobody_in),
        cmocka_unit_test(too_many_are_refused),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
