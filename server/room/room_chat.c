/* room_chat.c - a line comes in, is kept, and goes to all whom it is for. */
#include "server/room/room_chat.h"

#include "mixer/base/check.h"
#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "server/room/room_internal.h"
#include "server/room/room_text.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct room_chat_config *room_chat_config(const struct room *room)
{
    return &room->list->config.chat;
}

/* Between two mixes, too: it is in the new room already, if no door stops it. */
static bool is_in(const struct participant *participant)
{
    return participant->info.state == PARTICIPANT_CONNECTED ||
           (participant->info.state == PARTICIPANT_MOVING &&
            !participant_is_outside(participant));
}

static void raise_message(struct room *room, enum room_event_kind kind,
                          struct participant *participant, struct chat_message *message)
{
    room_events_raise(&room->list->events, &(struct room_event){.kind = kind,
                                                                .room = room,
                                                                .participant = participant,
                                                                .message = message});
}

/* ---- kept ---- */

static struct store *store_of(const struct room *room)
{
    const struct room_list_config *config = &room->list->config;
    return room->persistent && config->chat.is_kept ? config->store : NULL;
}

static int save(const struct room *room, const struct chat_message *message)
{
    struct store *store = store_of(room);
    if (!store)
        return 0;
    return store_message_put(store, &(struct store_message){
                                        .room = room->name,
                                        .id = message->id,
                                        .time_ns = message->time_ns,
                                        .origin = chat_origin_word(message->origin),
                                        .from_id = message->from_id,
                                        .from_name = message->from_name,
                                        .from_uri = message->from_uri,
                                        .to_id = message->to_id,
                                        .to_name = message->to_name,
                                        .text = message->text,
                                        .is_deleted = message->is_deleted,
                                    });
}

static void load_message(void *context, const struct store_message *row)
{
    struct room *room = context;
    struct chat_draft draft = {
        .id = row->id,
        .time_ns = row->time_ns,
        .from_id = row->from_id,
        .from_name = row->from_name,
        .from_uri = row->from_uri,
        .to_id = row->to_id,
        .to_name = row->to_name,
        .text = row->text,
        .is_deleted = row->is_deleted,
    };
    bool is_sound = row->id > room->chat.last_id && row->time_ns > 0 &&
                    chat_origin_parse(row->origin, &draft.origin) == 0;
    struct chat_message *message = is_sound ? chat_message_create(&draft) : NULL;
    if (message)
        chat_messages_free(chat_add(&room->chat, message, room->list->config.chat.most));
    else
        log_warn("room", "room %s: a message of the store cannot be used", room->name);
}

/* Once; a store that cannot be read is asked again by the next reader only. */
static int load(struct room *room)
{
    struct store *store = store_of(room);
    if (!store || room->has_chat)
        return 0;
    room->has_chat = true;
    int err = store_messages_each(store, room->name, room->list->config.chat.most, load_message,
                                  room);
    if (err < 0 && !room->chat.count)
        room->has_chat = false;
    return err;
}

void room_chat_keep(struct room *room)
{
    room->has_chat = true;
    for (const struct chat_message *at = room->chat.first; at; at = at->next) {
        if (save(room, at) < 0)
            return; /* the log says why; what is in memory goes on */
    }
}

void room_chat_rest(struct room *room)
{
    if (!store_of(room))
        return;
    chat_finish(&room->chat);
    room->has_chat = false;
}

/* Into the log of the room, and the store. What falls out is freed by the sweep. */
static void keep(struct room *room, struct chat_message *message)
{
    struct room_list *list = room->list;
    struct chat_message *old = chat_add(&room->chat, message, list->config.chat.most);
    struct store *store = store_of(room);
    room->has_chat = true;
    save(room, message); /* a full disk must not end a conversation: the log says it */
    if (!old)
        return;
    struct chat_message *last = old;
    while (last->next)
        last = last->next;
    if (store)
        store_messages_delete(store, room->name, last->id);
    room_sweep_bury_messages(list, old, last);
}

/* ---- sent ---- */

static void send_to(struct participant *to, struct chat_message *message)
{
    struct chat_outcome *outcome = &message->outcome;
    if (to->link->shows_chat)
        outcome->delivered++;
    else if (to->link->send_message && to->link->send_message(to->call, message) == 0)
        outcome->pending++;
    else
        outcome->unreachable++;
}

static void send_out(struct room *room, const struct room_chat_post *post,
                     struct chat_message *message)
{
    if (post->to) {
        send_to(post->to, message);
        return;
    }
    for (struct participant *at = room->first; at; at = at->next) {
        if (at != post->from && at != post->not_to && is_in(at))
            send_to(at, message);
    }
}

/* ---- written ---- */

/* @return 0 and *text, of malloc(): clean, without blanks behind. */
static int clean_text(const struct room_chat_config *config, const struct room_chat_post *post,
                      char **text)
{
    if (post->length > config->text_bytes)
        return -EMSGSIZE;
    const size_t size = ROOM_TEXT_GROWTH * post->length + 1;
    char *clean = malloc(size);
    if (!clean)
        return -ENOMEM;
    size_t length = room_text_clean_lines(clean, size, post->text, post->length);
    while (length && strchr(" \t\n", clean[length - 1]))
        clean[--length] = '\0';
    if (length && length <= config->text_bytes) {
        *text = clean;
        return 0;
    }
    free(clean);
    return length ? -EMSGSIZE : -EINVAL;
}

static bool takes_messages(const struct participant *to)
{
    const struct participant_link *link = to->link;
    return link->shows_chat || (link->send_message && link->takes_messages(to->call));
}

