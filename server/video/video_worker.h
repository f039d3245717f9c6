/*
 * video_worker.h - a video thread: looks at its sockets every VIDEO_STEP_MS while it has legs,
 * and sleeps without a timer if not.
 *
 * Thread   create, destroy, send, take_event, stats: control. Inside: the worker's own.
 */
#ifndef SERVER_VIDEO_VIDEO_WORKER_H
#define SERVER_VIDEO_VIDEO_WORKER_H

#include "server/rtp/handshake_service.h"
#include "server/video/video_message.h"
#include "server/video/video_painter.h"

struct video_worker;

struct video_worker_config {
    unsigned number;
    struct video_limits limits;
    uint64_t max_sender_bps;
    size_t max_payload_bytes;
    struct video_painter *painter; /* borrowed: for snapshots */
    struct handshake_way handshakes;
};

/** @return 0 and *worker, owned by the caller; -ENOMEM, -EAGAIN, -EMFILE. */
int video_worker_create(const struct video_worker_config *config, struct video_worker **worker);
/** Ends the thread, which must have no members; its last events can still be taken. */
void video_worker_stop(struct video_worker *worker);
/** Stops it and frees it. NULL is allowed. */
void video_worker_destroy(struct video_worker *worker);

void video_worker_send(struct video_worker *worker, const struct video_command *command);
bool video_worker_take_event(struct video_worker *worker, struct video_event *event);
int video_worker_event_fd(const struct video_worker *worker);

uint64_t video_worker_busy_ns(const struct video_worker *worker);
/** Adds its counters to @p stats. */
void video_worker_stats_add(const struct video_worker *worker, struct video_stats *stats);

#endif
