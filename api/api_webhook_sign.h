/*
 * api_webhook_sign.h - the signature of a webhook's delivery, and the secret that it is made
 * of.
 *
 *   signed content   ID.TIMESTAMP.BODY, the timestamp in seconds since 1970
 *   header           webhook-signature: v1,BASE64(HMAC-SHA-256(key, signed content))
 *   key              what BASE64 stands for in the secret "whsec_BASE64"; 24 to 64 bytes
 *
 * Thread   any; pure.
 * Source   Standard Webhooks 1.0 (standardwebhooks.com), RFC 2104, RFC 4648 section 4.
 */
#ifndef API_API_WEBHOOK_SIGN_H
#define API_API_WEBHOOK_SIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    API_WEBHOOK_SECRET_BYTES = 6 + 88 + 1, /* "whsec_" and 64 bytes as BASE64      */
    API_WEBHOOK_SIGNATURE_BYTES = 3 + 44 + 1,
};

bool api_webhook_secret_is_valid(const char *secret);

/** A new one, of 32 bytes of chance. */
void api_webhook_secret_make(char secret[API_WEBHOOK_SECRET_BYTES]);

/** @return 0; -EINVAL: the secret is none; -ENOMEM. */
int api_webhook_sign(const char *secret, const char *id, int64_t timestamp_s, const char *body,
                     size_t length, char signature[API_WEBHOOK_SIGNATURE_BYTES]);

#endif
