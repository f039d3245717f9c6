/* voice_quality.c - the E-model's sums. */
#include "server/leg/voice_quality.h"

#include <stddef.h>
#include <strings.h>

/* How much a codec takes from the best, and how well it bears loss (G.113, appendix I; of those
 * that conceal). */
static const struct row {
    const char *codec;
    double impairment, robustness;
} rows[] = {
    {"PCMU", 0, 25.1}, {"PCMA", 0, 25.1}, {"L16", 0, 25.1}, {"G729", 11, 19},
    {"GSM", 20, 10},   {"speex", 11, 16}, {"AMR", 5, 10},   {"G722", 0, 14},
};
static const struct row other = {NULL, 0, 20};

static const struct row *find(const char *codec)
{
    for (unsigned i = 0; codec && i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcasecmp(rows[i].codec, codec) == 0)
            return &rows[i];
    }
    return &other;
}

double voice_quality_r(const struct voice_quality *quality)
{
    const struct row *row = find(quality->codec);
    const double percent = quality->loss * 100, late_ms = quality->delay_ms - 177.3;
    const double delayed = 0.024 * quality->delay_ms + (late_ms > 0 ? 0.11 * late_ms : 0);
    const double lost =
        row->impairment + (95 - row->impairment) * percent / (percent + row->robustness);
    return 93.2 - delayed - lost;
}

double voice_quality_mos(double r)
{
    if (r <= 0)
        return 1;
    if (r >= 100)
        return 4.5;
    const double mos = 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6;
    return mos < 1 ? 1 : mos;
}
