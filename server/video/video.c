/* video.c - control's side of the picture engine: which worker has which room, who is away, and
 * what comes home. */
#include "server/video/video.h"

#include "mixer/base/check.h"
#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "mixer/file/recorder.h"
#include "server/video/room_stage.h"
#include "server/video/video_cost.h"
#include "server/video/video_worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
    MAX_WORKERS = 64,
    MAX_SNAPSHOTS = 32,
    FULL_PERCENT = 85,  /* of a worker's time that may be spent on pictures */
    SENDER_WIDTH = 640, /* what a caller is taken to send             */
    SENDER_HEIGHT = 360,
};

/* A worker as control sees it. */
struct video_at {
    struct video *video;
    struct video_worker *worker;
    struct loop_watch *watch;
    unsigned rooms;
    double promised; /* cost of legs that joined since it was looked at */
    double load;     /* of 1, when last looked at                       */
    int64_t looked_ns;
    uint64_t busy_ns;
};

struct video {
    struct loop *loop;
    const struct video_events *events;
    void *context;
    struct video_cost cost;
    struct video_painter *painter;
    struct loop_watch *painter_watch;
    unsigned rooms, legs, snapshots, faces;
    unsigned worker_count;
    struct video_at workers[]; /* [worker_count] */
};

struct video_room {
    struct video *video;
    struct video_at *at;
    struct video_room_settings settings;
    struct room_stage *half; /* the worker's: passed on; its counters are read */
    unsigned members;
    unsigned jobs; /* of the painter, on their way */
    bool is_recorded;
    bool gone; /* destroyed, but for those     */
};

/* A member's place in a room, from join to on_left: of a leg (leg is set), or of a voice. */
struct video_member {
    struct video_room *room;
    struct video_leg *leg;
    struct room_member *half; /* the worker's; NULL once it has come home */
    struct video_look look;
    unsigned serial; /* of its face */
    unsigned jobs;   /* of the painter, on their way */
    bool leaving;
};

/* ---- what the painter has done ---- */

static void tell(struct video_room *room, struct video_command *command)
{
    command->room = room->half;
    video_worker_send(room->at->worker, command);
}

static void free_member(struct video_member *member)
{
    if (!member->half && !member->jobs)
        free(member);
}

static void free_room(struct video_room *room)
{
    if (room->gone && !room->jobs)
        free(room);
}

static void take_face(struct video_member *member, struct video_job *job)
{
    member->jobs--;
    if (member->half && !member->leaving && job->face.serial == member->serial &&
        job->face.face) {
        tell(member->room, &(struct video_command){.kind = VIDEO_COMMAND_FACE,
                                                   .member = member->half,
                                                   .face = job->face.face});
        job->face.face = NULL;
    }
    free_member(member);
}

static void take_ground(struct video_room *room, struct video_job *job)
{
    room->jobs--;
    if (!room->gone) {
        tell(room,
             &(struct video_command){.kind = VIDEO_COMMAND_GROUND,
                                     .ground = {job->ground.background, job->ground.logo}});
        job->ground.background = NULL;
        job->ground.logo = NULL;
    }
    free_room(room);
}

static void on_painted(void *context, uint32_t ready)
{
    (void)ready;
    struct video *video = context;
    struct video_job job;
    while (video_painter_take(video->painter, &job)) {
        if (job.kind == VIDEO_JOB_FACE)
            take_face(job.handle, &job);
        else if (job.kind == VIDEO_JOB_GROUND)
            take_ground(job.handle, &job);
        else if (job.kind == VIDEO_JOB_SNAPSHOT)
            video->snapshots--;
        video_job_drop(&job);
    }
}

static void paint_face(struct video_member *member)
{
    const struct video_room *room = member->room;
    struct video_look *look = malloc(sizeof(*look));
    if (!look)
        return; /* it keeps the face it has */
    *look = member->look;
    member->serial = ++room->video->faces;
    member->jobs++;
    video_painter_put(room->video->painter,
                      &(struct video_job){.kind = VIDEO_JOB_FACE,
                                          .handle = member,
                                          .width = room->settings.width,
                                          .height = room->settings.height,
                                          .face = {.look = look, .serial = member->serial}});
}

