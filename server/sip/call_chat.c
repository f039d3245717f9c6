/* call_chat.c - who is meant by an envelope, and who may be called so. */
#include "server/sip/call_chat.h"

#include "server/room/room_text.h"
#include "server/sip/call_internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define KEYS "0123456789*#"

/* ---- URIs ---- */

/* "sip:alice@example.com;x=y" is alice@example.com. */
static struct slice bare_uri(struct slice uri)
{
    const char *colon = uri.length ? memchr(uri.at, ':', uri.length) : NULL;
    size_t length = 0;
    if (colon)
        uri = (struct slice){colon + 1, uri.length - (size_t)(colon + 1 - uri.at)};
    while (length < uri.length && uri.at[length] != ';' && uri.at[length] != '?')
        length++;
    return (struct slice){uri.at, length};
}

/* alice@example.com:5060 is alice@example.com; brackets of IPv6 stay. */
static struct slice without_port(struct slice bare)
{
    const char *colon = bare.length ? memrchr(bare.at, ':', bare.length) : NULL;
    const char *bracket = bare.length ? memrchr(bare.at, ']', bare.length) : NULL;
    const char *at = bare.length ? memrchr(bare.at, '@', bare.length) : NULL;
    if (colon && colon > bracket && colon > at)
        bare.length = (size_t)(colon - bare.at);
    return bare;
}

static bool is_uri(struct slice uri, const char *text, bool counts_port)
{
    struct slice one = bare_uri(uri), other = bare_uri((struct slice){text, strlen(text)});
    if (!counts_port) {
        one = without_port(one);
        other = without_port(other);
    }
    return one.length && one.length == other.length &&
           strncasecmp(one.at, other.at, one.length) == 0;
}

/* ---- lines ---- */

static unsigned status_of(int error)
{
    switch (-error) {
    case 0:
        return 200;
    case ENOSYS:
    case EPERM:
    case ENOTCONN:
        return 403;
    case ENOENT:
        return 404;
    case EHOSTUNREACH:
        return 428;
    case ENOTSUP:
        return 415;
    case EINVAL:
    case EBADMSG:
        return 400;
    default: /* too long, too fast, no memory */
        return 413;
    }
}

static bool is_sender(const struct call *call, struct slice uri)
{
    char id[PARTICIPANT_ID_BYTES];
    if (message_text_receiver(uri.at, uri.length, id))
        return strcmp(id, participant_info(call->participant)->id) == 0;
    return is_uri(uri, participant_info(call->participant)->uri, false);
}

static bool is_room(const struct call *call, const struct call_chat *chat, struct slice uri)
{
    const char *names[] = {room_name(participant_room(call->participant)), chat->dialled};
    const struct slice bare = bare_uri(uri);
    const char *at = bare.length ? memchr(bare.at, '@', bare.length) : NULL;
    const struct slice user = {bare.at, at ? (size_t)(at - bare.at) : 0};
    for (unsigned i = 0; i < 2; i++) {
        if (user.length && user.length == strlen(names[i]) &&
            strncasecmp(user.at, names[i], user.length) == 0)
            return true;
    }
    return false;
}

/* The only one of that URI, or NULL. Who has several phones in the room gets it on one of them.
 */
static struct participant *find_uri(struct room *room, struct slice uri, bool counts_port)
{
    struct participant *found = NULL;
    for (struct participant *at = room_first(room); at; at = room_next(at)) {
        if (!is_uri(uri, participant_info(at)->uri, counts_port))
            continue;
        if (found && !counts_port)
            return NULL; /* which one is meant cannot be told */
        found = at;
    }
    return found;
}

