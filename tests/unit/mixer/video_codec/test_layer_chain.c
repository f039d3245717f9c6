/* test_layer_chain.c - what is said to be whole is so, for every loss of patterns of layers. */
#include "mixer/video_codec/layer_chain.h"
#include "tests/unit/mixer/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { TICKS = 3000, PICTURES = 400 };

/* A sender: which layer each picture of a pattern is of, and whether it needs layer 0 only
 * (else all newer pictures of its layer and those below). */
struct pattern {
    unsigned length;
    struct {
        uint8_t layer;
        bool is_on_base_only, is_unneeded, is_switch_up;
    } picture[8];
};
static const struct pattern patterns[] = {
    {1, {{0, false, false, false}}},
    {2, {{0, false, false, true}, {1, true, true, false}}},
    {2, {{0, false, false, false}, {1, false, false, false}}},
    {4,
     {{0, false, false, false},
      {2, true, true, false},
      {1, true, false, false},
      {2, false, true, false}}},
    {8,
     {{0, false, false, true},
      {2, false, false, false},
      {1, false, false, false},
      {2, false, false, false},
      {0, false, false, false},
      {2, false, false, false},
      {1, false, false, false},
      {2, false, false, false}}},
};

struct sent {
    struct layer_chain_picture picture;
    bool is_decodable; /* in truth, with what has come */
};

/* Whether all that picture @p index may need is there: the plain twin looks at what the sender
 * looked at. */
static bool needs_are_met(const struct sent *sent, unsigned index)
{
    const struct layer_chain_picture *picture = &sent[index].picture;
    bool is_found[LAYER_CHAIN_LAYERS] = {false};
    unsigned top = picture->is_on_base_only ? 0 : picture->layer;
    if (picture->is_key)
        return true;
    for (unsigned i = index; i--;) {
        const struct layer_chain_picture *before = &sent[i].picture;
        if (before->layer > top || is_found[before->layer] || before->is_unneeded)
            continue;
        is_found[before->layer] = true;
        if (!sent[i].is_decodable)
            return false;
        if (before->is_switch_up) /* what is above it is older, and not needed any more */
            top = before->layer;
        if (before->is_key || (before->layer == 0 && top == 0))
            break;
    }
    return true;
}

static void make(const struct pattern *pattern, unsigned bits, bool has_base, struct sent *sent)
{
    uint8_t base = 250;
    for (unsigned i = 0; i < PICTURES; i++) {
        const unsigned at = i % pattern->length;
        base = (uint8_t)(base + (pattern->picture[at].layer == 0));
        sent[i].picture = (struct layer_chain_picture){
            .timestamp = UINT32_MAX - 5 * TICKS + i * TICKS,
            .is_whole = true,
            .is_key = i % 100 == 0,
            .is_unneeded = pattern->picture[at].is_unneeded,
            .id_bits = (uint8_t)bits,
            .id = (uint16_t)((i + 120) & ((1U << bits) - 1)),
            .has_base = has_base,
            .base = base,
            .layer = pattern->picture[at].layer,
            .is_on_base_only = pattern->picture[at].is_on_base_only,
            .is_switch_up = pattern->picture[at].is_switch_up,
        };
    }
}

/* @return how many whole pictures came that were said to be broken though they were not. */
static unsigned run(struct sent *sent, unsigned lossy, uint32_t *seed)
{
    struct layer_chain chain = {0};
    unsigned pessimistic = 0;
    bool is_gap = false;
    for (unsigned i = 0; i < PICTURES; i++) {
        const uint32_t fate = signal_random(seed) % 100;
        struct layer_chain_picture picture = sent[i].picture;
        sent[i].is_decodable = false;
        if (fate < lossy) {
            is_gap = true;
            continue;
        }
        picture.is_after_gap = is_gap;
        picture.is_whole = fate >= 2 * lossy;
        is_gap = false;
        const bool is_good = layer_chain_take(&chain, &picture);
        sent[i].is_decodable = picture.is_whole && needs_are_met(sent, i);
        assert_true(!is_good || sent[i].is_decodable);
        pessimistic += sent[i].is_decodable && !is_good;
    }
    return pessimistic;
}

static void what_is_good_is_good(void **state)
{
    (void)state;
    static struct sent sent[PICTURES];
    uint32_t seed = 17;
    for (unsigned p = 0; p < sizeof(patterns) / sizeof(patterns[0]); p++) {
        for (unsigned kind = 0; kind < 6; kind++) {
            const unsigned bits[] = {0, 7, 15};
            make(&patterns[p], bits[kind % 3], kind >= 3 && p, sent);
            assert_int_equal(run(sent, 0, &seed), 0);
            for (unsigned lossy = 1; lossy < 40; lossy += 2)
                run(sent, lossy, &seed);
        }
    }
}

/* One picture of layer 1 is lost: with layers said only it is missed, and up to the next sync
 * those that need it. */
static void a_lost_upper_layer_costs_little(void **state)
{
    (void)state;
    static struct sent sent[PICTURES];
    struct layer_chain chain = {0};
    make(&patterns[3], 15, true, sent);
    for (unsigned i = 0; i < 20; i++) {
        struct layer_chain_picture picture = sent[i].picture;
        if (i == 6)
            continue; /* of layer 1 */
        picture.is_after_gap = i == 7;
        assert_int_equal(layer_chain_take(&chain, &picture), i != 7);
    }
    /* without layers all is broken until the key frame */
    make(&patterns[0], 15, false, sent);
    chain = (struct layer_chain){0};
    for (unsigned i = 0; i < 120; i++) {
        struct layer_chain_picture picture = sent[i].picture;
        if (i == 6)
            continue;
        picture.is_after_gap = i == 7;
        assert_int_equal(layer_chain_take(&chain, &picture), i < 6 || i >= 100);
    }
}

/* Packets were lost, but no picture: padding, or what a forwarder left out. */
static void picture_ids_that_go_on_are_proof(void **state)
{
    (void)state;
    static struct sent sent[PICTURES];
    for (unsigned bits = 0; bits <= 15; bits += bits ? 8 : 7) {
        struct layer_chain chain = {0};
        make(&patterns[0], bits, false, sent);
        for (unsigned i = 0; i < 20; i++) {
            struct layer_chain_picture picture = sent[i].picture;
            picture.is_after_gap = i == 9 || i == 10;
            assert_int_equal(layer_chain_take(&chain, &picture), i < 9 || bits);
        }
        /* the same ID after the counter has gone round is none */
        struct layer_chain_picture late = sent[20].picture;
        late.is_after_gap = true;
        late.timestamp += 128 * TICKS;
        assert_int_equal(layer_chain_take(&chain, &late), bits == 15);
    }
}

static void a_torn_picture_that_nobody_needs_breaks_nothing(void **state)
{
    (void)state;
    static struct sent sent[PICTURES];
    for (unsigned unneeded = 0; unneeded < 2; unneeded++) {
        struct layer_chain chain = {0};
        make(&patterns[0], 15, false, sent);
        for (unsigned i = 0; i < 20; i++) {
            struct layer_chain_picture picture = sent[i].picture;
            picture.is_whole = i != 9;
            picture.is_unneeded = i == 9 && unneeded;
            assert_int_equal(layer_chain_take(&chain, &picture), i < 9 || (i > 9 && unneeded));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_good_is_good),
        cmocka_unit_test(a_lost_upper_layer_costs_little),
        cmocka_unit_test(picture_ids_that_go_on_are_proof),
        cmocka_unit_test(a_torn_picture_that_nobody_needs_breaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
