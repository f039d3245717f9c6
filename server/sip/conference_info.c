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

static void write_endpoint(FILE *out, const struct participant *participant, const char *user)
{
    const struct participant_info *info = participant_info(participant);
    char when[CLOCK_TEXT_BYTES];
    clock_format(info->joined_ns ? info->joined_ns : info->created_ns, when);
    fputs("<endpoint entity=\"", out);
    xml_text(out, user);
    fprintf(out, ";participant=%s\">", info->id);
    xml_element(out, "status", status_of(info));
    xml_element(out, "joining-method", info->dialled_out ? "dialed-out" : "dialed-in");
    fputs("<joining-info>", out);
    xml_element(out, "when", when);
    fputs("</joining-info>", out);
    write_media(out, "1", "audio", !info->muted, !info->deafened);
    if (participant_video_plan(participant, VIDEO_CAMERA))
        write_media(out, "2", "video", !info->video_muted, true);
    fputs("</endpoint>", out);
}

/* Callers who hide theirs, and browsers, have none. */
static bool has_address(const struct participant *participant)
{
    const char *uri = participant_info(participant)->uri;
    return strncmp(uri, "web:", 4) != 0 && !strstr(uri, "@anonymous.invalid");
}

void conference_info_user(const struct participant *participant,
                          char out[PARTICIPANT_URI_BYTES])
{
    const struct participant_info *info = participant_info(participant);
    if (has_address(participant))
        snprintf(out, PARTICIPANT_URI_BYTES, "%s", info->uri);
    else
        snprintf(out, PARTICIPANT_URI_BYTES, "sip:%s@anonymous.invalid", info->id);
}

static bool are_one_user(const struct participant *one, const struct participant *other)
{
    return one == other || (has_address(one) && strcmp(participant_info(one)->uri,
                                                       participant_info(other)->uri) == 0);
}

static const struct participant *first_call_of(const struct room *room,
                                               const struct participant *participant)
{
    const struct participant *each = room_first(room);
    while (each && !are_one_user(each, participant))
        each = room_next(each);
    return each;
}

static const struct participant *find_user(const struct room *room, const char *user)
{
    char uri[PARTICIPANT_URI_BYTES];
    const struct participant *each = room_first(room);
    for (; each; each = room_next(each)) {
        conference_info_user(each, uri);
        if (strcmp(uri, user) == 0)
            break;
    }
    return each;
}

static void begin_user(FILE *out, const struct participant *first, const char *uri)
{
    fputs("<user entity=\"", out);
    xml_text(out, uri);
    fputs("\" state=\"full\">", out);
    if (participant_info(first)->display_name[0])
        xml_element(out, "display-text", participant_info(first)->display_name);
    fputs("<roles>", out);
    xml_element(out, "entry", participant_role_word(participant_info(first)->role));
    fputs("</roles>", out);
}

/* All calls of one user. */
static void write_user(FILE *out, const struct participant *first)
{
    char uri[PARTICIPANT_URI_BYTES];
    conference_info_user(first, uri);
    begin_user(out, first, uri);
    for (const struct participant *each = first; each; each = room_next(each)) {
        if (are_one_user(each, first))
            write_endpoint(out, each, uri);
    }
    fputs("</user>", out);
}

/* ---- all users at once: each call is looked at once, not once for each user ---- */

struct seat {
    const struct participant *participant;
    char uri[PARTICIPANT_URI_BYTES]; /* of the user                                */
    unsigned place;                  /* in the order they came                      */
};

static int by_user(const void *one, const void *other)
{
    const struct seat *a = one, *b = other;
    const int order = strcmp(a->uri, b->uri);
    return order ? order : a->place < b->place ? -1 : 1;
}

static int by_first_call(const void *one, const void *other)
{
    const struct seat *const *a = one, *const *b = other;
    return (*a)->place < (*b)->place ? -1 : 1;
}

