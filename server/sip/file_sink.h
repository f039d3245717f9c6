/*
 * file_sink.h - a file that comes by MSRP: to disk, hashed, and home to its room.
 *
 *   file_sink_create(&plan, &sink);
 *   session_config.sink = file_sink_functions(); session_config.sink_context = sink;
 *   file_sink_give(sink, file);    where they go
 *   file_sink_open(sink);          from now on bytes may come
 *
 * It lives as long as its session, and ends itself (msrp_sink's release()). One that goes on is
 * numbered as the whole file, or from 1 again: there are senders of both kinds.
 *
 * Thread   create, give, open, destroy: control. What the session calls: msrp.
 */
#ifndef SERVER_SIP_FILE_SINK_H
#define SERVER_SIP_FILE_SINK_H

#include "server/msrp/msrp_service.h"
#include "server/room/room_files.h"
#include "server/sdp/file_selector.h"

struct file_sink;

struct file_sink_plan {
    struct loop *loop;
    const char *call; /* id, for the log; copied */
    uint64_t first;   /* the byte that it begins with, from 1 */
    const struct file_selector *selector;
};

/** @return 0 and *sink; -ENOMEM. */
int file_sink_create(const struct file_sink_plan *plan, struct file_sink **sink);
/** Of one that no session has got. NULL is allowed. */
void file_sink_destroy(struct file_sink *sink);

/** @p file is COMING, and the sink's now, on error too. Before open(), once. @return 0;
 * room_file_lend()'s errors: it is removed. */
int file_sink_give(struct file_sink *sink, struct room_file *file);
bool file_sink_has_file(const struct file_sink *sink);
/** Its sender is in, and it has its file. */
void file_sink_open(struct file_sink *sink);
const struct msrp_sink *file_sink_functions(void);

#endif
