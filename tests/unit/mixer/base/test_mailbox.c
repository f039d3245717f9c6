/* test_mailbox.c - order, growth, many senders, and the bell. */
#include "mixer/base/mailbox.h"

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { SENDERS = 4, EACH = 20000 };

struct note {
    uint32_t sender, number;
};

static void keeps_order_and_grows(void **state)
{
    (void)state;
    struct mailbox *mailbox = NULL;
    struct note note;
    assert_int_equal(mailbox_create(sizeof(note), &mailbox), 0);
    assert_false(mailbox_take(mailbox, &note));
    uint32_t put = 0, taken = 0;
    for (unsigned round = 1; round < 200; round++) {
        for (unsigned i = 0; i < round; i++)
            mailbox_put(mailbox, &(struct note){.number = put++});
        for (unsigned i = 0; i < round / 2; i++) {
            assert_true(mailbox_take(mailbox, &note));
            assert_int_equal(note.number, taken++);
        }
    }
    while (mailbox_take(mailbox, &note))
        assert_int_equal(note.number, taken++);
    assert_int_equal(put, taken);
    mailbox_destroy(mailbox);
    mailbox_destroy(NULL);
}

static bool rings(struct mailbox *mailbox)
{
    struct pollfd bell = {.fd = mailbox_fd(mailbox), .events = POLLIN};
    return poll(&bell, 1, 0) == 1;
}

static void bell_rings_while_there_is_mail(void **state)
{
    (void)state;
    struct mailbox *mailbox = NULL;
    struct note note;
    assert_int_equal(mailbox_create(sizeof(note), &mailbox), 0);
    assert_false(rings(mailbox));
    mailbox_put(mailbox, &(struct note){0});
    mailbox_put(mailbox, &(struct note){0});
    assert_true(rings(mailbox));
    while (mailbox_take(mailbox, &note))
        ;
    assert_false(rings(mailbox));
    mailbox_put(mailbox, &(struct note){0});
    assert_true(rings(mailbox));
    mailbox_destroy(mailbox);
}

struct sender {
    struct mailbox *mailbox;
    uint32_t number;
};

static void *send_all(void *argument)
{
    const struct sender *sender = argument;
    for (uint32_t i = 0; i < EACH; i++)
        mailbox_put(sender->mailbox, &(struct note){sender->number, i});
    return NULL;
}

static void nothing_is_lost_between_threads(void **state)
{
    (void)state;
    struct mailbox *mailbox = NULL;
    struct sender sender[SENDERS];
    pthread_t thread[SENDERS];
    uint32_t next[SENDERS] = {0};
    assert_int_equal(mailbox_create(sizeof(struct note), &mailbox), 0);
    for (uint32_t i = 0; i < SENDERS; i++) {
        sender[i] = (struct sender){mailbox, i};
        assert_int_equal(pthread_create(&thread[i], NULL, send_all, &sender[i]), 0);
    }
    for (unsigned i = 0; i < SENDERS * EACH; i++) {
        struct note note;
        while (!mailbox_take(mailbox, &note))
            mailbox_wait(mailbox);
        assert_int_equal(note.number, next[note.sender]++);
    }
    for (unsigned i = 0; i < SENDERS; i++)
        pthread_join(thread[i], NULL);
    struct note none;
    assert_false(mailbox_take(mailbox, &none)); /* the last may have rung after it was taken */
    assert_false(rings(mailbox));
    mailbox_destroy(mailbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_order_and_grows),
        cmocka_unit_test(bell_rings_while_there_is_mail),
        cmocka_unit_test(nothing_is_lost_between_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
