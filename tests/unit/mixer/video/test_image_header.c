/* test_image_header.c - sizes of real files, files cut short, and what attacks are made of. */
#include "mixer/video/image_header.h"
#include "tests/unit/mixer/signal.h"
#include "tests/unit/mixer/video/image_seed.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct image_header header;

static void reads_sizes(void **state)
{
    (void)state;
    uint8_t bytes[IMAGE_SEED_BYTES];
    for (unsigned i = 0; i < IMAGE_SEEDS; i++) {
        const size_t length = image_seed_read(RADUNO_SOURCE_DIR, image_seeds[i].name, bytes);
        assert_int_equal(image_header_read(bytes, length, &header), 0);
        assert_int_equal(header.width, image_seeds[i].width);
        assert_int_equal(header.height, image_seeds[i].height);
        assert_int_equal(header.length, length);
        const char *dot = strchr(image_seeds[i].name, '.');
        assert_int_equal(header.kind, dot[1] == 'p'   ? IMAGE_PNG
                                      : dot[1] == 'j' ? IMAGE_JPEG
                                                      : IMAGE_WEBP);
    }
}

static void what_follows_is_not_its_own(void **state)
{
    (void)state;
    uint8_t bytes[IMAGE_SEED_BYTES + 100] = {0};
    for (unsigned i = 0; i < IMAGE_SEEDS; i++) {
        const size_t length = image_seed_read(RADUNO_SOURCE_DIR, image_seeds[i].name, bytes);
        assert_int_equal(image_header_read(bytes, length + 50, &header), 0);
        assert_int_equal(header.length, length);
    }
}

static void files_cut_short_are_refused(void **state)
{
    (void)state;
    uint8_t bytes[IMAGE_SEED_BYTES];
    for (unsigned i = 0; i < IMAGE_SEEDS; i++) {
        const size_t length = image_seed_read(RADUNO_SOURCE_DIR, image_seeds[i].name, bytes);
        for (size_t cut = 0; cut < length; cut++)
            assert_int_equal(image_header_read(bytes, cut, &header), -EBADMSG);
    }
    assert_int_equal(image_header_read(NULL, 0, &header), -EBADMSG);
}

#define BYTES(literal)                                                                         \
    {                                                                                          \
        literal, sizeof(literal) - 1                                                           \
    }

static void other_kinds_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t length;
    } others[] = {
        BYTES("GIF89a\x10\0\x10\0\0\0\0;"),
        BYTES("BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x10\0\0\0\x10\0\0\0"),
        BYTES("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"),
        BYTES("#EXTM3U\nfile:///etc/passwd\n"),
        BYTES("RIFF\x10\0\0\0\x41VI LIST\x04\0\0\0hdrl"),
    };
    for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_int_equal(
            image_header_read((const uint8_t *)others[i].bytes, others[i].length, &header),
            -EBADMSG);
}

/* --- JPEG -----------------------------------------------------------------------------------
 */

struct text {
    uint8_t bytes[4096];
    size_t length;
};

static void append(struct text *text, const void *bytes, size_t length)
{
    assert_true(text->length + length <= sizeof(text->bytes));
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
}

#define APPEND(text, literal) append(text, literal, sizeof(literal) - 1)

static int jpeg_of(const char *frame, size_t length, unsigned frames, unsigned scans)
{
    struct text text = {.length = 0};
    APPEND(&text, "\xff\xd8\xff\xe0\x00\x04\xff\xda"); /* what looks like a scan in a segment */
    for (unsigned i = 0; i < frames; i++)
        append(&text, frame, length);
    for (unsigned i = 0; i < scans; i++)
        APPEND(&text, "\xff\xff\xda\x00\x03\x01*\xff\x00*\xff\xd3*");
    APPEND(&text, "\xff\xd9");
    return image_header_read(text.bytes, text.length, &header);
}

#define FRAME(marker, depth, size) "\xff" marker "\x00\x08" depth size "\x01"

static void a_jpeg_has_one_frame_and_few_scans(void **state)
{
    (void)state;
    static const char good[] = FRAME("\xc2", "\x08", "\x01\x02\x03\x04");
    const size_t length = sizeof(good) - 1;
    assert_int_equal(jpeg_of(good, length, 1, 1), 0);
    assert_int_equal(header.width, 0x304);
    assert_int_equal(header.height, 0x102);
    assert_int_equal(jpeg_of(good, length, 1, 64), 0);
    assert_int_equal(jpeg_of(good, length, 1, 65), -EBADMSG);
    assert_int_equal(jpeg_of(good, length, 1, 0), -EBADMSG);
    assert_int_equal(jpeg_of(good, length, 2, 1), -EBADMSG);
    assert_int_equal(jpeg_of(good, length, 0, 1), -EBADMSG);
    static const char lossless[] = FRAME("\xc3", "\x08", "\x01\x02\x03\x04");
    static const char arithmetic[] = FRAME("\xc9", "\x08", "\x01\x02\x03\x04");
    static const char deep[] = FRAME("\xc1", "\x0c", "\x01\x02\x03\x04");
    static const char flat[] = FRAME("\xc0", "\x08", "\x00\x00\x03\x04");
    assert_int_equal(jpeg_of(lossless, length, 1, 1), -EBADMSG);
    assert_int_equal(jpeg_of(arithmetic, length, 1, 1), -EBADMSG);
    assert_int_equal(jpeg_of(deep, length, 1, 1), -EBADMSG);
    assert_int_equal(jpeg_of(flat, length, 1, 1), -EBADMSG);
}

