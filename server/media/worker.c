/* worker.c - a media thread: commands in, ticks, events out. */
#include "server/media/worker.h"

#include "mixer/base/check.h"
#include "mixer/base/clock.h"
#include "mixer/base/random.h"
#include "mixer/base/ring.h"
#include "server/leg/leg_counters.h"
#include "server/media/room_media.h"
#include "server/rtp/rtp_io.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

enum {
    COMMAND_SLOTS = 4096,
    EVENT_SLOTS = 32768, /* half for what carries ownership, half for the rest */
    OWNED_SLOTS = EVENT_SLOTS / 2,
    TICK_NS = PCM_TICK_MS * 1000000,
    LATENESS_BUCKETS = 8,
};
static const int64_t lateness_limits_ns[LATENESS_BUCKETS - 1] = {
    100000, 250000, 500000, 1000000, 2000000, 5000000, 20000000};

struct worker {
    pthread_t thread;
    bool has_thread, is_real_time;
    struct ring *commands; /* control pushes, worker pops                   */
    struct ring *events;   /* worker pushes, control pops                   */
    int wake_fd;           /* eventfd: a command for an idle worker         */
    int event_fd;          /* eventfd: events for control                   */

    struct {           /* control only */
        unsigned owed; /* events with ownership still to come           */
        struct command *aside;
        size_t aside_first, aside_count, aside_room;
    } control;

    struct { /* worker thread only */
        bool stopping, events_pushed;
        struct room_media *rooms;           /* those with legs                        */
        struct room_media_scratch *scratch; /* owned                          */
    } rt;

    struct { /* worker writes, control reads */
        leg_counter ticks, ticks_late, lateness[LATENESS_BUCKETS], lateness_sum_ns;
        leg_counter packets_received, packets_sent, packets_malformed, packets_unauthentic,
            events_dropped;
        leg_counter encodes, decodes, busy_ns;
    } counters;
};

/* ---- events: worker to control ---- */

static bool tell(struct worker *worker, const struct event *event)
{
    if (ring_count(worker->events) >= EVENT_SLOTS - OWNED_SLOTS) {
        leg_counter_add(&worker->counters.events_dropped, 1);
        return false;
    }
    ring_push(worker->events, event);
    worker->rt.events_pushed = true;
    return true;
}

static void tell_owned(struct worker *worker, const struct event *event)
{
    bool pushed = ring_push(worker->events, event);
    assert(pushed); /* a slot was reserved by worker_reserve() */
    worker->rt.events_pushed = true;
}

static void on_digit(void *context, struct leg *leg, char digit, bool in_band)
{
    tell(context, &(struct event){.kind = EVENT_DIGIT, .leg = leg, .digit = {digit, in_band}});
}

static bool on_talking(void *context, struct leg *leg, bool talking)
{
    return tell(context,
                &(struct event){.kind = EVENT_TALKING, .leg = leg, .talking = talking});
}

static bool on_no_media(void *context, struct leg *leg)
{
    return tell(context, &(struct event){.kind = EVENT_NO_MEDIA, .leg = leg});
}

static bool on_need(void *context, struct leg *leg, const struct leg_part *part)
{
    return tell(context, &(struct event){.kind = EVENT_NEED, .leg = leg, .part = *part});
}

static const struct leg_media_events leg_events = {on_digit, on_talking, on_no_media, on_need};

static bool on_speaker(void *context, struct leg *leg)
{
    return tell(context, &(struct event){.kind = EVENT_SPEAKER, .leg = leg});
}

static void on_played(void *context, struct media_play *play)
{
    tell_owned(context, &(struct event){.kind = EVENT_PLAYED, .play = play});
}

static const struct room_media_events room_events = {on_speaker, on_played};

/* ---- commands: control to worker ---- */

static void link_room(struct worker *worker, struct room_media *room)
{
    room->previous = NULL;
    room->next = worker->rt.rooms;
    if (room->next)
        room->next->previous = room;
    worker->rt.rooms = room;
}

static void unlink_room(struct worker *worker, struct room_media *room)
{
    if (room->previous)
        room->previous->next = room->next;
    else
        worker->rt.rooms = room->next;
    if (room->next)
        room->next->previous = room->previous;
    room->next = room->previous = NULL;
}

static void set_kit(struct worker *worker, struct leg_media *leg, struct leg_kit *kit)
{
    struct leg_kit *old = room_media_set_kit(leg->room, leg, kit, clock_monotonic_ns());
    tell_owned(worker, &(struct event){.kind = EVENT_KIT, .leg = leg->leg, .kit = old});
}

