/* api_call_records.c - a record is JSON when it is written, and stays so. */
#include "api/api_call_records.h"

#include "api/api_internal.h"
#include "api/api_show.h"
#include "mixer/base/check.h"
#include "mixer/base/clock.h"
#include "server/leg/voice_quality.h"
#include "server/store/store.h"

#include <stdlib.h>
#include <string.h>

enum { PTIME_MS = 20, S_PER_DAY = 24 * 3600 };

/* ---- how it sounded ---- */

double api_voice_loss(const struct leg_stats *stats)
{
    const double sent = (double)(stats->packets_received + stats->packets_lost);
    const double gone =
        (double)(stats->packets_lost + stats->packets_late + stats->packets_overflowed) -
        (double)stats->recovered_ms / PTIME_MS;
    return sent > 0 && gone > 0 ? (gone < sent ? gone / sent : 1) : 0;
}

double api_voice_mos(const struct leg_stats *stats, const char *codec)
{
    const struct voice_quality quality = {.codec = codec,
                                          .loss = api_voice_loss(stats),
                                          .delay_ms = stats->round_trip_us / 2000.0 +
                                                      stats->delay_ms + PTIME_MS};
    return voice_quality_mos(voice_quality_r(&quality));
}

const char *api_voice_codec(const struct participant *participant)
{
    const struct leg *leg = participant_leg(participant);
    const struct leg_plan *plan = leg ? leg_plan(leg) : NULL;
    return plan && plan->codec_count ? plan->codec[0].codec->name : NULL;
}

/* ---- written ---- */

static json_t *show_voice(const struct participant *participant)
{
    const struct leg *leg = participant_leg(participant);
    const char *codec = api_voice_codec(participant);
    struct leg_stats stats;
    if (!leg || !codec)
        return json_null();
    leg_stats_read(leg, &stats);
    return json_pack(
        "{s:s, s:I, s:I, s:I, s:I, s:I, s:f, s:f, s:o, s:i, s:o, s:o}", "codec", codec,
        "packets_received", (json_int_t)stats.packets_received, "octets_received",
        (json_int_t)stats.octets_received, "packets_lost", (json_int_t)stats.packets_lost,
        "packets_sent", (json_int_t)stats.packets_sent, "octets_sent",
        (json_int_t)stats.octets_sent, "loss", api_voice_loss(&stats), "jitter_ms",
        stats.jitter_us / 1000.0, "round_trip_ms",
        stats.round_trip_us ? json_real(stats.round_trip_us / 1000.0) : json_null(), "delay_ms",
        (int)stats.delay_ms, "far_packets_lost",
        stats.has_far ? json_integer(stats.far_lost) : json_null(), "mos",
        stats.packets_received ? json_real(api_voice_mos(&stats, codec)) : json_null());
}

static json_t *show_video(const struct participant *participant)
{
    const struct video_leg *leg = participant_video(participant, VIDEO_CAMERA);
    struct video_leg_stats stats;
    if (!leg)
        return json_null();
    video_leg_stats_read(leg, &stats);
    return json_pack(
        "{s:s?, s:s?, s:I, s:I, s:I, s:I, s:I, s:f, s:I}", "codec", stats.codec_received,
        "sent_codec", stats.codec_sent, "packets_received", (json_int_t)stats.packets_received,
        "octets_received", (json_int_t)stats.octets_received, "packets_lost",
        (json_int_t)stats.packets_lost, "packets_sent", (json_int_t)stats.packets_sent,
        "octets_sent", (json_int_t)stats.octets_sent, "jitter_ms", stats.jitter_us / 1000.0,
        "frozen_ms", (json_int_t)stats.frozen_ms);
}

static json_t *show_record(const struct participant_info *info, const struct room_event *event,
                           int64_t ended_ns)
{
    const bool is_moved = info->state != PARTICIPANT_ENDED;
    const int64_t joined_ns = is_moved ? info->joined_before_ns : info->joined_ns;
    const bool is_browser = strncmp(info->uri, "web:", 4) == 0;
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:f, s:s, s:s, s:o, s:o}",
        "participant", info->id, "room", room_name(event->room), "display_name",
        info->display_name, "uri", info->uri, "direction", info->dialled_out ? "out" : "in",
        "kind", is_browser ? "browser" : "sip", "role", participant_role_word(info->role),
        "attributes", api_show_attributes(participant_attributes(event->participant)),
        "began_at", api_show_time(info->created_ns), "joined_at", api_show_time(joined_ns),
        "ended_at", api_show_time(ended_ns), "duration_s",
        joined_ns ? (double)(ended_ns - joined_ns) / CLOCK_NS_PER_S : 0.0, "reason",
        participant_reason_word(info->reason), "detail", info->detail, "voice",
        show_voice(event->participant), "video", show_video(event->participant));
}

void api_call_records_note(struct api *api, const struct room_event *event)
{
    ASSERT_CONTROL();
    if (event->kind != ROOM_EVENT_PARTICIPANT_LEFT || !api->config.call_records_days)
        return;
    const struct participant_info *info = participant_info(event->participant);
    const int64_t now_ns = clock_wall_ns();
    json_t *shown = show_record(info, event, now_ns);
    char *json = shown ? json_dumps(shown, JSON_COMPACT) : NULL;
    json_decref(shown);
    if (json) /* what cannot be written is in the log, and the call is over anyway */
        store_call_record_put(api->config.store,
                              &(struct store_call_record){.participant = info->id,
                                                          .room = room_name(event->room),
                                                          .uri = info->uri,
                                                          .ended_ns = now_ns,
                                                          .json = json});
    free(json);
}

void api_call_records_prune(struct api *api)
{
    const int64_t kept_ns = api->config.call_records_days * S_PER_DAY * CLOCK_NS_PER_S;
    store_call_records_prune(api->config.store, clock_wall_ns() - kept_ns,
                             API_CALL_RECORDS_MOST);
}

/* ---- read ---- */

static void add_item(void *context, const struct store_call_record *record)
{
    json_t *items = context, *item = json_loads(record->json, 0, NULL);
    if (!item) /* an operator's hand in the database */
        return;
    char id[24];
    snprintf(id, sizeof(id), "%lld", (long long)record->id);
    json_object_set_new(item, "id", json_string(id));
    json_array_append_new(items, item);
}

/* @return false: the request is answered. */
static bool read_time(struct api_request *request, const char *name, int64_t *ns)
{
    const char *text = api_uri_parameter(&request->uri, name);
    if (!text || clock_parse(text, ns) == 0)
        return true;
    api_problem_parameter(&request->answer, name,
                          "has to be a time in UTC as in 2026-11-23T20:00:00Z");
    return false;
}

void api_list_call_records(struct api *api, struct api_request *request)
{
    struct api_page page;
    struct store_call_filter filter = {.room = api_uri_parameter(&request->uri, "room"),
                                       .uri = api_uri_parameter(&request->uri, "uri")};
    if (!api_page_read(request, &page) || !api_page_number(request, &page, &filter.below_id) ||
        !read_time(request, "from", &filter.from_ns) ||
        !read_time(request, "to", &filter.to_ns))
        return;
    filter.most = page.limit + 1; /* one more: is there a next page? */
    json_t *items = json_array();
    int err = store_call_records_each(api->config.store, &filter, add_item, items);
    if (err < 0) {
        json_decref(items);
        api_answer_errno(request, err);
        return;
    }
    api_page_answer_newest(request, &page, items);
}
