/* eye_leg.c - RTCP is told from RTP by its type, wherever it comes in. */
#include "tests/bench/eye_leg.h"

#include "mixer/base/clock.h"
#include "mixer/base/random.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEADER_BYTES = 12, AUDIO_MS = 20, REPORT_MS = 1000, SOCKET_BUFFER_BYTES = 4 << 20 };

struct audio {
    uint32_t ssrc, timestamp, packets, octets;
    uint16_t sequence;
    unsigned frame;
    int64_t next_ns;
};

struct eye_leg {
    struct eye_leg_plan plan;
    struct eye_leg_counters counters;
    int fd[EYE_SOCKETS];
    uint16_t port[EYE_SOCKETS];
    bool running;
    struct eye_sdp_answer answer;
    struct audio audio;
    struct eye_pips pips;
    struct eye_delay *audio_delay, *video_delay; /* NULL: none */
    struct eye_send *send;                       /* NULL: does not  */
    struct eye_receive *receive;                 /* NULL: does not  */
    uint32_t ssrc;                               /* of video, if it does not send */
    int64_t report_ns;
    uint32_t last_report; /* of the far end's video, and when */
    int64_t last_report_ns;
};

static int socket_open(struct eye_leg *leg, enum eye_socket which)
{
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr = leg->plan.host};
    socklen_t length = sizeof(own);
    const int bytes = SOCKET_BUFFER_BYTES;
    int fd = leg->fd[which] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes)) < 0 ||
        bind(fd, (struct sockaddr *)&own, sizeof(own)) < 0 ||
        getsockname(fd, (struct sockaddr *)&own, &length) < 0)
        return -errno;
    leg->port[which] = ntohs(own.sin_port);
    return 0;
}

static int open_delay(const struct eye_delay_plan *plan, struct eye_delay **delay)
{
    return plan->delay_ms || plan->jitter_ms ? eye_delay_create(plan, delay) : 0;
}

static int open_ways(struct eye_leg *leg)
{
    int error = open_delay(&leg->plan.audio_delay, &leg->audio_delay);
    if (!error)
        error = open_delay(&leg->plan.video_delay, &leg->video_delay);
    leg->plan.send.delay = leg->video_delay;
    leg->plan.send.pips = leg->plan.pips ? &leg->pips : NULL;
    return error;
}

int eye_leg_create(const struct eye_leg_plan *plan, struct eye_leg **leg)
{
    struct eye_leg *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->plan = *plan;
    made->ssrc = random_u32() | 1;
    int error = 0;
    for (unsigned i = 0; i < EYE_SOCKETS; i++)
        made->fd[i] = -1;
    for (unsigned i = 0; i < EYE_SOCKETS && !error; i++)
        error = socket_open(made, (enum eye_socket)i);
    if (!error)
        error = open_ways(made);
    if (!error && plan->sends)
        error = eye_send_create(&made->plan.send, &made->send);
    if (!error && plan->receives)
        error = eye_receive_create(&plan->receive, &made->receive);
    if (error)
        eye_leg_destroy(made);
    else
        *leg = made;
    return error;
}

void eye_leg_destroy(struct eye_leg *leg)
{
    if (!leg)
        return;
    for (unsigned i = 0; i < EYE_SOCKETS; i++)
        if (leg->fd[i] >= 0)
            close(leg->fd[i]);
    eye_send_destroy(leg->send);
    eye_receive_destroy(leg->receive);
    eye_delay_destroy(leg->audio_delay);
    eye_delay_destroy(leg->video_delay);
    free(leg);
}

int eye_leg_fd(const struct eye_leg *leg, enum eye_socket which)
{
    return leg->fd[which];
}

const struct eye_leg_plan *eye_leg_plan(const struct eye_leg *leg)
{
    return &leg->plan;
}

void eye_leg_offer(const struct eye_leg *leg, struct eye_sdp_offer *offer, char host[16])
{
    inet_ntop(AF_INET, &leg->plan.host, host, 16);
    *offer = (struct eye_sdp_offer){
        .host = host,
        .audio_port = leg->port[EYE_AUDIO],
        .audio_rtcp_port = leg->port[EYE_AUDIO_RTCP],
        .video_port = leg->port[EYE_VIDEO],
        .video_rtcp_port = leg->port[EYE_VIDEO_RTCP],
        .codec = leg->plan.receive.codec,
        .single = leg->plan.send.single,
        .high = leg->plan.high,
        .avp = leg->plan.avp,
        .nack = leg->plan.receive.nack,
        .sends = leg->plan.sends,
        .receives = leg->plan.receives,
    };
}

static struct sockaddr_in own_address(const struct eye_leg *leg, enum eye_socket which)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_addr = leg->plan.host, .sin_port = htons(leg->port[which])};
}

