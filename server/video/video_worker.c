/* video_worker.c - a video thread: commands in, steps, events out. */
#include "server/video/video_worker.h"

#include "mixer/base/check.h"
#include "mixer/base/clock.h"
#include "mixer/base/mailbox.h"
#include "server/leg/leg_counters.h"
#include "server/leg/video_receive.h"
#include "server/leg/video_report.h"
#include "server/leg/video_send.h"
#include "server/video/room_stage.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    NICE = 5, /* behind whatever makes sound */
    STEP_NS = VIDEO_STEP_MS * 1000000,
};

struct video_worker {
    pthread_t thread;
    bool has_thread;
    struct mailbox *commands; /* control puts */
    struct mailbox *events;   /* worker puts  */
    struct video_painter *painter;

    struct { /* worker thread only */
        bool stopping;
        struct room_stage *rooms; /* those with legs */
        struct video_step step;
        /* of rooms that have gone: */
        uint64_t frames_composed, frames_encoded, key_frames, pixels, skipped;
    } rt;

    struct { /* worker writes, control reads */
        leg_counter packets_received, packets_sent, packets_unauthentic, frames_decoded,
            decoders, encoders;
        leg_counter frames_composed, frames_encoded, key_frames, pixels, skipped, busy_ns;
        leg_counter begun_ns; /* of the step that is on; 0: it sleeps */
    } counters;
};

/* ---- events ---- */

static void on_need_key(void *context, struct video_leg_media *leg)
{
    struct video_worker *worker = context;
    const struct room_member *member = leg->member;
    mailbox_put(worker->events,
                &(struct video_event){.kind = VIDEO_EVENT_NEED_KEY, .handle = member->handle});
}
static const struct video_leg_events leg_events = {on_need_key};

static void on_showing(void *context, struct room_member *member, bool showing)
{
    struct video_worker *worker = context;
    mailbox_put(worker->events, &(struct video_event){.kind = VIDEO_EVENT_SHOWING,
                                                      .handle = member->handle,
                                                      .showing = showing});
}
static const struct room_stage_events room_events = {on_showing};

/* ---- commands ---- */

static void link_room(struct video_worker *worker, struct room_stage *room)
{
    room->due_ns = 0;
    room->previous = NULL;
    room->next = worker->rt.rooms;
    if (room->next)
        room->next->previous = room;
    worker->rt.rooms = room;
}

static void keep_counters(struct video_worker *worker, struct room_stage *room)
{
    worker->rt.frames_composed += room->composed;
    worker->rt.frames_encoded += room->encoded.frames;
    worker->rt.key_frames += room->encoded.key_frames;
    worker->rt.pixels += room->encoded.pixels;
    worker->rt.skipped += room->skipped;
    room->composed = room->skipped = 0;
    room->encoded = (struct video_class_counters){0};
}

static void unlink_room(struct video_worker *worker, struct room_stage *room)
{
    keep_counters(worker, room);
    if (room->previous)
        room->previous->next = room->next;
    else
        worker->rt.rooms = room->next;
    if (room->next)
        room->next->previous = room->previous;
    room->next = room->previous = NULL;
}

static void set_plan(struct video_worker *worker, struct room_member *member,
                     struct video_plan *plan)
{
    video_leg_set_plan(member->leg, plan, &worker->rt.step);
    room_stage_note_change(member->room, member, &worker->rt.step);
}

static void join(struct video_worker *worker, const struct video_command *command)
{
    struct room_member *member = command->member;
    struct room_stage *room = command->room;
    struct video_leg_media *leg = member->leg;
    if (leg) {
        if (room_stage_is_idle(room))
            link_room(worker, room);
        leg->member = member;
        leg->events = &leg_events;
        leg->events_context = worker;
        video_leg_set_plan(leg, command->plan, &worker->rt.step);
    }
    room_stage_add(room, member, &worker->rt.step);
    if (leg)
        rtp_io_add(worker->rt.step.io, leg->socket, leg);
}

static void leave(struct video_worker *worker, struct room_member *member)
{
    struct room_stage *room = member->room;
    struct video_leg_media *leg = member->leg;
    if (leg) {
        video_report_run(leg, &worker->rt.step, true);
        rtp_io_remove(worker->rt.step.io, leg->socket);
    }
    room_stage_remove(room, member, &worker->rt.step);
    if (leg && room_stage_is_idle(room))
        unlink_room(worker, room);
    mailbox_put(worker->events, &(struct video_event){.kind = VIDEO_EVENT_LEFT,
                                                      .handle = member->handle,
                                                      .member = member});
}

static void set_look(struct room_member *member, struct video_look *look,
                     struct video_step *step)
{
    member->look = *look;
    free(look);
    room_stage_note_change(member->room, member, step);
}

static void set_face(struct room_member *member, struct video_face *face)
{
    video_face_destroy(member->face);
    member->face = face;
}

