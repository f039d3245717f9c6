/* video_leg.c - the control half: ports, counters, the plan in force. */
#include "server/leg/video_leg.h"

#include "mixer/base/check.h"
#include "server/leg/video_leg_media.h"
#include "server/leg/video_send.h"
#include "server/rtp/rtp_guard.h"

#include <errno.h>
#include <stdlib.h>

struct video_leg {
    void *owner;
    struct video_seat *seat;
    struct rtp_socket *socket;
    uint32_t ssrc, rtx_ssrc;       /* of what it sends, for ever */
    struct video_leg_media *media; /* NULL while it is away */
    struct video_plan *plan;       /* owned: the newest; NULL before the first */
    struct video_leg_counters counters;
};

/* With one key for all, no two streams may have one SSRC: their key streams would be the same.
 */
static void choose_sources(struct video_send *send, const struct video_leg_config *config)
{
    const uint32_t others[] = {config->voice ? leg_ssrc(config->voice) : 0,
                               config->camera ? config->camera->ssrc : 0,
                               config->camera ? config->camera->rtx_ssrc : 0};
    bool is_taken;
    do {
        video_send_init(send);
        is_taken = send->ssrc == send->rtx_ssrc;
        for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++)
            is_taken = is_taken || send->ssrc == others[i] || send->rtx_ssrc == others[i];
    } while (is_taken);
}

/* Both halves, on a socket that is the leg's from now on. */
static int create_on(struct rtp_socket *socket, const struct video_leg_config *config,
                     struct video_leg **leg)
{
    struct video_leg *made = calloc(1, sizeof(*made));
    if (!made) {
        rtp_socket_close(socket);
        return -ENOMEM;
    }
    made->socket = socket;
    made->media = calloc(1, sizeof(*made->media));
    if (!made->media) {
        video_leg_destroy(made);
        return -ENOMEM;
    }
    made->media->leg = made;
    made->media->counters = &made->counters;
    made->media->voice = config->voice && !config->camera ? leg_counters(config->voice) : NULL;
    made->media->socket = made->socket;
    made->media->cname = config->cname;
    choose_sources(&made->media->send, config);
    made->ssrc = made->media->send.ssrc;
    made->rtx_ssrc = made->media->send.rtx_ssrc;
    *leg = made;
    return 0;
}

int video_leg_create(struct rtp_ports *ports, int family, const struct video_leg_config *config,
                     struct video_leg **leg)
{
    ASSERT_CONTROL();
    struct rtp_socket *socket;
    int error = rtp_socket_open_video(ports, family, &socket);
    return error ? error : create_on(socket, config, leg);
}

int video_leg_create_shared(struct shared_transport *transport,
                            const struct video_leg_config *config, struct video_leg **leg)
{
    ASSERT_CONTROL();
    struct rtp_socket *socket;
    const enum shared_inlet inlet = config->camera ? SHARED_SLIDES : SHARED_VIDEO;
    int error = rtp_socket_open_shared(transport, inlet, &socket);
    return error ? error : create_on(socket, config, leg);
}

void video_leg_destroy(struct video_leg *leg)
{
    if (!leg)
        return;
    ASSERT_CONTROL();
    if (leg->media) {
        rtp_guard_destroy(leg->media->guard_in);
        rtp_guard_destroy(leg->media->guard_out);
        free(leg->media->plan);
    }
    free(leg->media);
    free(leg->plan);
    rtp_socket_close(leg->socket);
    free(leg);
}

bool video_leg_is_away(const struct video_leg *leg)
{
    return !leg->media;
}

struct video_leg_media *video_leg_take_media(struct video_leg *leg)
{
    ASSERT_CONTROL();
    struct video_leg_media *media = leg->media;
    assert(media);
    leg->media = NULL;
    return media;
}

void video_leg_return_media(struct video_leg *leg, struct video_leg_media *media)
{
    ASSERT_CONTROL();
    assert(!leg->media);
    leg->media = media;
}

int video_leg_note_plan(struct video_leg *leg, const struct video_plan *plan)
{
    struct video_plan *copy = leg->plan ? leg->plan : malloc(sizeof(*copy));
    if (!copy)
        return -ENOMEM;
    *copy = *plan;
    leg->plan = copy;
    return 0;
}

