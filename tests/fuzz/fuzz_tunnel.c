/* fuzz_tunnel.c - any bytes as a message within a signed one: taken if it is that one, else
 * refused. */
#include "server/sip/tunnel.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sofia-sip/msg.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_parser.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char outside[] =
    "REFER sip:b@h SIP/2.0\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\n"
    "Call-ID: c\r\nCSeq: 7 REFER\r\nContact: <sip:a@h>\r\n"
    "Refer-To: <sip:c@h>\r\nReplaces: x;to-tag=1;from-tag=2\r\n"
    "Subject: s\r\n\r\n";

static void open_as(const char *type, const sip_t *sip, const char *exact, size_t size)
{
    struct tunnel tunnel;
    int error = tunnel_open(sip, (struct slice){type, strlen(type)},
                            (struct slice){exact, size}, 0, &tunnel);
    assert(error == 0 || error == -EBADMSG || error == -EACCES || error == -ESTALE ||
           error == -ENOTSUP || error == -ENOMEM);
    assert(error || !tunnel.body.length ||
           (tunnel.type[0] && tunnel.body.at >= exact &&
            tunnel.body.at + tunnel.body.length <= exact + size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *exact = malloc(size ? size : 1); /* nothing lies behind its end */
    msg_t *msg = msg_make(sip_default_mclass(), 0, outside, sizeof(outside) - 1);
    assert(exact && msg);
    memcpy(exact, data, size);
    open_as(TUNNEL_TYPE, sip_object(msg), exact, size);
    open_as(TUNNEL_FRAGMENT_TYPE, sip_object(msg), exact, size);
    msg_destroy(msg);
    free(exact);
    return 0;
}
