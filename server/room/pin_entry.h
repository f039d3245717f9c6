/*
 * pin_entry.h - somebody enters a PIN: digits and time in, an outcome out.
 *
 *   pin_entry_begin(&entry, &rules, now_ns);
 *   outcome = pin_entry_digit(&entry, &rules, '4', now_ns);
 *   outcome = pin_entry_time(&entry, now_ns);              at entry.deadline_ns
 *   pin_entry_told(&entry, &rules, now_ns);                a prompt is over: time counts anew
 *
 * # ends the digits, * forgets them, A to D are no part of it. Digits that can only be one PIN
 * are taken without #: at the length of the longest, or if they are the shorter one and do not
 * begin the longer. Which digit is wrong cannot be told from how long the answer takes.
 *
 * Who types it in a form has one try at a time: pin_entry_judge().
 *
 * Thread   any; pure.
 */
#ifndef SERVER_ROOM_PIN_ENTRY_H
#define SERVER_ROOM_PIN_ENTRY_H

#include <stdint.h>

enum { PIN_ENTRY_BYTES = 17, PIN_ENTRY_MOST_KEYS = 200 };

/** Of the room; each PIN is of at most 16 digits. "": there is none. */
struct pin_entry_rules {
    const char *pin, *moderator_pin;
    unsigned tries;
    int64_t timeout_ns;
};

struct pin_entry {
    char digits[PIN_ENTRY_BYTES];
    unsigned length;
    unsigned tries; /* left */
    unsigned keys;  /* left: nobody stands in the door for ever */
    int64_t deadline_ns;
};

enum pin_entry_outcome {
    PIN_ENTRY_MORE,      /* waits for more                     */
    PIN_ENTRY_WRONG,     /* may try again                      */
    PIN_ENTRY_TOO_OFTEN, /* no tries are left                  */
    PIN_ENTRY_TIMED_OUT,
    PIN_ENTRY_GUEST,     /* the PIN                            */
    PIN_ENTRY_MODERATOR, /* the moderators' PIN                */
};

void pin_entry_begin(struct pin_entry *entry, const struct pin_entry_rules *rules,
                     int64_t now_ns);
enum pin_entry_outcome pin_entry_digit(struct pin_entry *entry,
                                       const struct pin_entry_rules *rules, char digit,
                                       int64_t now_ns);
enum pin_entry_outcome pin_entry_time(const struct pin_entry *entry, int64_t now_ns);
void pin_entry_told(struct pin_entry *entry, const struct pin_entry_rules *rules,
                    int64_t now_ns);

/** A PIN that was typed as a whole, elsewhere. @return GUEST, MODERATOR, or WRONG. */
enum pin_entry_outcome pin_entry_judge(const char *typed, const struct pin_entry_rules *rules);

#endif
