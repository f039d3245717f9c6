/* codec_g711.c - both laws of G.711: rows PCMU and PCMA (RFC 3551 section 4.5.14). */
#include "mixer/codec/codec_internal.h"
#include "mixer/codec/conceal.h"
#include "mixer/codec/dbov.h"

#include <errno.h>
#include <stdlib.h>

enum {
    RATE_HZ = 8000,
    MAX_BYTES = RATE_HZ / 1000 * CODEC_MAX_PACKET_MS,
    U_BIAS = 33,     /* of a 14-bit magnitude */
    U_MAX = 0x1fff,  /* the greatest with its bias */
    A_INVERT = 0x55, /* every other bit of an A-law byte is inverted */
    SIGN = 0x80,     /* set: positive */
};

/* A byte's value in 16 bits: 8-bit sign, 3-bit exponent, 4-bit mantissa (G.711 tables 1 and 2).
 */
#define EXPONENT(code) ((code) >> 4 & 7)
#define MANTISSA(code) ((code)&15)
#define U_SIZE(code) (((MANTISSA(code) * 8 + 132) << EXPONENT(code)) - 132)
#define U_VALUE(byte) (int16_t)(((byte)&SIGN) ? U_SIZE(~(byte)&0x7f) : -U_SIZE(~(byte)&0x7f))
#define A_SIZE(code)                                                                           \
    (EXPONENT(code) ? (MANTISSA(code) * 16 + 264) << (EXPONENT(code) - !!EXPONENT(code))       \
                    : MANTISSA(code) * 16 + 8)
#define A_VALUE(byte)                                                                          \
    (int16_t)(((byte)&SIGN) ? A_SIZE(((byte) ^ A_INVERT) & 0x7f)                               \
                            : -A_SIZE(((byte) ^ A_INVERT) & 0x7f))
#define FOUR(f, b) f(b), f((b) + 1), f((b) + 2), f((b) + 3)
#define SIXTEEN(f, b) FOUR(f, b), FOUR(f, (b) + 4), FOUR(f, (b) + 8), FOUR(f, (b) + 12)
#define SIXTY_FOUR(f, b)                                                                       \
    SIXTEEN(f, b), SIXTEEN(f, (b) + 16), SIXTEEN(f, (b) + 32), SIXTEEN(f, (b) + 48)
#define ALL_BYTES(f)                                                                           \
    {                                                                                          \
        SIXTY_FOUR(f, 0), SIXTY_FOUR(f, 64), SIXTY_FOUR(f, 128), SIXTY_FOUR(f, 192)            \
    }

static const int16_t u_values[256] = ALL_BYTES(U_VALUE);
static const int16_t a_values[256] = ALL_BYTES(A_VALUE);

#define U_SQUARE(byte) ((uint32_t)U_SIZE(~(byte)&0x7f) * (uint32_t)U_SIZE(~(byte)&0x7f))
#define A_SQUARE(byte)                                                                         \
    ((uint32_t)A_SIZE(((byte) ^ A_INVERT) & 0x7f) *                                            \
     (uint32_t)A_SIZE(((byte) ^ A_INVERT) & 0x7f))

static const uint32_t u_squares[256] = ALL_BYTES(U_SQUARE);
static const uint32_t a_squares[256] = ALL_BYTES(A_SQUARE);

/* A number's segment and the four bits behind its highest one, as they stand in a float: so the
 * compiler can encode many samples at once. x is not 0, and exact. */
static uint32_t float_bits(int32_t x)
{
    const union {
        float number;
        uint32_t bits;
    } as = {.number = (float)x};
    return as.bits >> 19; /* 8 bits of exponent, 4 of mantissa */
}

enum { FLOAT_BIAS = 127 };

static uint8_t u_byte(int16_t sample)
{
    const int32_t sign = sample >> 15; /* all ones if it is negative */
    int32_t biased = ((sample ^ sign) >> 2) + U_BIAS;
    biased = biased < U_MAX ? biased : U_MAX;
    const uint32_t code = float_bits(biased) - ((FLOAT_BIAS + 5) << 4);
    return (uint8_t)(~code & (0xffU ^ ((uint32_t)sign & SIGN)));
}

static uint8_t a_byte(int16_t sample)
{
    const int32_t sign = sample >> 15;
    const int32_t size = (sample ^ sign) >> 4;
    const int32_t bent = size > 16 ? size : 16;
    const uint32_t code = float_bits(bent) - ((FLOAT_BIAS + 3) << 4) -
                          (uint32_t)(bent - size); /* below: straight */
    return (uint8_t)((code | (SIGN & ~(uint32_t)sign)) ^ A_INVERT);
}

/* ---- encoder ---- */

