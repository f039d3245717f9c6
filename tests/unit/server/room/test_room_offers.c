/* test_room_offers.c - files for those who are in: who may be sent one, what the call says of
 * it, and how each comes to its end. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/server/room/kept_fixture.h"

#include "server/room/room_offers.h"

static const char *any = "*/*";
static struct room_files_config files;
static enum participant_files takes;
static unsigned looks; /* how often the call was told to look */
static struct fake_call call;
static bool is_checked;

static void configure(struct room_list_config *config)
{
    config->files = &files;
}

static int setup(void **state)
{
    files = (struct room_files_config){.data_directory = directory,
                                       .rules = {.types = &any, .type_count = 1},
                                       .max_bytes = 100,
                                       .room_quota_bytes = 10000,
                                       .server_quota_bytes = 10000};
    takes = PARTICIPANT_FILES_TAKEN;
    looks = 0;
    memset(&call, 0, sizeof(call));
    return kept_setup(state, configure, &plain_settings);
}

static enum participant_files takes_files(const void *context)
{
    (void)context;
    return takes;
}

static void look(void *context)
{
    (void)context;
    looks++;
}

static const struct participant_link link_with_files = {
    .hang_up = hang_up, .takes_files = takes_files, .send_files = look};

/* Somebody who is in. */
static struct participant *enter(const struct participant_link *link)
{
    const struct leg_plan plan = {.codec_count = 1, .ptime_ms = 20};
    const struct room_admission admission = {
        .uri = "sip:ann@example.com", .display_name = "Ann", .link = link, .call = &call};
    assert_int_equal(room_admit(room, &admission, &call.participant), ROOM_ADMITTED);
    assert_int_equal(participant_open_leg(call.participant, AF_INET), 0);
    assert_int_equal(participant_connect(call.participant, &plan, NULL), 0);
    return call.participant;
}

static void leave(struct participant *participant)
{
    struct leg *leg = participant_leg(participant);
    participant_kick(participant, PARTICIPANT_KICKED);
    if (participant_leg(participant))
        fake_bring_home(leg);
}

static void on_checked(void *context, struct room_file *file, int err)
{
    (void)context;
    (void)file;
    assert_int_equal(err, 0);
    is_checked = true;
}

static struct room_file *share(struct fixture *fixture)
{
    const struct room_file_plan plan = {.name = "a.txt", .bytes = 5, .is_announced = true};
    struct room_file *file;
    struct file_part *part;
    is_checked = false;
    assert_int_equal(room_file_open(room, &plan, &file), 0);
    assert_int_equal(room_file_lend(file, &part), 0);
    assert_int_equal(file_part_begin(part), 0);
    assert_int_equal(file_part_write(part, "hello", 5), 0);
    room_file_return(file, part);
    assert_int_equal(room_file_check(file, on_checked, NULL), 0);
    while (!is_checked)
        loop_run_once(fixture->loop, -1);
    return file;
}

static void note(struct room_offer *offer, enum room_offer_state state, uint64_t sent)
{
    room_offer_note(offer, &(struct room_offer_news){.state = state, .sent_bytes = sent});
}

static void one_goes_its_way(void **state)
{
    struct fixture *fixture = *state;
    struct room_file *file = share(fixture);
    struct participant *ann = enter(&link_with_files);
    struct room_offer *offer, *again;
    fixture->story[0] = '\0';
    assert_int_equal(room_offer_make(file, ann, &offer), 0);
    assert_int_equal(looks, 1);
    assert_int_equal(room_offer_make(file, ann, &again), -EALREADY);
    assert_ptr_equal(room_offer_waiting(ann, false), offer);
    assert_ptr_equal(room_offer_file(offer), file);
    const struct room_offer_info *info = room_offer_info(offer);
    assert_string_equal(info->name, "a.txt");
    assert_string_equal(info->participant_name, "Ann");
    assert_int_equal(info->bytes, 5);
    note(offer, ROOM_OFFER_OFFERED, 0);
    note(offer, ROOM_OFFER_OFFERED, 0); /* nothing new */
    assert_null(room_offer_waiting(ann, false));
    note(offer, ROOM_OFFER_SENDING, 2);
    note(offer, ROOM_OFFER_DELIVERED, 5);
    note(offer, ROOM_OFFER_FAILED, 5); /* too late */
    assert_int_equal(info->state, ROOM_OFFER_DELIVERED);
    assert_true(room_offer_is_over(offer) && info->over_ns);
    assert_string_equal(fixture->story, "room offer blue waiting; room offer blue offered; "
                                        "room offer blue sending; room offer blue delivered; ");
    room_offer_cancel(offer); /* of no effect */
    assert_int_equal(info->state, ROOM_OFFER_DELIVERED);
    assert_int_equal(looks, 1);
    assert_int_equal(room_offer_make(file, ann, &again), 0);
    room_offer_note(again,
                    &(struct room_offer_news){.state = ROOM_OFFER_WAITING, .own_call = true});
    note(again, ROOM_OFFER_WAITING, 0); /* that stays */
    assert_null(room_offer_waiting(ann, false));
    assert_ptr_equal(room_offer_waiting(ann, true), again);
    assert_ptr_equal(room_offer_find(room, room_offer_info(again)->id), again);
    assert_ptr_equal(room_offer_next(room_offer_first(room)), again);
    leave(ann);
}

