/* bandwidth.c - two estimates, by loss and by delay; the lower one counts. */
#include "server/rtp/bandwidth.h"

#include "mixer/base/clock.h"

#include <string.h>

enum {
    LOSS_HIGH = 26, /* of 256: above 10 %  */
    LOSS_LOW = 5,   /* up to it: below 2 % */
    LOWER_INTERVAL_MS = 300,
    GROUP_MS = 5,        /* sent within it: one group            */
    GROUP_MOST_MS = 100, /* of arrivals that are of one burst    */
    PAUSE_MS = 3000,     /* beyond it the trend begins anew      */
    OVERUSE_MS = 10,     /* so long above the threshold is queueing, no noise */
    OVERUSE_GROUPS = 2,
    TREND_MOST_GROUPS = 60, /* so many at most give weight to a slope */
    SPIKE_MS = 15,          /* so far above the threshold it does not follow */
    THRESHOLD_STEP_MS = 100,
    STANDING_MS = 100,
    STANDING_INTERVAL_MS = 1000,
    STANDING_TRIES = 3,
    LOSS_RARE = 50,           /* of so many packets one */
    STANDING_STEP_MS = 20,    /* that it must fall by, if it is ours */
    FIRST_WINDOW_US = 150000, /* of what is received */
    WINDOW_US = 500000,
    WINDOW_PAUSE_US = 1000000,
    JUMP_US = 10000000, /* of the far end's clock */
};

static const double GROWTH = 0.08; /* a second */
static const double BACK_OFF = 0.85;
static const double IN_USE = 2.5; /* what may be grown to, of what is sent */
static const double SMOOTHING = 0.9;
static const double GAIN = 4;
static const double ALL_CAME = 0.9;    /* of what was allowed */
static const double BASE_RISE = 0.001; /* of the time: clocks drift by less */
static const double THRESHOLD_MS = 12.5, THRESHOLD_LEAST_MS = 6, THRESHOLD_MOST_MS = 600;
static const double THRESHOLD_UP = 0.0087, THRESHOLD_DOWN = 0.039; /* a ms */

static double clamp(double value, double least, double most)
{
    return value < least ? least : value > most ? most : value;
}

static double within(const struct bandwidth *bandwidth, double bps)
{
    return clamp(bps, (double)bandwidth->least_bps, (double)bandwidth->most_bps);
}

static void begin_trend(struct bandwidth *bandwidth)
{
    memset(&bandwidth->trend, 0, sizeof(bandwidth->trend));
    bandwidth->trend.threshold_ms = THRESHOLD_MS;
}

void bandwidth_init(struct bandwidth *bandwidth, uint64_t start_bps, uint64_t least_bps,
                    uint64_t most_bps, int64_t now_ns)
{
    memset(bandwidth, 0, sizeof(*bandwidth));
    bandwidth->loss_bps = bandwidth->delay_bps = (double)start_bps;
    bandwidth->loss_ns = now_ns;
    bandwidth_set_bounds(bandwidth, least_bps, most_bps);
    begin_trend(bandwidth);
}

void bandwidth_set_bounds(struct bandwidth *bandwidth, uint64_t least_bps, uint64_t most_bps)
{
    bandwidth->most_bps = most_bps;
    bandwidth->least_bps = least_bps < most_bps ? least_bps : most_bps;
    bandwidth->loss_bps = within(bandwidth, bandwidth->loss_bps);
    bandwidth->delay_bps = within(bandwidth, bandwidth->delay_bps);
}

void bandwidth_on_remb(struct bandwidth *bandwidth, uint64_t bps)
{
    bandwidth->remb_bps = bps ? bps : 1;
}

void bandwidth_on_tmmbr(struct bandwidth *bandwidth, uint64_t bps)
{
    bandwidth->tmmbr_bps = bps ? bps : 1;
}

