/* old_clock.c - preloaded: a clock that was never set, as of a machine without a battery. */
#include <time.h>

time_t time(time_t *out)
{
    const time_t then = 86400; /* 2 January 1970 */
    if (out)
        *out = then;
    return then;
}
