/*
 * video_leg_media.h - the media half of a participant's video: what a video worker needs, and
 * nothing else may touch.
 *
 * One step of one leg (every VIDEO_STEP_MS), in the order the worker calls it:
 *
 *   video_leg_receive(leg, datagram, step)   each datagram: latch > source > packets in order
 *   video_receive_run(leg, step)             what is missing is asked for; frames are decoded
 *   video_send_frame(leg, packets)           at a frame's time: what its class has encoded
 *   video_send_run(leg, step)                as much as the pace allows
 *   video_report_run(leg, step)              RTCP, when it is time
 *
 * The work is in video_receive, video_send and video_report; this struct is what they share.
 *
 * Thread   born and buried on control (video_leg_create, video_leg_destroy); all else: the
 *          video worker that has it. It may allocate and free.
 * Source   RFC 3550, 4585, 4588, 4961, 5104.
 */
#ifndef SERVER_LEG_VIDEO_LEG_MEDIA_H
#define SERVER_LEG_VIDEO_LEG_MEDIA_H

#include "server/leg/leg_counters.h"
#include "server/leg/video_leg.h"
#include "server/leg/video_packets.h"
#include "server/rtp/bandwidth.h"
#include "server/rtp/handshake_service.h"
#include "server/rtp/latch.h"
#include "server/rtp/media_clock.h"
#include "server/rtp/packet_order.h"
#include "server/rtp/rtp_io.h"
#include "server/rtp/rtp_pacer.h"
#include "server/rtp/rtp_source.h"
#include "server/rtp/transport_record.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    VIDEO_STEP_MS = 5,
    VIDEO_HISTORY = 1024, /* packets that can be sent again          */
    VIDEO_QUEUE = 128,    /* frames that wait to be sent             */
    VIDEO_HELD = 10,      /* pictures that wait for their voice      */
    VIDEO_RESENDS = 256,  /* packets asked for again, not yet resent */
};

struct video_leg_media;

/** What a leg tells; given by the worker at join. */
struct video_leg_events {
    /** It needs a key frame of the far end and has no RTCP to ask with. */
    void (*on_need_key)(void *context, struct video_leg_media *leg);
};

/** What the steps of one worker share. */
struct video_step {
    struct rtp_io *io;
    struct handshake_way handshakes;
    int64_t now_ns; /* monotonic */
    struct video_limits limits;
    uint64_t max_sender_bps;
    size_t max_payload_bytes;
    uint64_t packets_received, packets_sent, packets_unauthentic,
        frames_decoded; /* since the worker began */
    unsigned decoders;
    uint8_t clear[RTP_IO_DATAGRAM_BYTES]; /* scratch: one packet that was opened */
};

/** A picture and when it is to be seen. */
struct video_held {
    struct picture *picture;
    int64_t due_ns;
};

/** How much came lately: what is cut off, and what is shown to the API. */
struct video_meter {
    int64_t since_ns;
    uint64_t octets;
    unsigned frames; /* complete, decoded or not         */
    unsigned shown;  /* decoded                          */
    uint64_t bps;    /* of the last whole span           */
    unsigned fps, shown_fps;
};

struct video_receive {
    struct latch latch;
    struct rtp_source source;
    struct packet_order *order; /* NULL before the first plan                     */
    struct transport_record *record;
    struct media_clock clock;
    int64_t round_trip_ns;             /* about the shortest; 0: not known              */
    unsigned codec_index;              /* of what comes now                         */
    struct video_assembler *assembler; /* of that codec; NULL: not needed yet       */
    struct video_decoder *decoder;
    bool wanted;    /* it is shown somewhere: decode. Else it is only counted         */
    bool needs_key; /* nothing can be decoded before the next key frame               */
    unsigned key_tries;
    int64_t key_asked_ns;
    uint8_t fir_sequence;
    int64_t heard_ns;         /* last RTP or RTCP                                            */
    int64_t packet_ns;        /* last video packet                                           */
    int64_t frame_ns;         /* last picture that was decoded                               */
    int64_t arrived_ns;       /* the last packet of the frame that comes now              */
    int64_t seen_less_now_ns; /* smoothed; 0: not known (leg_counters.h)                  */
    int64_t cut_ns;           /* it sends too much: not listened to until then               */
    struct video_meter meter;
    struct video_held held[VIDEO_HELD]; /* oldest first                              */
    unsigned held_count;
    unsigned spare_frames; /* of the room, in a row, in which one was left over               */
    struct picture *picture; /* to be seen now; NULL: none                            */
    unsigned width, height;
    uint64_t asked_bps; /* of the far end, at most; 0: not said yet                  */
    int64_t asked_ns;   /* when that was said last                                   */
    bool ask_changed;
    uint64_t lost, lost_before;
};

struct video_sent {
    struct video_packets *packets; /* NULL: nothing */
    uint16_t sequence, part;
    int64_t resent_ns;
};