static void take_snapshot(struct video_worker *worker, const struct video_command *command)
{
    struct video_snapshot *snapshot = command->snapshot;
    const struct picture *picture = NULL;
    if (command->member)
        picture = command->member->picture;
    else if (!room_stage_is_idle(command->room) && command->room->scenes)
        picture = canvas_picture(command->room->scenes->canvas);
    if (picture)
        video_snapshot_take(snapshot, picture);
    video_painter_put(worker->painter,
                      &(struct video_job){.kind = VIDEO_JOB_SNAPSHOT, .snapshot = snapshot});
}

static void record(struct video_worker *worker, struct room_stage *room,
                   struct recorder *recorder)
{
    if (room_stage_is_idle(room))
        link_room(worker, room);
    room_stage_record(room, recorder);
    if (room_stage_is_idle(room))
        unlink_room(worker, room);
}

static void obey(struct video_worker *worker, struct video_command *command)
{
    struct room_member *member = command->member;
    switch (command->kind) {
    case VIDEO_COMMAND_JOIN:
        join(worker, command);
        break;
    case VIDEO_COMMAND_LEAVE:
        leave(worker, member);
        break;
    case VIDEO_COMMAND_PLAN:
        set_plan(worker, member, command->plan);
        break;
    case VIDEO_COMMAND_LOOK:
        set_look(member, command->look, &worker->rt.step);
        break;
    case VIDEO_COMMAND_FACE:
        set_face(member, command->face);
        break;
    case VIDEO_COMMAND_TALKER:
        room_stage_set_talker(member->room, member);
        break;
    case VIDEO_COMMAND_KEY:
        video_send_ask_key(member->leg, worker->rt.step.now_ns);
        break;
    case VIDEO_COMMAND_SETTINGS:
        room_stage_change(command->room, command->settings);
        free(command->settings);
        break;
    case VIDEO_COMMAND_GROUND:
        room_stage_set_ground(command->room, command->ground.background, command->ground.logo);
        break;
    case VIDEO_COMMAND_SNAPSHOT:
        take_snapshot(worker, command);
        break;
    case VIDEO_COMMAND_RECORD:
        record(worker, command->room, command->recorder);
        break;
    case VIDEO_COMMAND_FORGET:
        room_stage_destroy(command->room);
        break;
    case VIDEO_COMMAND_STOP:
        worker->rt.stopping = true;
        break;
    }
}

/* ---- the thread ---- */

static void obey_all(struct video_worker *worker)
{
    struct video_command command;
    while (mailbox_take(worker->commands, &command))
        obey(worker, &command);
}

static void take(void *context, void *leg, bool rtcp, const struct rtp_datagram *datagram)
{
    struct video_worker *worker = context;
    video_leg_receive(leg, rtcp, datagram, &worker->rt.step);
}

static void note_counters(struct video_worker *worker, int64_t begun_ns)
{
    uint64_t composed = worker->rt.frames_composed, encoded = worker->rt.frames_encoded;
    uint64_t keys = worker->rt.key_frames, pixels = worker->rt.pixels;
    uint64_t skipped = worker->rt.skipped, encoders = 0;
    for (const struct room_stage *room = worker->rt.rooms; room; room = room->next) {
        composed += room->composed;
        encoded += room->encoded.frames;
        keys += room->encoded.key_frames;
        pixels += room->encoded.pixels;
        skipped += room->skipped;
        encoders += leg_counter_read(&room->counters.classes);
    }
    leg_counter_set(&worker->counters.packets_received, worker->rt.step.packets_received);
    leg_counter_set(&worker->counters.packets_sent, worker->rt.step.packets_sent);
    leg_counter_set(&worker->counters.packets_unauthentic, worker->rt.step.packets_unauthentic);
    leg_counter_set(&worker->counters.frames_decoded, worker->rt.step.frames_decoded);
    leg_counter_set(&worker->counters.decoders, worker->rt.step.decoders);
    leg_counter_set(&worker->counters.encoders, encoders);
    leg_counter_set(&worker->counters.frames_composed, composed);
    leg_counter_set(&worker->counters.frames_encoded, encoded);
    leg_counter_set(&worker->counters.key_frames, keys);
    leg_counter_set(&worker->counters.pixels, pixels);
    leg_counter_set(&worker->counters.skipped, skipped);
    leg_counter_set(&worker->counters.begun_ns, 0);
    leg_counter_add(&worker->counters.busy_ns, (uint64_t)(clock_monotonic_ns() - begun_ns));
}

/* Receive, compose and encode what is due, send. */
static void run_step(struct video_worker *worker)
{
    struct video_step *step = &worker->rt.step;
    rtp_io_receive(step->io, take, worker);
    for (struct room_stage *room = worker->rt.rooms; room; room = room->next) {
        for (struct room_member *member = room->members; member; member = member->next) {
            if (!member->leg)
                continue;
            video_leg_begin(member->leg, step);
            video_receive_run(member->leg, step);
        }
        room_stage_run(room, step, &room_events, worker);
        for (struct room_member *member = room->members; member; member = member->next) {
            if (!member->leg)
                continue;
            video_send_run(member->leg, step);
            video_report_run(member->leg, step, false);
        }
    }
    rtp_io_flush(step->io);
}

