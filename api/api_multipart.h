/*
 * api_multipart.h - a form with one file in it (multipart/form-data), read while it comes.
 *
 *   api_multipart_create(content_type, &sink, &form);    from the head of the request
 *   api_multipart_feed(form, bytes, length);  ...        the file's bytes go to the sink
 *   api_multipart_end(form);                             all has come: was there a file?
 *   api_multipart_name(form)                             as its sender calls it
 *
 * The file is the first field that has a filename; a second one is an error, for nobody could
 * say what becomes of it. Fields without a filename are passed over, and all that is not the
 * file may have API_MULTIPART_BESIDE_BYTES. Nothing is kept but the name and the head of a
 * field. (libmicrohttpd's post processor wants a blank behind each semicolon, which Linphone
 * does not send.)
 *
 * Thread   any; pure.
 * Errors   0 or a negative errno: -EILSEQ: it is no form, or not one file is in it; the sink's.
 * Source   RFC 7578; RFC 2046 section 5.1.1 (boundaries).
 */
#ifndef API_API_MULTIPART_H
#define API_API_MULTIPART_H

#include <stdbool.h>
#include <stddef.h>

enum { API_MULTIPART_BESIDE_BYTES = 1 << 20 };

struct api_multipart;

/** Where the bytes of the file go. */
struct api_multipart_sink {
    int (*write)(void *context, const void *bytes, size_t length); /* 0, or why not */
    void *context;
};

/** @p content_type NULL: no. */
bool api_multipart_is_form(const char *content_type);

/** @p sink is copied. @return 0 and *form, owned by the caller; -EILSEQ: @p content_type has no
 *  boundary; -ENOMEM. */
int api_multipart_create(const char *content_type, const struct api_multipart_sink *sink,
                         struct api_multipart **form);
void api_multipart_destroy(struct api_multipart *form); /* NULL is allowed */

/** After an error nothing more is taken, and it is the same again. */
int api_multipart_feed(struct api_multipart *form, const void *bytes, size_t length);
int api_multipart_end(const struct api_multipart *form);

/** As it came, not judged; "": the file has not begun, or its name cannot be read. */
const char *api_multipart_name(const struct api_multipart *form);

#endif
