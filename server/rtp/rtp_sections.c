/* rtp_sections.c - by name, by payload type, by the SSRC that was named before. */
#include "server/rtp/rtp_sections.h"

#include "server/rtp/bytes.h"
#include "server/rtp/rtp_packet.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

enum { HEAD_BYTES = 512 }; /* of a padded packet, that are looked at */

void rtp_types_add(struct rtp_types *types, uint8_t type)
{
    if (type < 128)
        types->bits[type / 64] |= UINT64_C(1) << type % 64;
}

struct rtp_extension_element rtp_mid_element(const struct rtp_mid *mid)
{
    return (struct rtp_extension_element){.id = mid->id,
                                          .length = (uint8_t)strlen(mid->name),
                                          .bytes = (const uint8_t *)mid->name};
}

void rtp_sections_renew(struct rtp_sections *sections, const struct rtp_sections *next)
{
    memcpy(sections->section, next->section, sizeof(sections->section));
}

static bool has_type(const struct rtp_sections *sections, unsigned section, uint8_t type)
{
    return sections->section[section].types.bits[type / 64] >> type % 64 & 1;
}

static bool is_name(const struct rtp_mid *mid, const struct rtp_extension_element *element)
{
    return strlen(mid->name) == element->length &&
           memcmp(mid->name, element->bytes, element->length) == 0;
}

/* @return whether the packet has a name; then *section, or -ENOENT. */
static bool find_by_name(const struct rtp_sections *sections, const struct rtp_packet *packet,
                         int *section)
{
    struct rtp_extension_element element;
    bool is_named = false;
    for (int i = 0; i < RTP_SECTIONS; i++) {
        const struct rtp_mid *mid = &sections->section[i].mid;
        if (!mid->id || rtp_extension_find(packet, mid->id, &element) < 0)
            continue;
        if (!is_named)
            *section = -ENOENT;
        is_named = true;
        if (is_name(mid, &element))
            *section = i;
    }
    return is_named;
}

static void note(struct rtp_sections *sections, uint32_t ssrc, int section)
{
    unsigned at = 0;
    while (at < sections->noted_count && sections->noted[at].ssrc != ssrc)
        at++;
    if (at == sections->noted_count) {
        at = sections->noted_next;
        sections->noted_next = (uint8_t)((at + 1) % RTP_SECTIONS_NOTED);
        if (sections->noted_count < RTP_SECTIONS_NOTED)
            sections->noted_count++;
    }
    sections->noted[at].ssrc = ssrc;
    sections->noted[at].section = (uint8_t)section;
}

static int find_by_ssrc(const struct rtp_sections *sections, uint32_t ssrc)
{
    for (unsigned i = 0; i < sections->noted_count; i++) {
        if (sections->noted[i].ssrc == ssrc)
            return sections->noted[i].section;
    }
    return -ENOENT;
}

static int find_by_type(const struct rtp_sections *sections, uint8_t type, bool *is_several)
{
    int found = -ENOENT;
    *is_several = false;
    for (int i = 0; i < RTP_SECTIONS; i++) {
        if (!has_type(sections, (unsigned)i, type))
            continue;
        *is_several = found >= 0;
        found = *is_several ? found : i;
    }
    return found >= 0 ? found : RTP_SECTIONS_REST;
}

/* Header and extension are in clear in SRTP, too; what is padding is not. */
static bool read_extension(const uint8_t *data, size_t length, struct rtp_packet *packet,
                           uint8_t head[HEAD_BYTES])
{
    enum { PADDING = 0x20, EXTENSION = 0x10 };
    if (length < RTP_HEADER_BYTES || !(data[0] & EXTENSION))
        return false;
    if (!(data[0] & PADDING))
        return rtp_packet_read(data, length, packet) == 0;
    length = length < HEAD_BYTES ? length : HEAD_BYTES;
    memcpy(head, data, length);
    head[0] &= (uint8_t)~PADDING;
    return rtp_packet_read(head, length, packet) == 0;
}

int rtp_sections_find(struct rtp_sections *sections, const uint8_t *data, size_t length)
{
    struct rtp_packet packet;
    uint8_t head[HEAD_BYTES];
    bool is_several;
    int section;
    if (read_extension(data, length, &packet, head) &&
        find_by_name(sections, &packet, &section)) {
        if (section >= 0)
            note(sections, packet.ssrc, section);
        return section;
    }
    section = find_by_type(sections, length > 1 ? data[1] & 0x7f : 0, &is_several);
    const int named = is_several && length >= RTP_HEADER_BYTES
                          ? find_by_ssrc(sections, bytes_get32(data + 8))
                          : -ENOENT;
    return named >= 0 ? named : section;
}