uint64_t bandwidth_bps(const struct bandwidth *bandwidth)
{
    uint64_t bps = (uint64_t)bandwidth->loss_bps;
    if (bandwidth->has_delay && (uint64_t)bandwidth->delay_bps < bps)
        bps = (uint64_t)bandwidth->delay_bps;
    if (bandwidth->remb_bps && bandwidth->remb_bps < bps)
        bps = bandwidth->remb_bps;
    if (bandwidth->tmmbr_bps && bandwidth->tmmbr_bps < bps)
        bps = bandwidth->tmmbr_bps;
    if (bps > bandwidth->most_bps)
        bps = bandwidth->most_bps;
    return bps < bandwidth->least_bps ? bandwidth->least_bps : bps;
}

/* ---- loss ---- */

/* What @p bps grows to from then to now, if @p used_bps are so much that it is in use. */
static double grown(const struct bandwidth *bandwidth, double bps, double used_bps,
                    int64_t then_ns, int64_t now_ns, int64_t most_ns)
{
    if (bps >= used_bps * IN_USE || now_ns <= then_ns)
        return bps;
    const int64_t passed_ns = now_ns - then_ns < most_ns ? now_ns - then_ns : most_ns;
    return within(bandwidth, bps * (1 + GROWTH * (double)passed_ns / CLOCK_NS_PER_S));
}

static bool may_lower(int64_t lowered_ns, int64_t now_ns)
{
    return !lowered_ns || now_ns - lowered_ns >= LOWER_INTERVAL_MS * CLOCK_NS_PER_MS;
}

void bandwidth_on_report(struct bandwidth *bandwidth, uint8_t fraction_lost, uint64_t sent_bps,
                         int64_t now_ns)
{
    const int64_t report_most_ns = 5 * CLOCK_NS_PER_S;
    if (fraction_lost >= LOSS_HIGH && may_lower(bandwidth->loss_lowered_ns, now_ns)) {
        const double bps = (double)bandwidth_bps(bandwidth);
        bandwidth->loss_bps = within(bandwidth, bps * (1 - fraction_lost / 512.0));
        bandwidth->loss_lowered_ns = now_ns;
    } else if (fraction_lost <= LOSS_LOW) {
        bandwidth->loss_bps = grown(bandwidth, bandwidth->loss_bps, (double)sent_bps,
                                    bandwidth->loss_ns, now_ns, report_most_ns);
    }
    bandwidth->loss_ns = now_ns;
}

/* ---- delay ---- */

/* The slope of the line with the least squares, through the last groups. */
static double fit(const struct bandwidth *bandwidth)
{
    double at = 0, delay = 0, product = 0, square = 0;
    for (unsigned i = 0; i < BANDWIDTH_WINDOW; i++) {
        at += bandwidth->trend.at_ms[i] / BANDWIDTH_WINDOW;
        delay += bandwidth->trend.delay_ms[i] / BANDWIDTH_WINDOW;
    }
    for (unsigned i = 0; i < BANDWIDTH_WINDOW; i++) {
        const double x = bandwidth->trend.at_ms[i] - at;
        product += x * (bandwidth->trend.delay_ms[i] - delay);
        square += x * x;
    }
    return square > 0 ? product / square : 0;
}

/* The threshold follows the noise of the network: slowly up, quickly down. */
static void adapt_threshold(struct bandwidth *bandwidth, double size_ms, double passed_ms)
{
    double *threshold = &bandwidth->trend.threshold_ms;
    if (size_ms > *threshold + SPIKE_MS)
        return;
    const double speed = size_ms < *threshold ? THRESHOLD_DOWN : THRESHOLD_UP;
    *threshold += speed * (size_ms - *threshold) * clamp(passed_ms, 0, THRESHOLD_STEP_MS);
    *threshold = clamp(*threshold, THRESHOLD_LEAST_MS, THRESHOLD_MOST_MS);
}

enum queue { QUEUE_STEADY, QUEUE_DRAINS, QUEUE_GROWS };

