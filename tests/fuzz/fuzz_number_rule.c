/* fuzz_number_rule.c - rules and the numbers that they meet: "RULE\nRULE\nNUMBER". */
#include "server/trunk/number_rule.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { RULES = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char rules[RULES][NUMBER_RULE_BYTES];
    char out[NUMBER_BYTES], number[NUMBER_BYTES];
    unsigned count = 0;
    char *text = malloc(size + 1), *rest = text, *last = text;
    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    for (char *line; (line = strsep(&rest, "\n")); last = line) {
        if (count < RULES && number_rule_is_valid(line))
            memcpy(rules[count++], line, strlen(line) + 1);
        if (number_pattern_is_valid(line) && number_pattern_is_exact(line) &&
            !number_pattern_matches(line, line))
            abort(); /* one that stands for one number only stands for itself */
    }
    if (number_rule_apply(rules, count, last, out) == 0 && strlen(out) >= NUMBER_BYTES)
        abort();
    if (number_read(last, number) && strspn(number, "+0123456789*#") != strlen(number))
        abort();
    free(text);
    return 0;
}
