/* api_messages.c - /api/v1/rooms/{room}/messages: the chat of a room. */
#include "api/api_body.h"
#include "api/api_internal.h"
#include "api/api_show.h"
#include "server/room/room_chat.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { RETRY_AFTER_S = 2 };
enum { TEXT, TO, DISPLAY_NAME, NEW_FIELDS };

static const struct api_field new_fields[NEW_FIELDS] = {
    [TEXT] = {"text", API_LINES, .least = 1, .most = CHAT_MOST_TEXT_BYTES, .is_required = true},
    [TO] = {"to", API_TEXT, .least = 1, .most = PARTICIPANT_ID_BYTES - 1, .is_nullable = true},
    [DISPLAY_NAME] = {"display_name", API_TEXT, .most = PARTICIPANT_NAME_BYTES - 1},
};

/* ---- who asks ---- */

/* Who is in the room sees of it what is for him; who runs it sees all, with addresses. */
static enum api_show_to show_to(const struct api_caller *caller)
{
    bool is_runner = caller->role >= API_MODERATOR && !caller->participant[0];
    return is_runner ? API_SHOW_TO_RUNNER : API_SHOW_TO_GUEST;
}

static bool may_see(const struct api_caller *caller, const struct chat_message *message)
{
    return show_to(caller) == API_SHOW_TO_RUNNER ||
           chat_message_is_for(message, caller->participant);
}

/* ---- read ---- */

/* @return false: the request is answered. */
static bool read_after(struct api_request *request, const struct api_page *page,
                       uint64_t *after)
{
    *after = 0;
    if (!page->after[0] || chat_id_parse(page->after, after) == 0)
        return true;
    api_problem_parameter(&request->answer, "after", "has to be the id of a message");
    return false;
}

/* The chat of the path's room. @return NULL: the request is answered. */
static const struct chat *read_chat(struct api *api, struct api_request *request)
{
    struct room *room = api_request_room(api, request);
    const struct chat *chat = NULL;
    int err = room ? room_chat_read(room, &chat) : 0;
    if (err < 0)
        api_answer_errno(request, err);
    return chat;
}

/* The first behind @p at, itself included, that the caller may see. */
static const struct chat_message *seen(const struct api_caller *caller,
                                       const struct chat_message *at)
{
    while (at && !may_see(caller, at))
        at = at->next;
    return at;
}

void api_list_messages(struct api *api, struct api_request *request)
{
    const struct api_caller *caller = &request->caller;
    const struct chat *chat = read_chat(api, request);
    struct api_page page;
    uint64_t after;
    if (!chat || !api_page_read(request, &page) || !read_after(request, &page, &after))
        return;
    json_t *items = json_array();
    char next[CHAT_ID_TEXT_BYTES] = "";
    const struct chat_message *at = seen(caller, chat_after(chat, after));
    for (unsigned i = 0; at && i < page.limit; i++, at = seen(caller, at->next)) {
        json_array_append_new(items, api_show_message(at, show_to(caller)));
        chat_id_write(at->id, next);
    }
    api_page_answer(request, items, at ? next : NULL);
}

static void answer_missing(struct api_request *request)
{
    api_problem(&request->answer, 404, "no_such_message",
                "Room \"%.64s\" has no message \"%.20s\".", request->room, request->id);
}

/* The message of the path. @return NULL: the request is answered. */
static const struct chat_message *find(struct api *api, struct api_request *request)
{
    const struct chat *chat = read_chat(api, request);
    uint64_t id = 0;
    if (!chat)
        return NULL;
    const struct chat_message *message =
        chat_id_parse(request->id, &id) == 0 ? chat_find(chat, id) : NULL;
    if (message && may_see(&request->caller, message))
        return message;
    answer_missing(request);
    return NULL;
}

void api_read_message(struct api *api, struct api_request *request)
{
    const struct chat_message *message = find(api, request);
    if (message)
        api_answer_json(&request->answer, 200,
                        api_show_message(message, show_to(&request->caller)));
}

/* ---- written ---- */

