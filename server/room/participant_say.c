/* participant_say.c - prompts and hold music that one participant hears: at the door, or over
 * the conference.
 */
#include "server/room/room_internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* What is being said. It lives until the engine lets go of it, however long its hearer does. */
struct saying {
    struct play_owner owner;
    struct participant *participant; /* NULL: it is over, or hears something else */
    struct media_play *media;
    void (*then)(struct participant *participant);
};

static void on_said(struct play_owner *owner, struct media_play *media)
{
    (void)media;
    struct saying *saying = (struct saying *)owner; /* its first field */
    struct participant *participant = saying->participant;
    void (*then)(struct participant *) = saying->then;
    free(saying);
    if (!participant)
        return;
    participant->saying = NULL;
    if (then)
        then(participant);
}

void participant_hush(struct participant *participant)
{
    struct saying *saying = participant->saying;
    if (!saying)
        return;
    saying->participant = NULL;
    participant->saying = NULL;
    media_play_stop(saying->media);
}

static struct media_room *heard_in(const struct participant *participant)
{
    if (participant_is_at_door(participant))
        return participant->at_door->media_room;
    bool is_in = participant->info.state == PARTICIPANT_CONNECTED;
    return is_in ? participant->mixed_in->media_room : NULL;
}

bool participant_hear_sound(struct participant *participant, const struct media_sound *sound,
                            void (*then)(struct participant *participant))
{
    struct media_room *room = heard_in(participant);
    struct saying *saying = room ? calloc(1, sizeof(*saying)) : NULL;
    if (!saying)
        return false;
    saying->owner.on_played = on_said;
    saying->then = then;
    if (media_play(room, participant->leg, sound, &saying->owner, &saying->media) < 0) {
        free(saying);
        return false;
    }
    participant_hush(participant);
    room_play_replace(participant);
    saying->participant = participant;
    participant->saying = saying;
    return true;
}

void participant_say_clips(struct participant *participant, struct clip *const clips[],
                           unsigned count, void (*then)(struct participant *))
{
    struct media_sound sound = {
        .clip_count = count, .gain = AUDIO_GAIN_ONE, .over_mix = !participant->at_door};
    assert(count <= MEDIA_MAX_CLIPS);
    memcpy(sound.clips, clips, count * sizeof(clips[0]));
    if ((!count || !participant_hear_sound(participant, &sound, then)) && then)
        then(participant);
}

const struct prompts *room_list_prompts(const struct room_list *list, const char *language)
{
    const struct languages *languages = list->config.languages;
    return languages ? languages_find(languages, language) : NULL;
}

const struct prompts *room_prompts(const struct room *room)
{
    const struct prompts *found = room_list_prompts(room->list, room->settings.language);
    return found ? found : room->list->config.prompts;
}

const struct prompts *participant_prompts(const struct participant *participant)
{
    if (participant->own_prompts)
        return participant->own_prompts;
    return participant->prompts ? participant->prompts : room_prompts(participant->room);
}

void participant_say(struct participant *participant, const enum prompt said[], unsigned count,
                     void (*then)(struct participant *))
{
    const struct prompts *prompts = participant_prompts(participant);
    struct clip *clips[MEDIA_MAX_CLIPS];
    assert(count <= MEDIA_MAX_CLIPS);
    for (unsigned i = 0; i < count && prompts; i++)
        clips[i] = prompts_get(prompts, said[i]);
    participant_say_clips(participant, clips, prompts ? count : 0, then);
}
