/* media.c - control's side of the engine: which worker has which part of a room, what is away,
 * and what comes home. Sounds: media_sound.c. */
#include "server/media/media.h"

#include "mixer/base/check.h"
#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "mixer/base/random.h"
#include "mixer/file/recorder.h"
#include "server/media/media_internal.h"
#include "server/media/room_media.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { MAX_WORKERS = 256, FLUSH_MS = 5 };

/* ---- commands ---- */

static void on_flush(void *context)
{
    struct media_worker *at = context;
    if (!worker_flush(at->worker))
        loop_timer_start(at->media->loop, &at->flush_timer, FLUSH_MS, on_flush, at);
}

void media_send_command(struct media_worker *at, const struct command *command)
{
    if (!worker_send(at->worker, command))
        loop_timer_start(at->media->loop, &at->flush_timer, FLUSH_MS, on_flush, at);
}

/* ---- events ---- */

static void come_home(struct media *media, struct leg *leg)
{
    struct media_seat *seat = leg_seat(leg);
    struct media_part *part = seat->part;
    leg_return_media(leg, seat->half);
    leg_set_seat(leg, NULL);
    part->legs--;
    part->room->legs--;
    part->at->legs--;
    free(seat);
    media->events->on_left(media->context, leg);
}

static void send_part(struct media_worker *at, struct leg *leg, const struct leg_part *asked)
{
    struct command command = {.kind = COMMAND_PART, .leg = leg_seat(leg)->half, .part = *asked};
    if (leg_part_create(leg_plan(leg), &command.part) < 0)
        return; /* no memory: it goes without; another plan by now: that will ask */
    if (worker_reserve(at->worker, 1))
        media_send_command(at, &command);
    else
        leg_part_destroy(&command.part);
}

/* Of a leg that stays: those of one that leaves are no news any more. */
static void take_news(struct media_worker *at, const struct event *event)
{
    struct media *media = at->media;
    const struct media_events *events = media->events;
    struct leg *leg = event->leg;
    if (!leg_seat(leg) || leg_seat(leg)->leaving)
        return;
    switch (event->kind) {
    case EVENT_NEED:
        send_part(at, leg, &event->part);
        break;
    case EVENT_DIGIT:
        events->on_digit(media->context, leg, event->digit.name, event->digit.in_band);
        break;
    case EVENT_TALKING:
        events->on_talking(media->context, leg, event->talking);
        break;
    case EVENT_NO_MEDIA:
        events->on_no_media(media->context, leg);
        break;
    case EVENT_SPEAKER:
        events->on_speaker(media->context, leg);
        break;
    default:
        break;
    }
}