/* RFC 7701 section 6.2. @return 0 and *to, NULL: all; -ENOENT: nobody is called so. */
static int find_receiver(const struct call *call, const struct call_chat *chat,
                         struct slice uri, struct participant **to)
{
    struct room *room = participant_room(call->participant);
    char id[PARTICIPANT_ID_BYTES];
    if (message_text_receiver(uri.at, uri.length, id)) {
        *to = room_find(room, id);
        return *to ? 0 : -ENOENT;
    }
    *to = find_uri(room, uri, true); /* before the room: his name may be that of it */
    if (*to || is_room(call, chat, uri))
        return 0;
    *to = find_uri(room, uri, false);
    return *to ? 0 : -ENOENT;
}

/* What is written at the door is the PIN. @return false: it has more than keys in it. */
static bool take_keys(struct call *call, struct slice text)
{
    text = slice_trim(text);
    for (size_t i = 0; i < text.length; i++) {
        if (!memchr(KEYS, text.at[i], sizeof(KEYS) - 1))
            return false;
    }
    for (size_t i = 0; i < text.length && call->participant; i++)
        participant_hear_digit(call->participant, text.at[i], DIGIT_INFO);
    return text.length > 0;
}

static int take_text(struct call *call, const struct call_chat *chat,
                     const struct msrp_incoming *request)
{
    struct message_body body;
    struct participant *to;
    const struct slice type = {request->type, strlen(request->type)};
    if (!msrp_head_is_type(type, CPIM_TYPE) || !request->content)
        return -ENOTSUP;
    int error = message_body_read(request->type,
                                  (struct slice){request->content, request->length}, &body);
    if (error < 0)
        return error;
    if (body.kind == MESSAGE_BODY_FILE)
        return -ENOTSUP;
    if (body.envelope.receivers != 1 || !is_sender(call, body.envelope.from_uri))
        return -EPERM;
    const bool is_asked = participant_info(call->participant)->state == PARTICIPANT_PIN;
    if (is_asked && body.kind == MESSAGE_BODY_TEXT && take_keys(call, body.text))
        return 0;
    error = find_receiver(call, chat, body.envelope.to_uri, &to);
    return error < 0 ? error : call_take_body(call, &body, to);
}

/* ---- nicknames ---- */

/* The same user may have the same on each of his phones. */
static bool is_taken(const struct call *call, const char *name)
{
    struct room *room = participant_room(call->participant);
    for (struct participant *at = room_first(room); at; at = room_next(at)) {
        char shown[PARTICIPANT_NAME_BYTES];
        participant_shown_name(at, shown);
        if (at != call->participant && strcasecmp(shown, name) == 0 &&
            strcmp(participant_info(at)->uri, participant_info(call->participant)->uri) != 0)
            return true;
    }
    return false;
}

static unsigned change_name(struct call *call, const char *name)
{
    const int error = participant_change(call->participant,
                                         &(struct participant_change){.display_name = name});
    return error ? 413 : 200;
}

/* RFC 7701 sections 7.1 and 7.3. */
static unsigned take_nickname(struct call *call, struct call_chat *chat, const char *quoted)
{
    char asked[MSRP_NICKNAME_BYTES], name[PARTICIPANT_NAME_BYTES];
    const enum participant_state state = participant_info(call->participant)->state;
    if (state != PARTICIPANT_CONNECTED)
        return 403;
    if (!quoted || msrp_head_nickname((struct slice){quoted, strlen(quoted)}, asked) < 0 ||
        strlen(asked) >= sizeof(name))
        return 424;
    if (!asked[0])
        return chat->has_nickname ? change_name(call, chat->own_name) : 200;
    room_text_clean(name, sizeof(name), asked);
    if (!name[0])
        return 424;
    if (is_taken(call, name))
        return 425;
    if (!chat->has_nickname)
        snprintf(chat->own_name, sizeof(chat->own_name), "%s",
                 participant_info(call->participant)->display_name);
    chat->has_nickname = true;
    return change_name(call, name);
}

/* ---- both ---- */

unsigned call_chat_take(struct call *call, struct call_chat *chat,
                        const struct msrp_incoming *request)
{
    return request->method == MSRP_NICKNAME ? take_nickname(call, chat, request->nickname)
                                            : status_of(take_text(call, chat, request));
}
