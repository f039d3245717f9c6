/*
 * twinkle_aid.c - what Twinkle lacks on a machine without a sound card and with another
 * Twinkle.
 *
 *   LD_PRELOAD=build/twinkle_aid.so twinkle-console alice.cfg
 *
 * A microphone that takes its time: ALSA's device "null" has silence at once, whenever it is
 * asked, and a phone that waits for its microphone never rests. This waits as long as so much
 * silence lasts, at 8 kHz.
 *
 * Dice of its own: two that start in the same second throw the same Call-IDs and tags, so that
 * a server takes the call of one for a copy of the other's (482).
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { FRAME_NS = 125000, NS_PER_S = 1000000000 };

long snd_pcm_readi(void *pcm, void *buffer, unsigned long frames);

static void wait_for(unsigned long frames)
{
    static _Thread_local struct timespec due;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (due.tv_sec + 1 < now.tv_sec) /* the first time, or long asleep */
        due = now;
    due.tv_nsec += (long)frames * FRAME_NS;
    due.tv_sec += due.tv_nsec / NS_PER_S;
    due.tv_nsec %= NS_PER_S;
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
}

long snd_pcm_readi(void *pcm, void *buffer, unsigned long frames)
{
    static long (*next)(void *, void *, unsigned long);
    if (!next) {
        void *found = dlsym(RTLD_NEXT, "snd_pcm_readi");
        memcpy(&next, &found, sizeof(next));
    }
    wait_for(frames);
    return next(pcm, buffer, frames);
}

void srand(unsigned seed)
{
    srandom(seed ^ (unsigned)getpid() << 16); /* rand() is random() in glibc */
}
