/*
 * api_pins.h - requests with a PIN: they wait until it is hashed, to be kept, or judged, to
 * come in, and are served anew then.
 *
 *   if (!api_pins_hash(api, request, request->json, room_settings(room))) return;
 *   ...settings are read...
 *   if (!api_pins_take(request, request->json, &settings)) return;
 *
 *   wanted.judged = request->pins;
 *   if (web_call_has_to_judge(room, &wanted)) {
 *       api_pins_judge(api, request, room, wanted.pin);
 *       return;
 *   }
 *
 * Thread   control.
 */
#ifndef API_API_PINS_H
#define API_API_PINS_H

#include "api/api_request.h"
#include "server/room/room.h"

struct api_pins_wait;

struct api_pins {
    struct api_pins_wait *first;
    void (*serve)(void *api, struct api_request *request);
    void (*resume)(struct api_request *request);
};

void api_pins_init(struct api_pins *pins, void (*serve)(void *api, struct api_request *request),
                   void (*resume)(struct api_request *request));
/** What still waits is answered 503. */
void api_pins_finish(struct api_pins *pins);

/** PINs that @p settings, a body, would set are hashed first; @p base: what is there now. If
 * that has changed meanwhile they are hashed again.
 *  @return true: they are, or there are none; false: it is held, or answered. */
bool api_pins_hash(struct api *api, struct api_request *request, const json_t *settings,
                   const struct room_settings *base);
/** Puts those hashes where they belong. @return false: it is answered, both PINs are the same.
 */
bool api_pins_take(struct api_request *request, const json_t *body,
                   struct room_settings *settings);

/** It is held, or answered. */
void api_pins_judge(struct api *api, struct api_request *request, struct room *room,
                    const char *pin);

#endif
