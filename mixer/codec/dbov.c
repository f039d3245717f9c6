/* dbov.c - the level of sound in whole dB below overload. */
#include "mixer/codec/dbov.h"

#include <math.h>
#include <stdint.h>

static const double full = (double)INT16_MAX * INT16_MAX;

unsigned dbov_of_power(double power)
{
    if (power <= 0)
        return DBOV_SILENCE;
    const double level = 10 * log10(full / power);
    return level <= 0                  ? 0
           : level >= DBOV_SILENCE - 1 ? DBOV_SILENCE - 1
                                       : (unsigned)lround(level);
}

double dbov_power(unsigned level)
{
    return level >= DBOV_SILENCE ? 0 : full * pow(10, -(double)level / 10);
}
