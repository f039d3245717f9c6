/* doctor.c - the checks, one after the other, and how they are shown. */
#include "server/doctor.h"

#include "server/rtp/address_kind.h"
#include "server/sip/key_pair.h"
#include "server/sip/listener.h"
#include "server/sip/seal_keys.h"
#include "server/store/mount.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

enum {
    MOST_FINDINGS = 64,
    TEXT_BYTES = 400,
    SPARE_BYTES_MIB = 1024,  /* less free space than that is little       */
    SPARE_DESCRIPTORS = 200, /* logs, the store, workers, listeners       */
    PORTS_OF_STREAM = 2,     /* RTP and RTCP                              */
    SOON_DAYS = 14,          /* a certificate that ends until then        */
    ROUTE_PORT = 9,          /* of a socket that is asked and never sends */
    BUILT_YEAR = 2025,       /* no clock that is right says an older one  */
    URI_BYTES = 200,
};

enum verdict { VERDICT_OK, VERDICT_WARN, VERDICT_FAIL };
static const char *const words[] = {"OK", "WARN", "FAIL"};

struct finding {
    const char *check;
    enum verdict verdict;
    char text[TEXT_BYTES];
    const char *advice; /* a constant; NULL: none */
};

struct doctor {
    const struct conf *conf;
    const struct secure_config *tls;
    bool server_runs; /* on this data: the ports are its own */
    struct finding finding[MOST_FINDINGS];
    unsigned count;
};

