/* test_leg_srtp.c - a leg whose media is encrypted, without a worker: what is authentic is
 * heard, from wherever it comes; what is not is counted; keys and their counters over changes
 * of plan.
 */
#include "server/leg/leg_media.h"

#include "mixer/base/clock.h"
#include "server/rtp/rtp_guard.h"
#include "server/rtp/rtp_io.h"
#include "server/rtp/rtp_packet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { BYTES = 160, ROOM = 2000 };

static struct rtp_ports *ports;
static struct leg *leg;
static struct leg_media *media;
static int far_fd;
static struct sockaddr_in far, elsewhere;
static int64_t now_ns;
static struct leg_tick tick;
static uint16_t sequence;
static struct rtp_guard *far_out, *far_in;

static bool on_no_media(void *context, struct leg *of)
{
    (void)context;
    (void)of;
    return true;
}

static const struct leg_media_events told = {.on_no_media = on_no_media};

static struct leg_plan plain_plan(void)
{
    struct leg_plan plan = {.send = true,
                            .receive = true,
                            .codec_count = 1,
                            .codec = {{.codec = codec_by_static_type(0)}},
                            .event_count = 1,
                            .event = {{.clock_hz = 8000, .receive_type = 101, .send_type = 96}},
                            .red = {LEG_PLAN_NO_TYPE, LEG_PLAN_NO_TYPE, 0},
                            .rtcp_mux = true,
                            .ptime_ms = 20};
    memcpy(&plan.remote_rtp, &far, sizeof(far));
    memcpy(&plan.remote_rtcp, &far, sizeof(far));
    return plan;
}

static struct leg_plan secure_plan(void)
{
    struct leg_plan plan = plain_plan();
    plan.security.kind = RTP_SECURITY_SDES;
    rtp_keys_make(RTP_SUITE_AES_CM_128_HMAC_SHA1_80, &plan.security.receive);
    rtp_keys_make(RTP_SUITE_AES_CM_128_HMAC_SHA1_80, &plan.security.send);
    return plan;
}

/* The far end's side of the keys, fresh. */
static void follow(const struct leg_plan *plan)
{
    rtp_guard_destroy(far_out);
    rtp_guard_destroy(far_in);
    assert_int_equal(rtp_guard_create(&plan->security.receive, &far_out), 0);
    assert_int_equal(rtp_guard_create(&plan->security.send, &far_in), 0);
}

/* As for a leg that comes to another room: control does not say what was before. */
static void set_plan(const struct leg_plan *plan)
{
    struct leg_kit *kit;
    assert_int_equal(leg_kit_create(plan, NULL, leg_kit_settings(leg), &kit), 0);
    leg_kit_destroy(leg_media_set_kit(media, kit, now_ns));
}

static int make(void **state)
{
    (void)state;
    struct leg_config config = {
        .jitter_ms = 20, .jitter_limit_ms = 400, .no_media_timeout_s = 5, .cname = "test"};
    struct rtp_ports_config range = {.address = "127.0.0.1", .first = 19000, .last = 19998};
    socklen_t length = sizeof(far);
    if (rtp_ports_create(&range, &ports) < 0 || leg_create(ports, AF_INET, &config, &leg) < 0)
        return -1;
    media = leg_take_media(leg);
    media->events = &told;
    tick = (struct leg_tick){.io = rtp_io_create(RTP_IO_PUNCTUAL)};
    rtp_io_add(tick.io, media->socket, media);
    far_fd = socket(AF_INET, SOCK_DGRAM, 0);
    far =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    bind(far_fd, (struct sockaddr *)&far, length);
    getsockname(far_fd, (struct sockaddr *)&far, &length);
    elsewhere = far;
    elsewhere.sin_port = (in_port_t)(far.sin_port ^ htons(1));
    sequence = 100;
    now_ns = 1000 * CLOCK_NS_PER_S;
    return 0;
}

static int end(void **state)
{
    (void)state;
    rtp_io_remove(tick.io, media->socket);
    rtp_io_destroy(tick.io);
    leg_return_media(leg, media);
    leg_destroy(leg);
    rtp_ports_destroy(ports);
    rtp_guard_destroy(far_out);
    rtp_guard_destroy(far_in);
    far_out = far_in = NULL;
    close(far_fd);
    return 0;
}

