/* key_pair.c - PEM files in, PEM files out. */
#include "server/sip/key_pair.h"

#include "mixer/base/explain.h"
#include "mixer/base/log.h"
#include "mixer/base/random.h"
#include "server/rtp/ssl_reason.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

enum { MADE_DAYS = 3650, SECONDS_A_DAY = 86400, NAMES_BYTES = 512, HOST_BYTES = 256 };

/* ---- reading ---- */

/* A key with a password is refused: nobody is there to type it. */
static int no_password(char *out, int size, int writes, void *context)
{
    (void)out;
    (void)size;
    (void)writes;
    (void)context;
    return -1;
}

static int read_certificates(FILE *file, const char *path, struct key_pair *pair, char **why)
{
    pair->leaf = PEM_read_X509_AUX(file, NULL, no_password, NULL);
    if (!pair->leaf)
        return explain(-EINVAL, why, "%s has no PEM certificate: %s", path, ssl_reason());
    X509 *more;
    while ((more = PEM_read_X509(file, NULL, no_password, NULL))) {
        if (!pair->chain)
            pair->chain = sk_X509_new_null();
        if (!pair->chain || !sk_X509_push(pair->chain, more)) {
            X509_free(more);
            return explain(-ENOMEM, why, "memory is out");
        }
    }
    bool is_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    if (!is_end)
        return explain(-EINVAL, why, "%s: a further certificate is broken: %s", path,
                       ssl_reason());
    ERR_clear_error();
    return 0;
}

static FILE *open_file(const char *path, char **why, int *error)
{
    FILE *file = fopen(path, "re");
    if (!file)
        *error = explain(-errno, why, "cannot open %s: %s", path, strerror(errno));
    return file;
}

static int read_key(const char *path, struct key_pair *pair, char **why)
{
    int error = 0;
    FILE *file = open_file(path, why, &error);
    if (!file)
        return error;
    pair->key = PEM_read_PrivateKey(file, NULL, no_password, NULL);
    fclose(file);
    if (!pair->key)
        return explain(-EINVAL, why, "%s has no PEM private key without a password: %s", path,
                       ssl_reason());
    return 0;
}

static void warn_of_age(const char *path, const X509 *leaf)
{
    if (X509_cmp_current_time(X509_get0_notBefore(leaf)) > 0)
        log_warn("sip", "%s: the certificate is not valid yet", path);
    else if (X509_cmp_current_time(X509_get0_notAfter(leaf)) < 0)
        log_warn("sip", "%s: the certificate has expired", path);
}

int key_pair_read(const char *certificate, const char *key, struct key_pair *pair, char **why)
{
    int error = 0;
    *pair = (struct key_pair){.leaf = NULL};
    ERR_clear_error();
    FILE *file = open_file(certificate, why, &error);
    if (!file)
        return error;
    error = read_certificates(file, certificate, pair, why);
    fclose(file);
    if (!error)
        error = read_key(key ? key : certificate, pair, why);
    if (!error && X509_check_private_key(pair->leaf, pair->key) != 1)
        error = explain(-EINVAL, why, "the key of %s does not belong to the certificate of %s",
                        key ? key : certificate, certificate);
    if (error)
        key_pair_finish(pair);
    else
        warn_of_age(certificate, pair->leaf);
    ERR_clear_error(); /* the SIP stack takes what is there for its own */
    return error;
}

void key_pair_finish(struct key_pair *pair)
{
    X509_free(pair->leaf);
    sk_X509_pop_free(pair->chain, X509_free);
    EVP_PKEY_free(pair->key);
    *pair = (struct key_pair){.leaf = NULL};
}

void key_pair_fingerprint(const struct key_pair *pair, char out[3 * 32])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    out[0] = '\0';
    if (X509_digest(pair->leaf, EVP_sha256(), digest, &length) != 1 || length != 32)
        return;
    for (unsigned i = 0; i < length; i++)
        snprintf(out + 3 * i, 4 - (i + 1 == length), "%02X%s", digest[i],
                 i + 1 < length ? ":" : "");
}

