/* pages.c - anonymous mappings; the kernel makes one of those that are neighbours. */
#include "mixer/base/pages.h"

#include <stdlib.h>
#include <sys/mman.h>

#ifdef __SANITIZE_ADDRESS__
#define HAS_GUARDS 1
#elif defined(__has_feature)
#define HAS_GUARDS __has_feature(address_sanitizer)
#else
#define HAS_GUARDS 0
#endif

void *pages_create(size_t bytes)
{
    if (HAS_GUARDS) /* the sanitizer watches both ends of what is on the heap */
        return calloc(1, bytes);
    void *pages = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED)
        return NULL;
    /* Where huge pages are the rule, one would come for neighbours that have hardly any. An
     * error is of a kernel that has none. */
    (void)madvise(pages, bytes, MADV_NOHUGEPAGE);
    return pages;
}

void pages_destroy(void *pages, size_t bytes)
{
    if (HAS_GUARDS)
        free(pages);
    else if (pages)
        munmap(pages, bytes);
}
