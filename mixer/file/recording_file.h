/*
 * recording_file.h - a recording on disk: WebM, with the sound as Opus and pictures, if there
 * are any, as VP8 that somebody else has encoded.
 *
 *   recording_file_create(path, &plan, &file);
 *   recording_file_sound(file, pcm);                    the next 20 ms
 *   recording_file_picture(file, ns, bytes, length, is_key);
 *   recording_file_finish(file);                        now it can be sought in, too
 *   recording_file_destroy(file);
 *
 *   recording_file_mend(path, NULL, &length_ms);        of a process that was killed
 *
 * What is written is on its way to the disk a second later at most, in clusters that can be
 * read without what would have followed: whatever happens then, the file can be played up to
 * there. What only the end knows (its length, where to find what) is written by finish();
 * space for it is kept on the disk meanwhile, where the file system can. mend() does the same
 * for a file that has no end.
 *
 * Shape    pcm is int16_t[PCM_MAX_TICK_VALUES], stereo, 48000 Hz. Times [ns] are from the begin
 *          of the file; the sound's is that of what was given so far.
 * Thread   one at a time; it writes to the disk.
 * Errors   0 or a negative errno, after which nothing more should come: finish() it. If that
 *          fails, too, it is as one of a process that was killed.
 * Source   RFC 9559 (Matroska), WebM Container Guidelines, RFC 7845 section 5.1 (OpusHead).
 */
#ifndef MIXER_FILE_RECORDING_FILE_H
#define MIXER_FILE_RECORDING_FILE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct recording_file;

struct recording_file_plan {
    const char *title;      /* of the file; NULL: none */
    unsigned width, height; /* of its pictures; 0: it has none */
};

/** Makes the file, which must not be there. @return 0 and *file, owned by the caller; -ENOMEM,
 *  what open() says. */
int recording_file_create(const char *path, const struct recording_file_plan *plan,
                          struct recording_file **file);
/** Without finish() it stays as it is. NULL is allowed. */
void recording_file_destroy(struct recording_file *file);

/** @p pcm NULL: silence. */
int recording_file_sound(struct recording_file *file, const int16_t *pcm);
int recording_file_picture(struct recording_file *file, int64_t ns, const uint8_t *bytes,
                           size_t length, bool is_key);
int recording_file_finish(struct recording_file *file);

/** How long it is. */
uint64_t recording_file_bytes(const struct recording_file *file);

/** Writes the file anew, as far as it can be read, with an end. @p cancel: once true, it is
 * left.
 *  @return 0 and *length_ms; -ENODATA: there is nothing in it that can be played; -EIO,
 * -ENOSPC, -ENOMEM, -ECANCELED: it is as it was. */
int recording_file_mend(const char *path, const atomic_bool *cancel, uint64_t *length_ms);

#endif
