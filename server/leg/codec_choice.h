/*
 * codec_choice.h - codecs by name, in an order: what a room allows, best first.
 *
 *   struct codec_choice choice = {.count = 0};             nothing chosen: as the server has it
 *   codec_choice_add(&choice, "opus");                     0
 *   codec_choice_add(&choice, "MP3");                      -ENOENT
 *   if (codec_choice_limits(&choice, CODEC_CHOICE_AUDIO))
 *       codec_choice_place(&choice, "PCMU");               -ENOENT: not chosen
 *
 * A name (that of a=rtpmap, without case) means all rows that have it, whatever their clock. A
 * medium of which nothing is named is not limited: "opus" alone leaves pictures as they are.
 *
 * Shape    by value; names are those of the tables of codecs, and live as long as these.
 * Thread   any; pure.
 * Errors   0 or a negative errno.
 */
#ifndef SERVER_LEG_CODEC_CHOICE_H
#define SERVER_LEG_CODEC_CHOICE_H

#include <stdbool.h>

enum { CODEC_CHOICE_MOST = 16, CODEC_CHOICE_TEXT_BYTES = 160 };

enum codec_choice_medium { CODEC_CHOICE_AUDIO, CODEC_CHOICE_VIDEO };

struct codec_choice {
    unsigned count;
    const char *name[CODEC_CHOICE_MOST];
};

/** @return 0; -ENOENT: there is no such codec; -EEXIST: it is in it; -E2BIG. */
int codec_choice_add(struct codec_choice *choice, const char *name);

/** Whether any codec of @p medium is named. */
bool codec_choice_limits(const struct codec_choice *choice, enum codec_choice_medium medium);

/** Where a codec of that name stands in it, from 0; -ENOENT: it is not chosen. */
int codec_choice_place(const struct codec_choice *choice, const char *name);

/** What both allow: sound in the order of @p one, else of @p other; pictures as @p other has
 *  them. @return 0 and *both; -ENOENT: no sound. */
int codec_choice_meet(const struct codec_choice *one, const struct codec_choice *other,
                      struct codec_choice *both);

/** The names that there are, sound first, each once; NULL behind the last. */
const char *codec_choice_known(unsigned index);

/** "opus,PCMU"; "": nothing is chosen. */
void codec_choice_write(const struct codec_choice *choice, char text[CODEC_CHOICE_TEXT_BYTES]);
/** The opposite. @return how many names were left out, as none is known so. */
unsigned codec_choice_read(const char *text, struct codec_choice *choice);

#endif
