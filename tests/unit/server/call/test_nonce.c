/* test_nonce.c - what is believed, for how long, and how often. */
#include "server/call/nonce.h"

#include "mixer/base/clock.h"
#include "mixer/base/random.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PLACES = 16 * 1024 };

static const int64_t start_ns = 5 * CLOCK_NS_PER_S;

static struct sockaddr_storage address(const char *text)
{
    struct sockaddr_storage out = {.ss_family = strchr(text, ':') ? AF_INET6 : AF_INET};
    void *bytes = out.ss_family == AF_INET6 ? (void *)&((struct sockaddr_in6 *)&out)->sin6_addr
                                            : (void *)&((struct sockaddr_in *)&out)->sin_addr;
    assert_int_equal(inet_pton(out.ss_family, text, bytes), 1);
    return out;
}

static enum nonce_verdict judge(struct nonce_box *box, const char *text, const char *source,
                                int64_t now_ns)
{
    struct sockaddr_storage from = address(source);
    return nonce_judge(box, text, strlen(text), (const struct sockaddr *)&from, now_ns);
}

static void make(struct nonce_box *box, const char *source, int64_t now_ns, char *out)
{
    struct sockaddr_storage from = address(source);
    nonce_make(box, (const struct sockaddr *)&from, now_ns, out);
}

static void is_good_where_and_while_it_was_sent(void **state)
{
    (void)state;
    struct nonce_box *box = nonce_box_create(PLACES), *other = nonce_box_create(PLACES);
    char nonce[NONCE_BYTES], second[NONCE_BYTES];
    int64_t life_ns = NONCE_LIFE_S * CLOCK_NS_PER_S;
    make(box, "192.0.2.1", start_ns, nonce);
    make(box, "192.0.2.1", start_ns, second);
    assert_string_not_equal(nonce, second);
    assert_int_equal(strlen(nonce), NONCE_BYTES - 1);
    assert_int_equal(judge(box, nonce, "192.0.2.1", start_ns), NONCE_FRESH);
    assert_int_equal(judge(box, nonce, "192.0.2.1", start_ns + life_ns), NONCE_FRESH);
    assert_int_equal(judge(box, nonce, "192.0.2.1", start_ns + life_ns + CLOCK_NS_PER_MS),
                     NONCE_EXPIRED);
    assert_int_equal(judge(box, nonce, "192.0.2.2", start_ns), NONCE_FOREIGN);
    assert_int_equal(judge(box, nonce, "2001:db8::1", start_ns), NONCE_FOREIGN);
    assert_int_equal(judge(other, nonce, "192.0.2.1", start_ns), NONCE_FOREIGN);
    make(box, "2001:db8::1", start_ns, nonce);
    assert_int_equal(judge(box, nonce, "2001:db8::2", start_ns), NONCE_FRESH);
    assert_int_equal(judge(box, nonce, "2001:db8:0:1::1", start_ns), NONCE_FOREIGN);
    for (size_t i = 0; i < NONCE_BYTES - 1; i++) {
        char kept = nonce[i];
        nonce[i] = kept == '0' ? '1' : '0';
        assert_int_equal(judge(box, nonce, "2001:db8::1", start_ns), NONCE_FOREIGN);
        nonce[i] = kept;
    }
    nonce[NONCE_BYTES - 2] = '\0';
    assert_int_equal(judge(box, nonce, "2001:db8::1", start_ns), NONCE_FOREIGN);
    assert_int_equal(judge(box, "", "2001:db8::1", start_ns), NONCE_FOREIGN);
    nonce_box_destroy(box);
    nonce_box_destroy(other);
    nonce_box_destroy(NULL);
}

static void counts_only_upwards(void **state)
{
    (void)state;
    struct nonce_box *box = nonce_box_create(PLACES);
    char one[NONCE_BYTES], two[NONCE_BYTES];
    make(box, "192.0.2.1", start_ns, one);
    make(box, "192.0.2.1", start_ns, two);
    assert_true(nonce_use(box, one, 1, start_ns));
    assert_false(nonce_use(box, one, 1, start_ns));
    assert_true(nonce_use(box, two, 1, start_ns));
    assert_true(nonce_use(box, one, 7, start_ns));
    assert_false(nonce_use(box, one, 6, start_ns));
    assert_false(nonce_use(box, one, 7, start_ns));
    assert_true(nonce_use(box, one, UINT32_MAX, start_ns));
    assert_false(nonce_use(box, one, UINT32_MAX, start_ns));
    nonce_box_destroy(box);
}

/* The twin remembers all: no count that it has seen is taken again, however full the table. */
static void a_full_table_forgets_no_use(void **state)
{
    (void)state;
    enum { MANY = 60000 };
    struct nonce_box *box = nonce_box_create(PLACES);
    char(*nonce)[NONCE_BYTES] = malloc(sizeof(*nonce) * MANY);
    uint32_t *last = calloc(MANY, sizeof(*last));
    assert_true(box && nonce && last);
    unsigned taken = 0, lost = 0;
    int64_t now_ns = start_ns;
    for (unsigned i = 0; i < MANY; i++) {
        now_ns += CLOCK_NS_PER_MS;
        make(box, "192.0.2.1", now_ns, nonce[i]);
        bool is_taken = nonce_use(box, nonce[i], 1, now_ns);
        last[i] = is_taken;
        taken += is_taken;
    }
    assert_true(taken > MANY * 9 / 10); /* a newcomer is refused only among the oldest */
    for (unsigned turn = 0; turn < 4 * MANY; turn++) {
        unsigned i = random_u32() % MANY;
        uint32_t count = 1 + random_u32() % 4;
        bool is_taken = nonce_use(box, nonce[i], count, now_ns);
        assert_true(!is_taken || count > last[i]);
        lost += !is_taken && count > last[i];
        if (is_taken)
            last[i] = count;
    }
    assert_true(lost > 0); /* of the forgotten ones: they have to ask again */
    free(nonce);
    free(last);
    nonce_box_destroy(box);
}

/* All phones of a site are asked at once, and answer in the order of their networks. */
static void many_at_once_are_all_believed(void **state)
{
    (void)state;
    enum { PHONES = 10000, STEP = 7919 /* prime */ };
    struct nonce_box *box = nonce_box_create(256 * 1024);
    char(*nonce)[NONCE_BYTES] = malloc(sizeof(*nonce) * PHONES);
    assert_true(box && nonce);
    for (unsigned i = 0; i < PHONES; i++)
        make(box, "192.0.2.1", start_ns + i * CLOCK_NS_PER_MS, nonce[i]);
    for (unsigned i = 0; i < PHONES; i++)
        assert_true(
            nonce_use(box, nonce[i * STEP % PHONES], 1, start_ns + 60 * CLOCK_NS_PER_S));
    free(nonce);
    nonce_box_destroy(box);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_good_where_and_while_it_was_sent),
        cmocka_unit_test(counts_only_upwards),
        cmocka_unit_test(a_full_table_forgets_no_use),
        cmocka_unit_test(many_at_once_are_all_believed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