static int judge(struct room *room, const struct room_chat_post *post)
{
    const struct room_chat_config *config = &room->list->config.chat;
    struct participant *from = post->from, *to = post->to;
    if (!config->most)
        return -ENOSYS;
    if ((from && !is_in(from)) || (to && (to->room != room || !is_in(to))) || room->deleted)
        return -ENOTCONN;
    if (from && !room_policy_allows(room->settings.may_chat, from->info.role))
        return -EPERM;
    if (to && !takes_messages(to))
        return -EHOSTUNREACH;
    return 0;
}

static struct chat_message *make(const struct room_chat_post *post, const char *text)
{
    const struct participant_info *from = post->from ? &post->from->info : NULL;
    char own[PARTICIPANT_NAME_BYTES], name[PARTICIPANT_NAME_BYTES], uri[PARTICIPANT_URI_BYTES];
    char to_name[PARTICIPANT_NAME_BYTES] = "";
    room_text_clean(own, sizeof(own), from ? from->display_name : post->name);
    room_text_clean(uri, sizeof(uri), from ? from->uri : post->uri);
    room_text_name(name, sizeof(name), own, uri);
    if (post->to)
        participant_shown_name(post->to, to_name);
    return chat_message_create(&(struct chat_draft){
        .origin = from ? CHAT_FROM_PARTICIPANT : post->origin,
        .from_id = from ? from->id : NULL,
        .from_name = name,
        .from_uri = uri,
        .to_id = post->to ? post->to->info.id : NULL,
        .to_name = to_name,
        .text = text,
        .file = post->file,
    });
}

int room_chat_count(struct participant *from)
{
    const struct room_chat_config *config = &from->room->list->config.chat;
    return chat_rate_take(&from->chat_rate, config->per_minute, clock_monotonic_ns()) ? 0
                                                                                      : -EAGAIN;
}

int room_chat_post(struct room *room, const struct room_chat_post *post,
                   const struct chat_message **message)
{
    ASSERT_CONTROL();
    assert(!post->from || post->from->room == room);
    const struct room_chat_config *config = &room->list->config.chat;
    char *text = NULL;
    int err = judge(room, post);
    if (err == 0)
        err = clean_text(config, post, &text);
    if (err < 0)
        return err;
    err = post->from ? room_chat_count(post->from) : 0;
    struct chat_message *made = err == 0 ? make(post, text) : NULL;
    free(text);
    if (!made)
        return err < 0 ? err : -ENOMEM;
    load(room); /* if it cannot be read, the log says so, and what is new is kept */
    keep(room, made);
    room_events_hold(&room->list->events);
    if (post->from)
        room_chat_typing(post->from, 0);
    send_out(room, post, made);
    raise_message(room, ROOM_EVENT_MESSAGE, post->from, made);
    room_events_release(&room->list->events);
    if (message)
        *message = made;
    return 0;
}

/* ---- afterwards ---- */

int room_chat_read(struct room *room, const struct chat **chat)
{
    ASSERT_CONTROL();
    int err = load(room);
    if (err < 0)
        return err;
    if (!room->participants)
        room_sweep_suspect(room); /* nobody is there for whom it has to stay in memory */
    *chat = &room->chat;
    return 0;
}

int room_chat_delete(struct room *room, uint64_t id)
{
    ASSERT_CONTROL();
    int err = load(room);
    struct chat_message *message = err < 0 ? NULL : chat_find(&room->chat, id);
    if (err < 0)
        return err;
    if (!message)
        return -ENOENT;
    if (message->is_deleted)
        return 0;
    struct store *store = store_of(room);
    err = store ? store_message_wipe(store, room->name, id) : 0;
    if (err < 0)
        return err;
    chat_message_delete(&room->chat, message);
    raise_message(room, ROOM_EVENT_MESSAGE_DELETED, NULL, message);
    return 0;
}

void room_chat_report(struct room_list *list, const char *room_name, uint64_t id,
                      enum chat_result result)
{
    ASSERT_CONTROL();
    struct room *room = room_list_find(list, room_name);
    struct chat_message *message = room ? chat_find(&room->chat, id) : NULL;
    if (!message || !message->outcome.pending)
        return;
    chat_message_settle(message, result);
    if (!message->outcome.pending)
        raise_message(room, ROOM_EVENT_MESSAGE_SETTLED, NULL, message);
}

/* ---- who writes ---- */

static void on_typing_over(void *context)
{
    room_chat_typing(context, 0);
}

/* Each hears whether anybody but itself writes. */
static void tell_typing(struct room *room)
{
    for (struct participant *at = room->first; at; at = at->next) {
        if (at->link->send_typing && is_in(at))
            at->link->send_typing(at->call, room->typists > at->info.typing);
    }
}

void room_chat_typing(struct participant *participant, unsigned for_s)
{
    ASSERT_CONTROL();
    struct room *room = participant->room;
    struct loop *loop = room->list->config.loop;
    bool is_typing = for_s > 0;
    if (is_typing && (!is_in(participant) || !room->list->config.chat.most ||
                      !room_policy_allows(room->settings.may_chat, participant->info.role)))
        return;
    if (is_typing)
        loop_timer_start(loop, &participant->typing_timer, for_s * 1000LL, on_typing_over,
                         participant);
    else
        loop_timer_stop(loop, &participant->typing_timer);
    if (participant->info.typing == is_typing)
        return;
    participant->info.typing = is_typing;
    if (is_typing)
        room->typists++;
    else
        room->typists--;
    tell_typing(room);
    participant_raise(participant, ROOM_EVENT_PARTICIPANT_TYPING);
}
