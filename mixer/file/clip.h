/*
 * clip.h - a short sound in memory: a prompt, an announcement. Decoded once, played often.
 *
 *   clip_load("/usr/local/share/raduno/prompts/en/enter-pin.wav", 60, &clip, &why);
 *   clip_samples(clip, &count);  clip_rate_hz(clip);
 *   clip_unref(clip);
 *
 * Whatever file_input.h opens; what it decodes to is mixed to one channel and brought to the
 * lowest of the house's rates (pcm.h) that is not below the file's own. A clip is whole: a file
 * that is broken in the middle, or ends well before its head says, is refused. (Of a WAV file
 * the head is not believed: programs that write into a pipe leave any length there.)
 *
 * Shape    int16, mono, clip_rate_hz().
 * Thread   load, ref, unref: control. samples, rate: any, while somebody holds a reference.
 * Owner    counted: who loads has one reference, who plays takes one for as long as it plays.
 * Errors   a negative errno and a line for a person that names the path: -ENOENT, -EACCES,
 *          -EBADMSG (no regular file, or no sound that can be read), -EFBIG (longer than the
 *          limit), -ENOMEM, and what else open() and read() say.
 */
#ifndef MIXER_FILE_CLIP_H
#define MIXER_FILE_CLIP_H

#include <stddef.h>
#include <stdint.h>

struct clip;

/** @p most_s: longer files are refused. @return 0 and *clip; else *why, owned by the caller
 *  (free()), or NULL if memory is out. */
int clip_load(const char *path, unsigned most_s, struct clip **clip, char **why);

/** Makes a clip of samples, which are copied. NULL: no memory, or a rate that is none of ours.
 */
struct clip *clip_create(unsigned rate_hz, const int16_t *samples, size_t count);

struct clip *clip_ref(struct clip *clip);
void clip_unref(struct clip *clip); /* NULL is allowed */

const int16_t *clip_samples(const struct clip *clip, size_t *count);
unsigned clip_rate_hz(const struct clip *clip);
unsigned clip_ms(const struct clip *clip);

#endif
