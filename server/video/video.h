/*
 * video.h - the picture engine: workers that receive, decode, compose, encode and send; the
 * rooms' canvases on them, the video legs in those.
 *
 *   video_create(&config, loop, &events, context, &video);
 *   video_room_create(video, &settings, &room);            no timer without legs
 *   video_join(room, leg, &plan, &look);                   the media half goes away
 *   video_replan(leg, &plan);  video_set_look(leg, &look); while it is away
 *   video_seat_voice(room, ...)                            members without video are seen, too
 *   video_leave(leg);  ...  events.on_left(leg)            it is home again
 *   video_record(room, recorder);                         what all see goes into a file, too
 *   video_room_destroy(room);                              once every member has left
 *
 * A room's pictures live on one worker. Each tick of the room's frame rate it draws what has
 * changed (one canvas for all; one more for each who is not to see itself), and encodes once
 * per class: codec, profile, size, frame rate, step of the bit rate. Audio is never waited for
 * and never kept waiting: video workers have the lowest priority, and when they cannot keep up,
 * the frame rate falls.
 *
 * Thread   control: every function and every event. Workers are inside.
 * Errors   0 or a negative errno; on error nothing moved.
 */
#ifndef SERVER_VIDEO_VIDEO_H
#define SERVER_VIDEO_VIDEO_H

#include "mixer/video/layout.h"
#include "server/leg/video_leg.h"
#include "server/loop/loop.h"
#include "server/rtp/handshake_service.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct video;
struct video_room;
struct video_member;
struct recorder;

enum {
    VIDEO_NAME_BYTES = 129,
    VIDEO_PATH_BYTES = 512,
    VIDEO_MAX_FPS = 30,
    VIDEO_LEAST_FPS = 5,
    VIDEO_MAX_MEMBERS = 1000,
};

/** Called on control, from the loop. */
struct video_events {
    /** @p leg is home: it may be destroyed, or join another room. */
    void (*on_left)(void *context, struct video_leg *leg);
    /** A key frame is needed and RTCP cannot ask for it: SIP INFO may (RFC 5168). */
    void (*on_need_key)(void *context, struct video_leg *leg);
    /** Its picture has come, or is gone (no frames for some seconds, or all broken). */
    void (*on_showing)(void *context, struct video_leg *leg, bool showing);
};

struct video_config {
    unsigned workers; /* 0: one per core                                            */
    unsigned max_width, max_height;  /* of what is decoded, e.g. 1920 x 1088          */
    unsigned max_sender_bps;         /* a leg that sends more is cut off for a while  */
    unsigned max_payload_bytes;      /* of RTP packets, e.g. 1200                     */
    struct handshake_way handshakes; /* of the first worker; the others have the next numbers */
};

/** How a room is composed. */
struct video_room_settings {
    unsigned width, height, fps; /* of the canvas: 640x360 .. 1920x1080, even; 5..30 */
    unsigned bitrate_bps;        /* the most for one receiver                        */
    struct layout layout;
    bool own_view;     /* false: everybody sees the same; true: nobody sees itself, and each has
                          a canvas and an encoder of its own                             */
    bool names;        /* names under the pictures                                      */
    bool frame_talker; /* a frame round who talks                                       */
    bool fill;         /* pictures fill their tiles and are cut; false: shown whole     */
    uint32_t ground;   /* 0xRRGGBB                                                      */
    char background[VIDEO_PATH_BYTES]; /* a picture's path; "": none                     */
    char logo[VIDEO_PATH_BYTES];       /* as above; upper right corner                   */
};

/** How a member is shown. Copied. */
struct video_look {
    char name[VIDEO_NAME_BYTES]; /* UTF-8 */
    bool muted, hand_raised;     /* signs before the name                         */
    bool hidden;                 /* not shown at all                              */
    bool presents;
    bool slides;      /* it is what somebody presents, beside his camera: shown while it comes,
                        and then his camera is not what he presents                        */
    uint64_t person;  /* whose it is: both pictures of one have one number; 0: not said    */
    bool video_muted; /* by a moderator: its avatar is shown, its packets are not decoded */
    unsigned pinned;  /* 1 first; 0: not                               */
    char avatar[VIDEO_PATH_BYTES]; /* a picture's path; "": its initials          */
    uint64_t joined;               /* rising: order in layouts                      */
};

