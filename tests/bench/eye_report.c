/* eye_report.c - sums over legs and tiles, then each of them. */
#include "tests/bench/eye_report.h"

#include "tests/bench/load_stats.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

struct sums {
    unsigned answered, with_video, watching, blank; /* blank: watch and saw nothing */
    uint64_t sent, received, lost, recovered, frames, key_frames, broken, octets;
    uint64_t key_requests_sent, key_requests_received, nacks_sent, nacks_received, resent;
    double first_picture_ms[EYE_MAX_LEGS], age_p50_ms[EYE_LOOK_TILES], frozen_ms, worst_gap_ms;
    double age_max_ms, least_tile_fps;
    unsigned first_pictures, tiles_read;
    double first_p50_ms, first_max_ms, age_ms;
};

static void add_leg(struct sums *sums, const struct eye_run_leg *leg)
{
    const struct eye_receive_counters *receive = &leg->counters.receive;
    const struct eye_send_counters *send = &leg->counters.send;
    sums->answered += leg->call.status >= 200 && leg->call.status < 300;
    sums->with_video += leg->call.has_video;
    sums->watching += leg->plan->receives;
    sums->blank += leg->plan->receives && !receive->frames;
    sums->sent += send->packets;
    sums->resent += send->resent;
    sums->key_requests_received += send->key_requests;
    sums->nacks_received += leg->counters.nacks_received;
    sums->received += receive->order.received;
    sums->octets += receive->order.octets;
    sums->lost += receive->order.lost;
    sums->recovered += receive->order.recovered;
    sums->frames += receive->frames;
    sums->key_frames += receive->key_frames;
    sums->broken += receive->broken;
    sums->key_requests_sent += receive->key_requests;
    sums->nacks_sent += receive->nacks;
    if (receive->first_picture_ms > 0)
        sums->first_picture_ms[sums->first_pictures++] = receive->first_picture_ms;
}

static double per_second(const struct eye_report *report, uint64_t count)
{
    return report->seconds > 0 ? (double)count / report->seconds : 0;
}

static void add_tile(struct sums *sums, const struct eye_report *report,
                     const struct eye_look_tile *tile)
{
    if (tile->sender < 0 && !tile->frozen_ns) /* nobody ever was there */
        return;
    double fps = per_second(report, tile->changes);
    sums->age_p50_ms[sums->tiles_read++] = tile->age_p50_ms;
    sums->age_max_ms = fmax(sums->age_max_ms, tile->age_max_ms);
    sums->frozen_ms += (double)tile->frozen_ns / 1e6;
    sums->worst_gap_ms = fmax(sums->worst_gap_ms, (double)tile->worst_gap_ns / 1e6);
    sums->least_tile_fps = sums->tiles_read == 1 ? fps : fmin(sums->least_tile_fps, fps);
}

static void add_all(struct sums *sums, const struct eye_report *report)
{
    *sums = (struct sums){0};
    for (unsigned i = 0; i < report->legs; i++)
        add_leg(sums, &report->leg[i]);
    for (unsigned i = 0; i < report->tiles; i++)
        add_tile(sums, report, &report->tile[i]);
    sums->first_p50_ms =
        load_stats_percentile(sums->first_picture_ms, sums->first_pictures, 0.5);
    sums->first_max_ms = load_stats_percentile(sums->first_picture_ms, sums->first_pictures, 1);
    sums->age_ms = load_stats_percentile(sums->age_p50_ms, sums->tiles_read, 0.5);
}

static double cores(const struct eye_report *report)
{
    return report->seconds > 0
               ? (double)(report->end.cpu_us - report->begin.cpu_us) / 1e6 / report->seconds
               : 0;
}

static double frozen_per_minute(const struct eye_report *report, const struct sums *sums)
{
    double tile_minutes = sums->tiles_read * report->seconds / 60;
    return tile_minutes > 0 ? sums->frozen_ms / tile_minutes : 0;
}