/* [*count], by user, the calls of each as they came. */
static struct seat *take_seats(const struct room *room, unsigned *count)
{
    unsigned most = 1;
    *count = 0;
    for (const struct participant *each = room_first(room); each; each = room_next(each))
        most++;
    struct seat *seats = calloc(most, sizeof(*seats));
    const struct participant *each = seats ? room_first(room) : NULL;
    for (; each; each = room_next(each)) {
        struct seat *seat = &seats[*count];
        seat->participant = each;
        seat->place = (*count)++;
        conference_info_user(each, seat->uri);
    }
    if (seats)
        qsort(seats, *count, sizeof(*seats), by_user);
    return seats;
}

static bool begins_user(const struct seat *seats, unsigned at)
{
    return at == 0 || strcmp(seats[at - 1].uri, seats[at].uri) != 0;
}

static void write_seats(FILE *out, const struct seat *first, const struct seat *end)
{
    begin_user(out, first->participant, first->uri);
    for (const struct seat *at = first; at < end && strcmp(at->uri, first->uri) == 0; at++)
        write_endpoint(out, at->participant, first->uri);
    fputs("</user>", out);
}

static void write_all(FILE *out, const struct seat *seats, const struct seat **firsts,
                      unsigned count)
{
    unsigned users = 0;
    for (unsigned i = 0; i < count; i++) {
        if (begins_user(seats, i))
            firsts[users++] = &seats[i];
    }
    qsort(firsts, users, sizeof(*firsts), by_first_call);
    fputs("<users state=\"full\">", out);
    for (unsigned i = 0; i < users; i++)
        write_seats(out, firsts[i], seats + count);
    fputs("</users>", out);
}

char *conference_info_write_users(const struct room *room)
{
    char *text = NULL;
    size_t length;
    unsigned count;
    struct seat *seats = take_seats(room, &count);
    const struct seat **firsts = calloc(count + 1, sizeof(*firsts));
    FILE *out = seats && firsts ? open_memstream(&text, &length) : NULL;
    if (out)
        write_all(out, seats, firsts, count);
    const bool is_written = out && !ferror(out);
    const bool is_whole = out && fclose(out) == 0 && is_written;
    free(firsts);
    free(seats);
    if (is_whole)
        return text;
    free(text);
    return NULL;
}

bool conference_info_shows(enum room_event_kind kind)
{
    switch (kind) {
    case ROOM_EVENT_PARTICIPANT_ADDED:
    case ROOM_EVENT_PARTICIPANT_STATE:
    case ROOM_EVENT_PARTICIPANT_JOINED:
    case ROOM_EVENT_PARTICIPANT_CHANGED:
    case ROOM_EVENT_PARTICIPANT_LEFT:
        return true;
    default:
        return false;
    }
}

/* ---- a document ---- */

static void write_change(FILE *out, const struct room *room, const char *user)
{
    const struct participant *first = find_user(room, user);
    if (first) {
        write_user(out, first);
        return;
    }
    fputs("<user entity=\"", out);
    xml_text(out, user);
    fputs("\" state=\"deleted\"/>", out);
}

/* @return the first one for whom there is no room. */
static const struct participant *write_users(FILE *out, const struct conference_info *info)
{
    fprintf(out, "<users state=\"%s\">", info->is_full ? "full" : "partial");
    for (unsigned i = 0; !info->is_full && i < info->changed_count; i++)
        write_change(out, info->room, info->changed[i]);
    const struct participant *each = info->is_full ? room_first(info->room) : info->rest;
    for (; each && (size_t)ftello(out) < info->most_bytes; each = room_next(each)) {
        if (first_call_of(info->room, each) == each) /* once for each user */
            write_user(out, each);
    }
    fputs("</users>", out);
    return each;
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

char *conference_info_write(const struct conference_info *info, const struct participant **rest)
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
    if (info->users)
        fputs(info->users, out);
    *rest = info->users ? NULL : write_users(out, info);
    fputs("</conference-info>\n", out);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}