struct video_stats {
    uint64_t packets_received, packets_sent, packets_unauthentic;
    uint64_t frames_decoded, frames_composed, frames_encoded, key_frames_encoded;
    uint64_t frames_skipped; /* late: the frame rate fell                          */
    uint64_t pixels_encoded;
    uint64_t busy_ns; /* of all workers                                     */
    unsigned workers, rooms, legs, encoders, decoders;
    double load; /* the busiest worker's share of the last seconds, 0..1           */
};

/** What a room does now, for the API. */
struct video_room_stats {
    unsigned shown;    /* members in tiles                                         */
    unsigned decoders; /* of them with a picture                                   */
    unsigned classes;  /* encoders                                                 */
    unsigned canvases;
    unsigned fps;    /* as reached                                               */
    double load;     /* of one core, in the last seconds                         */
    char layout[24]; /* the word of the layout in use                            */
};

int video_create(const struct video_config *config, struct loop *loop,
                 const struct video_events *events, void *context, struct video **video);
/** Stops the workers. Every leg must have left. NULL is allowed. */
void video_destroy(struct video *video);

/** Share of a core that one more leg of this kind would cost, as measured at start: decoding
 *  what it sends, and, if @p own_encoder, composing and encoding for it alone. */
double video_cost(const struct video *video, const struct video_room_settings *settings,
                  bool own_encoder);
/** Whether there is room for @p cost more in @p room, which stays with one worker; NULL: in one
 *  that is yet to be made. */
bool video_has_room(struct video *video, const struct video_room *room, double cost);

int video_room_create(struct video *video, const struct video_room_settings *settings,
                      struct video_room **room);
void video_room_change(struct video_room *room, const struct video_room_settings *settings);
/** Every leg must have left (on_left), every member without video be removed, and no recording
 * go on. NULL is allowed.
 */
void video_room_destroy(struct video_room *room);

/** Sends the leg into the room. -EBUSY: it is away already; -ENOMEM; -EINVAL: no codec. */
int video_join(struct video_room *room, struct video_leg *leg, const struct video_plan *plan,
               const struct video_look *look);
/** Asks for the leg back; on_left follows. Allowed once per join. */
void video_leave(struct video_leg *leg);
/** Replaces the plan of a leg that is away. */
int video_replan(struct video_leg *leg, const struct video_plan *plan);
void video_set_look(struct video_leg *leg, const struct video_look *look);
/** It asked by SIP INFO for a key frame. */
void video_request_key(struct video_leg *leg);
/** It talks; of all members of the room the one that has the floor last is the talker. */
void video_set_talker(struct video_leg *leg);

/** Members without video are shown by their avatars. @return NULL: no memory. */
struct video_member *video_add_voice(struct video_room *room, const struct video_look *look);
void video_voice_set_look(struct video_member *member, const struct video_look *look);
void video_voice_set_talker(struct video_member *member);
void video_remove_voice(struct video_member *member); /* NULL is allowed */

/** Pictures that come by no leg. */
struct video_source {
    /** On the room's worker, before each frame: that of now, borrowed until the next call;
     * NULL: there is none. Must not wait. */
    struct picture *(*picture)(void *context, int64_t now_ns);
    /** On control: it is asked no more. */
    void (*release)(void *context);
    void *context;
};
/** A member who shows what @p source (copied) has; it goes by video_remove_voice(). NULL: no
 *  memory, and release() is not called. */
struct video_member *video_add_source(struct video_room *room, const struct video_look *look,
                                      const struct video_source *source);

/** Takes a picture of the room (@p leg NULL) or of what @p leg sends, as JPEG. @p on_done is
 *  called on control, once: 0 and bytes (borrowed for the call), or -ENODATA: there is none.
 *  @return 0, -ENOMEM, -EBUSY: too many at once. */
typedef void video_on_snapshot(void *context, int error, const uint8_t *jpeg, size_t length);
int video_snapshot(struct video_room *room, struct video_leg *leg, unsigned max_width,
                   video_on_snapshot *on_done, void *context);

/** Has everybody's picture recorded, as VP8 of the room's size and rate (RECORDER_PICTURES is
 *  lent): by the encoder of those who get the same, if there are any, or one more. The room is
 *  composed as long as it is, whether anybody sees it or not. @return 0; -EBUSY: it is recorded
 *  already. */
int video_record(struct video_room *room, struct recorder *recorder);
/** Ends that: the recorder is returned soon. Nothing if it is not recorded. */
void video_record_end(struct video_room *room);

void video_stats_read(struct video *video, struct video_stats *stats);
void video_room_stats_read(const struct video_room *room, struct video_room_stats *stats);

#endif
