/* fuzz_diversion.c - any text as the value of Diversion and of History-Info: what is taken from
 * it can be written, and is read again as the same. */
#include "server/sip/diversion.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct diversion_list *list)
{
    static char out[DIVERSION_TEXT_BYTES];
    struct diversion_list again = {.count = 0};
    assert(list->count <= DIVERSION_MOST);
    diversion_write_history(list, "sip:target@example.com", out);
    diversion_write(list, out);
    assert(!strpbrk(out, "\r\n"));
    diversion_read(out, &again);
    assert(again.count == list->count);
    for (unsigned i = 0; i < again.count; i++)
        assert(strcmp(again.diversion[i].uri, list->diversion[i].uri) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *value = malloc(size + 1);
    struct diversion_list list = {.count = 0};
    assert(value);
    memcpy(value, data, size);
    value[size] = '\0';
    diversion_read(value, &list);
    check(&list);
    list.count = 0;
    diversion_read_history(value, &list);
    check(&list);
    free(value);
    return 0;
}
