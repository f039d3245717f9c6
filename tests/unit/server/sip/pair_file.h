/* pair_file.h - files with a certificate and its key, for tests of TLS: in a folder that goes
 * with them. */
#ifndef TESTS_UNIT_SERVER_SIP_PAIR_FILE_H
#define TESTS_UNIT_SERVER_SIP_PAIR_FILE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cmocka.h>

enum { PAIR_FILES = 40 };

struct pair_files {
    char *directory;
    char file[PAIR_FILES][96]; /* [count] */
    unsigned count;
};

static inline void pair_files_begin(struct pair_files *files)
{
    files->count = 0;
    files->directory = strdup("/tmp/raduno-test-pairs-XXXXXX");
    assert_non_null(files->directory);
    assert_non_null(mkdtemp(files->directory));
}

static inline void pair_files_end(struct pair_files *files)
{
    while (files->count)
        unlink(files->file[--files->count]);
    rmdir(files->directory);
    free(files->directory);
}

static inline void pair_file_name(X509 *leaf, const char *names)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, leaf, leaf, NULL, NULL, 0);
    X509_EXTENSION *extension =
        X509V3_EXT_conf_nid(NULL, &context, NID_subject_alt_name, names);
    assert_non_null(extension);
    assert_int_equal(X509_add_ext(leaf, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

/* A self-signed pair of @p key (moved) for @p names, as OpenSSL writes them ("DNS:a.example"),
 * or NULL. */
static inline const char *pair_file_write(struct pair_files *files, EVP_PKEY *key,
                                          const char *common, const char *names)
{
    X509 *leaf = X509_new();
    assert_true(leaf && key && files->count < PAIR_FILES);
    X509_set_version(leaf, X509_VERSION_3);
    X509_gmtime_adj(X509_getm_notBefore(leaf), -60);
    X509_gmtime_adj(X509_getm_notAfter(leaf), 3600);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(leaf), "CN", MBSTRING_UTF8,
                               (const unsigned char *)common, -1, -1, 0);
    X509_set_issuer_name(leaf, X509_get_subject_name(leaf));
    X509_set_pubkey(leaf, key);
    if (names)
        pair_file_name(leaf, names);
    assert_true(X509_sign(leaf, key, EVP_sha256()) > 0);
    char *path = files->file[files->count];
    snprintf(path, sizeof(files->file[0]), "%s/%u.pem", files->directory, files->count);
    files->count++;
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), 1);
    assert_int_equal(PEM_write_X509(file, leaf), 1);
    fclose(file);
    X509_free(leaf);
    EVP_PKEY_free(key);
    return path;
}

#endif
