/*
 * main.c - the process: reads the configuration, starts what there is, waits for SIGTERM.
 *
 * The one file that knows all folders. Each `start_` step has its `stop` in stop_all(), in the
 * opposite order; a step that fails says why, and what was started before it is stopped.
 */
#include "api/api.h"
#include "api/api_fetch.h"
#include "api/api_secret.h"
#include "api/ctl/ctl.h"
#include "conf/conf.h"
#include "conf/conf_differences.h"
#include "mixer/base/check.h"
#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "mixer/base/random.h"
#include "mixer/file/languages.h"
#include "server/account/account_list.h"
#include "server/account/letter_list.h"
#include "server/account/location.h"
#include "server/call/ban.h"
#include "server/call/handshakes.h"
#include "server/call/proof.h"
#include "server/call/web_call.h"
#include "server/doctor.h"
#include "server/greeting.h"
#include "server/loop/loop.h"
#include "server/metrics.h"
#include "server/options.h"
#include "server/room/room_files.h"
#include "server/room/room_list.h"
#include "server/room/room_recordings.h"
#include "server/room_defaults.h"
#include "server/rtp/dtls_certificate.h"
#include "server/rtp/handshake_service.h"
#include "server/sip/ua.h"
#include "server/store/mount.h"
#include "server/store/store.h"
#include "server/trunk/number_list.h"
#include "server/trunk/trunk_list.h"
#include "server/writer.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    DRAIN_POLL_MS = 20,
    ASK_WHY_MS = 500, /* of browsers: their streams end, then they ask */
    PROMPT_MOST_S = 60,
    FETCH_MOST_BYTES = 64 * 1024 * 1024,
    FETCH_MOST_S = 60,
    FETCH_AT_ONCE = 4,
    FETCH_WAITING = 64,
};

struct process {
    struct options options;
    struct conf *conf;
    char *token;      /* api.admin_token, or from its file   */
    char *token_path; /* NULL: the token is configured       */
    bool writer_runs;
    struct loop *loop;
    struct store *store;
    struct account_list *accounts;
    struct location *location;
    struct letter_list *letters;
    struct trunk_list *trunks;
    struct number_list *numbers;
    struct ban_list *bans;
    struct proof *proof;
    struct rtp_ports *ports;
    struct dtls_certificate *certificate;
    struct handshake_service *handshakes;
    struct handshake_desk *desk;
    struct shared_port *browser_port;
    struct web_calls *web_calls;
    struct languages *languages;
    struct api_fetch *fetch;
    struct room_list *rooms;
    struct ua *ua;
    struct api *api;
    int signal_fd;
    struct loop_watch *signal_watch;
    bool draining;
    int64_t drain_left_ms, ask_left_ms;
    struct loop_timer drain_timer;
    char cname[64];
    struct room_files_config files;
    struct room_recordings_config recordings;
};

static int complain(const char *what, int error, char *why)
{
    log_error("main", "cannot start: %s: %s", what, why ? why : strerror(-error));
    free(why);
    return error;
}

/* ---- goodbye ---- */

static void on_drain(void *context)
{
    struct process *process = context;
    process->drain_left_ms -= DRAIN_POLL_MS;
    process->ask_left_ms -= DRAIN_POLL_MS;
    bool idle = ua_is_idle(process->ua) && room_list_is_idle(process->rooms) &&
                process->ask_left_ms <= 0;
    if (idle || process->drain_left_ms <= 0) {
        log_info("main", "%s", idle ? "all callers are gone" : "time is up: the rest is cut");
        ua_stop(process->ua);
        return;
    }
    loop_timer_start(process->loop, &process->drain_timer, DRAIN_POLL_MS, on_drain, process);
}

static bool has_browsers(const struct process *process)
{
    struct web_calls_stats stats = {0};
    if (process->web_calls)
        web_calls_stats_read(process->web_calls, &stats);
    return stats.calls > 0;
}

static void drain(struct process *process)
{
    if (process->draining) {
        log_info("main", "told again: ends at once");
        ua_stop(process->ua);
        return;
    }
    process->draining = true;
    process->drain_left_ms = process->conf->server.drain_timeout_s * 1000LL;
    process->ask_left_ms = has_browsers(process) ? ASK_WHY_MS : 0;
    log_info("main", "going down: no new calls, goodbye to %u participants",
             room_list_participants(process->rooms));
    ua_drain(process->ua);
    room_list_drain(process->rooms);
    on_drain(process);
}

