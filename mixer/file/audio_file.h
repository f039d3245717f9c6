/*
 * audio_file.h - the sound of a file, from its begin or from any place, a bit at a time.
 *
 *   audio_file_open(path, 0, NULL, &file, &why);
 *   while ((got = audio_file_read(file, pcm, samples, &why)) != 0)
 *       if (got > 0) ...use them...
 *       else if (got != -EAGAIN) ...why...
 *   audio_file_close(file);
 *
 * A packet that cannot be decoded is left out and counted, as a player does; many in a row are
 * an error. Files whose sound changes its rate or channels on the way are followed.
 *
 * Shape    int16, mono (several channels are mixed), audio_file_rate_hz().
 * Thread   one at a time.
 * Errors   those of file_input.h.
 */
#ifndef MIXER_FILE_AUDIO_FILE_H
#define MIXER_FILE_AUDIO_FILE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct audio_file;

/** @p rate_hz: one of pcm.h's; 0: the lowest of those that is not below the file's own, or the
 *  highest. @p cancel: see file_input_open().
 *  @return 0 and *file; else *why, owned by the caller (free()), NULL if memory is out. */
int audio_file_open(const char *path, unsigned rate_hz, const atomic_bool *cancel,
                    struct audio_file **file, char **why);
/** Of a film that has no sound (-ENODATA): silence, as long as its pictures. As
 * audio_file_open(); -EBADMSG: it does not say how long it is. */
int audio_file_open_silent(const char *path, unsigned rate_hz, const atomic_bool *cancel,
                           struct audio_file **file, char **why);
void audio_file_close(struct audio_file *file); /* NULL is allowed */

unsigned audio_file_rate_hz(const struct audio_file *file);

/** As the file says of itself; 0: not known. *is_exact (may be NULL): it counts, and does not
 *  guess. */
unsigned audio_file_length_ms(const struct audio_file *file, bool *is_exact);

/**
 * Decodes on. One call does one packet's work at most, so that many files can be read in turn.
 *
 * @return how many samples, at most @p samples; 0: the end; -EAGAIN: none yet, call again; else
 *         an errno and *why, and the same again at each call until a seek.
 */
int audio_file_read(struct audio_file *file, int16_t *pcm, unsigned samples, char **why);

/** Goes on at @p ms; behind the end: at the end. 0 is exact: the same samples again. */
int audio_file_seek(struct audio_file *file, unsigned ms, char **why);

/** How often packets were left out between two that were decoded. */
unsigned audio_file_gaps(const struct audio_file *file);

#endif
