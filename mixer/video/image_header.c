/* image_header.c - walks over chunks and segments, never beyond the end. */
#include "mixer/video/image_header.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

enum { MAX_SCANS = 64, PNG_SIGNATURE = 8, PNG_AROUND = 12 /* length, type, checksum */ };

static const uint8_t png_signature[PNG_SIGNATURE] = {0x89, 'P',  'N',  'G',
                                                     '\r', '\n', 0x1a, '\n'};

struct reader {
    const uint8_t *bytes;
    size_t length, at;
};

static size_t left(const struct reader *reader)
{
    return reader->length - reader->at;
}

/* The next @p count bytes, passed over; NULL if there are not so many. */
static const uint8_t *take(struct reader *reader, size_t count)
{
    if (left(reader) < count)
        return NULL;
    const uint8_t *bytes = reader->bytes + reader->at;
    reader->at += count;
    return bytes;
}

static uint32_t big(const uint8_t *bytes, unsigned count)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < count; i++)
        value = value << 8 | bytes[i];
    return value;
}

static uint32_t little(const uint8_t *bytes, unsigned count)
{
    uint32_t value = 0;
    for (unsigned i = count; i; i--)
        value = value << 8 | bytes[i - 1];
    return value;
}

/* --- PNG ------------------------------------------------------------------------------------
 */

/* One chunk, passed over. @return its data; NULL: there is no whole one. */
static const uint8_t *take_chunk(struct reader *reader, char type[4], uint32_t *length)
{
    const uint8_t *head = take(reader, 8);
    if (!head)
        return NULL;
    *length = big(head, 4);
    memcpy(type, head + 4, 4);
    const uint8_t *data = take(reader, *length);
    return data && take(reader, 4) ? data : NULL;
}

static bool is_type(const char type[4], const char *name)
{
    return memcmp(type, name, 4) == 0;
}

static int read_png(struct reader *reader, struct image_header *header)
{
    char type[4];
    uint32_t length;
    reader->at = PNG_SIGNATURE;
    const uint8_t *data = take_chunk(reader, type, &length);
    if (!data || !is_type(type, "IHDR") || length != 13)
        return -EBADMSG;
    header->kind = IMAGE_PNG;
    header->width = big(data, 4);
    header->height = big(data + 4, 4);
    bool has_data = false;
    while (take_chunk(reader, type, &length)) {
        if (is_type(type, "IHDR"))
            return -EBADMSG;
        if (is_type(type, "IDAT"))
            has_data = true;
        if (is_type(type, "IEND"))
            return has_data ? 0 : -EBADMSG;
    }
    return -EBADMSG;
}

size_t image_header_strip_png(const uint8_t *bytes, size_t length, uint8_t *out)
{
    static const char *const needed[] = {"IHDR", "PLTE", "tRNS", "IDAT", "IEND"};
    struct reader reader = {bytes, length, PNG_SIGNATURE};
    size_t written = PNG_SIGNATURE, from = reader.at;
    char type[4];
    uint32_t ignored;
    memcpy(out, bytes, PNG_SIGNATURE);
    while (take_chunk(&reader, type, &ignored)) {
        for (unsigned i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
            if (!is_type(type, needed[i]))
                continue;
            memcpy(out + written, bytes + from, reader.at - from);
            written += reader.at - from;
        }
        from = reader.at;
    }
    return written;
}

/* --- JPEG -----------------------------------------------------------------------------------
 */

enum {
    JPEG_SOF0 = 0xc0,
    JPEG_SOF2 = 0xc2,
    JPEG_DHT = 0xc4,
    JPEG_JPG = 0xc8,
    JPEG_DAC = 0xcc,
    JPEG_SOF15 = 0xcf,
    JPEG_RST0 = 0xd0,
    JPEG_RST7 = 0xd7,
    JPEG_SOI = 0xd8,
    JPEG_EOI = 0xd9,
    JPEG_SOS = 0xda,
    JPEG_TEM = 0x01,
};

static bool is_frame(unsigned marker)
{
    return marker >= JPEG_SOF0 && marker <= JPEG_SOF15 && marker != JPEG_DHT &&
           marker != JPEG_JPG && marker != JPEG_DAC;
}

/* Passes over what is no marker: nothing between segments, all data of a scan. @return the next
 * marker, 0: there is none. */
static unsigned next_marker(struct reader *reader, bool in_scan)
{
    while (left(reader) >= 2) {
        const unsigned marker = reader->bytes[reader->at + 1];
        if (reader->bytes[reader->at] != 0xff) {
            if (!in_scan)
                return 0;
            reader->at++;
        } else if (marker == 0xff) {
            reader->at++; /* fill bytes are allowed */
        } else if (in_scan && (marker == 0 || (marker >= JPEG_RST0 && marker <= JPEG_RST7))) {
            reader->at += 2;
        } else {
            reader->at += 2;
            return marker;
        }
    }
    return 0;
}