/* @return false: there is nobody of that id, and it is answered. */
static bool read_receiver(const struct room *room, const struct api_value *value,
                          struct room_chat_post *post, struct api_answer *answer)
{
    if (!value->text)
        return true;
    post->to = room_find(room, value->text);
    if (post->to)
        return true;
    api_problem(answer, 422, "no_such_participant", "Room \"%s\" has no such participant.",
                room_name(room));
    api_problem_field(answer, "/to", "is not the id of a participant of the room");
    return false;
}

/* @return false: nobody of the room, nor who runs it; and it is answered. */
static bool read_sender(const struct room *room, struct api_request *request,
                        const struct api_value *name, struct room_chat_post *post)
{
    const struct api_caller *caller = &request->caller;
    if (show_to(caller) == API_SHOW_TO_RUNNER) {
        post->origin = CHAT_FROM_API;
        post->name = name->text;
        return true;
    }
    post->from = caller->participant[0] ? room_find(room, caller->participant) : NULL;
    if (!post->from)
        api_problem(&request->answer, 403, "not_in_room",
                    "Only who is in the room, or runs it, may write there.");
    else if (name->is_given)
        api_problem_field(&request->answer, "/display_name", "is for who runs the room");
    return post->from && !name->is_given;
}

static void answer_error(struct api_request *request, const struct room *room, int err)
{
    struct api_answer *answer = &request->answer;
    switch (-err) {
    case ENOSYS:
        api_problem(answer, 403, "chat_off", "Rooms have no chat here (chat.messages).");
        break;
    case EPERM:
        api_problem(answer, 403, "may_not_chat", "Who may write here is set otherwise: %s.",
                    room_right_word(room_settings(room)->may_chat));
        break;
    case ENOTCONN:
        api_problem(answer, 409, "not_connected", "The participant is not connected.");
        break;
    case EHOSTUNREACH:
        api_problem(answer, 409, "cannot_be_told",
                    "The participant's phone takes no messages.");
        break;
    case EAGAIN:
        api_problem(answer, 429, "too_many_messages", "You write too fast.");
        answer->retry_after_s = RETRY_AFTER_S;
        break;
    case EINVAL:
        api_problem_field(answer, "/text", "has nothing in it that can be shown");
        break;
    case EMSGSIZE:
        api_problem_field(answer, "/text", "has more than %u bytes",
                          room_chat_config(room)->text_bytes);
        break;
    default:
        api_answer_errno(request, err);
    }
}

void api_post_message(struct api *api, struct api_request *request)
{
    struct room *room = api_request_room(api, request);
    struct api_value values[NEW_FIELDS];
    struct api_answer *answer = &request->answer;
    if (!room ||
        !api_body_read(request->json, new_fields, NEW_FIELDS, API_BODY_NEW, values, answer))
        return;
    struct room_chat_post post = {.text = values[TEXT].text,
                                  .length = strlen(values[TEXT].text)};
    if (!read_sender(room, request, &values[DISPLAY_NAME], &post) ||
        !read_receiver(room, &values[TO], &post, answer))
        return;
    const struct chat_message *message;
    int err = room_chat_post(room, &post, &message);
    if (err < 0) {
        answer_error(request, room, err);
        return;
    }
    char id[CHAT_ID_TEXT_BYTES];
    chat_id_write(message->id, id);
    api_answer_json(answer, 201, api_show_message(message, show_to(&request->caller)));
    snprintf(answer->location, sizeof(answer->location), "/api/v1/rooms/%s/messages/%s",
             room_name(room), id);
}

/* ---- deleted ---- */

/* Who wrote it may, and who moderates, in the room or from outside. */
void api_delete_message(struct api *api, struct api_request *request)
{
    const struct api_caller *caller = &request->caller;
    const struct chat_message *message = find(api, request);
    if (!message)
        return;
    bool is_own = caller->participant[0] && strcmp(message->from_id, caller->participant) == 0;
    if (!is_own && caller->role < API_MODERATOR) {
        api_problem(&request->answer, 403, "not_yours",
                    "Only moderators may delete what somebody else has written.");
        return;
    }
    int err = room_chat_delete(room_list_find(api->config.rooms, request->room), message->id);
    if (err == 0)
        api_answer_empty(&request->answer, 204);
    else
        api_answer_errno(request, err);
}
