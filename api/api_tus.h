/*
 * api_tus.h - the words of tus, the protocol of uploads that can be resumed.
 *
 * Thread   any; pure.
 * Source   https://tus.io/protocols/resumable-upload 1.0.0: core, creation, expiration,
 *          termination. RFC 4648 section 4 (base64).
 */
#ifndef API_API_TUS_H
#define API_API_TUS_H

#include <stddef.h>
#include <stdint.h>

#define API_TUS_VERSION "1.0.0"
#define API_TUS_EXTENSIONS "creation,expiration,termination"

/** The value of @p key in Upload-Metadata ("filename d29ybGQucGRm,is_confidential"), decoded.
 *  @return its length; -ENOENT: it is not there; -EBADMSG: no base64, has a NUL, or does not
 * fit into @p room bytes with its final NUL. */
int api_tus_metadata(const char *header, const char *key, char *out, size_t room);

/** A number of bytes, as in Upload-Length. @return 0 or -EINVAL. */
int api_tus_number(const char *text, uint64_t *number);

#endif
