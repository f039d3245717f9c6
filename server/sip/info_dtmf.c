/* info_dtmf.c - two small bodies. */
#include "server/sip/info_dtmf.h"

#include "server/sdp/description.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char digits[] = "0123456789*#ABCD"; /* by the numbers of RFC 4733 */

static bool is_word(struct slice text, const char *word)
{
    return text.length == strlen(word) && strncasecmp(text.at, word, text.length) == 0;
}

/* "5", "*", "b", "11" */
static bool read_digit(struct slice value, char *digit)
{
    unsigned long number;
    if (value.length == 1 && value.at[0] >= 'a' && value.at[0] <= 'd') {
        *digit = (char)(value.at[0] - 'a' + 'A');
        return true;
    }
    if (value.length == 1 && value.at[0] && strchr(digits, value.at[0])) {
        *digit = value.at[0];
        return true;
    }
    if (value.length != 2 || !slice_number(value, sizeof(digits) - 2, &number))
        return false;
    *digit = digits[number];
    return true;
}

/* Takes the next line, "Name=value", off @p rest; one without "=" is all name. */
static bool next_line(struct slice *rest, struct slice *name, struct slice *value)
{
    *rest = slice_trim(*rest);
    if (!rest->length)
        return false;
    size_t length = 0;
    while (length < rest->length && rest->at[length] != '\r' && rest->at[length] != '\n')
        length++;
    const char *equals = memchr(rest->at, '=', length);
    size_t name_length = equals ? (size_t)(equals - rest->at) : length;
    size_t value_at = equals ? name_length + 1 : length;
    *name = slice_trim((struct slice){rest->at, name_length});
    *value = slice_trim((struct slice){rest->at + value_at, length - value_at});
    rest->at += length;
    rest->length -= length;
    return true;
}

static int read_relay(struct slice body, char *digit, unsigned *duration_ms)
{
    struct slice name, value, signal = {NULL, 0}, duration = {NULL, 0};
    unsigned long number;
    while (next_line(&body, &name, &value)) {
        if (is_word(name, "Signal") && !signal.at)
            signal = value;
        else if (is_word(name, "Duration") && !duration.at)
            duration = value;
    }
    if (!read_digit(signal, digit))
        return -EBADMSG;
    if (!duration.at || !slice_number(duration, UINT32_MAX, &number))
        number = 0;
    *duration_ms = number > INFO_DTMF_MAX_MS ? INFO_DTMF_MAX_MS : (unsigned)number;
    return 0;
}

int info_dtmf_read(const char *content_type, const char *body, size_t length, char *digit,
                   unsigned *duration_ms)
{
    const char *type = content_type ? content_type : "";
    struct slice plain = slice_trim((struct slice){type, strcspn(type, ";")});
    bool is_relay = is_word(plain, "application/dtmf-relay");
    if (!is_relay && !is_word(plain, "application/dtmf"))
        return -ENOTSUP;
    if (length > INFO_DTMF_MAX_BYTES)
        return -EBADMSG;
    if (is_relay)
        return read_relay((struct slice){body, length}, digit, duration_ms);
    if (!read_digit(slice_trim((struct slice){body, length}), digit))
        return -EBADMSG;
    *duration_ms = 0;
    return 0;
}

void info_dtmf_write(char digit, unsigned duration_ms, char body[INFO_DTMF_BODY_BYTES])
{
    snprintf(body, INFO_DTMF_BODY_BYTES, "Signal=%c\r\nDuration=%u\r\n", digit, duration_ms);
}
