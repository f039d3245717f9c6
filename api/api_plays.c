/* api_plays.c - /api/v1/rooms/{room}/plays and below. */
#include "api/api_body.h"
#include "api/api_internal.h"
#include "api/api_show.h"

#include "mixer/audio/audio_gain.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_POSITION_MS = 24 * 3600 * 1000, PROMPT_BYTES = 40 };

static struct room_play *find(struct api *api, struct api_request *request)
{
    const struct room *room = api_request_room(api, request);
    struct room_play *play = room ? room_play_find(room, request->id) : NULL;
    if (room && !play)
        api_problem(&request->answer, 404, "no_such_play", "Room \"%s\" has no play \"%.19s\".",
                    room_name(room), request->id);
    return play;
}

/* A room has few: all of them, in the order they began. */
void api_list_plays(struct api *api, struct api_request *request)
{
    const struct room *room = api_request_room(api, request);
    if (!room)
        return;
    json_t *items = json_array();
    for (struct room_play *play = room_play_first(room); play; play = room_play_next(play))
        json_array_append_new(items, api_show_play(play));
    api_page_answer(request, items, NULL);
}

void api_read_play(struct api *api, struct api_request *request)
{
    const struct room_play *play = find(api, request);
    if (play)
        api_answer_json(&request->answer, 200, api_show_play(play));
}

/* ---- a new one ---- */

enum { FILE_NAME, PROMPT, URL, SHARED, PARTICIPANT, LOOP, VOLUME, OVER_MIX, FIELDS };

static const struct api_field new_fields[FIELDS] = {
    [FILE_NAME] = {"file", API_TEXT, .least = 1, .most = ROOM_SOUND_BYTES - 1,
                   .is_valid = room_sound_is_valid,
                   .allowed = "the name of a file, without slashes and not beginning with a "
                              "dot"},
    [PROMPT] = {"prompt", API_TEXT, .least = 1, .most = PROMPT_BYTES},
    [URL] = {"url", API_TEXT, .least = 1, .most = API_FETCH_MAX_URL_BYTES},
    [SHARED] = {"room_file", API_TEXT, .least = 1, .most = ROOM_FILE_ID_BYTES - 1},
    [PARTICIPANT] = {"participant", API_TEXT, .least = 1, .most = PARTICIPANT_ID_BYTES - 1,
                     .is_nullable = true},
    [LOOP] = {.name = "loop", .type = API_BOOL},
    [VOLUME] = {"volume_db", API_NUMBER, .least = AUDIO_GAIN_MIN_DB, .most = AUDIO_GAIN_MAX_DB},
    [OVER_MIX] = {.name = "over_mix", .type = API_BOOL},
};

static_assert((int)FILE_NAME == (int)ROOM_SOUND_FILE && (int)PROMPT == (int)ROOM_SOUND_PROMPT &&
                  (int)URL == (int)ROOM_SOUND_URL && (int)SHARED == (int)ROOM_SOUND_SHARED,
              "read_source() counts on it");

static const char *field_of(enum room_sound_kind kind)
{
    static const char *const pointers[] = {"/file", "/prompt", "/url", "/room_file"};
    return pointers[kind];
}

/* What the sound is. @return false: not exactly one was named, and it is answered. */
static bool read_source(const struct api_value *values, struct room_play_request *play,
                        struct api_answer *answer)
{
    unsigned count = 0;
    for (unsigned i = FILE_NAME; i <= SHARED; i++) { /* as in enum room_sound_kind */
        if (!values[i].is_given)
            continue;
        play->kind = (enum room_sound_kind)i;
        play->name = values[i].text;
        count++;
    }
    if (count != 1) {
        api_problem_field(answer, "",
                          "has to have one of \"file\", \"prompt\", \"url\" and \"room_file\"");
        return false;
    }
    const char *fault = values[URL].is_given ? api_fetch_url_fault(play->name) : NULL;
    if (fault)
        api_problem_field(answer, "/url", "%s", fault);
    return !fault;
}

/* To whom. @return false: there is nobody of that id, and it is answered. */
static bool read_hearer(const struct room *room, const struct api_value *value,
                        struct room_play_request *play, struct api_answer *answer)
{
    if (!value->text)
        return true;
    play->participant = room_find(room, value->text);
    if (play->participant)
        return true;
    api_problem(answer, 422, "no_such_participant", "Room \"%s\" has no such participant.",
                room_name(room));
    api_problem_field(answer, "/participant", "is not the id of a participant of the room");
    return false;
}

