/* api_webhook_sign.c - OpenSSL's HMAC and BASE64. */
#include "api/api_webhook_sign.h"

#include "mixer/base/random.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdio.h>
#include <string.h>

enum { KEY_LEAST = 24, KEY_MOST = 64, KEY_MADE = 32, DIGEST_BYTES = 32, KEY_ROOM = 66 };

static const char prefix[] = "whsec_";

/* @return its length; 0: the secret is none. */
static size_t read_key(const char *secret, uint8_t key[KEY_ROOM])
{
    size_t length = strlen(secret);
    if (length >= API_WEBHOOK_SECRET_BYTES || strncmp(secret, prefix, 6) != 0)
        return 0;
    const char *text = secret + 6;
    length -= 6;
    if (!length || length % 4)
        return 0;
    int bytes = EVP_DecodeBlock(key, (const unsigned char *)text, (int)length);
    if (bytes < 0)
        return 0;
    size_t padding = text[length - 2] == '=' ? 2 : text[length - 1] == '=' ? 1 : 0;
    size_t used = (size_t)bytes - padding;
    return used >= KEY_LEAST && used <= KEY_MOST ? used : 0;
}

bool api_webhook_secret_is_valid(const char *secret)
{
    uint8_t key[KEY_ROOM];
    bool is_valid = read_key(secret, key) > 0;
    OPENSSL_cleanse(key, sizeof(key));
    return is_valid;
}

void api_webhook_secret_make(char secret[API_WEBHOOK_SECRET_BYTES])
{
    uint8_t key[KEY_MADE];
    random_bytes(key, sizeof(key));
    memcpy(secret, prefix, 6);
    EVP_EncodeBlock((unsigned char *)secret + 6, key, sizeof(key));
    OPENSSL_cleanse(key, sizeof(key));
}

int api_webhook_sign(const char *secret, const char *id, int64_t timestamp_s, const char *body,
                     size_t length, char signature[API_WEBHOOK_SIGNATURE_BYTES])
{
    uint8_t key[KEY_ROOM], digest[DIGEST_BYTES];
    char head[128];
    size_t key_length = read_key(secret, key);
    if (!key_length)
        return -EINVAL;
    int head_length = snprintf(head, sizeof(head), "%.64s.%lld.", id, (long long)timestamp_s);
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *context = mac ? EVP_MAC_CTX_new(mac) : NULL;
    char name[] = "SHA256";
    const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string("digest", name, 0),
                                     OSSL_PARAM_construct_end()};
    size_t written = 0;
    bool good = context && EVP_MAC_init(context, key, key_length, parameters) &&
                EVP_MAC_update(context, (const unsigned char *)head, (size_t)head_length) &&
                EVP_MAC_update(context, (const unsigned char *)body, length) &&
                EVP_MAC_final(context, digest, &written, sizeof(digest)) &&
                written == sizeof(digest);
    EVP_MAC_CTX_free(context);
    EVP_MAC_free(mac);
    OPENSSL_cleanse(key, sizeof(key));
    if (!good)
        return -ENOMEM;
    memcpy(signature, "v1,", 3);
    EVP_EncodeBlock((unsigned char *)signature + 3, digest, sizeof(digest));
    return 0;
}
