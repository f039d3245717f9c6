/*
 * languages.h - the prompts in each language that there is.
 *
 *   int missing = languages_load("/srv/raduno/prompts", 60, &languages, &why);
 *   languages_find(languages, "it");      NULL: there are none in that language
 *   languages_default(languages);         English
 *
 * A language is a folder, named by its tag (it, pt-BR), of the operator's directory or beside
 * the built-in en (prompts beside the program, or ../share/raduno/prompts where it is
 * installed); what is not in it is said in English. The operator's own for English are in
 * his directory itself, or in its folder en.
 *
 * Thread   load and destroy: control, once: they read files. The rest: control.
 * Errors   those of prompts.h; -E2BIG: above LANGUAGES_MOST folders.
 * Source   RFC 5646 section 2.1 (tags).
 */
#ifndef MIXER_FILE_LANGUAGES_H
#define MIXER_FILE_LANGUAGES_H

#include "mixer/file/prompts.h"

#include <stdbool.h>

enum { LANGUAGES_MOST = 32, LANGUAGE_BYTES = 20 };

#define LANGUAGE_DEFAULT "en"

struct languages;

/** @p directory: the operator's, NULL: none. @p most_s: longer files are refused.
 *  @return how many of the default's prompts are missing, and *languages, owned by the caller;
 * a negative errno and *why, owned by the caller (free()), NULL if memory is out. */
int languages_load(const char *directory, unsigned most_s, struct languages **languages,
                   char **why);
void languages_destroy(struct languages *languages); /* NULL is allowed */

/** Both borrowed until languages_destroy(). */
const struct prompts *languages_find(const struct languages *languages, const char *name);
const struct prompts *languages_default(const struct languages *languages);

/** The tags, the default first; NULL behind the last. */
const char *languages_name(const struct languages *languages, unsigned index);

/** Two or three letters, perhaps more parts of 2 to 8 letters and digits after a -. */
bool language_is_valid(const char *name);

#endif
