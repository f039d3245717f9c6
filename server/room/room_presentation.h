/*
 * room_presentation.h - a file of a room in its pictures: an image, or a PDF page by page, in
 * the place of who presents.
 *
 *   room_presentation_begin(room, file, 1, participant);
 *   room_presentation_turn(room, 2);
 *   room_presentation_end(room);
 *
 * A page is drawn elsewhere (file_desk): until it is, the state is PREPARING and what was shown
 * before stays. ROOM_EVENT_ROOM_PRESENTATION tells each change. It ends with its file, with the
 * participant who began it, and with the room.
 *
 * Thread   control.
 */
#ifndef SERVER_ROOM_ROOM_PRESENTATION_H
#define SERVER_ROOM_ROOM_PRESENTATION_H

#include "server/room/room_files.h"

struct room;

enum room_presentation_state {
    ROOM_PRESENTATION_PREPARING,
    ROOM_PRESENTATION_SHOWN,
    ROOM_PRESENTATION_FAILED, /* its file cannot be read */
};

struct room_presentation_info {
    char file[ROOM_FILE_ID_BYTES];
    char name[ROOM_FILE_NAME_BYTES];
    enum room_presentation_state state;
    unsigned page;                        /* that is shown, or is to be            */
    unsigned pages;                       /* 0: not known yet; of an image 1       */
    char presenter[PARTICIPANT_ID_BYTES]; /* "": the API     */
};

/** NULL: there is none. Borrowed until the next turn of the loop. */
const struct room_presentation_info *room_presentation(const struct room *room);

/** Takes the place of what was presented. @p participant (of the room) may be NULL.
 *  @return 0; -EMEDIUMTYPE: neither an image nor a PDF; -EFBIG: an image of too many bytes;
 *          -ENOSYS: this server has no video; -ENOMEM. */
int room_presentation_begin(struct room *room, const struct room_file *file, unsigned page,
                            const struct participant *participant);

/** @return 0; -ERANGE: there is no such page; -ENOENT: there is no presentation; -ENOMEM. */
int room_presentation_turn(struct room *room, unsigned page);

/** Of no effect if there is none. */
void room_presentation_end(struct room *room);

/** "preparing", "shown", "failed". */
const char *room_presentation_state_word(enum room_presentation_state state);

#endif
