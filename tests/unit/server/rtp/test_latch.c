/* test_latch.c - who is let in: the phone, the phone behind a NAT, and strangers. */
#include "server/rtp/latch.h"

#include "mixer/base/clock.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { PHONE_SSRC = 1, STRANGER_SSRC = 2 };
#define START (1000 * CLOCK_NS_PER_S)
#define AFTER_WINDOW (START + (LATCH_WINDOW_MS + 1) * CLOCK_NS_PER_MS)

static struct sockaddr_storage at(const char *text, uint16_t port)
{
    struct sockaddr_storage out = {0};
    struct sockaddr_in *v4 = (struct sockaddr_in *)&out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&out;
    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        return out;
    }
    assert_int_equal(inet_pton(AF_INET6, text, &v6->sin6_addr), 1);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    return out;
}

static const struct sockaddr *of(const struct sockaddr_storage *from)
{
    return (const struct sockaddr *)from;
}

struct scene {
    struct latch latch;
    struct sockaddr_storage phone, nat, stranger;
};

static struct scene open_scene(void)
{
    struct scene scene = {.phone = at("192.0.2.1", 4000),
                          .nat = at("198.51.100.7", 61000),
                          .stranger = at("203.0.113.9", 5555)};
    latch_open(&scene.latch, of(&scene.phone), START);
    return scene;
}

static bool hear(struct scene *scene, const struct sockaddr_storage *from, uint32_t ssrc)
{
    return latch_accept(&scene->latch, of(from), ssrc, START + CLOCK_NS_PER_S);
}

static bool sends_to(const struct scene *scene, const struct sockaddr_storage *to)
{
    return latch_same(&scene->latch.current.any, of(to));
}

static void the_signalled_address_is_believed(void **state)
{
    (void)state;
    struct scene scene = open_scene();
    assert_true(sends_to(&scene, &scene.phone)); /* before a packet came */
    assert_true(hear(&scene, &scene.phone, PHONE_SSRC));
    assert_true(scene.latch.latched);
    for (unsigned i = 0; i < 100; i++)
        assert_false(hear(&scene, &scene.stranger, STRANGER_SSRC));
    assert_true(sends_to(&scene, &scene.phone));
    assert_int_equal(scene.latch.refused, 100);
    assert_true(hear(&scene, &scene.phone, 77)); /* its SSRC may change */
}

static void a_phone_behind_a_nat_is_learnt(void **state)
{
    (void)state;
    struct scene scene = open_scene();
    for (unsigned i = 1; i < LATCH_PROBE_PACKETS; i++)
        assert_false(hear(&scene, &scene.nat, PHONE_SSRC));
    assert_true(sends_to(&scene, &scene.phone)); /* not yet */
    assert_true(hear(&scene, &scene.nat, PHONE_SSRC));
    assert_true(sends_to(&scene, &scene.nat));
    for (unsigned i = 0; i < 10; i++)
        assert_false(hear(&scene, &scene.stranger, STRANGER_SSRC));
    assert_true(hear(&scene, &scene.nat, PHONE_SSRC));
}

static void one_newcomer_only(void **state)
{
    (void)state;
    struct scene scene = open_scene();
    for (unsigned i = 0; i < LATCH_PROBE_PACKETS; i++)
        hear(&scene, &scene.nat, PHONE_SSRC);
    struct sockaddr_storage rebound = at("198.51.100.7", 61001);
    for (unsigned i = 0; i < 10; i++)
        assert_false(
            hear(&scene, &rebound, PHONE_SSRC)); /* same host, other port: a stranger */
    assert_true(sends_to(&scene, &scene.nat));
}

static void rebinding_before_the_proof_is_followed(void **state)
{
    (void)state;
    struct scene scene = open_scene();
    struct sockaddr_storage rebound = at("198.51.100.7", 61001);
    hear(&scene, &scene.nat, PHONE_SSRC);
    hear(&scene, &scene.nat, PHONE_SSRC);
    assert_false(hear(&scene, &rebound, PHONE_SSRC));
    assert_false(hear(&scene, &rebound, PHONE_SSRC));
    assert_true(hear(&scene, &rebound, PHONE_SSRC));
    assert_true(sends_to(&scene, &rebound));
}

static void the_phone_takes_its_place_back(void **state)
{
    (void)state;
    struct scene scene = open_scene();
    for (unsigned i = 0; i < 50; i++)
        hear(&scene, &scene.stranger, STRANGER_SSRC);
    assert_true(sends_to(&scene, &scene.stranger));
    assert_true(hear(&scene, &scene.phone, PHONE_SSRC));
    assert_true(sends_to(&scene, &scene.phone));
    for (unsigned i = 0; i < 50; i++)
        assert_false(hear(&scene, &scene.stranger, STRANGER_SSRC));
    assert_true(sends_to(&scene, &scene.phone));
}

static void a_spray_of_ports_and_ssrcs_proves_nothing(void **state)
{
    (void)state;
    struct scene scene = open_scene();
    for (unsigned i = 0; i < 1000; i++) {
        struct sockaddr_storage from = at("203.0.113.9", (uint16_t)(2000 + i % 7));
        assert_false(hear(&scene, &from, STRANGER_SSRC));
        assert_false(
            hear(&scene, &scene.stranger, i)); /* one address, each time another SSRC */
    }
    assert_int_equal(scene.latch.refused, 2000);
    assert_true(sends_to(&scene, &scene.phone));
    assert_true(hear(&scene, &scene.phone, PHONE_SSRC));
}

