/*
 * pin_entry.h - somebody enters a PIN: digits and time in, an outcome out.
 *
 *   pin_entry_begin(&entry, &rules, now_ns);
 *   outcome = pin_entry_digit(&entry, &rules, '4', now_ns);
 *   outcome = pin_entry_time(&entry, &rules, now_ns);      at entry.deadline_ns
 *   WHOLE:  entry.digits are compared elsewhere, then
 *   outcome = pin_entry_judged(&entry, is_guest, is_moderator);
 *   pin_entry_told(&entry, &rules, now_ns);                a prompt is over: time counts anew
 *
 * # ends the digits, * forgets them, A to D are no part of it. At the length of the longest PIN
 * they are taken without #; at that of the shorter one, too, if no other follows for a moment.
 *
 * Thread   any; pure.
 */
#ifndef SERVER_ROOM_PIN_ENTRY_H
#define SERVER_ROOM_PIN_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

enum { PIN_ENTRY_BYTES = 17, PIN_ENTRY_MOST_KEYS = 200 };

#define PIN_ENTRY_PAUSE_NS 3000000000LL

/** Of the room; each PIN is of at most 16 digits. 0: there is none. */
struct pin_entry_rules {
    unsigned length, moderator_length;
    bool is_of_any_length; /* up to `length`: a pause ends it */
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
    PIN_ENTRY_WHOLE,     /* is to be judged                    */
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
enum pin_entry_outcome pin_entry_time(const struct pin_entry *entry,
                                      const struct pin_entry_rules *rules, int64_t now_ns);
void pin_entry_told(struct pin_entry *entry, const struct pin_entry_rules *rules,
                    int64_t now_ns);

/** What was WHOLE: the digits are forgotten; if they are none of the PINs, a try is gone. */
enum pin_entry_outcome pin_entry_judged(struct pin_entry *entry, bool is_guest,
                                        bool is_moderator);

#endif
