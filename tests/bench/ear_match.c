/* ear_match.c - blocks by fast correlation at 8 kHz, frames by search, first at 8, then 48 kHz.
 */
#include "tests/bench/ear_match.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    COARSE_HZ = 8000,
    COARSE = EAR_HZ / COARSE_HZ, /* samples at EAR_HZ in one */
    BLOCK = COARSE_HZ,
    BLOCK_HOP = COARSE_HZ / 2,
    POINTS = 16384, /* of the transform: a block and the delays looked through */
    EARLY_MS = 20,  /* the delays begin below 0 by this */
    LAGS = (EAR_MATCH_MAX_DELAY_MS + EARLY_MS) * COARSE_HZ / 1000,
    FRAME = EAR_FRAME / COARSE,
    REACH = 40 * COARSE_HZ / 1000, /* of the search for a frame, each way */
    NEIGHBOURS = 9,                /* whose median is a frame's place */
    PIECE = 10 * EAR_PER_MS,       /* of silence */
};
static const double block_likeness = 0.4, frame_likeness = 0.6, active_db = -40,
                    silent_db = -50;
static const double drift_cost = 0.002; /* likeness that a step of one ms must be worth */

struct search {
    struct ear_match *match;
    const struct ear_talk *talk;
    struct ear_signal said, heard; /* at COARSE_HZ */
};

static bool is_active(const float *at, size_t count)
{
    return ear_level_db(at, count) > active_db;
}

/* Copies from a place that may lie outside; there is silence. */
static void copy_piece(const struct ear_signal *from, ptrdiff_t first, size_t count, float *out)
{
    for (size_t i = 0; i < count; i++) {
        ptrdiff_t place = first + (ptrdiff_t)i;
        out[i] = place >= 0 && place < (ptrdiff_t)from->count ? from->at[place] : 0;
    }
}

/* What is heard @p delay_ms after this sample was said: its place at EAR_HZ. */
static double place_after(const struct search *search, size_t said, double delay_ms)
{
    return ear_heard_place(search->match->heard,
                           ear_talk_spoken_ms(search->talk, said) + delay_ms);
}

/* ---- blocks ---- */

/* product[lag]: of the block and what is heard lag samples behind @p window's beginning. */
static void correlate(const float *block, const float *window, double complex *x,
                      double complex *y)
{
    for (int i = 0; i < POINTS; i++) {
        x[i] = i < BLOCK ? (double)block[i] : 0;
        y[i] = (double)window[i];
    }
    ear_transform(x, POINTS, -1);
    ear_transform(y, POINTS, -1);
    for (int i = 0; i < POINTS; i++) {
        double real = creal(x[i]) * creal(y[i]) + cimag(x[i]) * cimag(y[i]);
        double imaginary = creal(x[i]) * cimag(y[i]) - cimag(x[i]) * creal(y[i]);
        y[i] = (real + imaginary * I) / POINTS;
    }
    ear_transform(y, POINTS, 1);
}

static void find_block(const struct search *search, struct ear_block *block, double complex *x,
                       double complex *y, float *window)
{
    const float *said = search->said.at + block->said / COARSE;
    ptrdiff_t first = lround(place_after(search, block->said, -EARLY_MS) / COARSE);
    copy_piece(&search->heard, first, POINTS, window);
    correlate(said, window, x, y);
    double said_energy = ear_energy(said, BLOCK), energy = ear_energy(window, BLOCK);
    int best = 0;
    for (int lag = 0; lag < LAGS; lag++) {
        double power = said_energy * energy;
        double likeness = power > 1e-9 ? creal(y[lag]) / sqrt(power) : 0;
        if (likeness > block->likeness) {
            block->likeness = likeness;
            best = lag;
        }
        energy += (double)window[lag + BLOCK] * (double)window[lag + BLOCK] -
                  (double)window[lag] * (double)window[lag];
    }
    double played_ms =
        ear_heard_played_ms(search->match->heard, (double)((first + best) * COARSE));
    block->delay_ms = played_ms - ear_talk_spoken_ms(search->talk, block->said);
    block->found = block->likeness > block_likeness;
}

static int find_blocks(struct search *search)
{
    struct ear_match *match = search->match;
    double complex *x = malloc(POINTS * sizeof(*x)), *y = malloc(POINTS * sizeof(*y));
    float *window = malloc(POINTS * sizeof(*window));
    match->block = calloc(search->said.count / BLOCK_HOP + 1, sizeof(*match->block));
    int error = x && y && window && match->block ? 0 : -ENOMEM;
    for (size_t at = 0; at + BLOCK <= search->said.count && !error; at += BLOCK_HOP) {
        struct ear_block *block = &match->block[match->blocks++];
        block->said = at * COARSE;
        if (is_active(search->said.at + at, BLOCK))
            find_block(search, block, x, y, window);
    }
    free(window);
    free(y);
    free(x);
    return error;
}

