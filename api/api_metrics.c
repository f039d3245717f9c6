/* api_metrics.c - /health, /ready and /metrics (Prometheus text format 0.0.4). */
#include "api/api_internal.h"
#include "api/api_voice_metrics.h"

#include "mixer/base/log.h"
#include "server/room/room_recordings.h"

#include <ctype.h>
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_MORE_METRICS = 128, LATENESS_BUCKETS = 8, NS_PER_S = 1000000000 };

static void head(FILE *out, const char *name, const char *help, const char *type)
{
    fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void single(FILE *out, const char *name, const char *help, const char *type,
                   uint64_t value)
{
    head(out, name, help, type);
    fprintf(out, "%s %" PRIu64 "\n", name, value);
}

static void seconds(FILE *out, const char *name, const char *help, uint64_t ns)
{
    head(out, name, help, "counter");
    fprintf(out, "%s %" PRIu64 ".%09" PRIu64 "\n", name, ns / NS_PER_S, ns % NS_PER_S);
}

static unsigned talking(const struct room_list *rooms)
{
    unsigned count = 0;
    for (const struct room *room = room_list_above(rooms, ""); room;
         room = room_list_above(rooms, room_name(room))) {
        for (const struct participant *one = room_first(room); one; one = room_next(one))
            count += participant_info(one)->talking;
    }
    return count;
}

static void write_rooms(FILE *out, struct api *api)
{
    const struct room_list *rooms = api->config.rooms;
    single(out, "raduno_rooms", "Rooms now.", "gauge", room_list_count(rooms));
    single(out, "raduno_participants", "Participants of all rooms now, in any state.", "gauge",
           room_list_participants(rooms));
    single(out, "raduno_participants_talking", "Participants who talk now.", "gauge",
           talking(rooms));
    single(out, "raduno_ports_used", "Media port pairs in use.", "gauge",
           room_list_ports_used(rooms));
    single(out, "raduno_ports", "Media port pairs that there are.", "gauge",
           room_list_ports_total(rooms));
}

static void write_recordings(FILE *out, struct api *api)
{
    struct room_recordings_stats stats;
    room_recordings_stats_read(api->config.rooms, &stats);
    single(out, "raduno_recordings_active", "Recordings that are being made.", "gauge",
           stats.running);
    single(out, "raduno_recordings", "Recordings that there are, with those.", "gauge",
           stats.kept);
    single(out, "raduno_recordings_bytes", "What all of them have on the disk.", "gauge",
           stats.bytes);
    single(out, "raduno_recordings_dropped_ticks_total",
           "20 ms each that are silent in a recording because the disk was too slow.",
           "counter", stats.dropped_ticks);
    single(out, "raduno_recordings_failed_total", "Recordings that could not be written.",
           "counter", stats.failed);
}

static void write_lateness(FILE *out, const struct media_stats *stats)
{
    static const char *const limits[LATENESS_BUCKETS] = {"0.0001", "0.00025", "0.0005", "0.001",
                                                         "0.002",  "0.005",   "0.02",   "+Inf"};
    const char *name = "raduno_media_tick_lateness_seconds";
    uint64_t count = 0;
    head(out, name, "How late ticks of 20 ms began.", "histogram");
    for (unsigned i = 0; i < LATENESS_BUCKETS; i++) {
        count += stats->lateness_ns[i];
        fprintf(out, "%s_bucket{le=\"%s\"} %" PRIu64 "\n", name, limits[i], count);
    }
    fprintf(out, "%s_sum %" PRIu64 ".%09" PRIu64 "\n", name, stats->lateness_sum_ns / NS_PER_S,
            stats->lateness_sum_ns % NS_PER_S);
    fprintf(out, "%s_count %" PRIu64 "\n", name, count);
}

static void write_media(FILE *out, struct api *api)
{
    struct media_stats stats = {0};
    room_list_media_stats(api->config.rooms, &stats);
    single(out, "raduno_media_workers", "Media worker threads.", "gauge", stats.workers);
    single(out, "raduno_media_rooms", "Rooms that are being mixed now.", "gauge", stats.rooms);
    single(out, "raduno_media_legs", "Legs in mixes now.", "gauge", stats.legs);
    single(out, "raduno_media_ticks_total", "Ticks of all workers.", "counter", stats.ticks);
    single(out, "raduno_media_ticks_late_total", "Ticks that were skipped for being late.",
           "counter", stats.ticks_late);
    single(out, "raduno_media_packets_received_total", "RTP packets received.", "counter",
           stats.packets_received);
    single(out, "raduno_media_packets_sent_total", "RTP packets sent.", "counter",
           stats.packets_sent);
    single(out, "raduno_media_packets_malformed_total", "RTP packets that were none.",
           "counter", stats.packets_malformed);
    single(out, "raduno_media_packets_unauthentic_total",
           "SRTP packets of sound that were not encrypted with the key that was agreed.",
           "counter", stats.packets_unauthentic);
    single(out, "raduno_media_encodes_total", "Calls of encoders.", "counter", stats.encodes);
    single(out, "raduno_media_decodes_total", "Calls of decoders.", "counter", stats.decodes);
    seconds(out, "raduno_media_busy_seconds_total", "Time in ticks, of all workers.",
            stats.busy_ns);
    single(out, "raduno_media_events_dropped_total", "Events of workers that found no place.",
           "counter", stats.events_dropped);
    write_lateness(out, &stats);
}

static void write_video(FILE *out, struct api *api)
{
    struct video_stats stats;
    if (!room_list_video_stats(api->config.rooms, &stats))
        return;
    single(out, "raduno_video_workers", "Video worker threads.", "gauge", stats.workers);
    single(out, "raduno_video_rooms", "Rooms that are being composed now.", "gauge",
           stats.rooms);
    single(out, "raduno_video_legs", "Video legs in rooms now.", "gauge", stats.legs);
    single(out, "raduno_video_encoders", "Encoders now.", "gauge", stats.encoders);
    single(out, "raduno_video_decoders", "Decoders now.", "gauge", stats.decoders);
    single(out, "raduno_video_packets_received_total", "RTP packets of video received.",
           "counter", stats.packets_received);
    single(out, "raduno_video_packets_sent_total", "RTP packets of video sent.", "counter",
           stats.packets_sent);
    single(out, "raduno_video_packets_unauthentic_total",
           "SRTP packets of video that were not encrypted with the key that was agreed.",
           "counter", stats.packets_unauthentic);
    single(out, "raduno_video_frames_decoded_total", "Pictures decoded.", "counter",
           stats.frames_decoded);
    single(out, "raduno_video_frames_composed_total", "Pictures composed.", "counter",
           stats.frames_composed);
    single(out, "raduno_video_frames_encoded_total", "Pictures encoded.", "counter",
           stats.frames_encoded);
    single(out, "raduno_video_key_frames_encoded_total", "Of those, key frames.", "counter",
           stats.key_frames_encoded);
    single(out, "raduno_video_frames_skipped_total",
           "Pictures left out, for the machine was late.", "counter", stats.frames_skipped);
    single(out, "raduno_video_pixels_encoded_total", "Pixels of the pictures encoded.",
           "counter", stats.pixels_encoded);
    seconds(out, "raduno_video_busy_seconds_total", "Work of all video workers.",
            stats.busy_ns);
    head(out, "raduno_video_load", "The busiest video worker's share of a core.", "gauge");
    fprintf(out, "raduno_video_load %.3f\n", stats.load);
}

/* Rows of one name stand together; only the first has the head. */
static void write_more(FILE *out, struct api *api)
{
    struct api_metric metrics[MAX_MORE_METRICS];
    unsigned count =
        api->config.more_metrics
            ? api->config.more_metrics(api->config.context, metrics, MAX_MORE_METRICS)
            : 0;
    for (unsigned i = 0; i < count; i++) {
        const struct api_metric *metric = &metrics[i];
        if (!i || strcmp(metric->name, metrics[i - 1].name) != 0)
            head(out, metric->name, metric->help, metric->type);
        bool has_labels = metric->labels && metric->labels[0];
        fprintf(out, "%s%s%s%s %" PRIu64 "\n", metric->name, has_labels ? "{" : "",
                has_labels ? metric->labels : "", has_labels ? "}" : "", metric->value);
    }
}

static void write_api(FILE *out, struct api *api)
{
    const char *name = "raduno_api_responses_total";
    head(out, name, "HTTP answers by class of status.", "counter");
    for (unsigned i = 1; i < API_STATUS_CLASSES; i++)
        fprintf(out, "%s{class=\"%uxx\"} %llu\n", name, i, atomic_load(&api->answered[i]));
    single(out, "raduno_api_event_streams", "Event streams now.", "gauge",
           api_events_streams(api->events));
    single(out, "raduno_webhook_deliveries_waiting", "Deliveries that wait for all webhooks.",
           "gauge", api_webhooks_waiting(api->webhooks));
    single(out, "raduno_file_jobs_waiting", "Files to be looked at, drawn or removed.", "gauge",
           room_files_waiting(api->config.rooms));
    single(out, "raduno_log_lines_waiting", "Log lines to be written.", "gauge", log_waiting());
    single(out, "raduno_log_dropped_total", "Log lines lost because the queue was full.",
           "counter", log_dropped());
}

void api_serve_metrics(struct api *api, struct api_request *request)
{
    struct api_answer *answer = &request->answer;
    FILE *out = open_memstream(&answer->text, &answer->text_length);
    answer->status = out ? 200 : 503;
    if (!out)
        return;
    head(out, "raduno_build_info", "The version that runs.", "gauge");
    fprintf(out, "raduno_build_info{version=\"%s\"} 1\n", RADUNO_VERSION);
    write_rooms(out, api);
    api_voice_metrics_write(out, api->config.rooms);
    write_recordings(out, api);
    write_media(out, api);
    write_video(out, api);
    write_more(out, api);
    write_api(out, api);
    if (fclose(out) != 0)
        answer->status = 503;
    answer->content_type = "text/plain; version=0.0.4; charset=utf-8";
}

/* ---- the process, on the HTTP thread: /proc/self/fd is long when calls are many ---- */

static uint64_t count_fds(void)
{
    DIR *fds = opendir("/proc/self/fd");
    uint64_t count = 0;
    if (!fds)
        return 0;
    for (const struct dirent *entry = readdir(fds); entry; entry = readdir(fds))
        count += isdigit((unsigned char)entry->d_name[0]) != 0;
    closedir(fds);
    return count ? count - 1 : 0; /* not the one that counts */
}

static uint64_t resident_bytes(void)
{
    unsigned long pages = 0;
    FILE *statm = fopen("/proc/self/statm", "re");
    if (!statm)
        return 0;
    if (fscanf(statm, "%*u %lu", &pages) != 1)
        pages = 0;
    fclose(statm);
    return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

void api_finish_metrics(struct api *api, struct api_request *request)
{
    struct api_answer *answer = &request->answer;
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (!out)
        return;
    fwrite(answer->text, 1, answer->text_length, out);
    single(out, "raduno_api_connections", "HTTP connections now.", "gauge",
           api_http_connections(api->http));
    single(out, "process_resident_memory_bytes", "Resident memory.", "gauge", resident_bytes());
    single(out, "process_open_fds", "Open descriptors.", "gauge", count_fds());
    if (fclose(out) != 0) {
        free(text);
        return;
    }
    free(answer->text);
    answer->text = text;
    answer->text_length = length;
}

/* ---- health and readiness ---- */

void api_serve_health(struct api *api, struct api_request *request)
{
    (void)api;
    api_answer_json(&request->answer, 200, json_pack("{s:s}", "status", "alive"));
}

void api_serve_ready(struct api *api, struct api_request *request)
{
    struct api_answer *answer = &request->answer;
    const struct api_config *config = &api->config;
    if (room_list_is_draining(config->rooms))
        api_problem(answer, 503, "draining", "The server is going down.");
    else if (config->is_ready && !config->is_ready(config->context))
        api_problem(answer, 503, "not_ready", "The server does not take calls now.");
    else
        api_answer_json(answer, 200, json_pack("{s:s}", "status", "ready"));
}
