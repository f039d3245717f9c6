/*
 * assembly.h - what all payload formats do alike with packets: which belong to one picture,
 * what is missing, and the bytes of the picture so far. What is in a packet the format says.
 *
 *   struct video_assembler { struct assembly assembly;  ...the format's own... };
 *   static const struct assembly_format format = {begin, add, finish};
 *   return assembly_take(&assembler->assembly, assembler, &format, packet, frame);
 *
 * A picture ends with the marker bit, or before a packet with another time stamp; that packet
 * is then kept for the next call. Is the picture before it torn and this packet a picture by
 * itself, the torn one is left out: it could not be shown, and the pictures would lag behind
 * their packets.
 *
 * Thread   whoever has the assembler. The memory grows with the largest picture.
 * Errors   -EBADMSG: no payload of this format, or a picture of more than
 *          VIDEO_MAX_FRAME_BYTES; -ENOMEM. Either tears the picture.
 * Source   RFC 3550 section 5.1 (marker, time stamp).
 */
#ifndef MIXER_VIDEO_CODEC_ASSEMBLY_H
#define MIXER_VIDEO_CODEC_ASSEMBLY_H

#include "mixer/video_codec/video_codec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct assembly {
    uint8_t *bytes; /* of the picture so far */
    size_t length;
    uint32_t timestamp;
    bool is_after_gap; /* packets before the first one of this picture are lost */
    bool is_torn;      /* packets within it are lost, or were none              */
    /* private: */
    size_t room;
    bool is_open;    /* a picture is begun                                 */
    bool is_started; /* what came before the next picture has been counted */
    bool has_kept;
    struct video_packet kept;
    uint8_t *kept_bytes;
    size_t kept_room;
};

/** What a payload format does. */
struct assembly_format {
    /** A picture begins; is_after_gap is known. */
    void (*begin)(struct video_assembler *assembler);
    /** Takes what is in the packet. @return 0 or a negative errno. */
    int (*add)(struct video_assembler *assembler, const struct video_packet *packet);
    /** The picture is over. @return whether there is one (not parameter sets only), and then
     *  all of *frame but the time stamp. */
    bool (*finish)(struct video_assembler *assembler, struct video_frame *frame);
};

/** Frees what it holds. A zeroed one is allowed. */
void assembly_finish(struct assembly *assembly);

/** As video_codec.h says of assemble(). */
int assembly_take(struct assembly *assembly, struct video_assembler *assembler,
                  const struct assembly_format *format, const struct video_packet *packet,
                  struct video_frame *frame);

/** Adds @p length bytes at the end. @return 0, -EBADMSG: too long; -ENOMEM. */
int assembly_append(struct assembly *assembly, const uint8_t *bytes, size_t length);

/** The same at any place, @p at <= length. */
int assembly_insert(struct assembly *assembly, size_t at, const uint8_t *bytes, size_t length);

#endif