/* The delay of the found block that is nearest to a frame; 0 if there is none. */
static double block_delay_ms(const struct ear_match *match, size_t said)
{
    const struct ear_block *best = NULL;
    size_t nearest = SIZE_MAX;
    for (size_t i = 0; i < match->blocks; i++) {
        const struct ear_block *block = &match->block[i];
        size_t middle = block->said + BLOCK * COARSE / 2;
        size_t distance = middle > said ? middle - said : said - middle;
        if (block->found && distance < nearest) {
            nearest = distance;
            best = block;
        }
    }
    return best ? best->delay_ms : 0;
}

/* ---- frames ---- */

/* The best place at 8 kHz: within reach of @p expected, not far from @p last without need. */
static ptrdiff_t search_coarse(const struct search *search, size_t said, ptrdiff_t expected,
                               ptrdiff_t last)
{
    float window[FRAME + 2 * REACH];
    ptrdiff_t best = expected;
    double best_score = -10;
    copy_piece(&search->heard, expected - REACH, FRAME + 2 * REACH, window);
    for (int i = 0; i <= 2 * REACH; i++) {
        ptrdiff_t place = expected - REACH + i;
        double step_ms = fabs((double)(place - last)) * 1000 / COARSE_HZ;
        double score = ear_likeness(search->said.at + said, window + i, FRAME) -
                       drift_cost * fmin(step_ms, 50);
        if (score > best_score) {
            best_score = score;
            best = place;
        }
    }
    return best;
}

static void search_fine(struct ear_match *match, struct ear_frame *frame, ptrdiff_t coarse)
{
    enum { WIDE = EAR_FRAME + 2 * COARSE };
    float window[WIDE];
    const float *said = match->said->at + frame->said;
    frame->likeness = -1;
    copy_piece(&match->heard->sound, coarse - COARSE, WIDE, window);
    for (int i = 0; i <= 2 * COARSE; i++) {
        double likeness = ear_likeness(said, window + i, EAR_FRAME);
        if (likeness <= frame->likeness)
            continue;
        frame->likeness = likeness;
        frame->place = (double)(coarse - COARSE + i);
        frame->heard_energy = ear_energy(window + i, EAR_FRAME);
    }
    frame->product = frame->likeness * sqrt(frame->said_energy * frame->heard_energy);
    frame->alike = frame->likeness > frame_likeness;
}

static int find_frames(struct search *search)
{
    struct ear_match *match = search->match;
    double last_step = 0; /* from the block's place to the last frame's, at COARSE_HZ */
    match->frame = calloc(match->said->count / EAR_HOP + 1, sizeof(*match->frame));
    if (!match->frame)
        return -ENOMEM;
    for (size_t at = 0; at + EAR_FRAME <= match->said->count; at += EAR_HOP) {
        struct ear_frame *frame = &match->frame[match->frames++];
        double expected = place_after(search, at, block_delay_ms(match, at)) / COARSE;
        frame->said = at;
        frame->said_energy = ear_energy(match->said->at + at, EAR_FRAME);
        frame->active = is_active(match->said->at + at, EAR_FRAME);
        frame->place = (expected + last_step) * COARSE;
        if (!frame->active)
            continue;
        ptrdiff_t coarse =
            search_coarse(search, at / COARSE, lround(expected), lround(expected + last_step));
        search_fine(match, frame, coarse * COARSE);
        if (frame->alike)
            last_step = frame->place / COARSE - expected;
        else
            frame->place = (expected + last_step) * COARSE;
    }
    return 0;
}

static int align(struct ear_match *match)
{
    float piece[EAR_FRAME];
    int error = ear_signal_create(match->said->count, &match->aligned);
    for (size_t i = 0; i < match->frames && !error; i++) {
        const struct ear_frame *frame = &match->frame[i];
        copy_piece(&match->heard->sound, lround(frame->place), EAR_FRAME, piece);
        for (int j = 0; j < EAR_FRAME; j++)
            match->aligned.at[frame->said + (size_t)j] +=
                (float)((0.5 - 0.5 * cos(2 * M_PI * j / EAR_FRAME)) * (double)piece[j]);
    }
    return error;
}

int ear_match_create(const struct ear_signal *said, const struct ear_talk *talk,
                     const struct ear_heard *heard, struct ear_match *match)
{
    struct search search = {.match = match, .talk = talk};
    *match = (struct ear_match){.said = said, .heard = heard};
    int error = ear_signal_resample(said, EAR_HZ, COARSE_HZ, &search.said);
    if (!error)
        error = ear_signal_resample(&heard->sound, EAR_HZ, COARSE_HZ, &search.heard);
    if (!error)
        error = find_blocks(&search);
    if (!error)
        error = find_frames(&search);
    if (!error)
        error = align(match);
    ear_signal_destroy(&search.said);
    ear_signal_destroy(&search.heard);
    if (error)
        ear_match_destroy(match);
    return error;
}

void ear_match_destroy(struct ear_match *match)
{
    ear_signal_destroy(&match->aligned);
    free(match->block);
    free(match->frame);
    *match = (struct ear_match){0};
}

/* ---- scores ---- */

