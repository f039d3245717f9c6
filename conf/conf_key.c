/* conf_key.c - the one table of configuration keys. */
#include "conf/conf_key.h"

#include "conf/conf.h"
#include "conf/conf_text.h"

#include <assert.h>
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define AT(field) .offset = offsetof(struct conf, field)
#define SECOND(field) .second_offset = offsetof(struct conf, field)

#define BLOCK_ALLOWED                                                                          \
    "an IPv4 or IPv6 address without brackets, or a block of them as in 10.0.0.0/8"
#define FETCH_RULE_ALLOWED                                                                     \
    "a host name, *.example.com, an IPv4 or IPv6 address without brackets, or a block of "     \
    "them as in 10.0.0.0/8"

static const struct conf_key keys[] = {
    {"sip.listen", CONF_LIST, .min = 1, .max = CONF_MAX_LISTEN,
     .is_valid = conf_text_is_sip_listen,
     .allowed =
         "udp:, tcp:, tls:, ws: or wss:, an IPv4 address or an IPv6 address in brackets, a "
         "port of 1 to 65535, and perhaps ;srtp=off, ;srtp=optional or ;srtp=required, as in "
         "udp:0.0.0.0:5060, tcp:[::]:5060, tls:0.0.0.0:5061;srtp=required or "
         "wss:0.0.0.0:5443",
     .initial = "[\"udp:0.0.0.0:5060\", \"tcp:0.0.0.0:5060\"]", AT(sip.listen),
     SECOND(sip.listen_count),
     .help = "Where SIP is listened for: transport, address, port; and what is said of the "
             "encryption of calls that come in there, instead of sip.srtp. Phones that are "
             "pages register and call at ws: and wss: (WebSocket); wss: has the certificate "
             "of sip.tls_certificate."},
    {"sip.tls_certificate", CONF_TEXT, .is_nullable = true, .min = 1, .max = 1024,
     .initial = "null", AT(sip.tls_certificate),
     .help = "The certificate of tls: listeners, a PEM file, with those that lead to its "
             "authority; null: a self-signed one is made in the data directory. Read again on "
             "SIGHUP."},
    {"sip.tls_key", CONF_TEXT, .is_nullable = true, .min = 1, .max = 1024, .initial = "null",
     AT(sip.tls_key),
     .help = "The private key of sip.tls_certificate, a PEM file without a password; null: it "
             "is in the certificate's file."},
    {"sip.tls_more", CONF_LIST, .max = CONF_MAX_RULES, .is_valid = conf_text_is_file,
     .allowed = "the path of a file, 1 to 1024 bytes", .initial = "[]", AT(sip.tls_more),
     SECOND(sip.tls_more_count),
     .help =
         "Further certificates of tls: listeners, for their names, wildcards too: PEM "
         "files with certificate, chain and key, which a caller sees who asks for such a "
         "name (SNI); all others see sip.tls_certificate. One with the names of another, and "
         "with a key of another kind (RSA, or of a curve), is for those who can verify "
         "only that. Read again on SIGHUP."},
    {"sip.tls_client_ca", CONF_TEXT, .is_nullable = true, .min = 1, .max = 1024,
     .initial = "null", AT(sip.tls_client_ca),
     .help = "The authorities that certificates of callers have to come from: a PEM file, or a "
             "directory of them, with their lists of revoked certificates (CRLs), if they have "
             "any; null: none is known."},
    {"sip.tls_client", CONF_TEXT, .choices = {"off", "optional", "required"},
     .initial = "\"off\"", AT(sip.tls_client),
     .help = "Whether callers over TLS are asked for a certificate: not, asked and checked if "
             "they have one, or not taken without."},
    {"sip.tls_minimum", CONF_TEXT, .choices = {"1.2", "1.3"}, .initial = "\"1.2\"",
     AT(sip.tls_minimum), .help = "The oldest version of TLS that is spoken."},
    {"sip.tls_verify", CONF_BOOL, .initial = "true", AT(sip.tls_verify),
     .help = "Whether who is called over TLS has to show a certificate for its name that the "
             "system's authorities vouch for."},
    {"sip.smime_certificate", CONF_TEXT, .is_nullable = true, .min = 1, .max = 1024,
     .initial = "null", AT(sip.smime_certificate),
     .help =
         "The certificate with which bodies are signed, and for which others encrypt them "
         "(S/MIME), a PEM file, with those that lead to its authority; null: no S/MIME is "
         "read or written. Its key is RSA of 2048 to 4096 bits, or of a curve, which costs a "
         "tenth of it for each body. Read again on SIGHUP, with its key and the authorities."},
    {"sip.smime_key", CONF_TEXT, .is_nullable = true, .min = 1, .max = 1024, .initial = "null",
     AT(sip.smime_key),
     .help =
         "The private key of sip.smime_certificate, a PEM file without a password; null: it "
         "is in the certificate's file."},
    {"sip.smime_authorities", CONF_TEXT, .is_nullable = true, .min = 1, .max = 1024,
     .initial = "null", AT(sip.smime_authorities),
     .help = "The authorities that are believed when they say whose a signer's certificate is: "
             "a PEM file, or a directory of them, with their lists of revoked certificates "
             "(CRLs), if they have any; null: only certificates of accounts are known."},
    {"sip.realm", CONF_TEXT, .min = 1, .max = 64, .is_valid = conf_text_is_realm,
     .allowed = "printable ASCII without spaces, quotes and backslashes",
     .initial = "\"raduno\"", AT(sip.realm),
     .help = "The name of this server in authentication; the passwords of accounts have to be "
             "set again when it changes."},
    {"sip.authenticate", CONF_TEXT, .choices = {"off", "invites"}, .initial = "\"off\"",
     AT(sip.authenticate),
     .help = "Whether callers have to show the password of an account: nobody, or everybody "
             "who begins a call."},
    {"sip.auth_algorithms", CONF_TEXT, .choices = {"both", "sha-256", "md5"},
     .initial = "\"both\"", AT(sip.auth_algorithms),
     .help = "What callers may prove their password by: SHA-256 and MD5, or one of them. Old "
             "phones that only know MD5 may fail on the other's offer."},
    {"sip.auth_failures", CONF_NUMBER, .min = 1, .max = 1000, .initial = "10",
     AT(sip.auth_failures),
     .help = "Wrong passwords from one address within a minute before it is ignored."},
    {"sip.auth_ban_s", CONF_NUMBER, .max = 86400, .initial = "300", AT(sip.auth_ban_s),
     .help = "For so long it is ignored, in seconds; 0: never."},
    {"sip.factory", CONF_TEXT, .is_nullable = true, .min = 1, .max = 64, .initial = "null",
     AT(sip.factory),
     .help =
         "A name that makes a new conference for each call to it (RFC 4579), \"conference\" "
         "say; who calls runs it. Null: there is none."},
    {"sip.register_min_s", CONF_NUMBER, .min = 1, .max = 3600, .initial = "60",
     AT(sip.register_min_s),
     .help = "Phones that want to register for less seconds are told this least time (423)."},
    {"sip.register_max_s", CONF_NUMBER, .min = 60, .max = 86400, .initial = "3600",
     AT(sip.register_max_s),
     .help = "A registration lasts so many seconds at most, and so long if the phone does not "
             "say; at least sip.register_min_s."},
    {"sip.max_registrations", CONF_NUMBER, .max = 1000000, .initial = "100000",
     AT(sip.max_registrations),
     .help = "Phones registered at once, of all accounts; more are answered 503."},
    {"sip.max_contacts", CONF_NUMBER, .min = 1, .max = 32, .initial = "10",
     AT(sip.max_contacts), .help = "Phones registered at once of one account."},
    {"sip.max_calls", CONF_NUMBER, .min = 1, .max = 100000, .initial = "2000",
     AT(sip.max_calls), .help = "Calls at once; more are answered 503 with Retry-After."},
    {"sip.rate_per_source", CONF_NUMBER, .max = 100000, .initial = "100",
     AT(sip.rate_per_source),
     .help = "Requests outside of calls taken per second from one address; each of a list of "
             "recipients counts as one. 0: no limit."},
    {"sip.proxies", CONF_LIST, .max = CONF_MAX_RULES, .is_valid = conf_text_is_block,
     .allowed = BLOCK_ALLOWED, .initial = "[]", AT(sip.proxies), SECOND(sip.proxy_count),
     .help = "SIP proxies in front of the server: the address that they say a request comes "
             "from (Via) is believed. Who floods or guesses passwords behind one is banned by "
             "that address; the proxy never is. So are those of HTTP before ws: listeners "
             "(X-Forwarded-For)."},
    {"sip.web_origins", CONF_LIST, .max = CONF_MAX_RULES, .is_valid = conf_text_is_origin,
     .allowed = "an origin as in https://example.com or http://localhost:3000, or *",
     .initial = "[]", AT(sip.web_origins), SECOND(sip.web_origin_count),
     .help = "Whose pages may open a WebSocket at ws: and wss: listeners: origins; none, or *: "
             "all. Whoever registers or calls there shows a password as any phone does; only "
             "browsers are held to this."},
    {"sip.session_expires_s", CONF_NUMBER, .max = 86400, .initial = "1800",
     AT(sip.session_expires_s),
     .help = "Session timer (RFC 4028) that is offered, in seconds, at least "
             "sip.min_session_expires_s; 0: none is offered."},
    {"sip.min_session_expires_s", CONF_NUMBER, .min = 90, .max = 86400, .initial = "90",
     AT(sip.min_session_expires_s),
     .help = "The shortest session timer that is accepted (Min-SE of RFC 4028), in seconds."},
    {"sip.ring_timeout_s", CONF_NUMBER, .min = 1, .max = 600, .initial = "60",
     AT(sip.ring_timeout_s),
     .help = "A call that the server makes is given up when nobody answers for so long."},
    {"sip.max_redirects", CONF_NUMBER, .max = 20, .initial = "5", AT(sip.max_redirects),
     .help = "How many redirections (3xx) a call that the server makes follows; 0: none."},
    {"sip.max_call_s", CONF_NUMBER, .max = 2592000, .initial = "0", AT(sip.max_call_s),
     .help = "Any call ends after so many seconds; 0: no limit."},
    {"sip.dial_out", CONF_BOOL, .initial = "true", AT(sip.dial_out),
     .help = "Whether the server may call somebody at all (by the API)."},
    {"sip.domains", CONF_LIST, .max = CONF_MAX_RULES, .is_valid = conf_text_is_domain,
     .allowed = "a host name, an IPv4 address, or an IPv6 address in brackets", .initial = "[]",
     AT(sip.domains), SECOND(sip.domain_count),
     .help =
         "By what phones know this server, beside sip.realm and its own addresses: its name "
         "in DNS, the proxy before it. Who is called there is called here."},
    {"sip.dial_allow", CONF_LIST, .max = CONF_MAX_RULES, .is_valid = conf_text_is_host_rule,
     .allowed = "a host name, an IPv4 address, an IPv6 address in brackets, *.example.com, or "
                "* for any",
     .initial = "[\"*\"]", AT(sip.dial_allow), SECOND(sip.dial_allow_count),
     .help = "Hosts the server may call."},
    {"sip.header_map", CONF_LIST, .max = 16, .is_valid = conf_text_is_header_row,
     .allowed = "X-Header:attribute, the header of letters, digits and -, the attribute of "
                "a-z, 0-9 and _",
     .initial = "[]", AT(sip.header_map), SECOND(sip.header_map_count),
     .help = "Headers of calls that become attributes of participants, as the API shows them; "
             "and attributes of those whom the API calls become headers."},
    {"sip.msrp_listen", CONF_LIST, .max = CONF_MAX_MSRP_LISTEN,
     .is_valid = conf_text_is_msrp_listen,
     .allowed = "tcp: or tls:, an IPv4 address or an IPv6 address in brackets, and a port of 1 "
                "to 65535, as in tcp:0.0.0.0:2855 or tls:[::]:2856",
     .initial = "[]", AT(sip.msrp_listen), SECOND(sip.msrp_listen_count),
     .help = "Where MSRP is listened for, the chat of phones that have it: transport, address, "
             "port. Empty: it is refused in offers. tls: has the certificate of "
             "sip.tls_certificate."},
    {"sip.msrp_sessions", CONF_NUMBER, .min = 1, .max = 4096, .initial = "1000",
     AT(sip.msrp_sessions),
     .help = "Sessions of MSRP at once; above, they are refused in offers."},
    {"sip.file_calls", CONF_BOOL, .initial = "true", AT(sip.file_calls),
     .help =
         "Whether a phone that refuses a file in its call is called once more, with nothing "
         "but the file."},
    {"sip.max_dial_outs", CONF_NUMBER, .max = 100000, .initial = "100", AT(sip.max_dial_outs),
     .help = "Calls made by the server that may exist at once, ringing or answered."},
    {"sip.srtp", CONF_TEXT, .choices = {"off", "optional", "required"},
     .initial = "\"optional\"", AT(sip.srtp),
     .help = "Whether the sound and video of calls is encrypted (SRTP, with keys in SDP or by "
             "DTLS): off, never; optional, for callers who want it; required, others are "
             "refused. Rooms and accounts (by the API) have a say, too: what all of them allow "
             "is left, and off and required leave nothing."},
    {"sip.srtp_offer", CONF_BOOL, .initial = "false", AT(sip.srtp_offer),
     .help = "Whether calls that the server makes offer encryption beside plain sound and "
             "video, in the way that most phones understand or pass over; with sip.srtp "
             "required they offer nothing else."},
    {"sip.dtls_offer", CONF_BOOL, .initial = "false", AT(sip.dtls_offer),
     .help = "Whether calls that the server makes offer encryption with keys by DTLS, and "
             "nothing else, unless sip.srtp is off: phones that do not know it refuse them."},

    {"media.address", CONF_TEXT, .min = 1, .max = 45, .is_valid = conf_text_is_address,
     .allowed = "an IPv4 or IPv6 address", .initial = "\"0.0.0.0\"", AT(media.address),
     .help = "The local address of sound and video; 0.0.0.0 or ::, any."},
    {"media.advertised_address", CONF_TEXT, .is_nullable = true, .min = 1, .max = 45,
     .is_valid = conf_text_is_address, .allowed = "an IPv4 or IPv6 address", .initial = "null",
     AT(media.advertised_address),
     .help = "The address told to callers, where it is not the local one (behind NAT); null: "
             "the local address that routes to the caller."},
    {"media.ports", CONF_PORTS,
     .allowed =
         "two ports of 1024 to 65535 with a pair of ports between them, as in 20000-23999",
     .initial = "\"20000-23999\"", AT(media.first_port), SECOND(media.last_port),
     .help = "UDP ports for sound and video, first and last; each call takes an even one and "
             "the next for either. An odd first port is rounded up."},
    {"media.browser_port", CONF_NUMBER, .max = 65535, .initial = "10000",
     AT(media.browser_port),
     .help = "The one UDP port for the sound and video of all browsers; 0: no browser may "
             "call."},
    {"media.browser_tcp", CONF_BOOL, .initial = "true", AT(media.browser_tcp),
     .help = "Whether browsers that no UDP comes through from may use TCP, on the same port."},
    {"media.workers", CONF_NUMBER, .max = 256, .initial = "0", AT(media.workers),
     .help = "Threads that mix; 0: one per processor core."},
    {"media.room_share", CONF_NUMBER, .max = 10000, .initial = "800", AT(media.room_share),
     .help = "Callers of a room that one thread mixes before another takes some; 0: a room "
             "stays on one thread."},
    {"media.jitter_ms", CONF_NUMBER, .min = 20, .max = 1000, .initial = "20",
     AT(media.jitter_ms),
     .help = "The least delay that the adaptive jitter buffer aims at; it grows where the "
             "network needs more."},
    {"media.jitter_limit_ms", CONF_NUMBER, .min = 40, .max = 5000, .initial = "400",
     AT(media.jitter_limit_ms),
     .help = "The most delay that the adaptive jitter buffer aims at, at least "
             "media.jitter_ms; later packets are lost."},
    {"media.no_media_timeout_s", CONF_NUMBER, .max = 86400, .initial = "60",
     AT(media.no_media_timeout_s),
     .help = "A call that should send and is not heard for so long is ended; 0: never."},
    {"media.ice_timeout_s", CONF_NUMBER, .max = 3600, .initial = "15", AT(media.ice_timeout_s),
     .help =
         "A browser's call to which no check of ICE has come for so long is ended; 0: it is "
         "ended by media.no_media_timeout_s only."},
    {"media.default_ptime_ms", CONF_NUMBER, .min = 10, .max = 60, .initial = "20",
     AT(media.default_ptime_ms),
     .help = "Sound per packet where the other end has no wish: 10, 20, 30, 40, 50 or 60."},
    {"media.dtx", CONF_BOOL, .initial = "true", AT(media.dtx),
     .help = "Whether next to nothing is sent in silence, to callers whose codec can do that."},
    {"media.prompts_directory", CONF_TEXT, .is_nullable = true, .min = 1, .max = 1024,
     .initial = "null", AT(media.prompts_directory),
     .help = "Spoken prompts of the operator's, a file for each (enter-pin.wav); null, or a "
             "file is not there: the built-in one. A folder in it named as a language (it, "
             "pt-BR) has those of rooms with that `language`."},
    {"media.sounds_directory", CONF_TEXT, .is_nullable = true, .min = 1, .max = 1024,
     .initial = "null", AT(media.sounds_directory),
     .help = "Files that may be played in rooms, and music for who is alone; null: none."},
    {"media.fetch_allow", CONF_LIST, .max = CONF_MAX_RULES, .is_valid = conf_text_is_fetch_rule,
     .allowed = FETCH_RULE_ALLOWED, .initial = "[]", AT(media.fetch_allow),
     SECOND(media.fetch_allow_count),
     .help = "Hosts and addresses that sounds may be fetched from by URL though they are not "
             "public; all public ones are allowed."},
    {"media.video", CONF_BOOL, .initial = "true", AT(media.video),
     .help = "Whether calls may have video at all."},
    {"media.video_workers", CONF_NUMBER, .max = 256, .initial = "0", AT(media.video_workers),
     .help = "Threads that decode, compose and encode video; 0: one per "
             "processor core."},
    {"media.video_max_width", CONF_NUMBER, .min = 160, .max = 4096, .initial = "1920",
     AT(media.video_max_width),
     .help = "The widest picture that is decoded, or the highest if it is "
             "upright; a sender of a larger one is shown by its avatar."},
    {"media.video_max_height", CONF_NUMBER, .min = 160, .max = 4096, .initial = "1088",
     AT(media.video_max_height),
     .help = "The highest picture that is decoded, or the widest if it is "
             "upright."},
    {"media.video_max_sender_kbps", CONF_NUMBER, .min = 64, .max = 100000, .initial = "6000",
     AT(media.video_max_sender_kbps),
     .help = "The most video that somebody may send, in kbit/s; who sends more "
             "is cut off for a while."},
    {"media.video_max_payload_bytes", CONF_NUMBER, .min = 500, .max = 1400, .initial = "1200",
     AT(media.video_max_payload_bytes), .help = "The most video in one packet, in bytes."},
    {"media.video_when_full", CONF_TEXT, .choices = {"voice", "refuse", "admit"},
     .initial = "\"voice\"", AT(media.video_when_full),
     .help = "What a call with video gets when the machine cannot bear one more: "
             "voice only, or 488, or its video, and all see fewer pictures a second."},
    {"media.images_directory", CONF_TEXT, .is_nullable = true, .min = 1, .max = 1024,
     .initial = "null", AT(media.images_directory),
     .help = "Pictures that may be backgrounds and logos of rooms (JPEG, PNG, "
             "WebP); null: none."},

    {"api.listen", CONF_TEXT, .min = 1, .max = 64, .is_valid = conf_text_is_address_port,
     .allowed =
         "an IPv4 address or an IPv6 address in brackets and a port of 1 to 65535, as in "
         "127.0.0.1:8080 or [::1]:8080",
     .initial = "\"127.0.0.1:8080\"", AT(api.listen), .help = "Where HTTP is listened for."},
    {"api.public_url", CONF_TEXT, .is_nullable = true, .min = 8, .max = 256,
     .is_valid = conf_text_is_base_url,
     .allowed = "http:// or https:// and a host, without a slash at the end", .initial = "null",
     AT(api.public_url),
     .help = "What links of files begin with, as people outside reach the interface, as in "
             "https://conference.example.com; null: the address of api.listen."},
    {"api.admin_token", CONF_TEXT, .is_nullable = true, .is_secret = true, .min = 16,
     .max = 256, .is_valid = conf_text_is_token, .allowed = "letters, digits and -._~+/",
     .initial = "null", AT(api.admin_token),
     .help = "The administrator's bearer token; null: made at the first start and kept in the "
             "data directory."},
    {"api.metrics_token", CONF_TEXT, .is_nullable = true, .is_secret = true, .min = 16,
     .max = 256, .is_valid = conf_text_is_token, .allowed = "letters, digits and -._~+/",
     .initial = "null", AT(api.metrics_token),
     .help = "A bearer token for /metrics and nothing else, as Prometheus needs it; null: only "
             "the administrator's."},
    {"api.tls_certificate", CONF_TEXT, .is_nullable = true, .min = 1, .max = 1024,
     .initial = "null", AT(api.tls_certificate),
     .help = "The certificate of HTTPS, a PEM file, with those that lead to its authority; "
             "null: HTTP without encryption. Read again on SIGHUP, with its key."},
    {"api.tls_key", CONF_TEXT, .is_nullable = true, .min = 1, .max = 1024, .initial = "null",
     AT(api.tls_key),
     .help = "The private key of api.tls_certificate, a PEM file without a password; null: it "
             "is in the certificate's file."},
    {"api.max_body_bytes", CONF_NUMBER, .min = 1024, .max = 67108864, .initial = "1048576",
     AT(api.max_body_bytes), .help = "The longest request body; a longer one is answered 413."},
    {"api.max_connections", CONF_NUMBER, .min = 1, .max = 10000, .initial = "1024",
     AT(api.max_connections), .help = "HTTP connections at once, event streams included."},
    {"api.request_timeout_s", CONF_NUMBER, .min = 1, .max = 3600, .initial = "15",
     AT(api.request_timeout_s),
     .help = "A client that takes longer to send its request is cut off."},
    {"api.guests", CONF_BOOL, .initial = "true", AT(api.guests),
     .help = "Whether a browser may join a room without a token, by the same door as a "
             "telephone."},
    {"api.max_calls", CONF_NUMBER, .min = 1, .max = 100000, .initial = "500", AT(api.max_calls),
     .help = "Calls of browsers at once; more are answered 503."},
    {"api.rate_per_source", CONF_NUMBER, .max = 100000, .initial = "20",
     AT(api.rate_per_source),
     .help = "Requests about calls of browsers, and wrong tokens, taken per second from one "
             "address; 0: no limit."},
    {"api.rate_per_token", CONF_NUMBER, .max = 100000, .initial = "50", AT(api.rate_per_token),
     .help = "Requests taken per second with one token below the administrator; 0: no limit."},
    {"api.cors_origins", CONF_LIST, .max = CONF_MAX_RULES, .is_valid = conf_text_is_origin,
     .allowed = "an origin as in https://example.com or http://localhost:3000, or *",
     .initial = "[]", AT(api.cors_origins), SECOND(api.cors_origin_count),
     .help = "Whose pages may use the interface from a browser (CORS): origins, or * for all; "
             "a page needs a token all the same."},
    {"api.webhook_allow", CONF_LIST, .max = CONF_MAX_RULES, .is_valid = conf_text_is_fetch_rule,
     .allowed = FETCH_RULE_ALLOWED, .initial = "[]", AT(api.webhook_allow),
     SECOND(api.webhook_allow_count),
     .help = "Hosts and addresses that webhooks may be on though they are not public; all "
             "public ones are allowed."},
    {"api.webhook_attempts", CONF_NUMBER, .min = 1, .max = 20, .initial = "8",
     AT(api.webhook_attempts),
     .help = "How often a webhook is tried, after 1, 2, 4 ... seconds, before the event is "
             "given up."},
    {"api.webhook_failures", CONF_NUMBER, .min = 1, .max = 1000, .initial = "20",
     AT(api.webhook_failures), .help = "So many events given up in a row disable a webhook."},
    {"api.proxies", CONF_LIST, .max = CONF_MAX_RULES, .is_valid = conf_text_is_block,
     .allowed = BLOCK_ALLOWED, .initial = "[\"127.0.0.1\", \"::1\"]", AT(api.proxies),
     SECOND(api.proxy_count),
     .help = "Proxies in front of the interface: the address that they say a request comes "
             "from (X-Forwarded-For) is believed."},

    {"data.directory", CONF_TEXT, .min = 1, .max = 1024, .initial = "\"./data\"",
     AT(data.directory),
     .help = "Where rooms and the token are kept; made if it is not there."},
    {"data.must_be_mounted", CONF_BOOL, .initial = "false", AT(data.must_be_mounted),
     .help =
         "Whether the server refuses to start where the data directory is part of the system "
         "itself, or memory: in a container it would be lost with it. The image sets it."},
    {"data.call_records_days", CONF_NUMBER, .max = 3650, .initial = "90",
     AT(data.call_records_days),
     .help =
         "How long records of calls are kept, the last 100000 at most; 0: none is written."},

    {"rooms.auto_create", CONF_BOOL, .initial = "true", AT(rooms.auto_create),
     .help = "Whether a call to an unknown room makes it, until it is empty again; else it is "
             "answered 404."},
    {"rooms.max_rooms", CONF_NUMBER, .min = 1, .max = 1000000, .initial = "20000",
     AT(rooms.max_rooms), .help = "Rooms at once."},
    {"rooms.max_participants", CONF_NUMBER, .min = 1, .max = 10000, .initial = "500",
     AT(rooms.max_participants), .help = "Participants of a room that does not say otherwise."},
    {"rooms.join_tone", CONF_TEXT, .choices = {"both", "join", "leave", "none"},
     .initial = "\"both\"", AT(rooms.join_tone),
     .help = "Whether a room plays a tone when somebody joins or leaves, if it does not say "
             "otherwise."},
    {"rooms.alone", CONF_TEXT, .choices = {"silence", "noise", "music"},
     .initial = "\"silence\"", AT(rooms.alone),
     .help = "What somebody alone in a room hears, if the room does not say otherwise."},
    {"rooms.template", CONF_TEXT, .is_nullable = true, .min = 1, .max = 64, .initial = "null",
     AT(rooms.template),
     .help = "The template (see the API) of rooms that calls make; null: none."},
    {"rooms.music", CONF_TEXT, .is_nullable = true, .min = 1, .max = 128,
     .is_valid = conf_text_is_sound, .allowed = "the name of a file in media.sounds_directory",
     .initial = "null", AT(rooms.music),
     .help = "The music for who is alone in a room that does not say otherwise, a file of "
             "media.sounds_directory; null: none."},
    {"rooms.loudest", CONF_NUMBER, .min = 1, .max = 32, .initial = "8", AT(rooms.loudest),
     .help = "Voices heard at once, the loudest ones, in a room that does not say otherwise."},
    {"rooms.level_voices", CONF_BOOL, .initial = "false", AT(rooms.level_voices),
     .help = "Whether voices are brought to the same loudness, if room and participant do not "
             "say otherwise."},
    {"rooms.suppress_noise", CONF_BOOL, .initial = "false", AT(rooms.suppress_noise),
     .help = "Whether noise is taken out of voices, if room and participant do not say "
             "otherwise."},
    {"rooms.pin_tries", CONF_NUMBER, .min = 1, .max = 10, .initial = "3", AT(rooms.pin_tries),
     .help = "Wrong PINs that end a call, in a room that does not say otherwise."},
    {"rooms.pin_timeout_s", CONF_NUMBER, .min = 3, .max = 120, .initial = "15",
     AT(rooms.pin_timeout_s),
     .help = "How long is waited for the next digit of a PIN, in a room that does not say "
             "otherwise."},
    {"rooms.announcements", CONF_BOOL, .initial = "true", AT(rooms.announcements),
     .help = "Whether who comes in is told that nobody else is there, and the like, in a room "
             "that does not say otherwise."},
    {"rooms.video", CONF_BOOL, .initial = "true", AT(rooms.video),
     .help = "Whether calls have video, in a room that does not say otherwise."},
    {"rooms.video_size", CONF_TEXT, .choices = {"360p", "480p", "540p", "720p", "1080p"},
     .initial = "\"720p\"", AT(rooms.video_size),
     .help = "The size of the composed picture, 16:9, in a room that does not "
             "say otherwise."},
    {"rooms.video_fps", CONF_NUMBER, .min = 5, .max = 30, .initial = "30", AT(rooms.video_fps),
     .help = "Composed pictures per second, in a room that does not say "
             "otherwise."},
    {"rooms.video_bitrate_kbps", CONF_NUMBER, .min = 64, .max = 8000, .initial = "2000",
     AT(rooms.video_bitrate_kbps),
     .help = "The most video that one caller is sent, in kbit/s, in a room that "
             "does not say otherwise."},
    {"rooms.video_layout", CONF_TEXT,
     .choices = {"auto", "grid", "speaker", "one_five", "one_seven", "one_nine", "side_by_side",
                 "picture_in_picture", "presentation", "spotlight"},
     .initial = "\"auto\"", AT(rooms.video_layout),
     .help = "Where people stand in the picture of a room that does not say "
             "otherwise."},
    {"rooms.video_own_view", CONF_BOOL, .initial = "false", AT(rooms.video_own_view),
     .help = "Whether nobody sees himself, in a room that does not say "
             "otherwise; each caller then takes an encoder of his own."},
    {"rooms.video_names", CONF_BOOL, .initial = "true", AT(rooms.video_names),
     .help = "Whether names are written on pictures, in a room that does not say "
             "otherwise."},
    {"rooms.video_frame_talker", CONF_BOOL, .initial = "true", AT(rooms.video_frame_talker),
     .help = "Whether who talks has a frame, in a room that does not say "
             "otherwise."},
    {"rooms.video_fill", CONF_BOOL, .initial = "false", AT(rooms.video_fill),
     .help = "Whether pictures are cut to fill their places, in a room that does "
             "not say otherwise; else they are shown whole."},
    {"rooms.video_ground", CONF_TEXT, .min = 7, .max = 7, .is_valid = conf_text_is_colour,
     .allowed = "a colour as in #15181c", .initial = "\"#15181c\"", AT(rooms.video_ground),
     .help = "The colour behind the pictures, in a room that does not say "
             "otherwise."},
    {"rooms.video_background", CONF_TEXT, .is_nullable = true, .min = 1, .max = 128,
     .is_valid = conf_text_is_sound, .allowed = "the name of a file in media.images_directory",
     .initial = "null", AT(rooms.video_background),
     .help = "What is seen behind the pictures, a file of "
             "media.images_directory, in a room that does not say otherwise; "
             "null: the colour."},
    {"rooms.video_logo", CONF_TEXT, .is_nullable = true, .min = 1, .max = 128,
     .is_valid = conf_text_is_sound, .allowed = "the name of a file in media.images_directory",
     .initial = "null", AT(rooms.video_logo),
     .help = "What is laid into a corner of the picture, a file of "
             "media.images_directory, in a room that does not say otherwise; "
             "null: none."},

    {"chat.messages", CONF_NUMBER, .max = 10000, .initial = "500", AT(chat.messages),
     .help = "Messages of a room's chat that are kept, the newest, for who comes later; 0: "
             "rooms have no chat."},
    {"chat.text_bytes", CONF_NUMBER, .min = 100, .max = 16000, .initial = "4000",
     AT(chat.text_bytes), .help = "The longest text of a message, in bytes."},
    {"chat.per_minute", CONF_NUMBER, .max = 6000, .initial = "60", AT(chat.per_minute),
     .help = "Messages that one participant may write, by phone also of files, in a minute, "
             "after ten at once; 0: no limit."},
    {"chat.keep", CONF_BOOL, .initial = "true", AT(chat.keep),
     .help = "Whether the chat of a room that was made by the API is kept over a restart, as "
             "the room is."},
    {"chat.visitors", CONF_BOOL, .initial = "false", AT(chat.visitors),
     .help = "Whether who is not in a room may write to it by SIP, if it is neither locked nor "
             "asks for a PIN; else it is answered 403."},
    {"chat.offline", CONF_NUMBER, .max = 10000, .initial = "100", AT(chat.offline),
     .help = "Messages by SIP that wait for the phones of one account, until one registers; 0: "
             "accounts take none."},

    {"files.enabled", CONF_BOOL, .initial = "true", AT(files.enabled),
     .help = "Whether files can be shared in rooms at all."},
    {"files.max_mib", CONF_NUMBER, .min = 1, .max = 1048576, .initial = "2048",
     AT(files.max_mib), .help = "The largest file, in MiB; a larger one is answered 413."},
    {"files.room_quota_mib", CONF_NUMBER, .min = 1, .max = 16777216, .initial = "4096",
     AT(files.room_quota_mib), .help = "What all files of a room may have, in MiB."},
    {"files.server_quota_mib", CONF_NUMBER, .min = 1, .max = 1073741824, .initial = "16384",
     AT(files.server_quota_mib), .help = "What all files of all rooms may have, in MiB."},
    {"files.account_quota_mib", CONF_NUMBER, .max = 16777216, .initial = "1024",
     AT(files.account_quota_mib),
     .help = "What all files may have, in MiB, that one account sends in messages, by POST to "
             "/file-transfer (as Linphone does); 0: accounts send none."},
    {"files.parcel_keep_s", CONF_NUMBER, .min = 60, .max = 315360000, .initial = "604800",
     AT(files.parcel_keep_s),
     .help = "Such a file is removed so many seconds after it was sent; what it became in a "
             "room has the room's time."},
    {"files.keep_s", CONF_NUMBER, .max = 315360000, .initial = "604800", AT(files.keep_s),
     .help = "A file is removed so many seconds after it was shared; 0: with its room."},
    {"files.upload_keep_s", CONF_NUMBER, .min = 1, .max = 2592000, .initial = "86400",
     AT(files.upload_keep_s),
     .help = "A resumable upload is removed when nothing of it has come for so many seconds."},
    {"files.upload_idle_s", CONF_NUMBER, .max = 2592000, .initial = "60",
     AT(files.upload_idle_s),
     .help =
         "When nothing of it has come for so many seconds, what it has reserved beyond that "
         "may be taken by others who need it; it goes on if there is room again."},
    {"files.link_s", CONF_NUMBER, .min = 60, .max = 31536000, .initial = "86400",
     AT(files.link_s),
     .help = "How long a link to a file, as the chat has it, is good for who has no token; "
             "rounded up to the hour."},
    {"files.types", CONF_LIST, .min = 1, .max = CONF_MAX_RULES,
     .is_valid = conf_text_is_type_rule,
     .allowed = "a media type as in image/png, image/* for all of a kind, or */* for any",
     .initial = "[\"*/*\"]", AT(files.types), SECOND(files.type_count),
     .help = "Types of files that are taken, by what is in them, whatever they are called."},
    {"files.refused_types", CONF_LIST, .max = CONF_MAX_RULES,
     .is_valid = conf_text_is_type_rule,
     .allowed = "a media type as in image/png, image/* for all of a kind, or */* for any",
     .initial = "[]", AT(files.refused_types), SECOND(files.refused_type_count),
     .help = "Types of files that are not taken, though files.types has them."},
    {"files.scanner", CONF_LIST, .max = CONF_MAX_RULES, .is_valid = conf_text_is_file,
     .allowed = "a word of a command, 1 to 1024 bytes", .initial = "[]", AT(files.scanner),
     SECOND(files.scanner_count),
     .help = "A command that looks at each file, whose path is its last argument: 0 takes it, "
             "1 refuses it, as clamdscan does. It is run without a shell."},
    {"files.clamd", CONF_TEXT, .is_nullable = true, .min = 1, .max = 107,
     .is_valid = conf_text_is_socket,
     .allowed =
         "the path of a socket, or an address and a port, as in /run/clamav/clamd.ctl or "
         "127.0.0.1:3310",
     .initial = "null", AT(files.clamd),
     .help =
         "ClamAV's daemon, to which each file is sent before it is shared; what it does not "
         "call good, or cannot be asked of, is refused. Its StreamMaxLength limits the size of "
         "files, too. null: none is asked."},
    {"files.scanner_timeout_s", CONF_NUMBER, .min = 1, .max = 3600, .initial = "60",
     AT(files.scanner_timeout_s),
     .help = "A scanner that takes longer is ended, and the file refused."},

    {"recordings.enabled", CONF_BOOL, .initial = "true", AT(recordings.enabled),
     .help = "Whether rooms can be recorded at all."},
    {"recordings.max_mib", CONF_NUMBER, .min = 1, .max = 1048576, .initial = "8192",
     AT(recordings.max_mib),
     .help = "The largest recording, in MiB; then it ends. An hour of sound takes about 25."},
    {"recordings.room_quota_mib", CONF_NUMBER, .min = 1, .max = 16777216, .initial = "16384",
     AT(recordings.room_quota_mib), .help = "What all recordings of a room may have, in MiB."},
    {"recordings.server_quota_mib", CONF_NUMBER, .min = 1, .max = 1073741824,
     .initial = "65536", AT(recordings.server_quota_mib),
     .help = "What all recordings of all rooms may have, in MiB."},
    {"recordings.keep_s", CONF_NUMBER, .max = 315360000, .initial = "2592000",
     AT(recordings.keep_s),
     .help = "A recording is removed so many seconds after its end; 0: never."},
    {"recordings.most", CONF_NUMBER, .min = 1, .max = 1000, .initial = "50",
     AT(recordings.most), .help = "So many recordings are made at once, and no more."},

    {"log.level", CONF_LEVEL, .choices = {"error", "warn", "info", "debug"},
     .initial = "\"info\"", AT(log.level),
     .help = "What is logged: this and everything worse."},
    {"log.format", CONF_TEXT, .choices = {"text", "json"}, .initial = "\"text\"",
     AT(log.format),
     .help = "Lines for people, or an object of JSON a line, for what collects them."},

    {"server.drain_timeout_s", CONF_NUMBER, .max = 3600, .initial = "10",
     AT(server.drain_timeout_s),
     .help = "At the end (SIGTERM): the time that calls have to be hung up."},
};

