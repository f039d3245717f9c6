/* api_multipart.c - from one boundary to the next: a head, then content. */
#include "api/api_multipart.h"

#include "api/api_disposition.h"
#include "server/room/room_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { HEAD_BYTES = 4096, BOUNDARY_BYTES = 71 };

enum state {
    CONTENT, /* and what stands before the first boundary */
    AFTER,   /* the boundary: "--" ends all, a line's end begins a field */
    HEAD,
    OVER,
    WRONG,
};

struct api_multipart {
    struct api_multipart_sink sink;
    enum state state;
    int err;                            /* of WRONG */
    char delimiter[4 + BOUNDARY_BYTES]; /* CRLF, "--", the boundary */
    size_t delimiter_length;
    size_t matched; /* bytes of the delimiter that have just come */
    size_t beside;  /* bytes that have come and are not the file's */
    bool has_file, is_in_file;
    size_t head_length;
    char head[HEAD_BYTES]; /* in AFTER, too */
    char name[ROOM_FILE_NAME_BYTES];
};

bool api_multipart_is_form(const char *content_type)
{
    static const char type[] = "multipart/form-data";
    const size_t length = sizeof(type) - 1;
    return content_type && strncasecmp(content_type, type, length) == 0 &&
           strchr("; \t", content_type[length]) != NULL; /* the final NUL, too */
}

/* RFC 2046: 1 to 70 characters, of which none needs an escape. */
static bool read_boundary(const char *content_type, char out[BOUNDARY_BYTES])
{
    const char *at = strcasestr(content_type, "boundary=");
    if (!at)
        return false;
    at += strlen("boundary=");
    const bool is_quoted = *at == '"';
    at += is_quoted;
    const size_t length = strcspn(at, is_quoted ? "\"" : "; \t");
    if (!length || length >= BOUNDARY_BYTES || (is_quoted && at[length] != '"'))
        return false;
    memcpy(out, at, length);
    out[length] = '\0';
    return true;
}

int api_multipart_create(const char *content_type, const struct api_multipart_sink *sink,
                         struct api_multipart **form)
{
    char boundary[BOUNDARY_BYTES];
    if (!read_boundary(content_type, boundary))
        return -EILSEQ;
    struct api_multipart *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->sink = *sink;
    made->delimiter_length =
        (size_t)snprintf(made->delimiter, sizeof(made->delimiter), "\r\n--%s", boundary);
    made->matched = 2; /* the first boundary may stand at the very begin */
    *form = made;
    return 0;
}

void api_multipart_destroy(struct api_multipart *form)
{
    free(form);
}

static void fail(struct api_multipart *form, int err)
{
    form->state = WRONG;
    form->err = err;
}

/* ---- heads ---- */

/* The value of a line of the head, which is cut into lines by NULs. NULL: there is none. */
static const char *header(const struct api_multipart *form, const char *name)
{
    const size_t length = strlen(name);
    for (const char *at = form->head; at < form->head + form->head_length;
         at += strlen(at) + 1) {
        if (strncasecmp(at, name, length) == 0 && at[length] == ':')
            return at + length + 1 + strspn(at + length + 1, " \t");
    }
    return NULL;
}

static bool is_as_it_is(const char *encoding)
{
    return !encoding || strcasecmp(encoding, "binary") == 0 ||
           strcasecmp(encoding, "8bit") == 0 || strcasecmp(encoding, "7bit") == 0;
}

static void begin_field(struct api_multipart *form)
{
    const char *disposition = header(form, "Content-Disposition");
    char name[ROOM_FILE_NAME_BYTES] = "";
    const int err =
        disposition ? api_disposition_read(disposition, name, sizeof(name)) : -ENOENT;
    const bool is_plain = is_as_it_is(header(form, "Content-Transfer-Encoding"));
    form->state = CONTENT;
    form->head_length = 0;
    form->is_in_file = err != -ENOENT;
    if (!form->is_in_file)
        return;
    if (form->has_file || !is_plain)
        fail(form, -EILSEQ);
    form->has_file = true;
    if (err == 0)
        memcpy(form->name, name, sizeof(name));
}

/* One byte more of a head; it ends with an empty line. */
static void take_head(struct api_multipart *form, char byte)
{
    if (byte == '\0' || form->head_length == sizeof(form->head)) {
        fail(form, -EILSEQ);
        return;
    }
    form->head[form->head_length++] = byte;
    const size_t length = form->head_length;
    if (length < 2 || memcmp(form->head + length - 2, "\r\n", 2) != 0)
        return;
    const bool is_empty = length == 2 || form->head[length - 3] == '\0';
    form->head[length - 2] = '\0'; /* the line is a string now */
    form->head_length = length - 1;
    if (is_empty)
        begin_field(form);
}

/* Behind a boundary: blanks may stand there. */
static void take_after(struct api_multipart *form, char byte)
{
    form->head[form->head_length++] = byte;
    if (form->head_length == 1 && (byte == ' ' || byte == '\t'))
        form->head_length = 0;
    if (form->head_length < 2)
        return;
    const bool is_line = memcmp(form->head, "\r\n", 2) == 0;
    const bool is_end = memcmp(form->head, "--", 2) == 0;
    form->head_length = 0;
    if (is_line)
        form->state = HEAD;
    else if (is_end)
        form->state = OVER;
    else
        fail(form, -EILSEQ);
}

/* ---- content ---- */

static void pass(struct api_multipart *form, const char *bytes, size_t length)
{
    if (!form->is_in_file || !length)
        return;
    form->beside -= length;
    int err = form->sink.write(form->sink.context, bytes, length);
    if (err < 0)
        fail(form, err);
}

/* Takes content up to a delimiter or to what may be the begin of one, and goes on in that. A CR
 * is nowhere in a delimiter but at its begin: what does not fit was none, but for that byte.
 * @return bytes that were taken. */
static size_t take_content(struct api_multipart *form, const char *bytes, size_t length)
{
    if (!form->matched) {
        const char *found = memchr(bytes, '\r', length);
        const size_t plain = found ? (size_t)(found - bytes) : length;
        pass(form, bytes, plain);
        form->matched = found != NULL;
        return plain + form->matched;
    }
    if (bytes[0] != form->delimiter[form->matched]) {
        pass(form, form->delimiter, form->matched);
        form->matched = 0;
        return 0;
    }
    if (++form->matched == form->delimiter_length) {
        form->matched = 0;
        form->state = AFTER;
    }
    return 1;
}

/* ---- all ---- */

int api_multipart_feed(struct api_multipart *form, const void *bytes, size_t length)
{
    const char *at = bytes, *const end = at + length;
    form->beside += length;
    while (at < end && form->state != OVER && form->state != WRONG) {
        if (form->state == CONTENT)
            at += take_content(form, at, (size_t)(end - at));
        else if (form->state == HEAD)
            take_head(form, *at++);
        else
            take_after(form, *at++);
    }
    if (form->state != WRONG && form->beside > API_MULTIPART_BESIDE_BYTES)
        fail(form, -EILSEQ);
    return form->err;
}

int api_multipart_end(const struct api_multipart *form)
{
    if (form->err < 0)
        return form->err;
    return form->state == OVER && form->has_file ? 0 : -EILSEQ;
}

const char *api_multipart_name(const struct api_multipart *form)
{
    return form->name;
}
