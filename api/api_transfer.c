/* api_transfer.c - born with the head of a request, buried with the request. */
#include "api/api_transfer.h"

#include <stdlib.h>

struct api_transfer *api_transfer_create(void)
{
    return calloc(1, sizeof(struct api_transfer));
}

void api_transfer_destroy(struct api_transfer *transfer)
{
    if (!transfer)
        return;
    file_part_drop(transfer->part);
    free(transfer->path);
    free(transfer);
}
