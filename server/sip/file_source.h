/*
 * file_source.h - a file of a room that goes out by MSRP: read from disk as fast as the far end
 * takes it.
 *
 *   file_source_open(file, first, last, &source);
 *   msrp_out.source = file_source_functions();
 *   msrp_out.source_context = file_source_ref(source);
 *   ...file_source_end(source)...                 the byte behind the last, from 0
 *
 * The bytes stay what they were when the file is removed meanwhile: it is open.
 *
 * Owner    counted: open gives one reference, the session has another.
 * Thread   control. What the session calls: msrp.
 * Errors   negative errno.
 */
#ifndef SERVER_SIP_FILE_SOURCE_H
#define SERVER_SIP_FILE_SOURCE_H

#include "server/msrp/msrp_service.h"
#include "server/room/room_files.h"

struct file_source;

/** From byte @p first (1 is the first of all) to @p last, or to the end if that comes before.
 *  @return 0 and *source; -ERANGE: it has no such bytes; -ENOMEM; open()'s. */
int file_source_open(const struct room_file *file, uint64_t first, uint64_t last,
                     struct file_source **source);
struct file_source *file_source_ref(struct file_source *source);
void file_source_unref(struct file_source *source); /* NULL is allowed */

uint64_t file_source_end(const struct file_source *source);
/** The bytes before this one were read, and have gone or are about to. From 0. */
uint64_t file_source_sent(const struct file_source *source);
const struct msrp_source *file_source_functions(void);

#endif