static void paint_ground(struct video_room *room)
{
    struct video_room_settings *settings = malloc(sizeof(*settings));
    if (!settings)
        return;
    *settings = room->settings;
    room->jobs++;
    video_painter_put(room->video->painter,
                      &(struct video_job){.kind = VIDEO_JOB_GROUND,
                                          .handle = room,
                                          .width = settings->width,
                                          .height = settings->height,
                                          .ground = {.settings = settings}});
}

/* ---- what the workers tell ---- */

static void come_home(struct video_at *at, const struct video_event *event)
{
    struct video_member *member = event->handle;
    struct video_leg *leg = member->leg;
    struct room_member *half = event->member;
    member->half = NULL;
    if (leg) {
        member->room->members--;
        video_leg_return_media(leg, half->leg);
        video_leg_set_seat(leg, NULL);
        at->video->legs--;
    }
    video_face_destroy(half->face);
    if (half->source.release)
        half->source.release(half->source.context);
    free(half);
    free_member(member);
    if (leg)
        at->video->events->on_left(at->video->context, leg);
}

static void on_events(void *context, uint32_t ready)
{
    (void)ready;
    struct video_at *at = context;
    const struct video *video = at->video;
    struct video_event event;
    while (video_worker_take_event(at->worker, &event)) {
        const struct video_member *member = event.handle;
        if (event.kind == VIDEO_EVENT_LEFT)
            come_home(at, &event);
        else if (member->leaving || !member->leg)
            continue;
        else if (event.kind == VIDEO_EVENT_NEED_KEY)
            video->events->on_need_key(video->context, member->leg);
        else
            video->events->on_showing(video->context, member->leg, event.showing);
    }
}

/* ---- life ---- */

static int add_worker(struct video *video, const struct video_config *config)
{
    struct video_at *at = &video->workers[video->worker_count];
    const struct video_worker_config worker = {
        .number = video->worker_count,
        .limits = {config->max_width, config->max_height},
        .max_sender_bps = config->max_sender_bps,
        .max_payload_bytes = config->max_payload_bytes,
        .painter = video->painter,
        .handshakes = {config->handshakes.service,
                       config->handshakes.worker + video->worker_count}};
    at->video = video;
    int error = video_worker_create(&worker, &at->worker);
    if (error)
        return error;
    video->worker_count++;
    at->watch =
        loop_watch(video->loop, video_worker_event_fd(at->worker), EPOLLIN, on_events, at);
    return at->watch ? 0 : -ENOMEM;
}

static int add_workers(struct video *video, const struct video_config *config, unsigned count)
{
    int error = video_painter_create(&video->painter);
    if (error)
        return error;
    video->painter_watch =
        loop_watch(video->loop, video_painter_fd(video->painter), EPOLLIN, on_painted, video);
    error = video->painter_watch ? 0 : -ENOMEM;
    for (unsigned i = 0; !error && i < count; i++)
        error = add_worker(video, config);
    return error;
}

int video_create(const struct video_config *config, struct loop *loop,
                 const struct video_events *events, void *context, struct video **video)
{
    ASSERT_CONTROL();
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned count = config->workers ? config->workers : cores > 0 ? (unsigned)cores : 1;
    if (count > MAX_WORKERS)
        count = MAX_WORKERS;
    struct video *made = calloc(1, sizeof(*made) + count * sizeof(made->workers[0]));
    if (!made)
        return -ENOMEM;
    made->loop = loop;
    made->events = events;
    made->context = context;
    int error = add_workers(made, config, count);
    if (error) {
        video_destroy(made);
        return error;
    }
    video_cost_measure(&made->cost);
    log_info("video",
             "%u workers; a caller's 360p30 costs %.3f of a core, a picture of 720p30 %.2f",
             count, video_cost_of_sender(&made->cost, SENDER_WIDTH, SENDER_HEIGHT, 30),
             video_cost_of_encoder(&made->cost, 1280, 720, 30));
    *video = made;
    return 0;
}

