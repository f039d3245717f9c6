/*
 * room_circles.h - who hears whom in a room, by names: "main" is the conference, any other name
 * is a circle of the room. Somebody hears whom he shares a circle with (leg.h, struct leg_mix).
 *
 *   whisper      a supervisor says {"whisper-bob"}, bob hears {"main", "whisper-bob"}
 *   sidebar      two say and hear {"sidebar"}
 *   listen only  says {}
 *
 * Maps names to bits: "main" is bit 0, and a name has its bit for as long as somebody uses it.
 *
 * Shape    a set of circles is a uint32_t, a bit each. Names: 1 to 32 of a-z 0-9 -.
 * Thread   any; pure.
 */
#ifndef SERVER_ROOM_ROOM_CIRCLES_H
#define SERVER_ROOM_ROOM_CIRCLES_H

#include <stdbool.h>
#include <stdint.h>

enum { ROOM_CIRCLES = 32, ROOM_CIRCLE_BYTES = 33 };

/** A list of names; borrowed. */
struct room_circle_names {
    unsigned count;
    const char *name[ROOM_CIRCLES];
};

/** Zeroed: none but "main". The fields are the map's. */
struct room_circles {
    struct {
        char name[ROOM_CIRCLE_BYTES]; /* stays behind when it is not used any more */
        unsigned users;
    } circle[ROOM_CIRCLES - 1]; /* of bits 1 to 31 */
};

bool room_circle_is_valid(const char *name);

/** Finds or makes the circles of these valid names, and uses each once more.
 *  @return 0 and *set; -EUSERS: more than 31 in the room; nothing is used then. */
int room_circles_use(struct room_circles *circles, const struct room_circle_names *names,
                     uint32_t *set);

/** The set is not used any more. */
void room_circles_release(struct room_circles *circles, uint32_t set);

/** The names of a set that is used, borrowed until it is not. @p circles may be NULL: none but
 *  "main". */
struct room_circle_names room_circles_name(const struct room_circles *circles, uint32_t set);

#endif
