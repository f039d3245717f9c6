/* load_sip.c - header lines by name, long and compact; the SDP of one audio line. */
#include "tests/bench/load_sip.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool load_text_is(struct load_text text, const char *word)
{
    return text.at && text.length == strlen(word) && !strncasecmp(text.at, word, text.length);
}

static bool starts_with(struct load_text text, const char *word)
{
    return text.length >= strlen(word) && !strncasecmp(text.at, word, strlen(word));
}

static struct load_text skip(struct load_text text, size_t count)
{
    return (struct load_text){text.at + count, text.length - count};
}

static struct load_text trim(struct load_text text)
{
    while (text.length && isspace((unsigned char)text.at[0]))
        text = skip(text, 1);
    while (text.length && isspace((unsigned char)text.at[text.length - 1]))
        text.length--;
    return text;
}

/* Cuts the first line off @p rest; false if nothing is left. */
static bool next_line(struct load_text *rest, struct load_text *line)
{
    if (!rest->length)
        return false;
    const char *end = memchr(rest->at, '\n', rest->length);
    size_t length = end ? (size_t)(end - rest->at) + 1 : rest->length;
    *line = trim((struct load_text){rest->at, length});
    *rest = skip(*rest, length);
    return true;
}

/* Digits at the start of @p text; 0 if there are none. */
static unsigned number_in(struct load_text text)
{
    unsigned number = 0;
    for (size_t i = 0; i < text.length && i < 9 && isdigit((unsigned char)text.at[i]); i++)
        number = number * 10 + (unsigned)(text.at[i] - '0');
    return number;
}

static struct load_text behind(struct load_text text, char mark)
{
    const char *at = memchr(text.at, mark, text.length);
    return at ? skip(text, (size_t)(at - text.at) + 1) : (struct load_text){text.at, 0};
}

static bool copy_text(char *out, size_t room, struct load_text text)
{
    if (!text.at || text.length >= room)
        return false;
    memcpy(out, text.at, text.length);
    out[text.length] = '\0';
    return true;
}

static void keep_field(struct load_sip_message *message, struct load_text name,
                       struct load_text value)
{
    const struct {
        const char *full, *compact;
        struct load_text *place;
    } known[] = {{"Via", "v", &message->via},
                 {"From", "f", &message->from},
                 {"To", "t", &message->to},
                 {"Call-ID", "i", &message->call_id},
                 {"Contact", "m", &message->contact}};
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (!known[i].place->at &&
            (load_text_is(name, known[i].full) || load_text_is(name, known[i].compact)))
            *known[i].place = value;
    if (load_text_is(name, "CSeq")) {
        message->cseq = number_in(value);
        message->cseq_method = trim(behind(value, ' '));
    }
}

static bool read_first_line(struct load_sip_message *message, struct load_text line)
{
    if (starts_with(line, "SIP/2.0 ")) {
        message->status = number_in(skip(line, 8));
        return message->status >= 100 && message->status <= 699;
    }
    const char *space = memchr(line.at, ' ', line.length);
    message->method = (struct load_text){line.at, space ? (size_t)(space - line.at) : 0};
    return message->method.length > 0;
}

int load_sip_read(const char *data, size_t length, struct load_sip_message *message)
{
    struct load_text rest = {data, length}, line;
    memset(message, 0, sizeof(*message));
    if (!next_line(&rest, &line) || !read_first_line(message, line))
        return -EBADMSG;
    while (next_line(&rest, &line) && line.length) {
        const char *colon = memchr(line.at, ':', line.length);
        if (!colon)
            return -EBADMSG;
        size_t name_length = (size_t)(colon - line.at);
        keep_field(message, trim((struct load_text){line.at, name_length}),
                   trim(skip(line, name_length + 1)));
    }
    message->head = (struct load_text){data, length - rest.length};
    message->body = rest;
    bool whole = message->via.at && message->from.at && message->to.at && message->call_id.at &&
                 message->cseq_method.at;
    return whole ? 0 : -EBADMSG;
}

int load_sip_learn(struct load_sip_dialog *dialog, const struct load_sip_message *answer)
{
    if (!copy_text(dialog->to, sizeof(dialog->to), answer->to))
        return -ENOBUFS;
    if (!answer->contact.at)
        return 0;
    struct load_text uri = answer->contact;
    const char *open = memchr(uri.at, '<', uri.length);
    if (open)
        uri = skip(uri, (size_t)(open - uri.at) + 1);
    const char *close = memchr(uri.at, open ? '>' : ';', uri.length);
    if (close)
        uri.length = (size_t)(close - uri.at);
    return copy_text(dialog->target, sizeof(dialog->target), uri) ? 0 : -ENOBUFS;
}

static size_t checked(int length)
{
    return length > 0 && length < LOAD_SIP_BYTES ? (size_t)length : 0;
}

