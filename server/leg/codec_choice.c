/* codec_choice.c - a list of names, looked up in the tables of codecs. */
#include "server/leg/codec_choice.h"

#include "mixer/codec/codec.h"
#include "mixer/video_codec/video_codec.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* A name may have several rows. */
static bool is_first_of_name(unsigned row)
{
    for (unsigned i = 0; i < row; i++) {
        if (strcasecmp(codec_at(i)->name, codec_at(row)->name) == 0)
            return false;
    }
    return true;
}

const char *codec_choice_known(unsigned index)
{
    const struct codec *audio;
    for (unsigned row = 0; (audio = codec_at(row)); row++) {
        if (is_first_of_name(row) && index-- == 0)
            return audio->name;
    }
    const struct video_codec *video = video_codec_at(index);
    return video ? video->name : NULL;
}

static const char *find_known(const char *name)
{
    const char *known;
    for (unsigned i = 0; (known = codec_choice_known(i)); i++) {
        if (strcasecmp(known, name) == 0)
            return known;
    }
    return NULL;
}

static bool is_picture(const char *name)
{
    return video_codec_by_name(name) != NULL;
}

int codec_choice_add(struct codec_choice *choice, const char *name)
{
    const char *known = find_known(name);
    if (!known)
        return -ENOENT;
    if (codec_choice_place(choice, known) >= 0)
        return -EEXIST;
    if (choice->count == CODEC_CHOICE_MOST)
        return -E2BIG;
    choice->name[choice->count++] = known;
    return 0;
}

bool codec_choice_limits(const struct codec_choice *choice, enum codec_choice_medium medium)
{
    for (unsigned i = 0; i < choice->count; i++) {
        if (is_picture(choice->name[i]) == (medium == CODEC_CHOICE_VIDEO))
            return true;
    }
    return false;
}

int codec_choice_place(const struct codec_choice *choice, const char *name)
{
    for (unsigned i = 0; i < choice->count; i++) {
        if (strcasecmp(choice->name[i], name) == 0)
            return (int)i;
    }
    return -ENOENT;
}

int codec_choice_meet(const struct codec_choice *one, const struct codec_choice *other,
                      struct codec_choice *both)
{
    const bool limits = codec_choice_limits(other, CODEC_CHOICE_AUDIO);
    *both = *other;
    if (!codec_choice_limits(one, CODEC_CHOICE_AUDIO))
        return 0;
    both->count = 0;
    for (unsigned i = 0; i < one->count; i++) {
        if (!is_picture(one->name[i]) &&
            (!limits || codec_choice_place(other, one->name[i]) >= 0))
            codec_choice_add(both, one->name[i]);
    }
    const int error = both->count ? 0 : -ENOENT;
    for (unsigned i = 0; i < other->count; i++) {
        if (is_picture(other->name[i]))
            codec_choice_add(both, other->name[i]);
    }
    return error;
}

void codec_choice_write(const struct codec_choice *choice, char text[CODEC_CHOICE_TEXT_BYTES])
{
    size_t used = 0;
    text[0] = '\0';
    for (unsigned i = 0; i < choice->count; i++)
        used += (size_t)snprintf(text + used, CODEC_CHOICE_TEXT_BYTES - used, "%s%s",
                                 i ? "," : "", choice->name[i]);
}

unsigned codec_choice_read(const char *text, struct codec_choice *choice)
{
    unsigned wrong = 0;
    *choice = (struct codec_choice){.count = 0};
    while (*text) {
        char name[CODEC_CHOICE_TEXT_BYTES];
        const size_t length = strcspn(text, ",");
        snprintf(name, sizeof(name), "%.*s", (int)length, text);
        if (codec_choice_add(choice, name) < 0)
            wrong++;
        text += length + (text[length] == ',');
    }
    return wrong;
}
