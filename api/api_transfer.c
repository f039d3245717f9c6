/* api_transfer.c - born with the head of a request, buried with the request. */
#include "api/api_transfer.h"

#include <stdlib.h>

struct api_transfer *api_transfer_create(void)
{
    return calloc(1, sizeof(struct api_transfer));
}

static int write_part(void *context, const void *bytes, size_t length)
{
    const struct api_transfer *transfer = context;
    return file_part_write(transfer->part, bytes, length);
}

int api_transfer_wrap(struct api_transfer *transfer, const char *content_type)
{
    const struct api_multipart_sink sink = {.write = write_part, .context = transfer};
    return api_multipart_create(content_type, &sink, &transfer->form);
}

int api_transfer_write(struct api_transfer *transfer, const void *bytes, size_t length)
{
    return transfer->form ? api_multipart_feed(transfer->form, bytes, length)
                          : file_part_write(transfer->part, bytes, length);
}

int api_transfer_end(struct api_transfer *transfer)
{
    int err = transfer->form ? api_multipart_end(transfer->form) : 0;
    file_part_end(transfer->part);
    return err;
}

void api_transfer_destroy(struct api_transfer *transfer)
{
    if (!transfer)
        return;
    file_part_drop(transfer->part);
    api_multipart_destroy(transfer->form);
    free(transfer->authorization);
    free(transfer->path);
    free(transfer);
}