static int read_conf(const struct options *options, struct conf **conf, char **why)
{
    extern char **environ;
    struct conf_sources sources = {.file = options->config,
                                   .environment = environ,
                                   .sets = options->sets,
                                   .set_count = options->set_count};
    return conf_load(&sources, conf, why);
}

/* There is no log yet that has a format. */
static bool read_first_conf(struct process *process)
{
    char *why;
    int error = read_conf(&process->options, &process->conf, &why);
    if (error)
        fprintf(stderr, "raduno: %s\n", why ? why : strerror(-error));
    free(why);
    return !error;
}

static void set_log(const struct conf *conf)
{
    log_set_level(conf->log.level);
    log_set_format(strcmp(conf->log.format, "json") == 0 ? LOG_FORMAT_JSON : LOG_FORMAT_TEXT);
}

static void on_changed_key(void *context, const char *path)
{
    (void)context;
    if (strncmp(path, "log.", 4) == 0)
        log_info("main", "reload: %s is in force", path);
    else
        log_warn("main", "reload: %s has changed, but needs a restart", path);
}

static void reload(struct process *process)
{
    struct conf *conf;
    char *why;
    int error = read_conf(&process->options, &conf, &why);
    if (error < 0) {
        log_error("main", "reload: the configuration is wrong, the running one stays: %s",
                  why ? why : strerror(-error));
        free(why);
        return;
    }
    set_log(conf);
    log_info("main", "reload: the configuration was read again");
    conf_differences(process->conf, conf, on_changed_key, NULL);
    conf_destroy(conf);
    if (ua_reload(process->ua, &why) < 0)
        log_error("main", "reload: the running certificate stays: %s",
                  why ? why : "memory is out");
    free(why);
    if (api_reload(process->api, &why) < 0)
        log_error("main", "reload: the running certificate of HTTPS stays: %s",
                  why ? why : "memory is out");
    free(why);
}

static struct secure_config secure_config(const struct conf *conf)
{
    bool is_asked = strcmp(conf->sip.tls_client, "off") != 0;
    bool is_required = strcmp(conf->sip.tls_client, "required") == 0;
    return (struct secure_config){
        .certificate = conf->sip.tls_certificate,
        .key = conf->sip.tls_key,
        .more = conf->sip.tls_more,
        .more_count = conf->sip.tls_more_count,
        .client_ca = conf->sip.tls_client_ca,
        .client = is_required ? SECURE_CLIENT_REQUIRED
                  : is_asked  ? SECURE_CLIENT_OPTIONAL
                              : SECURE_CLIENT_OFF,
        .allows_1_2 = strcmp(conf->sip.tls_minimum, "1.2") == 0,
        .verify = conf->sip.tls_verify,
        .data_directory = conf->data.directory,
    };
}

static struct seal_keys_config smime_config(const struct conf *conf)
{
    return (struct seal_keys_config){.certificate = conf->sip.smime_certificate,
                                     .key = conf->sip.smime_key,
                                     .authorities = conf->sip.smime_authorities};
}

static int check_smime(const struct conf *conf, char **why)
{
    const struct seal_keys_config config = smime_config(conf);
    struct seal_keys *keys = NULL;
    int error = config.certificate ? seal_keys_create(&config, &keys, why) : 0;
    seal_keys_destroy(keys);
    return error;
}

static int check(const struct conf *conf)
{
    struct secure_config tls = secure_config(conf);
    char *why;
    int error = secure_check(&tls, &why);
    if (!error)
        error = check_smime(conf, &why);
    if (error)
        fprintf(stderr, "raduno: %s\n", why ? why : strerror(-error));
    else
        printf("The configuration is good.\n");
    free(why);
    return error;
}

