/* test_ssl_reason.c - what server/rtp/ssl_reason.c says, and leaves behind. */
#include "server/rtp/ssl_reason.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void the_last_error_is_told_once(void **state)
{
    (void)state;
    BIO *empty = BIO_new_mem_buf("", 0);
    ERR_raise(ERR_LIB_EVP, EVP_R_BAD_DECRYPT);
    assert_null(PEM_read_bio_X509(empty, NULL, NULL, NULL));
    BIO_free(empty);
    assert_string_equal(ssl_reason(), "no start line");
    assert_int_equal(ERR_peek_error(), 0);
    assert_string_equal(ssl_reason(), "no reason was told");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_last_error_is_told_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
