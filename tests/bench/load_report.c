/* load_report.c - printf in two shapes. */
#include "tests/bench/load_report.h"

#include <stdio.h>

typedef unsigned long long ull; /* what printf can say on every machine */

static double per_leg_second(const struct load_report *report, uint64_t us)
{
    double leg_seconds = report->seconds * report->talking;
    return leg_seconds > 0 ? (double)us / leg_seconds : 0;
}

static uint64_t cpu_us(const struct load_report *report)
{
    return report->end.cpu_us - report->begin.cpu_us;
}

/* For each packet sent one should have come. Loss by sequence number does not show a server
 * that is late and skips a tick. */
static double heard_percent(const struct load_report *report)
{
    double sent = (double)report->media.sent;
    return sent > 0 ? 100 * (double)report->heard.received / sent : 0;
}

static void print_calls(const struct load_report *report)
{
    const struct load_calls_counters *calls = &report->calls;
    printf(" \"calls_started\": %llu, \"answered\": %llu, \"refused\": %llu, "
           "\"last_refusal\": %u, \"timed_out\": %llu,\n \"bad_answers\": %llu, "
           "\"ended\": %llu, \"end_failed\": %llu, \"ended_by_server\": %llu, "
           "\"retransmitted\": %llu,\n \"no_slot\": %llu, \"stale\": %llu, "
           "\"sip_malformed\": %llu,\n",
           (ull)calls->started, (ull)calls->answered, (ull)calls->refused, calls->last_refusal,
           (ull)calls->timed_out, (ull)calls->bad_answers, (ull)calls->ended,
           (ull)calls->end_failed, (ull)calls->ended_by_server, (ull)calls->retransmitted,
           (ull)calls->no_slot, (ull)calls->stale, (ull)calls->malformed);
    printf(" \"setup_p50_ms\": %.2f, \"setup_p99_ms\": %.2f, \"setup_max_ms\": %.2f,\n",
           report->setup_p50_ms, report->setup_p99_ms, report->setup_max_ms);
}

static void print_media(const struct load_report *report)
{
    const struct load_legs_counters *media = &report->media;
    const struct load_stats_sum *heard = &report->heard;
    printf(" \"sent\": %llu, \"send_errors\": %llu, \"received\": %llu, \"lost\": %llu, "
           "\"duplicated\": %llu, \"reordered\": %llu,\n \"silent_legs\": %u, "
           "\"wrong_steps\": %llu, \"wrong_types\": %llu, \"new_sources\": %llu, "
           "\"strays\": %llu,\n \"rtp_malformed\": %llu, \"rtcp\": %llu,\n",
           (ull)media->sent, (ull)media->send_errors, (ull)heard->received, (ull)heard->lost,
           (ull)heard->duplicated, (ull)heard->reordered, heard->silent_legs,
           (ull)heard->wrong_steps, (ull)media->wrong_types, (ull)heard->sources,
           (ull)media->strays, (ull)media->malformed, (ull)media->rtcp);
    printf(" \"heard_percent\": %.2f,\n", heard_percent(report));
    printf(" \"worst_gap_ms\": %.2f, \"median_gap_ms\": %.2f, \"mean_jitter_ms\": %.3f, "
           "\"worst_jitter_ms\": %.3f,\n",
           heard->worst_gap_ms, heard->median_gap_ms, heard->mean_jitter_ms,
           heard->worst_jitter_ms);
}

static void print_process(const struct load_report *report)
{
    printf(" \"cpu_us\": %llu, \"cpu_us_per_leg_second\": %.1f,\n", (ull)cpu_us(report),
           per_leg_second(report, cpu_us(report)));
    printf(
        " \"rss_before_kib\": %lu, \"rss_begin_kib\": %lu, \"rss_end_kib\": %lu, "
        "\"rss_after_kib\": %lu,\n \"fds_before\": %u, \"fds_end\": %u, \"fds_after\": %u,\n",
        report->before.rss_kib, report->begin.rss_kib, report->end.rss_kib,
        report->after.rss_kib, report->before.fds, report->end.fds, report->after.fds);
    printf(" \"threads\": [");
    for (unsigned i = 0; i < report->end.threads; i++)
        printf("%s{\"name\": \"%s\", \"cpu_us\": %llu}", i ? ", " : "",
               report->end.thread[i].name,
               (ull)load_proc_thread_used_us(&report->begin, &report->end, i));
    printf("]}\n");
}

void load_report_json(const struct load_report *report)
{
    const struct load_options *options = report->options;
    printf("{\"legs\": %u, \"rooms\": %u, \"codec\": \"%s\", \"seconds\": %.3f, "
           "\"talking\": %u,\n",
           options->legs, options->rooms, options->codec->option, report->seconds,
           report->talking);
    print_calls(report);
    print_media(report);
    printf(" \"load_late_ms\": %.2f, \"load_cpu_us_per_leg_second\": %.1f,\n", report->late_ms,
           per_leg_second(report, report->own_cpu_us));
    print_process(report);
}

static void table_process(const struct load_report *report)
{
    fprintf(stderr, "watched  %.1f us of CPU per leg and second\n",
            per_leg_second(report, cpu_us(report)));
    for (unsigned i = 0; i < report->end.threads; i++)
        fprintf(
            stderr, "         %-16s %8.1f us\n", report->end.thread[i].name,
            per_leg_second(report, load_proc_thread_used_us(&report->begin, &report->end, i)));
    fprintf(stderr,
            "memory   %lu KiB before, %lu in calls, %lu after; descriptors %u, %u, %u\n",
            report->before.rss_kib, report->end.rss_kib, report->after.rss_kib,
            report->before.fds, report->end.fds, report->after.fds);
}

void load_report_table(const struct load_report *report)
{
    const struct load_calls_counters *calls = &report->calls;
    const struct load_stats_sum *heard = &report->heard;
    fprintf(stderr, "calls    %llu started, %llu answered, %llu refused (%u), %llu timed out\n",
            (ull)calls->started, (ull)calls->answered, (ull)calls->refused, calls->last_refusal,
            (ull)calls->timed_out);
    fprintf(stderr, "setup    p50 %.2f ms, p99 %.2f ms, worst %.2f ms\n", report->setup_p50_ms,
            report->setup_p99_ms, report->setup_max_ms);
    fprintf(stderr, "sent     %llu in %.1f s by %u legs\n", (ull)report->media.sent,
            report->seconds, report->talking);
    fprintf(
        stderr,
        "heard    %llu (%.2f %%), lost %llu, twice %llu, out of order %llu, silent legs %u\n",
        (ull)heard->received, heard_percent(report), (ull)heard->lost, (ull)heard->duplicated,
        (ull)heard->reordered, heard->silent_legs);
    fprintf(stderr, "gaps     worst %.2f ms, median leg's worst %.2f ms; jitter %.3f ms\n",
            heard->worst_gap_ms, heard->median_gap_ms, heard->mean_jitter_ms);
    fprintf(stderr, "load     %.1f us of CPU per leg and second, at most %.2f ms late\n",
            per_leg_second(report, report->own_cpu_us), report->late_ms);
    if (report->options->watch)
        table_process(report);
}
