/* assembly.c - packets to pictures. */
#include "mixer/video_codec/assembly.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST_ROOM = 16384, LEAST_KEPT_ROOM = 2048 };

void assembly_finish(struct assembly *assembly)
{
    free(assembly->bytes);
    free(assembly->kept_bytes);
    *assembly = (struct assembly){0};
}

/* Room for at least @p wanted bytes: a power of two, so that growing is rare. */
static int make_room(uint8_t **bytes, size_t *room, size_t least, size_t wanted)
{
    size_t more = *room ? *room : least;
    while (more < wanted)
        more *= 2;
    if (more == *room)
        return 0;
    uint8_t *grown = realloc(*bytes, more);
    if (!grown)
        return -ENOMEM;
    *bytes = grown;
    *room = more;
    return 0;
}

int assembly_insert(struct assembly *assembly, size_t at, const uint8_t *bytes, size_t length)
{
    assert(at <= assembly->length);
    if (length > VIDEO_MAX_FRAME_BYTES - assembly->length)
        return -EBADMSG;
    const int result =
        make_room(&assembly->bytes, &assembly->room, LEAST_ROOM, assembly->length + length);
    if (result < 0 || !length)
        return result;
    uint8_t *place = assembly->bytes + at;
    memmove(place + length, place, assembly->length - at);
    memcpy(place, bytes, length);
    assembly->length += length;
    return 0;
}

int assembly_append(struct assembly *assembly, const uint8_t *bytes, size_t length)
{
    return assembly_insert(assembly, assembly->length, bytes, length);
}

/* ---- packets ---- */

static void open_picture(struct assembly *assembly, struct video_assembler *assembler,
                         const struct assembly_format *format,
                         const struct video_packet *packet)
{
    assembly->length = 0;
    assembly->timestamp = packet->timestamp;
    assembly->is_after_gap = packet->gap || !assembly->is_started;
    assembly->is_torn = false;
    assembly->is_open = assembly->is_started = true;
    format->begin(assembler);
}

static int add(struct assembly *assembly, struct video_assembler *assembler,
               const struct assembly_format *format, const struct video_packet *packet)
{
    if (!assembly->is_open)
        open_picture(assembly, assembler, format, packet);
    else if (packet->gap)
        assembly->is_torn = true;
    const int result = format->add(assembler, packet);
    if (result < 0)
        assembly->is_torn = true;
    return result;
}

static bool close_picture(struct assembly *assembly, struct video_assembler *assembler,
                          const struct assembly_format *format, struct video_frame *frame)
{
    struct video_frame closed = {0};
    if (!format->finish(assembler, &closed))
        return false;
    closed.bytes = assembly->bytes;
    closed.length = assembly->length;
    closed.timestamp = assembly->timestamp;
    *frame = closed;
    assembly->is_open = false;
    return true;
}

static int keep(struct assembly *assembly, const struct video_packet *packet)
{
    const int result =
        make_room(&assembly->kept_bytes, &assembly->kept_room, LEAST_KEPT_ROOM, packet->length);
    if (result < 0) {
        assembly->is_started = false; /* this packet is lost */
        return result;
    }
    if (packet->length)
        memcpy(assembly->kept_bytes, packet->payload, packet->length);
    assembly->kept = *packet;
    assembly->kept.payload = assembly->kept_bytes;
    assembly->has_kept = true;
    return 0;
}

/* The packet that ended the picture before begins its own. @return whether it is all of it. */
static bool take_kept(struct assembly *assembly, struct video_assembler *assembler,
                      const struct assembly_format *format, const struct video_packet *next,
                      struct video_frame *frame)
{
    assembly->has_kept = false;
    const int result = add(assembly, assembler, format, &assembly->kept);
    return result == 0 && assembly->kept.marker && next->timestamp != assembly->timestamp &&
           close_picture(assembly, assembler, format, frame);
}

/* A packet of the next picture has come. @return whether the one before is to be shown first.
 */
static bool end_before(struct assembly *assembly, struct video_assembler *assembler,
                       const struct assembly_format *format, const struct video_packet *packet,
                       struct video_frame *frame)
{
    struct video_frame before;
    assembly->is_torn |= packet->gap;
    if (!close_picture(assembly, assembler, format, &before)) {
        assembly->is_started &= !assembly->is_after_gap; /* so is what comes now */
        assembly->is_open = false;
        return false;
    }
    if (before.is_broken && packet->marker)
        return false;
    *frame = before;
    return true;
}

int assembly_take(struct assembly *assembly, struct video_assembler *assembler,
                  const struct assembly_format *format, const struct video_packet *packet,
                  struct video_frame *frame)
{
    const bool is_kept_whole =
        assembly->has_kept && take_kept(assembly, assembler, format, packet, frame);
    if (is_kept_whole || (assembly->is_open && packet->timestamp != assembly->timestamp &&
                          end_before(assembly, assembler, format, packet, frame))) {
        const int result = keep(assembly, packet);
        return result < 0 ? result : 1;
    }
    const int result = add(assembly, assembler, format, packet);
    if (result < 0)
        return result;
    return packet->marker && close_picture(assembly, assembler, format, frame);
}
