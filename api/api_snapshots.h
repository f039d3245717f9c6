/*
 * api_snapshots.h - requests for a picture of what is to be seen, which wait until the engine
 * has made it.
 *
 *   api_snapshots_init(&snapshots, resume);
 *   api_snapshots_take(&snapshots, request, room, participant, 640);
 *       answers at once if there is nothing to be seen; else the request is held, answered when
 *       the picture is there, and resumed
 *   api_snapshots_finish(&snapshots);       what still waits is answered 503
 *
 * Thread   control.
 */
#ifndef API_API_SNAPSHOTS_H
#define API_API_SNAPSHOTS_H

#include "api/api_request.h"
#include "server/room/room.h"

struct api_snapshot;

struct api_snapshots {
    struct api_snapshot *first;
    void (*resume)(struct api_request *request);
};

void api_snapshots_init(struct api_snapshots *snapshots,
                        void (*resume)(struct api_request *request));

/** @p participant: NULL: of the room as it is composed. @p width: at most. */
void api_snapshots_take(struct api_snapshots *snapshots, struct api_request *request,
                        struct room *room, struct participant *participant, unsigned width);

void api_snapshots_finish(struct api_snapshots *snapshots);

#endif