void video_leg_set_owner(struct video_leg *leg, void *owner)
{
    leg->owner = owner;
}

void *video_leg_owner(const struct video_leg *leg)
{
    return leg->owner;
}

void video_leg_set_seat(struct video_leg *leg, struct video_seat *seat)
{
    leg->seat = seat;
}

struct video_seat *video_leg_seat(const struct video_leg *leg)
{
    return leg->seat;
}

int video_leg_rtp_fd(const struct video_leg *leg)
{
    return rtp_socket_rtp_fd(leg->socket);
}

uint32_t video_leg_ssrc(const struct video_leg *leg)
{
    return leg->ssrc;
}

uint32_t video_leg_rtx_ssrc(const struct video_leg *leg)
{
    return leg->rtx_ssrc;
}

uint16_t video_leg_port(const struct video_leg *leg)
{
    return rtp_socket_port(leg->socket);
}

static const char *codec_name(const struct video_leg *leg, uint64_t number)
{
    if (!number || !leg->plan || number > leg->plan->codec_count)
        return NULL;
    return leg->plan->codec[number - 1].codec->name;
}

void video_leg_stats_read(const struct video_leg *leg, struct video_leg_stats *stats)
{
    const struct video_leg_counters *from = &leg->counters;
    *stats = (struct video_leg_stats){
        .packets_received = leg_counter_read(&from->packets_received),
        .octets_received = leg_counter_read(&from->octets_received),
        .packets_sent = leg_counter_read(&from->packets_sent),
        .octets_sent = leg_counter_read(&from->octets_sent),
        .packets_lost = leg_counter_read(&from->packets_lost),
        .packets_late = leg_counter_read(&from->packets_late),
        .packets_duplicate = leg_counter_read(&from->packets_duplicate),
        .packets_refused = leg_counter_read(&from->packets_refused),
        .packets_malformed = leg_counter_read(&from->packets_malformed),
        .packets_unauthentic = leg_counter_read(&from->packets_unauthentic),
        .packets_recovered = leg_counter_read(&from->packets_recovered),
        .nacks_sent = leg_counter_read(&from->nacks_sent),
        .nacks_received = leg_counter_read(&from->nacks_received),
        .packets_resent = leg_counter_read(&from->packets_resent),
        .key_requests_sent = leg_counter_read(&from->key_requests_sent),
        .key_requests_received = leg_counter_read(&from->key_requests_received),
        .frames_received = leg_counter_read(&from->frames_received),
        .frames_decoded = leg_counter_read(&from->frames_decoded),
        .frames_broken = leg_counter_read(&from->frames_broken),
        .frames_refused = leg_counter_read(&from->frames_refused),
        .frames_sent = leg_counter_read(&from->frames_sent),
        .key_frames_sent = leg_counter_read(&from->key_frames_sent),
        .frozen_ms = leg_counter_read(&from->frozen_ms),
        .width = (uint32_t)leg_counter_read(&from->width),
        .height = (uint32_t)leg_counter_read(&from->height),
        .fps = (uint32_t)leg_counter_read(&from->fps),
        .sent_width = (uint32_t)leg_counter_read(&from->sent_width),
        .sent_height = (uint32_t)leg_counter_read(&from->sent_height),
        .sent_fps = (uint32_t)leg_counter_read(&from->sent_fps),
        .sent_bps = (uint32_t)leg_counter_read(&from->sent_bps),
        .bandwidth_bps = (uint32_t)leg_counter_read(&from->bandwidth_bps),
        .asked_bps = (uint32_t)leg_counter_read(&from->asked_bps),
        .jitter_us = (uint32_t)leg_counter_read(&from->jitter_us),
        .round_trip_us = (uint32_t)leg_counter_read(&from->round_trip_us),
        .far_fraction_lost = (uint8_t)leg_counter_read(&from->far_fraction_lost),
        .skew_ms = (uint32_t)leg_counter_read(&from->skew_ms),
        .showing = leg_counter_read(&from->showing) != 0,
        .codec_received = codec_name(leg, leg_counter_read(&from->codec_received)),
        .codec_sent = codec_name(leg, leg_counter_read(&from->codec_sent)),
    };
}
