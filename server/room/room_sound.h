/*
 * room_sound.h - something to be played: a file of the operator's, a prompt, or a file that was
 * fetched; opened, so that what is wrong with it is known before anything is heard.
 *
 *   struct media_sound sound;
 *   room_sound_open(room, &what, &sound, &why);
 *   err = media_play(room, NULL, &sound, owner, &play);
 *   room_sound_close(&sound, err == 0);
 *
 * A small file is decoded at once (clip.h); a large one is a stream, whose errors come later.
 *
 * Thread   control. A small file costs some milliseconds.
 */
#ifndef SERVER_ROOM_ROOM_SOUND_H
#define SERVER_ROOM_ROOM_SOUND_H

#include "server/media/media.h"

#include <stdbool.h>

struct room;

enum room_sound_kind {
    ROOM_SOUND_FILE,   /* name: in the sounds directory                        */
    ROOM_SOUND_PROMPT, /* name: "welcome"                                      */
    ROOM_SOUND_URL,    /* name: the URL; path: what was fetched, removed after use */
    ROOM_SOUND_SHARED, /* name: the id of a file of the room; path: it         */
};

/** Strings are borrowed for the call. */
struct room_sound {
    enum room_sound_kind kind;
    const char *name;
    const char *path;
    bool loop;
    bool is_film; /* its pictures are shown: it may be silent */
};

/** "file", "prompt", "url", "room_file"; a constant. */
const char *room_sound_word(enum room_sound_kind kind);

/**
 * @return 0 and *sound; -ENOENT: no such file or prompt, or no directory is configured;
 * -EACCES; -EBADMSG: no sound; -ENOMEM, and what open() says. *why is then a sentence for a
 *         person, owned by the caller (free()), or NULL if memory is out.
 */
int room_sound_open(const struct room *room, const struct room_sound *what,
                    struct media_sound *sound, char **why);

/** What is heard again and again by who waits, where there is no music: two soft notes, a
 * pause. Owned by the caller; NULL: no memory. */
struct clip *room_sound_hold_tone(void);

/** Lets go of what media_play() has not taken; @p was_played: it returned 0. */
void room_sound_close(struct media_sound *sound, bool was_played);

#endif