static const uint8_t *take_segment(struct reader *reader, unsigned *length)
{
    const uint8_t *head = take(reader, 2);
    if (!head || big(head, 2) < 2)
        return NULL;
    *length = big(head, 2) - 2;
    return take(reader, *length);
}

static int read_frame(unsigned marker, const uint8_t *data, unsigned length,
                      struct image_header *header)
{
    if (header->width || marker > JPEG_SOF2 || length < 6)
        return -EBADMSG;
    header->height = big(data + 1, 2);
    header->width = big(data + 3, 2);
    return data[0] == 8 && header->width && header->height ? 0 : -EBADMSG;
}

static int read_jpeg(struct reader *reader, struct image_header *header)
{
    unsigned scans = 0;
    bool in_scan = false;
    reader->at = 2;
    header->kind = IMAGE_JPEG;
    for (;;) {
        const unsigned marker = next_marker(reader, in_scan);
        if (marker == JPEG_EOI)
            return scans ? 0 : -EBADMSG;
        if (marker == 0 || marker == JPEG_SOI)
            return -EBADMSG;
        in_scan = false;
        if (marker == JPEG_TEM || (marker >= JPEG_RST0 && marker <= JPEG_RST7))
            continue;
        unsigned length;
        const uint8_t *data = take_segment(reader, &length);
        if (!data || (is_frame(marker) && read_frame(marker, data, length, header) < 0))
            return -EBADMSG;
        if (marker == JPEG_SOS) {
            in_scan = true;
            if (!header->width || ++scans > MAX_SCANS)
                return -EBADMSG;
        }
    }
}

/* --- WebP -----------------------------------------------------------------------------------
 */

static int read_vp8(const uint8_t *data, uint32_t length, struct image_header *header)
{
    static const uint8_t start_code[] = {0x9d, 0x01, 0x2a};
    if (length < 10 || (data[0] & 1) || memcmp(data + 3, start_code, sizeof(start_code)) != 0)
        return -EBADMSG;
    header->width = little(data + 6, 2) & 0x3fff;
    header->height = little(data + 8, 2) & 0x3fff;
    return 0;
}

static int read_vp8l(const uint8_t *data, uint32_t length, struct image_header *header)
{
    if (length < 5 || data[0] != 0x2f)
        return -EBADMSG;
    const uint32_t bits = little(data + 1, 4);
    header->width = (bits & 0x3fff) + 1;
    header->height = (bits >> 14 & 0x3fff) + 1;
    return 0;
}

/* The canvas, which must be as large as the picture on it. */
static int read_vp8x(const uint8_t *data, uint32_t length, struct image_header *canvas)
{
    enum { ANIMATED = 0x02 };
    if (length < 10 || (data[0] & ANIMATED))
        return -EBADMSG;
    canvas->width = little(data + 4, 3) + 1;
    canvas->height = little(data + 7, 3) + 1;
    return 0;
}

static int read_webp(struct reader *reader, struct image_header *header)
{
    struct image_header canvas = {0};
    int error = 0;
    header->kind = IMAGE_WEBP;
    while (left(reader) && !error) {
        const uint8_t *head = take(reader, 8);
        const uint32_t length = head ? little(head + 4, 4) : 0;
        const uint8_t *data = head ? take(reader, length) : NULL;
        if (!data)
            return -EBADMSG;
        if (length % 2)
            take(reader, 1);
        const char *type = (const char *)head;
        const bool first = head == reader->bytes + 12;
        if (is_type(type, "VP8X"))
            error = first ? read_vp8x(data, length, &canvas) : -EBADMSG;
        else if (is_type(type, "VP8 ") || is_type(type, "VP8L")) {
            if (header->width)
                return -EBADMSG;
            error = type[3] == ' ' ? read_vp8(data, length, header)
                                   : read_vp8l(data, length, header);
        }
    }
    if (error || !header->width || !header->height)
        return -EBADMSG;
    const bool same = canvas.width == header->width && canvas.height == header->height;
    return canvas.width && !same ? -EBADMSG : 0;
}

static bool begins(const struct reader *reader, size_t at, const void *with, size_t length)
{
    return reader->length >= at + length && memcmp(reader->bytes + at, with, length) == 0;
}

int image_header_read(const uint8_t *bytes, size_t length, struct image_header *header)
{
    struct reader reader = {bytes, length, 0};
    struct image_header found = {0};
    int error = -EBADMSG;
    if (begins(&reader, 0, png_signature, PNG_SIGNATURE)) {
        error = read_png(&reader, &found);
    } else if (begins(&reader, 0, "\xff\xd8", 2)) {
        error = read_jpeg(&reader, &found);
    } else if (begins(&reader, 0, "RIFF", 4) && begins(&reader, 8, "WEBP", 4)) {
        const uint32_t size = little(bytes + 4, 4);
        if (size < 4 || size > length - 8)
            return -EBADMSG;
        reader.length = 8 + (size_t)size;
        reader.at = 12;
        error = read_webp(&reader, &found);
    }
    if (error || !found.width || !found.height)
        return -EBADMSG;
    found.length = reader.at;
    *header = found;
    return 0;
}
