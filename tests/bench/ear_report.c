/* ear_report.c - the delays' summary, the scores of A and C, a WAV writer for the curious. */
#include "tests/bench/ear_report.h"

#include "tests/bench/ear_match.h"
#include "tests/bench/ear_stoi.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    AFTER_S = 2,       /* behind a fault, what B hears of C is still counted */
    HIGHEST_HZ = 3600, /* compared: what all codecs carry and none makes up  */
};

static void print(const char *key, double value, int decimals)
{
    printf(", \"%s\": %.*f", key, decimals, value);
}

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return left < right ? -1 : left > right;
}

/* The delays of the blocks found between two times, in their order. @return how many. */
static size_t delays_between(const struct ear_match *match, double from_s, double to_s,
                             double *at_s, double *delay_ms)
{
    size_t n = 0;
    for (size_t i = 0; i < match->blocks; i++) {
        const struct ear_block *block = &match->block[i];
        double when_s = (double)block->said / EAR_HZ;
        if (!block->found || when_s < from_s || when_s + 1 > to_s)
            continue;
        at_s[n] = when_s;
        delay_ms[n++] = block->delay_ms;
    }
    return n;
}

static double median(double *value, size_t n)
{
    qsort(value, n, sizeof(*value), by_value);
    return n ? value[n / 2] : -1;
}

/* The median of the slopes between all pairs, which a few wrong blocks do not move [ms per
 * minute] (Sen, 1968). */
static double slope(const double *at_s, const double *delay_ms, size_t n)
{
    double *slopes = malloc((n * n / 2 + 1) * sizeof(*slopes)), middle = 0;
    size_t pairs = 0;
    for (size_t i = 0; i < n && slopes; i++)
        for (size_t j = i + 1; j < n; j++)
            slopes[pairs++] = 60 * (delay_ms[j] - delay_ms[i]) / (at_s[j] - at_s[i]);
    if (pairs)
        middle = median(slopes, pairs);
    free(slopes);
    return middle;
}

static void print_delays(const struct ear_report *report, const struct ear_match *match)
{
    const double from_s = report->options->settle, to_s = from_s + report->options->seconds;
    const double fixed_ms = report->options->path.delay_ms;
    double *at_s = malloc((match->blocks + 1) * sizeof(*at_s));
    double *delay_ms = malloc((match->blocks + 1) * sizeof(*delay_ms));
    if (at_s && delay_ms) {
        size_t n = delays_between(match, from_s, from_s + 5, at_s, delay_ms);
        double first_ms = median(delay_ms, n);
        n = delays_between(match, to_s - 5, to_s, at_s, delay_ms);
        double last_ms = median(delay_ms, n);
        n = delays_between(match, from_s, to_s, at_s, delay_ms);
        print("delay_slope_ms_per_min", slope(at_s, delay_ms, n), 2);
        print("delay_ms", median(delay_ms, n) - fixed_ms, 1);
        print("delay_min_ms", n ? delay_ms[0] - fixed_ms : -1, 1);
        print("delay_p95_ms", n ? delay_ms[(n - 1) * 95 / 100] - fixed_ms : -1, 1);
        print("delay_max_ms", n ? delay_ms[n - 1] - fixed_ms : -1, 1);
        print("delay_first_ms", first_ms - fixed_ms, 1);
        print("delay_last_ms", last_ms - fixed_ms, 1);
        print("blocks_found", (double)n, 0);
    }
    free(delay_ms);
    free(at_s);
}

/* The delay [ms] in the time from 1 to 4 s behind the fault, and that it took to be heard. */
static void print_fault(const struct ear_report *report, const struct ear_match *match)
{
    const struct ear_talk *talk = &report->talk[EAR_A];
    double end_s = (double)talk->fault_end / EAR_HZ, at_s[16], delay_ms[16];
    if (!report->options->fault)
        return;
    printf(", \"fault\": \"%s\"", ear_fault_name(report->options->fault));
    print("resync_ms", ear_match_resync_ms(match, talk->fault_end), 0);
    size_t n = delays_between(match, end_s + 1, end_s + 5, at_s, delay_ms);
    print("delay_after_ms", median(delay_ms, n) - report->options->path.delay_ms, 1);
}

