/* media.c - control's side of the engine: which worker has which room, and what is away. */
#include "server/media/media.h"

#include "mixer/base/check.h"
#include "mixer/base/log.h"
#include "mixer/base/random.h"
#include "server/media/room_media.h"
#include "server/media/worker.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { MAX_WORKERS = 256, FLUSH_MS = 5 };

/* A worker as control sees it. */
struct media_worker {
    struct media *media;
    struct worker *worker;
    struct loop_watch *watch;
    struct loop_timer flush_timer;
    unsigned rooms, legs;
};

struct media {
    struct loop *loop;
    const struct media_events *events;
    void *context;
    unsigned rooms;
    unsigned worker_count;
    struct media_worker workers[]; /* [worker_count] */
};

struct media_room {
    struct media_worker *at;
    unsigned legs;           /* away, leaving ones too        */
    struct room_media *half; /* the worker's, while legs > 0  */
};

/* A leg's place in a mix, from join to on_left. */
struct media_seat {
    struct media_room *room;
    struct leg_media *half; /* the worker's: passed on, never looked into */
    bool leaving;
};

/* ---- commands ---- */

static void on_flush(void *context)
{
    struct media_worker *at = context;
    if (!worker_flush(at->worker))
        loop_timer_start(at->media->loop, &at->flush_timer, FLUSH_MS, on_flush, at);
}

static void send_command(struct media_worker *at, const struct command *command)
{
    if (!worker_send(at->worker, command))
        loop_timer_start(at->media->loop, &at->flush_timer, FLUSH_MS, on_flush, at);
}

/* ---- events ---- */

static void come_home(struct media *media, struct leg *leg)
{
    struct media_seat *seat = leg_seat(leg);
    leg_return_media(leg, seat->half);
    leg_set_seat(leg, NULL);
    seat->room->legs--;
    seat->room->at->legs--;
    free(seat);
    media->events->on_left(media->context, leg);
}

static void send_part(struct media_worker *at, struct leg *leg, const struct leg_part *asked)
{
    struct command command = {.kind = COMMAND_PART, .leg = leg_seat(leg)->half, .part = *asked};
    if (leg_part_create(leg_plan(leg), &command.part) < 0)
        return; /* no memory, or a plan that is already another: it will ask again */
    if (worker_reserve(at->worker, 1))
        send_command(at, &command);
    else
        leg_part_destroy(&command.part);
}

static void take_event(struct media_worker *at, struct event *event)
{
    struct media *media = at->media;
    struct leg *leg = event->leg;
    bool stays = leg_seat(leg) && !leg_seat(leg)->leaving;
    switch (event->kind) {
    case EVENT_LEFT:
        come_home(media, leg);
        break;
    case EVENT_KIT:
        leg_kit_destroy(event->kit);
        break;
    case EVENT_PART:
        leg_part_destroy(&event->part);
        break;
    case EVENT_NEED:
        if (stays)
            send_part(at, leg, &event->part);
        break;
    case EVENT_DIGIT:
        if (stays)
            media->events->on_digit(media->context, leg, event->digit);
        break;
    case EVENT_TALKING:
        if (stays)
            media->events->on_talking(media->context, leg, event->talking);
        break;
    case EVENT_NO_MEDIA:
        if (stays)
            media->events->on_no_media(media->context, leg);
        break;
    }
}

static void on_events(void *context, uint32_t ready)
{
    (void)ready;
    struct media_worker *at = context;
    eventfd_t ignored;
    eventfd_read(worker_event_fd(at->worker), &ignored);
    struct event event;
    while (worker_take_event(at->worker, &event))
        take_event(at, &event);
}

/* ---- life ---- */

static int add_worker(struct media *media)
{
    struct media_worker *at = &media->workers[media->worker_count];
    at->media = media;
    int error = worker_create(media->worker_count, &at->worker);
    if (error)
        return error;
    media->worker_count++;
    at->watch = loop_watch(media->loop, worker_event_fd(at->worker), EPOLLIN, on_events, at);
    return at->watch ? 0 : -ENOMEM;
}

int media_create(const struct media_config *config, struct loop *loop,
                 const struct media_events *events, void *context, struct media **media)
{
    ASSERT_CONTROL();
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned count = config->workers ? config->workers : cores > 0 ? (unsigned)cores : 1;
    if (count > MAX_WORKERS)
        count = MAX_WORKERS;
    struct media *made = calloc(1, sizeof(*made) + count * sizeof(made->workers[0]));
    if (!made)
        return -ENOMEM;
    made->loop = loop;
    made->events = events;
    made->context = context;
    for (unsigned i = 0; i < count; i++) {
        int error = add_worker(made);
        if (error) {
            media_destroy(made);
            return error;
        }
    }
    log_info("media", "%u workers, %s", count,
             worker_is_real_time(made->workers[0].worker)
                 ? "real-time (SCHED_FIFO)"
                 : "ordinary threads: no right to SCHED_FIFO (CAP_SYS_NICE)");
    *media = made;
    return 0;
}

void media_destroy(struct media *media)
{
    if (!media)
        return;
    ASSERT_CONTROL();
    for (unsigned i = 0; i < media->worker_count; i++) {
        struct media_worker *at = &media->workers[i];
        assert(!at->legs);
        loop_timer_stop(media->loop, &at->flush_timer);
        on_events(at, 0); /* kits and parts that came home last */
        loop_unwatch(media->loop, at->watch);
        worker_destroy(at->worker);
    }
    free(media);
}

