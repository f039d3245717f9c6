/* message_body.c - one look at the type, two if there is an envelope. */
#include "server/body/message_body.h"

#include "mixer/base/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* "text/plain;charset=UTF-8" is text/plain. */
static bool is_type(struct slice type, const char *text)
{
    size_t length = 0;
    while (length < type.length && !memchr("; \t", type.at[length], 3))
        length++;
    return length == strlen(text) && strncasecmp(type.at, text, length) == 0;
}

static int read_content(struct slice type, struct slice body, struct message_body *read)
{
    if (!type.length || is_type(type, "text/plain")) {
        read->kind = MESSAGE_BODY_TEXT;
        read->text = body;
        return 0;
    }
    if (is_type(type, COMPOSING_TYPE)) {
        read->kind = MESSAGE_BODY_COMPOSING;
        return composing_read(body, &read->composing);
    }
    if (is_type(type, IMDN_TYPE)) {
        read->kind = MESSAGE_BODY_RECEIPT;
        return imdn_read(body, &read->imdn);
    }
    if (is_type(type, FILE_NOTICE_TYPE)) {
        read->kind = MESSAGE_BODY_FILE;
        read->text = body;
        return file_notice_read(body, &read->file);
    }
    return -ENOTSUP;
}

int message_body_read(const char *content_type, struct slice body, struct message_body *read)
{
    struct slice type = {content_type ? content_type : "", 0};
    type.length = strlen(type.at);
    *read = (struct message_body){.text = {"", 0}};
    if (!is_type(type, CPIM_TYPE))
        return read_content(type, body, read);
    read->has_envelope = true;
    int err = cpim_read(body, &read->envelope);
    return err < 0 ? err : read_content(read->envelope.type, read->envelope.content, read);
}

char *message_body_write_receipt(const char *from_uri, const char *to_uri,
                                 struct slice message_id)
{
    char time[CLOCK_TEXT_BYTES];
    clock_format(clock_wall_ns(), time);
    char *imdn = imdn_write_delivered(message_id, time);
    char *body = imdn ? cpim_write(&(struct cpim_out){.from_name = "",
                                                      .from_uri = from_uri,
                                                      .to_uri = to_uri,
                                                      .time = time,
                                                      .is_receipt = true,
                                                      .type = IMDN_TYPE,
                                                      .content = imdn})
                      : NULL;
    free(imdn);
    return body;
}
