/* api_multipart.c - libmicrohttpd's post processor, of which one field counts. */
#include "api/api_multipart.h"

#include "server/room/room_files.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { BUFFER_BYTES = 64 << 10 };

struct api_multipart {
    struct api_multipart_sink sink;
    struct MHD_PostProcessor *processor;
    bool has_file, is_in_file;
    int err;
    /* one byte more than any name may have: a longer one is still too long */
    char name[ROOM_FILE_NAME_BYTES + 1];
};

bool api_multipart_is_form(const char *content_type)
{
    static const char type[] = "multipart/form-data";
    const size_t length = sizeof(type) - 1;
    return content_type && strncasecmp(content_type, type, length) == 0 &&
           strchr("; \t", content_type[length]) != NULL; /* the final NUL, too */
}

/* A new field, or more of the one before. */
static void begin_field(struct api_multipart *form, const char *filename, const char *encoding)
{
    form->is_in_file = filename != NULL;
    if (!filename)
        return;
    if (form->has_file || (encoding && strcasecmp(encoding, "binary") != 0))
        form->err = -EILSEQ;
    form->has_file = true;
    strncpy(form->name, filename, sizeof(form->name) - 1);
}

static enum MHD_Result on_bytes(void *context, enum MHD_ValueKind kind, const char *key,
                                const char *filename, const char *type, const char *encoding,
                                const char *bytes, uint64_t offset, size_t length)
{
    (void)kind;
    (void)key;
    (void)type;
    struct api_multipart *form = context;
    if (offset == 0)
        begin_field(form, filename, encoding);
    if (form->err == 0 && form->is_in_file && length)
        form->err = form->sink.write(form->sink.context, bytes, length);
    return form->err == 0 ? MHD_YES : MHD_NO;
}

int api_multipart_create(void *connection, const struct api_multipart_sink *sink,
                         struct api_multipart **form)
{
    struct api_multipart *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->sink = *sink;
    made->processor = MHD_create_post_processor(connection, BUFFER_BYTES, on_bytes, made);
    if (!made->processor) {
        free(made);
        return -EILSEQ; /* or memory is out: it does not say */
    }
    *form = made;
    return 0;
}

void api_multipart_destroy(struct api_multipart *form)
{
    if (!form)
        return;
    if (form->processor)
        MHD_destroy_post_processor(form->processor);
    free(form);
}

int api_multipart_feed(struct api_multipart *form, const void *bytes, size_t length)
{
    if (form->err == 0 && MHD_post_process(form->processor, bytes, length) != MHD_YES &&
        form->err == 0)
        form->err = -EILSEQ;
    return form->err;
}

int api_multipart_end(struct api_multipart *form)
{
    /* what is left in its buffer comes now; it says whether the form was whole */
    const bool is_whole = MHD_destroy_post_processor(form->processor) == MHD_YES;
    form->processor = NULL;
    if (form->err == 0 && (!is_whole || !form->has_file))
        form->err = -EILSEQ;
    return form->err;
}

const char *api_multipart_name(const struct api_multipart *form)
{
    return form->name;
}