static void on_signal(void *context, uint32_t ready)
{
    (void)ready;
    struct process *process = context;
    struct signalfd_siginfo info;
    while (read(process->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (info.ssi_signo == SIGHUP)
            reload(process);
        else
            drain(process);
    }
}

/* ---- what the API asks ---- */

static unsigned more_metrics(void *context, struct api_metric *out, unsigned room)
{
    const struct process *process = context;
    return metrics_read(&(struct metrics){.ua = process->ua,
                                          .location = process->location,
                                          .handshakes = process->handshakes,
                                          .web_calls = process->web_calls,
                                          .browser_port = process->browser_port},
                        out, room);
}

static bool is_ready(void *context)
{
    const struct process *process = context;
    return !process->draining;
}

/* ---- start ---- */

static void raise_file_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static int start_signals(struct process *process)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, NULL); /* inherited by every thread */
    signal(SIGPIPE, SIG_IGN);
    process->signal_fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    if (process->signal_fd < 0)
        return complain("signals", -errno, NULL);
    process->signal_watch =
        loop_watch(process->loop, process->signal_fd, EPOLLIN, on_signal, process);
    return process->signal_watch ? 0 : complain("signals", -ENOMEM, NULL);
}

static void on_location_change(void *context, enum location_change change,
                               const struct binding *binding)
{
    const struct process *process = context;
    if (change != LOCATION_REFRESHED)
        log_info("account", "account %s: %s %s from %s", binding->account, binding->uri,
                 change == LOCATION_ADDED     ? "registers"
                 : change == LOCATION_MOVED   ? "has moved, and registers"
                 : change == LOCATION_REMOVED ? "is no longer registered"
                 : change == LOCATION_LOST    ? "has lost its connection"
                                              : "has not been heard of,",
                 binding->flow);
    if (process->api && change != LOCATION_REFRESHED)
        api_tell_registration(process->api, change, binding);
}

static int start_location(struct process *process)
{
    int error =
        letter_list_create(process->store, process->conf->chat.offline, &process->letters);
    return error ? error
                 : location_create(
                       &(struct location_config){.store = process->store,
                                                 .most = process->conf->sip.max_registrations,
                                                 .most_each = process->conf->sip.max_contacts,
                                                 .on_change = on_location_change,
                                                 .context = process},
                       clock_monotonic_ns(), &process->location);
}

/* A container without its volume works well until it is replaced: this has to be said before.
 */
static int check_volume(const struct conf *conf)
{
    struct mount mount;
    if (!conf->data.must_be_mounted)
        return 0;
    int error = mount_of(conf->data.directory, &mount);
    if (error)
        return complain(conf->data.directory, error, NULL);
    if (mount.is_unnamed)
        log_warn("main",
                 "%s is a volume without a name, which the next container will not find: "
                 "mount one with a name (-v raduno:%s)",
                 conf->data.directory, mount.point);
    if (mount.is_volume)
        return 0;
    log_error(
        "main",
        "cannot start: no volume is mounted at %s, which is %s: what is kept would be lost "
        "with the container; mount one (-v raduno:%s), or set data.must_be_mounted to false",
        conf->data.directory, mount.is_memory ? "memory" : "part of the system",
        conf->data.directory);
    return -ENODEV;
}

static struct proof *make_proof(const struct process *process)
{
    const struct conf *conf = process->conf;
    return proof_create(&(struct proof_config){
        .accounts = process->accounts,
        .realm = conf->sip.realm,
        .md5 = strcmp(conf->sip.auth_algorithms, "sha-256") != 0,
        .sha256 = strcmp(conf->sip.auth_algorithms, "md5") != 0,
        .bans = process->bans,
        .ban_s = conf->sip.auth_ban_s,
    });
}

static int start_data(struct process *process)
{
    const struct conf *conf = process->conf;
    char *why = NULL;
    if (mkdir(conf->data.directory, 0700) < 0 && errno != EEXIST)
        return complain(conf->data.directory, -errno, NULL);
    int error = check_volume(conf);
    if (error)
        return error;
    error = store_open(conf->data.directory, &process->store, &why);
    if (error)
        return complain("the store", error, why);
    error = account_list_create(process->store, conf->sip.realm, &process->accounts);
    if (error)
        return complain("the accounts", error, NULL);
    process->bans = ban_list_create(conf->sip.auth_failures, conf->sip.auth_ban_s);
    if (!process->bans)
        return complain("the bans", -ENOMEM, NULL);
    process->proof = make_proof(process);
    if (!process->proof)
        return complain("the passwords", -ENOMEM, NULL);
    error = start_location(process);
    if (error)
        return complain("the registrations", error, NULL);
    error = trunk_list_create(process->store, &process->trunks);
    if (!error)
        error = number_list_create(process->store, &process->numbers);
    if (error)
        return complain("the trunks", error, NULL);
    if (conf->api.admin_token) {
        process->token = strdup(conf->api.admin_token);
        return process->token ? 0 : complain("the token", -ENOMEM, NULL);
    }
    error = api_secret_file(conf->data.directory, "admin-token", &process->token, &why);
    if (error)
        return complain("the admin token", error, why);
    if (asprintf(&process->token_path, "%s/admin-token", conf->data.directory) < 0)
        process->token_path = NULL;
    return 0;
}