/* ---- authorities ---- */

/* An authority that has no list of revoked certificates is believed without. */
static int on_verify(int is_good, X509_STORE_CTX *check)
{
    return is_good || X509_STORE_CTX_get_error(check) == X509_V_ERR_UNABLE_TO_GET_CRL;
}

static void check_revocation(X509_STORE *store)
{
    const STACK_OF(X509_OBJECT) *all = X509_STORE_get0_objects(store);
    bool has_list = false;
    for (int i = 0; i < sk_X509_OBJECT_num(all); i++)
        has_list |= X509_OBJECT_get_type(sk_X509_OBJECT_value(all, i)) == X509_LU_CRL;
    if (!has_list)
        return;
    X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
    X509_STORE_set_verify_cb(store, on_verify);
}

static int load_file(X509_STORE *store, const char *path, char **why)
{
    if (X509_STORE_load_file(store, path) == 1)
        return 0;
    int error = access(path, R_OK) < 0 ? errno : 0;
    return explain(-EINVAL, why, "%s has no PEM certificates: %s", path,
                   error ? strerror(error) : ssl_reason());
}

/* Files whose names begin with a dot are what mounted secrets leave there, and editors. */
static int load_folder(X509_STORE *store, DIR *folder, const char *path, char **why)
{
    unsigned count = 0;
    int error = 0;
    for (const struct dirent *each; !error && (each = readdir(folder));) {
        char *file = NULL;
        if (each->d_name[0] == '.')
            continue;
        count++;
        error = asprintf(&file, "%s/%s", path, each->d_name) < 0 ? -ENOMEM
                                                                 : load_file(store, file, why);
        free(file);
    }
    return error || count ? error : explain(-EINVAL, why, "%s has no files", path);
}

X509_STORE *key_pair_authorities(const char *path, char **why)
{
    X509_STORE *store = X509_STORE_new();
    ERR_clear_error();
    *why = NULL;
    if (!store)
        return NULL;
    DIR *folder = opendir(path);
    int error = folder ? load_folder(store, folder, path, why) : load_file(store, path, why);
    if (folder)
        closedir(folder);
    if (!error) {
        check_revocation(store);
        return store;
    }
    X509_STORE_free(store);
    ERR_clear_error(); /* the SIP stack takes what is there for its own */
    return NULL;
}

int key_pair_days_left(const char *certificate, const char *key, int *days, char **why)
{
    struct key_pair pair = {0};
    int seconds = 0;
    int error = key_pair_read(certificate, key, &pair, why);
    if (error)
        return error;
    if (!ASN1_TIME_diff(days, &seconds, NULL, X509_get0_notAfter(pair.leaf)))
        error =
            explain(-EBADMSG, why, "%s: it does not say until when it is good", certificate);
    else if (*days == 0 && seconds < 0)
        *days = -1;
    key_pair_finish(&pair);
    return error;
}

/* ---- making ---- */

