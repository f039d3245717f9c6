/* metrics.c - names and help texts of what is counted below the API's horizon. */
#include "server/metrics.h"

#include "mixer/base/clock.h"
#include "server/account/location.h"
#include "server/call/web_call.h"
#include "server/rtp/handshake_service.h"
#include "server/rtp/shared_port.h"
#include "server/sip/ua.h"

#include <string.h>

/* @return how many there was room for. */
static unsigned copy_metrics(const struct api_metric *all, unsigned count,
                             struct api_metric *out, unsigned room)
{
    const unsigned copied = count < room ? count : room;
    memcpy(out, all, copied * sizeof(*all));
    return copied;
}

static unsigned msrp_metrics(const struct msrp_service_stats *stats, struct api_metric *out,
                             unsigned room)
{
    const struct api_metric all[] = {
        {"raduno_msrp_sessions", "Sessions of MSRP now.", "gauge", "", stats->sessions},
        {"raduno_msrp_connections", "Connections of MSRP now.", "gauge", "",
         stats->connections},
        {"raduno_msrp_accepted_total", "Connections of MSRP that were taken.", "counter", "",
         stats->accepted},
        {"raduno_msrp_refused_total",
         "Connections of MSRP that were cut: too many, of no session, no MSRP, TLS that "
         "failed.",
         "counter", "", stats->refused},
        {"raduno_msrp_received_bytes_total", "Bytes that came by MSRP.", "counter", "",
         stats->received},
        {"raduno_msrp_sent_bytes_total", "Bytes that were sent by MSRP.", "counter", "",
         stats->sent},
        {"raduno_msrp_requests_total", "Requests that came by MSRP.", "counter", "",
         stats->requests},
        {"raduno_msrp_rejected_total", "Requests of MSRP that were answered with an error.",
         "counter", "", stats->rejected},
    };
    return copy_metrics(all, sizeof(all) / sizeof(all[0]), out, room);
}

static unsigned web_metrics(const struct ws_service_stats *stats, struct api_metric *out,
                            unsigned room)
{
    const struct api_metric all[] = {
        {"raduno_sip_web_connections", "WebSockets of phones now, in any state.", "gauge", "",
         stats->connections},
        {"raduno_sip_web_accepted_total", "WebSockets of phones that were opened.", "counter",
         "", stats->accepted},
        {"raduno_sip_web_refused_total",
         "WebSockets that were not opened: handshakes that failed, too many, other origins.",
         "counter", "", stats->refused},
        {"raduno_sip_web_cut_total",
         "WebSockets cut: bad frames, no SIP, too much, too slow, too silent.", "counter", "",
         stats->cut},
        {"raduno_sip_web_received_total", "Messages that came by WebSocket.", "counter", "",
         stats->received},
        {"raduno_sip_web_sent_total", "Messages that were sent by WebSocket.", "counter", "",
         stats->sent},
    };
    return copy_metrics(all, sizeof(all) / sizeof(all[0]), out, room);
}

static unsigned handshake_metrics(const struct handshake_service *handshakes,
                                  struct api_metric *out, unsigned room)
{
    struct handshake_stats stats;
    handshake_service_stats(handshakes, &stats);
    const struct api_metric all[] = {
        {"raduno_dtls_handshakes", "Streams with DTLS now.", "gauge", "", stats.handshakes},
        {"raduno_dtls_connected_total", "DTLS associations that were made.", "counter", "",
         stats.connected},
        {"raduno_dtls_failed_total", "DTLS associations that failed.", "counter", "",
         stats.failed},
        {"raduno_dtls_strangers_total",
         "DTLS packets from where nobody is expected: not answered.", "counter", "",
         stats.strangers},
        {"raduno_ice_checks_total", "ICE checks that were answered with success.", "counter",
         "", stats.checks},
        {"raduno_ice_checks_refused_total", "ICE checks that were answered with an error.",
         "counter", "", stats.checks_refused},
        {"raduno_handshake_dropped_total", "STUN and DTLS packets dropped for want of room.",
         "counter", "", stats.dropped},
    };
    return copy_metrics(all, sizeof(all) / sizeof(all[0]), out, room);
}