static enum queue judge(struct bandwidth *bandwidth, double sent_ms, double passed_ms)
{
    const double slope = fit(bandwidth), before = bandwidth->trend.slope;
    const unsigned weight =
        bandwidth->trend.count < TREND_MOST_GROUPS ? bandwidth->trend.count : TREND_MOST_GROUPS;
    const double trend_ms = slope * weight * GAIN;
    const double threshold_ms = bandwidth->trend.threshold_ms;
    enum queue queue = trend_ms < -threshold_ms ? QUEUE_DRAINS : QUEUE_STEADY;
    if (trend_ms > threshold_ms) {
        bandwidth->trend.over_ms += sent_ms;
        bandwidth->trend.overuse++;
        if (bandwidth->trend.over_ms > OVERUSE_MS &&
            bandwidth->trend.overuse >= OVERUSE_GROUPS && slope >= before) {
            bandwidth->trend.over_ms = 0;
            bandwidth->trend.overuse = 0;
            queue = QUEUE_GROWS;
        }
    } else {
        bandwidth->trend.over_ms = 0;
        bandwidth->trend.overuse = 0;
    }
    adapt_threshold(bandwidth, trend_ms < 0 ? -trend_ms : trend_ms, passed_ms);
    bandwidth->trend.slope = slope;
    return queue;
}

/* One group is complete: how much more than the one before was it delayed? */
static enum queue add_group(struct bandwidth *bandwidth)
{
    const struct bandwidth_group *group = &bandwidth->trend.group;
    const struct bandwidth_group *before = &bandwidth->trend.before;
    const double sent_ms =
        (double)(group->last_sent_ns - before->last_sent_ns) / CLOCK_NS_PER_MS;
    const double passed_ms = (double)(group->last_arrival_us - before->last_arrival_us) / 1000;
    bandwidth->trend.sum_ms += passed_ms - sent_ms;
    bandwidth->trend.smoothed_ms =
        SMOOTHING * bandwidth->trend.smoothed_ms + (1 - SMOOTHING) * bandwidth->trend.sum_ms;
    bandwidth->trend.base_ms += passed_ms > 0 ? passed_ms * BASE_RISE : 0;
    if (bandwidth->trend.smoothed_ms < bandwidth->trend.base_ms)
        bandwidth->trend.base_ms = bandwidth->trend.smoothed_ms;
    const unsigned place = bandwidth->trend.count % BANDWIDTH_WINDOW;
    bandwidth->trend.delay_ms[place] = bandwidth->trend.smoothed_ms;
    bandwidth->trend.at_ms[place] =
        (double)(group->last_arrival_us - bandwidth->trend.first_arrival_us) / 1000;
    bandwidth->trend.count++;
    return bandwidth->trend.count < BANDWIDTH_WINDOW ? QUEUE_STEADY
                                                     : judge(bandwidth, sent_ms, passed_ms);
}

/* Sent together, or held up somewhere on the way and let go together: then they came closer
 * than they were sent, which says nothing of a queue. */
static bool is_of_group(const struct bandwidth_group *group, int64_t sent_ns,
                        int64_t arrival_us)
{
    if (sent_ns - group->first_sent_ns <= GROUP_MS * CLOCK_NS_PER_MS)
        return true;
    const int64_t apart_us = arrival_us - group->last_arrival_us;
    return apart_us <= GROUP_MS * 1000 && apart_us < (sent_ns - group->last_sent_ns) / 1000 &&
           arrival_us - group->first_arrival_us < GROUP_MOST_MS * 1000;
}

