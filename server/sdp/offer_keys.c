/* offer_keys.c - the keys of one stream. */
#include "server/sdp/offer_keys.h"

#include <errno.h>
#include <string.h>

/* What every phone has, first: some look at the first lines only. Each line more makes an
 * INVITE longer, and one of 1300 bytes no longer goes by UDP. */
static const enum rtp_suite offered[] = {RTP_SUITE_AES_CM_128_HMAC_SHA1_80,
                                         RTP_SUITE_AEAD_AES_128_GCM,
                                         RTP_SUITE_AES_CM_128_HMAC_SHA1_32};

void offer_keys_drop(struct offer_keys *keys)
{
    explicit_bzero(keys, sizeof(*keys));
}

static void add_line(struct crypto_lines *lines, unsigned tag, const struct rtp_keys *keys)
{
    lines->line[lines->count++] = (struct crypto_line){.tag = tag, .keys = *keys};
}

/* What was said is cut down to what is used. */
static void agree(struct offer_keys *keys, unsigned tag, const struct rtp_keys *receive,
                  const struct rtp_keys *send)
{
    const struct rtp_security agreed = {
        .kind = RTP_SECURITY_SDES, .receive = *receive, .send = *send};
    offer_keys_drop(keys);
    keys->agreed = agreed;
    add_line(&keys->said, tag, &agreed.send);
}

static struct rtp_keys make_for(const struct rtp_keys *theirs)
{
    struct rtp_keys ours;
    rtp_keys_make(theirs->suite, &ours);
    ours.mki_bytes = theirs->mki_bytes;
    if (ours.mki_bytes)
        ours.mki[ours.mki_bytes - 1] = 1;
    return ours;
}

void offer_keys_answer(struct offer_keys *keys, const struct crypto_lines *theirs)
{
    if (!theirs->count) {
        offer_keys_drop(keys);
        return;
    }
    const struct crypto_line *taken = &theirs->line[0];
    const bool is_same = keys->agreed.kind == RTP_SECURITY_SDES &&
                         rtp_keys_equal(&keys->agreed.receive, &taken->keys);
    const struct rtp_keys ours = is_same ? keys->agreed.send : make_for(&taken->keys);
    agree(keys, taken->tag, &taken->keys, &ours);
}

void offer_keys_offer(struct offer_keys *keys)
{
    const enum rtp_suite before = keys->agreed.send.suite;
    memset(&keys->said, 0, sizeof(keys->said));
    if (before)
        add_line(&keys->said, 1, &keys->agreed.send);
    for (unsigned i = 0; i < sizeof(offered) / sizeof(offered[0]); i++) {
        struct rtp_keys fresh;
        if (offered[i] == before)
            continue;
        rtp_keys_make(offered[i], &fresh);
        add_line(&keys->said, keys->said.count + 1, &fresh);
    }
}

int offer_keys_accept(struct offer_keys *keys, const struct crypto_lines *answer)
{
    if (!answer->count) {
        if (keys->agreed.kind)
            offer_keys_drop(keys); /* else what was said was never used, and may be yet */
        return 0;
    }
    const struct crypto_line *theirs = &answer->line[0];
    const struct crypto_line *ours = crypto_lines_find(&keys->said, theirs->tag);
    if (!ours || ours->keys.suite != theirs->keys.suite)
        return -ENOTSUP;
    const struct rtp_keys send = ours->keys;
    agree(keys, theirs->tag, &theirs->keys, &send);
    return 0;
}

void offer_keys_write(const struct offer_keys *keys, struct text *text)
{
    for (unsigned i = 0; i < keys->said.count; i++)
        crypto_line_write(&keys->said.line[i], text);
}
