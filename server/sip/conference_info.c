/* conference_info.c - the elements of RFC 4575 that a room has something to say for. */
#include "server/sip/conference_info.h"

#include "mixer/base/clock.h"
#include "server/body/xml.h"

#include <stdlib.h>
#include <string.h>

/* RFC 4575 section 5.7.2 */
static const char *status_of(const struct participant_info *info)
{
    switch (info->state) {
    case PARTICIPANT_CALLING:
        return "dialing-out";
    case PARTICIPANT_RINGING:
        return "alerting";
    case PARTICIPANT_CONNECTING:
        return "dialing-in";
    case PARTICIPANT_CONNECTED:
    case PARTICIPANT_MOVING:
        return info->on_hold ? "on-hold" : info->muted ? "muted-via-focus" : "connected";
    case PARTICIPANT_ENDED:
        return "disconnected";
    default:
        return "pending"; /* at the door */
    }
}

static void write_media(FILE *out, const char *id, const char *type, bool sends, bool hears)
{
    const char *status = sends   ? hears ? "sendrecv" : "sendonly"
                         : hears ? "recvonly"
                                 : "inactive";
    fprintf(out, "<media id=\"%s\">", id);
    xml_element(out, "type", type);
    xml_element(out, "status", status);
    fputs("</media>", out);
}

static void write_endpoint(FILE *out, const struct participant *participant)
{
    const struct participant_info *info = participant_info(participant);
    char when[CLOCK_TEXT_BYTES];
    clock_format(info->joined_ns ? info->joined_ns : info->created_ns, when);
    fputs("<endpoint entity=\"", out);
    xml_text(out, info->uri);
    fprintf(out, ";participant=%s\">", info->id);
    xml_element(out, "status", status_of(info));
    xml_element(out, "joining-method", info->dialled_out ? "dialed-out" : "dialed-in");
    fputs("<joining-info>", out);
    xml_element(out, "when", when);
    fputs("</joining-info>", out);
    write_media(out, "1", "audio", !info->muted, !info->deafened);
    if (participant_video_plan(participant))
        write_media(out, "2", "video", !info->video_muted, true);
    fputs("</endpoint>", out);
}

static bool is_of(const struct participant *participant, const char *uri)
{
    return strcmp(participant_info(participant)->uri, uri) == 0;
}

static struct participant *find_user(const struct room *room, const char *uri)
{
    struct participant *each = room_first(room);
    while (each && !is_of(each, uri))
        each = room_next(each);
    return each;
}

/* All calls of one URI. */
static void write_user(FILE *out, const struct room *room, const char *uri)
{
    const struct participant *first = find_user(room, uri);
    fputs("<user entity=\"", out);
    xml_text(out, uri);
    if (!first) {
        fputs("\" state=\"deleted\"/>", out);
        return;
    }
    fputs("\" state=\"full\">", out);
    if (participant_info(first)->display_name[0])
        xml_element(out, "display-text", participant_info(first)->display_name);
    fputs("<roles>", out);
    xml_element(out, "entry", participant_role_word(participant_info(first)->role));
    fputs("</roles>", out);
    for (const struct participant *each = first; each; each = room_next(each)) {
        if (is_of(each, uri))
            write_endpoint(out, each);
    }
    fputs("</user>", out);
}

static void write_users(FILE *out, const struct conference_info *info)
{
    fprintf(out, "<users state=\"%s\">", info->is_full ? "full" : "partial");
    for (unsigned i = 0; !info->is_full && i < info->changed_count; i++)
        write_user(out, info->room, info->changed[i]);
    struct participant *each = info->is_full ? room_first(info->room) : NULL;
    for (; each; each = room_next(each)) {
        const char *uri = participant_info(each)->uri;
        if (find_user(info->room, uri) == each) /* once for each user */
            write_user(out, info->room, uri);
    }
    fputs("</users>", out);
}

static void write_room(FILE *out, const struct conference_info *info)
{
    const struct room_settings *settings = room_settings(info->room);
    fputs("<conference-description>", out);
    xml_element(out, "display-text",
                settings->display_name[0] ? settings->display_name : room_name(info->room));
    fprintf(out, "<maximum-user-count>%u</maximum-user-count></conference-description>",
            settings->max_participants);
    fprintf(out,
            "<conference-state><user-count>%u</user-count><active>true</active><locked>%s"
            "</locked></conference-state>",
            room_participant_count(info->room), settings->locked ? "true" : "false");
}

char *conference_info_write(const struct conference_info *info)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    if (!out)
        return NULL;
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
          "<conference-info xmlns=\"urn:ietf:params:xml:ns:conference-info\" entity=\"",
          out);
    xml_text(out, info->entity);
    fprintf(out, "\" state=\"%s\" version=\"%u\">", info->is_full ? "full" : "partial",
            info->version);
    write_room(out, info);
    write_users(out, info);
    fputs("</conference-info>\n", out);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}
