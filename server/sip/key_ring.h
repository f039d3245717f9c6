/*
 * key_ring.h - the pairs of one server: the main one, and further ones for other names.
 *
 *   key_ring_set_main(&ring, certificate, key, &why);      key_ring_add(&ring, file, &why); ...
 *   const struct key_pair *shown = key_ring_find(&ring, server_name);
 *
 * Names    of a certificate are those that X509_check_host(3) takes for it: DNS in
 *          subjectAltName, or without any the common name; "*.example.com" is a name of
 *          "a.example.com". Who has a name exactly goes before who has it by a wildcard, the
 *          main pair before further ones, those in the order in which they were added.
 * Thread   control. Reads files: at start and on SIGHUP only.
 * Errors   0 or a negative errno and *why, as in key_pair.h; then nothing was added.
 * Source   RFC 6066 section 3 (server_name), RFC 6125 section 6.4 (wildcards).
 */
#ifndef SERVER_SIP_KEY_RING_H
#define SERVER_SIP_KEY_RING_H

#include "server/sip/key_pair.h"

enum { KEY_RING_MORE = 32 };

struct key_ring { /* zeroed: empty */
    struct key_pair main;
    struct key_pair more[KEY_RING_MORE]; /* [count] */
    unsigned count;
};

/** As key_pair_read(), into the ring. */
int key_ring_set_main(struct key_ring *ring, const char *certificate, const char *key,
                      char **why);

/** Reads a further pair, both in @p file. -EINVAL also if its certificate has no name that
 *  could be asked for; -E2BIG: the ring is full. */
int key_ring_add(struct key_ring *ring, const char *file, char **why);

/** The pair for who asks for @p name; NULL or a name that nobody has: the main one. Borrowed.
 */
const struct key_pair *key_ring_find(const struct key_ring *ring, const char *name);

/** Of the others the first that has all names of @p pair and a key of another kind; NULL. */
const struct key_pair *key_ring_twin(const struct key_ring *ring, const struct key_pair *pair);

void key_ring_finish(struct key_ring *ring); /* a zeroed one is allowed */

#endif