void video_destroy(struct video *video)
{
    if (!video)
        return;
    ASSERT_CONTROL();
    assert(!video->legs);
    for (unsigned i = 0; i < video->worker_count; i++) {
        struct video_at *at = &video->workers[i];
        video_worker_stop(at->worker);
        on_events(at, 0);
        loop_unwatch(video->loop, at->watch);
        video_worker_destroy(at->worker);
    }
    if (video->painter) {
        video_painter_stop(video->painter);
        on_painted(video, 0); /* members and rooms that waited for it are freed */
        loop_unwatch(video->loop, video->painter_watch);
    }
    video_painter_destroy(video->painter);
    free(video);
}

/* ---- what it costs ---- */

static double load_of(struct video_at *at)
{
    const int64_t now_ns = clock_monotonic_ns();
    if (now_ns - at->looked_ns >= 2 * CLOCK_NS_PER_S) {
        const uint64_t busy_ns = video_worker_busy_ns(at->worker);
        /* read while a step ends, it may go back a little */
        const uint64_t gone_ns = busy_ns > at->busy_ns ? busy_ns - at->busy_ns : 0;
        at->load = (double)gone_ns / (double)(now_ns - at->looked_ns);
        at->busy_ns = busy_ns;
        at->looked_ns = now_ns;
        at->promised = 0;
    }
    return at->load + at->promised;
}

double video_cost(const struct video *video, const struct video_room_settings *settings,
                  bool own_encoder)
{
    const double sender =
        video_cost_of_sender(&video->cost, SENDER_WIDTH, SENDER_HEIGHT, settings->fps);
    const double encoder =
        video_cost_of_encoder(&video->cost, settings->width, settings->height, settings->fps);
    return own_encoder ? sender + encoder : sender;
}

static struct video_at *idlest(struct video *video)
{
    struct video_at *best = &video->workers[0];
    for (unsigned i = 1; i < video->worker_count; i++) {
        struct video_at *at = &video->workers[i];
        const double load = load_of(at), least = load_of(best);
        if (load + 0.01 < least || (load < least + 0.01 && at->rooms < best->rooms))
            best = at;
    }
    return best;
}

bool video_has_room(struct video *video, const struct video_room *room, double cost)
{
    return load_of(room ? room->at : idlest(video)) + cost <= FULL_PERCENT / 100.0;
}

/* ---- rooms ---- */

int video_room_create(struct video *video, const struct video_room_settings *settings,
                      struct video_room **room)
{
    ASSERT_CONTROL();
    struct video_room *made = calloc(1, sizeof(*made));
    struct room_stage *half = calloc(1, sizeof(*half));
    if (!made || !half) {
        free(made);
        free(half);
        return -ENOMEM;
    }
    half->settings = *settings;
    made->video = video;
    made->settings = *settings;
    made->half = half;
    made->at = idlest(video);
    made->at->rooms++;
    video->rooms++;
    if (settings->background[0] || settings->logo[0])
        paint_ground(made);
    *room = made;
    return 0;
}

void video_room_change(struct video_room *room, const struct video_room_settings *settings)
{
    ASSERT_CONTROL();
    const bool same_ground = strcmp(room->settings.background, settings->background) == 0 &&
                             strcmp(room->settings.logo, settings->logo) == 0;
    struct video_room_settings *copy = malloc(sizeof(*copy));
    if (!copy)
        return; /* it stays as it is */
    *copy = room->settings = *settings;
    tell(room, &(struct video_command){.kind = VIDEO_COMMAND_SETTINGS, .settings = copy});
    if (!same_ground)
        paint_ground(room);
}

void video_room_destroy(struct video_room *room)
{
    if (!room)
        return;
    ASSERT_CONTROL();
    assert(!room->members && !room->is_recorded);
    room->at->rooms--;
    room->video->rooms--;
    tell(room, &(struct video_command){.kind = VIDEO_COMMAND_FORGET});
    video_painter_put(room->video->painter, &(struct video_job){.kind = VIDEO_JOB_TIDY});
    room->gone = true;
    free_room(room);
}

/* ---- members ---- */