void eye_leg_mirror(const struct eye_leg *leg, struct eye_sdp_answer *answer)
{
    *answer = (struct eye_sdp_answer){
        .audio = own_address(leg, EYE_AUDIO),
        .audio_rtcp = own_address(leg, EYE_AUDIO_RTCP),
        .video = own_address(leg, EYE_VIDEO),
        .video_rtcp = own_address(leg, EYE_VIDEO_RTCP),
        .has_video = true,
        .video_type = 97,
        .nack = true,
        .pli = true,
    };
}

void eye_leg_start(struct eye_leg *leg, const struct eye_sdp_answer *answer, int64_t now_ns)
{
    leg->running = true;
    leg->answer = *answer;
    leg->report_ns = now_ns + REPORT_MS * CLOCK_NS_PER_MS / 2;
    leg->audio = (struct audio){.ssrc = random_u32(),
                                .timestamp = random_u32(),
                                .sequence = (uint16_t)random_u32(),
                                .next_ns = now_ns};
    if (leg->send && answer->has_video)
        eye_send_start(leg->send, leg->fd[EYE_VIDEO], &answer->video, answer->video_type,
                       now_ns);
    if (leg->receive)
        eye_receive_start(leg->receive, now_ns);
}

void eye_leg_stop(struct eye_leg *leg)
{
    leg->running = false;
    if (leg->send)
        eye_send_stop(leg->send);
}

static uint32_t video_ssrc(const struct eye_leg *leg)
{
    return leg->send ? eye_send_ssrc(leg->send) : leg->ssrc;
}

static void on_rtcp(struct eye_leg *leg, const uint8_t *bytes, size_t length, int64_t now_ns)
{
    struct eye_rtcp_news news;
    eye_rtcp_read(bytes, length, &news);
    if (news.is_report && leg->plan.receive.lips)
        eye_lips_report(leg->plan.receive.lips, EYE_LIPS_PICTURE, news.ntp, news.timestamp);
    if (news.is_report) {
        leg->last_report = news.last_report;
        leg->last_report_ns = now_ns;
    }
    leg->counters.limits_received += news.limits;
    leg->counters.nacks_received += news.nacks;
    if (!leg->send)
        return;
    if (news.key_requests)
        eye_send_key(leg->send, now_ns);
    eye_send_again(leg->send, news.nack, news.nacks, now_ns);
}

static void on_audio_rtcp(const struct eye_leg *leg, const uint8_t *bytes, size_t length)
{
    struct eye_rtcp_news news;
    eye_rtcp_read(bytes, length, &news);
    if (news.is_report && leg->plan.receive.lips)
        eye_lips_report(leg->plan.receive.lips, EYE_LIPS_SOUND, news.ntp, news.timestamp);
}

static void on_audio(struct eye_leg *leg, const uint8_t *bytes, size_t length)
{
    uint32_t timestamp;
    leg->counters.audio_received++;
    if (!leg->plan.receive.lips || length <= HEADER_BYTES ||
        (bytes[1] & 127) != leg->answer.audio_type)
        return;
    memcpy(&timestamp, bytes + 4, sizeof(timestamp));
    eye_lips_sound(leg->plan.receive.lips, ntohl(timestamp), bytes + HEADER_BYTES,
                   length - HEADER_BYTES);
}

void eye_leg_read(struct eye_leg *leg, enum eye_socket which, int64_t now_ns)
{
    uint8_t bytes[2048];
    for (ssize_t length; (length = recv(leg->fd[which], bytes, sizeof(bytes), 0)) >= 0;) {
        if (length < 8 || !leg->running)
            continue;
        bool is_rtcp = bytes[1] >= 192 && bytes[1] <= 223;
        const bool is_audio = which == EYE_AUDIO || which == EYE_AUDIO_RTCP;
        if (is_audio && is_rtcp)
            on_audio_rtcp(leg, bytes, (size_t)length);
        else if (which == EYE_AUDIO)
            on_audio(leg, bytes, (size_t)length);
        else if (!is_audio && is_rtcp)
            on_rtcp(leg, bytes, (size_t)length, now_ns);
        else if (which == EYE_VIDEO && leg->receive)
            eye_receive_packet(leg->receive, bytes, (size_t)length, now_ns);
    }
}

static void send_to(const struct eye_leg *leg, enum eye_socket from,
                    const struct sockaddr_in *target, const uint8_t *bytes, size_t length)
{
    if (length) /* what is lost is lost: this is UDP */
        (void)!sendto(leg->fd[from], bytes, length, 0, (const struct sockaddr *)target,
                      sizeof(*target));
}

/* A packet leaves when its last sample has been spoken. */
static int64_t spoken_from(const struct audio *audio)
{
    return audio->next_ns - AUDIO_MS * CLOCK_NS_PER_MS;
}