static void join(struct worker *worker, const struct command *command)
{
    struct leg_media *leg = command->leg;
    leg->events = &leg_events;
    leg->events_context = worker;
    if (room_media_is_idle(command->room))
        link_room(worker, command->room);
    room_media_add(command->room, leg);
    set_kit(worker, leg, command->kit);
    rtp_io_add(worker->rt.scratch->tick.io, leg->socket, leg);
}

static void leave(struct worker *worker, struct leg_media *leg)
{
    struct room_media *room = leg->room;
    struct leg_tick *tick = &worker->rt.scratch->tick;
    tick->now_ns = clock_monotonic_ns();
    leg_media_report(leg, tick, true);
    rtp_io_remove(tick->io, leg->socket);
    room_media_remove(room, leg, worker->rt.scratch);
    if (room_media_is_idle(room))
        unlink_room(worker, room);
    tell_owned(worker, &(struct event){.kind = EVENT_LEFT, .leg = leg->leg});
}

static void send_digit(const struct command *command)
{
    struct leg_media *leg = command->leg;
    if (command->event.in_band)
        audio_key_press(&leg->key, command->event.digit, command->event.duration_ms);
    else
        leg_media_send_digit(leg, command->event.digit, command->event.duration_ms);
}

static void fit_part(struct worker *worker, const struct command *command)
{
    struct event answer = {.kind = EVENT_PART, .leg = command->leg->leg};
    if (!leg_media_fit(command->leg, &command->part))
        answer.part = command->part;
    tell_owned(worker, &answer);
}

static void change_room(struct room_media *room, const struct media_room_settings *settings)
{
    room->noise_when_alone = settings->noise_when_alone;
    room->loudest = settings->loudest;
}

/* A part of a room whose legs have all gone still hears the other parts. */
static void record(struct worker *worker, struct room_media *room, struct recorder *recorder)
{
    if (room_media_is_idle(room))
        link_room(worker, room);
    room_media_record(room, recorder);
    if (room_media_is_idle(room))
        unlink_room(worker, room);
}

static void obey_play(struct worker *worker, const struct command *command)
{
    struct media_play *play = command->play.play;
    switch (command->play.what) {
    case COMMAND_PLAY_BEGIN:
        if (command->room->leg_count)
            room_media_play(command->room, command->leg, play, worker->rt.scratch);
        else
            on_played(worker, play);
        break;
    case COMMAND_PLAY_STOP:
        room_media_stop(command->room, play, worker->rt.scratch);
        break;
    case COMMAND_PLAY_PAUSE:
        play->rt.paused = command->play.paused;
        break;
    case COMMAND_PLAY_SEEK:
        media_play_go_to(play, command->play.ms);
        break;
    case COMMAND_PLAY_FORGET:
        tell_owned(worker, &(struct event){.kind = EVENT_FORGOTTEN, .play = play});
        break;
    }
}

static void obey(struct worker *worker, const struct command *command)
{
    switch (command->kind) {
    case COMMAND_JOIN:
        join(worker, command);
        break;
    case COMMAND_LEAVE:
        leave(worker, command->leg);
        break;
    case COMMAND_KIT:
        set_kit(worker, command->leg, command->kit);
        break;
    case COMMAND_MIX:
        command->leg->mix = command->mix;
        break;
    case COMMAND_DIGIT:
        send_digit(command);
        break;
    case COMMAND_PART:
        fit_part(worker, command);
        break;
    case COMMAND_TONE:
        audio_tone_start(&command->room->tone, command->tone);
        break;
    case COMMAND_SETTINGS:
        change_room(command->room, &command->settings);
        break;
    case COMMAND_PEER:
        command->room->peers[command->room->peer_count++] = command->peer;
        break;
    case COMMAND_PLAY:
        obey_play(worker, command);
        break;
    case COMMAND_RECORD:
        record(worker, command->room, command->recorder);
        break;
    case COMMAND_FORGET:
        tell_owned(worker, &(struct event){.kind = EVENT_FORGOTTEN, .room = command->room});
        break;
    case COMMAND_STOP:
        worker->rt.stopping = true;
        break;
    }
}

/* ---- the thread ---- */

static void obey_all(struct worker *worker)
{
    struct command command;
    while (ring_pop(worker->commands, &command))
        obey(worker, &command);
}

static void take(void *context, void *leg, bool rtcp, const struct rtp_datagram *datagram)
{
    struct leg_tick *tick = context;
    leg_media_receive(leg, rtcp, datagram->data, datagram->length, datagram->from,
                      datagram->arrival_ns, tick);
    tick->packets_received += !rtcp;
}

