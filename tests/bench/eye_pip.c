/* eye_pip.c - eight samples, again and again. */
#include "tests/bench/eye_pip.h"

#include "mixer/base/clock.h"

#include <stdlib.h>

enum { RATE = 8000, PERIOD = 8, LOUD = 3000, QUIET_MS = 200, SILENCE = 0xff };

/* +-6140 and +-14972, in the order of a sine whose first sample lies half a sample behind its
 * zero: so it is loud at once. */
static const uint8_t tone[PERIOD] = {0xa7, 0x92, 0x92, 0xa7, 0x27, 0x12, 0x12, 0x27};

static int decode(uint8_t code)
{
    const unsigned bits = (unsigned)~code & 0xff;
    const int size = (int)((((bits & 15) << 3) + 132) << (bits >> 4 & 7)) - 132;
    return bits & 0x80 ? -size : size;
}

void eye_pip_add(struct eye_pips *pips, int64_t begin_ns)
{
    pips->begin_ns[pips->count++ % EYE_PIP_MEMORY] = begin_ns;
}

/* Samples since a pip began; below 0: none sounds. */
static int64_t place(const struct eye_pips *pips, int64_t at_ns)
{
    const unsigned count = pips->count < EYE_PIP_MEMORY ? pips->count : EYE_PIP_MEMORY;
    for (unsigned i = 0; i < count; i++) {
        const int64_t since_ns = at_ns - pips->begin_ns[i];
        if (since_ns >= 0 && since_ns < EYE_PIP_MS * CLOCK_NS_PER_MS)
            return since_ns * RATE / CLOCK_NS_PER_S;
    }
    return -1;
}

void eye_pip_write(const struct eye_pips *pips, int64_t begin_ns, uint8_t out[EYE_PIP_FRAME])
{
    for (unsigned i = 0; i < EYE_PIP_FRAME; i++) {
        const int64_t at = place(pips, begin_ns + i * CLOCK_NS_PER_S / RATE);
        out[i] = at < 0 ? SILENCE : tone[at % PERIOD];
    }
}

bool eye_pip_hear(struct eye_pip_ear *ear, uint32_t timestamp, const uint8_t *payload,
                  size_t length, uint32_t *onset)
{
    bool begins = false;
    for (size_t i = 0; i < length; i++) {
        const uint32_t now = timestamp + (uint32_t)i;
        if (abs(decode(payload[i])) < LOUD)
            continue;
        if (!begins &&
            (!ear->was_loud || (int32_t)(now - ear->loud_end) >= QUIET_MS * RATE / 1000)) {
            begins = true;
            *onset = now;
        }
        ear->was_loud = true;
        ear->loud_end = now + 1;
    }
    return begins;
}
