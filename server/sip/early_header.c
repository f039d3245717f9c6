/* early_header.c - a list of words, of which four are directions. */
#include "server/sip/early_header.h"

#include "server/sip/extension.h"

#include <string.h>
#include <strings.h>

enum { VALUE_BYTES = 128 };

static const char blanks[] = " \t";

/* Calls @p on_word for each, without its parameters. */
static void each_word(const sip_t *sip, void (*on_word)(void *context, const char *word),
                      void *context)
{
    char value[VALUE_BYTES];
    extension_values(sip, "P-Early-Media", value, sizeof(value));
    for (char *rest = value, *word; (word = strsep(&rest, ","));) {
        word += strspn(word, blanks);
        word[strcspn(word, " \t;")] = '\0';
        on_word(context, word);
    }
}

static void note_direction(void *context, const char *word)
{
    enum early_header *said = context;
    if (strcasecmp(word, "sendrecv") == 0 || strcasecmp(word, "sendonly") == 0)
        *said = EARLY_HEADER_SENDS;
    else if (strcasecmp(word, "inactive") == 0 || strcasecmp(word, "recvonly") == 0)
        *said = EARLY_HEADER_SILENT;
}

enum early_header early_header_read(const sip_t *sip)
{
    enum early_header said = EARLY_HEADER_NONE;
    each_word(sip, note_direction, &said);
    return said;
}

static void note_supported(void *context, const char *word)
{
    bool *is_supported = context;
    *is_supported |= strcasecmp(word, "supported") == 0;
}

bool early_header_is_supported(const sip_t *sip)
{
    bool is_supported = false;
    each_word(sip, note_supported, &is_supported);
    return is_supported;
}
