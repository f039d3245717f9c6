/* fuzz_offer.c - any bytes as a far end's SDP: read, answered, answered again, or refused; with
 * video and without, as a telephone's and as a browser's. */
#include "server/sdp/offer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct offer_local local = {
    .family = AF_INET,
    .address = "192.0.2.1",
    .port = 20000,
    .ptime_ms = 20,
    .video = {{.port = 30000, .bandwidth_bps = 2000000}, {.port = 30002}}};
static const struct offer_local voice_only = {
    .family = AF_INET, .address = "192.0.2.1", .port = 20000, .ptime_ms = 20};

static const struct dtls_fingerprint ours = {.hash = DTLS_SHA_256};

static void check_security(const struct rtp_security *security, const struct offer_dtls *dtls)
{
    assert((security->kind == RTP_SECURITY_DTLS) == dtls->is_used);
    assert(security->by_path == dtls->has_ice && (dtls->is_used || !dtls->has_ice));
    if (!dtls->is_used)
        return;
    assert(!security->send.suite && !security->receive.suite);
    assert(dtls->remote.fingerprint_count >= 1 &&
           dtls->remote.fingerprint_count <= DTLS_MAX_FINGERPRINTS);
    assert(!dtls->has_ice || ice_credentials_are_good(&dtls->local));
    assert(!dtls->has_ice || ice_credentials_are_good(&dtls->remote_ice));
}

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

static void check_picture(const struct video_plan *plan)
{
    static const struct video_plan nothing;
    assert(plan->codec_count <= VIDEO_PLAN_MAX_CODECS);
    if (!plan->codec_count) {
        assert(memcmp(plan, &nothing, sizeof(nothing)) == 0);
        return;
    }
    assert(plan->codec[0].codec->can_encode);
    for (unsigned i = 0; i < plan->codec_count; i++) {
        const struct video_plan_codec *codec = &plan->codec[i];
        assert(codec->codec && codec->receive_type < 128 && codec->send_type < 128);
        assert((codec->rtx_receive_type < 128) == (codec->rtx_send_type < 128));
        assert(codec->params.parameter_set_size <= VIDEO_PARAMETER_SET_BYTES);
        for (unsigned k = 0; k < i; k++)
            assert(codec->receive_type != plan->codec[k].receive_type);
    }
    assert(plan->transport_id <= EXTMAP_MAX_ID);
    assert(!plan->feedback.transport == !plan->transport_id);
}

