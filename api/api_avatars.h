/*
 * api_avatars.h - uploaded pictures that stand for participants: checked, and kept as files of
 * random names below the data directory. A file belongs to its participant, who removes it.
 *
 *   api_avatars_create(data_directory, &avatars, &why);   removes what an earlier process left
 *   api_avatars_keep(avatars, bytes, length, &path);      path and file: owned by the caller
 *   api_avatars_read(path, &bytes, &length, &type);
 *
 * Thread   create, destroy: control. keep and read: HTTP; they touch disk, and keep() decodes
 *          the picture, which takes some milliseconds: calls and rooms do not notice, other
 *          requests wait. The checks are pure (mixer/video/image.h).
 * Errors   0 or a negative errno. -EBADMSG: no JPEG, PNG or WebP that can be read; -EFBIG: too
 *          many bytes or pixels.
 */
#ifndef API_API_AVATARS_H
#define API_API_AVATARS_H

#include <stddef.h>
#include <stdint.h>

struct api_avatars;

enum { API_AVATAR_MOST_BYTES = 1 << 20, API_AVATAR_MOST_SIDE = 4096 };

/** @return else an errno and *why, owned by the caller, or NULL. */
int api_avatars_create(const char *data_directory, struct api_avatars **avatars, char **why);
void api_avatars_destroy(struct api_avatars *avatars); /* NULL is allowed */

int api_avatars_keep(const struct api_avatars *avatars, const char *bytes, size_t length,
                     char **path);

/** *bytes: owned by the caller; *type: a constant, "image/png". */
int api_avatars_read(const char *path, char **bytes, size_t *length, const char **type);

#endif
