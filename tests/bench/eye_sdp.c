/* eye_sdp.c - one m=audio and one m=video line, read section by section. */
#include "tests/bench/eye_sdp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { LINE_BYTES = 256 };

struct section {
    bool is_there;
    struct sockaddr_in rtp, rtcp;
    unsigned type;
    char rtpmap[32]; /* of that type */
    bool nack, pli, fir;
};

static unsigned type_of(enum eye_codec codec)
{
    return 97U + (unsigned)codec;
}

static const char *direction(const struct eye_sdp_offer *offer)
{
    if (offer->sends)
        return offer->receives ? "sendrecv" : "sendonly";
    return offer->receives ? "recvonly" : "inactive";
}

size_t eye_sdp_write(const struct eye_sdp_offer *offer, char out[LOAD_SIP_BYTES])
{
    const unsigned type = type_of(offer->codec);
    char fmtp[96] = "", nack[40] = "";
    if (offer->codec == EYE_H264)
        snprintf(fmtp, sizeof(fmtp),
                 "a=fmtp:%u profile-level-id=%s;packetization-mode=%d;"
                 "level-asymmetry-allowed=1\r\n",
                 type, offer->high ? "64001f" : "42e01f", offer->single ? 0 : 1);
    if (offer->nack)
        snprintf(nack, sizeof(nack), "a=rtcp-fb:%u nack\r\n", type);
    int length = snprintf(
        out, LOAD_SIP_BYTES,
        "v=0\r\no=bench 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\n"
        "m=audio %u RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\n"
        "a=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\na=rtcp:%u\r\n"
        "a=sendrecv\r\n"
        "m=video %u RTP/%s %u\r\nb=TIAS:10000000\r\na=rtpmap:%u %s/90000\r\n%s%s"
        "a=rtcp-fb:%u nack pli\r\na=rtcp-fb:%u ccm fir\r\na=rtcp:%u\r\na=%s\r\n",
        offer->host, offer->host, offer->audio_port, offer->audio_rtcp_port, offer->video_port,
        offer->avp ? "AVP" : "AVPF", type, type, eye_codec_name(offer->codec), fmtp, nack, type,
        type, offer->video_rtcp_port, direction(offer));
    return length > 0 && length < LOAD_SIP_BYTES ? (size_t)length : 0;
}

/* Copies the next line of @p rest, without its end; longer ones are cut. */
static bool next_line(struct load_text *rest, char line[LINE_BYTES])
{
    if (!rest->length)
        return false;
    const char *end = memchr(rest->at, '\n', rest->length);
    size_t length = end ? (size_t)(end - rest->at) : rest->length;
    size_t kept = length < LINE_BYTES - 1 ? length : LINE_BYTES - 1;
    memcpy(line, rest->at, kept);
    line[kept] = '\0';
    line[strcspn(line, "\r")] = '\0';
    size_t used = end ? length + 1 : length;
    *rest = (struct load_text){rest->at + used, rest->length - used};
    return true;
}

static void read_feedback(struct section *section, const char *value)
{
    section->nack |= !strcmp(value, "nack");
    section->pli |= !strcmp(value, "nack pli");
    section->fir |= !strcmp(value, "ccm fir");
}

static void read_attribute(struct section *section, const char *line)
{
    unsigned number;
    char text[32] = "";
    if (sscanf(line, "a=rtpmap:%u %31s", &number, text) == 2 && number == section->type)
        memcpy(section->rtpmap, text, sizeof(text));
    if (sscanf(line, "a=rtcp:%u", &number) == 1 && number && number < 65536)
        section->rtcp.sin_port = htons((uint16_t)number);
    if (!strncmp(line, "a=rtcp-fb:", 10) && strchr(line, ' '))
        read_feedback(section, strchr(line, ' ') + 1);
}

static void begin_section(struct section *section, const char *line, struct in_addr session)
{
    unsigned port;
    if (sscanf(line, "m=%*s %u %*s %u", &port, &section->type) != 2 || port > 65534)
        return;
    section->is_there = port > 0;
    section->rtp = section->rtcp =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = session};
    section->rtp.sin_port = htons((uint16_t)port);
    section->rtcp.sin_port = htons((uint16_t)(port + 1));
}

int eye_sdp_read(struct load_text sdp, enum eye_codec codec, struct eye_sdp_answer *answer)
{
    struct section audio = {0}, video = {0}, other, *now = NULL;
    struct in_addr session = {0}, address;
    char line[LINE_BYTES], host[64];
    while (next_line(&sdp, line)) {
        if (!strncmp(line, "m=", 2)) {
            now = !strncmp(line, "m=audio ", 8)   ? &audio
                  : !strncmp(line, "m=video ", 8) ? &video
                                                  : &other;
            *now = (struct section){0};
            begin_section(now, line, session);
        } else if (sscanf(line, "c=IN IP4 %63s", host) == 1 &&
                   inet_pton(AF_INET, host, &address) == 1) {
            *(now ? &now->rtp.sin_addr : &session) = address;
            if (now)
                now->rtcp.sin_addr = address;
        } else if (now) {
            read_attribute(now, line);
        }
    }
    if (!audio.is_there || audio.type != 0)
        return -ENOTSUP;
    char wanted[32];
    snprintf(wanted, sizeof(wanted), "%s/90000", eye_codec_name(codec));
    *answer = (struct eye_sdp_answer){
        .audio = audio.rtp,
        .audio_rtcp = audio.rtcp,
        .has_video = video.is_there && video.type < 128 && !strcasecmp(video.rtpmap, wanted),
        .video = video.rtp,
        .video_rtcp = video.rtcp,
        .video_type = (uint8_t)video.type,
        .nack = video.nack,
        .pli = video.pli,
        .fir = video.fir,
    };
    return 0;
}