static void take_event(struct media_worker *at, struct event *event)
{
    switch (event->kind) {
    case EVENT_LEFT:
        come_home(at->media, event->leg);
        break;
    case EVENT_KIT:
        leg_kit_destroy(event->kit);
        break;
    case EVENT_PART:
        leg_part_destroy(&event->part);
        break;
    case EVENT_PLAYED:
        media_sound_over(at, event->play);
        break;
    case EVENT_FORGOTTEN:
        if (event->play)
            media_sound_forgotten(at, event->play);
        free(event->room);
        break;
    default:
        take_news(at, event);
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

static int add_worker(struct media *media, struct handshake_service *handshakes)
{
    struct media_worker *at = &media->workers[media->worker_count];
    at->media = media;
    int error = worker_create(media->worker_count, handshakes, &at->worker);
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
    made->room_share = config->room_share ? config->room_share : UINT_MAX;
    for (unsigned i = 0; i < count; i++) {
        int error = add_worker(made, config->handshakes);
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
        worker_stop(at->worker);
        on_events(at, 0); /* kits, parts, rooms that came home last */
        loop_unwatch(media->loop, at->watch);
        worker_destroy(at->worker);
    }
    media_sounds_drop(media);
    free(media);
}

/* ---- rooms, and the workers that have parts of them ---- */

/* How busy a worker is, of 1: as measured over the last second or more, and what has joined
 * since. */
static double load_of(struct media_worker *at)
{
    static const double guess_per_leg = 0.0004; /* a G.711 leg on a slow core */
    int64_t now_ns = clock_monotonic_ns();
    if (now_ns - at->looked_ns >= CLOCK_NS_PER_S) {
        uint64_t busy_ns = worker_busy_ns(at->worker);
        at->load = (double)(busy_ns - at->busy_ns) / (double)(now_ns - at->looked_ns);
        at->busy_ns = busy_ns;
        at->looked_ns = now_ns;
        at->joined = 0;
    }
    return at->load + guess_per_leg * at->joined;
}

static const struct media_part *part_at(const struct media_room *room,
                                        const struct media_worker *at)
{
    for (unsigned i = 0; i < room->part_count; i++) {
        if (room->part[i].at == at)
            return &room->part[i];
    }
    return NULL;
}

/* The worker with the most time to spare that has no part of the room yet; NULL: all have. */
static struct media_worker *idlest(const struct media_room *room)
{
    struct media *media = room->media;
    struct media_worker *best = NULL;
    double least = 0;
    for (unsigned i = 0; i < media->worker_count; i++) {
        struct media_worker *at = &media->workers[i];
        double load = load_of(at);
        if (part_at(room, at) ||
            (best && (load > least || (load >= least && at->rooms >= best->rooms))))
            continue;
        best = at;
        least = load;
    }
    return best;
}

static void connect_parts(struct media_room *room, const struct media_part *one,
                          const struct media_part *other, struct room_link *link)
{
    const struct media_part *part[2] = {one, other};
    for (unsigned end = 0; end < 2; end++)
        media_send_command(part[end]->at, &(struct command){.kind = COMMAND_PEER,
                                                            .room = part[end]->half,
                                                            .peer = link->end[end]});
    room->link[room->link_count++] = *link;
}

/* All links first: a part that hears only some of the others is none. */
static int link_part(struct media_room *room, const struct media_part *made)
{
    if (!room->part_count)
        return 0;
    struct room_link links[ROOM_MEDIA_PARTS] = {{{NULL, NULL}}};
    struct room_link *place =
        realloc(room->link, (room->link_count + room->part_count) * sizeof(*place));
    if (!place)
        return -ENOMEM;
    room->link = place;
    for (unsigned i = 0; i < room->part_count; i++) {
        if (room_link_create(&links[i]) == 0)
            continue;
        while (i > 0)
            room_link_destroy(&links[--i]);
        return -ENOMEM;
    }
    for (unsigned i = 0; i < room->part_count; i++)
        connect_parts(room, made, &room->part[i], &links[i]);
    return 0;
}

static int add_part(struct media_room *room, struct media_worker *at)
{
    struct media_part *made = &room->part[room->part_count];
    *made = (struct media_part){.room = room, .at = at, .half = calloc(1, sizeof(*made->half))};
    if (!made->half)
        return -ENOMEM;
    made->half->noise_when_alone = room->settings.noise_when_alone;
    made->half->loudest = room->settings.loudest;
    made->half->noise_seed = random_u32();
    if (!worker_reserve(at->worker, 1) || link_part(room, made) < 0) { /* FORGOTTEN */
        free(made->half);
        return -ENOMEM;
    }
    room->part_count++;
    at->rooms++;
    return 0;
}

/* Where the next leg goes: to the smallest part; if that has its share, to a worker that has
 * more time. */
static int choose_part(struct media_room *room, struct media_part **chosen)
{
    struct media_part *part = NULL;
    for (unsigned i = 0; i < room->part_count; i++) {
        if (!part || room->part[i].legs < part->legs)
            part = &room->part[i];
    }
    if (!part || part->legs >= room->media->room_share) {
        struct media_worker *at = room->part_count < ROOM_MEDIA_PARTS ? idlest(room) : NULL;
        if (at && (!part || load_of(at) < load_of(part->at))) {
            int error = add_part(room, at);
            if (error && !part)
                return error;
            if (!error)
                part = &room->part[room->part_count - 1];
        }
    }
    *chosen = part;
    return 0;
}

int media_room_create(struct media *media, const struct media_room_settings *settings,
                      struct media_room **room)
{
    ASSERT_CONTROL();
    struct media_room *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->media = media;
    made->settings = *settings;
    if (!made->settings.loudest || made->settings.loudest > MEDIA_MAX_LOUDEST)
        made->settings.loudest = MEDIA_MAX_LOUDEST;
    media->rooms++;
    *room = made;
    return 0;
}

void media_room_destroy(struct media_room *room)
{
    if (!room)
        return;
    ASSERT_CONTROL();
    assert(!room->legs && !room->recorded);
    room->media->rooms--;
    for (unsigned i = 0; i < room->part_count; i++) {
        room->part[i].at->rooms--;
        media_send_command(room->part[i].at, &(struct command){.kind = COMMAND_FORGET,
                                                               .room = room->part[i].half});
    }
    for (unsigned i = 0; i < room->link_count; i++)
        room_link_destroy(&room->link[i]);
    free(room->link);
    free(room);
}

void media_room_change(struct media_room *room, const struct media_room_settings *settings)
{
    ASSERT_CONTROL();
    room->settings = *settings;
    if (!room->settings.loudest || room->settings.loudest > MEDIA_MAX_LOUDEST)
        room->settings.loudest = MEDIA_MAX_LOUDEST;
    for (unsigned i = 0; i < room->part_count; i++)
        media_send_command(room->part[i].at, &(struct command){.kind = COMMAND_SETTINGS,
                                                               .room = room->part[i].half,
                                                               .settings = room->settings});
}

/* ---- legs ---- */

int media_join(struct media_room *room, struct leg *leg, const struct leg_plan *plan,
               const struct leg_mix *mix)
{
    ASSERT_CONTROL();
    if (leg_is_away(leg))
        return -EBUSY;
    struct media_part *part;
    struct leg_kit *kit;
    int error = choose_part(room, &part);
    if (!error)
        error = leg_kit_create(plan, NULL, leg_kit_settings(leg), &kit);
    if (error)
        return error;
    struct media_seat *seat = calloc(1, sizeof(*seat));
    if (!seat || !worker_reserve(part->at->worker, 2)) { /* LEFT, and the old kit */
        free(seat);
        leg_kit_destroy(kit);
        return -ENOMEM;
    }
    seat->part = part;
    seat->half = leg_take_media(leg);
    seat->half->mix = *mix;
    leg_set_seat(leg, seat);
    leg_note_kit(leg, kit);
    room->legs++;
    part->legs++;
    part->at->legs++;
    part->at->joined++;
    media_send_command(
        part->at, &(struct command){
                      .kind = COMMAND_JOIN, .room = part->half, .leg = seat->half, .kit = kit});
    return 0;
}

void media_leave(struct leg *leg)
{
    ASSERT_CONTROL();
    struct media_seat *seat = leg_seat(leg);
    assert(seat && !seat->leaving);
    seat->leaving = true;
    media_send_command(seat->part->at,
                       &(struct command){.kind = COMMAND_LEAVE, .leg = seat->half});
}

int media_replan(struct leg *leg, const struct leg_plan *plan)
{
    ASSERT_CONTROL();
    struct media_seat *seat = leg_seat(leg);
    if (!seat || seat->leaving)
        return -ENOTCONN;
    struct leg_kit *kit;
    int error = media_sounds_reach(seat->part->at->media, leg, plan);
    if (!error)
        error = leg_kit_create(plan, leg_plan(leg), leg_kit_settings(leg), &kit);
    if (error)
        return error;
    if (!worker_reserve(seat->part->at->worker, 1)) {
        leg_kit_destroy(kit);
        return -ENOMEM;
    }
    leg_note_kit(leg, kit);
    media_send_command(seat->part->at,
                       &(struct command){.kind = COMMAND_KIT, .leg = seat->half, .kit = kit});
    return 0;
}

int media_set_mix(struct leg *leg, const struct leg_mix *mix)
{
    ASSERT_CONTROL();
    struct media_seat *seat = leg_seat(leg);
    if (!seat || seat->leaving)
        return -ENOTCONN;
    media_send_command(seat->part->at,
                       &(struct command){.kind = COMMAND_MIX, .leg = seat->half, .mix = *mix});
    return 0;
}

static int send_digit(struct leg *leg, char digit, bool in_band, unsigned duration_ms)
{
    ASSERT_CONTROL();
    struct media_seat *seat = leg_seat(leg);
    if (!seat || seat->leaving)
        return -ENOTCONN;
    if (telephone_event_of_digit(digit) < 0)
        return -EINVAL;
    if ((!in_band && !leg_plan(leg)->event_count) || !leg_plan(leg)->send)
        return -ENOTSUP;
    media_send_command(seat->part->at,
                       &(struct command){.kind = COMMAND_DIGIT,
                                         .leg = seat->half,
                                         .event = {digit, in_band, duration_ms}});
    return 0;
}

int media_send_digit(struct leg *leg, char digit, unsigned duration_ms)
{
    return send_digit(leg, digit, false, duration_ms);
}

int media_sound_digit(struct leg *leg, char digit, unsigned duration_ms)
{
    return send_digit(leg, digit, true, duration_ms);
}

void media_play_tone(struct media_room *room, enum audio_tone_kind kind)
{
    ASSERT_CONTROL();
    for (unsigned i = 0; i < room->part_count; i++) {
        if (room->part[i].legs)
            media_send_command(room->part[i].at, &(struct command){.kind = COMMAND_TONE,
                                                                   .room = room->part[i].half,
                                                                   .tone = kind});
    }
}

static void send_recorder(struct media_room *room, struct recorder *recorder)
{
    media_send_command(room->recorded->at, &(struct command){.kind = COMMAND_RECORD,
                                                             .room = room->recorded->half,
                                                             .recorder = recorder});
}

int media_record(struct media_room *room, struct recorder *recorder)
{
    ASSERT_CONTROL();
    if (room->recorded)
        return -EBUSY;
    room->recorded = media_home_of(room);
    if (!room->recorded)
        return -ENOTCONN;
    recorder_lend(recorder, RECORDER_SOUND);
    send_recorder(room, recorder);
    return 0;
}

void media_record_end(struct media_room *room)
{
    ASSERT_CONTROL();
    if (room->recorded)
        send_recorder(room, NULL);
    room->recorded = NULL;
}

void media_stats_read(const struct media *media, struct media_stats *stats)
{
    *stats = (struct media_stats){.workers = media->worker_count, .rooms = media->rooms};
    for (unsigned i = 0; i < media->worker_count; i++) {
        worker_stats_add(media->workers[i].worker, stats);
        stats->legs += media->workers[i].legs;
    }
}