/* One packet of the far end; @p guard NULL: plain. */
static void speak(struct rtp_guard *guard, const struct sockaddr_in *from)
{
    uint8_t data[ROOM];
    const struct rtp_packet packet = {
        .sequence = sequence, .timestamp = sequence * 160U, .ssrc = 7};
    size_t length = rtp_packet_write_header(&packet, data, sizeof(data));
    memset(data + length, 0x55, BYTES);
    length += BYTES;
    if (guard)
        length = rtp_guard_protect(guard, data, length, sizeof(data));
    sequence++;
    now_ns += 20 * CLOCK_NS_PER_MS;
    leg_media_receive(media, false, data, length, (const struct sockaddr *)from, now_ns, &tick);
}

/* What the far end is sent in a tick. @return 1 opened, 0 nothing, -1 not to be opened */
static int hear(void)
{
    static struct leg_packets packets;
    uint8_t data[ROOM], clear[ROOM];
    size_t length;
    int32_t sum[PCM_MAX_TICK_VALUES];
    for (unsigned i = 0; i < PCM_MAX_TICK_VALUES; i++)
        sum[i] = i % 16 < 8 ? 8000 : -8000;
    tick.now_ns = now_ns;
    if (leg_media_listens(media))
        leg_out_run(leg_media_out(media), sum, &tick, &packets);
    leg_media_send(media, leg_media_listens(media) ? &packets : NULL, NULL, &tick);
    tick.number++;
    const ssize_t came = recv(far_fd, data, sizeof(data), MSG_DONTWAIT);
    if (came < 0)
        return 0;
    return far_in && rtp_guard_open(far_in, data, (size_t)came, clear, &length) == 0 &&
                   length == 12 + BYTES
               ? 1
               : -1;
}

static struct leg_stats stats(void)
{
    struct leg_stats copy;
    leg_stats_read(leg, &copy);
    return copy;
}

static void hears_and_is_heard(void **state)
{
    (void)state;
    const struct leg_plan plan = secure_plan();
    set_plan(&plan);
    follow(&plan);
    for (unsigned i = 0; i < 50; i++) {
        speak(far_out, &far);
        assert_int_equal(hear(), 1);
    }
    assert_int_equal(stats().packets_received, 50);
    assert_int_equal(stats().packets_unauthentic, 0);
}

static void counts_what_is_not_authentic(void **state)
{
    (void)state;
    const struct leg_plan plan = secure_plan(), wrong = secure_plan();
    set_plan(&plan);
    follow(&wrong);
    for (unsigned i = 0; i < 10; i++)
        speak(far_out, &elsewhere);
    for (unsigned i = 0; i < 10; i++)
        speak(NULL, &far);
    assert_int_equal(stats().packets_unauthentic, 20);
    assert_int_equal(stats().packets_received, 0);
    assert_int_equal(tick.packets_unauthentic, 20);
    assert_int_equal(hear(), -1); /* still sent to where the SDP says, for others' ears only */
    follow(&plan);
    speak(far_out, &far);
    assert_int_equal(stats().packets_received, 1);
}

static void believes_who_proves_it_at_any_time(void **state)
{
    (void)state;
    const struct leg_plan plan = secure_plan();
    set_plan(&plan);
    follow(&plan);
    speak(far_out, &far);
    now_ns += 60 * CLOCK_NS_PER_S;
    for (unsigned i = 0; i < 5; i++)
        speak(NULL, &elsewhere);
    assert_true(latch_same(&media->receive.latch.current.any, (struct sockaddr *)&far));
    speak(far_out, &elsewhere);
    assert_true(latch_same(&media->receive.latch.current.any, (struct sockaddr *)&elsewhere));
    assert_int_equal(stats().packets_received, 2);
    assert_int_equal(stats().packets_refused, 0);
}

/* ICE says where the far end is: who proves who he is from elsewhere is heard, and no more. */
static void goes_the_way_that_ice_has_chosen(void **state)
{
    (void)state;
    struct leg_plan plan = secure_plan();
    plan.security.by_path = true;
    memset(&plan.remote_rtp, 0, sizeof(plan.remote_rtp));
    set_plan(&plan); /* the way is not known yet */
    follow(&plan);
    speak(far_out, &far);
    assert_int_equal(hear(), 0);
    assert_int_equal(stats().packets_received, 1);
    memcpy(&plan.remote_rtp, &far, sizeof(far));
    set_plan(&plan);
    for (unsigned i = 0; i < 3; i++) {
        speak(far_out, i % 2 ? &elsewhere : &far);
        assert_int_equal(hear(), 1);
        assert_true(latch_same(&media->receive.latch.current.any, (struct sockaddr *)&far));
        leg_media_begin(media, &tick);
        assert_false(media->is_settled);
    }
    assert_int_equal(stats().packets_received, 4);
    assert_int_equal(stats().packets_refused, 0);
}