static enum queue add_arrival(struct bandwidth *bandwidth, int64_t sent_ns, int64_t arrival_us)
{
    struct bandwidth_group *group = &bandwidth->trend.group;
    enum queue queue = QUEUE_STEADY;
    if (group->started) {
        const int64_t step_us = arrival_us - group->last_arrival_us;
        if (step_us > PAUSE_MS * 1000 || step_us < -PAUSE_MS * 1000)
            begin_trend(bandwidth);
    }
    if (group->started && sent_ns < group->first_sent_ns)
        return QUEUE_STEADY; /* overtaken */
    if (group->started && is_of_group(group, sent_ns, arrival_us)) {
        if (sent_ns > group->last_sent_ns)
            group->last_sent_ns = sent_ns;
        if (arrival_us > group->last_arrival_us)
            group->last_arrival_us = arrival_us;
        return QUEUE_STEADY;
    }
    if (group->started) {
        if (bandwidth->trend.before.started)
            queue = add_group(bandwidth);
        bandwidth->trend.before = *group;
    } else {
        bandwidth->trend.first_arrival_us = arrival_us;
    }
    *group = (struct bandwidth_group){.started = true,
                                      .first_sent_ns = sent_ns,
                                      .last_sent_ns = sent_ns,
                                      .first_arrival_us = arrival_us,
                                      .last_arrival_us = arrival_us};
    return queue;
}

/* What came within a window, its first packet left out: that came before it. */
static void count_received(struct bandwidth *bandwidth, unsigned bytes, int64_t arrival_us)
{
    const int64_t pause_us = arrival_us - bandwidth->received.last_us;
    if (!bandwidth->received.started || pause_us > WINDOW_PAUSE_US ||
        pause_us < -WINDOW_PAUSE_US) {
        bandwidth->received.started = true;
        bandwidth->received.bytes = 0;
        bandwidth->received.since_us = bandwidth->received.last_us = arrival_us;
        return;
    }
    bandwidth->received.bytes += bytes;
    if (pause_us > 0)
        bandwidth->received.last_us = arrival_us;
    const int64_t passed_us = bandwidth->received.last_us - bandwidth->received.since_us;
    double *bps = &bandwidth->received.bps;
    if (passed_us < (*bps > 0 ? WINDOW_US : FIRST_WINDOW_US))
        return;
    const double now_bps = (double)bandwidth->received.bytes * 8e6 / (double)passed_us;
    *bps = *bps > 0 ? (*bps + now_bps) / 2 : now_bps;
    bandwidth->received.last_bps = now_bps;
    bandwidth->received.bytes = 0;
    bandwidth->received.since_us = bandwidth->received.last_us;
}

/* The far end's times begin anew every 12 days: the one that is nearest to the last; after a
 * jump, which is no delay, as it is. */
static int64_t unwrap(const struct bandwidth *bandwidth, int64_t arrival_us)
{
    const int64_t half_us = RTCP_TRANSPORT_WRAP_US / 2;
    int64_t step_us = (arrival_us - bandwidth->received.last_us) % RTCP_TRANSPORT_WRAP_US;
    if (step_us > half_us)
        step_us -= RTCP_TRANSPORT_WRAP_US;
    if (step_us < -half_us)
        step_us += RTCP_TRANSPORT_WRAP_US;
    if (!bandwidth->received.started || step_us > JUMP_US || step_us < -JUMP_US)
        return arrival_us;
    return bandwidth->received.last_us + step_us;
}

/* Since it was lowered for a standing queue: did all that was sent come through, no later? Then
 * there is no queue of ours. */
static bool all_came(const struct bandwidth *bandwidth)
{
    if (bandwidth->received.last_bps >= ALL_CAME * bandwidth->delay_bps)
        return true; /* as much as was allowed */
    return bandwidth->trend.stood_lost * LOSS_RARE <= bandwidth->trend.stood_packets &&
           bandwidth->trend.smoothed_ms < bandwidth->trend.stood_ms + STANDING_STEP_MS;
}

/* A queue that was full before anything was known of it, or that loss keeps full, does not grow
 * any more. One that does not fall although less was sent, and came through, is not ours: a
 * longer way. So is one that does not fall for long. */
