/*
 * conf.h - the configuration: file < environment < --set, checked once, then constant.
 *
 *   struct conf *conf;  char *why;
 *   struct conf_sources sources = {.file = path, .sets = sets, .set_count = n};
 *   if (conf_load(&sources, &conf, &why))
 *       ...print why...
 *
 * conf/schema.json explains every key; conf/raduno.json is the shipped default. A key that is
 * unknown, a wrong type, a bad value: an error with the key's path, the value and what is
 * allowed. A secret may be in a file: RADUNO_API_ADMIN_TOKEN_FILE=/run/secrets/token.
 *
 * Thread   load, destroy: the main thread before and after the others. Reading: any.
 */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include "mixer/base/log.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { CONF_MAX_LISTEN = 8, CONF_MAX_MSRP_LISTEN = 4, CONF_MAX_RULES = 32 };

struct conf {
    struct {
        const char *listen[CONF_MAX_LISTEN]; /* "udp:0.0.0.0:5060", "tls:[::]:5061" */
        unsigned listen_count;
        const char *realm;
        unsigned max_calls; /* calls at once; above: 503 with Retry-After        */
        unsigned
            rate_per_source; /* requests out of dialogs per second and source; 0: no limit */
        const char *proxies[CONF_MAX_RULES];     /* whose Via says for whom they ask */
        const char *web_origins[CONF_MAX_RULES]; /* whose pages may open a WebSocket */
        unsigned web_origin_count;
        unsigned proxy_count;
        unsigned session_expires_s;     /* RFC 4028, offered; 0: off                         */
        unsigned min_session_expires_s; /* RFC 4028 Min-SE, at least 90                      */
        unsigned ring_timeout_s;        /* dial-out: no answer after this                    */
        unsigned max_redirects;         /* dial-out: 3xx followed so often; 0: not           */
        unsigned max_call_s;            /* any call ends after this; 0: no limit             */
        bool dial_out;                  /* dial-out by API allowed at all                    */
        const char *domains[CONF_MAX_RULES]; /* hosts that are this server, too */
        unsigned domain_count;
        const char *dial_allow[CONF_MAX_RULES]; /* hosts that may be dialled, "*" any */
        unsigned dial_allow_count;
        const char *header_map[CONF_MAX_RULES]; /* "X-Header:attribute" */
        unsigned header_map_count;
        const char *srtp;       /* "off", "optional", "required"                     */
        bool srtp_offer;        /* plain offers of ours have keys for SRTP, too      */
        bool dtls_offer;        /* ours have DTLS, and nothing else                  */
        unsigned max_dial_outs; /* being set up or connected at once                 */
        const char *tls_certificate, *tls_key;     /* files; NULL: made, or in the other file */
        const char *tls_client_ca;                 /* file; NULL: none                        */
        const char *tls_client;                    /* "off", "optional", "required"           */
        const char *tls_minimum;                   /* "1.2", "1.3"                            */
        bool tls_verify;                           /* of who is called                        */
        const char *smime_certificate, *smime_key; /* files; NULL: no S/MIME, or in the other */
        const char *smime_authorities;             /* file; NULL: none                      */
        const char *authenticate;                  /* "off", "invites"                        */
        const char *auth_algorithms;               /* "both", "sha-256", "md5"                */
        const char *factory;                       /* NULL: none */
        unsigned register_min_s, register_max_s;   /* of registrations: how long they may be */
        unsigned max_registrations, max_contacts;
        unsigned auth_failures, auth_ban_s;   /* so many in a minute: ignored so long    */
        const char *tls_more[CONF_MAX_RULES]; /* files for other names, with their keys  */
        unsigned tls_more_count;
        const char *msrp_listen[CONF_MAX_MSRP_LISTEN]; /* none: no MSRP */
        unsigned msrp_listen_count, msrp_sessions;
        bool file_calls; /* to phones that refuse files in theirs */
    } sip;
    struct {
        const char *address;
        const char *advertised_address; /* NULL: found by routing                            */
        uint16_t first_port, last_port; /* "20000-23999"                                     */
        unsigned browser_port;          /* of all browsers' media; 0: no browser may call    */
        bool browser_tcp;               /* by TCP, too, where no UDP comes through           */
        unsigned workers;               /* 0: one per core                                   */
        unsigned room_share; /* legs of a room on one worker before another helps; 0: never */
        unsigned jitter_ms, jitter_limit_ms; /* least and most that is aimed at     */
        unsigned no_media_timeout_s; /* a leg that should send and does not; 0: never     */
        unsigned ice_timeout_s;      /* of a browser, for its first check; 0: none        */
        unsigned default_ptime_ms;
        bool dtx;                      /* nothing is sent in pauses, where agreed to        */
        const char *prompts_directory; /* NULL: the built-in ones                           */
        const char *sounds_directory;  /* NULL: no files can be played                      */
        const char *fetch_allow[CONF_MAX_RULES]; /* private hosts that URLs may be of   */
        unsigned fetch_allow_count;
        bool video;                                 /* false: calls have voice only    */
        unsigned video_workers;                     /* 0: one per core                 */
        unsigned video_max_width, video_max_height; /* of what is decoded              */
        unsigned video_max_sender_kbps;             /* who sends more is cut off       */
        unsigned video_max_payload_bytes;           /* of RTP packets                  */
        const char *video_when_full;  /* "voice", "refuse", "admit": for who comes then */
        const char *images_directory; /* NULL: no backgrounds, no logos                 */
    } media;
    struct {
        const char *listen;        /* "127.0.0.1:8080", "[::1]:8080"                    */
        const char *public_url;    /* in links: "https://host"; NULL: that of listen    */
        const char *admin_token;   /* NULL: made at first start                         */
        const char *metrics_token; /* for /metrics only; NULL: there is none            */
        const char *tls_certificate, *tls_key; /* files; NULL: HTTP, or in the other  */
        unsigned max_body_bytes;
        unsigned max_connections;
        unsigned request_timeout_s; /* a slow client is cut off                          */
        bool guests;                /* a browser may join without a token                */
        unsigned max_calls;         /* of browsers, at once                              */
        unsigned rate_per_source;   /* requests without a token per second; 0: no limit  */
        unsigned rate_per_token;    /* below the administrator; 0: no limit              */
        const char *cors_origins[CONF_MAX_RULES]; /* whose pages may ask                 */
        unsigned cors_origin_count;
        const char *webhook_allow[CONF_MAX_RULES]; /* private hosts that webhooks may be on */
        unsigned webhook_allow_count;
        unsigned webhook_attempts, webhook_failures;
        const char *proxies[CONF_MAX_RULES]; /* whose X-Forwarded-For is believed       */
        unsigned proxy_count;
    } api;
    struct {
        const char *directory;
        bool must_be_mounted;
        unsigned call_records_days; /* 0: none are kept */
    } data;
    struct {
        bool auto_create;
        unsigned max_rooms;
        unsigned max_participants; /* of a room that does not say otherwise             */
        const char *join_tone;     /* "both", "join", "leave", "none": default of rooms */
        const char *alone;         /* "silence", "noise", "music": what one hears alone */
        const char *template;      /* of rooms that calls make; NULL: none               */
        const char *music;         /* a file of media.sounds_directory; NULL: none      */
        unsigned loudest;          /* voices heard at once                              */
        bool level_voices, suppress_noise;
        unsigned pin_tries, pin_timeout_s;
        bool announcements;
        bool video; /* calls have video, in a room that does not say otherwise; so below */
        const char *video_size; /* "720p"                                           */
        unsigned video_fps, video_bitrate_kbps;
        const char *video_layout; /* "auto", "grid", ...                              */
        bool video_own_view, video_names, video_frame_talker, video_fill;
        const char *video_ground;                  /* "#15181c"                        */
        const char *video_background, *video_logo; /* files of media.images_directory; NULL */
    } rooms;
    struct {
        unsigned messages;   /* of a room; 0: no chat          */
        unsigned text_bytes; /* of one                         */
        unsigned per_minute; /* of one participant; 0: all     */
        bool keep;           /* with rooms that stay           */
        bool visitors;       /* by SIP, of who is in no call   */
        unsigned offline;    /* that wait for one account      */
    } chat;
    struct {
        bool enabled;
        unsigned max_mib; /* of one file */
        unsigned room_quota_mib, server_quota_mib;
        unsigned account_quota_mib;        /* of what one sends in messages; 0: none does */
        unsigned parcel_keep_s;            /* of that                                     */
        unsigned keep_s;                   /* 0: as long as their room           */
        unsigned upload_keep_s;            /* a cut one waits for its rest       */
        unsigned upload_idle_s;            /* then others may have its room      */
        unsigned link_s;                   /* how long a link needs no token     */
        const char *types[CONF_MAX_RULES]; /* taken: "image/png", "image/x", any */
        unsigned type_count;
        const char *refused_types[CONF_MAX_RULES];
        unsigned refused_type_count;
        const char *scanner[CONF_MAX_RULES]; /* a command and its arguments; none */
        unsigned scanner_count;
        const char *clamd; /* ClamAV's daemon: a socket's path, or address and port; NULL */
        unsigned scanner_timeout_s;
    } files;
    struct {
        bool enabled;
        unsigned max_mib; /* of one */
        unsigned room_quota_mib, server_quota_mib;
        unsigned keep_s; /* 0: for ever */
        unsigned most;   /* at once     */
    } recordings;
    struct {
        enum log_level level;
        const char *format; /* "text", "json" */
    } log;
    struct {
        unsigned drain_timeout_s; /* SIGTERM: at most this until exit                  */
    } server;
};

struct conf_sources {
    const char *file;         /* NULL: built-in defaults only                               */
    char *const *environment; /* "RADUNO_SIP_LISTEN=..." are used, others ignored; NULL: none */
    const char *const *sets;  /* "KEY=VALUE" of --set, in order                             */
    unsigned set_count;
};

/**
 * Reads and checks everything. A value of --set or the environment is read as its key's type
 * asks (conf_value.h): texts need no quotes, lists may be given with commas
 * ("udp:0.0.0.0:5060,tcp:0.0.0.0:5060").
 *
 * @return 0 and *conf, owned by the caller; -EINVAL, -ENOENT, -EACCES or -ENOMEM and *why, a
 *         line for a person, owned by the caller (free()), or NULL if memory is out.
 */
int conf_load(const struct conf_sources *sources, struct conf **conf, char **why);

void conf_destroy(struct conf *conf); /* NULL is allowed */

/** Writes each key, its default and its help to @p out, for --help. @return 0 or -EIO. */
int conf_print_keys(FILE *out);

#endif
