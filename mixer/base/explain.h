/*
 * explain.h - why something could not be done, as a line for a person.
 *
 *   if (mkdir(path, 0700) < 0)
 *       return explain(-errno, why, "cannot make %s: %s", path, strerror(errno));
 *
 * Thread   any.
 */
#ifndef MIXER_BASE_EXPLAIN_H
#define MIXER_BASE_EXPLAIN_H

/** Sets *why, owned by the caller (free()); NULL if memory is out. @return @p error. */
int explain(int error, char **why, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