int media_room_create(struct media *media, const struct media_room_settings *settings,
                      struct media_room **room)
{
    ASSERT_CONTROL();
    struct media_room *made = calloc(1, sizeof(*made));
    if (made)
        made->half = calloc(1, sizeof(*made->half));
    if (!made || !made->half) {
        free(made);
        return -ENOMEM;
    }
    made->half->noise_when_alone = settings->noise_when_alone;
    made->half->noise_seed = random_u32();
    made->at = &media->workers[0];
    for (unsigned i = 1; i < media->worker_count; i++) {
        struct media_worker *other = &media->workers[i];
        if (other->legs < made->at->legs ||
            (other->legs == made->at->legs && other->rooms < made->at->rooms))
            made->at = other;
    }
    made->at->rooms++;
    media->rooms++;
    *room = made;
    return 0;
}

void media_room_destroy(struct media_room *room)
{
    if (!room)
        return;
    ASSERT_CONTROL();
    assert(!room->legs);
    room->at->rooms--;
    room->at->media->rooms--;
    free(room->half);
    free(room);
}

void media_room_change(struct media_room *room, const struct media_room_settings *settings)
{
    ASSERT_CONTROL();
    if (!room->legs) {
        room->half->noise_when_alone = settings->noise_when_alone;
        return;
    }
    send_command(room->at, &(struct command){.kind = COMMAND_SETTINGS,
                                             .room = room->half,
                                             .noise_when_alone = settings->noise_when_alone});
}

int media_join(struct media_room *room, struct leg *leg, const struct leg_plan *plan,
               const struct leg_mix *mix)
{
    ASSERT_CONTROL();
    if (leg_is_away(leg))
        return -EBUSY;
    struct leg_kit *kit;
    int error = leg_kit_create(plan, NULL, leg_kit_settings(leg), &kit);
    if (error)
        return error;
    struct media_seat *seat = calloc(1, sizeof(*seat));
    if (!seat || !worker_reserve(room->at->worker, 2)) { /* LEFT, and the old kit */
        free(seat);
        leg_kit_destroy(kit);
        return -ENOMEM;
    }
    seat->room = room;
    seat->half = leg_take_media(leg);
    seat->half->mix = *mix;
    leg_set_seat(leg, seat);
    leg_note_plan(leg, plan);
    room->legs++;
    room->at->legs++;
    send_command(room->at,
                 &(struct command){
                     .kind = COMMAND_JOIN, .room = room->half, .leg = seat->half, .kit = kit});
    return 0;
}

void media_leave(struct leg *leg)
{
    ASSERT_CONTROL();
    struct media_seat *seat = leg_seat(leg);
    assert(seat && !seat->leaving);
    seat->leaving = true;
    send_command(seat->room->at, &(struct command){.kind = COMMAND_LEAVE, .leg = seat->half});
}

int media_replan(struct leg *leg, const struct leg_plan *plan)
{
    ASSERT_CONTROL();
    struct media_seat *seat = leg_seat(leg);
    if (!seat || seat->leaving)
        return -ENOTCONN;
    struct leg_kit *kit;
    int error = leg_kit_create(plan, leg_plan(leg), leg_kit_settings(leg), &kit);
    if (error)
        return error;
    if (!worker_reserve(seat->room->at->worker, 1)) {
        leg_kit_destroy(kit);
        return -ENOMEM;
    }
    leg_note_plan(leg, plan);
    send_command(seat->room->at,
                 &(struct command){.kind = COMMAND_KIT, .leg = seat->half, .kit = kit});
    return 0;
}

int media_set_mix(struct leg *leg, const struct leg_mix *mix)
{
    ASSERT_CONTROL();
    struct media_seat *seat = leg_seat(leg);
    if (!seat || seat->leaving)
        return -ENOTCONN;
    send_command(seat->room->at,
                 &(struct command){.kind = COMMAND_MIX, .leg = seat->half, .mix = *mix});
    return 0;
}

int media_send_digit(struct leg *leg, char digit, unsigned duration_ms)
{
    ASSERT_CONTROL();
    struct media_seat *seat = leg_seat(leg);
    if (!seat || seat->leaving)
        return -ENOTCONN;
    if (telephone_event_of_digit(digit) < 0)
        return -EINVAL;
    if (!leg_plan(leg)->event_count || !leg_plan(leg)->send)
        return -ENOTSUP;
    send_command(seat->room->at, &(struct command){.kind = COMMAND_DIGIT,
                                                   .leg = seat->half,
                                                   .event = {digit, duration_ms}});
    return 0;
}

void media_play_tone(struct media_room *room, enum audio_tone_kind kind)
{
    ASSERT_CONTROL();
    if (room->legs)
        send_command(room->at,
                     &(struct command){.kind = COMMAND_TONE, .room = room->half, .tone = kind});
}

void media_stats_read(const struct media *media, struct media_stats *stats)
{
    *stats = (struct media_stats){.workers = media->worker_count, .rooms = media->rooms};
    for (unsigned i = 0; i < media->worker_count; i++) {
        worker_stats_add(media->workers[i].worker, stats);
        stats->legs += media->workers[i].legs;
    }
}