static int check_directory(const char *key, const char *directory)
{
    struct stat status;
    if (!directory)
        return 0;
    if (stat(directory, &status) < 0)
        return complain(key, -errno, NULL);
    return S_ISDIR(status.st_mode) ? 0 : complain(key, -ENOTDIR, NULL);
}

static int start_sounds(struct process *process)
{
    const struct conf *conf = process->conf;
    char *why = NULL;
    int missing =
        languages_load(conf->media.prompts_directory, PROMPT_MOST_S, &process->languages, &why);
    if (missing < 0)
        return complain("the prompts", missing, why);
    if (missing)
        log_warn("main", "%d prompts are not there: a tone stands in for each", missing);
    struct api_fetch_config fetch = {
        .directory = conf->data.directory,
        .allow = conf->media.fetch_allow,
        .allow_count = conf->media.fetch_allow_count,
        .most_bytes = FETCH_MOST_BYTES,
        .most_s = FETCH_MOST_S,
        .at_once = FETCH_AT_ONCE,
        .most_waiting = FETCH_WAITING,
    };
    int error = api_fetch_create(&fetch, process->loop, &process->fetch, &why);
    return error ? complain("fetching", error, why)
                 : check_directory("media.sounds_directory", conf->media.sounds_directory);
}

static int start_ports(struct process *process)
{
    const struct conf *conf = process->conf;
    struct rtp_ports_config ports = {.address = conf->media.address,
                                     .advertised = conf->media.advertised_address,
                                     .first = conf->media.first_port,
                                     .last = conf->media.last_port};
    int error = rtp_ports_create(&ports, &process->ports);
    return error ? complain("media.address or media.ports", error, NULL) : 0;
}

static unsigned workers_of(unsigned configured)
{
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return configured ? configured : cores > 0 ? (unsigned)cores : 1;
}

/* Behind those of sound and of video. */
static unsigned browser_worker(const struct conf *conf)
{
    return workers_of(conf->media.workers) + workers_of(conf->media.video_workers);
}

static int start_handshakes(struct process *process)
{
    const struct conf *conf = process->conf;
    const unsigned most = conf->sip.max_calls * 2 /* sound, picture */ + conf->api.max_calls;
    const struct handshake_service_config config = {
        .workers = browser_worker(conf) + 1,
        .most = most < HANDSHAKE_MOST ? most : HANDSHAKE_MOST};
    int error = dtls_certificate_create(&process->certificate);
    if (!error)
        error = handshake_service_create(&config, &process->handshakes);
    if (!error) {
        const struct handshake_desk_config desk = {.loop = process->loop,
                                                   .service = process->handshakes,
                                                   .certificate = process->certificate};
        error = handshake_desk_create(&desk, &process->desk);
    }
    return error ? complain("DTLS", error, NULL) : 0;
}

static int start_browsers(struct process *process)
{
    const struct conf *conf = process->conf;
    const struct shared_port_config port = {
        .address = conf->media.address,
        .advertised = conf->media.advertised_address,
        .port = (uint16_t)conf->media.browser_port,
        .tcp = conf->media.browser_tcp,
        .handshakes = {process->handshakes, browser_worker(conf)}};
    struct web_calls_config calls = {.loop = process->loop,
                                     .desk = process->desk,
                                     .cname = process->cname,
                                     .max_calls = conf->api.max_calls,
                                     .begin_s = conf->media.ice_timeout_s,
                                     .ptime_ms = conf->media.default_ptime_ms,
                                     .pauses = conf->media.dtx,
                                     .video_bandwidth_bps =
                                         conf->media.video_max_sender_kbps * 1000ULL};
    if (!conf->media.browser_port)
        return 0;
    int error = shared_port_create(&port, &process->browser_port);
    if (error) {
        char key[48];
        snprintf(key, sizeof(key), "media.browser_port (%u)", conf->media.browser_port);
        return complain(key, error, NULL);
    }
    calls.port = process->browser_port;
    error = web_calls_create(&calls, &process->web_calls);
    return error ? complain("calls of browsers", error, NULL) : 0;
}

