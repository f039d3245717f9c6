/* message_text.c - names in front, long texts in pieces, envelopes. */
#include "server/sip/message_text.h"

#include "mixer/base/clock.h"
#include "server/body/cpim.h"
#include "server/body/file_notice.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { URI_BYTES = 480 };
#define PARTICIPANT ";participant="

static struct message_text *make(unsigned count)
{
    struct message_text *text = calloc(1, sizeof(*text) + count * sizeof(text->part[0]));
    if (text) {
        text->holders = 1;
        text->count = count;
    }
    return text;
}

static bool is_whole(const struct message_text *text)
{
    for (unsigned i = 0; text && i < text->count; i++) {
        if (!text->part[i])
            return false;
    }
    return text != NULL;
}

/* ---- plain ---- */

static char *join(const char *name, const char *note, const char *text, size_t length)
{
    char *joined;
    int written = asprintf(&joined, "%s%s%s%.*s", name, note, name[0] || note[0] ? ": " : "",
                           (int)length, text);
    return written < 0 ? NULL : joined;
}

static struct message_text *make_plain(const struct chat_message *message, const char *note)
{
    struct message_text *text = make(1);
    if (text)
        text->part[0] = join(message->from_name, note, message->text, strlen(message->text));
    return text;
}

/* As many bytes as fit in a part, not cut within a character, and better between two words. */
static size_t part_of(const char *rest)
{
    size_t length = strlen(rest);
    if (length <= MESSAGE_TEXT_UDP_BYTES)
        return length;
    length = MESSAGE_TEXT_UDP_BYTES;
    while (((unsigned char)rest[length] & 0xc0) == 0x80)
        length--;
    for (size_t at = length; at > MESSAGE_TEXT_UDP_BYTES / 2; at--) {
        if (rest[at - 1] == ' ' || rest[at - 1] == '\n')
            return at;
    }
    return length;
}

static struct message_text *make_parts(const struct chat_message *message, const char *note)
{
    unsigned count = 0;
    for (const char *rest = message->text; *rest; rest += part_of(rest))
        count++;
    if (count <= 1)
        return make_plain(message, note);
    struct message_text *text = make(count);
    const char *rest = message->text;
    for (unsigned i = 0; text && i < count; i++) {
        char numbered[64];
        snprintf(numbered, sizeof(numbered), "%s (%u/%u)", note, i + 1, count);
        text->part[i] = join(message->from_name, numbered, rest, part_of(rest));
        rest += part_of(rest);
    }
    return text;
}

/* ---- in an envelope ---- */

/* Participants have addresses of their own, which others need not know: ours stand for them. */
static void write_uri(const char *room, const char *host, const char *participant,
                      char out[URI_BYTES])
{
    snprintf(out, URI_BYTES, "sip:%s@%s%s%s", room, host, participant[0] ? PARTICIPANT : "",
             participant);
}

static struct message_text *make_envelope(const struct chat_message *message, const char *room,
                                          const char *host, bool asks)
{
    struct message_text *text = make(1);
    char from[URI_BYTES], to[URI_BYTES], time[CLOCK_TEXT_BYTES], id[CHAT_ID_TEXT_BYTES];
    if (!text)
        return NULL;
    write_uri(room, host, message->from_id, from);
    write_uri(room, host, message->to_id, to);
    clock_format(message->time_ns, time);
    chat_id_write(message->id, id);
    text->part[0] = cpim_write(&(struct cpim_out){.from_name = message->from_name,
                                                  .from_uri = from,
                                                  .to_uri = to,
                                                  .time = time,
                                                  .message_id = id,
                                                  .asks = asks,
                                                  .type = "text/plain;charset=UTF-8",
                                                  .content = message->text});
    return text;
}

/* ---- of a file ---- */

static struct message_text *make_notice(const struct chat_message *message, const char *note)
{
    const struct chat_file *file = message->file;
    struct message_text *text = make(1);
    struct file_notice notice = {.bytes = file->bytes};
    if (!text)
        return NULL;
    snprintf(notice.name, sizeof(notice.name), "%s", file->name);
    snprintf(notice.type, sizeof(notice.type), "%s", file->type);
    snprintf(notice.url, sizeof(notice.url), "%s", file->url);
    if (file->until_ns)
        clock_format(file->until_ns, notice.until);
    text->instead = join(message->from_name, note, message->text, strlen(message->text));
    text->part[0] = text->instead ? file_notice_write(&notice) : NULL;
    return text;
}

bool message_text_receiver(const char *uri, size_t length, char id[PARTICIPANT_ID_BYTES])
{
    const char *found = memmem(uri, length, PARTICIPANT, sizeof(PARTICIPANT) - 1);
    if (!found)
        return false;
    const char *at = found + sizeof(PARTICIPANT) - 1;
    size_t left = length - (size_t)(at - uri), used = 0;
    for (; used < left && at[used] != ';' && at[used] != '>'; used++) {
        if (used + 1 == PARTICIPANT_ID_BYTES)
            return false;
        id[used] = at[used];
    }
    id[used] = '\0';
    return used > 0;
}

/* ---- all ---- */

struct message_text *message_text_create(const struct chat_message *message, const char *room,
                                         const char *host, enum message_style style)
{
    const char *note = message->to_id[0] ? " (to you only)" : "";
    struct message_text *text =
        style == MESSAGE_ENVELOPE || style == MESSAGE_SWITCHED
            ? make_envelope(message, room, host, style == MESSAGE_ENVELOPE)
        : style == MESSAGE_PARTS  ? make_parts(message, note)
        : style == MESSAGE_NOTICE ? make_notice(message, note)
                                  : make_plain(message, note);
    if (!is_whole(text)) {
        message_text_drop(text);
        return NULL;
    }
    text->style = style;
    text->id = message->id;
    snprintf(text->room, sizeof(text->room), "%s", room);
    snprintf(text->host, sizeof(text->host), "%s", host);
    return text;
}

struct message_text *message_text_hold(struct message_text *text)
{
    text->holders++;
    return text;
}

void message_text_drop(struct message_text *text)
{
    if (!text || --text->holders)
        return;
    for (unsigned i = 0; i < text->count; i++)
        free(text->part[i]);
    free(text->instead);
    free(text);
}

const char *message_text_type(enum message_style style)
{
    return style == MESSAGE_ENVELOPE || style == MESSAGE_SWITCHED ? CPIM_TYPE
           : style == MESSAGE_NOTICE                              ? FILE_NOTICE_TYPE
                                                                  : "text/plain;charset=UTF-8";
}
