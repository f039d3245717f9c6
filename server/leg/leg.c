/* leg.c - the control half: ports, counters, the plan in force. */
#include "server/leg/leg.h"

#include "mixer/base/check.h"
#include "mixer/base/clock.h"
#include "server/leg/leg_media.h"
#include "server/leg/leg_send.h"

#include <errno.h>
#include <stdlib.h>

struct leg {
    void *owner;
    struct media_seat *seat;
    struct rtp_socket *socket;
    uint32_t ssrc;           /* of what it sends, for ever   */
    struct leg_media *media; /* NULL while it is away */
    struct leg_kit_config kit_config;
    const struct leg_plan *plan;  /* of the newest kit; NULL before the first */
    struct leg_counters counters; /* media writes, control reads */
};

static struct leg_media *media_create(struct leg *leg, const struct leg_config *config)
{
    struct leg_media *media = calloc(1, sizeof(*media));
    if (!media)
        return NULL;
    media->leg = leg;
    media->counters = &leg->counters;
    media->socket = leg->socket;
    media->no_media_ns = config->no_media_timeout_s * CLOCK_NS_PER_S;
    media->mix = LEG_MIX_OPEN;
    media->report.cname = config->cname;
    leg_send_init(&media->send);
    leg->ssrc = media->send.ssrc;
    return media;
}

/* Both halves, on a socket that is the leg's from now on. */
static int create_on(struct rtp_socket *socket, const struct leg_config *config,
                     struct leg **leg)
{
    struct leg *made = calloc(1, sizeof(*made));
    if (!made) {
        rtp_socket_close(socket);
        return -ENOMEM;
    }
    made->socket = socket;
    made->kit_config = (struct leg_kit_config){.jitter_ms = config->jitter_ms,
                                               .jitter_limit_ms = config->jitter_limit_ms};
    leg_counter_set(&made->counters.level, AUDIO_LEVEL_SILENCE);
    made->media = media_create(made, config);
    if (!made->media) {
        leg_destroy(made);
        return -ENOMEM;
    }
    *leg = made;
    return 0;
}

int leg_create(struct rtp_ports *ports, int family, const struct leg_config *config,
               struct leg **leg)
{
    ASSERT_CONTROL();
    struct rtp_socket *socket;
    int error = rtp_socket_open(ports, family, &socket);
    return error ? error : create_on(socket, config, leg);
}

int leg_create_shared(struct shared_transport *transport, const struct leg_config *config,
                      struct leg **leg)
{
    ASSERT_CONTROL();
    struct rtp_socket *socket;
    int error = rtp_socket_open_shared(transport, SHARED_AUDIO, &socket);
    return error ? error : create_on(socket, config, leg);
}

void leg_destroy(struct leg *leg)
{
    if (!leg)
        return;
    ASSERT_CONTROL();
    if (leg->media)
        leg_kit_destroy(leg->media->kit);
    free(leg->media);
    rtp_socket_close(leg->socket);
    free(leg);
}

bool leg_is_away(const struct leg *leg)
{
    return !leg->media;
}

struct leg_media *leg_take_media(struct leg *leg)
{
    ASSERT_CONTROL();
    struct leg_media *media = leg->media;
    assert(media);
    leg->media = NULL;
    return media;
}

void leg_return_media(struct leg *leg, struct leg_media *media)
{
    ASSERT_CONTROL();
    assert(!leg->media);
    leg->media = media;
}

void leg_note_kit(struct leg *leg, const struct leg_kit *kit)
{
    leg->plan = &kit->plan;
}

const struct leg_kit_config *leg_kit_settings(const struct leg *leg)
{
    return &leg->kit_config;
}

void leg_set_owner(struct leg *leg, void *owner)
{
    leg->owner = owner;
}

void *leg_owner(const struct leg *leg)
{
    return leg->owner;
}

void leg_set_seat(struct leg *leg, struct media_seat *seat)
{
    leg->seat = seat;
}

struct media_seat *leg_seat(const struct leg *leg)
{
    return leg->seat;
}

int leg_rtp_fd(const struct leg *leg)
{
    return rtp_socket_rtp_fd(leg->socket);
}

uint32_t leg_ssrc(const struct leg *leg)
{
    return leg->ssrc;
}

uint16_t leg_port(const struct leg *leg)
{
    return rtp_socket_port(leg->socket);
}

int leg_family(const struct leg *leg)
{
    return rtp_socket_family(leg->socket);
}

int leg_local_address(const struct leg *leg, const struct sockaddr *remote,
                      char out[INET6_ADDRSTRLEN])
{
    return rtp_socket_local_address(leg->socket, remote, out);
}

const struct leg_plan *leg_plan(const struct leg *leg)
{
    return leg->plan;
}

struct leg_counters *leg_counters(struct leg *leg)
{
    return &leg->counters;
}

void leg_stats_read(const struct leg *leg, struct leg_stats *stats)
{
    const struct leg_counters *from = &leg->counters;
    *stats = (struct leg_stats){
        .packets_received = leg_counter_read(&from->packets_received),
        .octets_received = leg_counter_read(&from->octets_received),
        .packets_sent = leg_counter_read(&from->packets_sent),
        .octets_sent = leg_counter_read(&from->octets_sent),
        .packets_lost = leg_counter_read(&from->packets_lost),
        .packets_late = leg_counter_read(&from->packets_late),
        .packets_duplicate = leg_counter_read(&from->packets_duplicate),
        .packets_overflowed = leg_counter_read(&from->packets_overflowed),
        .packets_refused = leg_counter_read(&from->packets_refused),
        .packets_malformed = leg_counter_read(&from->packets_malformed),
        .packets_unauthentic = leg_counter_read(&from->packets_unauthentic),
        .concealed_ms = leg_counter_read(&from->concealed_us) / 1000,
        .recovered_ms = leg_counter_read(&from->recovered_us) / 1000,
        .shortened_ms = leg_counter_read(&from->shortened_us) / 1000,
        .lengthened_ms = leg_counter_read(&from->lengthened_us) / 1000,
        .send_errors = leg_counter_read(&from->send_errors),
        .jitter_us = (uint32_t)leg_counter_read(&from->jitter_us),
        .buffer_ms = (uint32_t)leg_counter_read(&from->buffer_ms),
        .delay_ms = (uint32_t)leg_counter_read(&from->delay_ms),
        .target_ms = (uint32_t)leg_counter_read(&from->target_ms),
        .level = (uint32_t)leg_counter_read(&from->level),
        .far_jitter_us = (uint32_t)leg_counter_read(&from->far_jitter_us),
        .far_lost = (uint32_t)leg_counter_read(&from->far_lost),
        .far_fraction_lost = (uint8_t)leg_counter_read(&from->far_fraction_lost),
        .has_far = leg_counter_read(&from->has_far) != 0,
        .round_trip_us = (uint32_t)leg_counter_read(&from->round_trip_us),
        .rtcp_received = leg_counter_read(&from->rtcp_received),
        .rtcp_sent = leg_counter_read(&from->rtcp_sent),
        .last_media_ns = (int64_t)leg_counter_read(&from->last_media_ns),
    };
}
