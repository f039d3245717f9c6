/* layer_chain.c - what a lost picture breaks. */
#include "mixer/video_codec/layer_chain.h"

#include <assert.h>

static void set(struct layer_chain *chain, unsigned from, bool is_good)
{
    for (unsigned i = from; i < LAYER_CHAIN_LAYERS; i++)
        chain->is_good[i] = is_good;
}

/* Whether a counter of that many bits can not have gone round since the last picture. */
static bool is_recent(const struct layer_chain *chain,
                      const struct layer_chain_picture *picture, unsigned bits)
{
    const uint32_t most = ((UINT32_C(1) << bits) - 1) * LAYER_CHAIN_LEAST_TICKS;
    return chain->has_last && picture->timestamp - chain->last.timestamp <= most;
}

static bool is_next(const struct layer_chain *chain, const struct layer_chain_picture *picture)
{
    const struct layer_chain_picture *last = &chain->last;
    const unsigned bits = picture->id_bits;
    return bits && last->id_bits == bits && is_recent(chain, picture, bits) &&
           picture->id == ((last->id + 1U) & ((1U << bits) - 1));
}

/* Whether no picture of layer 0 is missing before it. */
static bool has_bases(const struct layer_chain *chain,
                      const struct layer_chain_picture *picture)
{
    const struct layer_chain_picture *last = &chain->last;
    return picture->has_base && last->has_base && is_recent(chain, picture, 8) &&
           picture->base == (uint8_t)(last->base + (picture->layer == 0));
}

static bool has_layers(const struct layer_chain *chain, unsigned layer)
{
    bool is_good = true;
    for (unsigned i = 0; i <= layer; i++)
        is_good &= chain->is_good[i];
    return is_good;
}

bool layer_chain_take(struct layer_chain *chain, const struct layer_chain_picture *picture)
{
    assert(picture->layer < LAYER_CHAIN_LAYERS);
    const bool is_key = picture->is_key && picture->is_whole;
    const unsigned layer = picture->has_base ? picture->layer : 0;
    if (is_key)
        set(chain, 0, true);
    else if (picture->is_after_gap && !is_next(chain, picture))
        set(chain, has_bases(chain, picture) ? 1 : 0, false);
    chain->last = *picture;
    chain->has_last = true;
    if (!picture->is_whole) {
        if (!picture->is_unneeded)
            set(chain, layer, false);
        return false;
    }
    if (picture->is_on_base_only && chain->is_good[0])
        chain->is_good[layer] = true;
    else if (!has_layers(chain, layer))
        return false;
    if (picture->is_switch_up)
        set(chain, layer + 1, true);
    return true;
}