struct video_queued {
    struct video_packets *packets;
    unsigned next; /* part */
};

struct video_send {
    uint32_t ssrc, rtx_ssrc, timestamp_offset;
    uint16_t sequence, rtx_sequence, transport_sequence;
    uint32_t packets, octets; /* for SR                              */
    bool needs_key;           /* no frame but a key frame is of use  */
    bool key_asked;           /* the far end wants one               */
    uint64_t key_credit;      /* [key requests / 16] it may still make at once */
    int64_t key_credit_ns;
    uint8_t fir_seen;
    bool has_fir;
    struct video_sent *history; /* [VIDEO_HISTORY], by sequence; NULL: never sent */
    struct video_queued queue[VIDEO_QUEUE];
    unsigned queue_first, queue_count;
    size_t queued_octets;
    uint16_t resend[VIDEO_RESENDS];
    unsigned resend_count;
    struct rtp_pacer pacer;
    uint64_t class_bps; /* of what it is sent               */
    bool has_bandwidth; /* estimation has begun             */
    struct bandwidth bandwidth;
    uint64_t octets_reported; /* sent before the last report block */
    uint64_t octets_total;
    int64_t reported_ns;
};

struct video_report {
    struct latch latch; /* of the RTCP address, when not muxed */
    int64_t due_ns, transport_ns;
    bool tmmbn_due;
    uint64_t tmmbn_bps;
    uint16_t tmmbn_overhead;
    uint32_t tmmbn_owner;
};

struct video_leg_counters {
    leg_counter packets_received, octets_received, packets_sent, octets_sent;
    leg_counter packets_lost, packets_late, packets_duplicate, packets_refused,
        packets_malformed, packets_unauthentic, packets_recovered;
    leg_counter nacks_sent, nacks_received, packets_resent;
    leg_counter key_requests_sent, key_requests_received;
    leg_counter frames_received, frames_decoded, frames_broken, frames_refused, frames_sent,
        key_frames_sent, frozen_ms;
    leg_counter width, height, fps, sent_width, sent_height, sent_fps, sent_bps;
    leg_counter bandwidth_bps, asked_bps, jitter_us, round_trip_us, far_fraction_lost, skew_ms;
    leg_counter showing;
    leg_counter codec_received, codec_sent; /* index into the plan, + 1; 0: none */
};

struct video_class;

struct rtp_guard;

struct video_leg_media {
    struct video_leg *leg;               /* for events; never looked into        */
    struct video_leg_counters *counters; /* borrowed from leg                    */
    struct leg_counters *voice;          /* borrowed: it waits for that; may be NULL */
    struct rtp_socket *socket;           /* borrowed from leg                    */
    const char *cname;                   /* borrowed                             */
    struct video_plan *plan;             /* owned; NULL before the first         */
    /* owned: of plan->security; NULL: plain, or the keys are not known yet */
    struct rtp_guard *guard_in, *guard_out;
    const struct video_leg_events *events;
    void *events_context;
    bool is_settled; /* the socket is connected, or that was tried */
    struct video_receive receive;
    struct video_send send;
    struct video_report report;
    /* of the room that has it (server/video): */
    void *member;
    /* which tells the far end of their transport as a whole: which packets came, how much may;
     * NULL: itself */
    struct video_leg_media *speaker;
    struct video_class *class;
    struct video_leg_media *class_next;
};

/* ---- control, while the media half is at home ---- */

struct video_leg_media *video_leg_take_media(struct video_leg *leg);
void video_leg_return_media(struct video_leg *leg, struct video_leg_media *media);
/** Copies it. @return 0, -ENOMEM. */
int video_leg_note_plan(struct video_leg *leg, const struct video_plan *plan);

/* ---- the worker ---- */

/** Takes the plan (moved) in place of the old one. */
void video_leg_set_plan(struct video_leg_media *media, struct video_plan *plan,
                        struct video_step *step);

/** Lets go of all that it was given or made as a member of a room: before it goes home. */
void video_leg_empty(struct video_leg_media *media, struct video_step *step);

/** One datagram from the RTP (or, @p rtcp, the RTCP) socket; @p data may be anything. */
void video_leg_receive(struct video_leg_media *media, bool rtcp,
                       const struct rtp_datagram *datagram, struct video_step *step);

/** Before what came is looked at in a step: who can prove who he is may have moved. */
void video_leg_begin(struct video_leg_media *media, const struct video_step *step);

/** Whether a packet that has proved authentic came from the far end of @p latch. */
bool video_leg_is_from(const struct video_leg_media *media, struct latch *latch,
                       const struct sockaddr *from);

/** Whether its packets are authenticated. */
bool video_leg_is_secure(const struct video_leg_media *media);

/** Whether anything may be sent: it is plain, or its key is known. */
bool video_leg_can_send(const struct video_leg_media *media);

/** Where to send RTP; NULL: nowhere (held, or not known yet). */
const struct sockaddr *video_leg_target(const struct video_leg_media *media);

#endif
