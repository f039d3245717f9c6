/* test_rtp_batch.c - many datagrams in one call, whole, and with the time of their arrival. */
#include "server/rtp/rtp_batch.h"

#include "mixer/base/clock.h"

#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { WAIT_MS = 5000 };

struct pair { /* what is sent into `in` comes out of `out` */
    int in, out;
    struct sockaddr_in sender;
    struct rtp_batch *batch;
    uint32_t too_long;
};

static int bound(struct sockaddr_in *address)
{
    socklen_t bytes = sizeof(*address);
    *address =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)address, bytes), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)address, &bytes), 0);
    return fd;
}

static int make_pair(void **state)
{
    struct pair *pair = calloc(1, sizeof(*pair));
    assert_non_null(pair);
    struct sockaddr_in to;
    const int on = 1;
    pair->out = bound(&to);
    pair->in = bound(&pair->sender);
    pair->batch = rtp_batch_create();
    assert_non_null(pair->batch);
    assert_int_equal(connect(pair->in, (struct sockaddr *)&to, sizeof(to)), 0);
    assert_int_equal(setsockopt(pair->out, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)), 0);
    *state = pair;
    return 0;
}

static int end_pair(void **state)
{
    struct pair *pair = *state;
    close(pair->in);
    close(pair->out);
    rtp_batch_destroy(pair->batch);
    free(pair);
    return 0;
}

static void wait_for_datagram(const struct pair *pair)
{
    struct pollfd wait = {.fd = pair->out, .events = POLLIN};
    assert_int_equal(poll(&wait, 1, WAIT_MS), 1);
}

static unsigned fill(struct pair *pair)
{
    wait_for_datagram(pair);
    return rtp_batch_fill(pair->batch, pair->out, &pair->too_long);
}

static void nothing_waits(void **state)
{
    struct pair *pair = *state;
    assert_int_equal(rtp_batch_fill(pair->batch, pair->out, &pair->too_long), 0);
    assert_int_equal(rtp_batch_fill(pair->batch, -1, &pair->too_long), 0);
    rtp_batch_destroy(NULL);
}

static void many_come_at_once_and_the_too_long_is_dropped(void **state)
{
    struct pair *pair = *state;
    uint8_t data[RTP_BATCH_DATAGRAM_BYTES + 1] = {0};
    for (unsigned i = 0; i < RTP_BATCH_DATAGRAMS + 4; i++) {
        /* the third is one byte too long, the fourth just fits */
        size_t length = i == 2 ? sizeof(data) : i == 3 ? sizeof(data) - 1 : i + 1;
        data[0] = (uint8_t)i;
        assert_int_equal(send(pair->in, data, length, 0), length);
    }
    assert_int_equal(fill(pair), RTP_BATCH_DATAGRAMS - 1);
    assert_int_equal(pair->too_long, 1);
    for (unsigned i = 0; i < RTP_BATCH_DATAGRAMS - 1; i++) {
        const struct rtp_datagram *datagram = rtp_batch_at(pair->batch, i);
        unsigned n = i < 2 ? i : i + 1;
        assert_int_equal(datagram->data[0], n);
        assert_int_equal(datagram->length, n == 3 ? RTP_BATCH_DATAGRAM_BYTES : n + 1);
        assert_int_equal(datagram->from->sa_family, AF_INET);
        const struct sockaddr_in *from = (const struct sockaddr_in *)datagram->from;
        assert_int_equal(from->sin_port, pair->sender.sin_port);
    }
    assert_int_equal(fill(pair), 4);
    assert_int_equal(rtp_batch_at(pair->batch, 0)->data[0], RTP_BATCH_DATAGRAMS);
}

static void an_empty_datagram_is_one(void **state)
{
    struct pair *pair = *state;
    assert_int_equal(send(pair->in, "", 0, 0), 0);
    assert_int_equal(fill(pair), 1);
    assert_int_equal(rtp_batch_at(pair->batch, 0)->length, 0);
}

/* The stamp is the kernel's: it lies between sending and the moment when poll() told of it. */
static void arrival_is_when_it_came_not_when_we_looked(void **state)
{
    struct pair *pair = *state;
    const int64_t error_ns = CLOCK_NS_PER_MS; /* the wall clock may be slewed meanwhile */
    int64_t sent_ns = clock_monotonic_ns();
    assert_int_equal(send(pair->in, "1", 1, 0), 1);
    wait_for_datagram(pair);
    int64_t came_ns = clock_monotonic_ns();
    while (clock_monotonic_ns() < came_ns + 50 * CLOCK_NS_PER_MS)
        ; /* time passes: that is what is tested */
    assert_int_equal(fill(pair), 1);
    int64_t arrival_ns = rtp_batch_at(pair->batch, 0)->arrival_ns;
    assert_true(arrival_ns >= sent_ns - error_ns);
    assert_true(arrival_ns <= came_ns + error_ns);
}

static void without_a_stamp_arrival_is_now(void **state)
{
    struct pair *pair = *state;
    const int off = 0;
    assert_int_equal(setsockopt(pair->out, SOL_SOCKET, SO_TIMESTAMPNS, &off, sizeof(off)), 0);
    assert_int_equal(send(pair->in, "1", 1, 0), 1);
    wait_for_datagram(pair);
    int64_t before_ns = clock_monotonic_ns();
    assert_int_equal(fill(pair), 1);
    assert_true(rtp_batch_at(pair->batch, 0)->arrival_ns >= before_ns);
    assert_true(rtp_batch_at(pair->batch, 0)->arrival_ns <= clock_monotonic_ns());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_waits, make_pair, end_pair),
        cmocka_unit_test_setup_teardown(many_come_at_once_and_the_too_long_is_dropped,
                                        make_pair, end_pair),
        cmocka_unit_test_setup_teardown(an_empty_datagram_is_one, make_pair, end_pair),
        cmocka_unit_test_setup_teardown(arrival_is_when_it_came_not_when_we_looked, make_pair,
                                        end_pair),
        cmocka_unit_test_setup_teardown(without_a_stamp_arrival_is_now, make_pair, end_pair),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