static struct video_member *make_member(struct video_room *room, const struct video_look *look,
                                        struct video_leg *leg)
{
    struct video_member *member = calloc(1, sizeof(*member));
    struct room_member *half = calloc(1, sizeof(*half));
    if (!member || !half) {
        free(member);
        free(half);
        return NULL;
    }
    half->handle = member;
    half->look = *look;
    member->room = room;
    member->leg = leg;
    member->half = half;
    member->look = *look;
    return member;
}

/* Takes the member to its worker. */
static void send_member(struct video_member *member, struct video_plan *plan)
{
    struct video_room *room = member->room;
    room->members++;
    tell(room, &(struct video_command){
                   .kind = VIDEO_COMMAND_JOIN, .member = member->half, .plan = plan});
    paint_face(member);
}

static void set_look(struct video_member *member, const struct video_look *look)
{
    const struct video_look before = member->look;
    struct video_look *copy = malloc(sizeof(*copy));
    if (!copy)
        return; /* it stays as it is */
    *copy = member->look = *look;
    tell(member->room, &(struct video_command){
                           .kind = VIDEO_COMMAND_LOOK, .member = member->half, .look = copy});
    if (strcmp(before.name, look->name) != 0 || strcmp(before.avatar, look->avatar) != 0 ||
        before.muted != look->muted || before.hand_raised != look->hand_raised)
        paint_face(member);
}

/* The seat of a leg is its member; NULL: it is not in a room, or about to leave. */
static struct video_member *member_of(const struct video_leg *leg)
{
    struct video_member *member = (struct video_member *)video_leg_seat(leg);
    return member && !member->leaving ? member : NULL;
}

static struct video_plan *copy_plan(struct video_leg *leg, const struct video_plan *plan)
{
    struct video_plan *copy = malloc(sizeof(*copy));
    if (!copy || video_leg_note_plan(leg, plan) < 0) {
        free(copy);
        return NULL;
    }
    *copy = *plan;
    return copy;
}

int video_join(struct video_room *room, struct video_leg *leg, const struct video_plan *plan,
               const struct video_look *look)
{
    ASSERT_CONTROL();
    if (video_leg_is_away(leg))
        return -EBUSY;
    if (!plan->codec_count)
        return -EINVAL;
    struct video_plan *copy = copy_plan(leg, plan);
    struct video_member *member = copy ? make_member(room, look, leg) : NULL;
    if (!member) {
        free(copy);
        return -ENOMEM;
    }
    member->half->leg = video_leg_take_media(leg);
    video_leg_set_seat(leg, (struct video_seat *)member);
    room->video->legs++;
    room->at->promised += video_cost(room->video, &room->settings, room->settings.own_view);
    send_member(member, copy);
    return 0;
}

void video_leave(struct video_leg *leg)
{
    ASSERT_CONTROL();
    struct video_member *member = member_of(leg);
    assert(member);
    member->leaving = true;
    tell(member->room,
         &(struct video_command){.kind = VIDEO_COMMAND_LEAVE, .member = member->half});
}

int video_replan(struct video_leg *leg, const struct video_plan *plan)
{
    ASSERT_CONTROL();
    struct video_member *member = member_of(leg);
    if (!member)
        return -ENOTCONN;
    if (!plan->codec_count)
        return -EINVAL;
    struct video_plan *copy = copy_plan(leg, plan);
    if (!copy)
        return -ENOMEM;
    tell(member->room, &(struct video_command){
                           .kind = VIDEO_COMMAND_PLAN, .member = member->half, .plan = copy});
    return 0;
}

void video_set_look(struct video_leg *leg, const struct video_look *look)
{
    ASSERT_CONTROL();
    struct video_member *member = member_of(leg);
    if (member)
        set_look(member, look);
}

void video_request_key(struct video_leg *leg)
{
    ASSERT_CONTROL();
    struct video_member *member = member_of(leg);
    if (member)
        tell(member->room,
             &(struct video_command){.kind = VIDEO_COMMAND_KEY, .member = member->half});
}

static void set_talker(struct video_member *member)
{
    tell(member->room,
         &(struct video_command){.kind = VIDEO_COMMAND_TALKER, .member = member->half});
}