enum { KEY_COUNT = sizeof(keys) / sizeof(keys[0]), LONGEST_WORD = CONF_VARIABLE_BYTES };

const struct conf_key *conf_keys(unsigned *count)
{
    *count = KEY_COUNT;
    return keys;
}

const struct conf_key *conf_key_find(const char *path)
{
    for (unsigned i = 0; i < KEY_COUNT; i++)
        if (!strcmp(keys[i].path, path))
            return &keys[i];
    return NULL;
}

/* Group and name of a key, "sip" and "listen". @return the length of the group. */
static size_t group_length(const char *path)
{
    return strcspn(path, ".");
}

bool conf_key_is_group(const char *path)
{
    size_t length = strlen(path);
    for (unsigned i = 0; i < KEY_COUNT; i++)
        if (group_length(keys[i].path) == length && !strncmp(keys[i].path, path, length))
            return true;
    return false;
}

void conf_key_variable(const struct conf_key *key, char out[CONF_VARIABLE_BYTES])
{
    int length = snprintf(out, CONF_VARIABLE_BYTES, "RADUNO_%s", key->path);
    assert(length < CONF_VARIABLE_BYTES);
    for (char *c = out; *c; c++)
        *c = (char)(*c == '.' ? '_' : toupper((unsigned char)*c));
}

