/*
 * leg_media.h - the media half of a leg: what a worker needs, and nothing else may touch.
 *
 * One tick of one leg, in the order the worker calls it:
 *
 *   leg_media_receive(media, datagram)   each datagram of its sockets: latch > source > jitter
 * buffer leg_media_play(media, now)           20 ms out of the jitter buffer: decode, conceal >
 * voice leg_media_frame(media, rate)         that voice at a bus' rate, to be added to the bus
 *   leg_media_send(media, pcm, now)      what it hears, at its codec's rate: encode > packets
 *   leg_media_report(media, now)         RTCP, when it is time
 *
 * The work is in leg_receive.c, leg_send.c and leg_report.c; this struct is what they share.
 *
 * Thread   born and buried on control (leg_create, leg_destroy); all else: the worker that has
 * it. No function here locks, allocates, logs or waits; socket I/O is the only system call.
 * Source   RFC 3550, 3551, 4733, 4961, 6263.
 */
#ifndef SERVER_LEG_LEG_MEDIA_H
#define SERVER_LEG_LEG_MEDIA_H

#include "mixer/audio/audio_level.h"
#include "mixer/codec/telephone_event.h"
#include "server/leg/leg.h"
#include "server/leg/leg_counters.h"
#include "server/leg/leg_kit.h"
#include "server/rtp/latch.h"
#include "server/rtp/rtcp.h"
#include "server/rtp/rtp_batch.h"
#include "server/rtp/rtp_packet.h"
#include "server/rtp/rtp_source.h"

#include <stdbool.h>
#include <stdint.h>

struct leg_media;

/** What a leg tells while it is played: given by the worker at join. Called in the tick. */
struct leg_media_events {
    void (*on_digit)(void *context, struct leg *leg, char digit);
    /** @return false if it could not be told now: it will be told again. */
    bool (*on_talking)(void *context, struct leg *leg, bool talking);
    bool (*on_no_media)(void *context, struct leg *leg);
    /** A part is missing (leg_kit.h); it goes without until it comes. */
    bool (*on_need)(void *context, struct leg *leg, const struct leg_part *part);
};

struct leg_receive {
    struct latch latch;
    struct rtp_source source;
    struct telephone_event_receiver event;
    unsigned clock_hz;       /* of the jitter buffer: the codec that came last             */
    unsigned codec_index;    /* of what is played now                                      */
    unsigned packet_samples; /* of the packet played last                                  */
    unsigned dry_ticks;      /* ticks in a row without anything to play                    */
    struct audio_talk talk;
    bool told_talking; /* what control was told last                                 */
    bool told_no_media;
    int64_t heard_ns;           /* last sign of life: RTP, RTCP, keepalive, or a new plan     */
    uint64_t lost, lost_before; /* packets: of this source, of those before it              */
    bool spoke;                 /* voice is to be added to the buses in this tick             */
    int16_t voice[PCM_MAX_TICK_SAMPLES]; /* this tick, at the codec's rate, gain applied   */
};

struct leg_send {
    uint32_t ssrc;
    uint16_t sequence;
    uint32_t timestamp;       /* of the first sample in the out fifo                         */
    uint32_t packets, octets; /* for SR; wrap as RFC 3550 section 6.4.1 wants              */
    bool marker;              /* the next packet begins a talkspurt                          */
    struct telephone_event_sender event;
    int64_t keepalive_ns; /* monotonic: when to send one while silent                    */
};

struct leg_report {
    struct latch latch; /* of the RTCP address, when not muxed                         */
    int64_t due_ns;     /* monotonic; 0: not yet set                                   */
    char cname[RTCP_CNAME_BYTES];
};

struct leg_media {
    struct leg *leg;               /* for events; never looked into                  */
    struct leg_counters *counters; /* borrowed from leg                              */
    struct rtp_socket *socket;     /* borrowed from leg                              */
    uint32_t too_long;             /* datagrams of the socket counted so far         */
    int64_t no_media_ns;           /* 0: never                                       */
    struct leg_kit *kit;           /* owned; NULL before the first plan              */
    struct leg_mix mix;
    const struct leg_media_events *events;
    void *events_context;
    struct leg_receive receive;
    struct leg_send send;
    struct leg_report report;
    uint8_t asked_decoders;            /* bit per codec index: on_need was told          */
    uint8_t asked_paths[PCM_RATES];    /* [from], bit per to                             */
    const int16_t *added[PCM_RATES];   /* this tick: the frame that was added per bus    */
    struct leg_media *next, *previous; /* the room's list: server/media/room_media.c     */
    void *room;                        /* the worker's room_media                        */
};

/* ---- control, while the media half is at home ---- */

/** Takes the media half away (leg_is_away() becomes true) or gives it back. */
struct leg_media *leg_take_media(struct leg *leg);
void leg_return_media(struct leg *leg, struct leg_media *media);

/** Notes the plan that was sent with a kit: leg_plan() tells it. */
void leg_note_plan(struct leg *leg, const struct leg_plan *plan);
const struct leg_kit_config *leg_kit_settings(const struct leg *leg);

/* ---- the worker ---- */

/** Swaps the kit; @return the old one (NULL at first), which belongs to control again. */
struct leg_kit *leg_media_set_kit(struct leg_media *media, struct leg_kit *kit, int64_t now_ns);

/** Puts a part in its place (moved).
 *  @return false if it is not wanted any more, and still the caller's. */
bool leg_media_fit(struct leg_media *media, const struct leg_part *part);

/** The rate index of what it hears: its bus. */
int leg_media_listen_rate(const struct leg_media *media);

/** One datagram from the RTP (or, @p rtcp, the RTCP) socket; @p data may be anything. */
void leg_media_receive(struct leg_media *media, bool rtcp, const uint8_t *data, size_t length,
                       const struct sockaddr *from, int64_t arrival_ns);

/** @p ticks were too late and are left out, both ways: so the delay does not grow by them, and
 * our RTP clock stays true. Called between receive and play. */
void leg_media_skip(struct leg_media *media, unsigned ticks, int64_t now_ns);

/** Makes this tick's voice. */
void leg_media_play(struct leg_media *media, int64_t now_ns);

/** The voice at rate index @p to, borrowed until the next play; NULL: nothing to add. Remembers
 *  it in `added`. */
const int16_t *leg_media_frame(struct leg_media *media, unsigned to);

/** Sends 20 ms at the rate of leg_media_listen_rate(). */
void leg_media_send(struct leg_media *media, const int16_t *pcm, int64_t now_ns);

/** Begins a digit. -ENOTSUP, -EBUSY, -EINVAL. */
int leg_media_send_digit(struct leg_media *media, char digit, unsigned duration_ms);

/** RTCP if it is due; @p bye: now, and the last. */
void leg_media_report(struct leg_media *media, int64_t now_ns, bool bye);

#endif
