/*
 * leg_media.h - the media half of a leg: what a worker needs, and nothing else may touch.
 *
 * One tick of one leg, in the order the worker calls it:
 *
 *   leg_media_receive(media, datagram, tick)  each datagram: latch > source > jitter buffer
 *   leg_voice_level(media, tick)              how loud is what comes now?
 *   leg_voice_play(media, tick, pcm)          20 ms out of the jitter buffer, decoded; or
 *   leg_voice_pass(media, tick)               ... left out, because it will not be heard
 *   leg_out_run(&...->out, sum, ...)          what it hears, encoded: by it, or by another
 *   leg_media_send(media, &packets, ...)      its own headers before it, and away
 *   leg_media_report(media, tick, false)      RTCP, when it is time
 *
 * The work is in leg_receive.c, leg_voice.c, leg_out.c, leg_send.c and leg_report.c; this
 * struct is what they share.
 *
 * Thread   born and buried on control (leg_create, leg_destroy); all else: the worker that has
 *          it. No function here locks, allocates, logs or waits; socket I/O is the only system
 *          call.
 * Source   RFC 3550, 3551, 4733, 4961, 6263, 6464, 6465.
 */
#ifndef SERVER_LEG_LEG_MEDIA_H
#define SERVER_LEG_LEG_MEDIA_H

#include "mixer/audio/audio_agc.h"
#include "mixer/audio/audio_key.h"
#include "mixer/audio/audio_level.h"
#include "mixer/audio/audio_speakers.h"
#include "mixer/codec/comfort_noise.h"
#include "mixer/codec/telephone_event.h"
#include "server/leg/leg.h"
#include "server/leg/leg_counters.h"
#include "server/leg/leg_kit.h"
#include "server/leg/leg_lips.h"
#include "server/leg/leg_tick.h"
#include "server/rtp/latch.h"
#include "server/rtp/media_clock.h"
#include "server/rtp/rtcp.h"
#include "server/rtp/rtp_packet.h"
#include "server/rtp/rtp_source.h"

#include <stdbool.h>
#include <stdint.h>

struct leg_media;
struct room_media;
struct media_play;

/** What a leg tells while it is played: given by the worker at join. Called in the tick. */
struct leg_media_events {
    /** @p in_band: heard as a tone, not told as an event. */
    void (*on_digit)(void *context, struct leg *leg, char digit, bool in_band);
    /** @return false if it could not be told now: it will be told again. */
    bool (*on_talking)(void *context, struct leg *leg, bool talking);
    bool (*on_no_media)(void *context, struct leg *leg);
    /** A part is missing (leg_kit.h); it goes without until it comes. */
    bool (*on_need)(void *context, struct leg *leg, const struct leg_part *part);
};

enum {
    LEG_LEVEL_UNKNOWN = 255,       /* only decoding can tell                     */
    LEG_DECODED_AWAY = UINT16_MAX, /* decoded, and not worth to be kept          */
};

struct leg_receive {
    struct latch latch;
    struct rtp_source source;
    struct telephone_event_receiver event;
    struct media_clock clock; /* the sender's, by its reports                               */
    unsigned clock_hz;        /* of the jitter buffer: the codec that came last             */
    struct leg_lips lips;     /* is its picture late?                                       */
    bool told_no_media;
    int64_t opened_ns;          /* last RTP packet that was authentic                         */
    int64_t heard_ns;           /* last sign of life: RTP, RTCP, keepalive, or a new plan     */
    uint64_t lost, lost_before; /* packets: of this source, of those before it              */
    unsigned arrived;           /* audio packets since the last tick                          */
    uint8_t level;      /* the loudest of them, -dBov; LEG_LEVEL_UNKNOWN; kept if none came */
    bool level_is_told; /* by the sender itself (RFC 6464), not by its payload               */
    unsigned level_ticks; /* ticks since a packet said so                               */
};

struct leg_voice {
    struct audio_speaker speaker; /* is it loud enough to be heard?                       */
    uint8_t level;                /* of this tick, -dBov                                   */
    unsigned codec_index;         /* of what is played now                                */
    unsigned quiet_ticks;    /* since what was decoded was anything but quiet                */
    unsigned packet_samples; /* of the packet played last                            */
    unsigned dry_ticks;      /* ticks in a row without anything to play              */
    unsigned ahead;      /* samples at the end of the last packet, taken but not decoded      */
    bool is_stale;       /* the decoder has not seen the last packet: it must be warmed up    */
    bool is_paused;      /* the sender pauses (DTX, CN): what is missing is not lost          */
    uint32_t overflowed; /* of the jitter buffer, as far as they are counted            */
    unsigned losses;     /* packets made up, in this span of some seconds                 */
    unsigned recoveries; /* ... and found in a later packet                               */
    unsigned span_ticks; /* of that span, so far                                          */
    bool no_fec;         /* later packets carry nothing: not worth a longer delay         */
    bool holds_spare;    /* waits a packet longer, for the sake of FEC                    */
    bool has_noise;      /* a CN packet has come in this pause                                */
    uint16_t noise_sequence; /* of that packet                                          */
    struct comfort_noise_generator noise; /* what it says of the quiet over there       */
    struct audio_agc agc;
    unsigned dtmf_rate_hz; /* that the kit's dtmf was begun with; 0: not begun           */
    struct audio_talk talk;
    bool told_talking; /* what control was told last */
};

