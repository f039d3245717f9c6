/* fuzz_offer.c - any bytes as a far end's SDP: read, answered, answered again, or refused. */
#include "server/sip/offer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct offer_local local = {
    .family = AF_INET, .address = "192.0.2.1", .port = 20000, .ptime_ms = 20};

static void check_plan(const struct leg_plan *plan)
{
    assert(plan->codec_count >= 1 && plan->codec_count <= LEG_PLAN_MAX_CODECS);
    assert(plan->event_count <= LEG_PLAN_MAX_EVENTS);
    assert(plan->ptime_ms >= OFFER_MIN_PTIME_MS && plan->ptime_ms <= OFFER_MAX_PTIME_MS);
    for (unsigned i = 0; i < plan->codec_count; i++)
        assert(plan->codec[i].codec && plan->codec[i].receive_type < 128 &&
               plan->codec[i].send_type < 128);
    for (unsigned i = 0; i < plan->event_count; i++)
        assert(plan->event[i].receive_type < 128 && plan->event[i].send_type < 128 &&
               plan->event[i].clock_hz);
    assert(plan->noise_count <= LEG_PLAN_MAX_NOISES);
    for (unsigned i = 0; i < plan->noise_count; i++) {
        bool is_used = false; /* noise is of a codec's clock */
        for (unsigned k = 0; k < plan->codec_count; k++)
            is_used |= plan->codec[k].codec->rtp_clock_hz == plan->noise[i].clock_hz;
        assert(is_used);
        assert(plan->noise[i].receive_type < 128 && plan->noise[i].send_type < 128);
    }
    assert((plan->red.receive_type < 128) == (plan->red.send_type < 128));
    if (plan->red.send_type < 128)
        assert(plan->red.codec < plan->codec_count &&
               plan->codec[plan->red.codec].codec == audio_red_codec());
    assert(plan->level_id <= EXTMAP_MAX_ID && plan->mixed_levels_id <= EXTMAP_MAX_ID);
    assert(!plan->level_id || plan->level_id != plan->mixed_levels_id);
    assert(plan->ptime_ms % plan->codec[0].codec->frame_ms == 0);
}

static struct offer *read_body(struct offer_session *session, const char *body, size_t length)
{
    struct offer *offer = NULL;
    struct offer_failure why;
    memset(&why, 0, sizeof(why));
    if (offer_read(session, body, length, &offer, &why) == 0)
        return offer;
    assert(why.status >= 400 && why.status < 700);
    assert(memchr(why.text, 0, sizeof(why.text)));
    return NULL;
}

/* Whatever the dialog remembers, our own offer can be read, and each type in it means one
 * thing.
 */
static void offer_again(struct offer_session *session)
{
    struct offer_session far;
    char *sdp = NULL;
    assert(offer_make(session, &local, &sdp) == 0);
    for (unsigned i = 0; i < session->listed.count; i++) {
        for (unsigned k = 0; k < i; k++)
            assert(session->listed.type[i].receive_type !=
                   session->listed.type[k].receive_type);
    }
    offer_session_init(&far);
    /* all numbers may be taken by what the far end has given other meanings */
    if (session->listed.count)
        offer_destroy(read_body(&far, sdp, strlen(sdp)));
    offer_session_finish(&far);
    free(sdp);
}

/* The same body twice in one dialog: the second answer may not fail, and says and plans the
 * same. */
static void answer_twice(const char *body, size_t length)
{
    struct offer_session session;
    offer_session_init(&session);
    char *first = NULL;
    struct leg_plan plans[2];
    memset(plans, 0, sizeof(plans[0]));
    memset(plans + 1, 0xff, sizeof(plans[1]));
    for (unsigned round = 0; round < 2; round++) {
        struct offer *offer = read_body(&session, body, length);
        if (!offer)
            break;
        char *sdp = NULL;
        assert(offer_family(offer) == AF_INET || offer_family(offer) == AF_INET6);
        assert(offer_remote(offer));
        if (offer_answer(&session, offer, &local, &plans[round], &sdp) == 0) {
            check_plan(&plans[round]);
            offer_commit(&session);
            assert(strncmp(sdp, "v=0\r\n", 5) == 0);
            assert(!first || strcmp(first, sdp) == 0);
            assert(!first || memcmp(&plans[0], &plans[1], sizeof(plans[0])) == 0);
        }
        offer_destroy(offer);
        free(first);
        first = sdp;
    }
    free(first);
    offer_again(&session);
    offer_session_finish(&session);
}

/* The same body as the answer to our own offer. */
static void accept_it(const char *body, size_t length)
{
    struct offer_session session;
    struct leg_plan plan;
    struct offer_failure why;
    char *sdp = NULL;
    offer_session_init(&session);
    memset(&plan, 0, sizeof(plan));
    assert(offer_make(&session, &local, &sdp) == 0);
    struct offer *answer = read_body(&session, body, length);
    if (answer && offer_accept(&session, answer, &local, &plan, &why) == 0) {
        check_plan(&plan);
        offer_commit(&session);
    } else {
        offer_withdraw(&session);
    }
    offer_destroy(answer);
    free(sdp);
    offer_session_finish(&session);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* a SIP body has a length, not an end: what lies behind it is not to be read */
    char *body = malloc(size ? size : 1);
    assert(body);
    memcpy(body, data, size);
    answer_twice(body, size);
    accept_it(body, size);
    free(body);
    return 0;
}
