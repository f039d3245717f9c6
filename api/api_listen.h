/*
 * api_listen.h - the listening socket of HTTP.
 *
 * Thread   control.
 */
#ifndef API_API_LISTEN_H
#define API_API_LISTEN_H

/**
 * Binds @p address, "127.0.0.1:8080" or "[::1]:8080".
 *
 * @return the descriptor, owned by the caller; or a negative errno and *why, a line for a
 *         person, owned by the caller (NULL: no memory).
 */
int api_listen(const char *address, char **why);

#endif
