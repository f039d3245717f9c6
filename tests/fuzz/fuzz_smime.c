/* fuzz_smime.c - any bytes as a signed or encrypted body: opened, or refused and all given
 * back. The first line is its content type. The key is one of ours, made anew: what is
 * encrypted is for others. */
#include "server/body/smime.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct smime_identity *identity(void)
{
    static struct smime_identity made;
    if (!made.key) {
        made.key = EVP_EC_gen("P-256");
        made.certificate = X509_new();
        X509_gmtime_adj(X509_getm_notBefore(made.certificate), 0);
        X509_gmtime_adj(X509_getm_notAfter(made.certificate), 3600);
        X509_set_pubkey(made.certificate, made.key);
        X509_sign(made.certificate, made.key, EVP_sha256());
        made.authorities = X509_STORE_new();
    }
    return &made;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
    size_t type_length = end ? (size_t)(end - data) : 0, rest = end ? type_length + 1 : 0;
    char *exact = malloc(size - rest ? size - rest : 1); /* nothing lies behind its end */
    assert(exact);
    memcpy(exact, data + rest, size - rest);
    struct smime_opened opened;
    int err = smime_open(identity(), NULL, (struct slice){(const char *)data, type_length},
                         (struct slice){"", 0}, (struct slice){exact, size - rest}, &opened);
    assert(err == 0 || err == -ENOTSUP || err == -EBADMSG || err == -ENOKEY || err == -EACCES ||
           err == -ENODATA || err == -EMSGSIZE);
    assert(err == 0 || !opened.signer);
    assert(err || opened.was_signed || opened.was_encrypted);
    smime_opened_finish(&opened);
    free(exact);
    return 0;
}