static enum queue judge_standing(struct bandwidth *bandwidth, int64_t now_ns)
{
    const double delay_ms = bandwidth->trend.smoothed_ms;
    if (delay_ms - bandwidth->trend.base_ms <= STANDING_MS) {
        bandwidth->trend.stood_ns = 0;
        bandwidth->trend.stood = 0;
        return QUEUE_STEADY;
    }
    if (bandwidth->trend.stood_ns) {
        if (now_ns - bandwidth->trend.stood_ns < STANDING_INTERVAL_MS * CLOCK_NS_PER_MS)
            return QUEUE_DRAINS;
        const bool falls = delay_ms < bandwidth->trend.stood_ms - STANDING_STEP_MS;
        bandwidth->trend.stood = falls ? 0 : bandwidth->trend.stood + 1;
        if (!falls && (all_came(bandwidth) || bandwidth->trend.stood == STANDING_TRIES)) {
            bandwidth->trend.base_ms = delay_ms;
            return QUEUE_STEADY;
        }
    }
    bandwidth->trend.stood_ms = delay_ms;
    bandwidth->trend.stood_ns = now_ns;
    bandwidth->trend.stood_packets = bandwidth->trend.stood_lost = 0;
    return QUEUE_GROWS;
}

static void change_delay_bps(struct bandwidth *bandwidth, enum queue queue, int64_t now_ns)
{
    if (!bandwidth->has_delay) {
        bandwidth->delay_bps = (double)bandwidth_bps(bandwidth);
        bandwidth->has_delay = true;
        bandwidth->delay_ns = now_ns;
    }
    if (queue == QUEUE_GROWS && may_lower(bandwidth->delay_lowered_ns, now_ns)) {
        double bps = bandwidth->received.bps;
        if (bandwidth->received.last_bps < bps)
            bps = bandwidth->received.last_bps; /* a link that became narrow */
        if (bps <= 0)
            bps = bandwidth->delay_bps;
        if (bps * BACK_OFF < bandwidth->delay_bps)
            bandwidth->delay_bps = within(bandwidth, bps * BACK_OFF);
        bandwidth->delay_lowered_ns = now_ns;
    } else if (queue == QUEUE_STEADY) {
        bandwidth->delay_bps = grown(bandwidth, bandwidth->delay_bps, bandwidth->received.bps,
                                     bandwidth->delay_ns, now_ns, CLOCK_NS_PER_S);
    }
    bandwidth->delay_ns = now_ns;
}

void bandwidth_on_sent(struct bandwidth *bandwidth, uint16_t transport_sequence, unsigned bytes,
                       int64_t now_ns)
{
    bandwidth->sent[transport_sequence % BANDWIDTH_SENT] =
        (struct bandwidth_sent){.sequence = transport_sequence,
                                .bytes = (uint16_t)(bytes < UINT16_MAX ? bytes : UINT16_MAX),
                                .known = true,
                                .sent_ns = now_ns};
}

void bandwidth_on_transport(struct bandwidth *bandwidth,
                            const struct rtcp_transport_packet *packets, unsigned count,
                            int64_t now_ns)
{
    enum queue all = QUEUE_STEADY;
    bool any = false;
    for (unsigned i = 0; i < count; i++) {
        struct bandwidth_sent *sent = &bandwidth->sent[packets[i].sequence % BANDWIDTH_SENT];
        if (!sent->known || sent->sequence != packets[i].sequence)
            continue;
        bandwidth->trend.stood_packets++;
        bandwidth->trend.stood_lost += !packets[i].received;
        if (!packets[i].received)
            continue;
        sent->known = false;
        any = true;
        const int64_t arrival_us = unwrap(bandwidth, packets[i].arrival_us);
        count_received(bandwidth, sent->bytes, arrival_us);
        const enum queue queue = add_arrival(bandwidth, sent->sent_ns, arrival_us);
        all = queue > all ? queue : all;
    }
    if (!any)
        return;
    const enum queue standing = judge_standing(bandwidth, now_ns);
    change_delay_bps(bandwidth, standing > all ? standing : all, now_ns);
}
