/* plc.c - cuts and fades what a codec makes up. */
#include "mixer/codec/plc.h"

#include <assert.h>
#include <string.h>

enum {
    WHOLE_MS = 40,   /* no fade before       */
    SILENT_MS = 100, /* nothing left after   */
    BLEND_MS = 5,    /* back to what is heard */
    ONE = 4096,      /* a factor of 1        */
};

void plc_init(struct plc *plc, unsigned rate_hz, unsigned frame_samples)
{
    assert(rate_hz <= PLC_MAX_RATE_HZ && frame_samples && frame_samples <= PLC_MAX_FRAME);
    *plc = (struct plc){.per_ms = rate_hz / 1000, .frame = frame_samples};
}

static int32_t fade_of(const struct plc *plc)
{
    const unsigned whole = WHOLE_MS * plc->per_ms, silent = SILENT_MS * plc->per_ms;
    if (plc->made <= whole)
        return ONE;
    return plc->made >= silent ? 0 : (int32_t)(ONE * (silent - plc->made) / (silent - whole));
}

void plc_heard(struct plc *plc, int16_t *pcm, unsigned samples)
{
    const int32_t from = plc->heard ? fade_of(plc) : ONE,
                  blend = (int32_t)(BLEND_MS * plc->per_ms);
    for (int32_t i = 0; from < ONE && i < blend && i < (int32_t)samples; i++)
        pcm[i] = (int16_t)(pcm[i] * (from + (ONE - from) * i / blend) / ONE);
    plc->made = plc->spare_count = 0;
    plc->heard = true;
}

static int16_t next(struct plc *plc, plc_frame *frame, struct codec_decoder *decoder)
{
    if (!plc->spare_count) {
        frame(decoder, plc->spare);
        plc->spare_count = plc->frame;
    }
    return plc->spare[plc->frame - plc->spare_count--];
}

void plc_make(struct plc *plc, plc_frame *frame, struct codec_decoder *decoder, int16_t *pcm,
              unsigned samples)
{
    for (unsigned i = 0; i < samples; i++) {
        const int32_t fade = plc->heard ? fade_of(plc) : 0;
        if (!fade) { /* and the count stays: it cannot wrap */
            memset(pcm + i, 0, (samples - i) * sizeof(*pcm));
            return;
        }
        pcm[i] = (int16_t)(next(plc, frame, decoder) * fade / ONE);
        plc->made++;
    }
}

void plc_noise(struct plc *plc, plc_frame *frame, struct codec_decoder *decoder, int16_t *pcm,
               unsigned samples)
{
    for (unsigned i = 0; i < samples; i++)
        pcm[i] = next(plc, frame, decoder);
}
