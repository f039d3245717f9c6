/* test_key_ring.c - which pair is shown for which name, and pairs that are none. */
#include "server/sip/key_ring.h"

#include "tests/unit/server/sip/pair_file.h"

#include <errno.h>
#include <string.h>

#include <openssl/err.h>

struct place {
    struct pair_files files;
    struct key_ring ring;
};

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof(*place));
    assert_non_null(place);
    pair_files_begin(&place->files);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    key_ring_finish(&place->ring);
    pair_files_end(&place->files);
    free(place);
    return 0;
}

static const char *write_pair(struct place *place, const char *common, const char *names)
{
    return pair_file_write(&place->files, EVP_EC_gen("P-256"), common, names);
}

static void set_main(struct place *place, const char *common, const char *names)
{
    char *why = NULL;
    const char *file = write_pair(place, common, names);
    assert_int_equal(key_ring_set_main(&place->ring, file, NULL, &why), 0);
}

static void add(struct place *place, const char *common, const char *names)
{
    char *why = NULL;
    assert_int_equal(key_ring_add(&place->ring, write_pair(place, common, names), &why), 0);
}

/* What is shown to who asks for @p name: -1 the main pair, else one of the further ones. */
static int shown(const struct place *place, const char *name)
{
    const struct key_pair *pair = key_ring_find(&place->ring, name);
    return pair == &place->ring.main ? -1 : (int)(pair - place->ring.more);
}

static void shows_who_has_the_name(void **state)
{
    struct place *place = *state;
    set_main(place, "main", "DNS:main.example,DNS:*.main.example");
    add(place, "first", "DNS:*.example.com,IP:192.0.2.1");
    add(place, "second", "DNS:a.example.com,DNS:b.example.net");
    add(place, "third", "DNS:a.example.com,DNS:x.main.example");
    add(place, "common.example.org", NULL);
    add(place, "common.example.edu", "IP:192.0.2.1");
    static const struct {
        const char *name;
        int shown;
    } cases[] = {
        {NULL, -1},
        {"", -1},
        {"main.example", -1},
        {"y.main.example", -1},
        {"x.main.example", 2}, /* exactly, before the main one's wildcard */
        {"z.example.com", 0},
        {"Z.EXAMPLE.com", 0},
        {"a.example.com", 1}, /* exactly, before a wildcard; the first of two */
        {"b.example.net", 1},
        {"example.com", -1},
        {"a.b.example.com", -1},
        {".example.com", -1},
        {".example.net", -1},
        {"first", -1}, /* DNS names make the common name none */
        {"common.example.org", 3},
        {"common.example.edu", 4},
        {"192.0.2.1", -1},
        {"nobody.example", -1},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (shown(place, cases[i].name) != cases[i].shown)
            fail_msg("%s: %d", cases[i].name ? cases[i].name : "NULL",
                     shown(place, cases[i].name));
    }
    assert_int_equal(ERR_peek_error(), 0);
}

static void is_refused(struct place *place, const char *file, int error, const char *says)
{
    char *why = NULL;
    unsigned count = place->ring.count;
    assert_int_equal(key_ring_add(&place->ring, file, &why), error);
    assert_non_null(why);
    if (!strstr(why, says) || !strstr(why, file))
        fail_msg("%s", why);
    assert_int_equal(place->ring.count, count);
    assert_int_equal(ERR_peek_error(), 0);
    free(why);
}

static void refuses_who_cannot_be_asked_for(void **state)
{
    struct place *place = *state;
    static const char says[] = "has a certificate without a DNS name";
    add(place, "good.example", NULL);
    is_refused(place, write_pair(place, "Example Ltd.", NULL), -EINVAL, says);
    is_refused(place, write_pair(place, "192.0.2.1", "IP:192.0.2.1"), -EINVAL, says);
    is_refused(place, "/nowhere/x.pem", -ENOENT, "cannot open");
    assert_int_equal(shown(place, "good.example"), 0);
    char *why = NULL;
    assert_true(key_ring_set_main(&place->ring, "/nowhere/x.pem", NULL, &why) < 0);
    free(why);
    assert_null(place->ring.main.leaf);
    assert_int_equal(shown(place, "bad.example"), -1); /* before there is a main one */
}

static void holds_so_many_and_no_more(void **state)
{
    struct place *place = *state;
    const char *file = write_pair(place, "one.example", NULL);
    char *why;
    for (unsigned i = 0; i < KEY_RING_MORE; i++)
        assert_int_equal(key_ring_add(&place->ring, file, &why), 0);
    is_refused(place, file, -E2BIG, "one too many");
    key_ring_finish(&place->ring);
    assert_int_equal(place->ring.count, 0);
    assert_int_equal(key_ring_add(&place->ring, file, &why), 0);
}

static void two_kinds_of_keys_are_twins(void **state)
{
    struct place *place = *state;
    struct pair_files *files = &place->files;
    const struct key_ring *ring = &place->ring;
    char *why = NULL;
    set_main(place, "main", "DNS:a.example,DNS:*.b.example");
    add(place, "main", "DNS:*.b.example,DNS:a.example"); /* of the same kind */
    static const char *const names[] = {"DNS:a.example", "DNS:x,DNS:*.B.example,DNS:a.example",
                                        NULL};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        assert_int_equal(
            key_ring_add(&place->ring,
                         pair_file_write(files, EVP_RSA_gen(2048), "c.example", names[i]),
                         &why),
            0);
    add(place, "c.example", NULL);
    assert_ptr_equal(key_ring_twin(ring, &ring->main), &ring->more[2]);
    assert_ptr_equal(key_ring_twin(ring, &ring->more[0]), &ring->more[2]);
    assert_ptr_equal(key_ring_twin(ring, &ring->more[1]), &ring->main); /* it has a name more */
    assert_null(key_ring_twin(ring, &ring->more[2]));
    assert_ptr_equal(key_ring_twin(ring, &ring->more[3]), &ring->more[4]);
    assert_ptr_equal(key_ring_twin(ring, &ring->more[4]), &ring->more[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(shows_who_has_the_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(two_kinds_of_keys_are_twins, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_who_cannot_be_asked_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(holds_so_many_and_no_more, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