static void after_the_window_only_the_signalled_is_taken(void **state)
{
    (void)state;
    struct scene scene = open_scene();
    for (unsigned i = 0; i < 10; i++)
        assert_false(latch_accept(&scene.latch, of(&scene.nat), PHONE_SSRC, AFTER_WINDOW));
    assert_true(latch_accept(&scene.latch, of(&scene.phone), PHONE_SSRC, AFTER_WINDOW));
}

static void after_the_window_the_latched_one_stays(void **state)
{
    (void)state;
    struct scene scene = open_scene();
    for (unsigned i = 0; i < LATCH_PROBE_PACKETS; i++)
        hear(&scene, &scene.nat, PHONE_SSRC);
    assert_true(latch_accept(&scene.latch, of(&scene.nat), PHONE_SSRC, AFTER_WINDOW));
    assert_false(latch_accept(&scene.latch, of(&scene.phone), PHONE_SSRC, AFTER_WINDOW));
    assert_true(sends_to(&scene, &scene.nat));
}

static void the_window_may_begin_with_the_first_packet(void **state)
{
    (void)state;
    struct scene scene = open_scene();
    latch_open(&scene.latch, of(&scene.phone), 0);
    int64_t late = START + 3600 * CLOCK_NS_PER_S;
    assert_false(latch_accept(&scene.latch, of(&scene.nat), PHONE_SSRC, late));
    assert_false(latch_accept(&scene.latch, of(&scene.nat), PHONE_SSRC, late));
    assert_true(latch_accept(&scene.latch, of(&scene.nat), PHONE_SSRC, late));
}

static void a_new_plan_opens_anew(void **state)
{
    (void)state;
    struct scene scene = open_scene();
    hear(&scene, &scene.phone, PHONE_SSRC);
    hear(&scene, &scene.stranger, STRANGER_SSRC);
    struct sockaddr_storage moved = at("192.0.2.2", 4002);
    latch_open(&scene.latch, of(&moved), START);
    assert_false(hear(&scene, &scene.phone, PHONE_SSRC));
    assert_true(hear(&scene, &moved, PHONE_SSRC));
    assert_int_equal(scene.latch.refused, 2); /* goes on counting */
}

static void nowhere_takes_nobody(void **state)
{
    (void)state;
    struct scene scene = open_scene();
    struct sockaddr_storage none = {0};
    struct latch zeroed = {0};
    for (unsigned i = 0; i < 10; i++) {
        latch_open(&scene.latch, i % 2 ? of(&none) : NULL, START);
        assert_false(hear(&scene, &scene.nat, PHONE_SSRC));
        assert_false(hear(&scene, &none, PHONE_SSRC));
        assert_false(latch_accept(&zeroed, of(&scene.nat), PHONE_SSRC, START));
    }
}

static void who_proves_it_is_believed_at_once(void **state)
{
    (void)state;
    struct scene scene = open_scene();
    struct sockaddr_storage moved = at("203.0.113.9", 9999), none = {0};
    assert_true(latch_accept_authentic(&scene.latch, of(&scene.nat)));
    assert_true(latch_same(&scene.latch.current.any, of(&scene.nat)));
    assert_true(latch_accept_authentic(&scene.latch, of(&moved)));
    assert_true(latch_same(&scene.latch.current.any, of(&moved)));
    latch_open(&scene.latch, of(&none), START);
    assert_false(latch_accept_authentic(&scene.latch, of(&moved)));
}

static void same_is_address_and_port(void **state)
{
    (void)state;
    struct sockaddr_storage a = at("192.0.2.1", 4000), b = at("192.0.2.1", 4001);
    struct sockaddr_storage c = at("192.0.2.2", 4000), mapped = at("::ffff:192.0.2.1", 4000);
    struct sockaddr_storage d = at("2001:db8::1", 4000), e = at("2001:db8::2", 4000);
    struct sockaddr_storage none = {0};
    assert_true(latch_same(of(&a), of(&a)));
    assert_false(latch_same(of(&a), of(&b)));
    assert_false(latch_same(of(&a), of(&c)));
    assert_true(latch_same(of(&a), of(&mapped)));
    assert_true(latch_same(of(&mapped), of(&a)));
    assert_false(latch_same(of(&b), of(&mapped)));
    assert_true(latch_same(of(&d), of(&d)));
    assert_false(latch_same(of(&d), of(&e)));
    assert_false(latch_same(of(&a), of(&d)));
    assert_false(latch_same(of(&none), of(&none)));
    ((struct sockaddr_in6 *)&d)->sin6_flowinfo = 5; /* the rest of a sockaddr does not matter */
    ((struct sockaddr_in *)&a)->sin_zero[3] = 5;
    struct sockaddr_storage d2 = at("2001:db8::1", 4000), a2 = at("192.0.2.1", 4000);
    assert_true(latch_same(of(&d), of(&d2)));
    assert_true(latch_same(of(&a), of(&a2)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_signalled_address_is_believed),
        cmocka_unit_test(a_phone_behind_a_nat_is_learnt),
        cmocka_unit_test(one_newcomer_only),
        cmocka_unit_test(rebinding_before_the_proof_is_followed),
        cmocka_unit_test(the_phone_takes_its_place_back),
        cmocka_unit_test(a_spray_of_ports_and_ssrcs_proves_nothing),
        cmocka_unit_test(after_the_window_only_the_signalled_is_taken),
        cmocka_unit_test(after_the_window_the_latched_one_stays),
        cmocka_unit_test(the_window_may_begin_with_the_first_packet),
        cmocka_unit_test(a_new_plan_opens_anew),
        cmocka_unit_test(nowhere_takes_nobody),
        cmocka_unit_test(who_proves_it_is_believed_at_once),
        cmocka_unit_test(same_is_address_and_port),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