struct codec_encoder {
    char stateless; /* the contract wants an object */
};

static int encoder_create(const struct codec_params *params, struct codec_encoder **encoder)
{
    (void)params;
    struct codec_encoder *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    *encoder = made;
    return 0;
}

static void encoder_destroy(struct codec_encoder *encoder)
{
    free(encoder);
}

static int encode_check(unsigned samples, size_t room)
{
    return samples > MAX_BYTES ? -EINVAL : samples > room ? -ENOBUFS : (int)samples;
}

/* By `restrict` the compiler knows that it may work on many samples at once. */
static void u_bytes(const int16_t *restrict pcm, int count, uint8_t *restrict out)
{
    for (int i = 0; i < count; i++)
        out[i] = u_byte(pcm[i]);
}

static void a_bytes(const int16_t *restrict pcm, int count, uint8_t *restrict out)
{
    for (int i = 0; i < count; i++)
        out[i] = a_byte(pcm[i]);
}

static int u_encode(struct codec_encoder *encoder, const int16_t *pcm, unsigned samples,
                    uint8_t *out, size_t room)
{
    (void)encoder;
    int bytes = encode_check(samples, room);
    u_bytes(pcm, bytes, out);
    return bytes;
}

static int a_encode(struct codec_encoder *encoder, const int16_t *pcm, unsigned samples,
                    uint8_t *out, size_t room)
{
    (void)encoder;
    int bytes = encode_check(samples, room);
    a_bytes(pcm, bytes, out);
    return bytes;
}

/* ---- decoder ---- */

static int decoder_create(const struct codec_params *params, struct codec_decoder **decoder)
{
    (void)params;
    return conceal_decoder_create(RATE_HZ, decoder);
}

static int payload_samples(const uint8_t *payload, size_t length)
{
    (void)payload; /* every byte is a sample */
    return length && length <= MAX_BYTES ? (int)length : -EBADMSG;
}

static int decode(struct codec_decoder *decoder, const int16_t values[256],
                  const uint8_t *payload, size_t length, int16_t *pcm, unsigned samples)
{
    for (size_t i = 0; i < length; i++)
        pcm[i] = values[payload[i]];
    conceal_decoder_heard(decoder, pcm, samples);
    return (int)samples;
}

static int u_decode(struct codec_decoder *decoder, const uint8_t *payload, size_t length,
                    int16_t *pcm, unsigned samples)
{
    return decode(decoder, u_values, payload, length, pcm, samples);
}

static int a_decode(struct codec_decoder *decoder, const uint8_t *payload, size_t length,
                    int16_t *pcm, unsigned samples)
{
    return decode(decoder, a_values, payload, length, pcm, samples);
}

/* Every byte: of every other one a tone of 2 kHz may show nothing but its zeros. Two sums, so
 * that an addition need not wait for the one before it. */
static int level(const uint32_t squares[256], const uint8_t *payload, size_t length)
{
    uint64_t even = 0, odd = 0;
    size_t i = 0;
    if (payload_samples(payload, length) < 0)
        return -ENODATA;
    for (; i + 2 <= length; i += 2) {
        even += squares[payload[i]];
        odd += squares[payload[i + 1]];
    }
    if (i < length)
        even += squares[payload[i]];
    return (int)dbov_of_power((double)(even + odd) / (double)length);
}

static int u_level(const uint8_t *payload, size_t length)
{
    return level(u_squares, payload, length);
}

static int a_level(const uint8_t *payload, size_t length)
{
    return level(a_squares, payload, length);
}

#define G711_ROW(law_name, type, law_encode, law_decode, law_level)                            \
    {                                                                                          \
        .name = law_name, .rtp_clock_hz = RATE_HZ, .sdp_channels = 1,                          \
        .sample_rate_hz = RATE_HZ, .static_payload_type = type,                                \
        .preferred_payload_type = type, .max_payload_bytes = MAX_BYTES, .max_channels = 1,     \
        .frame_ms = 10, .is_offered = true, .fmtp_read = codec_fmtp_read_none,                 \
        .fmtp_write = codec_fmtp_write_none, .encoder_create = encoder_create,                 \
        .encoder_destroy = encoder_destroy, .encode = law_encode,                              \
        .decoder_create = decoder_create, .decoder_destroy = conceal_decoder_destroy,          \
        .decode = law_decode, .conceal = conceal_decoder_make,                                 \
        .payload_samples = payload_samples, .payload_level = law_level,                        \
    }

const struct codec codec_pcmu = G711_ROW("PCMU", 0, u_encode, u_decode, u_level);
const struct codec codec_pcma = G711_ROW("PCMA", 8, a_encode, a_decode, a_level);