static uint64_t bytes_of_mib(unsigned mib)
{
    return (uint64_t)mib << 20;
}

static struct room_files_config files_config(const struct conf *conf)
{
    return (struct room_files_config){
        .data_directory = conf->data.directory,
        .rules = {.types = conf->files.types,
                  .type_count = conf->files.type_count,
                  .refused = conf->files.refused_types,
                  .refused_count = conf->files.refused_type_count,
                  .scanner = conf->files.scanner,
                  .scanner_count = conf->files.scanner_count,
                  .clamd = conf->files.clamd,
                  .scanner_timeout_s = conf->files.scanner_timeout_s},
        .max_bytes = bytes_of_mib(conf->files.max_mib),
        .room_quota_bytes = bytes_of_mib(conf->files.room_quota_mib),
        .server_quota_bytes = bytes_of_mib(conf->files.server_quota_mib),
        .keep_s = conf->files.keep_s,
        .upload_keep_s = conf->files.upload_keep_s,
        .upload_idle_s = conf->files.upload_idle_s,
        .account_quota_bytes = bytes_of_mib(conf->files.account_quota_mib),
        .parcel_keep_s = conf->files.parcel_keep_s,
    };
}

static struct room_recordings_config recordings_config(const struct conf *conf)
{
    return (struct room_recordings_config){
        .data_directory = conf->data.directory,
        .max_bytes = bytes_of_mib(conf->recordings.max_mib),
        .room_quota_bytes = bytes_of_mib(conf->recordings.room_quota_mib),
        .server_quota_bytes = bytes_of_mib(conf->recordings.server_quota_mib),
        .keep_s = conf->recordings.keep_s,
        .most = conf->recordings.most,
    };
}

static int start_rooms(struct process *process)
{
    const struct conf *conf = process->conf;
    char id[9];
    random_name(id, sizeof(id));
    snprintf(process->cname, sizeof(process->cname), "raduno-%s", id); /* RFC 7022 */
    struct video_config video = {
        .workers = conf->media.video_workers,
        .max_width = conf->media.video_max_width,
        .max_height = conf->media.video_max_height,
        .max_sender_bps = conf->media.video_max_sender_kbps * 1000,
        .max_payload_bytes = conf->media.video_max_payload_bytes,
        .handshakes = {process->handshakes, workers_of(conf->media.workers)},
    };
    struct room_list_config rooms = {
        .loop = process->loop,
        .store = process->store,
        .ports = process->ports,
        .media_workers = conf->media.workers,
        .room_share = conf->media.room_share,
        .handshakes = process->handshakes,
        .template = conf->rooms.template,
        .auto_create = conf->rooms.auto_create,
        .max_rooms = conf->rooms.max_rooms,
        .defaults = room_defaults(conf),
        .chat = {.most = conf->chat.messages,
                 .text_bytes = conf->chat.text_bytes,
                 .per_minute = conf->chat.per_minute,
                 .is_kept = conf->chat.keep},
        .leg = {.jitter_ms = conf->media.jitter_ms,
                .jitter_limit_ms = conf->media.jitter_limit_ms,
                .no_media_timeout_s = conf->media.no_media_timeout_s,
                .cname = process->cname},
        .prompts = languages_default(process->languages),
        .languages = process->languages,
        .sounds_directory = conf->media.sounds_directory,
        .video = conf->media.video ? &video : NULL,
        .refuses_when_full = strcmp(conf->media.video_when_full, "refuse") == 0,
        .admits_when_full = strcmp(conf->media.video_when_full, "admit") == 0,
        .images_directory = conf->media.images_directory,
        .files = conf->files.enabled ? &process->files : NULL,
        .recordings = conf->recordings.enabled ? &process->recordings : NULL,
    };
    process->files = files_config(conf);
    process->recordings = recordings_config(conf);
    int error = check_directory("media.images_directory", conf->media.images_directory);
    if (error)
        return error;
    error = room_list_create(&rooms, &process->rooms);
    return error ? complain("rooms", error, NULL) : 0;
}

