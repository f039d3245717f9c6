/*
 * pages.h - memory of which only what is used costs anything.
 *
 *   buffer = pages_create(bytes);  ...  pages_destroy(buffer, bytes);
 *
 * The kernel gives a page when it is first written, and the heap is not touched. So it is for
 * what is sized for the worst and seldom filled; the used part belongs at the beginning.
 *
 * Thread   any.
 */
#ifndef MIXER_BASE_PAGES_H
#define MIXER_BASE_PAGES_H

#include <stddef.h>

/** @return @p bytes (not 0) of zeros that begin at a page, owned by the caller, who ends them
 * with pages_destroy(); NULL: no memory. */
void *pages_create(size_t bytes);

/** @p bytes as it was created with. NULL is allowed. */
void pages_destroy(void *pages, size_t bytes);

#endif
