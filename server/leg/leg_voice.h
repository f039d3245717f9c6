/*
 * leg_voice.h - what a leg says, a tick at a time: how loud it is, decoded, or let pass.
 *
 *   level = leg_voice_level(media);                 for each leg, before anybody is decoded
 *   heard:  level = leg_voice_play(media, tick, pcm);   leg_voice_improve(media, pcm, level);
 *   else:   leg_voice_pass(media, tick);
 *   leg_voice_tell(media, level, now_ns);
 *
 * Played or not, the jitter buffer's delay is kept right: in a voice by time-stretching, else
 * by leaving out or waiting. A voice that passed is heard again in its right place: its decoder
 * first sees the packet before.
 *
 * Shape    one tick, at the codec's rate and channels: leg_voice_rate(), leg_voice_channels().
 * Thread   the worker that has the leg; never locks, allocates or logs.
 */
#ifndef SERVER_LEG_LEG_VOICE_H
#define SERVER_LEG_LEG_VOICE_H

#include "server/leg/leg_media.h"

/** How loud is what is to be played now: -dBov, 127 if it is nothing or may not be heard;
 *  LEG_LEVEL_UNKNOWN: play it to know. */
unsigned leg_voice_level(struct leg_media *media);

/** The shape of what leg_voice_play() writes. */
unsigned leg_voice_rate(const struct leg_media *media); /* rate index */
unsigned leg_voice_channels(const struct leg_media *media);

/** Decodes this tick: @p pcm has room for PCM_MAX_TICK_VALUES. @return how loud it is, -dBov;
 *  127: nothing to be heard, and nothing was written. */
unsigned leg_voice_play(struct leg_media *media, struct leg_tick *tick, int16_t *pcm);

/** Lets this tick pass undecoded. */
void leg_voice_pass(struct leg_media *media, struct leg_tick *tick);

/** What comes next is not of the pause that the sender made (CN). */
void leg_voice_end_pause(struct leg_media *media);

/** What is done to a voice that will be heard, in place: noise out, loudness levelled, gain. */
void leg_voice_improve(struct leg_media *media, int16_t *pcm, unsigned level);

/** Ends the tick: tells control who talks and who is not heard any more. */
void leg_voice_tell(struct leg_media *media, unsigned level, int64_t now_ns);

/** Brings a mono tick of the leg's rate to rate index @p to. @return false: the way there is
 *  not made yet; it was asked for. */
bool leg_voice_convert(struct leg_media *media, unsigned to, const int16_t *pcm, int16_t *out);

/** Asks for the way to @p to before it is needed. */
void leg_voice_prepare(struct leg_media *media, unsigned to);

#endif
