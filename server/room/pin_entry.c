/* pin_entry.c - digits are gathered, and counted. */
#include "server/room/pin_entry.h"

#include <string.h>

static void forget(struct pin_entry *entry)
{
    memset(entry->digits, 0, sizeof(entry->digits));
    entry->length = 0;
}

static unsigned longer(const struct pin_entry_rules *rules)
{
    return rules->length > rules->moderator_length ? rules->length : rules->moderator_length;
}

/* They may be the shorter PIN, or the beginning of the longer. */
static bool may_be_whole(const struct pin_entry *entry, const struct pin_entry_rules *rules)
{
    return entry->length && (rules->is_of_any_length || entry->length == rules->length ||
                             entry->length == rules->moderator_length);
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
    int64_t wait_ns = rules->timeout_ns;
    if (may_be_whole(entry, rules) && wait_ns > PIN_ENTRY_PAUSE_NS)
        wait_ns = PIN_ENTRY_PAUSE_NS;
    entry->deadline_ns = now_ns + wait_ns;
}

enum pin_entry_outcome pin_entry_digit(struct pin_entry *entry,
                                       const struct pin_entry_rules *rules, char digit,
                                       int64_t now_ns)
{
    if (!entry->keys || --entry->keys == 0)
        return PIN_ENTRY_TOO_OFTEN;
    if (digit == '#') /* alone it is no try */
        return entry->length ? PIN_ENTRY_WHOLE : PIN_ENTRY_MORE;
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
    return is_full || entry->length >= longer(rules) ? PIN_ENTRY_WHOLE : PIN_ENTRY_MORE;
}

enum pin_entry_outcome pin_entry_time(const struct pin_entry *entry,
                                      const struct pin_entry_rules *rules, int64_t now_ns)
{
    if (now_ns < entry->deadline_ns)
        return PIN_ENTRY_MORE;
    return may_be_whole(entry, rules) ? PIN_ENTRY_WHOLE : PIN_ENTRY_TIMED_OUT;
}

enum pin_entry_outcome pin_entry_judged(struct pin_entry *entry, bool is_guest,
                                        bool is_moderator)
{
    forget(entry);
    if (is_moderator)
        return PIN_ENTRY_MODERATOR;
    if (is_guest)
        return PIN_ENTRY_GUEST;
    if (entry->tries)
        entry->tries--;
    return entry->tries ? PIN_ENTRY_WRONG : PIN_ENTRY_TOO_OFTEN;
}
