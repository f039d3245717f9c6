/* api_dial.c - POST /api/v1/rooms/{room}/participants. */
#include "api/api_dial.h"

#include "api/api_body.h"
#include "api/api_internal.h"
#include "api/api_show.h"
#include "server/trunk/number_pattern.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { MAX_RING_S = 600, RETRY_AFTER_S = 5, MOST_URIS = 50 };
enum {
    URI,
    URIS,
    ANSWER,
    DISPLAY_NAME,
    RING_TIMEOUT_S,
    MUTED,
    DEAFENED,
    CHAT,
    ATTRIBUTES,
    FIELDS
};

static const struct api_field fields[FIELDS] = {
    [URI] = {"uri", API_TEXT, .least = 1, .most = PARTICIPANT_URI_BYTES - 1},
    [URIS] = {"uris", API_LIST, .least = 1, .most = MOST_URIS},
    [ANSWER] = {"answer", API_WORD, .words = {"all", "first"}},
    [DISPLAY_NAME] = {"display_name", API_TEXT, .most = PARTICIPANT_NAME_BYTES - 1},
    [RING_TIMEOUT_S] = {"ring_timeout_s", API_INTEGER, .least = 1, .most = MAX_RING_S},
    [MUTED] = {"muted", .type = API_BOOL},
    [DEAFENED] = {"deafened", .type = API_BOOL},
    [CHAT] = {"chat", .type = API_BOOL},
    [ATTRIBUTES] = {"attributes", .type = API_OBJECT},
};

/* A number is a URI, too: the one that a telephone would dial. */
static bool read_number(const char *text, char uri[PARTICIPANT_URI_BYTES])
{
    char number[NUMBER_BYTES];
    if (!number_read(text, number))
        return false;
    snprintf(uri, PARTICIPANT_URI_BYTES, "tel:%s", number);
    return true;
}

/* Only what could leave the SIP header it is put into is refused here; the dialer parses it. */
static bool is_uri(const char *uri)
{
    if (strncmp(uri, "sip:", 4) != 0 && strncmp(uri, "sips:", 5) != 0)
        return false;
    for (const char *at = uri; *at; at++) {
        if (*at <= ' ' || *at > '~' || strchr("<>\"\\^`{|}", *at))
            return false;
    }
    return true;
}

bool api_dial_read(const char *text, char uri[PARTICIPANT_URI_BYTES])
{
    if (read_number(text, uri))
        return true;
    snprintf(uri, PARTICIPANT_URI_BYTES, "%s", text);
    return strlen(text) < PARTICIPANT_URI_BYTES && is_uri(text);
}

static void answer_users(struct api_answer *answer, const struct room *room)
{
    if (room_participant_count(room) >= room_settings(room)->max_participants)
        api_problem(answer, 409, "room_full", "Room \"%s\" is full.", room_name(room));
    else
        api_problem(answer, 429, "too_many_calls",
                    "As many calls are being made as the configuration allows.");
}

void api_dial_error(struct api_answer *answer, int err)
{
    switch (-err) {
    case EINVAL:
        api_problem_field(answer, "/uri", "is not an address that can be called");
        break;
    case EHOSTDOWN:
        api_problem(answer, 409, "not_registered", "No phone of this account is registered.");
        break;
    case ENOKEY:
        api_problem(answer, 409, "no_certificate",
                    "The account requires S/MIME, and it has no certificate, or the server has "
                    "none (sip.smime_certificate).");
        break;
    case EACCES:
        api_problem(answer, 403, "dial_not_allowed",
                    "The configuration does not allow this address to be called "
                    "(sip.dial_allow).");
        break;
    case ENOENT:
        api_problem(answer, 403, "number_not_allowed",
                    "There is no trunk by which this number may be dialled.");
        break;
    case EBUSY:
        api_problem(answer, 503, "trunk_full",
                    "All lines of the trunks by which this number may be dialled are in use.");
        answer->retry_after_s = RETRY_AFTER_S;
        break;
    case EDQUOT:
        api_problem(answer, 429, "budget_spent",
                    "As many calls as may be were made by this trunk today.");
        break;
    case ENAMETOOLONG:
        api_problem_field(answer, "/uri", "becomes too long as the trunk writes numbers");
        break;
    case ENOSYS:
        api_problem(answer, 403, "dial_out_off",
                    "The configuration does not allow calls to be made (sip.dial_out).");
        break;
    case EADDRINUSE:
    case EMFILE:
    case ENFILE:
        api_problem(answer, 503, "no_media_port",
                    "All ports for media are in use (media.ports), or all descriptors.");
        answer->retry_after_s = RETRY_AFTER_S;
        break;
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EAFNOSUPPORT:
        api_problem(answer, 422, "no_route", "There is no way from here to this address.");
        api_problem_field(answer, "/uri", "cannot be reached: %s", strerror(-err));
        break;
    case EPROTO:
        api_problem(answer, 409, "srtp_contradiction",
                    "The room requires encrypted media (srtp), and sip.srtp forbids it, or the "
                    "other way round.");
        break;
    case ENOPROTOOPT:
        api_problem_field(answer, "/chat",
                          "cannot be offered: there is no MSRP here (sip.msrp_listen)");
        break;
    case EPROTONOSUPPORT:
        api_problem(answer, 409, "no_common_codec",
                    "The room and the trunk have no codec in common (codecs).");
        break;
    case ENOMEM:
        api_problem(answer, 500, "out_of_memory", "Memory is out: nobody was called.");
        break;
    case ETIME:
        api_problem(answer, 403, "is_over", "The time of the room is over.");
        break;
    case ESHUTDOWN:
        api_problem(answer, 503, "shutting_down", "The server is going down.");
        break;
    default:
        api_problem(answer, 500, "dial_failed", "The call could not be begun: %s.",
                    strerror(-err));
    }
}