struct leg_send {
    uint32_t ssrc;
    uint16_t sequence;
    uint32_t timestamp;       /* of this tick's first sample; once it is sent, the next's  */
    uint32_t packets, octets; /* for SR; wrap as RFC 3550 section 6.4.1 wants              */
    bool marker;              /* the next packet begins a talkspurt                        */
    bool is_reported;         /* a report has said that packets came                       */
    unsigned loss_q4;         /* percent of ours lost, as it reports, smoothed; in 1/16     */
    bool redundant;           /* it loses: send each packet twice (RED)                    */
    struct telephone_event_sender event;
    int64_t keepalive_ns; /* monotonic: when to send one while silent                    */
};

struct leg_report {
    struct latch latch; /* of the RTCP address, when not muxed                         */
    int64_t due_ns;     /* monotonic; 0: not yet set                                   */
    const char *cname;  /* borrowed                                                    */
};

/** Whose voices are in a packet, for its CSRC list. */
struct leg_heard {
    unsigned count;
    uint32_t ssrc[RTP_MAX_CSRC];
    uint8_t level[RTP_MAX_CSRC]; /* -dBov */
};

struct leg_media {
    struct leg *leg;               /* for events; never looked into                  */
    struct leg_counters *counters; /* borrowed from leg                              */
    struct rtp_socket *socket;     /* borrowed from leg                              */
    int64_t no_media_ns;           /* 0: never                                       */
    struct leg_kit *kit;           /* owned; NULL before the first plan              */
    struct leg_mix mix;
    const struct leg_media_events *events;
    void *events_context;
    struct leg_receive receive;
    struct leg_voice voice;
    struct leg_send send;
    struct leg_report report;
    uint32_t too_long;              /* datagrams that the socket dropped, as counted        */
    uint32_t send_errors;           /* of the socket, as counted                            */
    bool is_settled;                /* the socket is connected, or that was tried           */
    uint16_t asked_decoders;        /* bit per codec index: on_need was told          */
    uint8_t asked_paths[PCM_RATES]; /* [from], bit per to                             */
    bool asked_denoise;
    /* of the room that has it (server/media): */
    struct room_media *room;
    struct leg_media *next, *previous; /* the room's list                                */
    struct leg_media *leader;          /* who encoded what it heard in the last tick: itself, or
                                          another of the room; NULL: nobody yet                    */
    struct media_play *play; /* a sound that is for it alone, or NULL                    */
    struct audio_key key;    /* that is pressed for it, as sound                         */
    unsigned spoken;         /* this tick: its voice in the mix, from 1; 0: none         */
    unsigned decoded;        /* this tick: where its sound is, from 1; 0: nowhere; AWAY   */
    uint8_t prepared;        /* the buses that it has ways to, or asked for them         */
};

/* ---- control, while the media half is at home ---- */

/** Takes the media half away (leg_is_away() becomes true) or gives it back. */
struct leg_media *leg_take_media(struct leg *leg);
void leg_return_media(struct leg *leg, struct leg_media *media);

/** Notes the kit that is sent to the media half: leg_plan() tells its plan. Borrowed: the kit
 *  lives until the next one has taken its place, or the leg ends. */
void leg_note_kit(struct leg *leg, const struct leg_kit *kit);
const struct leg_kit_config *leg_kit_settings(const struct leg *leg);

/* ---- the worker ---- */

/** Swaps the kit; @return the old one (NULL at first), which belongs to control again. */
struct leg_kit *leg_media_set_kit(struct leg_media *media, struct leg_kit *kit, int64_t now_ns);

/** Puts a part in its place (moved).
 *  @return false if it is not wanted any more, and still the caller's. */
bool leg_media_fit(struct leg_media *media, const struct leg_part *part);

/** Asks control for a part, once. */
void leg_media_need(struct leg_media *media, const struct leg_part *part);

/** Whether its packets are authenticated. */
bool leg_media_is_secure(const struct leg_media *media);

/** Whether a packet, opened if need be, came from the far end of @p latch. */
bool leg_media_is_from(const struct leg_media *media, struct latch *latch,
                       const struct sockaddr *from, uint32_t ssrc, int64_t arrival_ns);

/** What it sends with. */
struct leg_out *leg_media_out(struct leg_media *media);

/** One datagram from the RTP (or, @p rtcp, the RTCP) socket; @p data may be anything. */
void leg_media_receive(struct leg_media *media, bool rtcp, const uint8_t *data, size_t length,
                       const struct sockaddr *from, int64_t arrival_ns, struct leg_tick *tick);

/** Before what came in this tick is looked at: counts what the socket dropped, and connects it
 *  once no other peer may take the place of the one that it has. */
void leg_media_begin(struct leg_media *media, struct leg_tick *tick);

/** tick->skipped ticks are left out, both ways: so the delay does not grow by them, and our RTP
 *  clock stays true. Called between receive and play. */
void leg_media_skip(struct leg_media *media, struct leg_tick *tick);

/* ---- leg_send.c ---- */

/** Whether it is to be sent sound: false while it is held, or nowhere to be found. */
bool leg_media_listens(const struct leg_media *media);

/** It is the next that sends: rtp_guard_expect(). */
void leg_media_expect_send(const struct leg_media *media);

/** Sends this tick's packets (NULL: it does not listen); digits go before. @p heard may be
 *  NULL. To be called once a tick. */
void leg_media_send(struct leg_media *media, const struct leg_packets *packets,
                    const struct leg_heard *heard, struct leg_tick *tick);

/** Begins a digit. -ENOTSUP, -EBUSY, -EINVAL. */
int leg_media_send_digit(struct leg_media *media, char digit, unsigned duration_ms);

/* ---- leg_report.c ---- */

/** RTCP if it is due; @p bye: now, and the last. */
void leg_media_report(struct leg_media *media, struct leg_tick *tick, bool bye);

#endif