/* What is a handshake's is none of the leg's, on the RTP port, if it has a handshake. */
static void leaves_handshakes_to_others(void **state)
{
    (void)state;
    static const uint8_t checks[] = {0, 1, 0, 0}, record[] = {22, 254, 253, 0};
    struct leg_plan plan = secure_plan();
    for (uint64_t id = 0; id < 2; id++) {
        plan.security.handshake = id;
        set_plan(&plan);
        leg_media_receive(media, false, checks, sizeof(checks), (struct sockaddr *)&far, now_ns,
                          &tick);
        leg_media_receive(media, false, record, sizeof(record), (struct sockaddr *)&far, now_ns,
                          &tick);
        assert_int_equal(stats().packets_malformed, 2);
    }
    leg_media_receive(media, true, record, sizeof(record), (struct sockaddr *)&far, now_ns,
                      &tick);
    leg_media_receive(media, false, record, 0, (struct sockaddr *)&far, now_ns, &tick);
    assert_int_equal(stats().packets_malformed, 4);
}

/* The same keys go on with the counters that they have, also in another room. */
static void keeps_counters_with_the_same_keys(void **state)
{
    (void)state;
    struct leg_plan plan = secure_plan();
    set_plan(&plan);
    follow(&plan);
    for (unsigned i = 0; i < 70000; i++) { /* the sequence numbers turn over */
        speak(far_out, &far);
        assert_int_equal(hear(), 1);
    }
    set_plan(&plan);
    speak(far_out, &far);
    assert_int_equal(hear(), 1);
    plan.ptime_ms = 40;
    set_plan(&plan);
    speak(far_out, &far);
    assert_int_equal(stats().packets_received, 70002);
    assert_int_equal(stats().packets_unauthentic, 0);
    /* theirs is new, ours is not */
    rtp_keys_make(RTP_SUITE_AEAD_AES_128_GCM, &plan.security.receive);
    plan.ptime_ms = 20;
    set_plan(&plan);
    speak(far_out, &far);
    assert_int_equal(stats().packets_unauthentic, 1);
    rtp_guard_destroy(far_out);
    assert_int_equal(rtp_guard_create(&plan.security.receive, &far_out), 0);
    speak(far_out, &far);
    assert_int_equal(stats().packets_received, 70003);
    assert_int_equal(hear(), 1);
}

static void says_nothing_before_its_keys_are_known(void **state)
{
    (void)state;
    struct leg_plan plan = plain_plan();
    plan.security.kind = RTP_SECURITY_SDES;
    set_plan(&plan);
    speak(NULL, &far);
    leg_media_report(media, &tick, true);
    assert_int_equal(hear(), 0);
    assert_int_equal(stats().packets_received, 0);
    assert_int_equal(stats().packets_unauthentic, 1);
    assert_int_equal(stats().rtcp_sent, 0);
    plan = secure_plan();
    set_plan(&plan);
    follow(&plan);
    speak(far_out, &far);
    assert_int_equal(hear(), 1);
    assert_int_equal(stats().packets_received, 1);
}

static void goes_from_encrypted_to_plain(void **state)
{
    (void)state;
    const struct leg_plan secure = secure_plan(), plain = plain_plan();
    set_plan(&secure);
    follow(&secure);
    speak(far_out, &far);
    assert_int_equal(hear(), 1);
    set_plan(&plain);
    speak(NULL, &far);
    assert_int_equal(hear(), -1);
    assert_int_equal(stats().packets_received, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(hears_and_is_heard, make, end),
        cmocka_unit_test_setup_teardown(counts_what_is_not_authentic, make, end),
        cmocka_unit_test_setup_teardown(believes_who_proves_it_at_any_time, make, end),
        cmocka_unit_test_setup_teardown(goes_the_way_that_ice_has_chosen, make, end),
        cmocka_unit_test_setup_teardown(leaves_handshakes_to_others, make, end),
        cmocka_unit_test_setup_teardown(keeps_counters_with_the_same_keys, make, end),
        cmocka_unit_test_setup_teardown(says_nothing_before_its_keys_are_known, make, end),
        cmocka_unit_test_setup_teardown(goes_from_encrypted_to_plain, make, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
