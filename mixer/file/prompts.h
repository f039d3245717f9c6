/*
 * prompts.h - what the server says: a table of names, and for each a clip.
 *
 *   int missing = prompts_load_from(directories, count, 60, &prompts, &why);
 *   struct clip *clips[PROMPTS_NUMBER_CLIPS] = ...
 *   unsigned count = prompts_number(prompts, 42, clips, PROMPTS_NUMBER_CLIPS);   "40", "2"
 *   ...prompts_get(prompts, PROMPT_ENTER_PIN)...
 *
 * A prompt is the file NAME.EXTENSION ("enter-pin.wav", or .flac, .ogg, .opus, .mp3 and what
 * else clip.h reads) in one of some directories (languages.h says which; the last is that of
 * the built-in ones, which espeak-ng speaks when the server is built: prompts/en.txt has names
 * and texts); if it is in none, a short tone stands in, rising for good news and falling for
 * bad.
 *
 * Thread   control. Clips are borrowed: who plays one takes a reference (clip_ref()).
 * Errors   those of clip.h: a file that is there, but broken or too long, is one, and so is a
 *          directory that is not there. *why names the path.
 */
#ifndef MIXER_FILE_PROMPTS_H
#define MIXER_FILE_PROMPTS_H

#include "mixer/file/clip.h"

struct prompts;

/** prompts/en.txt has the text of each, in this order. */
enum prompt {
    PROMPT_ENTER_PIN,
    PROMPT_WRONG_PIN,
    PROMPT_PIN_TIMEOUT,
    PROMPT_TOO_MANY_TRIES,
    PROMPT_GOODBYE,
    PROMPT_WELCOME,
    PROMPT_MODERATOR,
    PROMPT_ALONE,
    PROMPT_WAITING,
    PROMPT_LOCKED,
    PROMPT_UNLOCKED,
    PROMPT_MUTED,
    PROMPT_UNMUTED,
    PROMPT_HAND_RAISED,
    PROMPT_HAND_LOWERED,
    PROMPT_VOLUME_UP,
    PROMPT_VOLUME_DOWN,
    PROMPT_HEADCOUNT_BEFORE,
    PROMPT_HEADCOUNT_AFTER,
    PROMPT_HEADCOUNT_ONE,
    PROMPT_JOINED,
    PROMPT_LEFT,
    PROMPT_RECORDING_STARTED,
    PROMPT_RECORDING_STOPPED,
    PROMPT_GOING_DOWN,
    PROMPT_INVALID,
    PROMPT_MENU,
    PROMPT_PRESS,
    PROMPT_STAR,
    PROMPT_HASH,
    PROMPT_TO_MUTE,
    PROMPT_TO_RAISE_HAND,
    PROMPT_TO_VOLUME_UP,
    PROMPT_TO_VOLUME_DOWN,
    PROMPT_TO_VOICE_UP,
    PROMPT_TO_VOICE_DOWN,
    PROMPT_TO_HEADCOUNT,
    PROMPT_TO_HELP,
    PROMPT_TO_LOCK,
    PROMPT_TO_MUTE_ALL,
    PROMPT_TO_END,
    PROMPT_TO_HANG_UP,
    PROMPT_LOBBY,
    PROMPT_LOBBY_TIMEOUT,
    PROMPT_NOT_ADMITTED,
    PROMPT_KNOCK,
    PROMPT_ADMITTED,
    PROMPT_NOBODY_WAITS,
    PROMPT_CANNOT_UNMUTE,
    PROMPT_TO_ADMIT,
    PROMPT_NOT_BEGUN,
    PROMPT_IS_OVER,
    PROMPT_FULL,
    PROMPT_ENDS_SOON,
    PROMPT_MENU_WELCOME,
    PROMPT_ENTER_NUMBER,
    PROMPT_WRONG_NUMBER,
    PROMPT_NUMBER_TIMEOUT,
    PROMPT_0, /* the number n up to 20: PROMPT_0 + n */
    PROMPT_20 = PROMPT_0 + 20,
    PROMPT_30, /* the number 10 n above: PROMPT_30 + n - 3 */
    PROMPT_90 = PROMPT_30 + 6,
    PROMPT_HUNDRED,
    PROMPT_THOUSAND,
    PROMPTS
};

enum { PROMPTS_MOST_NUMBER = 9999, PROMPTS_NUMBER_CLIPS = 6 };

/** From the first of @p count directories that has the file; all have to be there. @p most_s:
 *  longer files are refused. @return how many prompts are missing, and *prompts, owned by the
 *  caller; a negative errno and *why, owned by the caller (free()), NULL if memory is out. */
int prompts_load_from(const char *const *directories, unsigned count, unsigned most_s,
                      struct prompts **prompts, char **why);
/** The same, and what is missing is that of @p base, not a tone. */
int prompts_load_beside(const struct prompts *base, const char *const *directories,
                        unsigned count, unsigned most_s, struct prompts **prompts, char **why);

void prompts_destroy(struct prompts *prompts); /* NULL is allowed */

/** Never NULL. Borrowed until prompts_destroy(). */
struct clip *prompts_get(const struct prompts *prompts, enum prompt prompt);

/** The clips that say @p number, in their order. @return how many; 0: above
 *  PROMPTS_MOST_NUMBER, or @p room is too small (PROMPTS_NUMBER_CLIPS always is enough). */
unsigned prompts_number(const struct prompts *prompts, unsigned number, struct clip *clips[],
                        unsigned room);

/** "enter-pin". */
const char *prompts_word(enum prompt prompt);

/** The prompt of that word; -1: none. */
int prompts_find(const char *word);

#endif
