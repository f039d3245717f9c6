/*
 * api_event_words.h - the names of events, so that a misspelt one in a filter is told.
 *
 * Thread   any; pure.
 */
#ifndef API_API_EVENT_WORDS_H
#define API_API_EVENT_WORDS_H

#include <stdbool.h>

/** True if an event has that name: one of rooms (room_event.h), or of what the API runs. */
bool api_event_is_known(const char *word);

#endif