static void send_audio(struct eye_leg *leg, int64_t now_ns)
{
    struct audio *audio = &leg->audio;
    struct load_frame pips = {.length = EYE_PIP_FRAME};
    const struct load_frame *frame =
        leg->plan.talks ? load_speech_frame(leg->plan.speech, leg->plan.voice, audio->frame)
                        : load_speech_quiet(leg->plan.speech, audio->frame);
    if (leg->plan.pips) {
        eye_pip_write(&leg->pips, spoken_from(audio), pips.bytes);
        frame = &pips;
    }
    uint8_t bytes[HEADER_BYTES + LOAD_FRAME_BYTES] = {0x80, leg->answer.audio_type};
    uint16_t sequence = htons(audio->sequence++);
    uint32_t timestamp = htonl(audio->timestamp), ssrc = htonl(audio->ssrc);
    memcpy(bytes + 2, &sequence, sizeof(sequence));
    memcpy(bytes + 4, &timestamp, sizeof(timestamp));
    memcpy(bytes + 8, &ssrc, sizeof(ssrc));
    memcpy(bytes + HEADER_BYTES, frame->bytes, frame->length);
    const size_t length = HEADER_BYTES + (size_t)frame->length;
    if (leg->audio_delay)
        eye_delay_put(leg->audio_delay, leg->fd[EYE_AUDIO], &leg->answer.audio, bytes, length,
                      now_ns);
    else
        send_to(leg, EYE_AUDIO, &leg->answer.audio, bytes, length);
    audio->frame++;
    audio->packets++;
    audio->octets += frame->length;
    audio->timestamp += 160;
    audio->next_ns += AUDIO_MS * CLOCK_NS_PER_MS;
    leg->counters.audio_sent++;
}

/* One clock for both streams. */
static int64_t wall_of(int64_t now_ns)
{
    return clock_wall_ns() - (clock_monotonic_ns() - now_ns);
}

static void report_audio(struct eye_leg *leg, int64_t now_ns)
{
    const struct audio *audio = &leg->audio;
    const int64_t spoken_ns = now_ns - spoken_from(audio);
    uint8_t bytes[EYE_RTCP_BYTES];
    const struct eye_rtcp_report report = {.ssrc = leg->audio.ssrc,
                                           .sends = true,
                                           .wall_ns = wall_of(now_ns),
                                           .timestamp = audio->timestamp +
                                                        (uint32_t)(spoken_ns * 8 / 1000000),
                                           .packets = leg->audio.packets,
                                           .octets = leg->audio.octets,
                                           .cname = leg->plan.name};
    send_to(leg, EYE_AUDIO_RTCP, &leg->answer.audio_rtcp, bytes,
            eye_rtcp_write_report(&report, bytes));
}

static void report_video(struct eye_leg *leg, int64_t now_ns)
{
    uint8_t bytes[EYE_RTCP_BYTES];
    struct eye_rtcp_report report = {.ssrc = video_ssrc(leg), .cname = leg->plan.name};
    if (leg->send) {
        const struct eye_send_counters *counters = eye_send_counters(leg->send);
        report.sends = true;
        report.wall_ns = wall_of(now_ns);
        report.timestamp = eye_send_timestamp(leg->send, now_ns);
        report.packets = (uint32_t)counters->packets;
        report.octets = (uint32_t)counters->octets;
    }
    if (leg->receive)
        eye_receive_report(leg->receive, &report);
    if (leg->last_report_ns) {
        report.last_report = leg->last_report;
        report.since_report =
            (uint32_t)((now_ns - leg->last_report_ns) * 65536 / CLOCK_NS_PER_S);
    }
    send_to(leg, EYE_VIDEO_RTCP, &leg->answer.video_rtcp, bytes,
            eye_rtcp_write_report(&report, bytes));
}

void eye_leg_tick(struct eye_leg *leg, int64_t now_ns)
{
    uint8_t bytes[EYE_RTCP_BYTES];
    if (!leg->running)
        return;
    if (leg->send) /* first: it says when there is to be a pip */
        eye_send_tick(leg->send, now_ns);
    while (now_ns >= leg->audio.next_ns)
        send_audio(leg, now_ns);
    if (leg->audio_delay)
        eye_delay_run(leg->audio_delay, now_ns);
    if (leg->video_delay)
        eye_delay_run(leg->video_delay, now_ns);
    if (leg->receive && leg->answer.has_video)
        send_to(leg, EYE_VIDEO_RTCP, &leg->answer.video_rtcp, bytes,
                eye_receive_feedback(leg->receive, video_ssrc(leg), now_ns, bytes));
    if (now_ns >= leg->report_ns) {
        leg->report_ns += REPORT_MS * CLOCK_NS_PER_MS;
        report_audio(leg, now_ns);
        if (leg->answer.has_video)
            report_video(leg, now_ns);
    }
}

void eye_leg_counters(const struct eye_leg *leg, struct eye_leg_counters *counters)
{
    *counters = leg->counters;
    if (leg->send)
        counters->send = *eye_send_counters(leg->send);
    if (leg->receive)
        eye_receive_read(leg->receive, &counters->receive);
}

void eye_leg_reset(struct eye_leg *leg, int64_t now_ns)
{
    leg->counters = (struct eye_leg_counters){0};
    if (leg->send)
        eye_send_reset(leg->send);
    if (leg->receive)
        eye_receive_reset(leg->receive, now_ns);
}