/* The branch ends in CSeq and this letter: INVITE and the ACK of its failure have the same. */
static size_t write_request(const struct load_sip_dialog *dialog, const char *method,
                            char branch, const char *to, const char *target, const char *body,
                            char *out)
{
    const char *name = dialog->name[0] ? dialog->name : "bench";
    return checked(snprintf(out, LOAD_SIP_BYTES,
                            "%s %s SIP/2.0\r\n"
                            "Via: SIP/2.0/UDP %s;rport;branch=z9hG4bK-%s-%u%c\r\n"
                            "Max-Forwards: 70\r\n"
                            "From: \"%s\" <sip:%s@%s>;tag=%s\r\n"
                            "To: %s\r\n"
                            "Call-ID: %s\r\n"
                            "CSeq: %u %s\r\n"
                            "Contact: <sip:%s@%s>\r\n"
                            "User-Agent: bench-load\r\n"
                            "%s"
                            "Content-Length: %zu\r\n\r\n%s",
                            method, target, dialog->local, dialog->call_id, dialog->cseq,
                            branch, name, name, dialog->local, dialog->call_id, to,
                            dialog->call_id, dialog->cseq, method, name, dialog->local,
                            body ? "Content-Type: application/sdp\r\n" : "",
                            body ? strlen(body) : 0, body ? body : ""));
}

size_t load_sip_write_request(const struct load_sip_dialog *dialog, const char *method,
                              const char *body, char out[LOAD_SIP_BYTES])
{
    return write_request(dialog, method, method[0], dialog->to, dialog->target, body, out);
}

size_t load_sip_write_ack(const struct load_sip_dialog *dialog,
                          const struct load_sip_message *answer, char out[LOAD_SIP_BYTES])
{
    char to[LOAD_SIP_FIELD_BYTES];
    if (!copy_text(to, sizeof(to), answer->to))
        return 0;
    bool accepted = answer->status < 300;
    struct load_sip_dialog invite = *dialog;
    invite.cseq = answer->cseq;
    return write_request(&invite, "ACK", accepted ? 'A' : 'I', to,
                         accepted ? dialog->target : dialog->uri, NULL, out);
}

size_t load_sip_write_answer(const struct load_sip_message *request, const char *status,
                             char out[LOAD_SIP_BYTES])
{
    return checked(snprintf(out, LOAD_SIP_BYTES,
                            "SIP/2.0 %s\r\nVia: %.*s\r\nFrom: %.*s\r\nTo: %.*s\r\n"
                            "Call-ID: %.*s\r\nCSeq: %u %.*s\r\nContent-Length: 0\r\n\r\n",
                            status, (int)request->via.length, request->via.at,
                            (int)request->from.length, request->from.at,
                            (int)request->to.length, request->to.at,
                            (int)request->call_id.length, request->call_id.at, request->cseq,
                            (int)request->cseq_method.length, request->cseq_method.at));
}

size_t load_sip_write_offer(const char *host, uint16_t rtp_port, uint16_t rtcp_port,
                            const struct load_codec *codec, const char *crypto,
                            char out[LOAD_SIP_BYTES])
{
    return checked(snprintf(out, LOAD_SIP_BYTES,
                            "v=0\r\no=bench 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\n"
                            "m=audio %u RTP/%s %u 101\r\na=rtpmap:%u %s\r\n"
                            "a=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\n"
                            "a=rtcp:%u\r\na=sendrecv\r\n%s",
                            host, host, rtp_port, crypto[0] ? "SAVP" : "AVP",
                            codec->payload_type, codec->payload_type, codec->rtpmap, rtcp_port,
                            crypto));
}

static void read_connection(struct load_text line, struct sockaddr_in *target)
{
    char host[INET_ADDRSTRLEN];
    if (copy_text(host, sizeof(host), trim(skip(line, strlen("c=IN IP4 ")))))
        inet_pton(AF_INET, host, &target->sin_addr);
}

int load_sip_read_sdp(struct load_text sdp, const struct load_codec *codec,
                      struct sockaddr_in *target, uint8_t *payload_type)
{
    struct load_text line;
    struct sockaddr_in found = {.sin_family = AF_INET};
    unsigned type = 0;
    bool same_codec = false;
    while (next_line(&sdp, &line)) {
        if (starts_with(line, "c=IN IP4 "))
            read_connection(line, &found);
        if (starts_with(line, "m=audio ") && !found.sin_port) {
            found.sin_port = htons((uint16_t)number_in(skip(line, strlen("m=audio "))));
            type = number_in(behind(behind(behind(line, ' '), ' '), ' '));
            same_codec = type < 96 && type == codec->payload_type;
        }
        if (starts_with(line, "a=rtpmap:") &&
            number_in(skip(line, strlen("a=rtpmap:"))) == type)
            same_codec = load_text_is(trim(behind(line, ' ')), codec->rtpmap);
    }
    if (!found.sin_port || !found.sin_addr.s_addr || !same_codec || type > 127)
        return -ENOTSUP;
    *target = found;
    *payload_type = (uint8_t)type;
    return 0;
}

int load_sip_read_address(const char *text, struct sockaddr_in *address)
{
    char host[INET_ADDRSTRLEN] = "";
    const char *colon = strrchr(text, ':');
    const unsigned long port = colon ? strtoul(colon + 1, NULL, 10) : 0;
    const size_t length = colon ? (size_t)(colon - text) : 0;
    if (!port || port > 65535 || length >= sizeof(host))
        return -EINVAL;
    memcpy(host, text, length);
    *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    return inet_pton(AF_INET, host, &address->sin_addr) == 1 ? 0 : -EINVAL;
}
