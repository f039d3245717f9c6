/*
 * api_admin_token.h - the file of the administrator's token: made once, read at each start.
 *
 * Thread   any, before the API is made.
 */
#ifndef API_API_ADMIN_TOKEN_H
#define API_API_ADMIN_TOKEN_H

/**
 * Reads the token of @p directory/admin-token, or makes it there (mode 0600) if there is none.
 *
 * @return 0 and *token, owned by the caller; else an errno and *why, owned by the caller.
 */
int api_admin_token_file(const char *directory, char **token, char **why);

#endif