static void print_sums(const struct eye_report *report, const struct sums *sums)
{
    printf("{\"senders\": %u, \"watchers\": %u, \"codec\": \"%s\", \"seconds\": %.3f,\n",
           report->options->senders, report->options->watchers,
           eye_codec_name(report->options->codec), report->seconds);
    printf(" \"answered\": %u, \"with_video\": %u, \"watching\": %u, \"blank\": %u,\n",
           sums->answered, sums->with_video, sums->watching, sums->blank);
    printf(" \"packets_sent\": %" PRIu64 ", \"packets_received\": %" PRIu64
           ", \"packets_lost\": %" PRIu64 ", \"packets_recovered\": %" PRIu64 ",\n",
           sums->sent, sums->received, sums->lost, sums->recovered);
    printf(" \"total_frames\": %" PRIu64 ", \"total_key_frames\": %" PRIu64
           ", \"total_broken\": %" PRIu64 ", \"mean_fps\": %.2f, \"mean_kbps\": %.0f,\n",
           sums->frames, sums->key_frames, sums->broken,
           sums->watching ? per_second(report, sums->frames) / sums->watching : 0,
           sums->watching ? per_second(report, sums->octets) * 8e-3 / sums->watching : 0);
    printf(" \"total_key_requests_sent\": %" PRIu64
           ", \"total_key_requests_received\": %" PRIu64 ", \"total_nacks_sent\": %" PRIu64
           ", \"total_nacks_received\": %" PRIu64 ", \"total_resent\": %" PRIu64 ",\n",
           sums->key_requests_sent, sums->key_requests_received, sums->nacks_sent,
           sums->nacks_received, sums->resent);
    printf(" \"first_picture_p50_ms\": %.1f, \"first_picture_max_ms\": %.1f,\n",
           sums->first_p50_ms, sums->first_max_ms);
    printf(" \"tiles_read\": %u, \"glass_p50_ms\": %.1f, \"glass_max_ms\": %.1f, "
           "\"least_tile_fps\": %.2f,\n \"frozen_ms_per_tile_minute\": %.1f, "
           "\"worst_freeze_ms\": %.1f,\n",
           sums->tiles_read, sums->age_ms, sums->age_max_ms, sums->least_tile_fps,
           frozen_per_minute(report, sums), sums->worst_gap_ms);
}

static void print_lips(const struct eye_lips_result *lips)
{
    printf(" \"lips_count\": %u, \"lips_p50_ms\": %.1f, \"lips_p95_ms\": %.1f, "
           "\"lips_worst_ms\": %.1f,\n",
           lips->count, lips->p50_ms, lips->p95_ms, lips->worst_ms);
}

static void print_process(const struct eye_report *report)
{
    printf(" \"load_late_ms\": %.2f, \"load_cores\": %.4f, \"cores\": %.4f,\n", report->late_ms,
           report->seconds > 0 ? (double)report->own_cpu_us / 1e6 / report->seconds : 0,
           cores(report));
    printf(" \"rss_before_kib\": %lu, \"rss_begin_kib\": %lu, \"rss_end_kib\": %lu, "
           "\"rss_after_kib\": %lu,\n \"threads\": [",
           report->before.rss_kib, report->begin.rss_kib, report->end.rss_kib,
           report->after.rss_kib);
    for (unsigned i = 0; i < report->end.threads; i++)
        printf("%s{\"name\": \"%s\", \"cpu_us\": %" PRIu64 "}", i ? ", " : "",
               report->end.thread[i].name,
               load_proc_thread_used_us(&report->begin, &report->end, i));
    printf("],\n");
}

static void print_leg(const struct eye_report *report, const struct eye_run_leg *leg)
{
    const struct eye_receive_counters *receive = &leg->counters.receive;
    const struct eye_send_counters *send = &leg->counters.send;
    printf("  {\"name\": \"%s\", \"status\": %u, \"talking\": %s, \"video\": %s, "
           "\"ended_by_server\": %s, \"setup_ms\": %.1f, \"sent\": %" PRIu64
           ", \"frames_sent\": %" PRIu64 ", \"key_requests_received\": %" PRIu64
           ", \"key_jumps\": %" PRIu64 ", \"nacks_received\": %" PRIu64 ", \"resent\": %" PRIu64
           ", \"limits_received\": %" PRIu64 ", \"audio_received\": %" PRIu64 ",\n",
           leg->plan->name, leg->call.status, leg->call.talking ? "true" : "false",
           leg->call.has_video ? "true" : "false", leg->call.ended_by_server ? "true" : "false",
           leg->call.setup_ms, send->packets, send->frames, send->key_requests, send->key_jumps,
           leg->counters.nacks_received, send->resent, leg->counters.limits_received,
           leg->counters.audio_received);
    printf("   \"received\": %" PRIu64 ", \"lost\": %" PRIu64 ", \"recovered\": %" PRIu64
           ", \"duplicated\": %" PRIu64 ", \"frames\": %" PRIu64 ", \"key_frames\": %" PRIu64
           ", \"broken\": %" PRIu64 ", \"undecodable\": %" PRIu64 ", \"fps\": %.2f, "
           "\"kbps\": %.0f, \"nacks_sent\": %" PRIu64 ", \"key_requests_sent\": %" PRIu64
           ", \"first_packet_ms\": %.1f, \"first_picture_ms\": %.1f, \"gap_ms\": %.1f}",
           receive->order.received, receive->order.lost, receive->order.recovered,
           receive->order.duplicated, receive->frames, receive->key_frames, receive->broken,
           receive->undecodable, per_second(report, receive->frames),
           per_second(report, receive->order.octets) * 8e-3, receive->nacks,
           receive->key_requests, receive->first_packet_ms, receive->first_picture_ms,
           (double)receive->worst_gap_ns / 1e6);
}