static void *run(void *argument)
{
    struct video_worker *worker = argument;
    check_thread_is(CHECK_THREAD_VIDEO);
    (void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
    int64_t due_ns = clock_monotonic_ns();
    while (!worker->rt.stopping) {
        if (worker->rt.rooms)
            clock_sleep_until(due_ns);
        else
            mailbox_wait(worker->commands);
        const int64_t now_ns = clock_monotonic_ns();
        worker->rt.step.now_ns = now_ns;
        leg_counter_set(&worker->counters.begun_ns, (uint64_t)now_ns);
        obey_all(worker);
        if (worker->rt.rooms)
            run_step(worker);
        if (worker->rt.step.handshakes.service)
            handshake_service_wake(worker->rt.step.handshakes.service,
                                   worker->rt.step.handshakes.worker);
        note_counters(worker, now_ns);
        due_ns += STEP_NS;
        if (due_ns < clock_monotonic_ns() - STEP_NS)
            due_ns = clock_monotonic_ns();
    }
    return NULL;
}

/* ---- control's side ---- */

int video_worker_create(const struct video_worker_config *config, struct video_worker **worker)
{
    ASSERT_CONTROL();
    struct video_worker *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->painter = config->painter;
    made->rt.step = (struct video_step){.io = rtp_io_create(RTP_IO_BURSTS),
                                        .handshakes = config->handshakes,
                                        .limits = config->limits,
                                        .max_sender_bps = config->max_sender_bps,
                                        .max_payload_bytes = config->max_payload_bytes};
    int error = made->rt.step.io ? 0 : -ENOMEM;
    if (!error)
        error = mailbox_create(sizeof(struct video_command), &made->commands);
    if (!error)
        error = mailbox_create(sizeof(struct video_event), &made->events);
    if (!error)
        error = -pthread_create(&made->thread, NULL, run, made);
    if (error) {
        video_worker_destroy(made);
        return error;
    }
    made->has_thread = true;
    char name[16];
    snprintf(name, sizeof(name), "video-%u", config->number % 1000);
    pthread_setname_np(made->thread, name);
    *worker = made;
    return 0;
}

void video_worker_stop(struct video_worker *worker)
{
    ASSERT_CONTROL();
    if (!worker->has_thread)
        return;
    video_worker_send(worker, &(struct video_command){.kind = VIDEO_COMMAND_STOP});
    pthread_join(worker->thread, NULL);
    worker->has_thread = false;
}

void video_worker_destroy(struct video_worker *worker)
{
    if (!worker)
        return;
    ASSERT_CONTROL();
    video_worker_stop(worker);
    mailbox_destroy(worker->commands);
    mailbox_destroy(worker->events);
    rtp_io_destroy(worker->rt.step.io);
    free(worker);
}

void video_worker_send(struct video_worker *worker, const struct video_command *command)
{
    mailbox_put(worker->commands, command);
}

bool video_worker_take_event(struct video_worker *worker, struct video_event *event)
{
    return mailbox_take(worker->events, event);
}

int video_worker_event_fd(const struct video_worker *worker)
{
    return mailbox_fd(worker->events);
}

/* A step may last for seconds if others take the cores: that is no idleness. */
uint64_t video_worker_busy_ns(const struct video_worker *worker)
{
    const int64_t begun_ns = (int64_t)leg_counter_read(&worker->counters.begun_ns);
    const int64_t so_far_ns = begun_ns ? clock_monotonic_ns() - begun_ns : 0;
    return leg_counter_read(&worker->counters.busy_ns) +
           (uint64_t)(so_far_ns > 0 ? so_far_ns : 0);
}

void video_worker_stats_add(const struct video_worker *worker, struct video_stats *stats)
{
    stats->packets_received += leg_counter_read(&worker->counters.packets_received);
    stats->packets_sent += leg_counter_read(&worker->counters.packets_sent);
    stats->packets_unauthentic += leg_counter_read(&worker->counters.packets_unauthentic);
    stats->frames_decoded += leg_counter_read(&worker->counters.frames_decoded);
    stats->frames_composed += leg_counter_read(&worker->counters.frames_composed);
    stats->frames_encoded += leg_counter_read(&worker->counters.frames_encoded);
    stats->key_frames_encoded += leg_counter_read(&worker->counters.key_frames);
    stats->frames_skipped += leg_counter_read(&worker->counters.skipped);
    stats->pixels_encoded += leg_counter_read(&worker->counters.pixels);
    stats->decoders += (unsigned)leg_counter_read(&worker->counters.decoders);
    stats->encoders += (unsigned)leg_counter_read(&worker->counters.encoders);
    stats->busy_ns += leg_counter_read(&worker->counters.busy_ns);
}
