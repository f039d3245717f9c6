/* test_check.c - each thread passes its own checks; one that never said what it is passes all.
 */
#include "mixer/base/check.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void *as_media(void *right)
{
    check_thread_is(CHECK_THREAD_MEDIA);
    *(bool *)right = check_thread(CHECK_THREAD_MEDIA) && !check_thread(CHECK_THREAD_CONTROL) &&
                     !check_thread(CHECK_THREAD_API);
    return NULL;
}

static void each_thread_has_its_own_word(void **state)
{
    (void)state;
    bool right = false;
    pthread_t thread;
    assert_true(check_thread(CHECK_THREAD_CONTROL)); /* nothing said yet */
    assert_true(check_thread(CHECK_THREAD_MEDIA));
    check_thread_is(CHECK_THREAD_CONTROL);
    assert_int_equal(pthread_create(&thread, NULL, as_media, &right), 0);
    pthread_join(thread, NULL);
    assert_true(right);
    assert_true(check_thread(CHECK_THREAD_CONTROL));
    assert_false(check_thread(CHECK_THREAD_MEDIA));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_thread_has_its_own_word)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
