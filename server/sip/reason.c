/* reason.c - the two tables. */
#include "server/sip/reason.h"

#include <stdbool.h>
#include <stdio.h>

const char *reason_header(enum participant_reason reason)
{
    switch (reason) {
    case PARTICIPANT_KICKED:
        return "SIP;cause=200;text=\"Removed from the conference\"";
    case PARTICIPANT_ROOM_DELETED:
        return "SIP;cause=410;text=\"The conference was closed\"";
    case PARTICIPANT_NO_ANSWER:
        return "SIP;cause=408;text=\"No answer\"";
    case PARTICIPANT_INCOMPATIBLE:
        return "SIP;cause=488;text=\"No usable answer to the offer\"";
    case PARTICIPANT_NO_MEDIA:
        return "SIP;cause=408;text=\"No media was received\"";
    case PARTICIPANT_TIMED_OUT:
        return "SIP;cause=408;text=\"The longest call time is over\"";
    case PARTICIPANT_SHUTDOWN:
        return "SIP;cause=503;text=\"The server goes down\"";
    case PARTICIPANT_WRONG_PIN:
        return "SIP;cause=403;text=\"Wrong PIN\"";
    case PARTICIPANT_PIN_TIMEOUT:
        return "SIP;cause=408;text=\"No PIN was entered\"";
    case PARTICIPANT_REFUSED:
        return "SIP;cause=403;text=\"The conference takes nobody in\"";
    case PARTICIPANT_ELSEWHERE:
        return "SIP;cause=200;text=\"Call completed elsewhere\"";
    case PARTICIPANT_BANNED:
        return "SIP;cause=403;text=\"Banned from the conference\"";
    case PARTICIPANT_TIME_OVER:
        return "SIP;cause=410;text=\"The conference is over\"";
    case PARTICIPANT_NOT_ADMITTED:
        return "SIP;cause=603;text=\"Not let in\"";
    case PARTICIPANT_LOBBY_TIMEOUT:
        return "SIP;cause=408;text=\"Nobody has let you in\"";
    case PARTICIPANT_WRONG_NUMBER:
        return "SIP;cause=404;text=\"No conference has that number\"";
    case PARTICIPANT_MENU_TIMEOUT:
        return "SIP;cause=408;text=\"No number was entered\"";
    case PARTICIPANT_FAILED:
        return "SIP;cause=500;text=\"Server error\"";
    default:
        return "SIP;cause=200;text=\"Call completed\"";
    }
}

void reason_write(unsigned cause, const char *text, char out[REASON_BYTES])
{
    enum { END_BYTES = 2 };
    int at = snprintf(out, REASON_BYTES, "SIP;cause=%u;text=\"", cause);
    for (; *text && at < REASON_BYTES - END_BYTES; text++) {
        const bool is_plain = *text >= ' ' && *text <= '~' && *text != '"' && *text != '\\';
        out[at++] = is_plain ? *text : ' ';
    }
    out[at++] = '"';
    out[at] = '\0';
}

/* Of a quoted string, or a token. */
static void unquote(const char *text, char out[REASON_BYTES])
{
    size_t length = 0;
    bool is_quoted = *text == '"';
    for (text += is_quoted; *text && length < REASON_BYTES - 1; text++) {
        if (is_quoted && *text == '"')
            break;
        if (is_quoted && *text == '\\' && text[1])
            text++;
        out[length++] = *text;
    }
    out[length] = '\0';
}

void reason_read(const sip_t *sip, char out[REASON_BYTES])
{
    out[0] = '\0';
    if (sip && sip->sip_reason && sip->sip_reason->re_text)
        unquote(sip->sip_reason->re_text, out);
    else if (sip && sip->sip_warning && sip->sip_warning->w_text)
        unquote(sip->sip_warning->w_text, out);
}

enum participant_reason reason_of_status(int status)
{
    switch (status) {
    case 486:
    case 600:
        return PARTICIPANT_BUSY;
    case 408:
    case 480:
    case 487:
        return PARTICIPANT_NO_ANSWER;
    case 403:
    case 433:
    case 603:
    case 607:
    case 608:
        return PARTICIPANT_DECLINED;
    case 404:
    case 410:
    case 484:
    case 485:
    case 604:
        return PARTICIPANT_NOT_FOUND;
    case 406:
    case 415:
    case 488:
    case 606:
        return PARTICIPANT_INCOMPATIBLE;
    default:
        return PARTICIPANT_FAILED;
    }
}

int reason_status(enum participant_reason reason)
{
    switch (reason) {
    case PARTICIPANT_BUSY:
        return 486;
    case PARTICIPANT_DECLINED:
    case PARTICIPANT_NOT_ADMITTED:
        return 603;
    case PARTICIPANT_BANNED:
    case PARTICIPANT_REFUSED:
        return 403;
    case PARTICIPANT_NOT_FOUND:
        return 404;
    case PARTICIPANT_ROOM_DELETED:
    case PARTICIPANT_TIME_OVER:
        return 410;
    case PARTICIPANT_INCOMPATIBLE:
        return 488;
    case PARTICIPANT_SHUTDOWN:
        return 503;
    default:
        return 480;
    }
}