static void print_tile(const struct eye_report *report, const struct eye_look_tile *tile)
{
    printf("  {\"x\": %u, \"y\": %u, \"width\": %u, \"height\": %u, \"sender\": %d, "
           "\"fps\": %.2f, \"speed\": %.2f, \"changes\": %" PRIu64 ", \"unread\": %" PRIu64
           ", \"frozen_ms\": %.1f, \"worst_gap_ms\": %.1f, \"senders\": %u, "
           "\"age_p50_ms\": %.1f, \"age_p95_ms\": %.1f, \"age_max_ms\": %.1f, "
           "\"rgb\": [%u, %u, %u]}",
           tile->rect.x, tile->rect.y, tile->rect.width, tile->rect.height, tile->sender,
           per_second(report, tile->changes), per_second(report, tile->advanced), tile->changes,
           tile->unread, (double)tile->frozen_ns / 1e6, (double)tile->worst_gap_ns / 1e6,
           tile->senders, tile->age_p50_ms, tile->age_p95_ms, tile->age_max_ms, tile->rgb[0],
           tile->rgb[1], tile->rgb[2]);
}

void eye_report_json(const struct eye_report *report)
{
    struct sums sums;
    add_all(&sums, report);
    print_sums(report, &sums);
    if (report->options->lips)
        print_lips(&report->lips);
    print_process(report);
    printf(" \"picture\": {\"width\": %u, \"height\": %u, \"matrix\": \"%s\", "
           "\"range\": \"%s\"},\n \"legs\": [\n",
           report->format.width, report->format.height, report->format.bt709 ? "709" : "601",
           report->format.full_range ? "full" : "limited");
    for (unsigned i = 0; i < report->legs; i++) {
        print_leg(report, &report->leg[i]);
        printf(i + 1 < report->legs ? ",\n" : "\n");
    }
    printf(" ],\n \"tiles\": [\n");
    for (unsigned i = 0; i < report->tiles; i++) {
        print_tile(report, &report->tile[i]);
        printf(i + 1 < report->tiles ? ",\n" : "\n");
    }
    printf(" ]}\n");
}

void eye_report_table(const struct eye_report *report)
{
    struct sums sums;
    add_all(&sums, report);
    fprintf(stderr, "calls    %u of %u answered, %u with video\n", sums.answered, report->legs,
            sums.with_video);
    fprintf(stderr,
            "pictures %.1f a second for each of %u, %u saw none; %" PRIu64
            " broken; first after %.0f ms (worst %.0f)\n",
            sums.watching ? per_second(report, sums.frames) / sums.watching : 0, sums.watching,
            sums.blank, sums.broken, sums.first_p50_ms, sums.first_max_ms);
    fprintf(stderr, "packets  %" PRIu64 " received, %" PRIu64 " lost, %" PRIu64 " recovered\n",
            sums.received, sums.lost, sums.recovered);
    fprintf(stderr,
            "tiles    %u read, %.1f ms old (worst %.1f), frozen %.0f ms a minute, worst "
            "%.0f ms\n",
            sums.tiles_read, sums.age_ms, sums.age_max_ms, frozen_per_minute(report, &sums),
            sums.worst_gap_ms);
    if (report->options->lips)
        fprintf(
            stderr,
            "lips     picture %+.1f ms from its sound (95 %%: within %.1f, worst %.1f; %u)\n",
            report->lips.p50_ms, report->lips.p95_ms, report->lips.worst_ms,
            report->lips.count);
    fprintf(stderr, "load     %.3f cores, at most %.2f ms late\n",
            report->seconds > 0 ? (double)report->own_cpu_us / 1e6 / report->seconds : 0,
            report->late_ms);
    if (report->options->watch)
        fprintf(stderr, "watched  %.3f cores, %lu KiB\n", cores(report), report->end.rss_kib);
}