static int start_sip(struct process *process)
{
    const struct conf *conf = process->conf;
    enum media_srtp srtp = MEDIA_SRTP_OPTIONAL;
    media_srtp_parse(conf->sip.srtp, &srtp); /* conf has checked the word */
    struct ua_config ua = {
        .loop = process->loop,
        .rooms = process->rooms,
        .listen = conf->sip.listen,
        .listen_count = conf->sip.listen_count,
        .realm = conf->sip.realm,
        .advertised_address = conf->media.advertised_address,
        .trunks = process->trunks,
        .numbers = process->numbers,
        .accounts = process->accounts,
        .location = process->location,
        .factory = conf->sip.factory,
        .letters = process->letters,
        .register_min_s = conf->sip.register_min_s,
        .register_max_s = conf->sip.register_max_s,
        .asks_invites = strcmp(conf->sip.authenticate, "off") != 0,
        .proof = process->proof,
        .bans = process->bans,
        .auth_failures = conf->sip.auth_failures,
        .max_calls = conf->sip.max_calls,
        .rate_per_source = conf->sip.rate_per_source,
        .proxies = conf->sip.proxies,
        .proxy_count = conf->sip.proxy_count,
        .web_origins = conf->sip.web_origins,
        .web_origin_count = conf->sip.web_origin_count,
        .session_expires_s = conf->sip.session_expires_s,
        .min_session_expires_s = conf->sip.min_session_expires_s,
        .ring_timeout_s = conf->sip.ring_timeout_s,
        .max_redirects = conf->sip.max_redirects,
        .max_call_s = conf->sip.max_call_s,
        .dial_out = conf->sip.dial_out,
        .domains = conf->sip.domains,
        .domain_count = conf->sip.domain_count,
        .dial_allow = conf->sip.dial_allow,
        .header_map = conf->sip.header_map,
        .header_map_count = conf->sip.header_map_count,
        .dial_allow_count = conf->sip.dial_allow_count,
        .max_dial_outs = conf->sip.max_dial_outs,
        .msrp_listen = conf->sip.msrp_listen,
        .msrp_listen_count = conf->sip.msrp_listen_count,
        .msrp_sessions = conf->sip.msrp_sessions,
        .file_calls = conf->sip.file_calls,
        .video_bandwidth_bps = conf->media.video_max_sender_kbps * 1000ULL,
        .ptime_ms = conf->media.default_ptime_ms,
        .srtp = srtp,
        .srtp_offer = conf->sip.srtp_offer,
        .dtls_offer = conf->sip.dtls_offer,
        .desk = process->desk,
        .dtx = conf->media.dtx,
        .visitors = conf->chat.visitors,
        .auto_create = conf->rooms.auto_create,
        .tls = secure_config(conf),
        .smime = smime_config(conf),
        .trace = conf->log.level == LOG_LEVEL_DEBUG,
    };
    char *why = NULL;
    int error = ua_create(&ua, &process->ua, &why);
    return error ? complain("SIP", error, why) : 0;
}

static int start_api(struct process *process)
{
    const struct conf *conf = process->conf;
    struct api_config api = {
        .loop = process->loop,
        .store = process->store,
        .webhook_allow = conf->api.webhook_allow,
        .webhook_allow_count = conf->api.webhook_allow_count,
        .webhook_attempts = conf->api.webhook_attempts,
        .webhook_failures = conf->api.webhook_failures,
        .call_records_days = conf->data.call_records_days,
        .rooms = process->rooms,
        .accounts = process->accounts,
        .location = process->location,
        .trunks = process->trunks,
        .numbers = process->numbers,
        .bans = process->bans,
        .proof = process->proof,
        .listen = conf->api.listen,
        .admin_token = process->token,
        .metrics_token = conf->api.metrics_token,
        .tls_certificate = conf->api.tls_certificate,
        .tls_key = conf->api.tls_key,
        .max_body_bytes = conf->api.max_body_bytes,
        .max_connections = conf->api.max_connections,
        .request_timeout_s = conf->api.request_timeout_s,
        .calls = process->web_calls,
        .guests = conf->api.guests,
        .rate_per_source = conf->api.rate_per_source,
        .rate_per_token = conf->api.rate_per_token,
        .cors_origins = conf->api.cors_origins,
        .cors_origin_count = conf->api.cors_origin_count,
        .proxies = conf->api.proxies,
        .proxy_count = conf->api.proxy_count,
        .fetch = process->fetch,
        .public_url = conf->api.public_url,
        .file_link_s = conf->files.link_s,
        .max_file_bytes = conf->files.enabled ? bytes_of_mib(conf->files.max_mib) : 0,
        .data_directory = conf->data.directory,
        .more_metrics = more_metrics,
        .is_ready = is_ready,
        .context = process,
    };
    char *why = NULL;
    int error = api_create(&api, &process->api, &why);
    return error ? complain("the API", error, why) : 0;
}

