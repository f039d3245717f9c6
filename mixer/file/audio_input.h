/*
 * audio_input.h - a file opened for libavformat so that nothing but this file is ever read.
 *
 *   audio_input_open("/srv/sounds/music.flac", &cancel, &input, &why);
 *   audio_input_begin(input, &why);            from the first byte; as often as is wanted
 *   av_read_frame(audio_input_format(input), packet);
 *   audio_input_close(input);
 *
 * Only a regular file is opened, without waiting (a FIFO or a device would block). libavformat
 * gets its bytes and never a path: a playlist, or a film whose sound is in another file, opens
 * nothing. Only containers and codecs of sound that people have are tried; pictures are skipped
 * unread.
 *
 * Thread   one at a time.
 * Errors   a negative errno and a line for a person that begins with the path: what open() and
 *          read() say; -EBADMSG: no sound that can be read; -ECANCELED; -ENOMEM.
 */
#ifndef MIXER_FILE_AUDIO_INPUT_H
#define MIXER_FILE_AUDIO_INPUT_H

#include <stdatomic.h>
#include <stdbool.h>

struct AVCodec;
struct AVFormatContext;
struct audio_input;

/** @p cancel: once true, all reads fail with -ECANCELED; borrowed until close; NULL: never.
 *  @return 0 and *input; else *why, owned by the caller (free()), NULL if memory is out. */
int audio_input_open(const char *path, const atomic_bool *cancel, struct audio_input **input,
                     char **why);
void audio_input_close(struct audio_input *input); /* NULL is allowed */

/** Reads the head of the file, and finds its sound. What was begun before is forgotten. */
int audio_input_begin(struct audio_input *input, char **why);

/** Since the last begin; both NULL before. Borrowed until the next begin. */
struct AVFormatContext *audio_input_format(const struct audio_input *input);
const struct AVCodec *audio_input_codec(const struct audio_input *input);

/** Which of the format's streams is the sound. */
unsigned audio_input_stream(const struct audio_input *input);

/** Makes the errno and the line of a libav error @p code, to be told of this file. */
int audio_input_error(const struct audio_input *input, int code, char **why);

/** Makes a line "PATH: ..." of -EBADMSG. */
int audio_input_bad(const struct audio_input *input, char **why, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
