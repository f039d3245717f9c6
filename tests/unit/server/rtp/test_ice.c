/* test_ice.c - checks, nominations, strangers, restarts and consent. */
#include "server/rtp/ice.h"

#include "mixer/base/clock.h"
#include "server/rtp/address.h"
#include "server/rtp/bytes.h"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define START (1000 * CLOCK_NS_PER_S)
#define CONSENT (ICE_CONSENT_MS * CLOCK_NS_PER_MS)

struct scene {
    struct ice ice;
    struct ice_credentials ours, theirs;
    struct ice_result result;
    struct ice_stun answer; /* borrows from result */
    unsigned transactions;
    int64_t now_ns;
};

/* What a browser would send; the fields are changed by those who send something else. */
struct check {
    const struct ice_credentials *ours, *theirs;
    const char *password;
    uint16_t port; /* of 192.0.2.1 */
    enum ice_stun_role role;
    bool use_candidate;
    unsigned transaction; /* 0: a new one */
};

static union latch_address from_port(uint16_t port)
{
    union latch_address from;
    memset(&from, 0, sizeof(from));
    from.v4.sin_family = AF_INET;
    from.v4.sin_port = htons(port);
    assert_int_equal(inet_pton(AF_INET, "192.0.2.1", &from.v4.sin_addr), 1);
    return from;
}

static void give(struct scene *scene, const uint8_t *data, size_t length, uint16_t port)
{
    const union latch_address from = from_port(port);
    ice_take(&scene->ice, data, length, &from.any, scene->now_ns, &scene->result);
    if (scene->result.answer_bytes)
        assert_int_equal(
            ice_stun_read(scene->result.answer, scene->result.answer_bytes, &scene->answer), 0);
}

static unsigned send_check(struct scene *scene, const struct check *check)
{
    char username[2 * ICE_UFRAG_BYTES];
    uint8_t data[ICE_STUN_MAX_BYTES];
    const unsigned number = check->transaction ? check->transaction : ++scene->transactions;
    snprintf(username, sizeof(username), "%s:%s", check->ours->ufrag, check->theirs->ufrag);
    struct ice_stun_request request = {.username = username,
                                       .priority = 1,
                                       .role = check->role,
                                       .use_candidate = check->use_candidate};
    memcpy(request.transaction, &number, sizeof(number));
    const size_t length = ice_stun_write_request(data, sizeof(data), &request, check->password);
    assert_true(length > 0);
    give(scene, data, length, check->port);
    return number;
}

static struct check good_check(const struct scene *scene, uint16_t port, bool use_candidate)
{
    return (struct check){.ours = &scene->ours,
                          .theirs = &scene->theirs,
                          .password = scene->ours.password,
                          .port = port,
                          .role = ICE_STUN_CONTROLLING,
                          .use_candidate = use_candidate};
}

/* @return the error code of the answer; 0: success; -1: none. */
static int answer_to(struct scene *scene, struct check check)
{
    send_check(scene, &check);
    if (!scene->result.answer_bytes)
        return -1;
    return scene->answer.class == ICE_STUN_SUCCESS ? 0 : (int)scene->answer.error_code;
}

static struct scene open_scene(void)
{
    struct scene scene = {.now_ns = START};
    ice_credentials_make(&scene.ours);
    ice_credentials_make(&scene.theirs);
    ice_init(&scene.ice, &scene.ours);
    ice_set_remote(&scene.ice, &scene.theirs);
    return scene;
}

static bool sends_to(const struct scene *scene, uint16_t port)
{
    const union latch_address to = from_port(port);
    return latch_same(&scene->ice.selected.any, &to.any);
}

static void credentials_are_good_and_differ(void **state)
{
    (void)state;
    struct ice_credentials a, b;
    ice_credentials_make(&a);
    ice_credentials_make(&b);
    assert_true(ice_credentials_are_good(&a) && ice_credentials_are_good(&b));
    assert_int_equal(strlen(a.ufrag), ICE_LOCAL_UFRAG);
    assert_int_equal(strlen(a.password), ICE_LOCAL_PASSWORD);
    assert_string_not_equal(a.ufrag, b.ufrag);
    assert_string_not_equal(a.password, b.password);
}

