/* password_hash.c - two digests of one line. */
#include "server/account/password_hash.h"

#include "mixer/base/hex.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

/* @p out has room for the digits of @p method's digest. */
static bool digest(const EVP_MD *method, const char *const parts[], unsigned count, char *out)
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool is_good = context && EVP_DigestInit_ex(context, method, NULL) == 1;
    for (unsigned i = 0; is_good && i < count; i++)
        is_good = EVP_DigestUpdate(context, parts[i], strlen(parts[i])) == 1;
    is_good = is_good && EVP_DigestFinal_ex(context, bytes, &length) == 1;
    EVP_MD_CTX_free(context);
    if (is_good)
        hex_write(out, bytes, length);
    OPENSSL_cleanse(bytes, sizeof(bytes));
    return is_good;
}

int password_hash_make(const char *name, const char *realm, const char *password,
                       struct password_hash *hash)
{
    const char *const parts[] = {name, ":", realm, ":", password};
    bool is_good =
        digest(EVP_md5(), parts, 5, hash->md5) && digest(EVP_sha256(), parts, 5, hash->sha256);
    ERR_clear_error(); /* others on this thread look at it */
    return is_good ? 0 : -ENOTSUP;
}

bool password_is_valid(const char *password)
{
    size_t length = strlen(password);
    if (length < PASSWORD_LEAST || length > PASSWORD_MOST)
        return false;
    for (; *password; password++) {
        if ((unsigned char)*password < 0x20 || *password == 0x7f)
            return false;
    }
    return true;
}