static int start_all(struct process *process)
{
    static int (*const steps[])(struct process *) = {
        start_signals, start_data,     start_sounds, start_ports, start_handshakes,
        start_rooms,   start_browsers, start_sip,    start_api};
    process->loop = loop_create();
    if (!process->loop)
        return complain("the loop", -ENOMEM, NULL);
    for (unsigned i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        int error = steps[i](process);
        if (error)
            return error;
    }
    int error = writer_start();
    process->writer_runs = !error;
    return error ? complain("the writer thread", error, NULL) : 0;
}

/* ---- stop ---- */

/* That all have left is told to webhooks before we go; what nobody takes in this time is kept,
 * and told at the next start. */
static void tell_the_last(struct process *process)
{
    enum { TELL_TURNS = 50 };
    for (int turn = 0; process->api && turn < TELL_TURNS && api_is_telling(process->api);
         turn++)
        loop_run_once(process->loop, DRAIN_POLL_MS);
}

static void stop_all(struct process *process)
{
    if (process->rooms) {
        room_list_drain(process->rooms);
        for (int turn = 0; turn < 100 && !room_list_is_idle(process->rooms); turn++)
            loop_run_once(process->loop, DRAIN_POLL_MS); /* media halves come home */
    }
    tell_the_last(process);
    api_destroy(process->api);
    ua_destroy(process->ua);
    web_calls_destroy(process->web_calls);
    handshake_desk_destroy(process->desk);
    if (process->loop)
        loop_timer_stop(process->loop, &process->drain_timer);
    api_fetch_destroy(process->fetch);
    room_list_destroy(process->rooms);
    shared_port_destroy(process->browser_port);
    handshake_service_destroy(process->handshakes); /* whose workers are gone now */
    dtls_certificate_destroy(process->certificate);
    languages_destroy(process->languages);
    rtp_ports_destroy(process->ports);
    proof_destroy(process->proof);
    ban_list_destroy(process->bans);
    letter_list_destroy(process->letters);
    location_destroy(process->location);
    number_list_destroy(process->numbers);
    trunk_list_destroy(process->trunks);
    account_list_destroy(process->accounts);
    store_close(process->store);
    if (process->signal_watch)
        loop_unwatch(process->loop, process->signal_watch);
    loop_destroy(process->loop);
    if (process->signal_fd > 0)
        close(process->signal_fd);
    if (process->writer_runs)
        writer_stop();
    conf_destroy(process->conf);
    free(process->token);
    free(process->token_path);
}

int main(int argc, char *argv[])
{
    struct process process = {.signal_fd = -1};
    check_thread_is(CHECK_THREAD_CONTROL);
    if (argc > 1 && strcmp(argv[1], "ctl") == 0)
        return ctl_run(argc - 1, argv + 1);
    if (options_read(argc, argv, &process.options) < 0)
        return 2;
    if (process.options.help) {
        options_help();
        return 0;
    }
    if (process.options.version) {
        printf("raduno %s\n", RADUNO_VERSION);
        return 0;
    }
    if (!read_first_conf(&process))
        return 2;
    if (process.options.check) {
        int error = check(process.conf);
        conf_destroy(process.conf);
        return error ? 2 : 0;
    }
    if (process.options.doctor) {
        const struct secure_config tls = secure_config(process.conf);
        int code = doctor_run(process.conf, &tls, process.options.json);
        conf_destroy(process.conf);
        return code;
    }
    set_log(process.conf);
    raise_file_limit();
    int error = start_all(&process);
    if (!error) {
        greeting_print(process.conf, process.token_path, ua_self_signed(process.ua));
        ua_run(process.ua);
    }
    stop_all(&process);
    return error ? 1 : 0;
}
