/* fuzz_digest.c - any bytes as an Authorization header: credentials whose parts lie within it
 * and are checked, or a refusal that writes nothing. */
#include "server/call/digest.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void lies_within(struct slice slice, const char *text, size_t length)
{
    assert(slice.at >= text && slice.at + slice.length <= text + length);
    assert(!memchr(slice.at, '\n', slice.length));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct digest_credentials read = {.count = 0};
    char *text = malloc(size ? size : 1); /* exact: nothing lies behind its end */
    assert(text);
    memcpy(text, data, size);
    struct digest_challenge challenge;
    char answer[DIGEST_ANSWER_BYTES];
    if (digest_read_challenge(text, size, &challenge) == 0) {
        lies_within(challenge.realm, text, size);
        lies_within(challenge.nonce, text, size);
        digest_answer(&challenge, "n", "p", "INVITE", "sip:a", "c", answer);
        assert(memchr(answer, '\0', sizeof(answer)));
    }
    int error = digest_read(text, size, &read);
    if (error) {
        assert(error == -EBADMSG || error == -ENOTSUP);
        assert(!read.count && !read.nonce.at);
        free(text);
        return 0;
    }
    const struct slice all[] = {read.username, read.realm,    read.nonce,     read.uri,
                                read.cnonce,   read.response, read.count_text};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        lies_within(all[i], text, size);
    assert(read.count && read.count_text.length == 8 && size <= DIGEST_MOST_BYTES);
    assert(read.response.length == (read.algorithm == DIGEST_MD5 ? 32 : 64));
    struct password_hash hash = {.md5 = "00", .sha256 = "11"};
    struct slice body = {text, size};
    char wanted[PASSWORD_SHA256_BYTES];
    assert(digest_response(&read, &hash, "INVITE", body, wanted) == 0);
    assert(digest_is_right(&read, &hash, "INVITE", body) ==
           (strncasecmp(wanted, read.response.at, read.response.length) == 0));
    free(text);
    return 0;
}