static bool lies_in(const struct ear_frame *frame, double from_s, double to_s)
{
    double at_s = (double)frame->said / EAR_HZ;
    return at_s >= from_s && at_s < to_s;
}

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return left < right ? -1 : left > right;
}

/* How far behind its own sample the frame is heard [samples]: the median of its neighbours that
 * were found, because a gap has no place of its own. */
static double steady_shift(const struct ear_match *match, size_t index)
{
    double shift[NEIGHBOURS];
    size_t n = 0, first = index > NEIGHBOURS / 2 ? index - NEIGHBOURS / 2 : 0;
    for (size_t i = first; i < match->frames && i < first + NEIGHBOURS; i++)
        if (match->frame[i].active && match->frame[i].alike)
            shift[n++] = match->frame[i].place - (double)match->frame[i].said;
    qsort(shift, n, sizeof(shift[0]), by_value);
    return n ? shift[n / 2] : match->frame[index].place - (double)match->frame[index].said;
}

/* Something is said in this piece, and in all that is around it: its edges may be moved. */
static bool is_amid_speech(const struct ear_signal *said, size_t piece)
{
    for (size_t i = piece < 3 ? 0 : piece - 3; i <= piece + 3; i++)
        if ((i + 1) * PIECE > said->count || !is_active(said->at + i * PIECE, PIECE))
            return false;
    return true;
}

void ear_match_silence(const struct ear_match *match, double from_s, double to_s,
                       struct ear_silence *silence)
{
    float piece[PIECE];
    double run_ms = 0;
    *silence = (struct ear_silence){0};
    for (size_t i = 0; i < 2 * match->frames; i++) {
        if (!lies_in(&match->frame[i / 2], from_s, to_s) || !is_amid_speech(match->said, i))
            continue;
        double place = (double)(i * PIECE) + steady_shift(match, i / 2);
        copy_piece(&match->heard->sound, lround(place), PIECE, piece);
        bool silent = ear_level_db(piece, PIECE) < silent_db;
        run_ms = silent ? run_ms + PIECE / EAR_PER_MS : 0;
        silence->said_ms += PIECE / EAR_PER_MS;
        silence->silent_ms += silent * PIECE / EAR_PER_MS;
        silence->longest_ms = fmax(silence->longest_ms, run_ms);
    }
}

/* What makes the heard as loud as the said, in the median frame. */
static double find_gain(const struct ear_match *match, double from_s, double to_s)
{
    double *gain = malloc((match->frames + 1) * sizeof(*gain)), median = 0;
    size_t n = 0;
    for (size_t i = 0; i < match->frames && gain; i++) {
        const struct ear_frame *frame = &match->frame[i];
        if (frame->active && frame->alike && lies_in(frame, from_s, to_s))
            gain[n++] = frame->product / frame->heard_energy;
    }
    if (n) {
        qsort(gain, n, sizeof(*gain), by_value);
        median = gain[n / 2];
    }
    free(gain);
    return median;
}

double ear_match_snr_db(const struct ear_match *match, double from_s, double to_s)
{
    const double gain = find_gain(match, from_s, to_s);
    double sum = 0;
    size_t n = 0;
    for (size_t i = 0; i < match->frames; i++) {
        const struct ear_frame *frame = &match->frame[i];
        if (!frame->active || !lies_in(frame, from_s, to_s))
            continue;
        double noise =
            frame->said_energy - 2 * gain * frame->product + gain * gain * frame->heard_energy;
        double snr_db = 10 * log10(frame->said_energy / fmax(noise, 1e-12));
        sum += fmin(fmax(snr_db, -10), 35);
        n++;
    }
    return n ? sum / (double)n : 0;
}

/* Nine in ten of the next frames in which something is said, from frame @p index on, are heard;
 * pauses do not count. */
static bool is_whole(const struct ear_match *match, size_t index)
{
    enum { WINDOW = 20, ENOUGH = 8 };
    size_t active = 0, alike = 0;
    for (size_t i = index; i < match->frames && active < WINDOW; i++) {
        active += match->frame[i].active;
        alike += match->frame[i].active && match->frame[i].alike;
    }
    return active >= ENOUGH && 10 * alike >= 9 * active;
}

double ear_match_resync_ms(const struct ear_match *match, size_t sample)
{
    for (size_t i = 0; i < match->frames; i++) {
        const struct ear_frame *frame = &match->frame[i];
        if (frame->said >= sample && frame->active && frame->alike && is_whole(match, i))
            return (double)(frame->said - sample) / EAR_PER_MS;
    }
    return -1;
}

double ear_match_disturbed(const struct ear_match *match, double from_s, double to_s)
{
    size_t active = 0, bad = 0;
    for (size_t i = 0; i < match->frames; i++) {
        const struct ear_frame *frame = &match->frame[i];
        if (!frame->active || !lies_in(frame, from_s, to_s))
            continue;
        active++;
        bad += !frame->alike;
    }
    return active ? 100 * (double)bad / (double)active : 0;
}