void video_set_talker(struct video_leg *leg)
{
    ASSERT_CONTROL();
    struct video_member *member = member_of(leg);
    if (member)
        set_talker(member);
}

struct video_member *video_add_voice(struct video_room *room, const struct video_look *look)
{
    ASSERT_CONTROL();
    struct video_member *member = make_member(room, look, NULL);
    if (member)
        send_member(member, NULL);
    return member;
}

struct video_member *video_add_source(struct video_room *room, const struct video_look *look,
                                      const struct video_source *source)
{
    ASSERT_CONTROL();
    struct video_member *member = make_member(room, look, NULL);
    if (!member)
        return NULL;
    member->half->source = *source;
    send_member(member, NULL);
    return member;
}

void video_voice_set_look(struct video_member *member, const struct video_look *look)
{
    ASSERT_CONTROL();
    set_look(member, look);
}

void video_voice_set_talker(struct video_member *member)
{
    ASSERT_CONTROL();
    set_talker(member);
}

void video_remove_voice(struct video_member *member)
{
    if (!member)
        return;
    ASSERT_CONTROL();
    member->leaving = true;
    member->room->members--; /* nobody is told when it has gone */
    tell(member->room,
         &(struct video_command){.kind = VIDEO_COMMAND_LEAVE, .member = member->half});
}

/* ---- snapshots and statistics ---- */

int video_snapshot(struct video_room *room, struct video_leg *leg, unsigned max_width,
                   video_on_snapshot *on_done, void *context)
{
    ASSERT_CONTROL();
    struct video *video = room->video;
    struct video_member *member = leg ? member_of(leg) : NULL;
    if (leg && (!member || member->room != room))
        return -ENOTCONN;
    if (video->snapshots >= MAX_SNAPSHOTS)
        return -EBUSY;
    struct video_snapshot *snapshot = calloc(1, sizeof(*snapshot));
    if (!snapshot)
        return -ENOMEM;
    *snapshot =
        (struct video_snapshot){.max_width = max_width, .on_done = on_done, .context = context};
    video->snapshots++;
    tell(room, &(struct video_command){.kind = VIDEO_COMMAND_SNAPSHOT,
                                       .member = member ? member->half : NULL,
                                       .snapshot = snapshot});
    return 0;
}

/* ---- recordings ---- */

int video_record(struct video_room *room, struct recorder *recorder)
{
    ASSERT_CONTROL();
    if (room->is_recorded)
        return -EBUSY;
    room->is_recorded = true;
    recorder_lend(recorder, RECORDER_PICTURES);
    tell(room, &(struct video_command){.kind = VIDEO_COMMAND_RECORD, .recorder = recorder});
    return 0;
}

void video_record_end(struct video_room *room)
{
    ASSERT_CONTROL();
    if (room->is_recorded)
        tell(room, &(struct video_command){.kind = VIDEO_COMMAND_RECORD});
    room->is_recorded = false;
}

void video_stats_read(struct video *video, struct video_stats *stats)
{
    *stats = (struct video_stats){
        .workers = video->worker_count, .rooms = video->rooms, .legs = video->legs};
    for (unsigned i = 0; i < video->worker_count; i++) {
        struct video_at *at = &video->workers[i];
        const double load = load_of(at);
        video_worker_stats_add(at->worker, stats);
        stats->load = load > stats->load ? load : stats->load;
    }
}

void video_room_stats_read(const struct video_room *room, struct video_room_stats *stats)
{
    const struct room_stage_counters *from = &room->half->counters;
    const enum layout_kind kind = (enum layout_kind)leg_counter_read(&from->layout);
    *stats = (struct video_room_stats){
        .shown = (unsigned)leg_counter_read(&from->shown),
        .decoders = (unsigned)leg_counter_read(&from->decoders),
        .classes = (unsigned)leg_counter_read(&from->classes),
        .canvases = (unsigned)leg_counter_read(&from->canvases),
        .fps = (unsigned)leg_counter_read(&from->fps),
    };
    strncpy(stats->layout, layout_kind_word(kind), sizeof(stats->layout) - 1);
}
