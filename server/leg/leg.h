/*
 * leg.h - one participant's media leg: the control half. It owns ports and counters; its other
 * half, struct leg_media, is born here, works on a media worker, and is buried here.
 *
 *   leg_create(ports, family, &leg);   the ports are bound: SDP can be written
 *   media_join(media_room, leg, ...);  the media half goes to a worker (server/media/media.h)
 *   media_leave(leg);  ...on_left...   leg_destroy(leg);
 *
 * Thread   control; leg_stats_read(): control.
 * Source   RFC 3550; the struct of counters is what API and metrics show.
 */
#ifndef SERVER_LEG_LEG_H
#define SERVER_LEG_LEG_H

#include "mixer/audio/audio_gain.h"
#include "server/leg/leg_plan.h"
#include "server/rtp/rtp_socket.h"

#include <stdbool.h>
#include <stdint.h>

struct leg;

/** Counters of a leg: a copy, taken at one moment. Rates and means are the reader's to make. */
struct leg_stats {
    uint64_t packets_received, octets_received, packets_sent, octets_sent;
    uint64_t packets_lost; /* RFC 3550 A.3, not below 0                               */
    uint64_t packets_late; /* came after their turn                                   */
    uint64_t packets_duplicate;
    uint64_t packets_overflowed;  /* thrown away unplayed, as too much waited                */
    uint64_t packets_refused;     /* from strangers (latch)                                  */
    uint64_t packets_malformed;   /* no RTP, unknown payload type, undecodable               */
    uint64_t packets_unauthentic; /* not encrypted with the key that was agreed            */
    uint64_t concealed_ms;        /* made up for what was lost                               */
    uint64_t recovered_ms;        /* of what was lost, found in a later packet (FEC, RED)    */
    uint64_t shortened_ms, lengthened_ms; /* by time-stretching, for the sake of the delay */
    uint64_t send_errors;
    uint32_t jitter_us; /* interarrival jitter of what we receive                  */
    uint32_t buffer_ms; /* now waiting in the jitter buffer                        */
    uint32_t delay_ms;  /* what is played now came so long ago, network aside      */
    uint32_t target_ms; /* what it aims to hold                                    */
    uint32_t level;     /* -dBov of the last tick, 127: silence                    */
    /* what the far end's RTCP says of our sending: */
    uint32_t far_jitter_us;
    uint32_t far_lost;
    uint8_t far_fraction_lost; /* of 256                                                  */
    bool has_far;              /* at least one report block came                          */
    uint32_t round_trip_us;    /* 0: not known                                            */
    uint64_t rtcp_received, rtcp_sent;
    int64_t last_media_ns; /* monotonic arrival of the last good packet; 0: never     */
};

/** How a leg stands in the mix: the room's word. Zeroed is silence both ways: use LEG_MIX_OPEN.
 *
 *  Who hears whom: a room has up to 32 circles, a bit each; circle 0 is the conference. A hears
 *  B if A's `hears` and B's `says` have a circle in common. A whisper, a sidebar, listeners who
 *  may not speak: all are values of these two.
 */
struct leg_mix {
    bool muted;          /* not heard by others                          */
    bool deafened;       /* hears nothing                                */
    bool levelled;       /* its voice is brought to the common loudness  */
    bool denoised;       /* noise is taken out of its voice              */
    int8_t place;        /* in stereo: -100 left .. 100 right            */
    audio_gain gain_in;  /* of what it says                              */
    audio_gain gain_out; /* of what it hears                             */
    uint32_t says;       /* the circles that its voice goes to           */
    uint32_t hears;      /* the circles that it listens to               */
};
enum { LEG_CIRCLE_MAIN = 1 };
#define LEG_MIX_OPEN                                                                           \
    ((struct leg_mix){.gain_in = AUDIO_GAIN_ONE,                                               \
                      .gain_out = AUDIO_GAIN_ONE,                                              \
                      .says = LEG_CIRCLE_MAIN,                                                 \
                      .hears = LEG_CIRCLE_MAIN})

/** What a leg is made with; the room fills it from conf. */
struct leg_config {
    unsigned jitter_ms, jitter_limit_ms; /* the least and the most the buffer aims at */
    unsigned no_media_timeout_s;
    const char *cname; /* RTCP CNAME of ours, e.g. "raduno-7f3a@host"; borrowed
                          until leg_destroy() */
};

/**
 * Binds ports and makes both halves. Nothing is sent or heard before the first plan.
 *
 * @return 0 and *leg, owned by the caller; rtp_socket_open()'s errors; -ENOMEM.
 */
int leg_create(struct rtp_ports *ports, int family, const struct leg_config *config,
               struct leg **leg);

/** The same on a port that is shared: the sound's inlet of @p transport. */
int leg_create_shared(struct shared_transport *transport, const struct leg_config *config,
                      struct leg **leg);

/** Frees both halves and gives the ports back. The media half must be at home. NULL is allowed.
 */
void leg_destroy(struct leg *leg);

/** True while the media half is with a worker. */
bool leg_is_away(const struct leg *leg);

/** Whose leg this is: set by the room, never looked at by the leg. */
void leg_set_owner(struct leg *leg, void *owner);
void *leg_owner(const struct leg *leg);

/** Its place in a mix: set and read by server/media only, never looked at by the leg. */
struct media_seat;
void leg_set_seat(struct leg *leg, struct media_seat *seat);
struct media_seat *leg_seat(const struct leg *leg);

/** The SSRC of what it sends. */
uint32_t leg_ssrc(const struct leg *leg);

/** Its port for RTP; RTCP has the next. */
uint16_t leg_port(const struct leg *leg);

/** AF_INET or AF_INET6, of a leg with ports of its own. */
int leg_family(const struct leg *leg);

/** Its descriptor for RTP, still its own: to be copied for what shares the port. */
int leg_rtp_fd(const struct leg *leg);

/** The address for SDP, as seen by a peer at @p remote. @return 0 or -EHOSTUNREACH. */
int leg_local_address(const struct leg *leg, const struct sockaddr *remote,
                      char out[INET6_ADDRSTRLEN]);

/** The plan in force (the last that was set), or NULL before the first. Borrowed until the next
 *  one, or the end of the leg. */
const struct leg_plan *leg_plan(const struct leg *leg);

/** For the picture of the same participant: each waits for the other (leg_lips.h). Borrowed
 *  until leg_destroy(). */
struct leg_counters;
struct leg_counters *leg_counters(struct leg *leg);

/** Copies the counters. */
void leg_stats_read(const struct leg *leg, struct leg_stats *stats);

#endif
