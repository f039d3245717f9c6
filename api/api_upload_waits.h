/*
 * api_upload_waits.h - requests whose file has come, and is being looked at: they are held
 * meanwhile.
 *
 *   api_upload_waits_check(&waits, request, file, on_shared);    from a route's serve()
 *
 * Thread   control.
 */
#ifndef API_API_UPLOAD_WAITS_H
#define API_API_UPLOAD_WAITS_H

#include "api/api_request.h"
#include "server/room/room_files.h"

struct api_upload_wait;

struct api_upload_waits {
    void (*resume)(struct api_request *request);
    struct api_upload_wait *first;
};

void api_upload_waits_init(struct api_upload_waits *waits,
                           void (*resume)(struct api_request *request));
/** Answers all that are held: the server goes down. */
void api_upload_waits_finish(struct api_upload_waits *waits);

/** Holds @p request until @p file is shared, and has @p on_shared answer it; or answers with
 * what is wrong with the file. */
void api_upload_waits_check(struct api_upload_waits *waits, struct api_request *request,
                            struct room_file *file,
                            void (*on_shared)(struct api_request *request,
                                              struct room_file *file));

#endif
