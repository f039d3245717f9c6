/* api_voice_metrics.c - what is measured of each leg, sorted. */
#include "api/api_voice_metrics.h"

#include "api/api_call_records.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_CODECS = 32 };

enum measure { LOSS, JITTER, ROUND_TRIP, SCORE, MEASURES };

struct seen {
    const char *codec[MOST_CODECS]; /* constants of the table of codecs */
    unsigned legs[MOST_CODECS], codecs;
    double *value[MEASURES]; /* [count of room]; NULL: no memory */
    size_t count[MEASURES], room;
};

static void add_codec(struct seen *seen, const char *codec)
{
    unsigned i = 0;
    while (i < seen->codecs && strcmp(seen->codec[i], codec) != 0)
        i++;
    if (i == MOST_CODECS)
        return;
    if (i == seen->codecs)
        seen->codec[seen->codecs++] = codec;
    seen->legs[i]++;
}

static void add(struct seen *seen, enum measure measure, double value)
{
    if (seen->value[measure] && seen->count[measure] < seen->room)
        seen->value[measure][seen->count[measure]++] = value;
}

static void look_at(struct seen *seen, const struct participant *participant)
{
    const char *codec = api_voice_codec(participant);
    struct leg_stats stats;
    if (!codec)
        return;
    add_codec(seen, codec);
    leg_stats_read(participant_leg(participant), &stats);
    if (!stats.packets_received)
        return;
    add(seen, LOSS, api_voice_loss(&stats));
    add(seen, JITTER, stats.jitter_us / 1e6);
    if (stats.round_trip_us)
        add(seen, ROUND_TRIP, stats.round_trip_us / 1e6);
    add(seen, SCORE, -api_voice_mos(&stats, codec)); /* the lowest is the worst */
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void write_quantiles(FILE *out, struct seen *seen, enum measure measure)
{
    static const struct {
        const char *name, *help;
    } rows[MEASURES] = {
        [LOSS] = {"raduno_voice_loss_ratio", "Lost and not recovered, of legs that are heard."},
        [JITTER] = {"raduno_voice_jitter_seconds", "Interarrival jitter of what they send."},
        [ROUND_TRIP] = {"raduno_voice_round_trip_seconds", "Round trip, where it is known."},
        [SCORE] = {"raduno_voice_mos", "Mean opinion score, estimated (ITU-T G.107)."},
    };
    static const struct {
        const char *label;
        double part;
    } quantiles[] = {{"0.5", 0.5}, {"0.9", 0.9}, {"0.99", 0.99}, {"1", 1}};
    const size_t count = seen->count[measure];
    double *value = seen->value[measure];
    fprintf(out, "# HELP %s %s\n# TYPE %s gauge\n", rows[measure].name, rows[measure].help,
            rows[measure].name);
    if (!count)
        return;
    qsort(value, count, sizeof(*value), compare);
    for (unsigned i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++) {
        const double found = value[(size_t)((double)(count - 1) * quantiles[i].part)];
        fprintf(out, "%s{quantile=\"%s\"} %.6f\n", rows[measure].name, quantiles[i].label,
                measure == SCORE ? -found : found);
    }
}

void api_voice_metrics_write(FILE *out, const struct room_list *rooms)
{
    struct seen seen = {.room = room_list_participants(rooms)};
    for (unsigned i = 0; i < MEASURES && seen.room; i++)
        seen.value[i] = malloc(seen.room * sizeof(double));
    for (const struct room *room = room_list_above(rooms, ""); room;
         room = room_list_above(rooms, room_name(room))) {
        for (const struct participant *one = room_first(room); one; one = room_next(one))
            look_at(&seen, one);
    }
    fprintf(out, "# HELP raduno_voice_legs Participants by the codec that they send.\n"
                 "# TYPE raduno_voice_legs gauge\n");
    for (unsigned i = 0; i < seen.codecs; i++)
        fprintf(out, "raduno_voice_legs{codec=\"%s\"} %u\n", seen.codec[i], seen.legs[i]);
    for (unsigned i = 0; i < MEASURES; i++) {
        write_quantiles(out, &seen, (enum measure)i);
        free(seen.value[i]);
    }
}