static void note_lateness(struct worker *worker, int64_t late_ns)
{
    unsigned bucket = 0;
    while (bucket < LATENESS_BUCKETS - 1 && late_ns > lateness_limits_ns[bucket])
        bucket++;
    leg_counter_add(&worker->counters.lateness[bucket], 1);
    leg_counter_add(&worker->counters.lateness_sum_ns, late_ns > 0 ? (uint64_t)late_ns : 0);
    leg_counter_add(&worker->counters.ticks, 1);
}

static void tick(struct worker *worker, int64_t due_ns, int64_t begun_ns)
{
    struct room_media_scratch *scratch = worker->rt.scratch;
    struct leg_tick *tick = &scratch->tick;
    tick->now_ns = due_ns;
    tick->number = (uint64_t)(due_ns / TICK_NS);
    rtp_io_receive(tick->io, take, tick);
    for (struct room_media *room = worker->rt.rooms; room; room = room->next)
        room_media_tick(room, scratch);
    rtp_io_flush(tick->io);
    leg_counter_set(&worker->counters.packets_received, tick->packets_received);
    leg_counter_set(&worker->counters.packets_sent, tick->packets_sent);
    leg_counter_set(&worker->counters.packets_malformed, tick->packets_malformed);
    leg_counter_set(&worker->counters.packets_unauthentic, tick->packets_unauthentic);
    leg_counter_set(&worker->counters.encodes, tick->encodes);
    leg_counter_set(&worker->counters.decodes, tick->decodes);
    leg_counter_add(&worker->counters.busy_ns, (uint64_t)(clock_monotonic_ns() - begun_ns));
}

static void ring_bells(struct worker *worker)
{
    const struct handshake_way *handshakes = &worker->rt.scratch->tick.handshakes;
    if (handshakes->service)
        handshake_service_wake(handshakes->service, handshakes->worker);
    if (worker->rt.events_pushed)
        eventfd_write(worker->event_fd, 1);
    worker->rt.events_pushed = false;
}

/* Ticks whose time is over are left out, not caught up in a burst. Returns when the next is
 * due. */
static int64_t skip_late(struct worker *worker, int64_t due_ns)
{
    int64_t late_ns = clock_monotonic_ns() - due_ns;
    unsigned skipped = late_ns >= TICK_NS ? (unsigned)(late_ns / TICK_NS) : 0;
    leg_counter_add(&worker->counters.ticks_late, skipped);
    worker->rt.scratch->tick.skipped = skipped;
    return due_ns + (int64_t)skipped * TICK_NS;
}

/* No legs: no timer. Waits for a command. */
static void idle(struct worker *worker)
{
    struct pollfd wake = {.fd = worker->wake_fd, .events = POLLIN};
    poll(&wake, 1, -1);
    eventfd_t ignored;
    eventfd_read(worker->wake_fd, &ignored);
}

static void *run(void *argument)
{
    struct worker *worker = argument;
    check_thread_is(CHECK_THREAD_MEDIA);
    prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    int64_t due_ns = 0; /* of the next tick; 0: idle */
    for (;;) {
        if (due_ns)
            clock_sleep_until(due_ns);
        else
            idle(worker);
        check_tick(true);
        obey_all(worker);
        if (worker->rt.stopping)
            break;
        int64_t now_ns = clock_monotonic_ns();
        if (!worker->rt.rooms) {
            due_ns = 0;
            worker->rt.scratch->tick.skipped = 0;
        } else {
            if (!due_ns) /* all workers tick at the same moments: rooms may span them */
                due_ns = now_ns - now_ns % TICK_NS;
            note_lateness(worker, now_ns - due_ns);
            tick(worker, due_ns, now_ns);
            due_ns += TICK_NS;
            due_ns = skip_late(worker, due_ns);
        }
        check_tick(false);
        ring_bells(worker);
    }
    check_tick(false);
    return NULL;
}

/* ---- control's side ---- */

static bool create_parts(struct worker *worker)
{
    worker->commands = ring_create(COMMAND_SLOTS, sizeof(struct command));
    worker->events = ring_create(EVENT_SLOTS, sizeof(struct event));
    worker->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    worker->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    worker->rt.scratch = room_media_scratch_create(&room_events, worker);
    return worker->commands && worker->events && worker->wake_fd >= 0 &&
           worker->event_fd >= 0 && worker->rt.scratch;
}