static bool is_one_line(const char *text)
{
    while (*text && (unsigned char)*text >= ' ' && *text != 0x7f)
        text++;
    return !*text;
}

/* @return false: the request is answered. */
static bool read_attributes(const struct api_value *value, struct attributes *attributes,
                            struct api_answer *answer)
{
    const char *name;
    json_t *each;
    int error = 0;
    json_object_foreach((json_t *)value->json, name, each)
    {
        const char *text = json_string_value(each);
        bool fits = text && strlen(text) < ATTRIBUTE_VALUE_BYTES && is_one_line(text);
        if (!error)
            error = fits ? attributes_set(attributes, name, text) : -EINVAL;
    }
    if (error)
        api_problem_field(answer, "/attributes",
                          "have to be at most %d, names of 1 to %d of a-z, 0-9 and _, each "
                          "with a text of one line and at most %d bytes",
                          ATTRIBUTES_MOST, ATTRIBUTE_NAME_BYTES - 1, ATTRIBUTE_VALUE_BYTES - 1);
    return !error;
}

static void answer_error(struct api_answer *answer, const struct room *room, int err)
{
    if (err == -EUSERS)
        answer_users(answer, room);
    else if (err < 0)
        api_dial_error(answer, err);
}

json_t *api_dial_problem(const struct room *room, int err)
{
    struct api_answer why = {0};
    answer_error(&why, room, err);
    json_t *problem = err < 0 ? json_incref(why.json) : json_null();
    api_answer_finish(&why);
    return problem;
}

/* @return NULL: @p answer says why not. */
static struct participant *dial(struct room *room, const struct room_dial *request,
                                struct api_answer *answer)
{
    struct participant *participant;
    struct room_dial called = *request;
    char uri[PARTICIPANT_URI_BYTES];
    called.uri = uri;
    int err =
        api_dial_read(request->uri, uri) ? room_dial(room, &called, &participant) : -EINVAL;
    answer_error(answer, room, err);
    return err < 0 ? NULL : participant;
}

static void dial_one(struct room *room, const struct room_dial *request,
                     struct api_answer *answer)
{
    const struct participant *participant = dial(room, request, answer);
    if (!participant)
        return;
    api_answer_json(answer, 201, api_show_participant(participant, API_SHOW_WITH_MEDIA));
    snprintf(answer->location, sizeof(answer->location), "/api/v1/rooms/%s/participants/%s",
             room_name(room), participant_info(participant)->id);
}

/* Each has its own outcome: that one cannot be called does not stop the others. */
static json_t *dial_entry(struct room *room, struct room_dial *request, const char *uri)
{
    struct api_answer why = {0};
    request->uri = uri;
    const struct participant *participant = dial(room, request, &why);
    json_t *entry =
        json_pack("{s:s, s:o, s:o}", "uri", uri, "participant",
                  participant ? api_show_participant(participant, API_SHOW_SHORT) : json_null(),
                  "problem", participant ? json_null() : json_incref(why.json));
    api_answer_finish(&why);
    return entry;
}

static void dial_list(struct room *room, const struct api_value *values,
                      struct room_dial *request, struct api_answer *answer)
{
    const json_t *uris = values[URIS].json;
    json_t *results = json_array();
    if (values[ANSWER].text && strcmp(values[ANSWER].text, "first") == 0)
        request->group = room_new_group(room);
    for (size_t i = 0; i < json_array_size(uris); i++)
        json_array_append_new(
            results, dial_entry(room, request, json_string_value(json_array_get(uris, i))));
    api_answer_json(answer, 200, json_pack("{s:o}", "results", results));
}

void api_dial_participant(struct api *api, struct api_request *request)
{
    struct room *room = api_request_room(api, request);
    struct api_value values[FIELDS];
    struct api_answer *answer = &request->answer;
    if (!room || !api_body_read(request->json, fields, FIELDS, API_BODY_NEW, values, answer))
        return;
    if (values[URI].is_given == values[URIS].is_given) {
        api_problem_field(answer, "", "has to have one of uri and uris");
        return;
    }
    struct attributes attributes = {.count = 0};
    if (values[ATTRIBUTES].is_given &&
        !read_attributes(&values[ATTRIBUTES], &attributes, answer))
        return;
    struct room_dial wanted = {
        .uri = values[URI].text,
        .display_name = values[DISPLAY_NAME].text,
        .ring_timeout_s = (unsigned)values[RING_TIMEOUT_S].integer,
        .muted = values[MUTED].flag,
        .deafened = values[DEAFENED].flag,
        .chat = values[CHAT].flag,
        .attributes = &attributes,
    };
    if (values[URIS].is_given)
        dial_list(room, values, &wanted, answer);
    else
        dial_one(room, &wanted, answer);
}
