/*
 * file_input.h - a file opened for libavformat so that nothing but this file is ever read.
 *
 *   file_input_open("/srv/sounds/music.flac", FILE_INPUT_SOUND, &cancel, &input, &why);
 *   file_input_begin(input, &why);            from the first byte; as often as is wanted
 *   av_read_frame(file_input_format(input), packet);
 *   file_input_close(input);
 *
 * Only a regular file is opened, without waiting (a FIFO or a device would block). libavformat
 * gets its bytes and never a path: a playlist, or a film whose sound is in another file, opens
 * nothing. Only containers and codecs that people have are tried; the sound of a film is read
 * without its pictures, and its pictures without its sound.
 *
 * Thread   one at a time.
 * Errors   a negative errno and a line for a person that begins with the path: what open() and
 *          read() say; -EBADMSG: nothing that can be read; -ENODATA: no sound, or no pictures;
 *          -ECANCELED; -ENOMEM.
 */
#ifndef MIXER_FILE_FILE_INPUT_H
#define MIXER_FILE_FILE_INPUT_H

#include <stdatomic.h>
#include <stdbool.h>

struct AVCodec;
struct AVFormatContext;
struct file_input;

/** Any thread, any number of times, before whatever else is asked of libav: its lines go to our
 * log, and it allocates no more at once than a file can need. */
void file_input_prepare(void);

enum file_input_kind { FILE_INPUT_SOUND, FILE_INPUT_PICTURES };

/** @p cancel: once true, all reads fail with -ECANCELED; borrowed until close; NULL: never.
 *  @return 0 and *input; else *why, owned by the caller (free()), NULL if memory is out. */
int file_input_open(const char *path, enum file_input_kind kind, const atomic_bool *cancel,
                    struct file_input **input, char **why);
void file_input_close(struct file_input *input); /* NULL is allowed */

/** Reads the head of the file, and finds its sound or its pictures. What was begun before is
 * forgotten. */
int file_input_begin(struct file_input *input, char **why);

/** Since the last begin; both NULL before. Borrowed until the next begin. */
struct AVFormatContext *file_input_format(const struct file_input *input);
const struct AVCodec *file_input_codec(const struct file_input *input);

/** Which of the format's streams it is. */
unsigned file_input_stream(const struct file_input *input);

/** Makes the errno and the line of a libav error @p code, to be told of this file. */
int file_input_error(const struct file_input *input, int code, char **why);

/** Makes a line "PATH: ..." of -EBADMSG. */
int file_input_bad(const struct file_input *input, char **why, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
