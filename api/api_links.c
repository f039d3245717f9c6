/* api_links.c - "ROOM/FILE/END", signed. */
#include "api/api_links.h"

#include "api/api_secret.h"
#include "mixer/base/clock.h"
#include "mixer/base/hex.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SIGNED_BYTES = 16, /* of the HMAC: 128 bits are not guessed */
    SIGNATURE_BYTES = 2 * SIGNED_BYTES + 1,
    TEXT_BYTES = 192,
    ROUND_S = 3600,
};

struct api_links {
    char *key;
    unsigned valid_s;
};

int api_links_create(const char *data_directory, unsigned valid_s, struct api_links **links,
                     char **why)
{
    struct api_links *made = calloc(1, sizeof(*made));
    *why = NULL;
    if (!made)
        return -ENOMEM;
    made->valid_s = valid_s;
    int err = api_secret_file(data_directory, "link-key", &made->key, why);
    if (err < 0)
        api_links_destroy(made);
    else
        *links = made;
    return err;
}

void api_links_destroy(struct api_links *links)
{
    if (!links)
        return;
    free(links->key);
    free(links);
}

/* Neither rooms nor ids have a slash, so that no two links are signed alike. */
static void sign(const struct api_links *links, const char *room, const char *file,
                 int64_t expires_s, char out[SIGNATURE_BYTES])
{
    char text[TEXT_BYTES];
    uint8_t digest[EVP_MAX_MD_SIZE];
    int length = snprintf(text, sizeof(text), "%s/%s/%" PRId64, room, file, expires_s);
    assert(length > 0 && (size_t)length < sizeof(text));
    const uint8_t *good = HMAC(EVP_sha256(), links->key, (int)strlen(links->key),
                               (const uint8_t *)text, (size_t)length, digest, NULL);
    assert(good);
    (void)good;
    hex_write(out, digest, SIGNED_BYTES);
}

void api_links_write(const struct api_links *links, const struct api_link_target *target,
                     int64_t now_ns, char out[API_LINK_BYTES])
{
    static const char *const folders[] = {
        [API_LINK_FILE] = "files", [API_LINK_RECORDING] = "recordings"};
    char signature[SIGNATURE_BYTES];
    const int64_t least_s = now_ns / CLOCK_NS_PER_S + links->valid_s;
    const int64_t expires_s = (least_s + ROUND_S - 1) / ROUND_S * ROUND_S;
    sign(links, target->room, target->id, expires_s, signature);
    snprintf(out, API_LINK_BYTES,
             "/api/v1/rooms/%s/%s/%s/content?expires=%" PRId64 "&signature=%s", target->room,
             folders[target->kind], target->id, expires_s, signature);
}

static bool read_seconds(const char *text, int64_t *seconds)
{
    enum { MOST_DIGITS = 12 };
    const size_t length = strlen(text);
    if (!length || length > MOST_DIGITS || strspn(text, "0123456789") != length)
        return false;
    *seconds = strtoll(text, NULL, 10);
    return true;
}

int api_links_check(const struct api_links *links, const struct api_link *link, int64_t now_ns)
{
    char signature[SIGNATURE_BYTES];
    int64_t expires_s;
    if (!link->signature || !link->expires || !read_seconds(link->expires, &expires_s) ||
        strlen(link->signature) != sizeof(signature) - 1 ||
        strlen(link->room) + strlen(link->id) > TEXT_BYTES / 2)
        return -EACCES;
    sign(links, link->room, link->id, expires_s, signature);
    if (CRYPTO_memcmp(signature, link->signature, sizeof(signature) - 1) != 0)
        return -EACCES;
    return now_ns / CLOCK_NS_PER_S < expires_s ? 0 : -ETIME;
}