/* What others may call this machine, as OpenSSL's configuration writes it. */
static void write_names(const char *host, char out[NAMES_BYTES], char own[HOST_BYTES])
{
    struct in6_addr address;
    if (gethostname(own, HOST_BYTES) < 0 || !own[0])
        snprintf(own, HOST_BYTES, "localhost");
    own[HOST_BYTES - 1] = '\0';
    int used = snprintf(out, NAMES_BYTES, "DNS:localhost,IP:127.0.0.1,IP:::1");
    if (strspn(own, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.") ==
        strlen(own))
        used += snprintf(out + used, (size_t)(NAMES_BYTES - used), ",DNS:%.200s", own);
    if (host &&
        (inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1))
        snprintf(out + used, (size_t)(NAMES_BYTES - used), ",IP:%.64s", host);
}

static bool add_extension(X509 *leaf, int id, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, leaf, leaf, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, id, value);
    bool is_added = extension && X509_add_ext(leaf, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return is_added;
}

/* The common name is one that the SIP stack of another Raduno would look for, too. */
static bool fill(X509 *leaf, EVP_PKEY *key, const char *host)
{
    char names[NAMES_BYTES], own[HOST_BYTES];
    uint32_t serial = random_u32() >> 1;
    write_names(host, names, own);
    X509_NAME *subject = X509_get_subject_name(leaf);
    const char *common = host ? host : own;
    return X509_set_version(leaf, X509_VERSION_3) == 1 &&
           ASN1_INTEGER_set(X509_get_serialNumber(leaf), (long)serial) == 1 &&
           X509_gmtime_adj(X509_getm_notBefore(leaf), -SECONDS_A_DAY) &&
           X509_gmtime_adj(X509_getm_notAfter(leaf), (long)MADE_DAYS * SECONDS_A_DAY) &&
           X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_UTF8,
                                      (const unsigned char *)"Raduno, self-signed", -1, -1,
                                      0) == 1 &&
           X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                      (const unsigned char *)common, (int)strnlen(common, 64),
                                      -1, 0) == 1 &&
           X509_set_issuer_name(leaf, subject) == 1 && X509_set_pubkey(leaf, key) == 1 &&
           add_extension(leaf, NID_subject_alt_name, names) &&
           add_extension(leaf, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
           X509_sign(leaf, key, EVP_sha256()) > 0;
}

/* A file that is there is not written over; a half-written one does not stay. */
static int write_private(const char *path, const struct key_pair *pair, bool is_key, char **why)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return explain(-errno, why, "cannot make %s: %s", path, strerror(errno));
    FILE *file = fdopen(fd, "w");
    if (!file) {
        close(fd);
        unlink(path);
        return explain(-ENOMEM, why, "memory is out");
    }
    bool is_written =
        is_key ? PEM_write_PrivateKey(file, pair->key, NULL, NULL, 0, NULL, NULL) == 1
               : PEM_write_X509(file, pair->leaf) == 1;
    is_written &= fflush(file) == 0 && fsync(fd) == 0;
    int error = is_written ? 0 : errno;
    if (fclose(file) == 0 && is_written)
        return 0;
    unlink(path);
    return explain(error ? -error : -EIO, why, "cannot write %s: %s", path,
                   strerror(error ? error : EIO));
}

static int make_pair(const struct key_pair_paths *paths, const char *host, char **why)
{
    struct key_pair pair = {.leaf = X509_new(), .key = EVP_EC_gen("P-256")};
    int error = 0;
    if (!pair.leaf || !pair.key || !fill(pair.leaf, pair.key, host))
        error = explain(-EIO, why, "cannot make a certificate: %s", ssl_reason());
    if (!error)
        error = write_private(paths->key, &pair, true, why);
    if (!error)
        error = write_private(paths->certificate, &pair, false, why);
    key_pair_finish(&pair);
    return error;
}

int key_pair_make(const char *directory, const char *host, struct key_pair_paths *paths,
                  bool *is_new, char **why)
{
    *paths = (struct key_pair_paths){.certificate = NULL};
    if (asprintf(&paths->certificate, "%s/sip-certificate.pem", directory) < 0 ||
        asprintf(&paths->key, "%s/sip-key.pem", directory) < 0)
        return explain(-ENOMEM, why, "memory is out");
    bool has_certificate = access(paths->certificate, F_OK) == 0;
    *is_new = !has_certificate;
    if (has_certificate)
        return 0;
    unlink(paths->key); /* of a first start that did not get to its certificate */
    int error = make_pair(paths, host, why);
    if (error)
        key_pair_paths_finish(paths);
    return error;
}

void key_pair_paths_finish(struct key_pair_paths *paths)
{
    free(paths->certificate);
    free(paths->key);
    *paths = (struct key_pair_paths){.certificate = NULL};
}
