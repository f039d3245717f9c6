/*
 * api_secret.h - a secret in a file of its own: made once, read at each start.
 *
 * Thread   any, before the API is made.
 */
#ifndef API_API_SECRET_H
#define API_API_SECRET_H

/**
 * Reads the secret of @p directory/@p name, or makes it there (mode 0600) if there is none.
 *
 * @return 0 and *secret, owned by the caller; else an errno and *why, owned by the caller.
 */
int api_secret_file(const char *directory, const char *name, char **secret, char **why);

#endif