static void find(struct doctor *doctor, const char *check, enum verdict verdict,
                 const char *advice, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

static void find(struct doctor *doctor, const char *check, enum verdict verdict,
                 const char *advice, const char *format, ...)
{
    if (doctor->count == MOST_FINDINGS)
        return;
    struct finding *finding = &doctor->finding[doctor->count++];
    *finding = (struct finding){.check = check, .verdict = verdict, .advice = advice};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(finding->text, sizeof(finding->text), format, arguments);
    va_end(arguments);
}

/* ---- data ---- */

static bool is_locked(const char *directory)
{
    char path[TEXT_BYTES];
    snprintf(path, sizeof(path), "%s/raduno.lock", directory);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool locked = flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
    close(fd);
    return locked;
}

/* Of "/srv/raduno": those of "/srv/"; of "raduno": 0. */
static size_t parent_length(const char *directory)
{
    size_t length = strlen(directory);
    while (length && directory[length - 1] == '/')
        length--;
    while (length && directory[length - 1] != '/')
        length--;
    return length;
}

/* The server makes its directory, but not those above. */
static void find_missing(struct doctor *doctor, const char *directory, const char *owner)
{
    char above[TEXT_BYTES];
    snprintf(above, sizeof(above), "%.*s", (int)parent_length(directory), directory);
    const bool can_be_made = access(above[0] ? above : ".", W_OK | X_OK) == 0;
    find(doctor, "data", can_be_made ? VERDICT_WARN : VERDICT_FAIL,
         can_be_made
             ? "the server makes it at its first start; a volume has to be mounted there "
               "if the data is to outlive this system"
             : owner,
         "%s is not there%s", directory, can_be_made ? "" : ", and cannot be made");
}

static void check_volume(struct doctor *doctor)
{
    static const char advice[] =
        "mount a volume with a name (docker: -v raduno:/data), or set data.must_be_mounted to "
        "false";
    const struct conf *conf = doctor->conf;
    struct mount mount;
    if (!conf->data.must_be_mounted || mount_of(conf->data.directory, &mount) < 0)
        return;
    const bool lasts = mount.is_volume && !mount.is_unnamed;
    find(doctor, "volume",
         lasts             ? VERDICT_OK
         : mount.is_volume ? VERDICT_WARN
                           : VERDICT_FAIL,
         lasts ? NULL : advice, "%s is %s", conf->data.directory,
         lasts             ? "a volume"
         : mount.is_volume ? "a volume without a name: the next container will not find it"
         : mount.is_memory ? "memory: what is kept is lost with the container"
                           : "part of the system: what is kept is lost with the container");
}

static void check_data(struct doctor *doctor)
{
    static const char owner[] =
        "give the directory to the user that the server runs as (in the "
        "image: chown 10000:10000), or mount a volume that can be written";
    const char *directory = doctor->conf->data.directory;
    struct statvfs space;
    if (access(directory, F_OK) < 0 && errno == ENOENT) {
        find_missing(doctor, directory, owner);
        return;
    }
    if (access(directory, R_OK | W_OK | X_OK) < 0) {
        find(doctor, "data", VERDICT_FAIL, owner, "%s cannot be written by user %u: %s",
             directory, geteuid(), strerror(errno));
        return;
    }
    doctor->server_runs = is_locked(directory);
    if (statvfs(directory, &space) < 0) {
        find(doctor, "data", VERDICT_FAIL, owner, "%s: %s", directory, strerror(errno));
        return;
    }
    unsigned long long mib = (unsigned long long)space.f_bavail * space.f_frsize >> 20;
    find(doctor, "data", mib < SPARE_BYTES_MIB ? VERDICT_WARN : VERDICT_OK,
         mib < SPARE_BYTES_MIB ? "make room, or lower files.server_quota_mib" : NULL,
         "%s can be written, %llu MiB are free%s", directory, mib,
         doctor->server_runs ? "; a server runs on it" : "");
}

/* ---- ports ---- */

static const char *advice_on_port(int error)
{
    switch (error) {
    case -EADDRINUSE:
        return "end the program that has it (ss -lntup shows which), or take another port";
    case -EACCES:
        return "ports below 1024 need CAP_NET_BIND_SERVICE, or the sysctl "
               "net.ipv4.ip_unprivileged_port_start";
    case -EADDRNOTAVAIL:
        return "this machine has no such address (ip address shows them): listen on 0.0.0.0 or "
               "[::]";
    default:
        return "see the kernel's reason";
    }
}

/* @p listener as in sip.listen, perhaps with options. */
static void check_port(struct doctor *doctor, const char *key, const char *listener)
{
    struct listener_list list = {0};
    const char *transport = "";
    if (listener_add(&list, listener) < 0)
        return; /* conf has checked it */
    int error = listener_try(&list.endpoint[0], &transport);
    if (!error)
        find(doctor, "ports", VERDICT_OK, NULL, "%s: %s is free", key, listener);
    else if (error == -EADDRINUSE && doctor->server_runs)
        find(doctor, "ports", VERDICT_OK, NULL, "%s: %s is taken, by the running server", key,
             listener);
    else
        find(doctor, "ports", VERDICT_FAIL, advice_on_port(error), "%s: %s: %s", key, listener,
             strerror(-error));
}

static void check_ports(struct doctor *doctor)
{
    const struct conf *conf = doctor->conf;
    const bool v6 = strchr(conf->media.address, ':') != NULL;
    char listener[TEXT_BYTES];
    for (unsigned i = 0; i < conf->sip.listen_count; i++)
        check_port(doctor, "sip.listen", conf->sip.listen[i]);
    for (unsigned i = 0; i < conf->sip.msrp_listen_count; i++)
        check_port(doctor, "sip.msrp_listen", conf->sip.msrp_listen[i]);
    snprintf(listener, sizeof(listener), "tcp:%s", conf->api.listen);
    check_port(doctor, "api.listen", listener);
    if (!conf->media.browser_port)
        return;
    for (int tcp = 0; tcp <= (conf->media.browser_tcp ? 1 : 0); tcp++) {
        snprintf(listener, sizeof(listener), "%s:%s%s%s:%u", tcp ? "tcp" : "udp", v6 ? "[" : "",
                 conf->media.address, v6 ? "]" : "", conf->media.browser_port);
        check_port(doctor, "media.browser_port", listener);
    }
}

/* The kernel gives ports of its own range to whoever asks for any. */
static void check_kernel_range(struct doctor *doctor)
{
    const struct conf *conf = doctor->conf;
    unsigned first = 0, last = 0;
    FILE *file = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");
    if (!file)
        return;
    const bool is_read = fscanf(file, "%u %u", &first, &last) == 2;
    fclose(file);
    if (is_read && first <= conf->media.last_port && last >= conf->media.first_port)
        find(doctor, "media", VERDICT_WARN,
             "move media.ports, or keep them free: sysctl net.ipv4.ip_local_reserved_ports",
             "media.ports %u-%u overlap with the ports that other programs are given (%u-%u)",
             conf->media.first_port, conf->media.last_port, first, last);
}

static void check_media(struct doctor *doctor)
{
    const struct conf *conf = doctor->conf;
    const unsigned ports = conf->media.last_port + 1U - conf->media.first_port;
    const unsigned streams = ports / PORTS_OF_STREAM;
    const bool is_enough = streams >= conf->sip.max_calls;
    find(doctor, "media", is_enough ? VERDICT_OK : VERDICT_WARN,
         is_enough
             ? NULL
             : "widen media.ports (2 ports a call, 4 with video), or lower sip.max_calls: "
               "whom there is no port for is refused",
         "media.ports %u-%u are enough for %u calls with voice, %u with video too; "
         "sip.max_calls is %u",
         conf->media.first_port, conf->media.last_port, streams, streams / 2,
         conf->sip.max_calls);
    check_kernel_range(doctor);
}

/* ---- address ---- */

/* The address that packets to the Internet leave with: asked of the kernel, nothing is sent. */
static bool outgoing_address(bool v6, struct sockaddr_storage *local)
{
    struct sockaddr_in far4 = {.sin_family = AF_INET, .sin_port = htons(ROUTE_PORT)};
    struct sockaddr_in6 far6 = {.sin6_family = AF_INET6, .sin6_port = htons(ROUTE_PORT)};
    inet_pton(AF_INET, "192.0.2.1", &far4.sin_addr);
    inet_pton(AF_INET6, "2001:db8::1", &far6.sin6_addr);
    socklen_t length = sizeof(*local);
    int fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    bool found = (v6 ? connect(fd, (const struct sockaddr *)&far6, sizeof(far6))
                     : connect(fd, (const struct sockaddr *)&far4, sizeof(far4))) == 0 &&
                 getsockname(fd, (struct sockaddr *)local, &length) == 0;
    close(fd);
    return found;
}

static bool read_address(const char *text, struct sockaddr_storage *out)
{
    *out = (struct sockaddr_storage){.ss_family = AF_INET};
    if (inet_pton(AF_INET, text, &((struct sockaddr_in *)out)->sin_addr) == 1)
        return true;
    out->ss_family = AF_INET6;
    return inet_pton(AF_INET6, text, &((struct sockaddr_in6 *)out)->sin6_addr) == 1;
}

static void check_address(struct doctor *doctor)
{
    static const char advice[] =
        "callers elsewhere will hear nothing: set media.advertised_address to the address that "
        "they reach, and let SIP, media.ports and media.browser_port through to this machine";
    const struct conf *conf = doctor->conf;
    const bool is_advertised = conf->media.advertised_address != NULL;
    const char *said = is_advertised ? conf->media.advertised_address : conf->media.address;
    char text[INET6_ADDRSTRLEN];
    struct sockaddr_storage address;
    bool is_any = !strcmp(said, "0.0.0.0") || !strcmp(said, "::");
    if (is_any ? !outgoing_address(strchr(said, ':') != NULL, &address)
               : !read_address(said, &address)) {
        find(doctor, "address", VERDICT_WARN,
             "without a route only callers on this machine or its networks can be answered",
             "this machine has no route to the Internet");
        return;
    }
    const void *bytes = address.ss_family == AF_INET
                            ? (const void *)&((struct sockaddr_in *)&address)->sin_addr
                            : (const void *)&((struct sockaddr_in6 *)&address)->sin6_addr;
    const char *kind = address_kind((const struct sockaddr *)&address);
    inet_ntop(address.ss_family, bytes, text, sizeof(text));
    find(doctor, "address", kind ? VERDICT_WARN : VERDICT_OK, kind ? advice : NULL,
         "callers are told %s (%s), which is %s", text,
         is_advertised ? "media.advertised_address"
         : is_any      ? "of the outgoing interface"
                       : "media.address",
         kind ? kind : "public");
}

/* ---- certificates ---- */

static void check_days(struct doctor *doctor, const char *key, const char *certificate,
                       const char *private_key)
{
    static const char renew[] =
        "renew it; SIGHUP takes the new one while the server runs, without harm to calls";
    char *why = NULL;
    int days = 0;
    int error = key_pair_days_left(certificate, private_key, &days, &why);
    if (error)
        find(doctor, "certificate", VERDICT_FAIL,
             "the file has to be a PEM pair that this user "
             "can read",
             "%s: %s", key, why ? why : strerror(-error));
    else
        find(doctor, "certificate",
             days < 0           ? VERDICT_FAIL
             : days < SOON_DAYS ? VERDICT_WARN
                                : VERDICT_OK,
             days < SOON_DAYS ? renew : NULL, "%s: %s %s %d days", key, certificate,
             days < 0 ? "has been out of date for" : "is good for", days < 0 ? -days : days);
    free(why);
}

static bool is_loopback(const char *listen)
{
    return strncmp(listen, "127.", 4) == 0 || strncmp(listen, "[::1]", 5) == 0;
}

static void check_certificates(struct doctor *doctor)
{
    const struct conf *conf = doctor->conf;
    bool has_tls = false;
    char *why = NULL;
    for (unsigned i = 0; i < conf->sip.listen_count; i++)
        has_tls |= strncmp(conf->sip.listen[i], "tls:", 4) == 0 ||
                   strncmp(conf->sip.listen[i], "wss:", 4) == 0;
    int error = secure_check(doctor->tls, &why);
    if (error)
        find(doctor, "certificate", VERDICT_FAIL, "correct the file or the key that is named",
             "%s", why ? why : strerror(-error));
    else if (conf->sip.tls_certificate)
        check_days(doctor, "sip.tls_certificate", conf->sip.tls_certificate, conf->sip.tls_key);
    else if (has_tls)
        find(doctor, "certificate", VERDICT_WARN, "set sip.tls_certificate and sip.tls_key",
             "SIP over TLS has a self-signed certificate, which phones refuse");
    free(why);
    if (conf->api.tls_certificate)
        check_days(doctor, "api.tls_certificate", conf->api.tls_certificate, conf->api.tls_key);
    else if (!is_loopback(conf->api.listen))
        find(doctor, "certificate", VERDICT_WARN,
             "set api.tls_certificate, or put a proxy with TLS in front and let nobody else "
             "come "
             "to this port",
             "api.listen: %s is open to others without TLS: tokens can be read on their way, "
             "and "
             "browsers give no microphone",
             conf->api.listen);
}

/* Key, authorities and lists of what is revoked are read as the server does. */
static void check_smime(struct doctor *doctor)
{
    const struct conf *conf = doctor->conf;
    const struct seal_keys_config config = {.certificate = conf->sip.smime_certificate,
                                            .key = conf->sip.smime_key,
                                            .authorities = conf->sip.smime_authorities};
    struct seal_keys *keys = NULL;
    char *why = NULL, uri[URI_BYTES];
    if (!config.certificate)
        return;
    int error = seal_keys_create(&config, &keys, &why);
    if (error) {
        find(doctor, "smime", VERDICT_FAIL, "correct the file or the key that is named", "%s",
             why ? why : strerror(-error));
    } else {
        check_days(doctor, "sip.smime_certificate", config.certificate, config.key);
        bool has_uri = seal_keys_uri(keys, uri, sizeof(uri));
        find(doctor, "smime", has_uri ? VERDICT_OK : VERDICT_WARN,
             has_uri ? NULL
                     : "phones do not know whose it is: make one with subjectAltName=URI:sip: "
                       "and the name that they dial",
             "sip.smime_certificate is for %s", has_uri ? uri : "no SIP address");
    }
    seal_keys_destroy(keys);
    free(why);
}

/* ---- the machine ---- */

static void check_clock(struct doctor *doctor)
{
    struct timex state = {0};
    struct tm now;
    const time_t seconds = time(NULL);
    gmtime_r(&seconds, &now);
    if (now.tm_year + 1900 < BUILT_YEAR)
        find(doctor, "clock", VERDICT_FAIL, "set it: no certificate is good at that time",
             "the clock says that it is %d", now.tm_year + 1900);
    else if (adjtimex(&state) == TIME_ERROR)
        find(doctor, "clock", VERDICT_WARN, "run chrony or systemd-timesyncd on this machine",
             "the clock is not kept right by NTP: certificates, tokens and records depend on "
             "it");
    else
        find(doctor, "clock", VERDICT_OK, NULL, "the clock is kept right by NTP");
}

static void check_limits(struct doctor *doctor)
{
    const struct conf *conf = doctor->conf;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return;
    const unsigned streams = conf->media.video ? 2 : 1;
    const rlim_t needed = (rlim_t)conf->sip.max_calls * streams * PORTS_OF_STREAM +
                          conf->api.max_connections + SPARE_DESCRIPTORS;
    const bool is_enough = limit.rlim_max == RLIM_INFINITY || limit.rlim_max >= needed;
    find(doctor, "limits", is_enough ? VERDICT_OK : VERDICT_WARN,
         is_enough ? NULL
                   : "raise it (systemd: LimitNOFILE=, docker: --ulimit nofile=), or lower "
                     "sip.max_calls",
         "this process may have %llu files and sockets; all calls together need %llu",
         (unsigned long long)limit.rlim_max, (unsigned long long)needed);
}

/* ---- what is shown ---- */

static void print_text(const struct doctor *doctor)
{
    for (unsigned i = 0; i < doctor->count; i++) {
        const struct finding *finding = &doctor->finding[i];
        printf("%-5s %-11s %s\n", words[finding->verdict], finding->check, finding->text);
        if (finding->advice)
            printf("%-5s %-11s > %s\n", "", "", finding->advice);
    }
}

static void print_json_string(const char *text)
{
    putchar('"');
    for (; *text; text++) {
        const unsigned char byte = (unsigned char)*text;
        if (byte == '"' || byte == '\\')
            printf("\\%c", byte);
        else if (byte < 0x20)
            printf("\\u%04x", byte);
        else
            putchar(byte);
    }
    putchar('"');
}

static void print_json(const struct doctor *doctor, bool ok)
{
    printf("{\"ok\": %s, \"findings\": [", ok ? "true" : "false");
    for (unsigned i = 0; i < doctor->count; i++) {
        const struct finding *finding = &doctor->finding[i];
        printf("%s\n  {\"check\": \"%s\", \"verdict\": \"%s\", \"text\": ", i ? "," : "",
               finding->check, words[finding->verdict]);
        print_json_string(finding->text);
        printf(", \"advice\": ");
        if (finding->advice)
            print_json_string(finding->advice);
        else
            printf("null");
        putchar('}');
    }
    printf("\n]}\n");
}

int doctor_run(const struct conf *conf, const struct secure_config *tls, bool json)
{
    static void (*const checks[])(struct doctor *) = {
        check_data,         check_volume, check_ports, check_media, check_address,
        check_certificates, check_smime,  check_clock, check_limits};
    struct doctor *doctor = calloc(1, sizeof(*doctor));
    if (!doctor)
        return 1;
    doctor->conf = conf;
    doctor->tls = tls;
    for (unsigned i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
        checks[i](doctor);
    bool ok = true;
    for (unsigned i = 0; i < doctor->count; i++)
        ok = ok && doctor->finding[i].verdict != VERDICT_FAIL;
    if (json)
        print_json(doctor, ok);
    else
        print_text(doctor);
    free(doctor);
    return ok ? 0 : 1;
}
