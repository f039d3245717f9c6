/* chat.c - a list with two bounds, and lines whose texts are of one piece. */
#include "server/room/chat.h"

#include "mixer/base/clock.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const origin_words[] = {
    [CHAT_FROM_PARTICIPANT] = "participant",
    [CHAT_FROM_API] = "api",
    [CHAT_FROM_SYSTEM] = "system",
    [CHAT_FROM_VISITOR] = "visitor",
};

const char *chat_origin_word(enum chat_origin origin)
{
    assert(origin < sizeof(origin_words) / sizeof(origin_words[0]));
    return origin_words[origin];
}

int chat_origin_parse(const char *word, enum chat_origin *origin)
{
    for (unsigned i = 0; i < sizeof(origin_words) / sizeof(origin_words[0]); i++) {
        if (strcmp(word, origin_words[i]) != 0)
            continue;
        *origin = (enum chat_origin)i;
        return 0;
    }
    return -EINVAL;
}

void chat_id_write(uint64_t id, char out[CHAT_ID_TEXT_BYTES])
{
    snprintf(out, CHAT_ID_TEXT_BYTES, "%" PRIu64, id);
}

int chat_id_parse(const char *text, uint64_t *id)
{
    size_t length = strlen(text);
    if (!length || length > 18 || strspn(text, "0123456789") != length)
        return -EINVAL;
    *id = strtoull(text, NULL, 10);
    return 0;
}

/* ---- a line ---- */

static size_t size_of(const char *text)
{
    return text ? strlen(text) + 1 : 1;
}

static const char *put(char **at, const char *text)
{
    size_t size = size_of(text);
    char *put_at = memcpy(*at, text ? text : "", size);
    *at += size;
    return put_at;
}

static size_t size_of_file(const struct chat_file *file)
{
    return file ? sizeof(*file) + size_of(file->url) + size_of(file->name) + size_of(file->type)
                : 0;
}

/* First behind the message, where it is aligned. */
static const struct chat_file *put_file(char **at, const struct chat_file *file)
{
    if (!file)
        return NULL;
    struct chat_file *put_at = (struct chat_file *)(void *)*at;
    *at += sizeof(*put_at);
    *put_at = *file;
    put_at->url = put(at, file->url);
    put_at->name = put(at, file->name);
    put_at->type = put(at, file->type);
    return put_at;
}

struct chat_message *chat_message_create(const struct chat_draft *draft)
{
    size_t bytes = sizeof(struct chat_message) + size_of(draft->from_id) +
                   size_of(draft->from_name) + size_of(draft->from_uri) +
                   size_of(draft->to_id) + size_of(draft->to_name) + size_of(draft->text) +
                   size_of_file(draft->file);
    struct chat_message *message = malloc(bytes);
    if (!message)
        return NULL;
    char *at = (char *)(message + 1);
    *message = (struct chat_message){
        .id = draft->id,
        .time_ns = draft->time_ns,
        .origin = draft->origin,
        .is_deleted = draft->is_deleted,
        .bytes = bytes,
    };
    message->file = put_file(&at, draft->file);
    message->from_id = put(&at, draft->from_id);
    message->from_name = put(&at, draft->from_name);
    message->from_uri = put(&at, draft->from_uri);
    message->to_id = put(&at, draft->to_id);
    message->to_name = put(&at, draft->to_name);
    message->text = put(&at, draft->text);
    return message;
}

void chat_messages_free(struct chat_message *first)
{
    while (first) {
        struct chat_message *next = first->next;
        free(first);
        first = next;
    }
}

void chat_message_settle(struct chat_message *message, enum chat_result result)
{
    struct chat_outcome *outcome = &message->outcome;
    if (!outcome->pending)
        return;
    outcome->pending--;
    switch (result) {
    case CHAT_DELIVERED:
        outcome->delivered++;
        break;
    case CHAT_REFUSED:
        outcome->refused++;
        break;
    case CHAT_TIMED_OUT:
        outcome->timed_out++;
        break;
    }
}

bool chat_message_is_for(const struct chat_message *message, const char *participant_id)
{
    return !message->to_id[0] || strcmp(message->to_id, participant_id) == 0 ||
           strcmp(message->from_id, participant_id) == 0;
}

/* ---- all of them ---- */

/* Takes off what is too much, but never the newest. */
static struct chat_message *take_oldest(struct chat *chat, unsigned most)
{
    struct chat_message *oldest = NULL, **end = &oldest;
    while (chat->first != chat->last && (chat->count > most || chat->bytes > CHAT_MOST_BYTES)) {
        struct chat_message *message = chat->first;
        chat->first = message->next;
        chat->count--;
        chat->bytes -= message->bytes;
        message->next = NULL;
        *end = message;
        end = &message->next;
    }
    return oldest;
}

struct chat_message *chat_add(struct chat *chat, struct chat_message *message, unsigned most)
{
    if (!message->time_ns)
        message->time_ns = clock_wall_ns();
    if (!message->id) {
        uint64_t now_us = (uint64_t)message->time_ns / 1000;
        message->id = now_us > chat->last_id ? now_us : chat->last_id + 1;
    }
    assert(message->id > chat->last_id);
    chat->last_id = message->id;
    message->next = NULL;
    if (chat->last)
        chat->last->next = message;
    else
        chat->first = message;
    chat->last = message;
    chat->count++;
    chat->bytes += message->bytes;
    return take_oldest(chat, most);
}

struct chat_message *chat_after(const struct chat *chat, uint64_t id)
{
    struct chat_message *message = chat->first;
    while (message && message->id <= id)
        message = message->next;
    return message;
}

struct chat_message *chat_find(const struct chat *chat, uint64_t id)
{
    struct chat_message *message = id ? chat_after(chat, id - 1) : NULL;
    return message && message->id == id ? message : NULL;
}

void chat_message_delete(struct chat *chat, struct chat_message *message)
{
    char *text = (char *)(message + 1) + (message->text - (const char *)(message + 1));
    size_t length = strlen(text);
    memset(text, 0, length); /* it is not to be found in memory, either */
    message->bytes -= length;
    chat->bytes -= length;
    message->is_deleted = true;
}

void chat_finish(struct chat *chat)
{
    chat_messages_free(chat->first);
    *chat = (struct chat){0};
}

/* ---- how fast ---- */

bool chat_rate_take(struct chat_rate *rate, unsigned per_minute, int64_t now_ns)
{
    if (!per_minute)
        return true;
    const int64_t each_ns = 60 * CLOCK_NS_PER_S / per_minute;
    int64_t full_at_ns = rate->full_at_ns > now_ns ? rate->full_at_ns : now_ns;
    if (full_at_ns - now_ns > (CHAT_BURST - 1) * each_ns)
        return false;
    rate->full_at_ns = full_at_ns + each_ns;
    return true;
}
