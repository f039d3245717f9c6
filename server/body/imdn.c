/* imdn.c - the id, and the one tag in <status>. */
#include "server/body/imdn.h"

#include "server/body/xml_walk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ID_BYTES = 256, ESCAPED_ID_BYTES = 6 * MOST_ID_BYTES + 1 };

struct reading {
    struct imdn *imdn;
    unsigned status_depth; /* 0: not in <status> */
};

static bool on_open(void *context, unsigned depth, struct slice name)
{
    static const struct {
        const char *word;
        enum imdn_status status;
    } words[] = {
        {"delivered", IMDN_DELIVERED}, {"displayed", IMDN_DISPLAYED}, {"failed", IMDN_FAILED},
        {"forbidden", IMDN_FAILED},    {"error", IMDN_FAILED},
    };
    struct reading *reading = context;
    if (depth == 0)
        return xml_is_called(name, "imdn");
    if (xml_is_called(name, "status"))
        reading->status_depth = depth;
    if (!reading->status_depth || depth != reading->status_depth + 1)
        return true;
    for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (xml_is_called(name, words[i].word))
            reading->imdn->status = words[i].status;
    }
    return true;
}

static void on_close(void *context, unsigned depth, struct slice name, struct slice text)
{
    struct reading *reading = context;
    if (depth == 1 && xml_is_called(name, "message-id"))
        reading->imdn->message_id = text;
    if (depth == reading->status_depth)
        reading->status_depth = 0;
}

int imdn_read(struct slice body, struct imdn *imdn)
{
    static const struct xml_walk_events events = {.on_open = on_open, .on_close = on_close};
    struct reading reading = {.imdn = imdn};
    *imdn = (struct imdn){.message_id = {"", 0}};
    int err = xml_walk(body, &events, &reading);
    return err < 0 || !imdn->message_id.length ? -EBADMSG : 0;
}

static void escape(struct slice text, char out[ESCAPED_ID_BYTES])
{
    size_t length = 0;
    for (size_t i = 0; i < text.length && i < MOST_ID_BYTES; i++) {
        char byte = text.at[i];
        const char *entity = byte == '<'   ? "&lt;"
                             : byte == '>' ? "&gt;"
                             : byte == '&' ? "&amp;"
                                           : NULL;
        if (entity)
            length += (size_t)sprintf(out + length, "%s", entity);
        else if (byte > ' ' && byte < 0x7f)
            out[length++] = byte;
    }
    out[length] = '\0';
}

char *imdn_write_delivered(struct slice message_id, const char *time)
{
    char id[ESCAPED_ID_BYTES], *text;
    escape(message_id, id);
    int length =
        asprintf(&text,
                 "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n"
                 "<imdn xmlns=\"urn:ietf:params:xml:ns:imdn\"><message-id>%s</message-id>"
                 "<datetime>%s</datetime><delivery-notification><status><delivered/>"
                 "</status></delivery-notification></imdn>\r\n",
                 id, time);
    return length < 0 ? NULL : text;
}
