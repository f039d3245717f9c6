/* pcm.c - the five rates. */
#include "mixer/base/pcm.h"

static const unsigned rates[PCM_RATES] = {8000, 16000, 24000, 32000, 48000};

unsigned pcm_rate_hz(unsigned index)
{
    return rates[index];
}

int pcm_rate_index(unsigned rate_hz)
{
    for (int i = 0; i < PCM_RATES; i++) {
        if (rates[i] == rate_hz)
            return i;
    }
    return -1;
}

unsigned pcm_bus_rate(unsigned bus)
{
    return bus == PCM_BUS_STEREO ? PCM_RATES - 1 : bus;
}

unsigned pcm_bus_channels(unsigned bus)
{
    return bus == PCM_BUS_STEREO ? 2 : 1;
}

unsigned pcm_bus_values(unsigned bus)
{
    return rates[pcm_bus_rate(bus)] / PCM_TICKS_PER_S * pcm_bus_channels(bus);
}
