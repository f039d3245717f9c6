/* account_settings.c - one table: what the API takes and shows, and which words the store has. */
#include "server/account/account_settings.h"

#include <stddef.h>
#include <string.h>

static const char *const smime_words[] = {
    [ACCOUNT_SMIME_OPTIONAL] = "optional",
    [ACCOUNT_SMIME_OFF] = "off",
    [ACCOUNT_SMIME_REQUIRED] = "required",
    [ACCOUNT_SMIME_WHOLE] = "whole",
};

bool account_number_is_valid(const char *number)
{
    size_t plus = number[0] == '+', digits = strspn(number + plus, "0123456789");
    return !number[plus + digits] && (digits || !plus) && plus + digits < ACCOUNT_NUMBER_BYTES;
}

#define WORD(field, name, words, fallback)                                                     \
    SETTING_WORD(struct account_settings, field, name, words, .otherwise = fallback)
#define TEXT(field, name, check, wants)                                                        \
    SETTING_TEXT(struct account_settings, field, name, check, .allowed = wants)

/* All but the certificate, which is no array. A word that cannot be read must not let anybody
 * speak plainly, nor send calls on. */
static const struct setting table[] = {
    TEXT(display_name, "display_name", NULL, NULL),
    SETTING_FLAG(struct account_settings, enabled, "enabled"),
    WORD(srtp, "srtp", media_srtp_words, "required"),
    TEXT(number, "number", account_number_is_valid, "digits, perhaps behind a +"),
    WORD(smime, "smime", smime_words, "required"),
    WORD(forward.scope, "forwarding", account_forward_scope_words, "none"),
    TEXT(forward.to, "forward_to", account_forward_to_is_valid,
         "a name, a number or a URI, without blanks and quotes"),
    WORD(forward.when, "forward_when", account_forward_when_words, NULL),
    SETTING_NUMBER(struct account_settings, forward.after_s, "forward_after_s", 1,
                   ACCOUNT_FORWARD_MOST_S),
};
enum { SETTINGS = sizeof(table) / sizeof(table[0]) };

struct account_settings account_settings_defaults(void)
{
    return (struct account_settings){.enabled = true,
                                     .forward.after_s = ACCOUNT_FORWARD_AFTER_S};
}

const struct setting *account_setting_at(unsigned index)
{
    return index < SETTINGS ? &table[index] : NULL;
}

const struct setting *account_setting_find(const char *name)
{
    return setting_find(table, SETTINGS, name);
}