static void answer_error(struct api_request *request, const struct room_play_request *play,
                         int err, const char *why)
{
    struct api_answer *answer = &request->answer;
    switch (-err) {
    case ENOTCONN:
        api_problem(answer, 409, "not_connected", "%s",
                    play->participant ? "The participant is not connected."
                                      : "Nobody is connected in the room.");
        break;
    case EUSERS:
        api_problem(answer, 409, "too_many_plays", "A room has %d plays at once, and no more.",
                    ROOM_MAX_PLAYS);
        break;
    case ENOSYS:
        api_problem(answer, 501, "not_available", "This server cannot play URLs.");
        break;
    case EBUSY:
        api_problem(answer, 503, "too_many_fetches", "Too many URLs are being fetched.");
        answer->retry_after_s = 5;
        break;
    default:
        if (!why) {
            api_answer_errno(request, err);
            break;
        }
        api_problem(answer, 422, err == -ENOENT ? "no_such_sound" : "unplayable_sound", "%s",
                    why);
        api_problem_field(answer, field_of(play->kind), "%s", why);
    }
}

/* Begins the fetch, if one is needed, and then the play; both or none. */
static int start(struct api *api, struct room *room, const struct room_play_request *request,
                 struct room_play **play, char **why)
{
    struct api_play_wait *wait = NULL;
    *why = NULL;
    int err = request->kind == ROOM_SOUND_URL
                  ? api_play_urls_start(&api->play_urls, request->name, &wait)
                  : 0;
    if (err == 0)
        err = room_play_start(room, request, play, why);
    if (err == 0 && wait)
        api_play_urls_bind(wait, *play);
    else if (wait)
        api_play_urls_drop(wait);
    return err;
}

void api_start_play(struct api *api, struct api_request *request)
{
    struct room *room = api_request_room(api, request);
    struct api_value values[FIELDS];
    struct api_answer *answer = &request->answer;
    if (!room ||
        !api_body_read(request->json, new_fields, FIELDS, API_BODY_NEW, values, answer))
        return;
    struct room_play_request play = {.loop = values[LOOP].flag,
                                     .over_mix = values[OVER_MIX].flag,
                                     .volume_db = values[VOLUME].number};
    if (!read_source(values, &play, answer) ||
        !read_hearer(room, &values[PARTICIPANT], &play, answer))
        return;
    struct room_play *started;
    char *why;
    int err = start(api, room, &play, &started, &why);
    if (err < 0) {
        answer_error(request, &play, err, why);
    } else {
        api_answer_json(answer, 201, api_show_play(started));
        snprintf(answer->location, sizeof(answer->location), "/api/v1/rooms/%s/plays/%s",
                 room_name(room), room_play_info(started)->id);
    }
    free(why);
}

/* ---- one of them ---- */

void api_change_play(struct api *api, struct api_request *request)
{
    enum { PAUSED, POSITION, CHANGE_FIELDS };
    static const struct api_field fields[CHANGE_FIELDS] = {
        [PAUSED] = {.name = "paused", .type = API_BOOL},
        [POSITION] = {"position_ms", API_INTEGER, .most = MAX_POSITION_MS},
    };
    struct room_play *play = find(api, request);
    struct api_value values[CHANGE_FIELDS];
    if (!play || !api_body_read(request->json, fields, CHANGE_FIELDS, API_BODY_PATCH, values,
                                &request->answer))
        return;
    if (values[POSITION].is_given)
        room_play_seek(play, (unsigned)values[POSITION].integer);
    if (values[PAUSED].is_given)
        room_play_pause(play, values[PAUSED].flag);
    json_t *shown = api_show_play(play);
    if (values[POSITION].is_given) /* where it will be: the engine tells it a tick later */
        json_object_set_new(shown, "position_ms", json_integer(values[POSITION].integer));
    api_answer_json(&request->answer, 200, shown);
}

void api_stop_play(struct api *api, struct api_request *request)
{
    struct room_play *play = find(api, request);
    if (!play)
        return;
    room_play_stop(play);
    api_answer_empty(&request->answer, 204);
}
