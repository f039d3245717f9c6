/* pin_entry.c - digits are gathered, and compared in constant time. */
#include "server/room/pin_entry.h"

#include <stdbool.h>
#include <string.h>

static void forget(struct pin_entry *entry)
{
    memset(entry->digits, 0, sizeof(entry->digits));
    entry->length = 0;
}

void pin_entry_begin(struct pin_entry *entry, const struct pin_entry_rules *rules,
                     int64_t now_ns)
{
    *entry = (struct pin_entry){.tries = rules->tries, .keys = PIN_ENTRY_MOST_KEYS};
    pin_entry_told(entry, rules, now_ns);
}

void pin_entry_told(struct pin_entry *entry, const struct pin_entry_rules *rules,
                    int64_t now_ns)
{
    entry->deadline_ns = now_ns + rules->timeout_ns;
}

/* All bytes are looked at, whatever they are. */
static bool fits(const struct pin_entry *entry, const char *pin)
{
    char wanted[PIN_ENTRY_BYTES] = "";
    memcpy(wanted, pin, strnlen(pin, sizeof(wanted) - 1));
    unsigned char differs = 0;
    for (unsigned i = 0; i < sizeof(wanted); i++)
        differs |= (unsigned char)(wanted[i] ^ entry->digits[i]);
    return !differs & (wanted[0] != '\0');
}

static enum pin_entry_outcome judge(struct pin_entry *entry,
                                    const struct pin_entry_rules *rules)
{
    bool is_guest = fits(entry, rules->pin), is_moderator = fits(entry, rules->moderator_pin);
    forget(entry);
    if (is_moderator)
        return PIN_ENTRY_MODERATOR;
    if (is_guest)
        return PIN_ENTRY_GUEST;
    if (entry->tries)
        entry->tries--;
    return entry->tries ? PIN_ENTRY_WRONG : PIN_ENTRY_TOO_OFTEN;
}

/* They cannot become another PIN by more digits. */
static bool is_whole(const struct pin_entry *entry, const struct pin_entry_rules *rules)
{
    const char *one = rules->pin, *other = rules->moderator_pin;
    size_t shorter = strlen(one), longer = strlen(other);
    if (shorter > longer) {
        const char *swap = one;
        one = other;
        other = swap;
        shorter = strlen(one);
        longer = strlen(other);
    }
    bool is_short = fits(entry, one) && strncmp(other, one, shorter) != 0;
    return entry->length >= longer || is_short;
}

enum pin_entry_outcome pin_entry_digit(struct pin_entry *entry,
                                       const struct pin_entry_rules *rules, char digit,
                                       int64_t now_ns)
{
    if (!entry->keys || --entry->keys == 0)
        return PIN_ENTRY_TOO_OFTEN;
    if (digit == '#') /* alone it is no try */
        return entry->length ? judge(entry, rules) : PIN_ENTRY_MORE;
    if (digit == '*') {
        forget(entry);
        pin_entry_told(entry, rules, now_ns);
        return PIN_ENTRY_MORE;
    }
    if (digit < '0' || digit > '9')
        return PIN_ENTRY_MORE;
    entry->digits[entry->length++] = digit; /* never more than the longest PIN has */
    pin_entry_told(entry, rules, now_ns);
    bool is_full = entry->length == PIN_ENTRY_BYTES - 1;
    return is_full || is_whole(entry, rules) ? judge(entry, rules) : PIN_ENTRY_MORE;
}

enum pin_entry_outcome pin_entry_time(const struct pin_entry *entry, int64_t now_ns)
{
    return now_ns >= entry->deadline_ns ? PIN_ENTRY_TIMED_OUT : PIN_ENTRY_MORE;
}

enum pin_entry_outcome pin_entry_judge(const char *typed, const struct pin_entry_rules *rules)
{
    struct pin_entry entry = {.tries = 2};
    size_t length = strlen(typed);
    if (length >= sizeof(entry.digits))
        return PIN_ENTRY_WRONG;
    memcpy(entry.digits, typed, length);
    return judge(&entry, rules);
}