static void check_video(const struct video_plans *plans)
{
    for (unsigned i = 0; i < VIDEO_STREAMS; i++)
        check_picture(&plans->stream[i]);
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

static void check_numbers(const struct video_types *listed)
{
    assert(listed->count <= VIDEO_PLAN_MAX_CODECS);
    for (unsigned i = 0; i < listed->count; i++) {
        for (unsigned k = 0; k < i; k++)
            assert(listed->type[i].receive_type != listed->type[k].receive_type);
    }
}

/* Whatever the dialog remembers, our own offer can be read, and each type in it means one
 * thing.
 */
static void offer_again(struct offer_session *session)
{
    struct offer_session far;
    struct offer_formats formats;
    char *sdp = NULL;
    assert(offer_make(session, &local, &sdp) == 0);
    offer_formats_open(session->kept, &formats);
    for (unsigned i = 0; i < formats.listed.count; i++) {
        for (unsigned k = 0; k < i; k++)
            assert(formats.listed.type[i].receive_type != formats.listed.type[k].receive_type);
    }
    for (unsigned i = 0; i < VIDEO_STREAMS; i++)
        check_numbers(&formats.video[i].listed);
    offer_session_init(&far);
    far.srtp = MEDIA_SRTP_OPTIONAL;
    /* all numbers may be taken by what the far end has given other meanings */
    if (formats.listed.count)
        offer_destroy(read_body(&far, sdp, strlen(sdp)));
    offer_session_finish(&far);
    free(sdp);
}

/* Each session of MSRP is taken. */
static struct offer_local with_messages(const struct offer *offer, const char *body,
                                        size_t length)
{
    const struct message_section *sections;
    struct offer_local all = local;
    all.message_count = offer_messages(offer, &sections);
    assert(all.message_count <= OFFER_MAX_MESSAGES);
    assert(all.message_count || offer_has_sound(offer));
    for (unsigned i = 0; i < all.message_count; i++) {
        const struct slice path = sections[i].path;
        assert(path.length && path.at >= body && path.at + path.length <= body + length);
        all.message[i] = (struct offer_message_local){sections[i].index, sections[i].is_tls, 9,
                                                      "a=path:x\r\n"};
    }
    return all;
}

static void check_security_of_video(const struct offer_session *session, unsigned offered,
                                    const struct video_plans *plans)
{
    for (unsigned i = 0; i < VIDEO_STREAMS; i++) {
        const struct video_plan *plan = &plans->stream[i];
        if (!plan->codec_count)
            continue;
        assert(offered & 1u << i);
        check_security(&plan->security, offer_dtls_of_video(session, i));
    }
}

/* The same body twice in one dialog: the second answer may not fail, and says and plans the
 * same. */
static void answer_twice(const char *body, size_t length)
{
    struct offer_session session;
    offer_session_init(&session);
    session.srtp = MEDIA_SRTP_OPTIONAL;
    session.offers_srtp = true;
    session.fingerprint = &ours;
    session.takes_messages = true;
    char *first = NULL;
    struct leg_plan plans[2];
    struct video_plans videos[2];
    memset(plans, 0, sizeof(plans[0]));
    memset(plans + 1, 0xff, sizeof(plans[1]));
    memset(videos, 0, sizeof(videos[0]));
    memset(videos + 1, 0xff, sizeof(videos[1]));
    for (unsigned round = 0; round < 2; round++) {
        struct offer *offer = read_body(&session, body, length);
        if (!offer)
            break;
        char *sdp = NULL;
        const struct offer_local ours_too = with_messages(offer, body, length);
        assert(offer_family(offer) == AF_INET || offer_family(offer) == AF_INET6);
        assert(offer_remote(offer));
        if (offer_answer(&session, offer, &ours_too, &plans[round], &videos[round], &sdp) ==
            0) {
            check_plan(&plans[round]);
            check_video(&videos[round]);
            check_security(&plans[round].security, offer_dtls_of_sound(&session));
            check_security_of_video(&session, offer_videos(offer), &videos[round]);
            offer_commit(&session);
            assert(strncmp(sdp, "v=0\r\n", 5) == 0);
            assert(!first || strcmp(first, sdp) == 0);
            assert(!first || memcmp(&plans[0], &plans[1], sizeof(plans[0])) == 0);
            assert(!first || memcmp(&videos[0], &videos[1], sizeof(videos[0])) == 0);
        }
        offer_destroy(offer);
        free(first);
        first = sdp;
    }
    free(first);
    offer_again(&session);
    offer_session_finish(&session);
}

/* Without video nothing of it is planned, and the voice is none the worse. */
static void answer_without_video(const char *body, size_t length)
{
    struct offer_session session;
    struct leg_plan plan;
    struct video_plans video;
    char *sdp = NULL;
    offer_session_init(&session);
    session.srtp = MEDIA_SRTP_OPTIONAL;
    session.offers_srtp = true;
    session.fingerprint = &ours;
    struct offer *offer = read_body(&session, body, length);
    if (offer && offer_answer(&session, offer, &voice_only, &plan, &video, &sdp) == 0) {
        check_plan(&plan);
        for (unsigned i = 0; i < VIDEO_STREAMS; i++)
            assert(video.stream[i].codec_count == 0);
        offer_commit(&session);
        offer_again(&session);
    }
    offer_destroy(offer);
    free(sdp);
    offer_session_finish(&session);
}

/* As a browser's: all that is taken has one transport. */
static void answer_bundle(const char *body, size_t length)
{
    struct offer_session session;
    struct offer_local browser = local;
    struct leg_plan plan;
    struct video_plans video;
    char *sdp = NULL;
    offer_session_init(&session);
    session.srtp = MEDIA_SRTP_REQUIRED;
    session.bundles = true;
    session.fingerprint = &ours;
    browser.audio_source = browser.video_source[VIDEO_CAMERA] = (struct source_lines){
        .stream = "s", .track = "t", .cname = "c", .ssrc = UINT32_MAX, .repeats = UINT32_MAX};
    browser.candidate_count = ICE_LINES_MAX_OURS;
    struct offer *offer = read_body(&session, body, length);
    if (offer) {
        assert(offer_answer(&session, offer, &browser, &plan, &video, &sdp) == 0);
        check_plan(&plan);
        check_video(&video);
        assert(plan.security.by_path && plan.rtcp_mux);
        offer_commit(&session);
        for (unsigned i = 0; i < VIDEO_STREAMS; i++)
            assert(!video.stream[i].codec_count ||
                   memcmp(offer_dtls_of_sound(&session), offer_dtls_of_video(&session, i),
                          sizeof(struct offer_dtls)) == 0);
    }
    offer_destroy(offer);
    free(sdp);
    offer_session_finish(&session);
}

/* The same body as the answer to our own offer. */
static void accept_it(const char *body, size_t length)
{
    struct offer_session session;
    struct leg_plan plan;
    struct video_plans video;
    struct offer_failure why;
    char *sdp = NULL;
    offer_session_init(&session);
    session.srtp = MEDIA_SRTP_OPTIONAL;
    session.offers_srtp = true;
    session.fingerprint = &ours;
    session.takes_messages = true;
    memset(&plan, 0, sizeof(plan));
    assert(offer_make(&session, &local, &sdp) == 0);
    struct offer *answer = read_body(&session, body, length);
    if (answer && offer_accept(&session, answer, &local, &plan, &video, &why) == 0) {
        check_plan(&plan);
        check_video(&video);
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
    answer_without_video(body, size);
    answer_bundle(body, size);
    accept_it(body, size);
    free(body);
    return 0;
}