static void what_is_cut_off_goes_on(void **state)
{
    struct fixture *fixture = *state;
    struct participant *ann = enter(&link_with_files);
    struct room_offer *offer;
    assert_int_equal(room_offer_make(share(fixture), ann, &offer), 0);
    const struct room_offer_info *info = room_offer_info(offer);
    for (unsigned i = 1; i <= ROOM_OFFER_TRIES; i++) {
        assert_ptr_equal(room_offer_waiting(ann, false), offer);
        note(offer, ROOM_OFFER_OFFERED, info->sent_bytes);
        note(offer, ROOM_OFFER_SENDING, 4);
        note(offer, ROOM_OFFER_SENDING, 5);
        assert_int_equal(info->tries, i);
        room_offer_cut_off(offer, 3, "gone");
        assert_int_equal(info->sent_bytes, 3);
        assert_string_equal(info->detail, "gone");
    }
    assert_int_equal(info->state, ROOM_OFFER_FAILED);
    assert_null(room_offer_waiting(ann, false));
    leave(ann);
}

static void not_to_everybody(void **state)
{
    struct fixture *fixture = *state;
    struct room_file *file = share(fixture);
    struct room_offer *offer;
    struct participant *ann = enter(&fake_link); /* a browser, say */
    assert_int_equal(room_offer_make(file, ann, &offer), -EHOSTUNREACH);
    leave(ann);
    ann = enter(&link_with_files);
    takes = PARTICIPANT_FILES_NEVER;
    assert_int_equal(room_offer_make(file, ann, &offer), -EHOSTUNREACH);
    takes = PARTICIPANT_FILES_PERHAPS;
    assert_int_equal(room_offer_make(file, ann, &offer), 0);
    for (unsigned i = 1; i < ROOM_OFFERS_TO_ONE; i++)
        assert_int_equal(room_offer_make(share(fixture), ann, &offer), 0);
    assert_int_equal(room_offer_make(share(fixture), ann, &offer), -EBUSY);
    leave(ann);
    assert_int_equal(room_offer_make(file, ann, &offer), -ENOTCONN);
}

static void ends_with_what_it_is_of(void **state)
{
    struct fixture *fixture = *state;
    struct room_file *file = share(fixture), *other = share(fixture), *third = share(fixture);
    struct participant *ann = enter(&link_with_files);
    struct room_offer *removed, *cancelled, *left;
    assert_int_equal(room_offer_make(file, ann, &removed), 0);
    assert_int_equal(room_offer_make(other, ann, &cancelled), 0);
    assert_int_equal(room_offer_make(third, ann, &left), 0);
    assert_int_equal(looks, 3);
    assert_int_equal(room_file_remove(file, ROOM_FILE_DELETED), 0);
    assert_int_equal(room_offer_info(removed)->state, ROOM_OFFER_FAILED);
    room_offer_cancel(cancelled);
    assert_int_equal(room_offer_info(cancelled)->state, ROOM_OFFER_CANCELLED);
    assert_int_equal(looks, 5);
    leave(ann);
    assert_int_equal(room_offer_info(left)->state, ROOM_OFFER_FAILED);
    assert_int_equal(looks, 5); /* its call is over */
}

static void some_of_the_past_is_kept(void **state)
{
    struct fixture *fixture = *state;
    struct room_file *file = share(fixture);
    struct participant *ann = enter(&link_with_files);
    struct room_offer *offer;
    char first[ROOM_OFFER_ID_BYTES];
    for (unsigned i = 0; i < ROOM_OFFERS_KEPT + 1; i++) {
        assert_int_equal(room_offer_make(file, ann, &offer), 0);
        if (i == 0)
            strcpy(first, room_offer_info(offer)->id);
        note(offer, ROOM_OFFER_DECLINED, 0);
    }
    turn(fixture);
    unsigned count = 0;
    for (offer = room_offer_first(room); offer; offer = room_offer_next(offer))
        count++;
    assert_int_equal(count, ROOM_OFFERS_KEPT);
    assert_null(room_offer_find(room, first));
    leave(ann);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_goes_its_way, setup, kept_teardown),
        cmocka_unit_test_setup_teardown(what_is_cut_off_goes_on, setup, kept_teardown),
        cmocka_unit_test_setup_teardown(not_to_everybody, setup, kept_teardown),
        cmocka_unit_test_setup_teardown(ends_with_what_it_is_of, setup, kept_teardown),
        cmocka_unit_test_setup_teardown(some_of_the_past_is_kept, setup, kept_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
