/* video_types.c - numbers that keep their meaning, and free ones for what has none yet. */
#include "server/sdp/video_types.h"

#include <string.h>

enum { FIRST_DYNAMIC = 96, LAST_DYNAMIC = 127, NUMBERS = 256 /* with NO_TYPE */ };

/* Which numbers are in use. */
struct numbers {
    bool taken[NUMBERS];  /* whoever uses it for whatever                */
    bool listed[NUMBERS]; /* we receive by it what the new list has under it */
};

const struct video_type *video_types_find(const struct video_types *types,
                                          const struct video_meaning *meaning)
{
    for (unsigned i = 0; i < types->count; i++) {
        if (video_meaning_equals(&types->type[i].meaning, meaning))
            return &types->type[i];
    }
    return NULL;
}

const struct video_type *video_types_find_number(const struct video_types *types,
                                                 const struct video_codec *codec,
                                                 uint8_t receive_type)
{
    for (unsigned i = 0; i < types->count; i++) {
        const struct video_type *type = &types->type[i];
        if (type->meaning.codec == codec && type->receive_type == receive_type)
            return type;
    }
    return NULL;
}

void video_types_remember(struct video_types *types, const struct video_type *type)
{
    unsigned at = 0;
    while (at < types->count && !video_meaning_equals(&types->type[at].meaning, &type->meaning))
        at++;
    if (at == VIDEO_TYPES_MAX)
        return;
    struct video_type *place = &types->type[at];
    uint8_t rtx_receive_type = type->rtx_receive_type, rtx_send_type = type->rtx_send_type;
    if (at == types->count) {
        types->count++;
    } else if (rtx_receive_type == VIDEO_PLAN_NO_TYPE) {
        rtx_receive_type = place->rtx_receive_type;
        rtx_send_type = place->rtx_send_type;
    }
    *place = *type;
    place->rtx_receive_type = rtx_receive_type;
    place->rtx_send_type = rtx_send_type;
}

/* ---- our offers ---- */

static void take(struct numbers *numbers, const struct video_type *type)
{
    numbers->taken[type->receive_type] = numbers->taken[type->send_type] = true;
    numbers->taken[type->rtx_receive_type] = numbers->taken[type->rtx_send_type] = true;
}

static int free_number(const struct numbers *numbers, int wish)
{
    if (wish >= FIRST_DYNAMIC && wish <= LAST_DYNAMIC && !numbers->taken[wish])
        return wish;
    for (int number = FIRST_DYNAMIC; number <= LAST_DYNAMIC; number++) {
        if (!numbers->taken[number])
            return number;
    }
    return -1;
}

/* A far end that breaks its word may have given one number two meanings. */
static void add(const struct video_types *known, struct numbers *numbers,
                const struct video_meaning *meaning, int wish, struct video_types *list)
{
    const struct video_type *before = video_types_find(known, meaning);
    struct video_type type = {.meaning = *meaning,
                              .rtx_receive_type = VIDEO_PLAN_NO_TYPE,
                              .rtx_send_type = VIDEO_PLAN_NO_TYPE};
    if (list->count == VIDEO_PLAN_MAX_CODECS)
        return;
    if (before && !numbers->listed[before->receive_type]) {
        type.receive_type = before->receive_type;
        type.send_type = before->send_type;
    } else {
        int number = free_number(numbers, wish);
        if (number < 0)
            return;
        type.receive_type = type.send_type = (uint8_t)number;
    }
    take(numbers, &type);
    numbers->listed[type.receive_type] = true;
    list->type[list->count++] = type;
}

/* @p new is how many may be added that were not agreed before. */
static void add_row(const struct video_types *known, struct numbers *numbers,
                    const struct video_codec *codec, unsigned *new, struct video_types *list)
{
    for (unsigned variant = 0; variant < codec->variants; variant++) {
        struct video_params params;
        memset(&params, 0, sizeof(params));
        codec->params_offer(variant, &params);
        struct video_meaning meaning = video_meaning_of(codec, &params);
        bool is_known = video_types_find(known, &meaning) != NULL;
        if (video_types_find(list, &meaning) || (!is_known && *new == 0))
            continue;
        *new -= is_known ? 0 : 1;
        add(known, numbers, &meaning, codec->preferred_payload_type + (int)variant, list);
    }
    for (unsigned i = 0; i < known->count; i++) {
        const struct video_type *type = &known->type[i];
        if (type->meaning.codec == codec && !video_types_find(list, &type->meaning))
            add(known, numbers, &type->meaning, codec->preferred_payload_type, list);
    }
}

/* After all codecs, so that none loses the number that it wishes. */
static void add_rtx(const struct video_types *known, struct numbers *numbers, bool rtx,
                    struct video_types *list)
{
    for (unsigned i = 0; i < list->count; i++) {
        struct video_type *type = &list->type[i];
        const struct video_type *before = video_types_find(known, &type->meaning);
        bool had = before && before->rtx_receive_type != VIDEO_PLAN_NO_TYPE;
        if (had && !numbers->listed[before->rtx_receive_type]) {
            type->rtx_receive_type = before->rtx_receive_type;
            type->rtx_send_type = before->rtx_send_type;
        } else if (rtx || had) {
            int number = free_number(numbers, FIRST_DYNAMIC);
            if (number < 0)
                continue;
            type->rtx_receive_type = type->rtx_send_type = (uint8_t)number;
        } else {
            continue;
        }
        take(numbers, type);
        numbers->listed[type->rtx_receive_type] = true;
    }
}

void video_types_offer(const struct video_types *known, const struct codec_choice *choice,
                       bool rtx, struct video_types *list)
{
    struct numbers numbers = {.taken = {false}};
    const struct video_codec *codec;
    unsigned new =
        known->count < VIDEO_PLAN_MAX_CODECS ? VIDEO_PLAN_MAX_CODECS - known->count : 0;
    *list = (struct video_types){.count = 0};
    for (unsigned i = 0; i < known->count; i++)
        take(&numbers, &known->type[i]);
    const bool is_limited = codec_choice_limits(choice, CODEC_CHOICE_VIDEO);
    for (unsigned i = 0; !is_limited && (codec = video_codec_at(i)); i++)
        add_row(known, &numbers, codec, &new, list);
    for (unsigned i = 0; is_limited && i < choice->count; i++) {
        if ((codec = video_codec_by_name(choice->name[i])))
            add_row(known, &numbers, codec, &new, list);
    }
    add_rtx(known, &numbers, rtx, list);
}

void video_types_params(const struct video_meaning *meaning, struct video_params *params)
{
    const struct video_codec *codec = meaning->codec;
    struct video_params agreed = video_meaning_params(meaning);
    for (unsigned variant = 0; variant < codec->variants; variant++) {
        memset(params, 0, sizeof(*params));
        codec->params_offer(variant, params);
        if (codec->params_match(params, &agreed))
            return;
    }
    memset(params, 0, sizeof(*params));
    agreed.level_asymmetry = true; /* an offer need not stay below their level */
    codec->params_answer(&agreed, params);
}