static void print_scores(const struct ear_match *match, double from_s, double to_s)
{
    struct ear_silence silence;
    struct ear_signal said = *match->said, aligned = match->aligned;
    double stoi = 0;
    size_t first = (size_t)(from_s * EAR_HZ), end = (size_t)(to_s * EAR_HZ);
    if (end > said.count)
        end = said.count;
    said.at += first;
    aligned.at += first;
    said.count = aligned.count = end - first;
    ear_match_silence(match, from_s, to_s, &silence);
    print("heard_percent",
          silence.said_ms > 0 ? 100 * (1 - silence.silent_ms / silence.said_ms) : 0, 2);
    print("longest_silence_ms", silence.longest_ms, 0);
    print("disturbed_percent", ear_match_disturbed(match, from_s, to_s), 2);
    print("snr_db", ear_match_snr_db(match, from_s, to_s), 2);
    if (!ear_stoi(&said, &aligned, &stoi))
        print("stoi", stoi, 4);
}

/* What a party said, and what B heard, in one part of the band. */
struct part {
    struct ear_signal said;
    struct ear_heard heard; /* only its sound is ours */
    struct ear_match match;
};

static int part_open(const struct ear_report *report, enum ear_party party, double low_hz,
                     double high_hz, struct part *part)
{
    *part = (struct part){.heard = *report->heard};
    part->heard.sound = (struct ear_signal){0};
    int error = ear_signal_band(&report->voice[party], low_hz, high_hz, &part->said);
    if (!error)
        error = ear_signal_band(&report->heard->sound, low_hz, high_hz, &part->heard.sound);
    if (!error)
        error = ear_match_create(&part->said, &report->talk[party], &part->heard, &part->match);
    return error;
}

static void part_close(struct part *part)
{
    ear_match_destroy(&part->match);
    ear_signal_destroy(&part->heard.sound);
    ear_signal_destroy(&part->said);
}

static int report_a(const struct ear_report *report)
{
    const struct ear_options *options = report->options;
    double high_hz = report->split_hz > 0 ? report->split_hz : HIGHEST_HZ;
    struct part part;
    int error = part_open(report, EAR_A, 0, high_hz, &part);
    if (!error) {
        print_delays(report, &part.match);
        print_fault(report, &part.match);
        print_scores(&part.match, options->settle, options->settle + options->seconds);
    }
    part_close(&part);
    return error;
}

/* C, while A was at fault and a little after it. */
static int report_c(const struct ear_report *report)
{
    const struct ear_options *options = report->options;
    const double from_s = options->settle + options->fault_at;
    struct part part;
    int error = part_open(report, EAR_C, report->split_hz, HIGHEST_HZ, &part);
    if (!error) {
        printf(", \"third\": {\"party\": \"C\"");
        print_scores(&part.match, from_s, from_s + options->fault_for + AFTER_S);
        printf("}");
    }
    part_close(&part);
    return error;
}

/* ---- WAV ---- */

static void put_little(FILE *file, uint32_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        putc((int)(value >> (8 * i) & 0xff), file);
}

static int keep_wav(const char *directory, const char *name, const struct ear_signal *sound)
{
    char path[4096];
    if (snprintf(path, sizeof(path), "%s/%s", directory, name) >= (int)sizeof(path))
        return -ENAMETOOLONG;
    FILE *file = fopen(path, "wb");
    if (!file)
        return -errno;
    const uint32_t bytes = (uint32_t)sound->count * 2;
    fputs("RIFF", file);
    put_little(file, bytes + 36, 4);
    fputs("WAVEfmt ", file);
    put_little(file, 16, 4);
    put_little(file, 1, 2); /* PCM */
    put_little(file, 1, 2); /* channel */
    put_little(file, EAR_HZ, 4);
    put_little(file, EAR_HZ * 2, 4);
    put_little(file, 2, 2);
    put_little(file, 16, 2);
    fputs("data", file);
    put_little(file, bytes, 4);
    for (size_t i = 0; i < sound->count; i++)
        put_little(file, (uint16_t)(int16_t)fmax(-32768, fmin(32767, 32768 * sound->at[i])), 2);
    return fclose(file) ? -errno : 0;
}

int ear_report_print(const struct ear_report *report)
{
    const struct ear_options *options = report->options;
    const struct ear_run_result *run = report->run;
    printf("{\"codec\": \"%s\", \"seed\": %.0f, \"packets\": %zu, "
           "\"sent\": %zu, \"late_sends\": %u, \"late_max_ms\": %.1f, \"heard_packets\": %zu, "
           "\"heard_gaps\": %u, \"heard_sources\": %u",
           options->codec->option, options->seed, run->packets, run->sent, run->late,
           run->late_ms, report->heard->packets, report->heard->gaps, report->heard->sources);
    int error = report_a(report);
    if (!error && report->split_hz > 0)
        error = report_c(report);
    printf("}\n");
    if (!error && options->keep) {
        error = keep_wav(options->keep, "said.wav", &report->voice[EAR_A]);
        if (!error)
            error = keep_wav(options->keep, "heard.wav", &report->heard->sound);
    }
    return error;
}