/* --- PNG ------------------------------------------------------------------------------------
 */

static void a_png_is_stripped(void **state)
{
    (void)state;
    uint8_t bytes[IMAGE_SEED_BYTES], plain[IMAGE_SEED_BYTES], stripped[IMAGE_SEED_BYTES];
    const size_t length = image_seed_read(RADUNO_SOURCE_DIR, "rgba.png", bytes);
    const size_t plain_length = image_header_strip_png(bytes, length, plain);
    struct text text = {.length = 0};
    append(&text, bytes, 33); /* signature and IHDR */
    APPEND(&text, "\x00\x00\x00\x05zTXtbomb!\x01\x02\x03\x04");
    APPEND(&text, "\x00\x00\x00\x00"
                  "acTL\x01\x02\x03\x04");
    append(&text, bytes + 33, length - 33);
    assert_int_equal(image_header_read(text.bytes, text.length, &header), 0);
    const size_t stripped_length = image_header_strip_png(text.bytes, header.length, stripped);
    assert_int_equal(stripped_length, plain_length);
    assert_memory_equal(stripped, plain, plain_length);
    assert_int_equal(image_header_read(plain, plain_length, &header), 0);
    text.bytes[33] = 0xff; /* a length beyond all */
    assert_int_equal(image_header_read(text.bytes, text.length, &header), -EBADMSG);
}

/* --- WebP -----------------------------------------------------------------------------------
 */

#define VP8X(flags, size) "VP8X\x0a\x00\x00\x00" flags "\x00\x00\x00" size
#define VP8L "VP8L\x05\x00\x00\x00/\x0f\xc0\x01\x00\x00" /* 16 x 8 */

static int webp_of(const char *chunks, size_t length)
{
    struct text text = {.length = 0};
    const uint8_t size[4] = {(uint8_t)(length + 4), 0, 0, 0};
    APPEND(&text, "RIFF");
    append(&text, size, 4);
    APPEND(&text, "WEBP");
    append(&text, chunks, length);
    return image_header_read(text.bytes, text.length, &header);
}

#define WEBP_OF(chunks) webp_of(chunks, sizeof(chunks) - 1)

static void a_webp_has_one_frame_as_large_as_its_canvas(void **state)
{
    (void)state;
    assert_int_equal(WEBP_OF(VP8L), 0);
    assert_int_equal(header.width, 16);
    assert_int_equal(header.height, 8);
    assert_int_equal(WEBP_OF(VP8X("\x10", "\x0f\x00\x00\x07\x00\x00") VP8L), 0);
    assert_int_equal(WEBP_OF(VP8X("\x10", "\xff\x3f\x00\x07\x00\x00") VP8L), -EBADMSG);
    assert_int_equal(WEBP_OF(VP8X("\x12", "\x0f\x00\x00\x07\x00\x00") VP8L), -EBADMSG);
    assert_int_equal(WEBP_OF(VP8X("\x10", "\x0f\x00\x00\x07\x00\x00")), -EBADMSG);
    assert_int_equal(WEBP_OF(VP8L VP8L), -EBADMSG);
    assert_int_equal(WEBP_OF("VP8 \x0a\x00\x00\x00\x00\x00\x00\x9d\x01\x2a\x10\x40\x08\x00"),
                     0);
    assert_int_equal(header.width, 16); /* the upper two bits are a scale */
    assert_int_equal(WEBP_OF("VP8 \x0a\x00\x00\x00\x01\x00\x00\x9d\x01\x2a\x10\x40\x08\x00"),
                     -EBADMSG); /* no key frame */
    assert_int_equal(WEBP_OF("VP8 \x0a\x00\x00\x00\x00\x00\x00\x9d\x01\x2a\x00\x00\x08\x00"),
                     -EBADMSG);
}

static void broken_files_stay_within_bounds(void **state)
{
    (void)state;
    uint32_t seed = 1;
    for (unsigned round = 0; round < 20000; round++) {
        uint8_t bytes[IMAGE_SEED_BYTES];
        const size_t length =
            image_seed_read(RADUNO_SOURCE_DIR, image_seeds[round % IMAGE_SEEDS].name, bytes);
        for (unsigned i = 0; i < 1 + round % 4; i++)
            bytes[signal_random(&seed) % length] = (uint8_t)signal_random(&seed);
        const int error = image_header_read(bytes, length, &header);
        assert_true(error == 0 || error == -EBADMSG);
        assert_true(error || (header.width && header.height && header.length <= length));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_sizes),
        cmocka_unit_test(what_follows_is_not_its_own),
        cmocka_unit_test(files_cut_short_are_refused),
        cmocka_unit_test(other_kinds_are_refused),
        cmocka_unit_test(a_jpeg_has_one_frame_and_few_scans),
        cmocka_unit_test(a_png_is_stripped),
        cmocka_unit_test(a_webp_has_one_frame_as_large_as_its_canvas),
        cmocka_unit_test(broken_files_stay_within_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
