/* ssl_reason.c - the last of the library's errors. */
#include "server/rtp/ssl_reason.h"

#include <openssl/err.h>

const char *ssl_reason(void)
{
    const char *text = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    return text ? text : "no reason was told";
}
