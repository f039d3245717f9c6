/* notice.c - ours or another's? */
#include "server/sip/notice.h"

#include "mixer/base/log.h"
#include "server/room/room_chat.h"
#include "server/room/room_parcels.h"
#include "server/room/room_policy.h"
#include "server/room/room_text.h"
#include "server/sip/call_message.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Ids cannot be guessed, so whoever has one was told it: the host, which may be a proxy's or an
 * old one, does not matter. NULL: it is none of ours. */
static struct room_file *parcel_of(const struct room_list *rooms, const char *url)
{
    static const char place[] = "/file-transfer/";
    const char *at = strstr(url, place);
    return at ? room_parcel_find(rooms, at + sizeof(place) - 1) : NULL;
}

static struct reply reply_of(int error)
{
    switch (-error) {
    case 0:
        return reply_make(200, "OK");
    case ENOSYS:
        return reply_make(403, "No Files Here");
    case EFBIG:
    case EDQUOT:
    case E2BIG:
    case EUSERS:
        return reply_make(413, "No Space For This File");
    default:
        log_warn("sip", "a file could not be shared: %s", strerror(-error));
        return reply_make(500, "Server Internal Error: it cannot be kept");
    }
}

static struct reply share(const struct room_file *parcel, struct room *room,
                          const struct notice_sender *sender)
{
    char name[PARTICIPANT_NAME_BYTES];
    const struct participant_info *info =
        sender->participant ? participant_info(sender->participant) : NULL;
    const enum participant_role role = info ? info->role : PARTICIPANT_GUEST;
    struct room_file *file;
    if (info && info->state != PARTICIPANT_CONNECTED)
        return reply_make(403, "Not In The Conference");
    if (!room_policy_allows(room_settings(room)->may_share, role))
        return reply_make(403, "You May Not Share Files Here");
    if (info && room_chat_count(sender->participant) < 0)
        return call_message_reply(-EAGAIN);
    if (info)
        participant_shown_name(sender->participant, name);
    else
        room_text_name(name, sizeof(name), sender->name, sender->uri);
    return reply_of(room_parcel_share(
        parcel, room, &(struct room_parcel_sharer){.name = name, .id = info ? info->id : NULL},
        &file));
}

void notice_write_text(const struct file_notice *notice, char out[NOTICE_TEXT_BYTES])
{
    char size[ROOM_TEXT_SIZE_BYTES] = "";
    if (notice->bytes)
        room_text_size(notice->bytes, size);
    snprintf(out, NOTICE_TEXT_BYTES, "%s%s%s%s%s", notice->name,
             notice->name[0] && size[0] ? ", " : "", size,
             notice->name[0] || size[0] ? ": " : "", notice->url);
}

static struct reply post_link(const struct file_notice *notice, struct room *room,
                              const struct notice_sender *sender)
{
    char text[NOTICE_TEXT_BYTES];
    notice_write_text(notice, text);
    return call_message_reply(
        room_chat_post(room,
                       &(struct room_chat_post){.from = sender->participant,
                                                .origin = CHAT_FROM_VISITOR,
                                                .name = sender->name,
                                                .uri = sender->uri,
                                                .text = text,
                                                .length = strlen(text),
                                                .file =
                                                    &(struct chat_file){
                                                        .url = notice->url,
                                                        .name = notice->name,
                                                        .type = notice->type,
                                                        .bytes = notice->bytes,
                                                    }},
                       NULL));
}

struct reply notice_take(const struct room_list *rooms, const struct file_notice *notice,
                         struct room *room, const struct notice_sender *sender)
{
    if (notice->is_encrypted)
        return reply_make(403, "Encrypted Files Are Of No Use Here");
    const struct room_file *parcel = parcel_of(rooms, notice->url);
    return parcel ? share(parcel, room, sender) : post_link(notice, room, sender);
}
