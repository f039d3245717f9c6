/*
 * api_links.h - links to files and recordings that are good without a token, for a time: for
 * those who have none, as phones.
 *
 *   api_links_create("data", 86400, &links, &why);
 *   api_links_write(links, &target, now_ns, path);
 *                      "/api/v1/rooms/blue/files/ID/content?expires=...&signature=..."
 *   err = api_links_check(links, &link, now_ns);
 *
 * A signature is HMAC-SHA-256 over room, id and end, with a key of this server's, which is kept
 * in the data directory (link-key): without it, and a restart, all links that were given out
 * are good no more. An end is rounded up to the hour, so that who asks twice is told the same
 * link.
 *
 * Thread   any; constant.
 * Source   RFC 2104.
 */
#ifndef API_API_LINKS_H
#define API_API_LINKS_H

#include <stdint.h>

enum { API_LINK_BYTES = 256 }; /* of the longest, with its NUL */

enum api_link_kind { API_LINK_FILE, API_LINK_RECORDING };

struct api_links;

/** Links are good for @p valid_s. @return 0 and *links, owned by the caller; else an errno and
 * *why, owned by the caller, or NULL. */
int api_links_create(const char *data_directory, unsigned valid_s, struct api_links **links,
                     char **why);
void api_links_destroy(struct api_links *links); /* NULL is allowed */

/** What a link is of: whatever its kind, no other has that id. */
struct api_link_target {
    enum api_link_kind kind;
    const char *room, *id;
};

/** The path of the bytes, with its end and signature. @p now_ns: wall. */
void api_links_write(const struct api_links *links, const struct api_link_target *target,
                     int64_t now_ns, char out[API_LINK_BYTES]);

/** What came: of a path and of its query, decoded. */
struct api_link {
    const char *room, *id;
    const char *expires, *signature; /* NULL: missing */
};

/** @return 0; -EACCES: it is none of ours; -ETIME: it was, until its end. */
int api_links_check(const struct api_links *links, const struct api_link *link, int64_t now_ns);

#endif
