/* test_seal_desk.c - bodies opened by server/sip/seal_desk.c: in order, with the keys of then. */
#include "server/sip/seal_desk.h"

#include "tests/unit/server/body/resiprocate_file.h"

#include <errno.h>
#include <openssl/pem.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { WAIT_MS = 10000 };

static const char signed_type[] = "application/pkcs7-mime;smime-type=enveloped-data";

struct told {
    unsigned count;
    int error[4];
    bool was_signed;
};

static struct slice slice(const char *text)
{
    return (struct slice){text, strlen(text)};
}

static void on_done(void *context, struct seal_job *job)
{
    struct told *told = context;
    assert_in_range(told->count, 0, 3);
    told->was_signed = job->opened.was_signed;
    told->error[told->count++] = job->error;
    seal_job_destroy(job);
}

static void on_forgotten(void *context, struct seal_job *job)
{
    (void)context;
    (void)job;
    fail();
}

/* The body behind the header lines of what reSIProcate has written, still in base64. */
static struct slice encrypted(char **owned)
{
    const size_t most = strlen(resiprocate_signed_and_encrypted);
    unsigned char *bytes = malloc(most);
    int length = EVP_DecodeBlock(bytes, (const unsigned char *)resiprocate_signed_and_encrypted,
                                 (int)most);
    assert_true(length > 0);
    const char *body = memmem(bytes, (size_t)length, "\r\n\r\n", 4);
    assert_non_null(body);
    *owned = (char *)bytes;
    const size_t padding = strspn(strpbrk(resiprocate_signed_and_encrypted, "=") ?: "", "=");
    return (struct slice){body + 4, (size_t)length - padding - (size_t)(body + 4 - *owned)};
}

static X509 *read_certificate(const char *pem)
{
    X509 *certificate = smime_read_certificate(pem);
    assert_non_null(certificate);
    return certificate;
}

static EVP_PKEY *read_key(const char *pem)
{
    BIO *in = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(in, NULL, NULL, NULL);
    BIO_free(in);
    assert_non_null(key);
    return key;
}

static void jobs_come_home_in_order_though_keys_are_gone(void **state)
{
    (void)state;
    char *owned;
    struct loop *loop = loop_create();
    struct seal_desk *desk = seal_desk_create(loop);
    assert_non_null(desk);
    struct smime_identity identity = {.certificate = read_certificate(resiprocate_server),
                                      .key = read_key(resiprocate_server)};
    X509 *sender = read_certificate(resiprocate_alice);
    struct told told = {.count = 0};
    struct seal_question question = {.identity = &identity,
                                     .sender = sender,
                                     .type = slice(signed_type),
                                     .encoding = slice("binary"),
                                     .body = encrypted(&owned)};
    assert_non_null(seal_desk_push(desk, &question, on_done, &told));
    struct seal_question broken = question;
    broken.body.length -= 9;
    assert_non_null(seal_desk_push(desk, &broken, on_done, &told));
    struct seal_question nobodys = question;
    nobodys.sender = NULL;
    assert_non_null(seal_desk_push(desk, &nobodys, on_done, &told));
    struct seal_job *forgotten = seal_desk_push(desk, &question, on_forgotten, NULL);
    assert_non_null(forgotten);
    seal_job_forget(forgotten);
    assert_non_null(seal_desk_push(desk, &question, on_done, &told));
    memset(owned, 0, question.body.length);
    free(owned);
    X509_free(identity.certificate);
    EVP_PKEY_free(identity.key);
    X509_free(sender);
    while (told.count < 4)
        loop_run_once(loop, WAIT_MS);
    assert_int_equal(told.error[0], 0);
    assert_int_equal(told.error[1], -EBADMSG);
    assert_int_equal(told.error[2], -ENODATA);
    assert_int_equal(told.error[3], 0);
    assert_true(told.was_signed);
    seal_desk_destroy(desk);
    loop_destroy(loop);
}

static void what_was_pushed_is_done_before_the_end(void **state)
{
    (void)state;
    char *owned;
    struct loop *loop = loop_create();
    struct seal_desk *desk = seal_desk_create(loop);
    struct smime_identity identity = {.certificate = read_certificate(resiprocate_server),
                                      .key = read_key(resiprocate_server)};
    struct told told = {.count = 0};
    const struct seal_question question = {.identity = &identity,
                                           .type = slice(signed_type),
                                           .encoding = slice(""),
                                           .body = encrypted(&owned)};
    assert_non_null(seal_desk_push(desk, &question, on_done, &told));
    struct seal_job *forgotten = seal_desk_push(desk, &question, on_forgotten, NULL);
    seal_job_forget(forgotten);
    seal_desk_destroy(desk);
    assert_int_equal(told.count, 0);
    loop_destroy(loop);
    assert_int_equal(told.count, 1);
    free(owned);
    X509_free(identity.certificate);
    EVP_PKEY_free(identity.key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jobs_come_home_in_order_though_keys_are_gone),
        cmocka_unit_test(what_was_pushed_is_done_before_the_end)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
