/* ua_message.c - whose it is, and into which room it goes. */
#include "server/sip/ua_message.h"

#include "server/body/message_body.h"
#include "server/room/room_chat.h"
#include "server/room/room_policy.h"
#include "server/sip/call_internal.h"
#include "server/sip/destination.h"
#include "server/sip/letters.h"
#include "server/sip/notice.h"
#include "server/sip/uri.h"

#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_tag.h>

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

static bool is_same_host(const struct sockaddr *one, const struct sockaddr *other)
{
    if (one->sa_family != other->sa_family)
        return false;
    if (one->sa_family == AF_INET)
        return ((const struct sockaddr_in *)one)->sin_addr.s_addr ==
               ((const struct sockaddr_in *)other)->sin_addr.s_addr;
    return one->sa_family == AF_INET6 &&
           memcmp(&((const struct sockaddr_in6 *)one)->sin6_addr,
                  &((const struct sockaddr_in6 *)other)->sin6_addr, 16) == 0;
}

/* The call by which its sender is in @p room. NULL: none. */
static struct call *call_of(const struct ua_line *line, const struct room *room,
                            const sip_t *sip)
{
    char uri[PARTICIPANT_URI_BYTES];
    const struct sockaddr *source = ua_source(line);
    uri_plain(sip->sip_from->a_url, uri, sizeof(uri));
    for (struct call *call = line->ua->calls; call; call = call->next) {
        if (call->participant && participant_room(call->participant) == room &&
            is_same_host((const struct sockaddr *)&call->peer, source) &&
            strcmp(participant_info(call->participant)->uri, uri) == 0)
            return call;
    }
    return NULL;
}

/* A room that nobody can enter without being let in hears nobody from outside, either. */
static bool takes_visitors(const struct ua *ua, const struct room *room)
{
    const struct room_settings *settings = room_settings(room);
    return ua->config.visitors && !settings->locked && !settings->pin[0] &&
           settings->lobby == ROOM_LOBBY_OFF &&
           room_policy_allows(settings->may_chat, PARTICIPANT_GUEST);
}

static struct reply take_of_visitor(struct ua *ua, struct room *room, const sip_t *sip)
{
    char name[PARTICIPANT_NAME_BYTES], uri[PARTICIPANT_URI_BYTES];
    struct message_body read;
    struct reply reply;
    if (!seal_read_message(ua, sip, &read, &reply))
        return reply;
    uri_display(sip->sip_from->a_display, name, sizeof(name));
    uri_plain(sip->sip_from->a_url, uri, sizeof(uri));
    if (read.kind == MESSAGE_BODY_FILE)
        return notice_take(ua->config.rooms, &read.file, room,
                           &(struct notice_sender){.name = name, .uri = uri});
    if (read.kind != MESSAGE_BODY_TEXT)
        return reply_make(200, "OK"); /* that a visitor types is nobody's concern */
    return call_message_reply(
        room_chat_post(room,
                       &(struct room_chat_post){.origin = CHAT_FROM_VISITOR,
                                                .name = name,
                                                .uri = uri,
                                                .text = read.text.at,
                                                .length = read.text.length},
                       NULL));
}

static struct reply take(struct ua_line *line, const sip_t *sip)
{
    struct ua *ua = line->ua;
    struct destination to;
    if (sip->sip_to->a_tag)
        return reply_make(481, "Call Does Not Exist");
    if (ua_refuses_scheme(line, sip->sip_request->rq_url))
        return reply_make(416, "Unsupported URI Scheme");
    destination_find(ua, sip->sip_request->rq_url, &to);
    if (to.kind == DESTINATION_ACCOUNT)
        return letters_take(line, sip, to.account);
    if (to.kind != DESTINATION_ROOM)
        return reply_make(404, "No Such Conference");
    struct call *call = call_of(line, to.room, sip);
    struct reply reply;
    if (call)
        call_take_message(call, sip, &reply);
    else if (takes_visitors(ua, to.room))
        reply = take_of_visitor(ua, to.room, sip);
    else
        reply = call_message_reply(-ENOTCONN);
    return reply;
}

void ua_take_message(struct ua_line *line, nua_handle_t *handle, const sip_t *sip)
{
    struct reply reply = line->ua->draining ? reply_later("Going Down") : take(line, sip);
    reply_refuse(line, handle, &reply);
}