bool conf_key_file_variable(const struct conf_key *key, char out[CONF_VARIABLE_BYTES])
{
    if (!key->is_secret)
        return false;
    conf_key_variable(key, out);
    size_t length = strlen(out);
    assert(length + sizeof("_FILE") <= CONF_VARIABLE_BYTES);
    memcpy(out + length, "_FILE", sizeof("_FILE"));
    return true;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* How many characters must be added, removed or replaced to make one of the other
 * (Levenshtein, with one row); very long words are far from everything. */
static unsigned distance(const char *a, const char *b)
{
    unsigned row[LONGEST_WORD + 1];
    size_t length = strlen(b);
    if (length > LONGEST_WORD || strlen(a) > 2 * LONGEST_WORD)
        return UINT16_MAX;
    for (unsigned j = 0; j <= length; j++)
        row[j] = j;
    for (unsigned i = 0; a[i]; i++) {
        unsigned diagonal = row[0];
        row[0] = i + 1;
        for (unsigned j = 0; j < length; j++) {
            unsigned replaced = diagonal + (a[i] != b[j]);
            diagonal = row[j + 1];
            row[j + 1] = least(replaced, 1 + least(row[j], diagonal));
        }
    }
    return row[length];
}

/* "sip.ports" most likely means "media.ports", however far the groups are from each other. */
static bool has_name(const struct conf_key *key, const char *path)
{
    const char *dot = strchr(path, '.');
    return !strcmp(dot ? dot + 1 : path, key->path + group_length(key->path) + 1);
}

bool conf_key_nearest(const char *path, char out[CONF_PATH_BYTES])
{
    unsigned start = 1 + least(4, (unsigned)strlen(path) / 3), best = start;
    for (unsigned i = 0; i < KEY_COUNT; i++) {
        char group[CONF_PATH_BYTES];
        snprintf(group, sizeof(group), "%.*s", (int)group_length(keys[i].path), keys[i].path);
        unsigned to_key = has_name(&keys[i], path) ? 1 : distance(path, keys[i].path);
        unsigned to_group = distance(path, group);
        if (least(to_key, to_group) >= best)
            continue;
        best = least(to_key, to_group);
        snprintf(out, CONF_PATH_BYTES, "%s", to_key <= to_group ? keys[i].path : group);
    }
    return best < start;
}

bool conf_key_nearest_variable(const char *name, char out[CONF_VARIABLE_BYTES])
{
    unsigned start = 3 /* two slips of the pen */, best = start;
    for (unsigned i = 0; i < 2 * KEY_COUNT; i++) {
        char variable[CONF_VARIABLE_BYTES];
        conf_key_variable(&keys[i / 2], variable);
        if (i % 2 && !conf_key_file_variable(&keys[i / 2], variable))
            continue;
        unsigned far = distance(name, variable);
        if (far < best) {
            best = far;
            memcpy(out, variable, sizeof(variable));
        }
    }
    return best < start;
}
