/* offer_types.c - numbers that keep their meaning, and free ones for what has none yet. */
#include "server/sdp/offer_types.h"

enum {
    RED_TYPE = 63, /* as browsers have it: below the dynamic ones, which are few */
    NOISE_TYPE = 13,
    NOISE_CLOCK_HZ = 8000, /* of that type: RFC 3389 section 4 */
    EVENT_TYPE = 101,      /* of the first clock */
    FIRST_DYNAMIC = 96,
    LAST_DYNAMIC = 127,
};

const struct offer_type *offer_types_find(const struct offer_types *types,
                                          const struct audio_meaning *meaning)
{
    for (unsigned i = 0; i < types->count; i++) {
        if (audio_meaning_equals(&types->type[i].meaning, meaning))
            return &types->type[i];
    }
    return NULL;
}

void offer_types_remember(struct offer_types *types, const struct offer_type *type)
{
    unsigned at = 0;
    while (at < types->count && !audio_meaning_equals(&types->type[at].meaning, &type->meaning))
        at++;
    if (at == OFFER_TYPES_MAX)
        return;
    types->type[at] = *type;
    if (at == types->count)
        types->count++;
}

static bool is_taken(const struct offer_types *types, int number)
{
    for (unsigned i = 0; i < types->count; i++) {
        if (types->type[i].receive_type == number || types->type[i].send_type == number)
            return true;
    }
    return false;
}

/* A far end that breaks its word may have given one number two meanings. */
static bool is_listed(const struct offer_types *list, int number)
{
    for (unsigned i = 0; i < list->count; i++) {
        if (list->type[i].receive_type == number)
            return true;
    }
    return false;
}

static int free_number(const struct offer_types *known, const struct offer_types *list,
                       int wish)
{
    for (int number = FIRST_DYNAMIC; number <= LAST_DYNAMIC; number++) {
        if (!is_taken(known, wish) && !is_taken(list, wish))
            return wish;
        wish = number;
    }
    return is_taken(known, wish) || is_taken(list, wish) ? -1 : wish;
}

static void add(const struct offer_types *known, struct offer_types *list,
                struct audio_meaning meaning, int wish)
{
    const struct offer_type *before = offer_types_find(known, &meaning);
    struct offer_type type = {.meaning = meaning};
    if (list->count == OFFER_TYPES_MAX)
        return;
    if (before && !is_listed(list, before->receive_type)) {
        type = *before;
    } else {
        int number = free_number(known, list, wish);
        if (number < 0)
            return;
        type.receive_type = type.send_type = (uint8_t)number;
    }
    list->type[list->count++] = type;
}

static void add_codec(const struct offer_types *known, struct offer_types *list,
                      const struct codec *codec)
{
    struct audio_meaning meaning = {codec, AUDIO_CODEC, codec->rtp_clock_hz};
    if (list->count < LEG_PLAN_MAX_CODECS)
        add(known, list, meaning,
            codec->static_payload_type >= 0 ? codec->static_payload_type
                                            : codec->preferred_payload_type);
}

/* A codec that is not offered by itself was taken from the far end, and may be all there is. */
static void add_codecs(const struct offer_types *known, struct offer_types *list)
{
    const struct codec *codec;
    for (unsigned i = 0; (codec = codec_at(i)); i++) {
        struct audio_meaning meaning = {codec, AUDIO_CODEC, codec->rtp_clock_hz};
        if (codec->is_offered || offer_types_find(known, &meaning))
            add_codec(known, list, codec);
    }
}

static void add_chosen(const struct offer_types *known, const struct codec_choice *choice,
                       struct offer_types *list)
{
    const struct codec *codec;
    for (unsigned place = 0; place < choice->count; place++) {
        for (unsigned i = 0; (codec = codec_at(i)); i++) {
            if (codec_choice_place(choice, codec->name) == (int)place)
                add_codec(known, list, codec);
        }
    }
}

static void add_red(const struct offer_types *known, struct offer_types *list)
{
    const struct codec *codec = audio_red_codec();
    struct audio_meaning whole = {codec, AUDIO_CODEC, codec->rtp_clock_hz};
    struct audio_meaning red = {codec, AUDIO_RED, codec->rtp_clock_hz};
    if (offer_types_find(list, &whole))
        add(known, list, red, RED_TYPE);
}

/* Noise or events, for the clocks of the @p codecs that head the list. */
static void add_for_clocks(const struct offer_types *known, struct offer_types *list,
                           unsigned codecs, enum audio_kind kind)
{
    bool noise = kind == AUDIO_NOISE;
    unsigned left = noise ? LEG_PLAN_MAX_NOISES : LEG_PLAN_MAX_EVENTS;
    for (unsigned i = 0; i < codecs && left; i++) {
        struct audio_meaning meaning = {NULL, kind, list->type[i].meaning.clock_hz};
        bool is_offered =
            !noise || meaning.clock_hz == NOISE_CLOCK_HZ || offer_types_find(known, &meaning);
        if (is_offered && !offer_types_find(list, &meaning)) {
            add(known, list, meaning, noise ? NOISE_TYPE : EVENT_TYPE);
            left--;
        }
    }
}

void offer_types_offer(const struct offer_types *known, const struct codec_choice *choice,
                       struct offer_types *list)
{
    *list = (struct offer_types){.count = 0};
    if (codec_choice_limits(choice, CODEC_CHOICE_AUDIO))
        add_chosen(known, choice, list);
    else
        add_codecs(known, list);
    unsigned codecs = list->count;
    add_red(known, list);
    add_for_clocks(known, list, codecs, AUDIO_NOISE);
    add_for_clocks(known, list, codecs, AUDIO_EVENT);
}
