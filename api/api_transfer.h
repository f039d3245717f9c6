/*
 * api_transfer.h - the bytes of a file on their way through HTTP: what the head of a request
 * says of those that come, and what those that go are.
 *
 * Thread   whoever has the request (api_request.h).
 */
#ifndef API_API_TRANSFER_H
#define API_API_TRANSFER_H

#include "api/api_multipart.h"
#include "server/room/room_files.h"

#include <stdbool.h>
#include <stdint.h>

struct api_transfer {
    /* in: */
    char name[ROOM_FILE_NAME_BYTES];
    uint64_t length; /* of the body, if it was announced; of a new upload: of the file */
    bool is_announced;
    struct api_multipart *form; /* owned: the file is in it; NULL: the body is the file */
    char *authorization;        /* owned: the header, for control; or NULL */
    uint64_t offset;            /* where they go                                      */
    struct file_part *part; /* owned: lent by the file's room; NULL: not yet, not any more */
    bool is_open;           /* HTTP has begun to write                            */
    /* out: */
    char *path; /* owned; NULL: none go */
    char type[FILE_TYPE_BYTES], sha256[FILE_SHA256_BYTES];
    uint64_t bytes;
};

/** @return zeroed, owned by the caller; NULL: memory is out. */
struct api_transfer *api_transfer_create(void);

/** The body is a form. @return as api_multipart_create(). HTTP. */
int api_transfer_wrap(struct api_transfer *transfer, const char *content_type);
/** Bytes of the body, which go to the part, and all of them. @return a part's or a form's
 *  errors. HTTP. */
int api_transfer_write(struct api_transfer *transfer, const void *bytes, size_t length);
int api_transfer_end(struct api_transfer *transfer);

/** A part that has not come home is dropped. NULL is allowed. */
void api_transfer_destroy(struct api_transfer *transfer);

#endif
