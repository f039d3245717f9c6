/*
 * api_disposition.h - the name of a file in Content-Disposition, both ways.
 *
 *   api_disposition_read("attachment; filename*=UTF-8''na%C3%AFve.txt", name, sizeof(name));
 *   api_disposition_write("naïve.txt", out, sizeof(out));
 *
 * Thread   any; pure.
 * Source   RFC 6266 (the header), RFC 8187 (filename*).
 */
#ifndef API_API_DISPOSITION_H
#define API_API_DISPOSITION_H

#include <stddef.h>

enum { API_DISPOSITION_BYTES = 1200 }; /* for a name of 255 bytes, each of them escaped */

/** The name in @p header, decoded but not judged; filename* is taken before filename.
 *  @return 0; -ENOENT: there is none; -EBADMSG: one that cannot be read, or that is longer than
 *          @p room bytes with its NUL. */
int api_disposition_read(const char *header, char *name, size_t room);

/** "attachment; filename=\"...\"; filename*=UTF-8''...": the first for old clients, in ASCII.
 */
void api_disposition_write(const char *name, char out[API_DISPOSITION_BYTES]);

#endif