int worker_create(unsigned number, struct handshake_service *handshakes, struct worker **worker)
{
    ASSERT_CONTROL();
    struct worker *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->wake_fd = made->event_fd = -1;
    if (!create_parts(made)) {
        worker_destroy(made);
        return -ENOMEM;
    }
    made->rt.scratch->tick.handshakes = (struct handshake_way){handshakes, number};
    int error = pthread_create(&made->thread, NULL, run, made);
    if (error) {
        worker_destroy(made);
        return -error;
    }
    made->has_thread = true;
    char name[16];
    snprintf(name, sizeof(name), "media-%u", number % 1000);
    pthread_setname_np(made->thread, name);
    struct sched_param lowest = {.sched_priority = sched_get_priority_min(SCHED_FIFO)};
    made->is_real_time = pthread_setschedparam(made->thread, SCHED_FIFO, &lowest) == 0;
    *worker = made;
    return 0;
}

void worker_stop(struct worker *worker)
{
    ASSERT_CONTROL();
    if (!worker->has_thread)
        return;
    worker_send(worker, &(struct command){.kind = COMMAND_STOP});
    while (!worker_flush(worker))
        sched_yield();
    pthread_join(worker->thread, NULL);
    worker->has_thread = false;
}

void worker_destroy(struct worker *worker)
{
    if (!worker)
        return;
    ASSERT_CONTROL();
    worker_stop(worker);
    ring_destroy(worker->commands);
    ring_destroy(worker->events);
    room_media_scratch_destroy(worker->rt.scratch);
    free(worker->control.aside);
    if (worker->wake_fd >= 0)
        close(worker->wake_fd);
    if (worker->event_fd >= 0)
        close(worker->event_fd);
    free(worker);
}

uint64_t worker_busy_ns(const struct worker *worker)
{
    return leg_counter_read(&worker->counters.busy_ns);
}

bool worker_is_real_time(const struct worker *worker)
{
    return worker->is_real_time;
}

int worker_event_fd(const struct worker *worker)
{
    return worker->event_fd;
}

bool worker_reserve(struct worker *worker, unsigned count)
{
    if (worker->control.owed + count > OWNED_SLOTS)
        return false;
    worker->control.owed += count;
    return true;
}

static void put_aside(struct worker *worker, const struct command *command)
{
    if (worker->control.aside_first + worker->control.aside_count ==
        worker->control.aside_room) {
        size_t room = worker->control.aside_room ? 2 * worker->control.aside_room : 256;
        struct command *aside = realloc(worker->control.aside, room * sizeof(*aside));
        if (!aside)
            abort(); /* a lost command is a lost leg: better a clean restart */
        worker->control.aside = aside;
        worker->control.aside_room = room;
    }
    worker->control.aside[worker->control.aside_first + worker->control.aside_count++] =
        *command;
}

bool worker_flush(struct worker *worker)
{
    while (worker->control.aside_count &&
           ring_push(worker->commands, &worker->control.aside[worker->control.aside_first])) {
        worker->control.aside_first++;
        worker->control.aside_count--;
    }
    if (worker->control.aside_count)
        return false;
    worker->control.aside_first = 0;
    return true;
}

bool worker_send(struct worker *worker, const struct command *command)
{
    ASSERT_CONTROL();
    bool sent = worker_flush(worker) && ring_push(worker->commands, command);
    if (!sent)
        put_aside(worker, command);
    eventfd_write(worker->wake_fd, 1);
    return sent;
}

static bool is_owned(enum event_kind kind)
{
    return kind == EVENT_LEFT || kind == EVENT_KIT || kind == EVENT_PART ||
           kind == EVENT_PLAYED || kind == EVENT_FORGOTTEN;
}

bool worker_take_event(struct worker *worker, struct event *event)
{
    ASSERT_CONTROL();
    if (!ring_pop(worker->events, event))
        return false;
    if (is_owned(event->kind))
        worker->control.owed--;
    return true;
}

void worker_stats_add(const struct worker *worker, struct media_stats *stats)
{
    stats->ticks += leg_counter_read(&worker->counters.ticks);
    stats->ticks_late += leg_counter_read(&worker->counters.ticks_late);
    stats->lateness_sum_ns += leg_counter_read(&worker->counters.lateness_sum_ns);
    for (unsigned i = 0; i < LATENESS_BUCKETS; i++)
        stats->lateness_ns[i] += leg_counter_read(&worker->counters.lateness[i]);
    stats->packets_received += leg_counter_read(&worker->counters.packets_received);
    stats->packets_sent += leg_counter_read(&worker->counters.packets_sent);
    stats->packets_malformed += leg_counter_read(&worker->counters.packets_malformed);
    stats->packets_unauthentic += leg_counter_read(&worker->counters.packets_unauthentic);
    stats->encodes += leg_counter_read(&worker->counters.encodes);
    stats->decodes += leg_counter_read(&worker->counters.decodes);
    stats->busy_ns += leg_counter_read(&worker->counters.busy_ns);
    stats->events_dropped += leg_counter_read(&worker->counters.events_dropped);
}
