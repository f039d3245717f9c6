/* eye_fault.c - a bit writer for one sequence parameter set; the rest is bytes. */
#include "tests/bench/eye_fault.h"

#include <string.h>

enum { NAL_SPS = 7, NAL_PPS = 8, NAL_STAP_A = 24, SIDE_BLOCKS = 16384 / 16 };

struct bits {
    uint8_t bytes[32];
    unsigned count;
};

static void put_bits(struct bits *bits, unsigned value, unsigned count)
{
    while (count--) {
        if (value >> count & 1)
            bits->bytes[bits->count / 8] |= (uint8_t)(0x80 >> bits->count % 8);
        bits->count++;
    }
}

static void put_ue(struct bits *bits, unsigned value)
{
    unsigned length = 0;
    while ((value + 1) >> (length + 1))
        length++;
    put_bits(bits, 0, length);
    put_bits(bits, value + 1, length + 1);
}

/* Constrained baseline, level 5.1, SIDE_BLOCKS each way. @return its length. No two zero bytes
 * follow each other: nothing is to be escaped. */
static size_t write_huge_sps(uint8_t *out)
{
    struct bits bits = {.count = 0};
    put_bits(&bits, 0x67, 8);
    put_bits(&bits, 66, 8);
    put_bits(&bits, 0xc0, 8);
    put_bits(&bits, 51, 8);
    put_ue(&bits, 0);               /* seq_parameter_set_id          */
    put_ue(&bits, 0);               /* log2_max_frame_num_minus4     */
    put_ue(&bits, 2);               /* pic_order_cnt_type            */
    put_ue(&bits, 1);               /* max_num_ref_frames            */
    put_bits(&bits, 0, 1);          /* gaps_in_frame_num_allowed     */
    put_ue(&bits, SIDE_BLOCKS - 1); /* pic_width_in_mbs_minus1       */
    put_ue(&bits, SIDE_BLOCKS - 1); /* pic_height_in_map_units_minus1 */
    put_bits(&bits, 0xc, 4);        /* frames only, direct 8x8, no cropping, no VUI */
    put_bits(&bits, 1, 1);
    size_t length = (bits.count + 7) / 8;
    memcpy(out, bits.bytes, length);
    return length;
}

static unsigned type_of(const struct eye_piece *piece)
{
    unsigned type = piece->bytes[0] & 0x1f;
    return type == NAL_STAP_A && piece->length > 3 ? piece->bytes[3] & 0x1fU : type;
}

static void make_huge(enum eye_codec codec, struct eye_piece *piece)
{
    static const uint8_t start_code[] = {0x9d, 0x01, 0x2a};
    if (codec == EYE_VP8 && piece->length > 14 && !memcmp(piece->bytes + 7, start_code, 3)) {
        memset(piece->bytes + 10, 0xff, 4); /* 16383 x 16383, scaled */
    } else if (codec == EYE_H264 && type_of(piece) == NAL_SPS) {
        piece->length = (uint16_t)write_huge_sps(piece->bytes);
    }
}

static void fill_randomly(struct eye_piece *piece, size_t from, struct ear_random *random)
{
    for (size_t i = from; i < piece->length; i++)
        piece->bytes[i] = (uint8_t)ear_random_bits(random);
}

bool eye_fault_apply(enum eye_fault fault, enum eye_codec codec, struct ear_random *random,
                     struct eye_piece *piece)
{
    switch (fault) {
    case EYE_FAULT_GARBAGE:
        fill_randomly(piece, codec == EYE_H264 ? 2 : 4, random);
        return true;
    case EYE_FAULT_RANDOM:
        fill_randomly(piece, 0, random);
        return true;
    case EYE_FAULT_TRUNCATED:
        piece->length = (uint16_t)ear_random_between(random, 1, piece->length);
        return true;
    case EYE_FAULT_HUGE:
        make_huge(codec, piece);
        return true;
    case EYE_FAULT_NO_SETS:
        return codec != EYE_H264 || (type_of(piece) != NAL_SPS && type_of(piece) != NAL_PPS);
    default:
        return true;
    }
}

int eye_fault_by_name(const char *name)
{
    static const char *const names[EYE_FAULTS] = {
        "none",    "garbage", "random", "truncated", "huge",      "no-sets",
        "swapped", "fast",    "flood",  "pli-storm", "fir-storm", "nack-storm"};
    for (int i = 0; i < EYE_FAULTS; i++)
        if (!strcmp(name, names[i]))
            return i;
    return -1;
}