static unsigned browser_metrics(const struct metrics *of, struct api_metric *out, unsigned room)
{
    struct web_calls_stats calls;
    struct shared_port_stats port;
    if (!of->web_calls)
        return 0;
    web_calls_stats_read(of->web_calls, &calls);
    shared_port_stats_read(of->browser_port, &port);
    const struct api_metric all[] = {
        {"raduno_browser_calls", "Calls of browsers now.", "gauge", "", calls.calls},
        {"raduno_browser_calls_opened_total", "Calls of browsers that were let in.", "counter",
         "", calls.opened},
        {"raduno_browser_calls_refused_total", "Calls of browsers that were not.", "counter",
         "", calls.refused},
        {"raduno_browser_datagrams_total", "Datagrams that came to the browsers' port.",
         "counter", "", port.datagrams},
        {"raduno_browser_datagrams_unknown_total", "Of those: of no call.", "counter", "",
         port.unknown},
        {"raduno_browser_datagrams_dropped_total", "Of those: dropped for want of room.",
         "counter", "", port.dropped},
        {"raduno_browser_port_cpu_ms_total", "CPU time of the thread of that port.", "counter",
         "", port.busy_ns / CLOCK_NS_PER_MS},
    };
    return copy_metrics(all, sizeof(all) / sizeof(all[0]), out, room);
}

unsigned metrics_read(const struct metrics *of, struct api_metric *out, unsigned room)
{
    struct ua_stats stats;
    ua_stats_read(of->ua, &stats);
    const char *responses = "raduno_sip_responses_total";
    const char *responses_help = "Final SIP responses sent, by class.";
    const struct api_metric all[] = {
        {"raduno_sip_calls", "SIP calls now, in any state.", "gauge", "", stats.calls},
        {"raduno_sip_messages_waiting", "Lines of the chat to be sent to phones.", "gauge", "",
         stats.messages},
        {"raduno_sip_requests_total", "SIP requests received outside of dialogs.", "counter",
         "", stats.requests},
        {"raduno_sip_refused_by_rate_total", "Requests refused by the rate limit.", "counter",
         "", stats.refused_by_rate},
        {"raduno_sip_invites_total", "Calls that came in.", "counter", "", stats.invites},
        {"raduno_sip_answered_total", "Calls that were answered.", "counter", "",
         stats.answered},
        {"raduno_sip_dialled_out_total", "Calls that were made.", "counter", "",
         stats.dialled_out},
        {"raduno_sip_auth_passed_total", "Requests with the right password.", "counter", "",
         stats.login.passed},
        {"raduno_sip_auth_asked_total", "Requests without a password, asked for one.",
         "counter", "", stats.login.asked},
        {"raduno_sip_auth_stale_total", "Requests with a nonce that is used, old or not known.",
         "counter", "", stats.login.stale},
        {"raduno_sip_auth_wrong_total", "Requests with a wrong name or password.", "counter",
         "", stats.login.wrong},
        {"raduno_sip_auth_bans_total", "Sources banned for wrong passwords.", "counter", "",
         stats.login.bans},
        {"raduno_sip_auth_dropped_total",
         "Requests dropped of sources that are banned or slow.", "counter", "",
         stats.dropped_by_ban},
        {"raduno_sip_registrations", "Phones registered now.", "gauge", "",
         location_total(of->location)},
        {"raduno_sip_registered_total", "REGISTERs that were answered with 200.", "counter", "",
         stats.registered},
        {"raduno_sip_tls_connections", "TLS connections now, in any state.", "gauge", "",
         stats.tls.connections},
        {"raduno_sip_tls_accepted_total", "TLS handshakes of callers that were done.",
         "counter", "", stats.tls.accepted},
        {"raduno_sip_tls_failed_total", "TLS handshakes of callers that failed.", "counter", "",
         stats.tls.failed},
        {"raduno_sip_tls_cut_total", "TLS connections cut: too many, too slow, too silent.",
         "counter", "", stats.tls.cut},
        {responses, responses_help, "counter", "class=\"2xx\"", stats.responses[2]},
        {responses, responses_help, "counter", "class=\"3xx\"", stats.responses[3]},
        {responses, responses_help, "counter", "class=\"4xx\"", stats.responses[4]},
        {responses, responses_help, "counter", "class=\"5xx\"", stats.responses[5]},
        {responses, responses_help, "counter", "class=\"6xx\"", stats.responses[6]},
    };
    unsigned count = copy_metrics(all, sizeof(all) / sizeof(all[0]), out, room);
    count += msrp_metrics(&stats.msrp, out + count, room - count);
    count += web_metrics(&stats.web, out + count, room - count);
    count += handshake_metrics(of->handshakes, out + count, room - count);
    return count + browser_metrics(of, out + count, room - count);
}
