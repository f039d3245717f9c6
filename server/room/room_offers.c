/* room_offers.c - the list, and how its members come to their end. */
#include "server/room/room_offers.h"

#include "mixer/base/check.h"
#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "mixer/base/random.h"
#include "server/room/room_internal.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *room_offer_word(enum room_offer_state state)
{
    static const char *const words[] = {
        [ROOM_OFFER_WAITING] = "waiting",     [ROOM_OFFER_OFFERED] = "offered",
        [ROOM_OFFER_SENDING] = "sending",     [ROOM_OFFER_DELIVERED] = "delivered",
        [ROOM_OFFER_DECLINED] = "declined",   [ROOM_OFFER_FAILED] = "failed",
        [ROOM_OFFER_CANCELLED] = "cancelled",
    };
    assert(state < sizeof(words) / sizeof(words[0]));
    return words[state];
}

/* ---- the list ---- */

struct room_offer *room_offer_first(const struct room *room)
{
    return room->offers;
}

struct room_offer *room_offer_next(const struct room_offer *offer)
{
    return offer->next;
}

struct room_offer *room_offer_find(const struct room *room, const char *id)
{
    struct room_offer *offer = room->offers;
    while (offer && strcmp(offer->info.id, id) != 0)
        offer = offer->next;
    return offer;
}

const struct room_offer_info *room_offer_info(const struct room_offer *offer)
{
    return &offer->info;
}

struct room_file *room_offer_file(const struct room_offer *offer)
{
    return offer->file;
}

bool room_offer_is_over(const struct room_offer *offer)
{
    return offer->info.state >= ROOM_OFFER_DELIVERED;
}

struct room_offer *room_offer_waiting(const struct participant *to, bool own_call)
{
    struct room_offer *offer = to->room->offers;
    while (offer && (offer->to != to || offer->info.state != ROOM_OFFER_WAITING ||
                     offer->info.own_call != own_call))
        offer = offer->next;
    return offer;
}

static void append(struct room *room, struct room_offer *offer)
{
    struct room_offer **at = &room->offers;
    while (*at)
        at = &(*at)->next;
    *at = offer;
}

/* Those that came first. */
static void bury_old(struct room *room)
{
    unsigned over = 0;
    for (const struct room_offer *at = room->offers; at; at = at->next)
        over += room_offer_is_over(at);
    for (struct room_offer **at = &room->offers; over > ROOM_OFFERS_KEPT;) {
        struct room_offer *offer = *at;
        if (!room_offer_is_over(offer)) {
            at = &offer->next;
            continue;
        }
        *at = offer->next;
        room_sweep_bury_offer(room->list, offer);
        over--;
    }
}

void room_offers_free(struct room_offer *first)
{
    while (first) {
        struct room_offer *next = first->next;
        free(first);
        first = next;
    }
}

/* ---- changes ---- */

static void raise(struct room_offer *offer)
{
    room_events_raise(&offer->room->list->events,
                      &(struct room_event){
                          .kind = ROOM_EVENT_FILE_OFFER, .room = offer->room, .offer = offer});
}

void room_offer_note(struct room_offer *offer, const struct room_offer_news *news)
{
    ASSERT_CONTROL();
    struct room_offer_info *info = &offer->info;
    if (room_offer_is_over(offer) ||
        (info->state == news->state && info->sent_bytes == news->sent_bytes &&
         info->own_call >= news->own_call))
        return;
    info->tries += news->state == ROOM_OFFER_SENDING && info->state != ROOM_OFFER_SENDING;
    info->state = news->state;
    info->own_call |= news->own_call;
    info->sent_bytes = news->sent_bytes;
    if (news->detail)
        snprintf(info->detail, sizeof(info->detail), "%s", news->detail);
    if (room_offer_is_over(offer)) {
        info->over_ns = clock_wall_ns();
        offer->to = NULL;
        offer->file = NULL;
        log_call_info("room", info->participant_id, "%s, sent to it: %s%s%s", info->name,
                      room_offer_word(info->state), info->detail[0] ? ": " : "", info->detail);
    }
    raise(offer);
    if (room_offer_is_over(offer))
        bury_old(offer->room);
}

void room_offer_cut_off(struct room_offer *offer, uint64_t arrived, const char *detail)
{
    const bool goes_on = offer->info.tries < ROOM_OFFER_TRIES;
    room_offer_note(offer, &(struct room_offer_news){.state = goes_on ? ROOM_OFFER_WAITING
                                                                      : ROOM_OFFER_FAILED,
                                                     .sent_bytes = arrived,
                                                     .detail = detail});
}

static void end(struct room_offer *offer, enum room_offer_state state, const char *detail)
{
    const struct participant *to = offer->to;
    room_offer_note(offer, &(struct room_offer_news){.state = state,
                                                     .sent_bytes = offer->info.sent_bytes,
                                                     .detail = detail});
    if (to && to->info.state != PARTICIPANT_ENDED)
        to->link->send_files(to->call);
}

void room_offer_cancel(struct room_offer *offer)
{
    ASSERT_CONTROL();
    if (!room_offer_is_over(offer))
        end(offer, ROOM_OFFER_CANCELLED, NULL);
}

/* ---- the end of what it is of, and for ---- */

/* A listener may change the list: so from its begin again, after each. */
static void end_those(struct room *room, const struct room_file *file,
                      const struct participant *to, const char *why)
{
    struct room_offer *offer = room->offers;
    while (offer) {
        if (room_offer_is_over(offer) || (offer->file != file && offer->to != to)) {
            offer = offer->next;
            continue;
        }
        end(offer, ROOM_OFFER_FAILED, why);
        offer = room->offers;
    }
}

void room_offers_file_gone(struct room *room, const struct room_file *file)
{
    assert(file);
    end_those(room, file, NULL, "the file has been removed");
}

void room_offers_participant_gone(struct participant *to)
{
    assert(to);
    end_those(to->room, NULL, to, "the participant has left");
}

/* ---- the begin ---- */

static int judge(const struct room_file *file, const struct participant *to)
{
    const struct room *room = file->room;
    unsigned all = 0, own = 0;
    if (!room || file->info.state != ROOM_FILE_SHARED || to->room != room ||
        to->info.state != PARTICIPANT_CONNECTED)
        return -ENOTCONN;
    if (participant_takes_files(to) == PARTICIPANT_FILES_NEVER)
        return -EHOSTUNREACH;
    for (const struct room_offer *at = room->offers; at; at = at->next) {
        if (room_offer_is_over(at))
            continue;
        if (at->to == to && at->file == file)
            return -EALREADY;
        own += at->to == to;
        all++;
    }
    return own >= ROOM_OFFERS_TO_ONE ? -EBUSY : all >= ROOM_OFFERS_MOST ? -EUSERS : 0;
}

int room_offer_make(struct room_file *file, struct participant *to, struct room_offer **offer)
{
    ASSERT_CONTROL();
    const int err = judge(file, to);
    if (err < 0)
        return err;
    struct room_offer *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->room = file->room;
    made->file = file;
    made->to = to;
    struct room_offer_info *info = &made->info;
    random_name(info->id, sizeof(info->id));
    memcpy(info->file_id, file->info.id, sizeof(info->file_id));
    memcpy(info->name, file->info.name, sizeof(info->name));
    info->bytes = file->info.bytes;
    memcpy(info->participant_id, to->info.id, sizeof(info->participant_id));
    participant_shown_name(to, info->participant_name);
    info->created_ns = clock_wall_ns();
    append(file->room, made);
    raise(made);
    if (!room_offer_is_over(made))
        to->link->send_files(to->call);
    *offer = made;
    return 0;
}