static void bad_credentials_are_known(void **state)
{
    (void)state;
    static const struct {
        const char *ufrag, *password;
        bool good;
    } rows[] = {
        {"abcd", "0123456789012345678901", true},
        {"+/aZ", "+/0123456789abcdefABCDEF", true},
        {"abc", "0123456789012345678901", false},
        {"abcd", "012345678901234567890", false},
        {"", "", false},
        {"ab:d", "0123456789012345678901", false},
        {"ab d", "0123456789012345678901", false},
        {"abcd", "012345678901234567890\xc3\xa9", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ice_credentials credentials;
        memset(&credentials, 0, sizeof(credentials));
        strcpy(credentials.ufrag, rows[i].ufrag);
        strcpy(credentials.password, rows[i].password);
        assert_int_equal(ice_credentials_are_good(&credentials), rows[i].good);
    }
    struct ice_credentials full;
    memset(&full, 'a', sizeof(full)); /* not terminated */
    assert_false(ice_credentials_are_good(&full));
    full.ufrag[256] = full.password[256] = '\0';
    assert_true(ice_credentials_are_good(&full));
}

static void a_check_is_answered_with_its_address(void **state)
{
    (void)state;
    struct scene scene = open_scene();
    char text[ADDRESS_TEXT_BYTES];
    const union latch_address from = from_port(4000);
    assert_false(ice_is_validated(&scene.ice, &from.any));
    assert_int_equal(answer_to(&scene, good_check(&scene, 4000, false)), 0);
    assert_memory_equal(scene.answer.transaction, &scene.transactions, 4);
    assert_true(ice_stun_is_authentic(&scene.answer, scene.ours.password));
    assert_true(scene.answer.has_fingerprint);
    address_text(&scene.answer.mapped, text);
    assert_string_equal(text, "192.0.2.1:4000");
    assert_true(scene.result.is_validated);
    assert_false(scene.result.is_nominated);
    assert_true(ice_is_validated(&scene.ice, &from.any));
    assert_int_equal(scene.ice.selected.any.sa_family, AF_UNSPEC);
    assert_int_equal(answer_to(&scene, good_check(&scene, 4000, false)), 0);
    assert_false(scene.result.is_validated); /* not for the first time */
    assert_true(ice_due_ns(&scene.ice) == INT64_MAX);
}

static void the_newest_nomination_wins(void **state)
{
    (void)state;
    struct scene scene = open_scene();
    assert_int_equal(answer_to(&scene, good_check(&scene, 4000, true)), 0);
    assert_true(scene.result.is_nominated && scene.result.is_validated);
    assert_true(sends_to(&scene, 4000));
    assert_int_equal(answer_to(&scene, good_check(&scene, 4000, true)), 0);
    assert_false(scene.result.is_nominated); /* as before */
    assert_int_equal(answer_to(&scene, good_check(&scene, 4001, false)), 0);
    assert_true(sends_to(&scene, 4000));
    assert_int_equal(answer_to(&scene, good_check(&scene, 4001, true)), 0);
    assert_true(scene.result.is_nominated);
    assert_true(sends_to(&scene, 4001));
    assert_int_equal(answer_to(&scene, good_check(&scene, 4000, true)), 0);
    assert_true(scene.result.is_nominated);
    assert_true(sends_to(&scene, 4000));
}

/* The same bytes from elsewhere: answered, but they do not move the media. */
static void a_replayed_nomination_moves_nothing(void **state)
{
    (void)state;
    struct scene scene = open_scene();
    struct check check = good_check(&scene, 4000, true);
    for (unsigned i = 0; i < ICE_NOMINATIONS / 2; i++) {
        check.transaction = 0;
        check.transaction = send_check(&scene, &check);
        struct check replayed = check;
        replayed.port = 6666;
        assert_int_equal(answer_to(&scene, replayed), 0);
        assert_false(scene.result.is_nominated);
        assert_true(sends_to(&scene, 4000));
    }
    /* a retransmission of the first from where it came does not move it back either */
    const unsigned old = check.transaction;
    assert_int_equal(answer_to(&scene, good_check(&scene, 4001, true)), 0);
    check.transaction = old;
    assert_int_equal(answer_to(&scene, check), 0);
    assert_true(sends_to(&scene, 4001));
}

static void strangers_are_refused(void **state)
{
    (void)state;
    struct scene scene = open_scene();
    struct ice_credentials other;
    ice_credentials_make(&other);
    const union latch_address from = from_port(6666);
    struct check check = good_check(&scene, 6666, true);
    check.password = other.password;
    assert_int_equal(answer_to(&scene, check), 401);
    assert_int_equal(scene.answer.integrity_at, 0);
    check = good_check(&scene, 6666, true);
    check.ours = &other;
    assert_int_equal(answer_to(&scene, check), 401);
    check = good_check(&scene, 6666, true);
    check.theirs = &other;
    assert_int_equal(answer_to(&scene, check), 401);
    check = good_check(&scene, 6666, true);
    check.password = NULL; /* no MESSAGE-INTEGRITY */
    assert_int_equal(answer_to(&scene, check), 400);
    check = good_check(&scene, 6666, true);
    check.password = scene.theirs.password;
    assert_int_equal(answer_to(&scene, check), 401);
    assert_int_equal(scene.ice.counters.refused, 5);
    assert_int_equal(scene.ice.counters.checks, 0);
    assert_false(ice_is_validated(&scene.ice, &from.any));
    assert_int_equal(scene.ice.selected.any.sa_family, AF_UNSPEC);
}

/* Fragments that only begin like ours, or end elsewhere. */
static void a_username_has_to_be_whole(void **state)
{
    (void)state;
    struct scene scene = open_scene();
    char texts[6][2 * ICE_UFRAG_BYTES + 2];
    snprintf(texts[0], sizeof(texts[0]), "%s", scene.ours.ufrag);
    snprintf(texts[1], sizeof(texts[1]), "%s:", scene.ours.ufrag);
    snprintf(texts[2], sizeof(texts[2]), "%.7s:%s", scene.ours.ufrag, scene.theirs.ufrag);
    snprintf(texts[3], sizeof(texts[3]), "%sx:%s", scene.ours.ufrag, scene.theirs.ufrag);
    snprintf(texts[4], sizeof(texts[4]), ":%s", scene.theirs.ufrag);
    snprintf(texts[5], sizeof(texts[5]), "%s:%s", scene.theirs.ufrag, scene.ours.ufrag);
    for (unsigned i = 0; i < 6; i++) {
        uint8_t data[ICE_STUN_MAX_BYTES];
        const struct ice_stun_request request = {.username = texts[i], .priority = 1};
        give(&scene, data,
             ice_stun_write_request(data, sizeof(data), &request, scene.ours.password), 4000);
        assert_int_equal(scene.answer.error_code, 401);
    }
}

static void before_the_answer_any_remote_name_will_do(void **state)
{
    (void)state;
    struct scene scene = open_scene();
    ice_init(&scene.ice, &scene.ours);
    assert_int_equal(answer_to(&scene, good_check(&scene, 4000, true)), 0);
    ice_set_remote(&scene.ice, &scene.ours);
    assert_int_equal(answer_to(&scene, good_check(&scene, 4000, true)), 401);
}

static void the_role_conflict_is_theirs_to_solve(void **state)
{
    (void)state;
    struct scene scene = open_scene();
    struct check check = good_check(&scene, 4000, true);
    check.role = ICE_STUN_CONTROLLED;
    assert_int_equal(answer_to(&scene, check), 487);
    assert_true(ice_stun_is_authentic(&scene.answer, scene.ours.password));
    assert_int_equal(scene.ice.counters.conflicts, 1);
    assert_int_equal(scene.ice.selected.any.sa_family, AF_UNSPEC);
    check.role = ICE_STUN_CONTROLLING;
    assert_int_equal(answer_to(&scene, check), 0);
    assert_true(sends_to(&scene, 4000));
}

static void what_is_no_check_is_ignored(void **state)
{
    (void)state;
    struct scene scene = open_scene();
    uint8_t data[ICE_STUN_MAX_BYTES];
    const union latch_address from = from_port(4000);
    const uint8_t *transaction = (const uint8_t *)"0123456789ab";
    give(&scene, data, 0, 4000);
    assert_int_equal(scene.result.answer_bytes, 0);
    give(
        &scene, data,
        ice_stun_write_success(data, sizeof(data), transaction, &from.any, scene.ours.password),
        4000);
    assert_int_equal(scene.result.answer_bytes, 0);
    const struct ice_stun_request request = {.username = "x:y"};
    const size_t length = ice_stun_write_request(data, sizeof(data), &request, NULL);
    data[3] = (uint8_t)(data[3] - 8); /* without FINGERPRINT */
    give(&scene, data, length - 8, 4000);
    assert_int_equal(scene.result.answer_bytes, 0);
    assert_int_equal(scene.ice.counters.ignored, 3);
}

static uint32_t fingerprint_of(uint8_t *data, size_t length)
{
    uint32_t crc = UINT32_MAX;
    data[3] = (uint8_t)(data[3] + 8);
    for (size_t i = 0; i < length; i++) {
        crc ^= data[i];
        for (unsigned bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    data[3] = (uint8_t)(data[3] - 8);
    return ~crc ^ 0x5354554eu;
}

/* The writer knows no unknown attribute: USE-CANDIDATE becomes one, and the HMAC is made anew.
 */
static void an_unknown_attribute_is_told(void **state)
{
    (void)state;
    struct scene scene = open_scene();
    char username[2 * ICE_UFRAG_BYTES];
    uint8_t data[ICE_STUN_MAX_BYTES];
    unsigned bytes = 20;
    snprintf(username, sizeof(username), "%s:%s", scene.ours.ufrag, scene.theirs.ufrag);
    const struct ice_stun_request request = {.username = username, .use_candidate = true};
    const size_t length = ice_stun_write_request(data, sizeof(data), &request, NULL);
    uint8_t *at = data + length - 8 - 4; /* USE-CANDIDATE, before FINGERPRINT */
    memcpy(at, "\x77\x77\x00\x00\x00\x08\x00\x14", 8);
    const size_t protected = (size_t)(at + 4 - data);
    data[3] = (uint8_t)(protected + 24 - ICE_STUN_HEADER_BYTES);
    assert_non_null(HMAC(EVP_sha1(), scene.ours.password, ICE_LOCAL_PASSWORD, data, protected,
                         at + 8, &bytes));
    give(&scene, data, protected + 24, 4000);
    assert_int_equal(scene.result.answer_bytes, 0); /* no FINGERPRINT: not even looked at */
    const uint32_t crc = fingerprint_of(data, protected + 24);
    data[3] = (uint8_t)(data[3] + 8);
    memcpy(data + protected + 24, "\x80\x28\x00\x04", 4);
    bytes_put32(data + protected + 28, crc);
    give(&scene, data, protected + 32, 4000);
    assert_int_equal(scene.answer.error_code, 420);
    assert_true(ice_stun_is_authentic(&scene.answer, scene.ours.password));
}

static void only_the_last_addresses_are_validated(void **state)
{
    (void)state;
    struct scene scene = open_scene();
    const union latch_address selected = from_port(4000);
    answer_to(&scene, good_check(&scene, 4000, true));
    for (uint16_t port = 5000; port < 5100; port++) {
        const union latch_address newest = from_port(port);
        assert_int_equal(answer_to(&scene, good_check(&scene, port, false)), 0);
        assert_true(scene.result.is_validated);
        assert_true(ice_is_validated(&scene.ice, &newest.any));
        assert_true(ice_is_validated(&scene.ice, &selected.any));
    }
    const union latch_address first = from_port(5000);
    assert_false(ice_is_validated(&scene.ice, &first.any));
}

static void a_restart_keeps_the_way(void **state)
{
    (void)state;
    struct scene scene = open_scene();
    const struct ice_credentials ours_before = scene.ours, theirs_before = scene.theirs;
    answer_to(&scene, good_check(&scene, 4000, true));
    ice_credentials_make(&scene.ours);
    ice_credentials_make(&scene.theirs);
    ice_restart(&scene.ice, &scene.ours, &scene.theirs);
    assert_true(sends_to(&scene, 4000));
    struct check old = {.ours = &ours_before,
                        .theirs = &theirs_before,
                        .password = ours_before.password,
                        .port = 4000,
                        .role = ICE_STUN_CONTROLLING,
                        .use_candidate = true};
    /* consent goes on with the old ones, but they nominate nothing */
    scene.now_ns += CONSENT - 1;
    assert_int_equal(answer_to(&scene, old), 0);
    assert_true(ice_stun_is_authentic(&scene.answer, ours_before.password));
    assert_true(ice_due_ns(&scene.ice) == scene.now_ns + CONSENT);
    old.port = 4001;
    assert_int_equal(answer_to(&scene, old), 0);
    assert_true(sends_to(&scene, 4000));
    /* a second restart on top of it */
    ice_credentials_make(&scene.ours);
    ice_restart(&scene.ice, &scene.ours, NULL);
    assert_int_equal(answer_to(&scene, old), 0);
    /* the new ones, once they nominate, end the old */
    assert_int_equal(answer_to(&scene, good_check(&scene, 4002, false)), 0);
    assert_true(sends_to(&scene, 4000));
    assert_int_equal(answer_to(&scene, old), 0);
    assert_int_equal(answer_to(&scene, good_check(&scene, 4002, true)), 0);
    assert_true(scene.result.is_nominated && sends_to(&scene, 4002));
    assert_int_equal(answer_to(&scene, old), 401);
}

static void a_restart_before_a_nomination_forgets(void **state)
{
    (void)state;
    struct scene scene = open_scene();
    const struct check old = good_check(&scene, 4000, true);
    const struct ice_credentials ours = scene.ours;
    struct check mine = old;
    mine.ours = &ours;
    mine.password = ours.password;
    ice_credentials_make(&scene.ours);
    ice_restart(&scene.ice, &scene.ours, &scene.theirs);
    assert_int_equal(answer_to(&scene, mine), 401);
    assert_int_equal(answer_to(&scene, good_check(&scene, 4000, true)), 0);
}

static void consent_is_lost_once_and_comes_back(void **state)
{
    (void)state;
    struct scene scene = open_scene();
    assert_false(ice_lost_consent(&scene.ice, INT64_MAX - 1));
    answer_to(&scene, good_check(&scene, 4000, true));
    scene.now_ns += CLOCK_NS_PER_S;
    answer_to(&scene, good_check(&scene, 4000, false));
    assert_true(ice_due_ns(&scene.ice) == scene.now_ns + CONSENT);
    scene.now_ns += CONSENT - 1;
    answer_to(&scene, good_check(&scene, 4001, false)); /* another way does not count */
    struct check stranger = good_check(&scene, 4000, false);
    stranger.password = "0123456789012345678901";
    answer_to(&scene, stranger); /* nor does who is not known */
    assert_false(ice_lost_consent(&scene.ice, scene.now_ns));
    scene.now_ns++;
    assert_true(ice_lost_consent(&scene.ice, scene.now_ns));
    assert_false(ice_lost_consent(&scene.ice, scene.now_ns));
    assert_int_equal(scene.ice.counters.consent_lost, 1);
    assert_int_equal(answer_to(&scene, good_check(&scene, 4000, false)), 0);
    assert_true(scene.result.is_nominated); /* it is to be sent to again */
    assert_true(sends_to(&scene, 4000));
    assert_false(ice_lost_consent(&scene.ice, scene.now_ns + CONSENT - 1));
}

static void the_fragment_finds_its_transport(void **state)
{
    (void)state;
    static const struct {
        const char *username;
        size_t length;
    } rows[] = {{"abcd:efgh", 4}, {"abcd:", 4}, {":efgh", 0}, {"abcd", 0}, {"", 0}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct ice_stun check = {.username = rows[i].username,
                                       .username_length = strlen(rows[i].username)};
        const char *ufrag;
        assert_int_equal(ice_ufrag_of(&check, &ufrag), rows[i].length);
    }
    const struct ice_stun none = {.username = NULL};
    const char *ufrag;
    assert_int_equal(ice_ufrag_of(&none, &ufrag), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(credentials_are_good_and_differ),
        cmocka_unit_test(bad_credentials_are_known),
        cmocka_unit_test(a_check_is_answered_with_its_address),
        cmocka_unit_test(the_newest_nomination_wins),
        cmocka_unit_test(a_replayed_nomination_moves_nothing),
        cmocka_unit_test(strangers_are_refused),
        cmocka_unit_test(a_username_has_to_be_whole),
        cmocka_unit_test(before_the_answer_any_remote_name_will_do),
        cmocka_unit_test(the_role_conflict_is_theirs_to_solve),
        cmocka_unit_test(what_is_no_check_is_ignored),
        cmocka_unit_test(an_unknown_attribute_is_told),
        cmocka_unit_test(only_the_last_addresses_are_validated),
        cmocka_unit_test(a_restart_keeps_the_way),
        cmocka_unit_test(a_restart_before_a_nomination_forgets),
        cmocka_unit_test(consent_is_lost_once_and_comes_back),
        cmocka_unit_test(the_fragment_finds_its_transport),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
