/* media_play.c - clips one after the other, or a stream, a tick at a time. */
#include "server/media/media_play.h"

#include "mixer/audio/audio_gain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int make_paths(struct media_play *play, unsigned from_hz, unsigned rates)
{
    const int from = pcm_rate_index(from_hz);
    for (unsigned to = 0; to < PCM_RATES; to++) {
        if (!(rates & 1u << to) || play->path[from][to])
            continue;
        play->path[from][to] = audio_resample_create(from_hz, pcm_rate_hz(to));
        if (!play->path[from][to])
            return -ENOMEM;
    }
    return 0;
}

int media_play_reach(struct media_play *play, unsigned rates)
{
    const struct media_sound *sound = &play->sound;
    int error = sound->stream ? make_paths(play, STREAM_RATE_HZ, rates) : 0;
    for (unsigned i = 0; !error && i < sound->clip_count; i++)
        error = make_paths(play, clip_rate_hz(sound->clips[i]), rates);
    return error;
}

struct media_play *media_play_create(const struct media_sound *sound, unsigned rates,
                                     void *owner)
{
    struct media_play *play = calloc(1, sizeof(*play));
    if (!play)
        return NULL;
    play->control.owner = owner;
    play->sound = *sound;
    for (unsigned i = 0; i < sound->clip_count; i++)
        clip_ref(sound->clips[i]);
    if (media_play_reach(play, rates) < 0) {
        play->sound.stream = NULL; /* still the caller's */
        media_play_destroy(play);
        return NULL;
    }
    return play;
}

void media_play_destroy(struct media_play *play)
{
    if (!play)
        return;
    for (unsigned i = 0; i < play->sound.clip_count; i++)
        clip_unref(play->sound.clips[i]);
    stream_close(play->sound.stream);
    for (unsigned from = 0; from < PCM_RATES; from++) {
        for (unsigned to = 0; to < PCM_RATES; to++)
            audio_resample_destroy(play->path[from][to]);
    }
    free(play);
}

/* Goes to the next clip that has samples. @return false: there is none. */
static bool find_clip(struct media_play *play, const int16_t **samples, size_t *left)
{
    const struct media_sound *sound = &play->sound;
    for (unsigned tries = 0; tries <= sound->clip_count; tries++) {
        size_t count;
        if (play->rt.clip == sound->clip_count) {
            if (!sound->loop)
                return false;
            play->rt.clip = 0;
            play->rt.taken = 0;
        }
        *samples = clip_samples(sound->clips[play->rt.clip], &count);
        if (play->rt.at < count) {
            *samples += play->rt.at;
            *left = count - play->rt.at;
            return true;
        }
        play->rt.clip++;
        play->rt.at = 0;
    }
    return false;
}

/* A clip ends within a tick: the rest of that tick is silence. */
static bool read_clips(struct media_play *play)
{
    const int16_t *samples;
    size_t left;
    if (!find_clip(play, &samples, &left))
        return false;
    const unsigned rate_hz = clip_rate_hz(play->sound.clips[play->rt.clip]);
    const unsigned want = rate_hz / PCM_TICKS_PER_S;
    unsigned got = left < want ? (unsigned)left : want;
    play->rt.rate = (unsigned)pcm_rate_index(rate_hz);
    memcpy(play->rt.source, samples, got * sizeof(*samples));
    memset(play->rt.source + got, 0, (want - got) * sizeof(*samples));
    play->rt.at += got;
    play->rt.taken += (uint64_t)got * PCM_MAX_RATE_HZ / rate_hz;
    leg_counter_set(&play->position_ms, play->rt.taken * 1000 / PCM_MAX_RATE_HZ);
    return true;
}

static bool read_stream(struct media_play *play)
{
    struct stream *stream = play->sound.stream;
    unsigned got = stream_read(stream, play->rt.source, PCM_MAX_TICK_SAMPLES);
    play->rt.rate = PCM_RATES - 1;
    play->rt.is_silent = got == 0;
    memset(play->rt.source + got, 0, (PCM_MAX_TICK_SAMPLES - got) * sizeof(play->rt.source[0]));
    return got || !stream_is_over(stream);
}

bool media_play_advance(struct media_play *play)
{
    play->rt.is_silent = play->rt.paused;
    if (play->rt.paused)
        return true;
    bool goes_on = play->sound.stream ? read_stream(play) : read_clips(play);
    if (goes_on && !play->rt.is_silent)
        audio_gain_apply(play->rt.source, pcm_bus_values(play->rt.rate), play->sound.gain);
    return goes_on;
}

void media_play_frame(struct media_play *play, unsigned bus, int16_t *out)
{
    unsigned rate = pcm_bus_rate(bus);
    if (play->rt.is_silent) {
        memset(out, 0, pcm_bus_values(bus) * sizeof(*out));
        return;
    }
    audio_resample_process(play->path[play->rt.rate][rate], play->rt.source, out);
    for (unsigned i = pcm_bus_values(rate); pcm_bus_channels(bus) == 2 && i-- > 0;)
        out[2 * i] = out[2 * i + 1] = out[i];
}

void media_play_go_to(struct media_play *play, unsigned ms)
{
    play->rt.clip = 0;
    play->rt.at = 0;
    play->rt.taken = (uint64_t)ms * PCM_MAX_RATE_HZ / 1000;
    while (play->rt.clip < play->sound.clip_count) {
        const struct clip *clip = play->sound.clips[play->rt.clip];
        size_t count;
        clip_samples(clip, &count);
        size_t wanted = (size_t)((uint64_t)ms * clip_rate_hz(clip) / 1000);
        if (wanted < count) {
            play->rt.at = wanted;
            return;
        }
        ms -= (unsigned)(count * 1000 / clip_rate_hz(clip));
        play->rt.clip++;
    }
}
