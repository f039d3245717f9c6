/* layout_cast.c - three groups of tiles, one rule: the best of those who are left get in, who
 * stood in the group before keeps his tile, the others take what is empty. */
#include "mixer/video/layout_cast.h"

#include <stddef.h>

struct casting {
    const struct layout_tile *tiles;
    unsigned tile_count;
    const struct layout_member *members;
    unsigned member_count;
    const int *before;
    int *cast;
};

/* Members in falling order of what they are wanted for. */
struct choice {
    unsigned count;
    int member[LAYOUT_MAX_TILES];
};

typedef bool may_take(const struct casting *casting, unsigned tile);
typedef bool is_wanted(const struct layout_member *member);
typedef bool goes_first(const struct casting *casting, int a, int b);

static bool stands(const struct casting *casting, int member)
{
    for (unsigned tile = 0; tile < casting->tile_count; tile++) {
        if (casting->cast[tile] == member)
            return true;
    }
    return false;
}

static int stood_at(const struct casting *casting, unsigned tile)
{
    if (!casting->before || casting->before[tile] < 0 ||
        (unsigned)casting->before[tile] >= casting->member_count)
        return LAYOUT_NOBODY;
    return casting->before[tile];
}

static bool stood_in(const struct casting *casting, int member, bool leads)
{
    for (unsigned tile = 0; tile < casting->tile_count; tile++) {
        const bool fits = !leads || casting->tiles[tile].role != LAYOUT_ANYONE;
        if (fits && stood_at(casting, tile) == member)
            return true;
    }
    return false;
}

static bool is_free(const struct casting *casting, unsigned tile)
{
    return casting->cast[tile] == LAYOUT_NOBODY;
}

static bool takes_presenter(const struct casting *casting, unsigned tile)
{
    return is_free(casting, tile) && casting->tiles[tile].role == LAYOUT_PRESENTER;
}

/* A presenter's tile that no presenter has taken is one for talkers. */
static bool takes_talker(const struct casting *casting, unsigned tile)
{
    return is_free(casting, tile) && casting->tiles[tile].role != LAYOUT_ANYONE;
}

static bool wants_any(const struct layout_member *member)
{
    (void)member;
    return true;
}

static bool wants_presenter(const struct layout_member *member)
{
    return member->presents;
}

static bool wants_pinned(const struct layout_member *member)
{
    return member->pinned > 0;
}

static bool came_first(const struct casting *casting, int a, int b)
{
    const struct layout_member *first = &casting->members[a], *second = &casting->members[b];
    return first->joined != second->joined ? first->joined < second->joined : a < b;
}

static bool pinned_first(const struct casting *casting, int a, int b)
{
    const unsigned first = casting->members[a].pinned, second = casting->members[b].pinned;
    return first != second ? first < second : came_first(casting, a, b);
}

/* Nobody is turned out for having talked less than somebody who was not seen before. */
static bool talker_first(const struct casting *casting, int a, int b, bool leads)
{
    const struct layout_member *first = &casting->members[a], *second = &casting->members[b];
    if (first->talks != second->talks)
        return first->talks;
    if (first->has_picture != second->has_picture)
        return first->has_picture;
    const bool stood = stood_in(casting, a, leads);
    if (stood != stood_in(casting, b, leads))
        return stood;
    if (first->talked != second->talked)
        return first->talked > second->talked;
    return came_first(casting, a, b);
}

static bool lead_first(const struct casting *casting, int a, int b)
{
    return talker_first(casting, a, b, true);
}

static bool any_first(const struct casting *casting, int a, int b)
{
    return talker_first(casting, a, b, false);
}

/* A pinned presenter, then he who stands there, then the last who came. */
static bool presenter_first(const struct casting *casting, int a, int b)
{
    const struct layout_member *first = &casting->members[a], *second = &casting->members[b];
    if (!first->pinned != !second->pinned)
        return first->pinned > 0;
    if (first->pinned)
        return pinned_first(casting, a, b);
    const bool stood = stood_in(casting, a, true);
    if (stood != stood_in(casting, b, true))
        return stood;
    return came_first(casting, b, a);
}

static void insert(const struct casting *casting, struct choice *best, unsigned places,
                   goes_first *is_before, int member)
{
    if (best->count == places) {
        if (!places || !is_before(casting, member, best->member[places - 1]))
            return;
        best->count--;
    }
    unsigned at = best->count++;
    for (; at && is_before(casting, member, best->member[at - 1]); at--)
        best->member[at] = best->member[at - 1];
    best->member[at] = member;
}

/* The best of those who stand nowhere yet, as many as there are tiles for them. */
static struct choice choose(const struct casting *casting, may_take *fits, is_wanted *wants,
                            goes_first *is_before)
{
    struct choice best = {0};
    unsigned places = 0;
    for (unsigned tile = 0; tile < casting->tile_count; tile++)
        places += fits(casting, tile);
    for (unsigned i = 0; i < casting->member_count; i++) {
        if (wants(&casting->members[i]) && !stands(casting, (int)i))
            insert(casting, &best, places, is_before, (int)i);
    }
    return best;
}

static bool has(const struct choice *choice, int member)
{
    for (unsigned i = 0; i < choice->count; i++) {
        if (choice->member[i] == member)
            return true;
    }
    return false;
}

/* Those of the choice who stood in a tile of this kind stay in it. */
static void keep(const struct casting *casting, const struct choice *choice, may_take *fits)
{
    for (unsigned tile = 0; tile < casting->tile_count; tile++) {
        const int member = stood_at(casting, tile);
        if (fits(casting, tile) && member != LAYOUT_NOBODY && has(choice, member) &&
            !stands(casting, member))
            casting->cast[tile] = member;
    }
}

/* The others take the empty ones, in the order of both. */
static void fill(const struct casting *casting, const struct choice *choice, may_take *fits)
{
    unsigned tile = 0;
    for (unsigned i = 0; i < choice->count; i++) {
        if (stands(casting, choice->member[i]))
            continue;
        while (tile < casting->tile_count && !fits(casting, tile))
            tile++;
        if (tile < casting->tile_count)
            casting->cast[tile] = choice->member[i];
    }
}

static void seat(const struct casting *casting, may_take *fits, is_wanted *wants,
                 goes_first *is_before)
{
    const struct choice choice = choose(casting, fits, wants, is_before);
    keep(casting, &choice, fits);
    fill(casting, &choice, fits);
}

/* Where the pinned stand is the moderator's: in their order, whoever stood there. */
static void seat_pinned(const struct casting *casting, may_take *fits)
{
    const struct choice choice = choose(casting, fits, wants_pinned, pinned_first);
    fill(casting, &choice, fits);
}

void layout_cast(const struct layout_tile *tiles, unsigned tile_count,
                 const struct layout_member *members, unsigned member_count, const int *before,
                 int *cast)
{
    if (tile_count > LAYOUT_MAX_TILES)
        tile_count = LAYOUT_MAX_TILES;
    const struct casting casting = {tiles, tile_count, members, member_count, before, cast};
    for (unsigned tile = 0; tile < tile_count; tile++)
        cast[tile] = LAYOUT_NOBODY;
    seat(&casting, takes_presenter, wants_presenter, presenter_first);
    seat_pinned(&casting, takes_talker);
    seat_pinned(&casting, is_free);
    seat(&casting, takes_talker, wants_any, lead_first);
    seat(&casting, is_free, wants_any, any_first);
}
