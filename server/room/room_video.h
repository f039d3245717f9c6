/*
 * room_video.h - how the pictures of a room are composed, as people say it: what can be set,
 * what is allowed, and as text for the store.
 *
 *   struct room_video video = defaults;
 *   wrong = room_video_read(row->video, &video);         what the text does not say stays
 *   room_video_write(&video, text);
 *
 * Shape    the text has a line for each setting: "size 1280x720\nfps 30\n...". Tiles are in
 *          1/LAYOUT_UNITS of the canvas, as layout.h has them.
 * Thread   any; pure.
 */
#ifndef SERVER_ROOM_ROOM_VIDEO_H
#define SERVER_ROOM_ROOM_VIDEO_H

#include "mixer/video/layout.h"
#include "server/video/video.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    ROOM_VIDEO_LEAST_WIDTH = 320,
    ROOM_VIDEO_LEAST_HEIGHT = 180,
    ROOM_VIDEO_MAX_WIDTH = 1920,
    ROOM_VIDEO_MAX_HEIGHT = 1080,
    ROOM_VIDEO_LEAST_KBPS = 64,
    ROOM_VIDEO_MAX_KBPS = 8000,
    ROOM_VIDEO_IMAGE_BYTES = 129,
    ROOM_VIDEO_TEXT_BYTES = 2048,
    ROOM_VIDEO_COLOUR_BYTES = 8,
};

struct room_video {
    bool enabled;           /* false: calls have voice only                           */
    unsigned width, height; /* of the composed picture; even                          */
    unsigned fps;           /* VIDEO_LEAST_FPS..VIDEO_MAX_FPS                         */
    unsigned bitrate_kbps;  /* the most for one receiver                              */
    struct layout layout;
    bool own_view; /* false: all see the same; true: nobody sees himself, which takes an
                      encoder for each                                                */
    bool names, frame_talker;
    bool fill;       /* pictures are cut to fill their tiles; false: shown whole       */
    uint32_t ground; /* 0xRRGGBB                                                       */
    char background[ROOM_VIDEO_IMAGE_BYTES]; /* a file of the images directory; "": none */
    char logo[ROOM_VIDEO_IMAGE_BYTES];       /* as above                                 */
};

/** What a room has that says nothing, and of which the operator has said nothing. */
extern const struct room_video ROOM_VIDEO_DEFAULT;

/** True if every number is in its range, and every name and the layout are valid. */
bool room_video_is_valid(const struct room_video *video);
bool room_video_equal(const struct room_video *one, const struct room_video *other);

/** True for an even width and height within the limits. */
bool room_video_size_is_valid(unsigned width, unsigned height);
/** "360p", "480p", "540p", "720p", "1080p" (16:9). @return 0 or -EINVAL. */
int room_video_size_parse(const char *word, unsigned *width, unsigned *height);
/** The word of a size, a constant; NULL: it has none. */
const char *room_video_size_word(unsigned width, unsigned height);

/** "#rrggbb". @return 0 or -EINVAL. */
int room_video_colour_parse(const char *text, uint32_t *colour);
void room_video_colour_write(uint32_t colour, char out[ROOM_VIDEO_COLOUR_BYTES]);

void room_video_write(const struct room_video *video, char out[ROOM_VIDEO_TEXT_BYTES]);
/** Reads over what @p video is. @return how many lines were none: each leaves what there was,
 *  and so does a wrong tile the layout. */
unsigned room_video_read(const char *text, struct room_video *video);

/** For the engine. @p images_directory: NULL, there are no pictures. */
struct video_room_settings room_video_to_engine(const struct room_video *video,
                                                const char *images_directory);

#endif
